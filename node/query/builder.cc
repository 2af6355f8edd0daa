#include "node/query/builder.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/query/parse.h"
#include "proto/check.h"

namespace syncline::query {
namespace {

bool continues_character(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || c == '@' || static_cast<uint8_t>(c) >= 0x80;
}

constexpr size_t kShownMax = 24;  // bytes of a word that a message quotes

}  // namespace

Builder::Builder(std::string_view text) : text_(text) {
  if (std::none_of(text.begin(), text.end(),
                   [](char c) { return static_cast<uint8_t>(c) >= 0x80; }))
    return;
  columns_.reserve(text.size() + 1);
  uint32_t column = 0;
  for (const char c : text) columns_.push_back(column += continues_character(c) ? 0 : 1);
  columns_.push_back(column + 1);
}

uint32_t Builder::column(size_t offset) const {
  return columns_.empty() ? static_cast<uint32_t>(offset) + 1 : columns_[offset];
}

std::string Builder::found(size_t offset) const {
  while (offset < text_.size() && is_blank(text_[offset])) ++offset;
  if (offset >= text_.size()) return "the end of the query";
  size_t end = offset + 1;
  if (is_word(text_[offset])) {
    while (end < text_.size() && end - offset < kShownMax && is_word(text_[end])) ++end;
  }
  while (end < text_.size() && continues_character(text_[end])) ++end;
  return fmt::format("'{}'", text_.substr(offset, end - offset));
}

void Builder::push(Operand operand, size_t begin, size_t end) {
  if (operand.kind != Operand::Kind::arithmetic && ++operands_ > kOperandsMax)
    throw SyntaxFault{begin, fmt::format("at most {} values in one query (many of one kind go "
                                         "into one IN)",
                                         kOperandsMax)};
  operand.column = column(begin);
  nodes_.push_back({std::move(operand), begin, end});
}

void Builder::push_condition(Condition condition, size_t begin, size_t end) {
  condition.column = column(begin);
  nodes_.push_back({std::move(condition), begin, end});
}

void Builder::push_constant(bool value, size_t begin, size_t end) {
  Condition condition;
  condition.kind = Condition::Kind::constant;
  condition.value = value;
  push_condition(std::move(condition), begin, end);
}

Operand& Builder::top() {
  Operand* operand = std::get_if<Operand>(&nodes_.back().tree);
  CHECK(operand != nullptr, "the grammar pushes an operand before it speaks of it");
  return *operand;
}

Operand Builder::take_operand() {
  Node node = std::move(nodes_.back());
  nodes_.pop_back();
  if (Operand* operand = std::get_if<Operand>(&node.tree)) return std::move(*operand);
  throw SyntaxFault{node.begin, "a value here, and not a condition"};
}

Condition Builder::take_condition() {
  Node node = std::move(nodes_.back());
  nodes_.pop_back();
  if (Condition* condition = std::get_if<Condition>(&node.tree)) return std::move(*condition);
  throw SyntaxFault{node.end, "a comparison such as ==, < or CONTAINS behind the value"};
}

void Builder::end_quantified() {
  Operand& operand = top();
  operand.quantifier = quantifiers_.back();
  if (operand.kind == Operand::Kind::literal) operand.literal.quantifier = operand.quantifier;
  quantifiers_.pop_back();
}

// The path is known, the condition comes: the operand waits on the stack below it.
void Builder::begin_subquery(size_t begin) {
  Operand operand;
  operand.kind = Operand::Kind::subquery;
  operand.path = std::move(path);
  push(std::move(operand), begin, begin);
}

void Builder::end_subquery() {
  const size_t end = nodes_.back().end;
  Condition condition = take_condition();
  top().condition.push_back(std::move(condition));
  nodes_.back().end = end;
}

void Builder::arithmetic() {
  const char sign = signs_.back();
  signs_.pop_back();
  const size_t end = nodes_.back().end;
  Operand right = take_operand();
  const size_t begin = nodes_.back().begin;
  Operand left = take_operand();
  const auto is_product = [](char c) { return c == '*' || c == '/'; };
  const bool goes_on =
      left.kind == Operand::Kind::arithmetic && is_product(left.operators[0]) == is_product(sign);
  if (!goes_on) {
    Operand chain;
    chain.kind = Operand::Kind::arithmetic;
    chain.terms.push_back(std::move(left));
    left = std::move(chain);
  }
  left.terms.push_back(std::move(right));
  left.operators.push_back(sign);
  push(std::move(left), begin, end);
}

void Builder::begin_compare(Comparison comparison) { comparisons_.push_back({comparison}); }

void Builder::end_compare() {
  const Compare compare = comparisons_.back();
  comparisons_.pop_back();
  Condition condition;
  condition.kind = Condition::Kind::compare;
  condition.comparison = compare.comparison;
  condition.fold = compare.fold;
  const size_t end = nodes_.back().end;
  Operand right = take_operand();
  const size_t begin = nodes_.back().begin;
  condition.operands.push_back(take_operand());
  condition.operands.push_back(std::move(right));
  push_condition(std::move(condition), begin, end);
}

void Builder::between() {
  Condition condition;
  const size_t end = nodes_.back().end;
  condition.kind = Condition::Kind::between;
  Operand list = take_operand();
  const size_t begin = nodes_.back().begin;
  condition.operands.push_back(take_operand());
  condition.operands.push_back(std::move(list));
  push_condition(std::move(condition), begin, end);
}

void Builder::geo_within() {
  Condition condition;
  const size_t end = nodes_.back().end;
  condition.kind = Condition::Kind::geo_within;
  condition.region = std::move(region);
  const size_t begin = nodes_.back().begin;
  condition.operands.push_back(take_operand());
  push_condition(std::move(condition), begin, end);
}

void Builder::negate() {
  Condition condition;
  const size_t begin = nodes_.back().begin;
  const size_t end = nodes_.back().end;
  condition.kind = Condition::Kind::negate;
  condition.children.push_back(take_condition());
  push_condition(std::move(condition), begin, end);
}

// Chains of one connective become one node, so that a thousand of them are not a thousand deep.
void Builder::join(Condition::Kind kind) {
  const size_t end = nodes_.back().end;
  Condition right = take_condition();
  const size_t begin = nodes_.back().begin;
  Condition left = take_condition();
  if (left.kind != kind) {
    Condition joined;
    joined.kind = kind;
    joined.children.push_back(std::move(left));
    left = std::move(joined);
  }
  left.children.push_back(std::move(right));
  push_condition(std::move(left), begin, end);
}

Query Builder::finish() {
  Query query;
  query.condition = take_condition();
  query.suffixes = std::move(suffixes);
  return query;
}

}  // namespace syncline::query
