// The tree inside an Expression. Used by its parser and its evaluator only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "syncline/value.h"

namespace syncline::access_internal {

// One side of a comparison.
struct Operand {
  enum class Kind : uint8_t { literal, user, field, list, convert, unsupported };
  enum class Conversion : uint8_t { string_to_oid, oid_to_string, string_to_uuid, uuid_to_string };

  Kind kind = Kind::literal;
  Value literal;
  bool missing = false;           // literal: an expansion that the configuration does not have
  std::vector<std::string> path;  // user
  std::string name;               // field: its dotted name
  size_t index = 0;               // field: in Expression::fields(); unsupported: in its list
  Conversion conversion = Conversion::string_to_oid;
  std::vector<Operand> parts;  // list: its elements; convert: the one that is converted
};

enum class Comparison : uint8_t { eq, ne, gt, gte, lt, lte, in, nin, exists };

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

// A comparison's answer. Null operands are missing.
bool compare(const Node& node, const Value* left, const Value* right);
// Nothing if the value cannot be converted.
std::optional<Value> convert(Operand::Conversion conversion, const Value& value);

}  // namespace syncline::access_internal
