// Making a tree smaller: what does not depend on user or document is decided where it is made. Used
// by the parser, and where a user is put in. Pure.
#pragma once

#include "node/access/expression.h"
#include "node/access/expression_tree.h"

namespace syncline::access_internal {

Node constant_node(bool value);
Node negated(Node child);
// "all" or "any" of the children, without those that cannot matter.
Node joined(Node::Kind kind, std::vector<Node> children);
// A comparison, or what it comes to if both sides are known.
Node folded(Node comparison);
// The operand, and the tree, with what the user's part stands for.
Operand bound(const Operand& operand, const Resolver& user);
Node bound(const Node& node, const Resolver& user);

}  // namespace syncline::access_internal
