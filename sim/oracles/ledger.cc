// ledger: every changeset that was durable is in the log exactly once, or still pending on the node
// that wrote it; what a node was told of it never changes and is what the log says. (That no
// changeset takes effect twice, History sees as it reads.)
#include <fmt/format.h>

#include "sim/oracles/oracles.h"

namespace syncline::sim {
namespace {

bool is_final(ReceiptState state) {
  return state != ReceiptState::queued && state != ReceiptState::durable;
}

ReceiptState receipt_of(DecisionState state) {
  switch (state) {
    case DecisionState::superseded:
      return ReceiptState::superseded;
    case DecisionState::refused:
      return ReceiptState::refused;
    default:
      return ReceiptState::committed;
  }
}

class LedgerOracle : public Oracle {
 public:
  explicit LedgerOracle(Grounds* grounds) : Oracle("ledger", grounds) {}

  void on_entry(const Entry& entry) override {
    uint64_t& last = last_numbers_[{entry.name.origin, entry.name.epoch}];
    if (entry.name.number <= last)
      complain(fmt::format("{} was decided after {} of its epoch", to_string(entry.name), last));
    last = std::max(last, entry.name.number);
  }

  void on_written(NodeProcess& node, const ChangesetName& name, Durability durability) override {
    if (durability == Durability::commit &&
        durable_[node.device()].emplace(name, std::nullopt).second)
      ++grounds().durable_writes;
  }

  void on_told(NodeProcess& node, const ReplicaOutput& out) override {
    for (const ReceiptRecord& receipt : out.receipts) {
      if (receipt.state == ReceiptState::queued) continue;
      auto [known, is_new] = durable_[node.device()].emplace(receipt.name, std::nullopt);
      if (is_new) ++grounds().durable_writes;
      if (is_final(receipt.state)) take_final(receipt, &known->second);
    }
  }

  // Whatever the crash took, it took nothing that was durable.
  void on_up(NodeProcess& node) override { check(node, false); }

  // What the older disk knows nothing of is gone, and lawfully so.
  void on_restored(NodeProcess& node) override {
    std::map<ChangesetName, Told>& durable = durable_[node.device()];
    for (auto at = durable.begin(); at != durable.end();) {
      auto receipt = read_receipt(node.contents(), at->first);
      const bool gone = !receipt || !*receipt || (*receipt)->state == ReceiptState::queued;
      if (!gone && !is_final((*receipt)->state)) at->second.reset();
      at = gone ? durable.erase(at) : std::next(at);
    }
  }

  void at_end() override {
    for (auto& node : fleet().nodes) {
      const Enrolled* member = roster().member(node->id(), history().head());
      check(*node, member != nullptr && !member->removed);
    }
  }

 private:
  using Told = std::optional<ReceiptRecord>;

  void take_final(const ReceiptRecord& receipt, Told* told) {
    if (*told && **told != receipt)
      return complain(
          fmt::format("the receipt of {} changed after it was final", to_string(receipt.name)));
    *told = receipt;
    const Entry* entry = history().entry_of(receipt.name);
    // Refused beside the entries: a clone's, or below what is decided.
    const bool aside = receipt.outcomes.size() == 1 && receipt.state == ReceiptState::refused &&
                       receipt.outcomes[0].reason == Reason::clone;
    if (aside) return;
    if (entry == nullptr)
      return complain(
          fmt::format("{} was acknowledged and is not in the log", to_string(receipt.name)));
    const Decision decision = decision_of(*entry);
    if (receipt.state != receipt_of(decision.state) || receipt.seq != entry->seq ||
        receipt.outcomes != decision.outcomes)
      complain(fmt::format("the receipt of {} says {}, the log another thing",
                           to_string(receipt.name), name_of(receipt.state)));
  }

  void check(const NodeProcess& node, bool decided) {
    for (const auto& [name, told] : durable_[node.device()]) {
      Result<std::optional<ReceiptRecord>> receipt = read_receipt(node.contents(), name);
      if (!receipt) return complain("a receipt cannot be read: " + receipt.error().message);
      if (!*receipt)
        return complain(
            fmt::format("{} was durable, and its node has forgotten it", to_string(name)));
      if ((*receipt)->state == ReceiptState::queued)
        return complain(fmt::format("{} was durable, and is so no more", to_string(name)));
      if (!decided && !is_final((*receipt)->state)) continue;
      if (!is_final((*receipt)->state))
        return complain(
            fmt::format("{} was durable, and nothing has become of it", to_string(name)));
      Told known = told;
      take_final(**receipt, &known);
      if (complained()) return;
    }
  }

  std::map<DeviceId, std::map<ChangesetName, Told>> durable_;
  std::map<std::pair<NodeId, Epoch>, uint64_t> last_numbers_;
};

}  // namespace

std::unique_ptr<Oracle> make_ledger_oracle(Grounds* grounds) {
  return std::make_unique<LedgerOracle>(grounds);
}

}  // namespace syncline::sim
