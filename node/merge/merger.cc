#include "node/merge/merger.h"

#include <algorithm>

namespace syncline::merging {
namespace {

// What operations that do not take effect would have introduced: elements, scopes, the object.
class Missing {
 public:
  void note(const Operation& operation) {
    switch (operation.kind) {
      case OperationKind::create:
      case OperationKind::insert:
        paths_.insert(operation.path);
        break;
      case OperationKind::set:
      case OperationKind::set_default:
        if (operation.item && operation.item->is_scope()) paths_.insert(operation.path);
        break;
      default:
        break;
    }
  }
  // Is what stands at the end of these steps, or something around it, missing for that reason?
  bool explains(const Path& path, size_t steps) const {
    if (paths_.empty()) return false;
    Path prefix;
    for (size_t i = 0;; ++i) {
      if (paths_.contains(prefix)) return true;
      if (i == steps) return false;
      prefix.push_back(path[i]);
    }
  }

 private:
  std::set<Path> paths_;
};

Outcome outcome_of(const Operation& operation, const Ruling& ruling) {
  Outcome outcome;
  outcome.ordinal = operation.ordinal;
  outcome.verdict = ruling.verdict;
  if (!ruling.applied()) {
    outcome.superseded_by = ruling.by;
    outcome.by_reset = ruling.by_reset;
  }
  return outcome;
}

Outcome refusal_of(const Operation& operation) {
  Outcome outcome;
  outcome.ordinal = operation.ordinal;
  outcome.verdict = Verdict::refused;
  outcome.reason = Reason::depends_on;
  outcome.text = "needs what a refused operation of the same changeset would have made";
  return outcome;
}

std::optional<ScopeKind> kind_of(const std::optional<Item>& item) {
  if (!item || !item->is_scope()) return std::nullopt;
  return item->scope()->kind;
}

}  // namespace

std::vector<Outcome> Merger::apply(const Group& group, const Causality& causality,
                                   const std::set<size_t>* left_out) {
  const Sight sight(causality, group);
  prune(sight, &merge_.root);
  Missing missing;
  std::vector<Outcome> outcomes;
  for (size_t i = 0; i < group.operations.size(); ++i) {
    const Operation& operation = group.operations[i];
    if (left_out != nullptr && left_out->contains(i)) {
      missing.note(operation);
      continue;
    }
    // A delete of what is absent leaves a mark; not if it was to undo a create that did not take
    // place.
    const bool undoes = operation.kind == OperationKind::remove_object && !row_ &&
                        missing.explains(operation.path, 0);
    const Ruling ruling = undoes ? homeless_at(0, nullptr) : apply_one(sight, group, operation);
    if (ruling.homeless && missing.explains(operation.path, *ruling.homeless)) {
      missing.note(operation);
      outcomes.push_back(refusal_of(operation));
    } else {
      outcomes.push_back(outcome_of(operation, ruling));
    }
  }
  return outcomes;
}

Ruling Merger::apply_one(const Sight& sight, const Group& group, const Operation& operation) {
  if (operation.path.empty()) {
    if (operation.kind == OperationKind::create) return create_object(sight, group, operation);
    if (operation.kind == OperationKind::remove_object) return remove_object(sight);
    return homeless_at(0, nullptr);
  }
  if (!row_) return homeless_at(0, merge_.root.reset ? &*merge_.root.reset : nullptr);
  merge_.root.present = true;
  const Walk at = walk(sight, &row_->fields, &merge_.root, operation.path);
  if (at.barred) return *at.barred;
  const Place place{*at.scope, *at.merge, operation.path.back(), operation.path.size()};
  if (at.scope->kind == ScopeKind::list) return apply_in_list(sight, place, operation);
  return apply_at(sight, place, operation);
}

Ruling Merger::create_object(const Sight& sight, const Group& group, const Operation& operation) {
  MergeScope& root = merge_.root;
  if (root.reset && !sight.saw(*root.reset)) return fell_to(*root.reset);
  if (!row_) {
    // A writer that held the object, and whose mark of removal is forgotten: removal wins.
    if (!root.reset && !sight.blind() && sight.below_horizon()) return homeless_at(0, nullptr);
    row_.emplace();
    row_->id = group.id;
    row_->born = row_->changed = sight.write().seq;
    bear(sight, &root, ScopeKind::object, false);
    born_ = true;
  } else {
    root.present = true;
    join(sight, &root);
  }
  const Scope* fields = operation.item ? operation.item->scope() : nullptr;
  if (fields == nullptr) return {};
  for (const Child& child : fields->children) {
    if (!fits(ScopeKind::object, child.step)) continue;
    const Place place{row_->fields, root, child.step, 1};
    (void)assign(sight, place, child.item, false);
  }
  return {};
}

Ruling Merger::remove_object(const Sight& sight) {
  MergeScope& root = merge_.root;
  if (root.reset && !sight.wins(*root.reset)) {
    return fell_to(*root.reset);
  }
  bury(sight, &root);
  row_.reset();
  return {};
}

Ruling Merger::apply_at(const Sight& sight, const Place& place, const Operation& operation) {
  const bool set = place.scope.kind == ScopeKind::set;
  switch (operation.kind) {
    case OperationKind::add:
      if (set) return write_scalar(sight, place, Value(), false);
      break;
    case OperationKind::remove:
      if (set) return write_scalar(sight, place, std::nullopt, false);
      break;
    case OperationKind::set:
    case OperationKind::set_default:
      if (set || !operation.item) break;
      return assign(sight, place, *operation.item, operation.kind == OperationKind::set_default);
    case OperationKind::unset:
      if (set) break;
      return write_scalar(sight, place, std::nullopt, false);
    case OperationKind::create:
      if (set || !kind_of(operation.item)) break;
      return create_scope(sight, place, *kind_of(operation.item), false);
    case OperationKind::increment:
      if (set) break;
      return increment(sight, place, operation.amount);
    case OperationKind::clear:
      if (set) break;
      return clear_scope(sight, place, kind_of(operation.item));
    default:
      break;
  }
  return homeless_at(place.depth, nullptr);
}

Ruling Merger::apply_in_list(const Sight& sight, const Place& place, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::insert:
      if (!operation.item) break;
      return insert_element(sight, place, operation, &hint_);
    case OperationKind::erase:
      return erase_element(place);
    case OperationKind::move:
      if (place.item() == nullptr) break;
      return move_element(sight, place, operation, &hint_);
    case OperationKind::set:
    case OperationKind::increment:
    case OperationKind::create:
    case OperationKind::clear:
      if (place.item() == nullptr) break;
      return apply_at(sight, place, operation);
    default:
      break;
  }
  return homeless_at(place.depth, nullptr);
}

}  // namespace syncline::merging
