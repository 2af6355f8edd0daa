// Builder: the syntax tree while it grows, driven by the grammar's actions (parse.cc).
//
// A stack of nodes, each a value or a condition; operators take what is on top. It is here that
// `(a == 1) + 2` and `a AND b` are found out. One thread; lives for one parse.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/query/syntax.h"

namespace syncline::query {

// What is wrong, and at which byte of the text.
struct SyntaxFault {
  size_t offset = 0;
  std::string expected;
};

class Builder {
 public:
  explicit Builder(std::string_view text);

  uint32_t column(size_t offset) const;
  // What stands there, as messages quote it: a word, a sign, "the end of the query".
  std::string found(size_t offset) const;

  // Where in the text the pointer points.
  size_t offset(const char* at) const { return static_cast<size_t>(at - text_.data()); }

  // ---- what the rules below a value leave behind, for the rule that uses it ----
  std::string name;     // without escapes
  std::string content;  // of a string literal
  std::string type;     // of an object literal
  std::string fault;    // of the literal that comes
  Literal literal;
  Path path;
  Quantifier quantifier = Quantifier::unset;

  // ---- values ----
  void push(Operand operand, size_t begin, size_t end);
  void push_constant(bool value, size_t begin, size_t end);
  // The operand on top; the grammar has just pushed it.
  Operand& top();
  // The node on top reaches to the end of this token.
  void extend(std::string_view token) { nodes_.back().end = offset(token.data()) + token.size(); }
  void begin_quantified(Quantifier quantifier) { quantifiers_.push_back(quantifier); }
  void end_quantified();
  void begin_subquery(size_t begin);
  void end_subquery();
  void remember_sign(char sign) { signs_.push_back(sign); }
  void arithmetic();

  // ---- conditions ----
  void begin_compare(Comparison comparison);
  void fold() { comparisons_.back().fold = true; }
  void end_compare();
  void between();
  void geo_within();
  void negate();
  void join(Condition::Kind kind);

  // ---- regions and suffixes ----
  Region region;
  std::vector<Suffix> suffixes;

  // The whole, once the grammar has matched all of it.
  Query finish();

 private:
  struct Node {
    std::variant<Operand, Condition> tree;
    size_t begin = 0;
    size_t end = 0;
  };
  struct Compare {
    Comparison comparison;
    bool fold = false;
  };
  Operand take_operand();
  Condition take_condition();
  void push_condition(Condition condition, size_t begin, size_t end);

  std::string_view text_;
  std::vector<uint32_t> columns_;  // by byte; empty if all is ASCII
  std::vector<Node> nodes_;
  std::vector<Compare> comparisons_;
  std::vector<Quantifier> quantifiers_;
  std::string signs_;
  size_t operands_ = 0;
};

}  // namespace syncline::query
