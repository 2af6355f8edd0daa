// Constraint: one JSON schema of an app, compiled: the keywords of spec 1.2 that a value must hold.
//
// Made by compile_constraint once for each deployed app, used by ConstraintChecker. Immutable; any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "node/model/exact_number.h"
#include "syncline/result.h"
#include "syncline/value.h"

namespace re2 {
class RE2;
}

namespace syncline {

// The kinds of value that "bsonType" and "type" name, as bits.
enum TypeBits : uint32_t {
  kTypeDouble = 1u << 0,
  kTypeString = 1u << 1,
  kTypeObject = 1u << 2,
  kTypeArray = 1u << 3,
  kTypeObjectId = 1u << 4,
  kTypeDate = 1u << 5,
  kTypeBool = 1u << 6,
  kTypeNull = 1u << 7,
  kTypeRegex = 1u << 8,
  kTypeInt = 1u << 9,
  kTypeTimestamp = 1u << 10,
  kTypeLong = 1u << 11,
  kTypeDecimal = 1u << 12,
  kTypeUuid = 1u << 13,
  kTypeBinary = 1u << 14,
  kTypeOther = 1u << 15,    // code, minKey and whatever else no name exists for
  kTypeInteger = 1u << 16,  // JSON Schema's: whole numbers, 3.0 too
  kTypeAny = 0xFFFFu,
};

class Constraint;
using ConstraintPointer = std::unique_ptr<const Constraint>;

struct NumberBound {
  Value limit;
  bool exclusive = false;
};

struct Pattern {
  std::string text;
  std::unique_ptr<const re2::RE2> compiled;
};

// What must hold of an object that has the key: names that it must have, or a schema for it as a
// whole.
struct Dependency {
  std::string key;
  std::vector<std::string> names;
  ConstraintPointer schema;
};

class Constraint {
 public:
  Constraint();
  ~Constraint();

  // Nothing to check but the type.
  bool is_empty() const;

  bool never = false;  // the schema `false`: nothing is valid
  uint32_t types = kTypeAny;
  std::string type_names;                           // for messages
  std::optional<std::vector<Value>> one_of_values;  // enum
  std::optional<Value> constant;                    // const

  std::optional<NumberBound> minimum;  // numbers
  std::optional<NumberBound> maximum;
  std::optional<NumberBound> exclusive_minimum;  // the keyword as a number, beside the one above
  std::optional<NumberBound> exclusive_maximum;
  std::optional<Value> multiple_of;
  std::optional<ExactNumber> exact_multiple_of;

  std::optional<uint64_t> min_length;  // strings, in code points
  std::optional<uint64_t> max_length;
  std::optional<Pattern> pattern;  // found anywhere in the string

  ConstraintPointer items;               // arrays: of each element
  std::vector<ConstraintPointer> tuple;  // or of each position
  ConstraintPointer additional_items;    // of those beyond the tuple
  ConstraintPointer contains;
  std::optional<uint64_t> min_items;
  std::optional<uint64_t> max_items;
  bool unique_items = false;

  std::vector<std::pair<std::string, ConstraintPointer>> properties;  // objects; sorted by name
  std::vector<std::pair<Pattern, ConstraintPointer>> pattern_properties;
  ConstraintPointer additional_properties;  // of those that neither of the above names
  std::vector<std::string> required;
  std::vector<Dependency> dependencies;
  std::optional<uint64_t> min_properties;
  std::optional<uint64_t> max_properties;

  std::vector<ConstraintPointer> all_of;
  std::vector<ConstraintPointer> any_of;
  std::vector<ConstraintPointer> exactly_one_of;
  ConstraintPointer negated;  // not

  const Constraint* property(std::string_view name) const;
};

// kBadApp with the JSON pointer below `pointer`: a keyword whose value is not of its form, a
// pattern that is no RE2 pattern, a type name that does not exist, schemas nested too deep.
// Keywords without effect are passed over: loading the app has reported them.
Result<ConstraintPointer> compile_constraint(const nlohmann::json& schema,
                                             const std::string& pointer);

// The bit of the scalar's type.
uint32_t type_bit_of(const Value& scalar);

}  // namespace syncline
