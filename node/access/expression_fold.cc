#include "node/access/expression_fold.h"

namespace syncline::access_internal {
namespace {

Operand literal_of(const Value* value) {
  Operand out;
  out.missing = value == nullptr;
  if (value != nullptr) out.literal = *value;
  return out;
}

}  // namespace

Operand bound(const Operand& operand, const Resolver& user) {
  switch (operand.kind) {
    case Operand::Kind::literal:
    case Operand::Kind::field:
    case Operand::Kind::unsupported:
      return operand;
    case Operand::Kind::user:
      return literal_of(user.user(operand.path));
    case Operand::Kind::convert: {
      Operand out = operand;
      out.parts.front() = bound(operand.parts.front(), user);
      const Operand& from = out.parts.front();
      if (from.kind != Operand::Kind::literal) return out;
      const std::optional<Value> made =
          from.missing ? std::nullopt : convert(operand.conversion, from.literal);
      return literal_of(made ? &*made : nullptr);
    }
    case Operand::Kind::list:
    case Operand::Kind::call:
      break;
  }
  Operand out = operand;
  List known;
  bool all_known = true;
  bool any_missing = false;
  for (Operand& part : out.parts) {
    part = bound(part, user);
    all_known = all_known && part.kind == Operand::Kind::literal;
    if (part.kind != Operand::Kind::literal) continue;
    any_missing = any_missing || part.missing;
    if (!part.missing) known.elements.push_back(part.literal);
  }
  if (operand.kind == Operand::Kind::call && any_missing) return literal_of(nullptr);
  if (!all_known) return out;
  if (operand.kind == Operand::Kind::call) {
    const std::optional<Value> answer = call(operand, known.elements);
    return literal_of(answer ? &*answer : nullptr);
  }
  const Value list{std::move(known)};
  return literal_of(&list);
}

Node constant_node(bool value) {
  Node node;
  node.value = value;
  return node;
}

Node negated(Node child) {
  if (child.kind == Node::Kind::constant) return constant_node(!child.value);
  Node node;
  node.kind = Node::Kind::negate;
  node.children.push_back(std::move(child));
  return node;
}

// "all" or "any" of the children, without those that cannot matter.
Node joined(Node::Kind kind, std::vector<Node> children) {
  const bool neutral = kind == Node::Kind::all;
  Node node;
  node.kind = kind;
  for (Node& child : children) {
    if (child.kind != Node::Kind::constant) {
      node.children.push_back(std::move(child));
    } else if (child.value != neutral) {
      return constant_node(!neutral);
    }
  }
  if (node.children.empty()) return constant_node(neutral);
  if (node.children.size() == 1) return Node(std::move(node.children.front()));
  return node;
}

Node folded(Node node) {
  if (node.left.kind != Operand::Kind::literal || node.right.kind != Operand::Kind::literal) {
    // Nothing is equal to, or ordered with, what is missing.
    for (const Operand* side : {&node.left, &node.right})
      if (side->kind == Operand::Kind::literal && side->missing) return constant_node(false);
    const bool of_list = node.comparison == Comparison::in || node.comparison == Comparison::nin;
    if (of_list && node.right.kind == Operand::Kind::literal && node.right.literal.is<List>())
      node.right.set = LiteralSet::of(node.right.literal.get<List>());
    return node;
  }
  return constant_node(compare(node, node.left.missing ? nullptr : &node.left.literal,
                               node.right.missing ? nullptr : &node.right.literal));
}

Node bound(const Node& node, const Resolver& user) {
  switch (node.kind) {
    case Node::Kind::constant:
    case Node::Kind::unsupported:
      return node;
    case Node::Kind::negate:
      return negated(bound(node.children.front(), user));
    case Node::Kind::compare: {
      Node out = node;
      out.left = bound(node.left, user);
      out.right = bound(node.right, user);
      return folded(std::move(out));
    }
    case Node::Kind::all:
    case Node::Kind::any:
      break;
  }
  std::vector<Node> children;
  for (const Node& child : node.children) children.push_back(bound(child, user));
  return joined(node.kind, std::move(children));
}

}  // namespace syncline::access_internal
