// Which objects may have come into the view or gone out of it without being named by a walk.
#include <algorithm>
#include <iterator>

#include "node/authority/newer.h"
#include "node/authority/transfer_parts.h"
#include "node/authority/view_terms.h"
#include "node/query/compare.h"
#include "proto/buckets.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Unchanged objects that may have come in with others that changed: beyond it, telling everything
// costs less than remembering.
constexpr size_t kDependentMax = 65'536;

}  // namespace

void Transfer::ask_for(const ObjectName& name) {
  candidates_[name.type].insert(bucket_of(plan_.salt, name.type, name.key, bucket_bits_));
}

// What may have been in the old view and is gone, or out of the new one; and what else than the
// changed objects may have come in.
Status Transfer::collect_candidates() {
  if (plan_.everything) return {};
  for (const Part& part : parts_) {
    if (part.old_view == nullptr) continue;
    SYNCLINE_TRY(collect_changed(part));
    if (part.old_view->members->reach() == Membership::Reach::own) continue;
    if (part.same_view) {
      SYNCLINE_ASSIGN(const bool few, collect_dependent(part));
      if (!few) {
        return become_bootstrap();
      }
    } else {
      asked_whole_.insert(part.type);
    }
  }
  expect(dependent_);
  return {};
}

// Marks of removal after the cursor, and rows that changed after it and are not shown now.
Status Transfer::collect_changed(const Part& part) {
  auto marks = snapshot_->scan(state_keys::by_seq(part.type, LogSeq(plan_.from.seq.value + 1), {}),
                               prefix_end(state_keys::by_seq_of(part.type)));
  uint64_t walked = 0;
  for (; marks->valid(); marks->next()) {
    ++walked;
    const auto [seq, key] = state_keys::parts_of_by_seq(marks->key());
    const ObjectName name{part.type, key};
    if (!may_hold(name)) continue;
    const bool removed = !marks->value().empty();
    keys_listed_max_ += removed ? 1 : 0;
    if (!removed) {
      SYNCLINE_ASSIGN(const StoredRow row, indexed_row(name));
      SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name, row));
      if (mask != nullptr) continue;
      // Not shown by this view now, nor then: nothing that decides on it has changed.
      if (part.same_view) {
        SYNCLINE_ASSIGN(const auto newer, newer_of_same_member(part, name));
        if (newer) continue;
      }
    }
    ask_for(name);
  }
  if (part.walk == Part::Walk::by_seq) expect(part.type, walked);
  return marks->status();
}

// Objects that have not changed, but what they link to or stand among has. False: too many.
Result<bool> Transfer::collect_dependent(const Part& part) {
  std::set<ObjectKey> keys;
  if (!SYNCLINE_PLANTED(forget_linking)) {
    SYNCLINE_ASSIGN(const bool few, collect_linking(part, &keys));
    if (!few) return false;
  }
  SYNCLINE_ASSIGN(const std::set<ObjectKey>* windows, now_.in_windows(part.type));
  if (!part.old_view->members->windows().empty() && !SYNCLINE_PLANTED(forget_displaced)) {
    static const std::set<ObjectKey> none;
    const std::set<ObjectKey>* before = &none;
    if (!plan_.old_windows) {
      asked_whole_.insert(part.type);
    } else if (auto known = plan_.old_windows->find(part.type); known != plan_.old_windows->end()) {
      before = &known->second;
    }
    std::set_symmetric_difference(before->begin(), before->end(), windows->begin(), windows->end(),
                                  std::inserter(keys, keys.end()));
  }
  for (const ObjectKey& key : keys) {
    const ObjectName name{part.type, key};
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, get_row(*snapshot_, name));
    if (!bytes) continue;
    const StoredRow row(std::move(*bytes));
    SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
    if (seqs.changed > plan_.from.seq) continue;  // told as a changed one
    SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name, row));
    if (mask == nullptr) {
      ask_for(name);
    } else {
      dependent_.push_back(name);
    }
  }
  return dependent_.size() <= kDependentMax;
}

// By the indexes over the links that the view's queries follow. False: one of them is not there.
Result<bool> Transfer::find_linking(const Part& part, const ChangedTargets& changed,
                                    std::set<ObjectKey>* linking) const {
  const Membership& members = *part.old_view->members;
  std::vector<const query::BoundQuery*> queries;
  if (members.filter() != nullptr) queries.push_back(members.filter());
  for (const auto& window : members.windows()) queries.push_back(window.get());
  for (const query::BoundQuery* query : queries)
    for (const query::Follows& follows : query->reads.follows) {
      const auto targets = changed.find(follows.other);
      if (targets == changed.end()) continue;
      const std::optional<query::TermPath> path = path_of_link(*query->schema, follows);
      if (!path) return false;
      std::vector<Bytes> values;
      for (const ObjectKey& key : targets->second) {
        SYNCLINE_ASSIGN(const Value id, id_of(key));
        values.push_back(query::comparison_key(id));
      }
      SYNCLINE_ASSIGN(StateLookup::Keys keys, now_.lookup().with_value(part.type, *path, values));
      if (!keys) return false;
      linking->merge(*keys);
    }
  return true;
}

