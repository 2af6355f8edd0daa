#include "node/runtime/live_query.h"

#include <algorithm>

#include "node/runtime/node_impl.h"

namespace syncline {
namespace {

// Steps that wait, at most: then they are let go of, and the query is run again in their place.
constexpr size_t kStepsLeftMax = 1024;

}  // namespace

bool LiveQuery::is_concerned(const std::vector<ObjectChange>& changes) const {
  return std::any_of(changes.begin(), changes.end(), [this](const ObjectChange& change) {
    return change.object.type == query_->type().number || query_->follows(change.object.type);
  });
}

void LiveQuery::leave(Changes changes, std::shared_ptr<const SnapshotLease> snapshot) {
  std::lock_guard lock(mutex_);
  if (left_.size() >= kStepsLeftMax) {
    left_.clear();
    changes.reset();
  }
  left_.push_back({std::move(changes), std::move(snapshot)});
}

void LiveQuery::take() {
  Step step;
  {
    std::lock_guard lock(mutex_);
    if (left_.empty()) return;  // several were let go of for one
    step = std::move(left_.front());
    left_.pop_front();
    if (snapshot_ != nullptr && must_run_again(step)) take_rest(&step);
  }
  if (ended_) return;
  ResultsChange change;
  change.initial = snapshot_ == nullptr;
  if (Status worked = work_in(step, &change); !worked) {
    ended_ = true;
    change.error = worked.error();
  }
  snapshot_ = std::move(step.snapshot);
  const bool news = change.initial || change.error || !change.deletions.empty() ||
                    !change.insertions.empty() || !change.modifications.empty() ||
                    !change.moves.empty();
  if (news) tell(std::move(change));
}

// One run does for all that wait. Requires: mutex_ is held.
void LiveQuery::take_rest(Step* step) {
  if (left_.empty()) return;
  step->snapshot = left_.back().snapshot;
  step->changes.reset();
  left_.clear();
}

bool LiveQuery::must_run_again(const Step& step) const {
  if (step.changes == nullptr) return true;
  return std::any_of(
      step.changes->begin(), step.changes->end(),
      [this](const ObjectChange& change) { return query_->follows(change.object.type); });
}

Status LiveQuery::work_in(const Step& step, ResultsChange* change) {
  ListDiff diff;
  if (must_run_again(step)) {
    std::set<ObjectKey> modified;
    if (step.changes != nullptr) {
      modified = modified_in(*step.changes);
    } else if (snapshot_ != nullptr) {
      SYNCLINE_ASSIGN(modified, modified_between(step));
    }
    SYNCLINE_ASSIGN(ListEntries found, query_->run(step.snapshot->reader(), query::Needed::all));
    diff = list_.reset(std::move(found), modified);
  } else {
    SYNCLINE_ASSIGN(std::vector<LiveList::Change> changes, list_changes(step));
    diff = list_.apply(std::move(changes));
  }
  if (change->initial) return {};
  change->deletions = std::move(diff.deletions);
  change->insertions = std::move(diff.insertions);
  change->modifications = std::move(diff.modifications);
  for (const ListDiff::Move& move : diff.moves) change->moves.push_back({move.from, move.to});
  return {};
}

Result<std::vector<LiveList::Change>> LiveQuery::list_changes(const Step& step) const {
  std::vector<LiveList::Change> out;
  for (const ObjectChange& change : *step.changes) {
    if (change.object.type != query_->type().number) continue;
    LiveList::Change one{change.object.key, nullptr};
    if (change.after) {
      SYNCLINE_ASSIGN(one.after,
                      query_->entry_of(change.object.key, *change.after, step.snapshot->reader()));
    }
    one.modified =
        !change.before || !change.after || key_paths_.differ(*change.before, *change.after);
    out.push_back(std::move(one));
  }
  return out;
}

std::set<ObjectKey> LiveQuery::modified_in(const std::vector<ObjectChange>& changes) const {
  std::set<ObjectKey> out;
  for (const ObjectChange& change : changes)
    if (change.object.type == query_->type().number && change.before && change.after &&
        key_paths_.differ(*change.before, *change.after))
      out.insert(change.object.key);
  return out;
}

Result<std::set<ObjectKey>> LiveQuery::modified_between(const Step& step) const {
  std::set<ObjectKey> out;
  for (const auto& entry : *list_.entries()) {
    const ObjectName name{query_->type().number, entry->key};
    SYNCLINE_ASSIGN(const std::optional<Row> before, read_object(snapshot_->reader(), name));
    SYNCLINE_ASSIGN(const std::optional<Row> after, read_object(step.snapshot->reader(), name));
    if (before && after && key_paths_.differ(*before, *after)) out.insert(entry->key);
  }
  return out;
}

void LiveQuery::tell(ResultsChange change) {
  auto state = std::make_shared<Results::State>();
  state->home = home_;
  state->query = query_;
  state->look = ResultsLook{snapshot_, list_.entries()};
  callback_(NodeInside::results(std::move(state)), change);
}

}  // namespace syncline
