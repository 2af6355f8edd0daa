// RulesCase: one case of `rules test` as its file says it (docs/access.md, "Asking the rules"): an
// app, users, documents, and what is expected of them. Reading it checks every key: one that nobody
// understands would be an expectation that nobody looks at.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/rules_test/case_app.h"

namespace syncline::rules_test {

struct RulesCase {
  std::string name;       // its id, else its file's name without numbers and extension
  std::string file_name;  // without directory and extension
  bool request = false;   // mode: request. Roles are chosen per document, without sync
  CaseConfig config;
  Json users = Json::array();
  Json documents = Json::object();
  Json subscriptions;  // null: everything is subscribed to
  Json expect = Json::object();
};

// A write that a case tries.
struct CaseWrite {
  std::string pointer;  // in the case
  std::string user;
  std::string op;          // insert, update, replace, delete
  std::string collection;  // empty: the first
  Json id;                 // of update, replace and delete
  Json doc;                // of insert and replace
  Json set = Json::object();
  std::vector<std::string> unset;
  bool allowed = true;
  std::string outcome;  // empty: nothing said
  std::vector<std::string> reason_contains;
};

// kBadData, naming file and key. `base`: the app of --app.
Result<RulesCase> read_case(const std::string& file, std::string_view text, const AppFiles& base);

// Requires: read_case() took it.
CaseWrite write_of(const Json& json, const std::string& pointer);

// Keys of a timeline's step that change something, the rest are expectations.
bool is_change(std::string_view key);

}  // namespace syncline::rules_test
