#include "node/authority/transfer.h"

#include <algorithm>

#include "node/authority/newer.h"
#include "node/authority/transfer_parts.h"
#include "node/authority/view_terms.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

Bytes successor(Bytes key) {
  key.push_back('\0');
  return key;
}

const ObjectKey& own_subscriptions_from(NodeId node, ObjectKey* storage) {
  *storage = *object_key(Value(subscription_prefix(node)));
  return *storage;
}

}  // namespace

Transfer::Transfer(std::unique_ptr<Reader> snapshot, TransferPlan plan)
    : snapshot_(std::move(snapshot)),
      plan_(std::move(plan)),
      now_(plan_.view.get(), snapshot_.get()) {}

Transfer::~Transfer() = default;

TypeTotal Transfer::total_of(TypeNumber type) const {
  return read_type_total(*snapshot_, type).value_or(TypeTotal());
}

void Transfer::expect(TypeNumber type, uint64_t objects) {
  const TypeTotal all = total_of(type);
  total_ += objects;
  total_bytes_ += objects == all.objects ? all.bytes : objects * all.mean_bytes();
}

Status Transfer::plan_parts() {
  std::set<TypeNumber> types;
  for (const TypeView& view : plan_.view->types) types.insert(view.type);
  if (plan_.old_view)
    for (const TypeView& view : plan_.old_view->types) types.insert(view.type);
  types.insert(system_type::kSubscription);
  for (TypeNumber type : types) SYNCLINE_TRY(plan_type(type));
  return {};
}

// All that may be in the new view, or is known to be held under the old one. nullopt: the type is
// walked through.
Result<StateLookup::Keys> Transfer::found_by_index(TypeNumber type) {
  std::set<ObjectKey> keys;
  const auto add = [&](const TypeView& view) -> Result<bool> {
    SYNCLINE_ASSIGN(StateLookup::Keys some,
                    now_.lookup().matching(type, terms_of(view, view.members->filter())));
    if (!some) return false;
    keys.merge(*some);
    return keys.size() <= kLookedUpMax;
  };
  if (const TypeView* view = plan_.view->find(type)) {
    const Membership& members = *view->members;
    if (members.filter() != nullptr || members.is_all_readable()) {
      SYNCLINE_ASSIGN(const bool all, add(*view));
      if (!all) return std::nullopt;
    }
    SYNCLINE_ASSIGN(const std::set<ObjectKey>* windows, now_.in_windows(type));
    keys.insert(windows->begin(), windows->end());
  }
  // Where more than an object's own fields decided, what was held is asked (before_of()).
  if (const TypeView* old = plan_.old_view ? plan_.old_view->find(type) : nullptr;
      old != nullptr && old->members->reach() == Membership::Reach::own) {
    SYNCLINE_ASSIGN(const bool all, add(*old));
    if (!all) return std::nullopt;
  }
  return keys;
}

