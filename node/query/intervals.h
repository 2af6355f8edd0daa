// Intervals: which of many ranges of keys hold a key. A balanced tree by lower end, in which each
// node knows the highest end below it: what holds a key is found in O(log n + found).
//
// The shape depends on the order of insertions alone. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "proto/bytes.h"

namespace syncline::query {

struct Interval {
  Bytes low;
  Bytes high;
  bool low_inclusive = true;
  bool high_inclusive = true;
  bool holds(BytesView key) const;
  bool operator==(const Interval&) const = default;
};

class Intervals {
 public:
  using Id = uint64_t;
  Intervals();
  Intervals(Intervals&&) noexcept;
  Intervals& operator=(Intervals&&) noexcept;
  ~Intervals();

  // One interval may be there for many ids, and one id for many intervals.
  void add(Interval interval, Id id);
  // As it was added; nothing happens if it was not.
  void remove(const Interval& interval, Id id);
  // Appends the ids whose interval holds the key, each as often as it is there.
  void find(BytesView key, std::vector<Id>* found) const;
  bool empty() const { return root_ == nullptr; }

 private:
  struct Node;
  using Tree = std::unique_ptr<Node>;
  static void update(Node* node);
  static Tree merge(Tree left, Tree right);
  static Tree insert(Tree tree, Tree node);
  static Tree erase(Tree tree, const Interval& interval, Id id);
  static void find_in(const Node* node, BytesView key, std::vector<Id>* found);

  Tree root_;
  uint64_t inserted_ = 0;
};

}  // namespace syncline::query
