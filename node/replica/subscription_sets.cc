#include "node/replica/subscription_sets.h"

#include <algorithm>

#include "node/replica/reading.h"

namespace syncline {
namespace {

bool is_undecided(SubscriptionState state) {
  return state == SubscriptionState::pending || state == SubscriptionState::bootstrapping;
}

std::unique_ptr<Iterator> walk_sets(const Reader& reader) {
  const Bytes from = node_keys::all(Keyspace::node_subscription_set);
  return reader.scan(from, prefix_end(from));
}

Result<SubscriptionSetRecord> set_at(const Iterator& walk) {
  SYNCLINE_ASSIGN(const uint64_t version, node_keys::order_of(walk.key()));
  return decode_subscription_set(static_cast<int64_t>(version), walk.value());
}

void put_set(ReplicaStep* step, const SubscriptionSetRecord& record) {
  step->out.batch.put(node_keys::subscription_set(record.version), encode_subscription_set(record));
}

// When the subscription was made, if something that stands says so; else `now`.
Result<int64_t> created_ms(const Reader& reader, const std::string& id, int64_t now) {
  const Bytes from = node_keys::all(Keyspace::node_subscription_set);
  auto walk = reader.scan_back(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(const SubscriptionSetRecord record, set_at(*walk));
    if (record.state == SubscriptionState::error) continue;
    for (const SubscriptionEdit& edit : record.edits)
      if (edit.subscription.id == id) return edit.removed ? now : edit.subscription.created_wall_ms;
  }
  SYNCLINE_TRY(walk->status());
  return now;
}

SubscriptionEdit* edit_of(std::vector<SubscriptionEdit>* edits, const std::string& id) {
  const auto at = std::find_if(edits->begin(), edits->end(), [&](const SubscriptionEdit& edit) {
    return edit.subscription.id == id;
  });
  return at == edits->end() ? nullptr : &*at;
}

// What is known of the subscriptions of a set that is in force: of those that others made or
// changed, that it was just now.
void settle_edits(std::vector<SubscriptionEdit> before, std::vector<SubscriptionEdit> by_others,
                  SubscriptionSetRecord* record) {
  for (SubscriptionEdit& edit : by_others) {
    const SubscriptionEdit* known = edit_of(&before, edit.subscription.id);
    if (known != nullptr) edit.subscription.created_wall_ms = known->subscription.created_wall_ms;
    if (edit_of(&record->edits, edit.subscription.id) == nullptr)
      record->edits.push_back(std::move(edit));
  }
  for (SubscriptionEdit& edit : before)
    if (edit_of(&record->edits, edit.subscription.id) == nullptr)
      record->edits.push_back(std::move(edit));
  std::erase_if(record->edits, [](const SubscriptionEdit& edit) { return edit.removed; });
}

}  // namespace

Result<std::optional<SubscriptionSetRecord>> next_set(const ReplicaStep& step,
                                                      const Draft::Impl& draft) {
  const ReplicaState& state = step.state;
  SubscriptionSetRecord record;
  for (const DraftObject& object : draft.objects) {
    if (object.group.object.type != system_type::kSubscription || object.group.operations.empty())
      continue;
    const std::optional<Row>& row = object.image ? object.image : object.before;
    std::optional<SubscriptionInfo> subscription;
    if (row) subscription = subscription_of(*row, state.identity.node);
    if (!subscription) continue;
    SubscriptionEdit edit{std::move(*subscription), !object.image.has_value()};
    edit.subscription.created_wall_ms = edit.subscription.updated_wall_ms = step.now.wall_ms;
    if (object.before) {
      SYNCLINE_ASSIGN(edit.subscription.created_wall_ms,
                      created_ms(*state.store, edit.subscription.id, step.now.wall_ms));
    }
    record.edits.push_back(std::move(edit));
  }
  if (record.edits.empty()) return std::nullopt;
  record.version = state.subscription_version + 1;
  record.order = state.writer.next_order;
  record.name = draft.name;
  return record;
}

Status note_transfer(ReplicaStep* step, const Hash& token) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  if (session.transfer_noted || token == state.view.token) return {};
  session.transfer_noted = true;
  const ChangesetName received{state.identity.node, session.received_epoch,
                               session.received_number};
  SYNCLINE_ASSIGN(const std::optional<uint64_t> order, order_of_name(*state.store, received));
  for (auto walk = walk_sets(*state.store); order; walk->next()) {
    if (!walk->valid()) return walk->status();
    SYNCLINE_ASSIGN(SubscriptionSetRecord record, set_at(*walk));
    if (record.order > *order) break;
    if (record.state != SubscriptionState::pending) continue;
    record.state = SubscriptionState::bootstrapping;
    put_set(step, record);
    step->out.subscription_sets.push_back(std::move(record));
  }
  return {};
}