Status Transfer::plan_type(TypeNumber type) {
  static const TypeView own_subscriptions = whole(system_type::kSubscription);
  const auto find_in = [&](const View* view) -> const TypeView* {
    if (view == nullptr) return nullptr;
    return type == system_type::kSubscription ? &own_subscriptions : view->find(type);
  };
  Part part;
  part.type = type;
  part.old_view = find_in(plan_.old_view ? &*plan_.old_view : nullptr);
  const TypeView* view = find_in(plan_.view.get());
  part.same_view = part.old_view != nullptr && view != nullptr && *part.old_view == *view &&
                   plan_.old_view->targets == plan_.view->targets;
  part.known_up_to = plan_.everything ? LogSeq(0) : plan_.from.seq;
  if (plan_.fork && !plan_.everything) {
    // Not walked: told of are the differences from what the node lists.
    part.to = part.from = state_keys::rows_of(type);
    parts_.push_back(std::move(part));
    return {};
  }
  if (part.same_view) {
    part.walk = Part::Walk::by_seq;
    part.from = state_keys::by_seq(type, LogSeq(plan_.from.seq.value + 1), {});
    part.to = prefix_end(state_keys::by_seq_of(type));
    parts_.push_back(std::move(part));
    return {};
  }
  part.from = state_keys::rows_of(type);
  part.to = prefix_end(part.from);
  if (type == system_type::kSubscription) {
    ObjectKey prefix;
    part.from = state_keys::row({type, own_subscriptions_from(plan_.view->node, &prefix)});
    part.to = prefix_end(part.from);
  } else {
    SYNCLINE_ASSIGN(const StateLookup::Keys found, found_by_index(type));
    if (found) {
      part.walk = Part::Walk::found;
      part.found.assign(found->begin(), found->end());
    }
  }
  const bool few = type == system_type::kSubscription;  // its own
  expect(type, part.walk == Part::Walk::found ? part.found.size()
               : few                          ? count_between(part.from, part.to)
                                              : total_of(type).objects);
  if (plan_.resume && type <= plan_.resume->type) {
    // What was staged of it is brought up to date; the walk goes on behind it.
    Part staged;
    staged.walk = Part::Walk::by_seq;
    staged.type = type;
    staged.from = state_keys::by_seq(type, LogSeq(plan_.resume->seq.value + 1), {});
    staged.to = prefix_end(state_keys::by_seq_of(type));
    if (type == plan_.resume->type) {
      staged.only_up_to = plan_.resume->last_key;
      const Bytes behind = successor(state_keys::row({type, plan_.resume->last_key}));
      if (part.walk == Part::Walk::rows && part.from < behind)
        pass_over(type, count_between(part.from, std::exchange(part.from, behind)));
      const size_t found = part.found.size();
      std::erase_if(part.found,
                    [&](const ObjectKey& key) { return key <= plan_.resume->last_key; });
      pass_over(type, found - part.found.size());
      parts_.push_back(std::move(staged));
    } else {
      done_ = total_, done_bytes_ = total_bytes_;
      parts_.push_back(std::move(staged));
      return {};
    }
  }
  parts_.push_back(std::move(part));
  return {};
}

uint64_t Transfer::count_between(const Bytes& from, const Bytes& to) const {
  uint64_t count = 0;
  for (auto at = snapshot_->scan(from, to); at->valid(); at->next()) ++count;
  return count;
}

void Transfer::expect(const std::vector<ObjectName>& names) {
  std::map<TypeNumber, uint64_t> counts;
  for (const ObjectName& name : names) ++counts[name.type];
  for (const auto& [type, count] : counts) expect(type, count);
}

// Staged before.
void Transfer::pass_over(TypeNumber type, uint64_t objects) {
  done_ += objects;
  done_bytes_ += objects * total_of(type).mean_bytes();
}

bool Transfer::may_hold(const ObjectName& name) const {
  return plan_.old_view && plan_.old_view->covers(name) != nullptr;
}

// What the node has of an object, going by what the object is now.
Result<Before> Transfer::before_of(const Part& part, const ObjectName& name,
                                   const StoredRow& row) const {
  SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
  if (part.old_view == nullptr || !may_hold(name) || seqs.born > part.known_up_to) return Before{};
  if (seqs.changed > part.known_up_to || part.old_view->members->reach() != Membership::Reach::own)
    return Before{Before::Kind::held, nullptr};
  SYNCLINE_ASSIGN(const FieldMask* mask, part.old_view->mask_of(row));
  SYNCLINE_ASSIGN(const bool was, part.old_view->members->holds(*mask, row));
  return was ? Before{Before::Kind::known, mask} : Before{};
}

Result<std::optional<Bytes>> Transfer::tell_row(const Part& part, const ObjectName& name,
                                                const StoredRow& row) {
  SYNCLINE_ASSIGN(const Before before, before_of(part, name, row));
  SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name, row));
  // What is gone from the view after a change is a candidate of the have-list: not told by name.
  if (mask == nullptr && before.kind != Before::Kind::known) return std::nullopt;
  SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
  return view_delta(name, seqs.changed, before,
                    {mask == nullptr ? nullptr : &row.bytes(), mask, nullptr});
}

