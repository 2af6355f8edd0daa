// Results: reading a list. What follows it is in live_query.cc.
#include <chrono>

#include <fmt/format.h>

#include "node/model/documents.h"
#include "node/runtime/live_query.h"
#include "node/runtime/node_impl.h"

namespace syncline {

void ResultsHome::end_leases() {
  std::lock_guard lock(mutex);
  for (SnapshotLease* lease : leases) lease->reader_.reset();
  leases.clear();
}

SnapshotLease::SnapshotLease(std::shared_ptr<ResultsHome> home, std::unique_ptr<Reader> reader)
    : home_(std::move(home)), reader_(std::move(reader)) {
  std::lock_guard lock(home_->mutex);
  home_->leases.insert(this);
}

SnapshotLease::~SnapshotLease() {
  std::lock_guard lock(home_->mutex);
  home_->leases.erase(this);
  reader_.reset();  // while the node cannot close its store
}

Result<ResultsLook> Results::State::looked() {
  std::lock_guard lock(mutex);
  if (!look) {
    auto snapshot = std::make_shared<const SnapshotLease>(home, home->node->store->snapshot());
    SYNCLINE_ASSIGN(ListEntries found, query->run(snapshot->reader(), query::Needed::result));
    LiveList list(query->stages());
    list.reset(std::move(found));
    look = ResultsLook{std::move(snapshot), list.entries()};
  }
  return *look;
}

Result<Document> Results::State::document(const ResultsLook& at, uint64_t index) const {
  const ObjectName name{query->type().number, (*at.list)[index]->key};
  SYNCLINE_ASSIGN(const std::optional<Row> row, read_object(at.snapshot->reader(), name));
  if (!row)
    return fail(ErrorCode::kStoreDamaged, "an object that was found is not in the node's store");
  return document_of_object(query->schema(), name.type, *row);
}

const std::string& Results::type() const { return state_->query->type().name; }
const std::string& Results::query() const { return state_->query->text(); }

Result<uint64_t> Results::size() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  SYNCLINE_ASSIGN(const ResultsLook at, state_->looked());
  return at.list->size();
}

Result<Document> Results::at(uint64_t index) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  SYNCLINE_ASSIGN(const ResultsLook at, state_->looked());
  if (index >= at.list->size())
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no object {} in a list of {}", index, at.list->size()));
  return state_->document(at, index);
}

Result<std::optional<Document>> Results::first() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  SYNCLINE_ASSIGN(const ResultsLook at, state_->looked());
  if (at.list->empty()) return std::nullopt;
  return state_->document(at, 0);
}

Status Results::each(const std::function<bool(const Document&)>& visit) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  SYNCLINE_ASSIGN(const ResultsLook at, state_->looked());
  for (uint64_t index = 0; index < at.list->size(); ++index) {
    SYNCLINE_ASSIGN(const Document document, state_->document(at, index));
    if (!visit(document)) break;
  }
  return {};
}

Results Results::again() const {
  auto next = std::make_shared<State>();
  next->home = state_->home;
  next->query = state_->query;
  return Results(std::move(next));
}

Result<Explanation> Results::explain() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  SYNCLINE_ASSIGN(const ResultsLook at, state_->looked());
  const auto started = std::chrono::steady_clock::now();
  SearchCost cost;
  SYNCLINE_ASSIGN(ListEntries found,
                  state_->query->run(at.snapshot->reader(), query::Needed::result, &cost));
  LiveList list(state_->query->stages());
  list.reset(std::move(found));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
  return Explanation{query(),     cost.plan, cost.examined, cost.matched, list.entries()->size(),
                     took.count()};
}

Result<Observation> Results::observe(
    std::function<void(const Results&, const ResultsChange&)> callback,
    const std::vector<std::string>& key_paths) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  Node::Impl& node = *state_->home->node;
  SYNCLINE_TRY(node.not_in_write("observe()"));
  const ListQuery& query = *state_->query;
  SYNCLINE_ASSIGN(KeyPaths paths, KeyPaths::parse(query.schema(), query.type(), key_paths));
  auto observer = std::make_shared<Observer>();
  observer->live = std::make_unique<LiveQuery>(state_->home, state_->query, std::move(paths),
                                               std::move(callback));
  // No step in between: what is told begins where the first list ends.
  std::lock_guard lock(node.machine_mutex);
  Observation observation = NodeInside::observation(node.observers, observer);
  node.leave_step(observer, nullptr,
                  std::make_shared<const SnapshotLease>(state_->home, node.store->snapshot()));
  return observation;
}

Result<SubscriptionSet> Results::subscribe(const SubscribeOptions& options) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  SubscribeOptions bound = options;  // whose arguments are in the query already
  bound.arguments.clear();
  return state_->home->node->subscribe(type(), query(), bound);
}

Result<SubscriptionSet> Results::unsubscribe() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, state_->home->gate.enter());
  return state_->home->node->update_subscriptions(
      [this](Transaction& t) { return t.unsubscribe_query(type(), query()); });
}

Result<Results> Node::query(std::string_view type, std::string_view query,
                            const std::vector<Value>& arguments) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_TRY(impl_->readable_type(type));
  auto state = std::make_shared<Results::State>();
  state->home = impl_->home;
  SYNCLINE_ASSIGN(state->query, ListQuery::make(impl_->seen().schema, type, query, arguments));
  return NodeInside::results(std::move(state));
}

// One copy of the changes, and one snapshot, for all that follow them.
void Node::Impl::tell_live(const std::vector<std::shared_ptr<Observer>>& current,
                           const ReplicaOutput& out) {
  if (out.changes.empty() && !out.everything_changed) return;
  LiveQuery::Changes changes;
  std::shared_ptr<const SnapshotLease> snapshot;
  for (const std::shared_ptr<Observer>& observer : current) {
    if (observer->live == nullptr) continue;
    if (!out.everything_changed && !observer->live->is_concerned(out.changes)) continue;
    if (snapshot == nullptr) {
      snapshot = std::make_shared<const SnapshotLease>(home, store->snapshot());
      if (!out.everything_changed)
        changes = std::make_shared<const std::vector<ObjectChange>>(out.changes);
    }
    leave_step(observer, changes, snapshot);
  }
}

void Node::Impl::leave_step(const std::shared_ptr<Observer>& observer, LiveQuery::Changes changes,
                            std::shared_ptr<const SnapshotLease> snapshot) {
  observer->live->leave(std::move(changes), std::move(snapshot));
  teller->post([observer] { run_callback(*observer, [&] { observer->live->take(); }); });
}

}  // namespace syncline
