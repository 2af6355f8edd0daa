// convergence: when all is quiet, every node holds exactly its view of the log's end, shows nothing
// else, and those with one view have one state hash.
#include <fmt/format.h>

#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

class ConvergenceOracle : public Oracle {
 public:
  explicit ConvergenceOracle(Grounds* grounds) : Oracle("convergence", grounds) {}

  void at_end() override {
    const LogSeq head = history().head();
    std::vector<std::pair<std::shared_ptr<const Sight>, Hash>> hashes;
    for (auto& node : fleet().nodes) {
      const Enrolled* member = roster().member(node->id(), head);
      if (member == nullptr || member->removed) continue;
      if (auto found = difference(grounds(), *node, history().incarnation(), head, head, nullptr))
        return complain(*found);
      Result<Hash> hash = state_hash(node->contents(), roster().app(head)->schema(), {});
      if (!hash) return complain("a node's store cannot be read: " + hash.error().message);
      const auto view = roster().view(node->id(), head);
      for (const auto& [other, expected] : hashes)
        if (*other == *view && expected != *hash)
          return complain(fmt::format("node {} has another state hash than another with its view",
                                      to_string(node->id())));
      hashes.emplace_back(view, *hash);
    }
  }
};

}  // namespace

std::unique_ptr<Oracle> make_convergence_oracle(Grounds* grounds) {
  return std::make_unique<ConvergenceOracle>(grounds);
}

}  // namespace syncline::sim
