// The tree inside an Expression. Used by its parser and its evaluator only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "syncline/rule_functions.h"
#include "syncline/value.h"

namespace syncline {
class Resolver;
}

namespace syncline::access_internal {

// The values of a literal list, for lists that are worth it: those of one type, of which most rules
// are made.
class LiteralSet {
 public:
  // Null: it is short, or of several types.
  static std::shared_ptr<const LiteralSet> of(const List& list);
  // nullopt: it takes the list to say.
  std::optional<bool> contains(const Value& value) const;

 private:
  std::vector<int64_t> integers_;     // sorted; or
  std::vector<std::string> strings_;  // sorted
};

// One side of a comparison.
struct Operand {
  enum class Kind : uint8_t { literal, user, field, list, convert, call, unsupported };
  enum class Conversion : uint8_t { string_to_oid, oid_to_string, string_to_uuid, uuid_to_string };

  Kind kind = Kind::literal;
  Value literal;
  std::shared_ptr<const LiteralSet> set;  // literal: of $in and $nin, beside the list; may be null
  bool missing = false;           // literal: an expansion that the configuration does not have
  std::vector<std::string> path;  // user
  std::string name;               // field: as in Expression::fields(); call: the function's
  size_t index = 0;               // field: in Expression::fields(); unsupported: in its list
  Conversion conversion = Conversion::string_to_oid;
  std::shared_ptr<const RuleFunction> function;  // call
  // list: its elements; convert: the one that is converted; call: the arguments
  std::vector<Operand> parts;
  bool of_before() const;  // a field of the document as it was
  bool of_change() const;  // ... or expressly as it would be
};

enum class Comparison : uint8_t { eq, ne, gt, gte, lt, lte, in, nin, exists, all };

struct Node {
  enum class Kind : uint8_t { constant, all, any, negate, compare, unsupported };

  Kind kind = Kind::constant;
  bool value = true;           // constant
  std::vector<Node> children;  // all, any, negate (one)
  Comparison comparison = Comparison::eq;
  Operand left;
  Operand right;     // exists: a literal bool
  size_t index = 0;  // unsupported: in Expression::unsupported()
};

// Requires: nothing in it is unsupported.
bool evaluate(const Node& node, const Resolver& resolver);
// It names a field of the document as it was, or expressly (%%root) as it would be.
bool is_about_change(const Node& node);
// A comparison's answer. Null operands are missing.
bool compare(const Node& node, const Value* left, const Value* right);
// What the function answers; nothing if it throws.
std::optional<Value> call(const Operand& operand, std::span<const Value> arguments);
// Nothing if the value cannot be converted.
std::optional<Value> convert(Operand::Conversion conversion, const Value& value);

}  // namespace syncline::access_internal
