// journal: nothing is silent. Whatever was refused of a node's changeset, or superseded by a reset,
// is in its journal with its content and outcomes, from the step that says so until somebody
// retries or discards it.
#include <fmt/format.h>

#include <algorithm>

#include "sim/oracles/oracles.h"

namespace syncline::sim {
namespace {

bool is_journalled(const Outcome& outcome) {
  return outcome.verdict == Verdict::refused ||
         (outcome.verdict == Verdict::superseded && outcome.by_reset);
}

class JournalOracle : public Oracle {
 public:
  explicit JournalOracle(Grounds* grounds) : Oracle("journal", grounds) {}

  // Every operation has an outcome.
  void on_entry(const Entry& entry) override {
    Result<Changeset> changeset = decode_changeset(entry.payload);
    std::set<uint32_t> told;
    for (const Outcome& outcome : entry.outcomes) told.insert(outcome.ordinal);
    if (!changeset) return;
    for (const Group& group : changeset->groups)
      for (const Operation& operation : group.operations)
        if (!told.contains(operation.ordinal))
          return complain(fmt::format("operation {} of entry {} has no outcome", operation.ordinal,
                                      entry.seq.value));
  }
  void on_told(NodeProcess& node, const ReplicaOutput& out) override {
    for (const ReceiptRecord& receipt : out.receipts)
      if (receipt.state == ReceiptState::refused || receipt.state == ReceiptState::superseded ||
          receipt.state == ReceiptState::committed)
        check_receipt(node, receipt);
  }
  void on_fork(const Fork&) override {
    names_.clear();
    read_ = LogSeq(0);
  }
  void on_up(NodeProcess& node) override { check_kept(node); }
  void at_end() override {
    for (auto& node : fleet().nodes) check_kept(*node);
  }

 private:
  void check_receipt(const NodeProcess& node, const ReceiptRecord& receipt) {
    std::vector<Outcome> wanted;
    for (const Outcome& outcome : receipt.outcomes)
      if (is_journalled(outcome)) wanted.push_back(outcome);
    if (wanted.empty()) return;
    Result<std::vector<JournalRecord>> journal = read_journal(node.contents());
    if (!journal) return complain("a journal cannot be read: " + journal.error().message);
    for (const JournalRecord& record : *journal) {
      if (record.name != receipt.name) continue;
      if (record.outcomes != wanted)
        return complain(fmt::format("the journal has other outcomes of {} than its receipt",
                                    to_string(receipt.name)));
      return check_content(record);
    }
    complain(
        fmt::format("of {} something was refused, or fell with a reset, and the journal does "
                    "not have it",
                    to_string(receipt.name)));
  }

  // The operations as the log has them. A clone's other content is in no log.
  void check_content(const JournalRecord& record) {
    const Entry* entry = history().entry_of(record.name);
    for (const Outcome& outcome : record.outcomes)
      if (outcome.reason == Reason::clone) return;
    if (entry == nullptr || entry->seq != record.seq) return;
    Result<Changeset> changeset = decode_changeset(entry->payload);
    if (!changeset) return;
    std::map<uint32_t, const Operation*> kept;
    for (const Group& group : record.changeset.groups)
      for (const Operation& operation : group.operations) kept[operation.ordinal] = &operation;
    std::set<uint32_t> wanted;
    for (const Outcome& outcome : entry->outcomes)
      if (is_journalled(outcome)) wanted.insert(outcome.ordinal);
    for (const Group& group : changeset->groups)
      for (const Operation& operation : group.operations) {
        if (!wanted.contains(operation.ordinal)) continue;
        auto at = kept.find(operation.ordinal);
        if (at == kept.end() || *at->second != operation)
          return complain(fmt::format("operation {} of {} is in the journal without its content",
                                      operation.ordinal, to_string(record.name)));
      }
  }

  // In the order of the log; a power loss may take the last ones back to pending.
  void check_kept(const NodeProcess& node) {
    Result<std::vector<JournalRecord>> journal = read_journal(node.contents());
    if (!journal) return complain("a journal cannot be read: " + journal.error().message);
    std::set<ChangesetName> there;
    for (const JournalRecord& record : *journal) there.insert(record.name);
    for (const ChangesetName& name : to_journal(node.id())) {
      if (there.contains(name) || let_go(name)) continue;
      Result<std::optional<ReceiptRecord>> receipt = read_receipt(node.contents(), name);
      const Entry* entry = history().entry_of(name);
      if (entry != nullptr && receipt && *receipt && (*receipt)->seq == entry->seq)
        return complain(fmt::format("{} left the journal by itself", to_string(name)));
    }
  }

  // Its writer retried or discarded it: on this device, or on the one that this is a copy of.
  bool let_go(const ChangesetName& name) {
    return std::any_of(fleet().nodes.begin(), fleet().nodes.end(), [&](const auto& device) {
      return device->id() == name.origin && device->let_go().contains(name);
    });
  }

  const std::vector<ChangesetName>& to_journal(NodeId node) {
    for (; read_ < history().head(); ++read_.value) {
      const Entry& entry = history().entry(LogSeq(read_.value + 1));
      if (std::any_of(entry.outcomes.begin(), entry.outcomes.end(), is_journalled))
        names_[entry.name.origin].push_back(entry.name);
    }
    return names_[node];
  }

  LogSeq read_;
  std::map<NodeId, std::vector<ChangesetName>> names_;  // of what went to each one's journal
};

}  // namespace

std::unique_ptr<Oracle> make_journal_oracle(Grounds* grounds) {
  return std::make_unique<JournalOracle>(grounds);
}

}  // namespace syncline::sim
