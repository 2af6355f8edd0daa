// Integration: decided changesets leave pending.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "node/replica/integration.h"
#include "node/replica/journal.h"
#include "node/replica/kept.h"
#include "node/replica/reading.h"
#include "node/replica/receipts.h"
#include "proto/planted.h"

namespace syncline {
namespace {

ReceiptState state_of(const Decision& decision) {
  switch (decision.state) {
    case DecisionState::superseded:
      return ReceiptState::superseded;
    case DecisionState::refused:
      return ReceiptState::refused;
    default:
      return ReceiptState::committed;
  }
}

bool is_clone_alarm(const Decision& decision) {
  for (const Outcome& outcome : decision.outcomes) {
    if (outcome.reason == Reason::clone) return true;
  }
  return false;
}

Result<std::optional<uint64_t>> order_of(ReplicaState* state, const ChangesetName& name) {
  if (name.number == 0) return std::optional<uint64_t>();
  if (const auto at = state->first_orders.find(name.epoch); at != state->first_orders.end())
    return std::optional<uint64_t>(at->second + name.number - 1);
  SYNCLINE_ASSIGN(std::optional<uint64_t> order, order_of_name(*state->store, name));
  if (order) state->first_orders[name.epoch] = *order - name.number + 1;
  return order;
}

}  // namespace

Status Integration::decide(const Decision& decision) {
  ReplicaState& state = step_->state;
  SYNCLINE_ASSIGN(std::optional<uint64_t> order, order_of(&state, decision.name));
  if (!order || decided_.contains(*order)) return {};
  SYNCLINE_ASSIGN(const std::optional<uint64_t> kept, kept_orders_.end_of_run(*order));
  if (kept && !came_back_.contains(*order)) return {};
  SYNCLINE_ASSIGN(std::optional<BytesView> bytes, written_.get(node_keys::written(*order)));
  if (!bytes) return {};
  SYNCLINE_ASSIGN(WrittenView written, decode_written(*bytes));
  // Orders go on across epochs: a number beyond its epoch's last is another epoch's.
  if (written.record.name != decision.name) return {};
  decided_.insert(decided_.end(), *order);
  if (written.record.hash != decision.payload_hash) {
    // The authority decided another content under this name: a clone of this device wrote it. Ours
    // was never judged.
    Decision refused{decision.name, written.record.hash, decision.seq, DecisionState::refused, {}};
    Outcome outcome;
    outcome.verdict = Verdict::refused;
    outcome.reason = Reason::clone;
    outcome.text = fmt::format("the authority holds another content under the name {}",
                               to_string(decision.name));
    refused.outcomes.push_back(std::move(outcome));
    return settle(*order, written, refused);
  }
  return settle(*order, written, decision);
}

Status Integration::settle(uint64_t order, const WrittenView& written, const Decision& decision) {
  ReplicaState& state = step_->state;
  SYNCLINE_ASSIGN(const std::vector<ObjectName> objects, objects_of(written));
  for (const ObjectName& object : objects) {
    SYNCLINE_ASSIGN(Work * work, open(object));
    work->decided.push_back(order);
  }
  const bool subscribes = std::any_of(objects.begin(), objects.end(), [](const ObjectName& object) {
    return object.type == system_type::kSubscription;
  });
  if (subscribes) {
    SYNCLINE_ASSIGN(std::optional<std::string> refusal, refusal_of_set(order, decision));
    sets_.decided(order, std::move(refusal));
  }
  step_->settled.push_back(order);
  const bool rewritten = written.rewritten() || came_back_.contains(order);
  kept_.keep(step_, order, written, rewritten, decision);
  state.pending -= 1;
  state.pending_bytes -= written.record.bytes;
  if (!SYNCLINE_PLANTED(forget_receipt))
    receipts_.add(order, {decision.name, state_of(decision), decision.outcomes, decision.seq});
  // What was applied as a whole needs no second look at its content.
  if (!decision.outcomes.empty() || decision.state == DecisionState::refused) {
    SYNCLINE_ASSIGN(std::shared_ptr<const Changeset> changeset, cache_.get(order));
    if (auto journalled = journal_record(decision, *changeset, step_->now.wall_ms))
      write_journal(step_, std::move(*journalled));
  }
  if (is_clone_alarm(decision)) {
    step_->tell_trouble(
        Error(ErrorCode::kClone, fmt::format("changeset {} was written twice with different "
                                             "contents: this device is a clone, or was restored "
                                             "from a backup while its newer self went on. Its "
                                             "content is in the journal; enrol one of the two "
                                             "devices anew",
                                             to_string(decision.name))));
  }
  return {};
}

Result<std::optional<std::string>> Integration::refusal_of_set(uint64_t order,
                                                               const Decision& decision) {
  const bool refused = decision.state == DecisionState::refused;
  if (!refused && decision.outcomes.empty()) return std::optional<std::string>();
  SYNCLINE_ASSIGN(std::shared_ptr<const Changeset> changeset, cache_.get(order));
  std::set<uint32_t> subscribing;
  for (const Group& group : changeset->groups)
    if (group.object.type == system_type::kSubscription)
      for (const Operation& operation : group.operations) subscribing.insert(operation.ordinal);
  const bool own =
      std::any_of(decision.outcomes.begin(), decision.outcomes.end(), [&](const Outcome& outcome) {
        return outcome.verdict == Verdict::refused && subscribing.contains(outcome.ordinal);
      });
  if (!refused && !own) return std::optional<std::string>();
  return std::optional<std::string>(why_refused(decision.outcomes, subscribing));
}

}  // namespace syncline