// Objects of the type that link to one that has changed since the cursor. False: too many of
// either.
Result<bool> Transfer::collect_linking(const Part& part, std::set<ObjectKey>* linking) const {
  ChangedTargets changed;
  size_t targets = 0;
  for (TypeNumber target : part.old_view->members->followed()) {
    auto marks = snapshot_->scan(state_keys::by_seq(target, LogSeq(plan_.from.seq.value + 1), {}),
                                 prefix_end(state_keys::by_seq_of(target)));
    for (; marks->valid(); marks->next()) {
      if (++targets > kDependentMax) return false;
      changed[target].insert(state_keys::parts_of_by_seq(marks->key()).second);
    }
    SYNCLINE_TRY(marks->status());
  }
  if (changed.empty()) return true;
  SYNCLINE_ASSIGN(const bool found, find_linking(part, changed, linking));
  if (found) return linking->size() <= kDependentMax;
  linking->clear();
  auto at = scan_rows(*snapshot_, part.type);
  for (; at->valid(); at->next()) {
    const StoredRow stored{Bytes(at->value())};
    SYNCLINE_ASSIGN(const Row* row, stored.row());
    if (!part.old_view->members->links_to(*row, changed)) continue;
    if (linking->size() >= kDependentMax) return false;
    linking->insert(state_keys::key_of_row(at->key()));
  }
  SYNCLINE_TRY(at->status());
  return true;
}

Result<StoredRow> Transfer::indexed_row(const ObjectName& name) const {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, get_row(*snapshot_, name));
  if (!bytes)
    return fail(ErrorCode::kStoreDamaged, "the by-seq index names an object that has no row");
  return StoredRow(std::move(*bytes));
}

// What changed of an object that was there at the node's cursor and is, if nothing of it decides on
// whether the view, the same then and now, shows it: then it is held if it is shown. nullopt: that
// may have changed.
Result<std::optional<std::vector<Step>>> Transfer::newer_of_same_member(
    const Part& part, const ObjectName& name) const {
  const Membership& members = *part.old_view->members;
  if (members.reach() != Membership::Reach::own) return std::nullopt;
  SYNCLINE_ASSIGN(const ObjectBytes bytes, get_object(*snapshot_, name));
  if (!bytes.merge) return std::nullopt;
  SYNCLINE_ASSIGN(const MergeRow merge, decode_merge_row(*bytes.merge));
  // Deleted since, and created anew: what is held has nothing in common with what is there.
  if (merge.root.reset && merge.root.reset->seq > plan_.from.seq) return std::nullopt;
  std::vector<Step> steps = steps_newer_than(plan_.from.seq, merge);
  if (std::any_of(steps.begin(), steps.end(),
                  [&](const Step& step) { return part.old_view->reads(step); }))
    return std::nullopt;
  return std::optional(std::move(steps));
}

// Where more than an object's own fields decides, others than those that changed since may have
// come in or gone: then the bootstrap begins anew.
bool Transfer::can_resume() const {
  for (const TypeView& view : plan_.view->types) {
    if (view.type > plan_.resume->type) break;
    if (view.members->reach() == Membership::Reach::own) continue;
    if (changed_since_resume(view.type)) return false;
    for (TypeNumber followed : view.members->followed())
      if (changed_since_resume(followed)) return false;
  }
  return true;
}

bool Transfer::changed_since_resume(TypeNumber type) const {
  return snapshot_
      ->scan(state_keys::by_seq(type, LogSeq(plan_.resume->seq.value + 1), {}),
             prefix_end(state_keys::by_seq_of(type)))
      ->valid();
}

// What changed since it may have been staged and is not shown now: whether it was staged is asked,
// for nothing that is not held is ever named.
Status Transfer::collect_staged() {
  for (const Part& part : parts_) {
    if (part.walk != Part::Walk::by_seq) continue;
    auto marks = snapshot_->scan(part.from, part.to);
    uint64_t walked = 0;
    for (; marks->valid(); marks->next()) {
      ++walked;
      const auto [seq, key] = state_keys::parts_of_by_seq(marks->key());
      const ObjectName name{part.type, key};
      if ((part.only_up_to && *part.only_up_to < key) || plan_.view->covers(name) == nullptr)
        continue;
      const bool removed = !marks->value().empty();
      keys_listed_max_ += removed ? 1 : 0;
      if (!removed) {
        SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name));
        if (mask != nullptr) continue;
      }
      ask_for(name);
    }
    SYNCLINE_TRY(marks->status());
    expect(part.type, walked);
  }
  return {};
}

}  // namespace syncline
