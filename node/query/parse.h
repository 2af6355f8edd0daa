// From a query's text to its syntax tree.
//
//   Result<query::Query> query = query::parse("celsius > -18 AND store.city == 'Oslo'");
//
// Pure; any thread. Takes time and memory in proportion to the text, whatever it says: the grammar
// decides by the next word and never goes back over more than one literal.
#pragma once

#include <cstddef>
#include <string_view>

#include "node/query/syntax.h"
#include "syncline/result.h"

namespace syncline::query {

// As long as the predecessor's server took.
inline constexpr size_t kQueryBytesMax = 256u << 10;
// Parentheses, NOT and SUBQUERY within each other. People write ten; a stack holds far more.
inline constexpr size_t kQueryDepthMax = 100;
// Operands of comparisons and arithmetic: a tree of them takes some 2 KiB each, so that the largest
// query takes 40 MiB while it is bound. The elements of lists are not among them.
inline constexpr size_t kOperandsMax = 20'000;

// kBadQuery: "column 9: expected ASC or DESC, found ')'".
Result<Query> parse(std::string_view text);

// Whether the text can stand as a name in a path as it is; another is written in backquotes.
bool is_plain_name(std::string_view name);

// A path by itself, as key-path arguments and mappings give it. kBadQuery.
Result<Path> parse_path(std::string_view text);
// A region by itself, for geoWithin arguments given as text. kBadQuery.
Result<Region> parse_region(std::string_view text);

}  // namespace syncline::query
