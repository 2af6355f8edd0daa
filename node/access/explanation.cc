#include "node/access/explanation.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/access/expression_tree.h"
#include "proto/check.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using access_internal::Comparison;
using access_internal::Node;
using access_internal::Operand;

constexpr const char* kHiddenDecides = "a field that you may not read decides";

// One side of a comparison. As in expression.cc, which evaluates without telling.
struct Side {
  std::optional<Value> value;  // nothing: missing
  std::string name;            // of a field or an expansion; empty: the value says it all
};

class Explainer {
 public:
  Explainer(const Expression& condition, const Resolver& resolver, MayTell may_tell)
      : condition_(condition), resolver_(resolver), may_tell_(may_tell) {}

  std::string text() {
    result_ = condition_.evaluate(resolver_);
    if (condition_.constant())
      return fmt::format("it is always {} for this user", result_ ? "true" : "false");
    collect(condition_.tree(), result_);
    std::string out = fmt::format("{}", fmt::join(told_, "; "));
    if (more_ > 0) out += fmt::format("; and {} more", more_);
    if (!hidden_) return out;
    return out.empty() ? kHiddenDecides : out + "; and " + kHiddenDecides;
  }

 private:
  // Nothing: it depends on what may not be told.
  std::optional<bool> known(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::constant:
        return node.value;
      case Node::Kind::all:
      case Node::Kind::any: {
        const bool decisive = node.kind == Node::Kind::any;
        bool unknown = false;
        for (const Node& child : node.children) {
          const std::optional<bool> one = known(child);
          if (one == decisive) return decisive;
          unknown = unknown || !one;
        }
        return unknown ? std::nullopt : std::optional(!decisive);
      }
      case Node::Kind::negate: {
        const std::optional<bool> inside = known(node.children.front());
        return inside ? std::optional(!*inside) : std::nullopt;
      }
      case Node::Kind::compare:
        if (is_hidden(node.left) || is_hidden(node.right)) return std::nullopt;
        return holds(node);
      case Node::Kind::unsupported:
        break;
    }
    return false;
  }

  bool is_hidden(const Operand& operand) const {
    if (operand.kind == Operand::Kind::field && !may_tell_(operand.index)) return true;
    return std::ranges::any_of(operand.parts, [&](const Operand& part) { return is_hidden(part); });
  }

  bool holds(const Node& node) const {
    const Side left = side(node.left);
    const Side right = side(node.right);
    if (node.right.of_before() && !resolver_.has_before()) return false;
    if (node.left.of_before() && !resolver_.has_before())
      return node.comparison == access_internal::Comparison::exists && !right.value->get<bool>();
    return access_internal::compare(node, left.value ? &*left.value : nullptr,
                                    right.value ? &*right.value : nullptr);
  }

  // What makes the node be `answer`, which it is.
  void collect(const Node& node, bool answer) {
    switch (node.kind) {
      case Node::Kind::all:
      case Node::Kind::any:
        return collect_children(node, answer);
      case Node::Kind::negate:
        return collect(node.children.front(), !answer);
      case Node::Kind::compare:
        if (!known(node)) {
          hidden_ = true;
        } else if (told_.size() == kComparisonsToldMax) {
          ++more_;
        } else {
          told_.push_back(text_of(node, answer));
        }
        return;
      default:
        return;
    }
  }

  void collect_children(const Node& node, bool answer) {
    const bool decisive = node.kind == Node::Kind::any;
    const std::optional<bool> whole = known(node);
    for (const Node& child : node.children) {
      const std::optional<bool> one = known(child);
      if (answer != decisive) {
        collect(child, answer);  // all of them are so
      } else if (whole) {
        if (one != answer) continue;
        collect(child, answer);
        if (answer) return;  // one is enough
      } else if (!one) {
        collect(child, answer);  // one of these, and which is not told
      }
    }
  }

  Side side(const Operand& operand) const {
    Side out;
    switch (operand.kind) {
      case Operand::Kind::literal:
        if (!operand.missing) out.value = operand.literal;
        return out;
      case Operand::Kind::user:
        out.name = fmt::format("%%user.{}", fmt::join(operand.path, "."));
        if (const Value* value = resolver_.user(operand.path)) out.value = *value;
        return out;
      case Operand::Kind::field:
        out.name = operand.name;
        if (const Value* value = resolver_.field(operand.index)) out.value = *value;
        return out;
      case Operand::Kind::list: {
        List list;
        for (const Operand& part : operand.parts)
          if (Side one = side(part); one.value) list.elements.push_back(std::move(*one.value));
        out.value = Value(std::move(list));
        return out;
      }
      case Operand::Kind::convert: {
        const Side from = side(operand.parts.front());
        out.name = from.name;
        if (from.value) out.value = access_internal::convert(operand.conversion, *from.value);
        return out;
      }
      case Operand::Kind::call: {
        out.name = fmt::format("{}()", operand.name);
        std::vector<Value> arguments;
        for (const Operand& part : operand.parts)
          if (Side one = side(part); one.value) arguments.push_back(std::move(*one.value));
        if (arguments.size() == operand.parts.size())
          out.value = access_internal::call(operand, arguments);
        return out;
      }
      case Operand::Kind::unsupported:
        break;
    }
    return out;
  }

  std::string text_of(const Node& node, bool answer) const {
    const Side left = side(node.left);
    const Side right = side(node.right);
    const std::string is =
        fmt::format("{} is {}", left.name.empty() ? "the rule's value" : left.name,
                    left.value ? value_told(*left.value) : "missing");
    // What the comparison should be for the condition to hold.
    const bool wanted = result_ ? answer : !answer;
    return fmt::format("{}, the rule wants {}", is, wants(node.comparison, right, wanted));
  }

  static std::string wants(Comparison comparison, const Side& right, bool wanted) {
    if (comparison == Comparison::exists) {
      const bool there = right.value && right.value->is<bool>() && right.value->get<bool>();
      return there == wanted ? "it to be there" : "it not to be there";
    }
    if (!right.value) return fmt::format("{}, which is missing and equals nothing", right.name);
    const std::string value = right.name.empty()
                                  ? value_told(*right.value)
                                  : fmt::format("{} ({})", value_told(*right.value), right.name);
    switch (comparison) {
      case Comparison::eq:
        return wanted ? value : "other than " + value;
      case Comparison::ne:
        return wanted ? "other than " + value : value;
      case Comparison::gt:
        return (wanted ? "more than " : "not more than ") + value;
      case Comparison::gte:
        return (wanted ? "at least " : "less than ") + value;
      case Comparison::lt:
        return (wanted ? "less than " : "at least ") + value;
      case Comparison::lte:
        return (wanted ? "at most " : "more than ") + value;
      default:
        break;
    }
    if (comparison == Comparison::all) return (wanted ? "all of " : "not all of ") + value;
    const bool among = (comparison == Comparison::in) == wanted;
    const List* list = right.value->get_if<List>();
    const std::string many = list != nullptr && list->elements.size() > kListToldMax
                                 ? fmt::format("{} values", list->elements.size())
                                 : value;
    return (among ? "one of " : "none of ") + many;
  }

  const Expression& condition_;
  const Resolver& resolver_;
  MayTell may_tell_;
  bool result_ = false;
  bool hidden_ = false;
  std::vector<std::string> told_;
  size_t more_ = 0;
};

}  // namespace

std::string explain(const Expression& condition, const Resolver& resolver, MayTell may_tell) {
  CHECK(condition.unsupported().empty(), "an expression with unsupported parts has no answer");
  return Explainer(condition, resolver, may_tell).text();
}

std::string explain(const Expression& condition, const Resolver& resolver) {
  return explain(condition, resolver, [](size_t) { return true; });
}

std::string value_told(const Value& value) {
  std::string text = print_extended_json(value, JsonForm::relaxed);
  if (text.size() <= kValueBytesToldMax) return text;
  size_t end = kValueBytesToldMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace syncline
