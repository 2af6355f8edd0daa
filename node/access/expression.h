// Expression: a rule's condition, compiled from JSON to a tree, and evaluated against a user (and a
// document).
//
//   {"%%user.custom_data.role": {"$in": ["manager", "owner"]}, "store": "%%user.custom_data.store"}
//
// Keys of an object are joined with "and"; {} is true. A key or value that begins with %% is an
// expansion; any other key is a field of the document. What the app's configuration decides
// (%%values, %%environment, %%true, %%false) is put in at parse time, so an expression that depends
// on nothing else is a constant.
//
// A missing expansion matches nothing, not even null: any comparison with it is false, also $ne and
// $nin. $not inverts that. A field that a document lacks compares as null, as MongoDB has it. A
// list on the left matches if one of its elements does; $all wants all that it names.
//
// Called by role.h for apply_when and filters. Immutable after parse; any thread. Never throws.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "node/model/app.h"
#include "syncline/rule_functions.h"
#include "syncline/value.h"

namespace syncline {

// What the app's configuration and the authority's program give to expressions: %%values.X,
// %%environment.tag, %%environment.values.X, and what %function may name.
struct Constants {
  std::map<std::string, Value> values;
  std::string environment_tag;
  std::map<std::string, Value> environment;
  std::shared_ptr<const RuleFunctions> functions;  // null: none
};

// A field that an expression names: "address.city", "%%prevRoot.state"; "%%root" and "%%prevRoot"
// alone are the document itself.
struct FieldName {
  bool before = false;    // of the document as it was
  std::string_view path;  // dotted; empty: the document itself
};
FieldName parts_of(std::string_view field);

// Where an expression finds what is known only when it is evaluated.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // %%user.custom_data.team as {"custom_data", "team"}. Null: missing. Valid as long as the
  // resolver.
  virtual const Value* user(const std::vector<std::string>& path) const = 0;
  // The field Expression::fields()[index] of the document. Null: missing. Valid as long as the
  // resolver.
  virtual const Value* field(size_t index) const = 0;
  // Is there a document as it was? If not, all of it is missing, and matches nothing.
  virtual bool has_before() const { return true; }
};

// Something in an expression that cannot be evaluated here, such as %function or %%request: where
// it stands and why. What to do about it depends on where the expression stands, so it is no error
// yet.
struct Unsupported {
  std::string code;
  std::string pointer;
  std::string text;
  std::string remedy;
};

namespace access_internal {
struct Node;
}

class Expression {
 public:
  // For who looks into the tree: node/access/document_filter.cc.
  const access_internal::Node& tree() const { return *root_; }

  // The constant `true`.
  Expression();
  static Expression constant_of(bool value);
  // What is malformed is added to `problems` as errors, and the result is then the constant false.
  // `pointer`: of `json` in its file, for messages. `this_field`: in a field's permission, its
  // dotted name, for which %%this stands (and %%prev for what it was); elsewhere empty.
  static Expression parse(const nlohmann::json& json, const std::string& pointer,
                          const Constants& constants, std::vector<AppMessage>* problems,
                          std::string_view this_field = {});

  // The value if it depends on neither user nor document.
  std::optional<bool> constant() const;
  bool mentions_user() const { return mentions_user_; }
  // The document's fields that it reads, as dotted names; Resolver::field counts in these.
  const std::vector<std::string>& fields() const { return fields_; }
  const std::vector<Unsupported>& unsupported() const { return unsupported_; }

  // With what the user's part stands for: it depends on the document only, or on nothing.
  Expression bind(const Resolver& user) const;
  static Expression any_of(const Expression& a, const Expression& b);
  // Of a bound one, to be kept; equal for equal conditions.
  std::string text() const;
  // kMalformed: it is none, or names a function that is not there.
  static Result<Expression> of_text(std::string_view text, const RuleFunctions* functions);

  // Requires: unsupported() is empty.
  bool evaluate(const Resolver& resolver) const;

 private:
  explicit Expression(std::shared_ptr<const access_internal::Node> root);
  static Expression of_tree(access_internal::Node root, const std::vector<Unsupported>& all);
  // Shared because expressions are copied with roles and never change.
  std::shared_ptr<const access_internal::Node> root_;
  std::vector<std::string> fields_;
  std::vector<Unsupported> unsupported_;
  bool mentions_user_ = false;
};

// JSON of a configuration file as a Value; Extended JSON wrappers ({"$oid": ...}) are read. kBadApp
// if one is malformed.
Result<Value> value_of_json(const nlohmann::json& json);

}  // namespace syncline
