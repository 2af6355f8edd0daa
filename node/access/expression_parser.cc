// Expression::parse: from JSON to a folded tree.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/access/expression.h"
#include "node/access/expression_fold.h"
#include "node/access/expression_tree.h"
#include "node/access/operand_parser.h"
#include "node/access/pointer.h"
#include "proto/limits.h"

namespace syncline {
namespace access_internal {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, Comparison>, 10> kComparisons = {{
    {"eq", Comparison::eq},
    {"ne", Comparison::ne},
    {"gt", Comparison::gt},
    {"gte", Comparison::gte},
    {"lt", Comparison::lt},
    {"lte", Comparison::lte},
    {"in", Comparison::in},
    {"nin", Comparison::nin},
    {"exists", Comparison::exists},
    {"all", Comparison::all},
}};

constexpr std::string_view kOperatorsText =
    "$eq $ne $gt $gte $lt $lte $in $nin $all $exists $and $or $nor $not (or with % for $)";

template <class Table>
auto find_in(const Table& table, std::string_view name) -> const
    typename Table::value_type::second_type* {
  const auto found = std::ranges::find(table, name, &Table::value_type::first);
  return found == table.end() ? nullptr : &found->second;
}

bool is_operator_key(std::string_view key) {
  return !key.empty() && (key[0] == '$' || key[0] == '%') && !key.starts_with("%%");
}

bool is_zero_or_one(const Value& value) {
  return value.is_integer() && (value.as_integer() == 0 || value.as_integer() == 1);
}

bool is_logic(std::string_view name) { return name == "and" || name == "or" || name == "nor"; }

class Parser {
 public:
  Parser(const Constants& constants, std::string_view this_field, std::vector<AppMessage>* problems)
      : operands_(constants, this_field, problems) {}

  Node expression(const Json& json, const std::string& pointer, int depth = 0) {
    if (depth > limits::kDepthMax) {
      error("too_deep", pointer,
            fmt::format("the expression nests deeper than {}", limits::kDepthMax),
            "make it flatter");
      return constant_node(false);
    }
    if (json.is_boolean()) return constant_node(json.get<bool>());
    if (json.is_string() && json.get_ref<const std::string&>() == "%%true")
      return constant_node(true);
    if (json.is_string() && json.get_ref<const std::string&>() == "%%false")
      return constant_node(false);
    if (!json.is_object()) {
      error("malformed_expression", pointer,
            fmt::format("an expression is an object, true or false, not {}", json.type_name()),
            "write {} for \"always\"");
      return constant_node(false);
    }
    std::vector<Node> children;
    for (const auto& [key, value] : json.items())
      children.push_back(entry(key, value, pointer_to(pointer, key), depth));
    return joined(Node::Kind::all, std::move(children));
  }

  bool failed() const { return operands_.failed(); }
  const std::vector<Unsupported>& unsupported() const { return operands_.unsupported(); }

 private:
  Node entry(const std::string& key, const Json& value, const std::string& pointer, int depth) {
    if (is_operator_key(key)) {
      const std::string_view name = std::string_view(key).substr(1);
      if (is_logic(name)) return logic(name, value, pointer, depth);
      if (name == "not") return negated(expression(value, pointer, depth + 1));
      if (key == "%function") {
        Operand truth;
        truth.literal = Value(true);
        return comparison(Comparison::eq, truth, operands_.called(value, pointer), pointer);
      }
      unknown_operator(key, pointer);
      return constant_node(false);
    }
    return condition(operands_.reference(key, pointer), value, pointer, depth);
  }

  Node logic(std::string_view name, const Json& value, const std::string& pointer, int depth) {
    if (!value.is_array() || value.empty()) {
      error("malformed_expression", pointer, fmt::format("${} needs a list of expressions", name),
            "write [ {...}, {...} ]");
      return constant_node(false);
    }
    std::vector<Node> children;
    for (size_t i = 0; i < value.size(); ++i)
      children.push_back(expression(value[i], pointer_to(pointer, i), depth + 1));
    if (name == "and") return joined(Node::Kind::all, std::move(children));
    Node any = joined(Node::Kind::any, std::move(children));
    return name == "nor" ? negated(std::move(any)) : any;
  }

  // `left` against what stands beside it: a value, or an object of operators.
  Node condition(const Operand& left, const Json& value, const std::string& pointer, int depth) {
    if (!value.is_object() || OperandParser::is_value(value))
      return comparison(Comparison::eq, left, operands_.operand(value, pointer), pointer);
    const bool operators =
        !value.empty() && std::ranges::all_of(value.items(), [](const auto& item) {
          return is_operator_key(item.key());
        });
    if (!operators) {
      operands_.whole_document(pointer);
      return constant_node(false);
    }
    std::vector<Node> children;
    for (const auto& [key, argument] : value.items())
      children.push_back(operation(left, key, argument, pointer_to(pointer, key), depth));
    return joined(Node::Kind::all, std::move(children));
  }

