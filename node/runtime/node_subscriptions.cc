// Node: subscriptions, and the sets that they form.
#include <fmt/format.h>

#include "node/replica/receipts.h"
#include "node/replica/subscriptions.h"
#include "node/runtime/node_impl.h"

namespace syncline {
namespace {

Date date_of(int64_t wall_ms) {
  return {wall_ms / 1000, static_cast<int32_t>(wall_ms % 1000) * 1'000'000};
}

// Where a set stands; of one that is superseded, whether it was refused before.
struct Standing {
  SubscriptionState state = SubscriptionState::pending;
  std::string error;
  ChangesetName changeset;
};

Result<Standing> standing_of(const Store& store, int64_t version, const ChangesetName& changeset) {
  if (version == 0) return Standing{SubscriptionState::complete, "", {}};
  SYNCLINE_ASSIGN(std::optional<SubscriptionSetRecord> record, read_set_record(store, version));
  if (record) return Standing{record->state, std::move(record->error), record->name};
  SYNCLINE_ASSIGN(const int64_t latest, latest_set_version(store));
  if (version > latest)
    return fail(
        ErrorCode::kNotFound,
        fmt::format("there is no set {} of subscriptions yet: the latest is {}", version, latest));
  Standing gone{SubscriptionState::superseded, "", changeset};
  if (changeset.number == 0) return gone;
  SYNCLINE_ASSIGN(std::optional<ReceiptRecord> receipt, read_receipt(store, changeset));
  if (!receipt || receipt->state != ReceiptState::refused) return gone;
  gone.state = SubscriptionState::error;
  gone.error = why_refused(receipt->outcomes, {});
  return gone;
}

}  // namespace

const SubscriptionStatus* SubscriptionSet::find(std::string_view name_or_id) const {
  for (const SubscriptionStatus& one : list)
    if (one.name == name_or_id || one.id == name_or_id) return &one;
  return nullptr;
}

SubscriptionSet subscription_set_of(SubscriptionSetInfo info) {
  SubscriptionSet set{info.version, info.state, std::move(info.error), info.name, {}};
  for (SubscriptionInfo& one : info.list)
    set.list.push_back({std::move(one.id), one.name.value_or(""), std::move(one.type),
                        std::move(one.query), date_of(one.created_wall_ms),
                        date_of(one.updated_wall_ms), one.complete, std::move(one.error)});
  return set;
}

Status Transaction::subscribe(std::string_view type, std::string_view query,
                              const std::vector<Value>& arguments, std::string_view name) {
  std::optional<std::string> named;
  if (!name.empty()) named = std::string(name);
  SYNCLINE_ASSIGN(impl_->subscribed_id,
                  syncline::subscribe(&impl_->draft, impl_->node, named, std::string(type),
                                      std::string(query), arguments));
  impl_->note_subscribing();
  return {};
}
Status Transaction::unsubscribe(std::string_view name_or_id) {
  impl_->note_subscribing();
  return syncline::unsubscribe(&impl_->draft, impl_->node, std::string(name_or_id));
}
Status Transaction::unsubscribe_query(std::string_view type, std::string_view query,
                                      const std::vector<Value>& arguments) {
  impl_->note_subscribing();
  return syncline::unsubscribe_query(&impl_->draft, impl_->node, std::string(type),
                                     std::string(query), arguments);
}
Status Transaction::unsubscribe_type(std::string_view type) {
  impl_->note_subscribing();
  return syncline::unsubscribe_type(&impl_->draft, impl_->node, std::string(type));
}
Status Transaction::unsubscribe_all(bool named_too) {
  impl_->note_subscribing();
  return syncline::unsubscribe_all(&impl_->draft, impl_->node, named_too);
}

Result<SubscriptionSet> Node::Impl::update_subscriptions(
    const std::function<Status(Transaction&)>& body) {
  SYNCLINE_ASSIGN(const Written written, write_if_changed(Durability::commit, body));
  SYNCLINE_ASSIGN(const Gate::Pass pass, gate.enter());
  const std::unique_ptr<Reader> snapshot = store->snapshot();
  SYNCLINE_ASSIGN(auto set, read_set(*snapshot, directory.keys.id, written.subscription_version));
  if (set) return subscription_set_of(std::move(*set));
  // The empty one before the first; or a later one was decided already.
  SubscriptionSet gone;
  gone.version = written.subscription_version;
  gone.changeset = written.name.value_or(ChangesetName());
  if (gone.version != 0) gone.state = SubscriptionState::superseded;
  return gone;
}

Result<SubscriptionSet> Node::update_subscriptions(
    const std::function<Status(Transaction&)>& body) {
  return impl_->update_subscriptions(body);
}

Result<SubscriptionSet> Node::unsubscribe(std::string_view name_or_id) {
  return update_subscriptions([&](Transaction& t) { return t.unsubscribe(name_or_id); });
}

Result<SubscriptionSet> Node::Impl::subscribe(std::string_view type, std::string_view query,
                                              const SubscribeOptions& options) {
  const auto until = std::chrono::steady_clock::now() + options.timeout;
  const auto left = [until] {
    return std::max(std::chrono::milliseconds(0),
                    std::chrono::duration_cast<std::chrono::milliseconds>(
                        until - std::chrono::steady_clock::now()));
  };
  std::string id;
  SYNCLINE_ASSIGN(SubscriptionSet set, update_subscriptions([&](Transaction& t) -> Status {
                    SYNCLINE_TRY(t.subscribe(type, query, options.arguments, options.name));
                    id = NodeInside::impl(t).subscribed_id;
                    return {};
                  }));
  if (options.wait == WaitMode::never) return set;
  const SubscriptionStatus* subscription = set.find(id);
  if (subscription == nullptr || !subscription->complete) {
    SYNCLINE_ASSIGN(set,
                    wait_for_set(set.version, set.changeset, SubscriptionState::complete, left()));
    if (set.state == SubscriptionState::error) return fail(ErrorCode::kRefused, set.error);
  }
  if (options.wait == WaitMode::always) SYNCLINE_TRY(wait_for_download(left()));
  return set;
}

Result<SubscriptionSet> Node::subscribe(std::string_view type, std::string_view query,
                                        const SubscribeOptions& options) {
  return impl_->subscribe(type, query, options);
}

Result<SubscriptionSet> Node::subscriptions() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const std::unique_ptr<Reader> snapshot = impl_->store->snapshot();
  SYNCLINE_ASSIGN(SubscriptionSetInfo set, read_latest_set(*snapshot, impl_->directory.keys.id));
  return subscription_set_of(std::move(set));
}

