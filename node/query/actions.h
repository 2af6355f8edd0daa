// What each rule of the grammar does with the builder once it has matched. Included by parse.cc
// alone.
#pragma once

#include "node/query/builder.h"
#include "node/query/grammar.h"
#include "node/query/literals.h"
#include "node/query/parse.h"
#include "proto/base64.h"
#include "proto/extended_json.h"
#include "proto/number_text.h"
#include "proto/utf8.h"

namespace syncline::query {

namespace g = grammar;
namespace pegtl = tao::pegtl;

template <class Rule>
struct Action : pegtl::nothing<Rule> {};

// Which text a rule has matched, without the blanks behind it.
template <class In>
std::string_view token_of(const In& in) {
  const std::string_view text = in.string_view();
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// An action that gets the input and the builder.
#define ON(rule)                                 \
  template <>                                    \
  struct Action<g::rule> {                       \
    template <class In>                          \
    static void apply(const In& in, Builder& b); \
  };                                             \
  template <class In>                            \
  void Action<g::rule>::apply([[maybe_unused]] const In& in, [[maybe_unused]] Builder& b)

// Names and literals.
ON(plain_name) { b.name = unescape_name(in.string_view()); }
ON(quoted_text) { b.name = unquote_name(in.string_view()); }
template <class In>
void take_text(const In& in, Builder& b) {
  Result<std::string> text = unescape_text(in.string_view());
  if (!text) throw SyntaxFault{b.offset(in.begin()), text.error().message};
  b.content = std::move(*text);
}
ON(double_text) { take_text(in, b); }
ON(single_text) { take_text(in, b); }
ON(base64_text) {
  std::optional<Bytes> bytes = from_base64(in.string_view());
  if (!bytes) b.fault = "expected base64, with its padding";
  b.content = std::move(bytes).value_or("");
}
template <class In>
void take_literal(const In& in, Builder& b, Literal literal) {
  literal.column = b.column(b.offset(in.begin()));
  literal.fault = std::exchange(b.fault, {});
  b.literal = std::move(literal);
}
template <class In>
void take_value(const In& in, Builder& b, Value value) {
  Literal literal;
  literal.value = std::move(value);
  take_literal(in, b, std::move(literal));
}
ON(text_literal) {
  if (!is_utf8(b.content)) b.fault = "a string is UTF-8; write binary(B64\"...\") for bytes";
  take_value(in, b, b.content);
}
ON(binary_literal) { take_value(in, b, Binary{0, b.content}); }
ON(oid_digits) { take_value(in, b, object_id_of(in.string_view())); }
ON(uuid_digits) { take_value(in, b, uuid_of(in.string_view())); }
template <class In>
void take_date(const In& in, Builder& b) {
  Result<Value> date = date_of(in.string_view());
  if (!date) b.fault = "expected " + date.error().message;
  take_value(in, b, date ? std::move(*date) : Value());
}
ON(calendar_date) { take_date(in, b); }
ON(seconds_date) { take_date(in, b); }
ON(row_literal) { take_literal(in, b, row_of(in.string_view())); }
ON(number_literal) { take_literal(in, b, number_of(token_of(in))); }
ON(argument) {
  Literal literal;
  literal.kind = Literal::Kind::argument;
  const std::optional<int64_t> number = parse_integer_text(token_of(in).substr(1));
  if (!number || *number > UINT16_MAX)
    throw SyntaxFault{b.offset(in.begin()), "an argument from $0 to $65535"};
  literal.index = static_cast<uint32_t>(*number);
  take_literal(in, b, std::move(literal));
}
ON(decimal_text) {
  Result<Decimal128> decimal = parse_decimal128(in.string_view());
  if (!decimal)
    throw SyntaxFault{b.offset(in.begin()), "a decimal number; " + decimal.error().message};
  take_value(in, b, *decimal);
}
ON(json_text) {
  Result<Value> value = parse_extended_json(b.content);
  if (!value) throw SyntaxFault{b.offset(in.begin()), "Extended JSON; " + value.error().message};
  take_value(in, b, std::move(*value));
}
ON(object_type) { b.type = b.content; }
ON(object_literal) {
  Literal literal = std::move(b.literal);
  literal.key_number = literal.kind == Literal::Kind::number;
  literal.kind = Literal::Kind::object;
  literal.text = std::move(b.type);
  take_literal(in, b, std::move(literal));
}
ON(true_word) { take_value(in, b, true); }
ON(false_word) { take_value(in, b, false); }
ON(null_word) { take_value(in, b, Null{}); }

// Paths.
template <class In>
void add_step(const In& in, Builder& b, PathStep::Kind kind, uint64_t index = 0,
              std::string text = {}) {
  b.path.steps.push_back({kind, std::move(text), index, b.column(b.offset(in.begin()))});
}
ON(path_begin) {
  b.path = Path();
  b.path.column = b.column(b.offset(in.begin()));
}
ON(links_step) { add_step(in, b, PathStep::Kind::links); }
ON(keys_step) { add_step(in, b, PathStep::Kind::keys); }
ON(values_step) { add_step(in, b, PathStep::Kind::values); }
ON(key_path_step) {
  const std::optional<int64_t> number = parse_integer_text(token_of(in).substr(2));
  if (!number || *number > UINT16_MAX)
    throw SyntaxFault{b.offset(in.begin()), "an argument from $K0 to $K65535"};
  add_step(in, b, PathStep::Kind::key_path, static_cast<uint64_t>(*number));
}
ON(name_step) { add_step(in, b, PathStep::Kind::name, 0, b.name); }
ON(index_step) {
  const std::optional<int64_t> index = parse_integer_text(token_of(in));
  if (!index) throw SyntaxFault{b.offset(in.begin()), "an index of 64 bits"};
  add_step(in, b, PathStep::Kind::index, static_cast<uint64_t>(*index));
}
ON(first_step) { add_step(in, b, PathStep::Kind::first); }
ON(last_step) { add_step(in, b, PathStep::Kind::last); }
ON(every_step) { add_step(in, b, PathStep::Kind::every); }
ON(key_step) { add_step(in, b, PathStep::Kind::key, 0, b.content); }
ON(argument_step) { add_step(in, b, PathStep::Kind::argument, b.literal.index); }

// Values.
template <class In>
void push_operand(const In& in, Builder& b, Operand operand) {
  const std::string_view token = token_of(in);
  const size_t begin = b.offset(token.data());
  b.push(std::move(operand), begin, begin + token.size());
}
template <class In>
void push_literal(const In& in, Builder& b) {
  Operand operand;
  operand.literal = std::move(b.literal);
  push_operand(in, b, std::move(operand));
}
ON(literal_operand) { push_literal(in, b); }
ON(quantified_argument) { push_literal(in, b); }
ON(property_path) {
  Operand operand;
  operand.kind = Operand::Kind::property;
  operand.path = std::move(b.path);
  push_operand(in, b, std::move(operand));
}
ON(post_size) {
  b.top().post = Operand::Post::size;
  b.top().post_name =
      in.string_view().contains("size") || in.string_view().contains("SIZE") ? "@size" : "@count";
  b.extend(token_of(in));
}
ON(post_type) {
  b.top().post = Operand::Post::type;
  b.extend(token_of(in));
}
ON(aggregate_word) {
  using enum Operand::Aggregate;
  const std::string_view word = in.string_view();
  b.top().kind = Operand::Kind::aggregate;
  b.top().aggregate = word == "@min" ? min : word == "@max" ? max : word == "@sum" ? sum : avg;
  b.extend(word);
}
ON(aggregate_of) {
  b.top().of = {PathStep::Kind::name, b.name, 0, b.column(b.offset(in.begin()))};
  b.extend(token_of(in));
}
ON(list_begin) {
  Operand operand;
  operand.kind = Operand::Kind::list;
  push_operand(in, b, std::move(operand));
}
ON(element) { b.top().elements.push_back(std::move(b.literal)); }
ON(list_end) { b.extend(token_of(in)); }
ON(any_word) { b.quantifier = Quantifier::any; }
ON(all_word) { b.quantifier = Quantifier::all; }
ON(none_word) { b.quantifier = Quantifier::none; }
ON(quantifier) { b.begin_quantified(b.quantifier); }
ON(quantified_operand) { b.end_quantified(); }
ON(subquery_path) { b.begin_subquery(b.offset(in.begin())); }
ON(variable) {
  if (b.name.size() < 2 || b.name[0] != '$')
    throw SyntaxFault{b.offset(in.begin()), "a variable that starts with $, such as $x"};
  b.top().variable = b.name;
  b.top().variable_column = b.column(b.offset(in.begin()));
}
ON(product_operator) { b.remember_sign(in.peek_char()); }
ON(sum_operator) { b.remember_sign(in.peek_char()); }
ON(product_tail) { b.arithmetic(); }
ON(sum_tail) { b.arithmetic(); }
template <>
struct Action<g::subquery> : pegtl::limit_depth<kQueryDepthMax> {
  static void apply0(Builder& b) { b.end_subquery(); }
};
template <>
struct Action<g::grouped> : pegtl::limit_depth<kQueryDepthMax> {};

// Conditions.
ON(truepredicate) { b.push_constant(true, b.offset(in.begin()), b.offset(in.end())); }
ON(falsepredicate) { b.push_constant(false, b.offset(in.begin()), b.offset(in.end())); }
ON(equal) { b.begin_compare(Comparison::equal); }
ON(not_equal) { b.begin_compare(Comparison::not_equal); }
ON(less) { b.begin_compare(Comparison::less); }
ON(less_equal) { b.begin_compare(Comparison::less_equal); }
ON(greater) { b.begin_compare(Comparison::greater); }
ON(greater_equal) { b.begin_compare(Comparison::greater_equal); }
ON(in_word) { b.begin_compare(Comparison::in); }
ON(begins_with) { b.begin_compare(Comparison::begins_with); }
ON(ends_with) { b.begin_compare(Comparison::ends_with); }
ON(contains) { b.begin_compare(Comparison::contains); }
ON(like) { b.begin_compare(Comparison::like); }
ON(text_word) { b.begin_compare(Comparison::text); }
ON(case_mark) { b.fold(); }
ON(compare_tail) { b.end_compare(); }
ON(between_tail) { b.between(); }
ON(geo_tail) { b.geo_within(); }
template <>
struct Action<g::negation> : pegtl::limit_depth<kQueryDepthMax> {
  static void apply0(Builder& b) { b.negate(); }
};
ON(and_tail) { b.join(Condition::Kind::all); }
ON(or_tail) { b.join(Condition::Kind::any); }

// Regions.
template <class In>
void begin_region(const In& in, Builder& b, Region::Kind kind) {
  b.region = Region();
  b.region.kind = kind;
  b.region.column = b.column(b.offset(in.begin()));
  if (kind != Region::Kind::polygon) b.region.rings.emplace_back();
}
ON(geobox_word) { begin_region(in, b, Region::Kind::box); }
ON(geocircle_word) { begin_region(in, b, Region::Kind::circle); }
ON(geopolygon_word) { begin_region(in, b, Region::Kind::polygon); }
ON(ring_begin) { b.region.rings.emplace_back(); }
ON(point_begin) { b.region.rings.back().emplace_back(); }
ON(point_coordinate) { b.region.rings.back().back().push_back(std::move(b.literal)); }
ON(radius) { b.region.radius = std::move(b.literal); }
ON(region_argument) {
  begin_region(in, b, Region::Kind::argument);
  b.region.argument = b.literal.index;
}

// What comes behind.
template <class In>
void begin_suffix(const In& in, Builder& b, Suffix::Kind kind) {
  b.suffixes.emplace_back();
  b.suffixes.back().kind = kind;
  b.suffixes.back().column = b.column(b.offset(in.begin()));
}
ON(sort_word) { begin_suffix(in, b, Suffix::Kind::sort); }
ON(distinct_word) { begin_suffix(in, b, Suffix::Kind::distinct); }
ON(limit_word) { begin_suffix(in, b, Suffix::Kind::limit); }
ON(sort_path) { b.suffixes.back().keys.push_back({std::move(b.path), true}); }
ON(distinct_key) { b.suffixes.back().keys.push_back({std::move(b.path), true}); }
ON(descending) { b.suffixes.back().keys.back().ascending = false; }
ON(limit_count) {
  const std::optional<int64_t> count = parse_integer_text(token_of(in));
  if (!count) throw SyntaxFault{b.offset(in.begin()), "a number of 64 bits"};
  b.suffixes.back().limit = static_cast<uint64_t>(*count);
}
#undef ON

}  // namespace syncline::query
