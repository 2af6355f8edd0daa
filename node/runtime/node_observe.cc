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

}  // namespace

void Node::Impl::tell(ReplicaOutput& out) {
  const bool anything = !out.receipts.empty() || !out.changes.empty() || !out.rejections.empty() ||
                        out.state || out.trouble || out.everything_changed || !out.batch.empty() ||
                        out.ingest;
  if (!anything) return;
  tell_observers(out);
  std::lock_guard lock(receipts->mutex);
  ++receipts->tellings;
  receipts->told.notify_all();
}

void Node::Impl::tell_observers(ReplicaOutput& out) {
  std::vector<std::shared_ptr<Observer>> current;
  {
    std::lock_guard lock(observers->mutex);
    current.assign(observers->all.begin(), observers->all.end());
  }
  if (current.empty()) return;
  const std::shared_ptr<const Schema> schema = driver->machine().schema();
  std::vector<std::function<void()>> calls;
  for (const std::shared_ptr<Observer>& observer : current) {
    const TypeDef* type = schema == nullptr ? nullptr : schema->type(observer->type);
    if (observer->on_objects && type != nullptr) {
      std::optional<ObjectKey> key;
      if (observer->id)
        if (Result<ObjectKey> made = object_key(*observer->id)) key = std::move(*made);
      ObjectChangeSet set = change_set_of(*schema, type->number, key, out.changes);
      set.everything = out.everything_changed;
      if (!set.changes.empty() || set.everything)
        calls.push_back([observer, set = std::move(set)] {
          if (!observer->gone) observer->on_objects(set);
        });
    }
    if (observer->on_rejection)
      for (const JournalRecord& record : out.rejections)
        calls.push_back([observer, rejection = rejection_of(schema.get(), record)] {
          if (!observer->gone) observer->on_rejection(rejection);
        });
    if (observer->on_status && (out.state || out.trouble))
      calls.push_back([observer, status = status_locked()] {
        if (!observer->gone) observer->on_status(status);
      });
  }
  if (calls.empty()) return;
  teller->post([calls = std::move(calls)] {
    for (const auto& call : calls) call();
  });
}

Observation::Observation() = default;
Observation::Observation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Observation::Observation(Observation&&) noexcept = default;
Observation& Observation::operator=(Observation&& other) noexcept {
  Observation old(std::move(impl_));
  impl_ = std::move(other.impl_);
  return *this;
}

Observation::~Observation() {
  if (impl_ == nullptr) return;
  impl_->observer->gone = true;
  if (auto observers = impl_->observers.lock()) {
    std::lock_guard lock(observers->mutex);
    observers->all.remove(impl_->observer);
  }
}

Observation NodeInside::observation(const std::shared_ptr<Observers>& observers,
                                    std::shared_ptr<Observer> observer) {
  auto impl = std::make_unique<Observation::Impl>();
  impl->observers = observers;
  impl->observer = std::move(observer);
  return Observation(std::move(impl));
}

namespace {

template <class MakeObservation>
Observation observe_with(const std::shared_ptr<Observers>& observers,
                         std::shared_ptr<Observer> observer, const MakeObservation& make) {
  std::lock_guard lock(observers->mutex);
  observers->all.push_back(observer);
  return make(observers, std::move(observer));
}

}  // namespace

Observation Node::observe(std::string_view type,
                          std::function<void(const ObjectChangeSet&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->type = std::string(type);
  observer->on_objects = std::move(callback);
  return observe_with(impl_->observers, std::move(observer), NodeInside::observation);
}

Observation Node::observe(std::string_view type, const Value& id,
                          std::function<void(const ObjectChangeSet&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->type = std::string(type);
  observer->id = id;
  observer->on_objects = std::move(callback);
  return observe_with(impl_->observers, std::move(observer), NodeInside::observation);
}

Observation Node::observe_rejections(std::function<void(const Rejection&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->on_rejection = std::move(callback);
  return observe_with(impl_->observers, std::move(observer), NodeInside::observation);
}

Observation Node::observe_status(std::function<void(const NodeStatus&)> callback) {
  auto observer = std::make_shared<Observer>();
  observer->on_status = std::move(callback);
  return observe_with(impl_->observers, std::move(observer), NodeInside::observation);
}

}  // namespace syncline
