// CaseApp: the app of a case of `rules test`, made as an authority makes one: files in the layout
// of an export, loaded, its rules compiled.
//
// Pure; any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "node/access/policy.h"
#include "node/model/app.h"
#include "node/model/validator.h"

namespace syncline::rules_test {

// Keys stay in the order in which they were written: the first schema is the one that is meant
// where a case names none.
using Json = nlohmann::ordered_json;

// What a case says of its app. A step of a timeline changes it. Null: nothing said.
struct CaseConfig {
  AppFiles base;  // the app of --app, which the case's own parts replace
  Json sync;
  Json legacy_sync;  // instead of `sync`: with the permissions of before 2023
  Json schemas;
  Json default_rule;
  Json collection_rules;
  Json values;
  Json environment;  // {"tag", "values"}, a tag, or the values
  // That the rules may call; null: none. Shared: with the policy.
  std::shared_ptr<const RuleFunctions> functions;
};

struct CaseApp {
  std::shared_ptr<const App> app;  // shared: with the policy
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Validator> validator;
  // Why an authority would not take the app, for a person; empty: it would. Roles are then chosen
  // as if those at fault granted nothing.
  std::string refused;
  // Roles by name: whether they may grant anything under sync.
  std::map<std::string, bool> usable;
  // Roles by name, as the case has them.
  std::map<std::string, Json> roles;
  std::vector<std::string> types;  // in the order of the case's schemas

  // By the name of its collection or its own. Null: there is none.
  const TypeDef* type(const std::string& name) const;
};

// kBadData: it is no app, even without its roles.
Result<CaseApp> make_case_app(const CaseConfig& config);

// The files that make_case_app loads.
AppFiles files_of(const CaseConfig& config);

// Extended JSON as a value. kBadData.
Result<Value> value_of(const Json& json);

// What stands under the key of an object; null if nothing does.
const Json& part(const Json& json, const char* key);
// The string under the key; empty if there is none.
std::string text_in(const Json& json, const char* key);

}  // namespace syncline::rules_test