Status Transfer::tell_by_seq(const Part& part, BytesView key, BytesView value, Chunk* chunk) {
  const auto [seq, object_key] = state_keys::parts_of_by_seq(key);
  const ObjectName name{part.type, object_key};
  if (part.only_up_to && *part.only_up_to < object_key) return {};
  // What was removed, or is not shown, is told by the have-list.
  if (!value.empty() || plan_.view->covers(name) == nullptr) return {};
  SYNCLINE_ASSIGN(const StoredRow row, indexed_row(name));
  done_bytes_ += row.bytes().size();
  SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name, row));
  if (mask == nullptr) return {};
  Before before{Before::Kind::held, mask};
  std::vector<Effect> changes;
  SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
  if (part.old_view != nullptr && seqs.born <= part.known_up_to && !part.only_up_to) {
    SYNCLINE_ASSIGN(const auto newer, newer_of_same_member(part, name));
    if (newer) {
      SYNCLINE_ASSIGN(const Row* decoded, row.row());
      changes = effects_of(*newer, decoded->fields);
      before.kind = Before::Kind::known;
    }
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> told,
                  view_delta(name, seq, before, {&row.bytes(), mask, &changes}));
  take(std::move(told), chunk);
  return {};
}

Status Transfer::tell_next(Part* part, Chunk* chunk) {
  ++done_;
  if (part->walk == Part::Walk::by_seq) {
    SYNCLINE_TRY(tell_by_seq(*part, part->at->key(), part->at->value(), chunk));
    part->at->next();
    return {};
  }
  ObjectName name{part->type, {}};
  StoredRow row;
  if (part->walk == Part::Walk::found) {
    name.key = part->found[part->next_found++];
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, get_row(*snapshot_, name));
    if (!bytes) return {};
    row = StoredRow(std::move(*bytes));
  } else {
    name.key = state_keys::key_of_row(part->at->key());
    row = StoredRow(Bytes(part->at->value()));
    part->at->next();
  }
  done_bytes_ += row.bytes().size();
  SYNCLINE_ASSIGN(std::optional<Bytes> told, tell_row(*part, name, row));
  take(std::move(told), chunk);
  return {};
}

Status Transfer::walk(Part* part, size_t bytes, Chunk* chunk) {
  if (part->at == nullptr && part->walk != Part::Walk::found)
    part->at = part->walk == Part::Walk::by_seq ? snapshot_->scan(part->from, part->to)
                                                : scan_rows(*snapshot_, part->from, part->to);
  size_t used = 0;
  for (const Bytes& object : chunk->objects) used += object.size();
  while (!part->ended() && used < bytes && large_.empty()) {
    const size_t count = chunk->objects.size();
    SYNCLINE_TRY(tell_next(part, chunk));
    if (chunk->objects.size() > count) used += chunk->objects.back().size();
  }
  return part->at == nullptr ? Status() : part->at->status();
}

// Whole: it replaces whatever is held.
Status Transfer::tell_differing(size_t bytes, Chunk* chunk) {
  size_t used = 0;
  const std::vector<ObjectName>& names = comparison_->differing();
  for (; differing_told_ < names.size() && used < bytes && large_.empty(); ++differing_told_) {
    const ObjectName& name = names[differing_told_];
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, get_row(*snapshot_, name));
    if (!bytes) return fail(ErrorCode::kStoreDamaged, "a snapshot that has changed");
    const StoredRow row(std::move(*bytes));
    done_bytes_ += row.bytes().size();
    SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
    SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name, row));
    SYNCLINE_ASSIGN(std::optional<Bytes> told,
                    view_delta(name, seqs.changed, {Before::Kind::absent, nullptr},
                               {&row.bytes(), mask, nullptr}));
    const size_t count = chunk->objects.size();
    take(std::move(told), chunk);
    ++done_;
    if (chunk->objects.size() > count) used += chunk->objects.back().size();
  }
  return {};
}

