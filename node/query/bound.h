// A query bound to a schema: what evaluates, what equal views are recognised by, and what travels.
//
// Names are numbers of types and fields, arguments are values, constants are of the kind they are
// compared with, and everything is normalised (normalise.h). Immutable plain data, made by bind();
// share by shared_ptr<const BoundQuery>: many threads evaluate one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/query/geo.h"
#include "node/query/strings.h"
#include "node/query/syntax.h"
#include "proto/ids.h"
#include "proto/schema.h"

namespace syncline::query {

// What an expression's values are, as far as the schema says.
struct ValueType {
  enum class Base : uint8_t {
    mixed,
    boolean,
    integer,
    floating,
    decimal,
    string,
    binary,
    date,
    object_id,
    uuid,
    object,     // a link or an embedded object
    type_name,  // of @type: a set of kinds, as an integer's bits (type_names.h)
    null,
    other,  // BSON's rarer types: equal or not
  };
  Base base = Base::mixed;
  bool single = false;  // floating: of float precision
  TypeNumber object;    // object
  bool operator==(const ValueType&) const = default;
};

// One step from what a path has reached.
struct Step {
  enum class Kind : uint8_t {
    field,      // of an object of `type`: its field, embedded objects included
    follow,     // a link's value: the object of `type` that has this _id
    backlinks,  // an object: the objects of `type` whose field links to it
    elements,   // a list, set or dictionary: each of its values
    keys,       // a dictionary: each of its keys
    index,      // a list: its element
    last,       // a list: its last element
    key,        // a dictionary: the value under it
  };
  Kind kind = Kind::field;
  TypeNumber type;
  FieldNumber field;
  uint64_t index = 0;
  std::string key;
  bool operator==(const Step&) const = default;
};

// Which values, from an object on.
struct BoundPath {
  // 0: the object that is asked about. n: the variable of the n-th SUBQUERY around, from outside.
  uint32_t frame = 0;
  std::vector<Step> steps;
  bool many = false;       // may reach other than one value
  ValueType type;          // of what it reaches
  bool reference = false;  // it reaches values of links, which are null where they lead nowhere
  bool operator==(const BoundPath&) const = default;
};

struct Predicate;

struct Expression {
  enum class Kind : uint8_t {
    constant,
    list,       // of constants
    values,     // what the path reaches
    size,       // of each collection, string or binary that the path reaches
    length,     // of each string or binary in the lists that it reaches
    count,      // how many objects it reaches
    type_name,  // @type of each value that it reaches
    aggregate,  // over the values that it reaches, in each collection by itself if `grouped`
    subquery,   // how many of the objects that it reaches fulfil the condition
    arithmetic,
  };
  Kind kind = Kind::constant;
  ValueType type;
  bool many = false;
  Quantifier quantifier = Quantifier::unset;
  Value constant;
  std::vector<Value> list;
  BoundPath path;
  std::vector<BoundPath> more_paths;  // all_links: one for each linking field, perhaps none
  Operand::Aggregate aggregate = Operand::Aggregate::min;
  bool grouped = false;              // size: of declared collections, where a missing one is empty
  bool all_links = false;            // count: @links.@count, along more_paths
  std::vector<Predicate> condition;  // subquery: one
  std::vector<Expression> terms;     // arithmetic, as Operand's
  std::string operators;
};

struct Predicate {
  enum class Kind : uint8_t { constant, all, any, negate, compare, geo_within };
  Kind kind = Kind::constant;
  bool value = true;                          // constant
  std::vector<Predicate> children;            // all, any: sorted by text, two at least; negate: one
  Comparison comparison = Comparison::equal;  // never `in`
  bool fold = false;
  bool whole = false;                // two lists as wholes, element by element
  std::vector<Expression> operands;  // compare: two; geo_within: one
  GeoRegion region;

  // Made ready when it was bound.
  std::vector<Bytes> keys;  // equal to ANY of a list: their comparison keys, sorted
  std::optional<TextSearch> search;
};

// SORT, DISTINCT or LIMIT.
struct Stage {
  struct Key {
    BoundPath path;
    bool ascending = true;
  };
  Suffix::Kind kind = Suffix::Kind::sort;
  std::vector<Key> keys;
  uint64_t limit = 0;
};

// What a query looks at besides the objects themselves.
struct Follows {
  enum class Kind : uint8_t { link, backlink };
  Kind kind = Kind::link;
  TypeNumber type;                  // of the object where the step begins
  std::vector<FieldNumber> path;    // link: from its top-level field to the link
  TypeNumber other;                 // link: the target's type; backlink: the linking one's
  FieldNumber field;                // backlink: the other's field that links
  uint32_t depth = 1;               // 1: a step from the object that is asked about
  std::vector<FieldNumber> fields;  // top-level fields of `other` that are read; sorted
  bool operator==(const Follows&) const = default;
};

struct Reads {
  std::vector<FieldNumber> fields;  // top-level fields of the query's own type; sorted
  std::vector<Follows> follows;     // in the order in which they are met, each once
  // Whether the object alone decides. A link that is only compared by its value follows it too: it
  // is null where its target is not there.
  bool alone() const { return follows.empty(); }
  uint32_t depth() const;  // of the deepest step; 0 if alone
};

struct BoundQuery {
  std::shared_ptr<const Schema> schema;  // shared: other queries, and whoever deployed it
  TypeNumber type;
  Predicate predicate;
  std::vector<Stage> stages;
  Reads reads;
  // Canonical: equal for queries that are the same after normalisation, with arguments inlined. It
  // parses and binds, under the same schema, to this very query.
  std::string text;
};

}  // namespace syncline::query
