#include "node/access/expression.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "node/access/compare.h"
#include "node/access/expression_fold.h"
#include "node/access/expression_tree.h"
#include "proto/check.h"
#include "proto/extended_json.h"

namespace syncline {
namespace access_internal {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <size_t N>
std::string hex_of(const std::array<uint8_t, N>& bytes) {
  std::string out;
  for (const uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 15]);
  }
  return out;
}

template <size_t N>
bool parse_hex(std::string_view text, std::array<uint8_t, N>* out) {
  if (text.size() != 2 * N) return false;
  for (size_t i = 0; i < N; ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*out)[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

// Where a uuid's text has its dashes.
constexpr std::array<size_t, 4> kDashes = {8, 13, 18, 23};

std::optional<Value> uuid_of(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = std::ranges::find(kDashes, i) != kDashes.end();
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) digits.push_back(text[i]);
  }
  Uuid uuid;
  if (!parse_hex(digits, &uuid.bytes)) return std::nullopt;
  return Value(uuid);
}

std::string text_of_uuid(const Uuid& uuid) {
  std::string out = hex_of(uuid.bytes);
  for (const size_t dash : kDashes) out.insert(dash, "-");
  return out;
}

bool equals_or_contains(const Value& left, const Value& right) {
  if (rule_equal(left, right)) return true;
  const List* list = left.get_if<List>();
  if (!list || right.is<List>()) return false;
  return std::ranges::any_of(list->elements,
                             [&](const Value& element) { return rule_equal(element, right); });
}

bool in_list(const Value& left, const Value& right) {
  const List* list = right.get_if<List>();
  return list && std::ranges::any_of(list->elements, [&](const Value& element) {
           return equals_or_contains(left, element);
         });
}

bool in_list(const Operand& operand, const Value& left, const Value& right) {
  if (operand.set != nullptr)
    if (const std::optional<bool> found = operand.set->contains(left)) return *found;
  return in_list(left, right);
}

bool has_all(const Value& left, const Value& right) {
  const List* list = right.get_if<List>();
  return list && !list->elements.empty() &&
         std::ranges::all_of(list->elements, [&](const Value& element) {
           return equals_or_contains(left, element);
         });
}

bool ordered_so(Comparison comparison, std::partial_ordering order) {
  switch (comparison) {
    case Comparison::gt:
      return order == std::partial_ordering::greater;
    case Comparison::gte:
      return order == std::partial_ordering::greater || order == std::partial_ordering::equivalent;
    case Comparison::lt:
      return order == std::partial_ordering::less;
    default:
      return order == std::partial_ordering::less || order == std::partial_ordering::equivalent;
  }
}

bool compare_order(Comparison comparison, const Value& left, const Value& right) {
  if (ordered_so(comparison, rule_order(left, right))) return true;
  const List* list = left.get_if<List>();
  if (!list || right.is<List>()) return false;
  return std::ranges::any_of(list->elements, [&](const Value& element) {
    return ordered_so(comparison, rule_order(element, right));
  });
}

// An operand's value, and its storage where it was made for the purpose.
struct Resolved {
  const Value* value = nullptr;  // null: missing
  std::optional<Value> made;
};

void resolve(const Operand& operand, const Resolver& resolver, Resolved* out) {
  switch (operand.kind) {
    case Operand::Kind::literal:
      out->value = operand.missing ? nullptr : &operand.literal;
      return;
    case Operand::Kind::user:
      out->value = resolver.user(operand.path);
      return;
    case Operand::Kind::field:
      out->value = resolver.field(operand.index);
      return;
    case Operand::Kind::list: {
      List list;
      for (const Operand& part : operand.parts) {
        Resolved element;
        resolve(part, resolver, &element);
        if (element.value) list.elements.push_back(*element.value);
      }
      out->made = Value(std::move(list));
      out->value = &*out->made;
      return;
    }
    case Operand::Kind::convert: {
      Resolved from;
      resolve(operand.parts.front(), resolver, &from);
      if (from.value) out->made = convert(operand.conversion, *from.value);
      out->value = out->made ? &*out->made : nullptr;
      return;
    }
    case Operand::Kind::call: {
      std::vector<Value> arguments;
      for (const Operand& part : operand.parts) {
        Resolved argument;
        resolve(part, resolver, &argument);
        if (!argument.value) return;
        arguments.push_back(*argument.value);
      }
      out->made = call(operand, arguments);
      out->value = out->made ? &*out->made : nullptr;
      return;
    }
    case Operand::Kind::unsupported:
      return;
  }
}

}  // namespace