Result<SubscriptionSet> Node::active_subscriptions() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const std::unique_ptr<Reader> snapshot = impl_->store->snapshot();
  SYNCLINE_ASSIGN(SubscriptionSetInfo set, read_active_set(*snapshot, impl_->directory.keys.id));
  return subscription_set_of(std::move(set));
}

Result<SubscriptionSet> Node::Impl::wait_for_set(int64_t version, const ChangesetName& changeset,
                                                 SubscriptionState state,
                                                 std::chrono::milliseconds timeout) {
  SYNCLINE_TRY(not_in_write("wait_for_subscriptions()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, gate.enter());
  Result<Standing> now = standing_of(*store, version, changeset);
  if (!now) return std::unexpected(now.error());
  Status waited = wait_until(timeout, [&] {
    now = standing_of(*store, version, now->changeset);
    return !now || now->state >= state;
  });
  if (!now) return std::unexpected(now.error());
  if (!waited)
    return std::unexpected(waited.error().within(
        fmt::format("set {} of the subscriptions is {}", version, syncline::name_of(now->state))));
  const std::unique_ptr<Reader> snapshot = store->snapshot();
  SYNCLINE_ASSIGN(auto set, read_set(*snapshot, directory.keys.id, version));
  if (set) return subscription_set_of(std::move(*set));
  return SubscriptionSet{version, now->state, std::move(now->error), now->changeset, {}};
}

Result<SubscriptionSet> Node::wait_for_subscriptions(SubscriptionState state,
                                                     std::chrono::milliseconds timeout) const {
  return impl_->wait_for_set(impl_->seen().status.subscription_version, {}, state, timeout);
}
Result<SubscriptionSet> Node::wait_for_subscriptions(int64_t version, SubscriptionState state,
                                                     std::chrono::milliseconds timeout) const {
  return impl_->wait_for_set(version, {}, state, timeout);
}
Result<SubscriptionSet> Node::wait_for_subscriptions(const SubscriptionSet& set,
                                                     SubscriptionState state,
                                                     std::chrono::milliseconds timeout) const {
  return impl_->wait_for_set(set.version, set.changeset, state, timeout);
}

Status Node::Impl::begin_initial_subscriptions() {
  if (!options.initial_subscriptions) return {};
  {
    std::lock_guard lock(machine_mutex);
    initial_due = driver->machine().schema() == nullptr;
    if (initial_due) return {};
  }
  return make_initial_subscriptions();
}

Status Node::Impl::make_initial_subscriptions() {
  if (seen().status.subscription_version != 0 && !options.rerun_on_open) return {};
  auto set = update_subscriptions(options.initial_subscriptions);
  if (!set) return std::unexpected(set.error().within("the initial subscriptions"));
  return {};
}

void Node::Impl::make_initial_subscriptions_late() {
  const Status made = make_initial_subscriptions();
  if (made || made.error().code == ErrorCode::kClosed) return;
  std::lock_guard lock(machine_mutex);
  {
    std::lock_guard seeing(seen_mutex);
    seen_.initial = made.error();
  }
  ReplicaOutput told;
  told.trouble = made.error();
  tell(told);
}

void Node::Impl::tell_sets(const std::shared_ptr<Observer>& observer, const ReplicaOutput& out) {
  if (out.subscription_sets.empty()) return;
  const std::unique_ptr<Reader> snapshot = store->snapshot();
  for (const SubscriptionSetRecord& record : out.subscription_sets) {
    auto info = read_set(*snapshot, directory.keys.id, record.version);
    SubscriptionSet set{record.version, record.state, record.error, record.name, {}};
    if (info && *info) set = subscription_set_of(std::move(**info));
    teller->post([observer, set = std::move(set)] {
      run_callback(*observer, [&] { observer->on_subscriptions(set); });
    });
  }
}

Observation Node::observe_subscriptions(std::function<void(const SubscriptionSet&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->on_subscriptions = std::move(callback);
  return NodeInside::observation(impl_->observers, std::move(observer));
}

}  // namespace syncline
