// What each rule of the grammar expects, for messages: "expected ASC or DESC, found ')'".
// Included by parse.cc alone.
#pragma once

#include "node/query/builder.h"
#include "node/query/grammar.h"

namespace syncline::query {

template <class Rule>
inline constexpr const char* kExpected = nullptr;

#define EXPECTED(rule, text) \
  template <>                \
  inline constexpr const char* kExpected<grammar::rule> = text;
EXPECTED(disjunction, "a condition")
EXPECTED(conjunction, "a condition behind OR")
EXPECTED(negated, "a condition")
EXPECTED(subquery_condition, "a condition on the objects")
EXPECTED(right_side, "a value to compare with")
EXPECTED(product, "a value")
EXPECTED(primary, "a value")
EXPECTED(sign_apart, "a blank between the sign and the number")
EXPECTED(quantified_operand, "a property, an argument or a list in braces")
EXPECTED(segment, "a name (one that is a word of the language is written in backquotes)")
EXPECTED(path, "a path")
EXPECTED(subquery_path, "the path of a list of objects")
EXPECTED(sort_key, "a path, and ASC or DESC")
EXPECTED(distinct_key, "a path")
EXPECTED(direction, "ASC or DESC")
EXPECTED(limit_count, "a number without sign")
EXPECTED(in_brackets, "an index, FIRST, LAST, *, a key in quotes or an argument")
EXPECTED(bracket_end, "']'")
EXPECTED(opening, "'('")
EXPECTED(closing, "')'")
EXPECTED(list_end, "',' or '}'")
EXPECTED(brace_end, "',' or '}'")
EXPECTED(comma, "','")
EXPECTED(dot, "'.'")
EXPECTED(element, "a constant")
EXPECTED(aggregate_of, "a property's name")
EXPECTED(variable, "a variable such as $x")
EXPECTED(subquery_count, ".@count")
EXPECTED(between_list, "two constants in braces, such as {1, 5}")
EXPECTED(region, "geoBox(...), geoCircle(...), geoPolygon(...) or an argument")
EXPECTED(point, "a point [longitude, latitude]")
EXPECTED(ring, "a ring of points in braces")
EXPECTED(radius, "a radius in radians")
EXPECTED(point_coordinate, "a number or an argument")
EXPECTED(point_end, "',' or ']'")
EXPECTED(escaped, "an escape such as \\n, \\' or \\u00E9")
EXPECTED(hex4, "four hexadecimal digits")
EXPECTED(double_quote_end, "a closing \"")
EXPECTED(single_quote_end, "a closing '")
EXPECTED(binary_content, "a string or B64\"...\"")
EXPECTED(oid_digits, "24 hexadecimal digits")
EXPECTED(uuid_digits, "a uuid such as 3b241101-e2bb-4255-8caf-4136c566a962")
EXPECTED(decimal_text, "a decimal number")
EXPECTED(json_text, "Extended JSON in quotes")
EXPECTED(object_type, "a type's name in quotes")
EXPECTED(object_key, "the object's _id")
EXPECTED(end, "AND, OR, SORT, DISTINCT, LIMIT or the end of the query")
#undef EXPECTED

// Makes PEGTL fail with our message. Rules without one cannot fail (what may be left out, what may
// repeat), and PEGTL only wants to see how they would.
template <class Rule>
struct Control : tao::pegtl::normal<Rule> {
  template <class Input, class... States>
  [[noreturn]] static void raise(const Input& in, States&&...) {
    throw SyntaxFault{in.byte(), kExpected<Rule> == nullptr ? "something else" : kExpected<Rule>};
  }
};

}  // namespace syncline::query