bool evaluate(const Node& node, const Resolver& resolver) {
  const auto holds = [&](const Node& child) { return evaluate(child, resolver); };
  switch (node.kind) {
    case Node::Kind::constant:
      return node.value;
    case Node::Kind::all:
      return std::ranges::all_of(node.children, holds);
    case Node::Kind::any:
      return std::ranges::any_of(node.children, holds);
    case Node::Kind::negate:
      return !holds(node.children.front());
    case Node::Kind::compare: {
      Resolved left;
      Resolved right;
      resolve(node.left, resolver, &left);
      resolve(node.right, resolver, &right);
      if (node.right.of_before() && !resolver.has_before()) return false;
      if (node.left.of_before() && !resolver.has_before())
        return node.comparison == Comparison::exists && !right.value->get<bool>();
      return compare(node, left.value, right.value);
    }
    case Node::Kind::unsupported:
      break;
  }
  return false;
}

bool is_about_change(const Node& node) {
  const auto operand = [](const Operand& one, const auto& self) -> bool {
    return one.of_change() ||
           std::ranges::any_of(one.parts, [&](const Operand& part) { return self(part, self); });
  };
  return (node.kind == Node::Kind::compare &&
          (operand(node.left, operand) || operand(node.right, operand))) ||
         std::ranges::any_of(node.children, is_about_change);
}

bool compare(const Node& node, const Value* left, const Value* right) {
  static const Value kNull;
  // Of what was, so that "as it was" can be said of what was not there.
  if (!right && node.right.of_before()) right = &kNull;
  if (!right) return false;
  if (node.comparison == Comparison::exists) return (left != nullptr) == right->get<bool>();
  if (!left && node.left.kind == Operand::Kind::field) left = &kNull;
  if (!left) return false;
  switch (node.comparison) {
    case Comparison::eq:
      return equals_or_contains(*left, *right);
    case Comparison::ne:
      return !equals_or_contains(*left, *right);
    case Comparison::in:
      return in_list(node.right, *left, *right);
    case Comparison::nin:
      return right->is<List>() && !in_list(node.right, *left, *right);
    case Comparison::all:
      return has_all(*left, *right);
    default:
      return compare_order(node.comparison, *left, *right);
  }
}

std::shared_ptr<const LiteralSet> LiteralSet::of(const List& list) {
  constexpr size_t kWorthIt = 8;
  if (list.elements.size() < kWorthIt) return nullptr;
  auto set = std::make_shared<LiteralSet>();
  for (const Value& value : list.elements) {
    if (value.is_integer()) set->integers_.push_back(value.as_integer());
    if (const std::string* text = value.get_if<std::string>()) set->strings_.push_back(*text);
  }
  if (set->integers_.size() != list.elements.size() && set->strings_.size() != list.elements.size())
    return nullptr;
  std::ranges::sort(set->integers_);
  std::ranges::sort(set->strings_);
  return set;
}

std::optional<bool> LiteralSet::contains(const Value& value) const {
  if (value.is_integer()) return std::ranges::binary_search(integers_, value.as_integer());
  if (const std::string* text = value.get_if<std::string>())
    return std::ranges::binary_search(strings_, *text);
  return std::nullopt;
}

bool Operand::of_change() const { return kind == Kind::field && name.starts_with("%%"); }
bool Operand::of_before() const { return kind == Kind::field && parts_of(name).before; }

std::optional<Value> call(const Operand& operand, std::span<const Value> arguments) {
  try {
    return (*operand.function)(arguments);
  } catch (...) {  // of a program that is not ours: no answer
    return std::nullopt;
  }
}

