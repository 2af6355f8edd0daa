#include "node/generate/rings.h"

#include <utility>

namespace syncline::generate {
namespace {

using Edges = std::vector<std::vector<size_t>>;

// In the order in which walks end. Without recursion: chains may be ten thousand long.
std::vector<size_t> order_of_ends(const Edges& edges) {
  std::vector<size_t> order;
  std::vector<bool> seen(edges.size());
  std::vector<std::pair<size_t, size_t>> walk;  // where, and how many ways were taken there
  for (size_t start = 0; start < edges.size(); ++start) {
    if (seen[start]) continue;
    seen[start] = true;
    walk.push_back({start, 0});
    while (!walk.empty()) {
      auto& [at, taken] = walk.back();
      if (taken == edges[at].size()) {
        order.push_back(at);
        walk.pop_back();
        continue;
      }
      const size_t next = edges[at][taken++];
      if (seen[next]) continue;
      seen[next] = true;
      walk.push_back({next, 0});
    }
  }
  return order;
}

}  // namespace

// Kosaraju: against the edges, from the walks' ends.
std::vector<size_t> rings_of(const Edges& targets) {
  Edges back(targets.size());
  for (size_t from = 0; from < targets.size(); ++from)
    for (const size_t to : targets[from]) back[to].push_back(from);
  const std::vector<size_t> order = order_of_ends(targets);
  constexpr auto kNone = static_cast<size_t>(-1);
  std::vector<size_t> rings(targets.size(), kNone);
  for (auto root = order.rbegin(); root != order.rend(); ++root) {
    if (rings[*root] != kNone) continue;
    std::vector<size_t> open = {*root};
    rings[*root] = *root;
    while (!open.empty()) {
      const size_t at = open.back();
      open.pop_back();
      for (const size_t from : back[at]) {
        if (rings[from] != kNone) continue;
        rings[from] = *root;
        open.push_back(from);
      }
    }
  }
  return rings;
}

}  // namespace syncline::generate