// Whole: whether they were held is not known.
Status Transfer::tell_dependent(size_t bytes, Chunk* chunk) {
  size_t used = 0;
  for (; dependent_told_ < dependent_.size() && used < bytes && large_.empty(); ++dependent_told_) {
    const ObjectName& name = dependent_[dependent_told_];
    SYNCLINE_ASSIGN(const StoredRow row, indexed_row(name));
    done_bytes_ += row.bytes().size();
    SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
    SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name, row));
    SYNCLINE_ASSIGN(std::optional<Bytes> told,
                    view_delta(name, seqs.changed, {Before::Kind::held, mask},
                               {mask == nullptr ? nullptr : &row.bytes(), mask, nullptr}));
    const size_t count = chunk->objects.size();
    take(std::move(told), chunk);
    ++done_;
    if (chunk->objects.size() > count) used += chunk->objects.back().size();
  }
  return {};
}

Result<Windows> Transfer::windows() {
  Windows windows;
  for (const TypeView& type : plan_.view->types) {
    if (type.members->windows().empty()) continue;
    SYNCLINE_ASSIGN(const std::set<ObjectKey>* keys, now_.in_windows(type.type));
    windows[type.type] = *keys;
  }
  return windows;
}

// Large ones wait for a chunk of their own.
void Transfer::take(std::optional<Bytes> told, Chunk* chunk) {
  if (!told) return;
  if (told->size() <= limits::kWholeInDeltaBytesMax) {
    chunk->objects.push_back(std::move(*told));
  } else {
    large_ = std::move(*told);
    large_told_ = 0;
  }
}

void Transfer::cut_fragment(size_t bytes, Chunk* chunk) {
  chunk->fragment = large_.substr(large_told_, bytes);
  chunk->fragment_offset = large_told_;
  chunk->fragment_total = large_.size();
  large_told_ += chunk->fragment.size();
  if (large_told_ == large_.size()) large_.clear();
}

// Those after the node's cursor: what is at or before it was integrated with it.
Status Transfer::open_decisions() {
  decisions_.emplace();
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, snapshot_->get(state_keys::origin(plan_.view->node)));
  if (!bytes) return {};
  SYNCLINE_ASSIGN(OriginRecord origin, decode_origin(*bytes));
  const LogSeq after = plan_.fork ? *plan_.fork : plan_.from.seq;
  for (const EpochRecord& epoch : origin.epochs) {
    if (SYNCLINE_PLANTED(forget_decisions)) break;
    SYNCLINE_ASSIGN(
        DecisionsAfter decisions,
        DecisionsAfter::find(*snapshot_, plan_.view->node, epoch.epoch, epoch.number, after));
    decisions_->push_back(std::move(decisions));
  }
  return {};
}

Status Transfer::add_decisions(size_t bytes, Chunk* chunk) {
  if (!decisions_) SYNCLINE_TRY(open_decisions());
  size_t used = 0;
  for (; !decisions_->empty(); decisions_->pop_front()) {
    while (used < bytes) {
      SYNCLINE_ASSIGN(std::optional<Decision> decision, decisions_->front().next());
      if (!decision) break;
      used += size_of(*decision);
      chunk->decisions.push_back(std::move(*decision));
    }
    if (used >= bytes) return {};
  }
  return {};
}

Result<Transfer::Chunk> Transfer::next(size_t bytes) {
  Chunk chunk;
  if (!large_.empty()) {
    cut_fragment(bytes, &chunk);
    return chunk;
  }
  chunk.leaves = std::move(leaves_);
  leaves_.clear();
  if (comparison_ != nullptr) {
    SYNCLINE_TRY(tell_differing(bytes, &chunk));
    if (differing_told_ < comparison_->differing().size() || !large_.empty()) return chunk;
    comparison_.reset();
  }
  if (dependent_told_ < dependent_.size()) {
    SYNCLINE_TRY(tell_dependent(bytes, &chunk));
    return chunk;
  }
  while (part_ < parts_.size()) {
    SYNCLINE_TRY(walk(&parts_[part_], bytes, &chunk));
    if (!parts_[part_].ended()) return chunk;
    parts_[part_].at.reset();
    ++part_;
    size_t used = 0;
    for (const Bytes& object : chunk.objects) used += object.size();
    if (used >= bytes || !large_.empty()) return chunk;
  }
  SYNCLINE_TRY(add_decisions(bytes, &chunk));
  chunk.last = decisions_->empty();
  return chunk;
}

}  // namespace syncline