std::optional<Value> convert(Operand::Conversion conversion, const Value& value) {
  const std::string* text = value.get_if<std::string>();
  switch (conversion) {
    case Operand::Conversion::string_to_oid: {
      ObjectId id;
      if (!text || !parse_hex(*text, &id.bytes)) return std::nullopt;
      return Value(id);
    }
    case Operand::Conversion::string_to_uuid:
      return text ? uuid_of(*text) : std::nullopt;
    case Operand::Conversion::oid_to_string: {
      const ObjectId* id = value.get_if<ObjectId>();
      return id ? std::optional<Value>(hex_of(id->bytes)) : std::nullopt;
    }
    case Operand::Conversion::uuid_to_string: {
      const Uuid* uuid = value.get_if<Uuid>();
      return uuid ? std::optional<Value>(text_of_uuid(*uuid)) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace access_internal

using access_internal::Node;

FieldName parts_of(std::string_view field) {
  constexpr std::string_view kBefore = "%%prevRoot";
  constexpr std::string_view kRoot = "%%root";
  for (const std::string_view head : {kBefore, kRoot})
    if (field.starts_with(head))
      return {head == kBefore, field.substr(std::min(field.size(), head.size() + 1))};
  return {false, field};
}

Expression::Expression() : Expression(std::make_shared<const Node>()) {}
Expression::Expression(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

Expression Expression::constant_of(bool value) {
  auto node = std::make_shared<Node>();
  node->value = value;
  return Expression(std::move(node));
}

namespace {

// Numbers the fields that are left after folding, and collects what the tree depends on.
struct Collector {
  std::vector<std::string> fields;
  std::vector<Unsupported> unsupported;
  bool user = false;

  void visit(access_internal::Operand* operand) {
    using Kind = access_internal::Operand::Kind;
    user = user || operand->kind == Kind::user;
    if (operand->kind == Kind::field) {
      auto found = std::ranges::find(fields, operand->name);
      operand->index = static_cast<size_t>(found - fields.begin());
      if (found == fields.end()) fields.push_back(operand->name);
    }
    for (access_internal::Operand& part : operand->parts) visit(&part);
  }

  void visit(Node* node, const std::vector<Unsupported>& all) {
    if (node->kind == Node::Kind::compare) {
      visit(&node->left);
      visit(&node->right);
    } else if (node->kind == Node::Kind::unsupported) {
      unsupported.push_back(all[node->index]);
      node->index = unsupported.size() - 1;
    }
    for (Node& child : node->children) visit(&child, all);
  }
};

}  // namespace

Expression Expression::of_tree(Node root, const std::vector<Unsupported>& all) {
  auto shared = std::make_shared<Node>(std::move(root));
  Collector collector;
  collector.visit(shared.get(), all);
  Expression expression(std::move(shared));
  expression.fields_ = std::move(collector.fields);
  expression.unsupported_ = std::move(collector.unsupported);
  expression.mentions_user_ = collector.user;
  return expression;
}

Expression Expression::bind(const Resolver& user) const {
  return of_tree(access_internal::bound(*root_, user), unsupported_);
}

Expression Expression::any_of(const Expression& a, const Expression& b) {
  CHECK(a.unsupported_.empty() && b.unsupported_.empty(),
        "an expression with unsupported parts cannot be joined");
  return of_tree(access_internal::joined(Node::Kind::any, {*a.root_, *b.root_}), {});
}

std::optional<bool> Expression::constant() const {
  if (root_->kind != Node::Kind::constant) return std::nullopt;
  return root_->value;
}

bool Expression::evaluate(const Resolver& resolver) const {
  CHECK(unsupported_.empty(), "an expression with unsupported parts has no value");
  return access_internal::evaluate(*root_, resolver);
}

Result<Value> value_of_json(const nlohmann::json& json) {
  std::string text;
  try {
    text = json.dump();
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::kBadApp, "a string is not UTF-8");
  }
  Result<Value> value = parse_extended_json(text);
  if (!value) return fail(ErrorCode::kBadApp, value.error().message);
  return value;
}

}  // namespace syncline
