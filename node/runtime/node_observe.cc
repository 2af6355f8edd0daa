// Node: telling observers, on a thread of their own.
#include <algorithm>

#include "node/model/documents.h"
#include "node/runtime/node_impl.h"

namespace syncline {
namespace {

// The changes of one batch that concern one type, or one object of it, as exact sets.
ObjectChangeSet change_set_of(const Schema& schema, TypeNumber type,
                              const std::optional<ObjectKey>& key,
                              const std::vector<ObjectChange>& changes) {
  ObjectChangeSet set;
  for (const ObjectChange& change : changes) {
    if (change.object.type != type || (key && change.object.key != *key)) continue;
    ObjectChangeSet::Change out;
    out.type = schema.type(type)->name;
    out.id = change.after ? change.after->id : change.before->id;
    if (change.before) out.before = document_of_object(schema, type, *change.before);
    if (change.after) out.after = document_of_object(schema, type, *change.after);
    using Kind = ObjectChangeSet::Change::Kind;
    out.kind = !change.before ? Kind::inserted : !change.after ? Kind::deleted : Kind::modified;
    if (out.kind == Kind::modified) {
      for (const DocumentField& field : out.after->fields) {
        const Value* before = out.before->find(field.name);
        if (before == nullptr || !(*before == field.value)) out.fields.push_back(field.name);
      }
      for (const DocumentField& field : out.before->fields)
        if (out.after->find(field.name) == nullptr) out.fields.push_back(field.name);
    }
    set.changes.push_back(std::move(out));
  }
  // Deletions, then insertions, then modifications: the order in which a view applies them.
  std::stable_sort(set.changes.begin(), set.changes.end(), [](const auto& a, const auto& b) {
    const auto rank = [](ObjectChangeSet::Change::Kind kind) {
      return kind == ObjectChangeSet::Change::Kind::deleted    ? 0
             : kind == ObjectChangeSet::Change::Kind::inserted ? 1
                                                               : 2;
    };
    return rank(a.kind) < rank(b.kind);
  });
  return set;
}

// Change sets that wait for one observer, at most: one that is slower is told "everything".
constexpr size_t kSetsQueuedMax = 1024;

bool same_trouble(const ReplicaStatus& a, const ReplicaStatus& b) { return a.trouble == b.trouble; }

}  // namespace

void run_callback(Observer& observer, const std::function<void()>& call) {
  std::lock_guard lock(observer.running);
  if (observer.gone) return;
  observer.runs_on = std::this_thread::get_id();
  call();
  observer.runs_on = std::thread::id();
}

void Node::Impl::tell(ReplicaOutput& out) {
  {
    std::lock_guard lock(seen_mutex);
    // A machine whose last step did not become true tells of what is not there.
    if (!ended) seen_.status = driver->machine().status();
    if (out.schema_changed || seen_.schema == nullptr) seen_.schema = driver->machine().schema();
    if (out.rights_changed || seen_.advisor == nullptr) seen_.advisor = driver->machine().advisor();
  }
  if (out.schema_changed) {
    check_own_indexes();
    check_models();
  }
  const bool anything = !out.receipts.empty() || !out.changes.empty() || !out.rejections.empty() ||
                        out.state || out.trouble || out.everything_changed || out.marked ||
                        !out.batch.empty() || out.ingest || !out.frames.empty();
  if (!out.subscription_sets.empty()) subscribed.reset();
  if (out.schema_changed && std::exchange(initial_due, false))
    teller->post([this] { make_initial_subscriptions_late(); });
  tell_observers(out);
  if (anything) wake();
}

void Node::Impl::tell_observers(ReplicaOutput& out) {
  std::vector<std::shared_ptr<Observer>> current;
  {
    std::lock_guard lock(observers->mutex);
    current.assign(observers->all.begin(), observers->all.end());
  }
  if (current.empty()) {
    told.reset();
    return;
  }
  const NodeSeen now = seen();
  const bool milestone = out.state || out.trouble || !told || !same_trouble(*told, now.status) ||
                         (out.schema_changed && options.models);
  const bool progress =
      !told || told->transfer_done != now.status.transfer_done ||
      told->transfer_total != now.status.transfer_total || told->pending != now.status.pending ||
      told->journal != now.status.journal || told->cursor.seq != now.status.cursor.seq;
  for (const std::shared_ptr<Observer>& observer : current) {
    if (observer->on_objects && now.schema != nullptr) tell_changes(observer, *now.schema, out);
    if (observer->on_rejection)
      for (const JournalRecord& record : out.rejections)
        teller->post([observer, rejection = rejection_of(now.schema.get(), record)] {
          run_callback(*observer, [&] { observer->on_rejection(rejection); });
        });
    if (observer->on_status) tell_status(observer, milestone, progress);
    if (observer->on_subscriptions) tell_sets(observer, out);
  }
  tell_live(current, out);
  told = now.status;
}

void Node::Impl::tell_changes(const std::shared_ptr<Observer>& observer, const Schema& schema,
                              const ReplicaOutput& out) {
  const TypeDef* type = schema.type(observer->type);
  if (type == nullptr) return;
  std::optional<ObjectKey> key;
  if (observer->id) {
    Result<ObjectKey> made = object_key(*observer->id);
    if (!made) return;  // no object has such an _id
    key = std::move(*made);
  }
  ObjectChangeSet set = change_set_of(schema, type->number, key, out.changes);
  set.everything = out.everything_changed;
  if (set.changes.empty() && !set.everything) return;
  // What is told later than this is read then: it stands for whatever comes until it is told.
  if (observer->overflowed) return;
  if (observer->queued >= kSetsQueuedMax) {
    observer->overflowed = true;
    set = ObjectChangeSet();
    set.everything = true;
  }
  ++observer->queued;
  teller->post([observer, set = std::move(set)] {
    --observer->queued;
    if (set.everything) observer->overflowed = false;
    run_callback(*observer, [&] { observer->on_objects(set); });
  });
}

void Node::Impl::tell_status(const std::shared_ptr<Observer>& observer, bool milestone,
                             bool progress) {
  if (milestone) {
    teller->post([observer, status = status()] {
      run_callback(*observer, [&] { observer->on_status(status); });
    });
  } else if (progress && !observer->progress_queued.exchange(true)) {
    // Steps are many; one look at where it stands serves for those that came meanwhile.
    teller->post([this, observer] {
      observer->progress_queued = false;
      run_callback(*observer, [&] { observer->on_status(status()); });
    });
  }
}

Observation::Observation() = default;
Observation::Observation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Observation::Observation(Observation&&) noexcept = default;
Observation& Observation::operator=(Observation&& other) noexcept {
  Observation old(std::move(*this));
  impl_ = std::move(other.impl_);
  return *this;
}

Observation::~Observation() {
  if (impl_ == nullptr) return;
  Observer& observer = *impl_->observer;
  if (auto observers = impl_->observers.lock()) {
    std::lock_guard lock(observers->mutex);
    observers->all.remove(impl_->observer);
  }
  if (observer.runs_on.load() == std::this_thread::get_id()) {
    observer.gone = true;  // ended by its own callback, which holds the lock
    return;
  }
  std::lock_guard lock(observer.running);
  observer.gone = true;
}

Observation NodeInside::observation(const std::shared_ptr<Observers>& observers,
                                    std::shared_ptr<Observer> observer) {
  auto impl = std::make_unique<Observation::Impl>();
  {
    std::lock_guard lock(observers->mutex);
    observers->all.push_back(observer);
  }
  impl->observers = observers;
  impl->observer = std::move(observer);
  return Observation(std::move(impl));
}

Observation Node::observe(std::string_view type,
                          std::function<void(const ObjectChangeSet&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->type = std::string(type);
  observer->on_objects = std::move(callback);
  return NodeInside::observation(impl_->observers, std::move(observer));
}

Observation Node::observe(std::string_view type, const Value& id,
                          std::function<void(const ObjectChangeSet&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->type = std::string(type);
  observer->id = id;
  observer->on_objects = std::move(callback);
  return NodeInside::observation(impl_->observers, std::move(observer));
}

Observation Node::observe_rejections(std::function<void(const Rejection&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->on_rejection = std::move(callback);
  return NodeInside::observation(impl_->observers, std::move(observer));
}

Observation Node::observe_status(std::function<void(const NodeStatus&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->on_status = std::move(callback);
  return NodeInside::observation(impl_->observers, std::move(observer));
}

}  // namespace syncline
