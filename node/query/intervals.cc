#include "node/query/intervals.h"

#include <algorithm>
#include <tuple>

namespace syncline::query {

// A treap: a heap by priority, so that it is balanced whatever is inserted.
struct Intervals::Node {
  Interval interval;
  Id id = 0;
  uint64_t priority = 0;
  Bytes highest;  // end at or below this node
  Tree left;
  Tree right;

  auto place() const { return std::tie(interval.low, interval.high, id); }
};

namespace {

// Spreads a count over 64 bits (Steele, Lea and Flood's SplitMix64).
uint64_t spread(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

bool Interval::holds(BytesView key) const {
  const int from = BytesView(low).compare(key);
  const int to = key.compare(high);
  return (from < 0 || (from == 0 && low_inclusive)) && (to < 0 || (to == 0 && high_inclusive));
}

Intervals::Intervals() = default;
Intervals::Intervals(Intervals&&) noexcept = default;
Intervals& Intervals::operator=(Intervals&&) noexcept = default;
Intervals::~Intervals() = default;

void Intervals::update(Node* node) {
  node->highest = node->interval.high;
  for (const Tree* below : {&node->left, &node->right})
    if (*below != nullptr) node->highest = std::max(node->highest, (*below)->highest);
}

// Requires: everything in `left` stands before everything in `right`.
Intervals::Tree Intervals::merge(Tree left, Tree right) {
  if (left == nullptr) return right;
  if (right == nullptr) return left;
  if (left->priority > right->priority) {
    left->right = merge(std::move(left->right), std::move(right));
    update(left.get());
    return left;
  }
  right->left = merge(std::move(left), std::move(right->left));
  update(right.get());
  return right;
}

Intervals::Tree Intervals::insert(Tree tree, Tree node) {
  if (tree == nullptr) return node;
  Tree& side = node->place() < tree->place() ? tree->left : tree->right;
  const bool is_left = &side == &tree->left;
  side = insert(std::move(side), std::move(node));
  if (side->priority > tree->priority) {
    // A rotation brings it up.
    Tree up = std::move(side);
    Tree& inner = is_left ? up->right : up->left;
    (is_left ? tree->left : tree->right) = std::move(inner);
    update(tree.get());
    inner = std::move(tree);
    tree = std::move(up);
  }
  update(tree.get());
  return tree;
}

Intervals::Tree Intervals::erase(Tree tree, const Interval& interval, Id id) {
  if (tree == nullptr) return tree;
  const auto wanted = std::tie(interval.low, interval.high, id);
  if (wanted == tree->place()) return merge(std::move(tree->left), std::move(tree->right));
  Tree& side = wanted < tree->place() ? tree->left : tree->right;
  side = erase(std::move(side), interval, id);
  update(tree.get());
  return tree;
}

void Intervals::add(Interval interval, Id id) {
  auto node = std::make_unique<Node>();
  node->interval = std::move(interval);
  node->id = id;
  node->priority = spread(++inserted_);
  update(node.get());
  root_ = insert(std::move(root_), std::move(node));
}

void Intervals::remove(const Interval& interval, Id id) {
  root_ = erase(std::move(root_), interval, id);
}

void Intervals::find_in(const Node* node, BytesView key, std::vector<Id>* found) {
  if (node == nullptr || BytesView(node->highest) < key) return;
  find_in(node->left.get(), key, found);
  if (key < BytesView(node->interval.low)) return;
  if (node->interval.holds(key)) found->push_back(node->id);
  find_in(node->right.get(), key, found);
}

void Intervals::find(BytesView key, std::vector<Id>* found) const {
  find_in(root_.get(), key, found);
}

}  // namespace syncline::query
