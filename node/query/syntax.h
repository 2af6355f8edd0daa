// The tree of a query as it was written: what parse() answers and bind() reads.
//
// Names are still names, arguments still numbers, and nothing is known of any schema. Plain data;
// every part knows its column (1-based, in characters) for messages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "syncline/value.h"

namespace syncline::query {

// How many of several values must satisfy a comparison. unset: none was written, which means any,
// but for a list compared with a list of constants: then it is the whole that is compared.
enum class Quantifier : uint8_t { unset, any, all, none };

struct Literal {
  enum class Kind : uint8_t {
    value,     // null, boolean, string, binary, date, objectId, uuid
    number,    // value is an int64 or a double; text is as written, for what a double cannot hold
    object,    // obj('Type', key): text is the type, value the key
    row,       // O3, L2:3: value is the number of the object, index that of its type
    argument,  // $3: index
  };
  Kind kind = Kind::value;
  Value value;
  std::string text;
  bool single = false;      // number: suffix f, of float precision
  bool typed = false;       // row: L, with the number of the type
  bool key_number = false;  // object: the key was written as a number
  uint32_t index = 0;
  Quantifier quantifier = Quantifier::unset;  // argument: it must be a list then
  std::string fault;  // the text has the form, but there is no such value: bind() says so
  uint32_t column = 0;
};

struct PathStep {
  enum class Kind : uint8_t {
    name,      // text
    links,     // @links
    keys,      // @keys
    values,    // @values
    index,     // [3]
    first,     // [FIRST]
    last,      // [LAST]
    every,     // [*]
    key,       // ['text']
    argument,  // [$3]: an index or a key
    key_path,  // $K3: an argument that is a path
  };
  Kind kind = Kind::name;
  std::string text;
  uint64_t index = 0;
  uint32_t column = 0;
};

struct Path {
  std::vector<PathStep> steps;
  uint32_t column = 0;
};

struct Condition;

struct Operand {
  enum class Kind : uint8_t { literal, list, property, aggregate, subquery, arithmetic };
  enum class Post : uint8_t { none, size, type };         // of a property
  enum class Aggregate : uint8_t { min, max, sum, avg };  // of an aggregate

  Kind kind = Kind::literal;
  Literal literal;
  std::vector<Literal> elements;              // list
  Quantifier quantifier = Quantifier::unset;  // list, property
  Path path;                                  // property, aggregate, subquery: over what
  Post post = Post::none;
  std::string post_name;  // "@count", as it was written
  Aggregate aggregate = Aggregate::min;
  PathStep of;           // aggregate over objects: their property; or empty
  std::string variable;  // subquery: "$x"
  uint32_t variable_column = 0;
  std::vector<Condition> condition;  // subquery: one
  // arithmetic: terms[0] operators[0] terms[1] ..., from left to right; all of one precedence, so
  // that a long sum is a long list and not a deep tree.
  std::vector<Operand> terms;
  std::string operators;
  uint32_t column = 0;
};

enum class Comparison : uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  begins_with,
  ends_with,
  contains,
  like,
  text,
};

// A region as it was written; coordinates are numbers or arguments.
struct Region {
  enum class Kind : uint8_t { box, circle, polygon, argument };
  Kind kind = Kind::box;
  using Point = std::vector<Literal>;     // longitude, latitude, and perhaps altitude
  std::vector<std::vector<Point>> rings;  // box: one of two corners; circle: one of its centre
  Literal radius;                         // circle, in radians
  uint32_t argument = 0;
  uint32_t column = 0;
};

struct Condition {
  enum class Kind : uint8_t { constant, all, any, negate, compare, between, geo_within };
  Kind kind = Kind::constant;
  bool value = true;                // constant
  std::vector<Condition> children;  // all, any; negate: one
  Comparison comparison = Comparison::equal;
  bool fold = false;              // compare: [c]
  std::vector<Operand> operands;  // compare: two; between: the value and the list; geo_within: one
  Region region;
  uint32_t column = 0;
};

struct Suffix {
  enum class Kind : uint8_t { sort, distinct, limit };
  struct Key {
    Path path;
    bool ascending = true;
  };
  Kind kind = Kind::sort;
  std::vector<Key> keys;
  uint64_t limit = 0;
  uint32_t column = 0;
};

struct Query {
  Condition condition;
  std::vector<Suffix> suffixes;  // applied in this order
};

}  // namespace syncline::query