void SetChanges::confirmed(NodeId node, const std::optional<Row>& before,
                           const std::optional<Row>& after) {
  if (auto subscription = subscription_of(after ? *after : *before, node))
    confirmed_.push_back({std::move(*subscription), !after.has_value()});
}

// Over the records from the oldest on, as far as the changes reach.
class SetChanges::Walk {
 public:
  explicit Walk(ReplicaStep* step) : step_(step) {}

  void visit(SubscriptionSetRecord record, SetChanges* changes) {
    bool changed = false;
    if (changes->taken_back_.contains(record.order) && !is_undecided(record.state)) {
      record.state = SubscriptionState::pending;
      record.error.clear();
      changed = true;
    }
    if (const auto at = changes->decided_.find(record.order);
        at != changes->decided_.end() && is_undecided(record.state)) {
      changed = true;
      record.state = at->second ? SubscriptionState::error : SubscriptionState::complete;
      record.error = at->second.value_or(std::string());
      if (record.state == SubscriptionState::complete) complete(&record, changes);
    }
    // One in error is of use until a later one is decided.
    if (changed && record.state == SubscriptionState::error)
      supersede([](const Stands& one) { return one.record.state == SubscriptionState::error; });
    standing_.push_back({std::move(record), changed});
  }

  void complete(SubscriptionSetRecord* record, SetChanges* changes) {
    settle_edits(known(), std::exchange(changes->confirmed_, {}), record);
    supersede([](const Stands&) { return true; });
  }

  bool anything_undecided() const {
    return std::any_of(standing_.begin(), standing_.end(),
                       [](const Stands& one) { return is_undecided(one.record.state); });
  }

  void write() {
    for (Stands& one : standing_) {
      if (!one.changed) continue;
      put_set(step_, one.record);
      step_->out.subscription_sets.push_back(std::move(one.record));
    }
  }

 private:
  struct Stands {
    SubscriptionSetRecord record;
    bool changed = false;
  };

  // What is known of the subscriptions in force so far.
  std::vector<SubscriptionEdit> known() const {
    for (const Stands& one : standing_)
      if (one.record.state == SubscriptionState::complete) return one.record.edits;
    return {};
  }

  template <class Which>
  void supersede(const Which& which) {
    std::erase_if(standing_, [&](Stands& one) {
      if (!which(one)) return false;
      step_->out.batch.erase(node_keys::subscription_set(one.record.version));
      one.record.state = SubscriptionState::superseded;
      step_->out.subscription_sets.push_back(std::move(one.record));
      return true;
    });
  }

  ReplicaStep* step_;
  std::vector<Stands> standing_;
};

Status SetChanges::write(ReplicaStep* step) {
  if (decided_.empty() && taken_back_.empty() && confirmed_.empty()) return {};
  ReplicaState& state = step->state;
  for (SubscriptionEdit& edit : confirmed_)
    edit.subscription.created_wall_ms = edit.subscription.updated_wall_ms = step->now.wall_ms;
  uint64_t last = 0;
  if (!decided_.empty()) last = decided_.rbegin()->first;
  if (!taken_back_.empty()) last = std::max(last, *taken_back_.rbegin());
  Walk sets(step);
  bool undecided_beyond = false;
  auto walk = walk_sets(*state.store);
  for (; walk->valid() && !undecided_beyond; walk->next()) {
    SYNCLINE_ASSIGN(SubscriptionSetRecord record, set_at(*walk));
    undecided_beyond = record.order > last && is_undecided(record.state);
    if (!undecided_beyond) sets.visit(std::move(record), this);
  }
  SYNCLINE_TRY(walk->status());
  if (!confirmed_.empty() && !undecided_beyond && !sets.anything_undecided()) {
    // Nothing of this node's own will take it in: it is a set of its own.
    SubscriptionSetRecord record;
    record.version = ++state.subscription_version;
    record.state = SubscriptionState::complete;
    sets.complete(&record, this);
    put_set(step, record);
    step->out.subscription_sets.push_back(std::move(record));
  }
  sets.write();
  // The latest may have other members now, though it stands where it stood.
  if (step->out.subscription_sets.empty()) {
    SYNCLINE_ASSIGN(auto latest, read_set_record(*state.store, state.subscription_version));
    if (latest) step->out.subscription_sets.push_back(std::move(*latest));
  }
  return {};
}

}  // namespace syncline