  Node operation(const Operand& left, const std::string& key, const Json& argument,
                 const std::string& pointer, int depth) {
    const std::string_view name = std::string_view(key).substr(1);
    if (depth > limits::kDepthMax) return expression(argument, pointer, depth);
    if (const Comparison* found = find_in(kComparisons, name))
      return checked_comparison(*found, left, argument, key, pointer);
    if (key == "%function")
      return comparison(Comparison::eq, left, operands_.called(argument, pointer), pointer);
    // {"%%true": {"%or": [...]}}: what stands inside is compared with true or false.
    const bool* truth = left.kind == Operand::Kind::literal ? left.literal.get_if<bool>() : nullptr;
    if (truth && (is_logic(name) || (name == "not" && !compares(argument)))) {
      Node inner = name == "not" ? negated(expression(argument, pointer, depth + 1))
                                 : logic(name, argument, pointer, depth);
      return *truth ? std::move(inner) : negated(std::move(inner));
    }
    if (name == "not" && argument.is_object())
      return negated(condition(left, argument, pointer, depth + 1));
    unknown_operator(key, pointer);
    return constant_node(false);
  }

  static bool compares(const Json& json) {
    return json.is_object() && !json.empty() && is_operator_key(json.begin().key()) &&
           find_in(kComparisons, std::string_view(json.begin().key()).substr(1));
  }

  Node checked_comparison(Comparison kind, const Operand& left, const Json& argument,
                          const std::string& key, const std::string& pointer) {
    Operand right = operands_.operand(argument, pointer);
    const bool literal = right.kind == Operand::Kind::literal;
    if (kind == Comparison::exists && literal && !right.missing && is_zero_or_one(right.literal))
      right.literal = right.literal.as_integer() == 1;  // as MongoDB reads them
    if (kind == Comparison::exists && !(literal && !right.missing && right.literal.is<bool>())) {
      error("malformed_expression", pointer, fmt::format("{} needs true or false", key),
            "write {\"$exists\": true} or {\"$exists\": false}");
      return constant_node(false);
    }
    const bool list = kind == Comparison::in || kind == Comparison::nin || kind == Comparison::all;
    if (list && literal && !right.missing && !right.literal.is<List>()) {
      error("malformed_expression", pointer, fmt::format("{} needs a list", key),
            "write [ ... ], or an expansion that is a list");
      return constant_node(false);
    }
    return comparison(kind, left, std::move(right), pointer);
  }

  Node comparison(Comparison kind, Operand left, Operand right, const std::string& pointer) {
    const bool about_document = OperandParser::is_document(left);
    if ((about_document && kind != Comparison::exists) || OperandParser::is_document(right)) {
      operands_.whole_document(pointer);
      return constant_node(false);
    }
    for (const Operand* side : {&left, &right}) {
      if (const Operand* found = find_unsupported(*side)) {
        Node node;
        node.kind = Node::Kind::unsupported;
        node.index = found->index;
        return node;
      }
    }
    Node node;
    node.kind = Node::Kind::compare;
    node.comparison = kind;
    node.left = std::move(left);
    node.right = std::move(right);
    return folded(std::move(node));
  }

  static const Operand* find_unsupported(const Operand& operand) {
    if (operand.kind == Operand::Kind::unsupported) return &operand;
    for (const Operand& part : operand.parts)
      if (const Operand* found = find_unsupported(part)) return found;
    return nullptr;
  }

  void unknown_operator(const std::string& key, const std::string& pointer) {
    error("unknown_operator", pointer, fmt::format("there is no operator \"{}\" here", key),
          fmt::format("there are {}", kOperatorsText));
  }

  void error(std::string code, const std::string& pointer, std::string text, std::string remedy) {
    operands_.error(std::move(code), pointer, std::move(text), std::move(remedy));
  }

  OperandParser operands_;
};

}  // namespace
}  // namespace access_internal

Expression Expression::parse(const nlohmann::json& json, const std::string& pointer,
                             const Constants& constants, std::vector<AppMessage>* problems,
                             std::string_view this_field) {
  access_internal::Parser parser(constants, this_field, problems);
  access_internal::Node root = parser.expression(json, pointer);
  if (parser.failed()) return constant_of(false);
  return of_tree(std::move(root), parser.unsupported());
}

}  // namespace syncline
