// ledger: every changeset that was durable is in the log exactly once, or still pending on the node
// that wrote it; what a node was told of it never changes and is what the log says. (That no
// changeset takes effect twice, History sees as it reads.)
#include <algorithm>

#include <fmt/format.h>

#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

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

bool is_in_journal_whole(const ReceiptRecord& receipt) {
  if (receipt.state == ReceiptState::refused) return true;
  return receipt.state == ReceiptState::superseded &&
         std::all_of(receipt.outcomes.begin(), receipt.outcomes.end(),
                     [](const Outcome& outcome) { return outcome.by_reset; });
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

  // Nothing is offered before it is synced, or the log could have what its writer has forgotten.
  void on_sent_by(NodeProcess& node, const Message& message, size_t) override {
    const Upload* upload = std::get_if<Upload>(&message);
    Result<Envelope> envelope = decode_envelope(upload == nullptr ? Bytes() : upload->envelope);
    if (!envelope || upload == nullptr) return;
    for (size_t i = 0; i < envelope->hashes.size(); ++i)
      offered_[node.device()].insert(
          {envelope->origin, envelope->epoch, envelope->first_number + i});
  }
  void on_down(NodeProcess& node, Ending) override {
    for (const ChangesetName& name : offered_[node.device()]) {
      auto receipt = read_receipt(node.contents(), name);
      if (!receipt || !*receipt)
        return complain(
            fmt::format("{} was offered before it was durable, and its node has "
                        "forgotten it",
                        to_string(name)));
    }
    offered_[node.device()].clear();
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
      if (is_final(receipt.state) && follows_the_log(node)) take_final(receipt, &known->second);
    }
  }

  // Whatever the crash took, it took nothing that was durable.
  void on_up(NodeProcess& node) override { check(node, false); }

  // What is called safe a node may let go of.
  void on_sent_to(DeviceId device, ConnectionId, const Message& message, size_t) override {
    LogSeq safe{};
    if (const Welcome* welcome = std::get_if<Welcome>(&message)) safe = welcome->safe_seq;
    if (const Delta* delta = std::get_if<Delta>(&message)) safe = delta->safe_seq;
    safe_[device] = std::max(safe_[device], safe);
  }

  // What was decided beyond the fork is owed again; but a restore to before what counted as safe is
  // outside the promise.
  void on_fork(const Fork& fork) override {
    forked_ = true;
    for (auto& [device, durable] : durable_) {
      const LogSeq safe = safe_[device];
      std::erase_if(durable, [&](const auto& known) {
        return known.second && known.second->seq > fork.seq && known.second->seq <= safe;
      });
      for (auto& [name, told] : durable)
        if (told && told->seq > fork.seq) told.reset();
    }
    safe_.clear();
    last_numbers_.clear();
    for (LogSeq seq(1); seq <= fork.seq; ++seq.value) on_entry(history().entry(seq));
  }

  // What the older disk knows nothing of is gone, and lawfully so.
  void on_restored(NodeProcess& node) override {
    offered_.erase(node.device());
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

  // One that has not heard of a restore yet is told by frames that were on their way, and has
  // receipts, of the log that is lost.
  bool follows_the_log(const NodeProcess& node) const {
    return node.running() && node.machine().status().cursor.incarnation == history().incarnation();
  }

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
    // All of it is in the journal: after a restore it is not offered again.
    if (entry == nullptr && forked_ && is_in_journal_whole(receipt)) return;
    if (entry == nullptr)
      return complain(
          fmt::format("{} was acknowledged and is not in the log", to_string(receipt.name)));
    const Decision decision = decided_by(*entry);
    if (receipt.state != receipt_of(decision.state) || receipt.seq != entry->seq ||
        receipt.outcomes != decision.outcomes)
      complain(fmt::format("the receipt of {} says {}, the log another thing",
                           to_string(receipt.name), name_of(receipt.state)));
  }

  void check(const NodeProcess& node, bool decided) {
    const bool same_log = follows_the_log(node);
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
      if (same_log) take_final(**receipt, &known);
      if (complained()) return;
    }
  }

  bool forked_ = false;
  std::map<DeviceId, std::map<ChangesetName, Told>> durable_;
  std::map<DeviceId, std::set<ChangesetName>> offered_;  // since it started
  std::map<DeviceId, LogSeq> safe_;                      // in the present log
  std::map<std::pair<NodeId, Epoch>, uint64_t> last_numbers_;
};

}  // namespace

std::unique_ptr<Oracle> make_ledger_oracle(Grounds* grounds) {
  return std::make_unique<LedgerOracle>(grounds);
}

}  // namespace syncline::sim
