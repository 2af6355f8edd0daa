#include "node/authority/transfer.h"

#include <algorithm>
#include <iterator>

#include "node/authority/newer.h"
#include "node/authority/state_keys.h"
#include "proto/buckets.h"
#include "proto/check.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Keys expected in one bucket: enough to hide which of them is meant, few enough to be cheap.
constexpr uint64_t kKeysPerBucket = 8;
// Keys that a have-list may name beyond what is here and what has gone since: bounds what a list
// that never ends can take, and refuses nobody.
constexpr uint64_t kKeysListedSpare = 4096;
// Unchanged objects that may have come in with others that changed: beyond it, telling everything
// costs less than remembering.
constexpr size_t kDependentMax = 65'536;
// ... and what it may hold of a log that is lost: as many objects as its entries can have made, but
// no more than this.
constexpr uint64_t kKeysOfLostLogMax = 10'000'000;

Bytes successor(Bytes key) {
  key.push_back('\0');
  return key;
}

const ObjectKey& own_subscriptions_from(NodeId node, ObjectKey* storage) {
  *storage = *object_key(Value(subscription_prefix(node)));
  return *storage;
}

}  // namespace

// One range of keys to walk, and how: a type's rows by key, or its by-seq index after a seq.
struct Transfer::Part {
  enum class Walk { rows, by_seq } walk = Walk::rows;
  TypeNumber type;
  Bytes from;
  Bytes to;
  LogSeq known_up_to;  // rows last changed at or before it are held as the old view shows them
  const TypeView* old_view = nullptr;  // null: the old view showed nothing of the type
  bool same_view = false;              // the new one is as the old one was
  std::optional<ObjectKey>
      only_up_to;  // by_seq of a resumed bootstrap: what was staged reaches this far
  std::unique_ptr<Iterator> at;
};

// The complete have-list of a node that stands above a fork, against the snapshot: both in order of
// (type, key), so one walk beside it is enough. What differs is remembered until the list is whole.
class Transfer::Comparison {
 public:
  Comparison(const Reader* snapshot, ViewAt* now, LogSeq fork, std::vector<TypeNumber> types)
      : snapshot_(snapshot), now_(now), fork_(fork), types_(std::move(types)) {}

  // The node holds the object, as of an entry of its own log: does it leave?
  Result<bool> list(const ObjectName& name, LogSeq changed) {
    SYNCLINE_TRY(pass_until(name));
    const bool here = type_ < types_.size() && types_[type_] == name.type && at_->valid() &&
                      state_keys::key_of_row(at_->key()) == name.key;
    if (!here) return true;
    const StoredRow row{Bytes(at_->value())};
    SYNCLINE_ASSIGN(const FieldMask* mask, now_->shows(name, row));
    if (mask == nullptr) {
      at_->next();
      return true;
    }
    SYNCLINE_ASSIGN(RowSeqs seqs, row.seqs());
    // Not changed since an entry that both logs have: the same. Else it is told whole.
    if (changed > fork_ || seqs.changed != changed) add(name);
    at_->next();
    return false;
  }
  // The list is whole. False: more differs than can be remembered.
  Result<bool> finish() {
    SYNCLINE_TRY(pass_until(std::nullopt));
    return bytes_ <= kDifferingBytesMax;
  }
  const std::vector<ObjectName>& differing() const { return differing_; }

 private:
  // Of names that differ: beyond it, telling everything costs less than remembering.
  static constexpr size_t kDifferingBytesMax = 4u << 20;

  void add(const ObjectName& name) {
    bytes_ += sizeof(ObjectName) + name.key.bytes.size();
    if (bytes_ <= kDifferingBytesMax) differing_.push_back(name);
  }

  // What lies before `name` (nullopt: all that is left) is not held: it enters.
  Status pass_until(const std::optional<ObjectName>& name) {
    for (; type_ < types_.size(); ++type_, at_.reset()) {
      const TypeNumber type = types_[type_];
      if (at_ == nullptr) {
        const Bytes from = state_keys::rows_of(type);
        at_ = snapshot_->scan(from, prefix_end(from));
      }
      for (; at_->valid(); at_->next()) {
        const ObjectName here{type, state_keys::key_of_row(at_->key())};
        if (name && !(here < *name)) return {};
        SYNCLINE_ASSIGN(const FieldMask* mask, now_->shows(here, StoredRow(Bytes(at_->value()))));
        if (mask != nullptr) add(here);
      }
      SYNCLINE_TRY(at_->status());
      if (name && name->type == type) return {};
    }
    return {};
  }

  const Reader* snapshot_;
  ViewAt* now_;
  LogSeq fork_;
  std::vector<TypeNumber> types_;  // ascending
  size_t type_ = 0;
  std::unique_ptr<Iterator> at_;
  std::vector<ObjectName> differing_;
  size_t bytes_ = 0;
};

Transfer::Transfer(std::unique_ptr<Reader> snapshot, TransferPlan plan)
    : snapshot_(std::move(snapshot)),
      plan_(std::move(plan)),
      now_(plan_.view.get(), snapshot_.get()) {}

Transfer::~Transfer() = default;

uint64_t Transfer::count_of(TypeNumber type) const {
  auto bytes = snapshot_->get(state_keys::type_count(type));
  return bytes && *bytes && (*bytes)->size() == 8 ? get_u64_big_endian(**bytes) : 0;
}

void Transfer::plan_parts() {
  std::set<TypeNumber> types;
  for (const TypeView& view : plan_.view->types) types.insert(view.type);
  if (plan_.old_view)
    for (const TypeView& view : plan_.old_view->types) types.insert(view.type);
  types.insert(system_type::kSubscription);
  for (TypeNumber type : types) plan_type(type);
}

void Transfer::plan_type(TypeNumber type) {
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
    return;
  }
  if (part.same_view) {
    part.walk = Part::Walk::by_seq;
    part.from = state_keys::by_seq(type, LogSeq(plan_.from.seq.value + 1), {});
    part.to = prefix_end(state_keys::by_seq_of(type));
    parts_.push_back(std::move(part));
    return;
  }
  part.from = state_keys::rows_of(type);
  part.to = prefix_end(part.from);
  if (type == system_type::kSubscription) {
    ObjectKey prefix;
    part.from = state_keys::row({type, own_subscriptions_from(plan_.view->node, &prefix)});
    part.to = prefix_end(part.from);
  }
  total_ += count_of(type);
  if (plan_.resume && type <= plan_.resume->type) {
    // What was staged of it is brought up to date; the walk goes on behind it.
    Part staged;
    staged.walk = Part::Walk::by_seq;
    staged.type = type;
    staged.from = state_keys::by_seq(type, LogSeq(plan_.resume->seq.value + 1), {});
    staged.to = prefix_end(state_keys::by_seq_of(type));
    if (type == plan_.resume->type) {
      staged.only_up_to = plan_.resume->last_key;
      part.from = std::max(part.from, successor(state_keys::row({type, plan_.resume->last_key})));
      parts_.push_back(std::move(staged));
    } else {
      parts_.push_back(std::move(staged));
      return;
    }
  }
  parts_.push_back(std::move(part));
}

bool Transfer::may_hold(const ObjectName& name) const {
  return plan_.old_view && plan_.old_view->covers(name) != nullptr;
}

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
      SYNCLINE_TRY(collect_dependent(part));
    } else {
      asked_whole_.insert(part.type);
    }
  }
  if (dependent_.size() > kDependentMax) become_bootstrap();
  return {};
}

// Marks of removal after the cursor, and rows that changed after it and are not shown now.
Status Transfer::collect_changed(const Part& part) {
  auto marks = snapshot_->scan(state_keys::by_seq(part.type, LogSeq(plan_.from.seq.value + 1), {}),
                               prefix_end(state_keys::by_seq_of(part.type)));
  for (; marks->valid(); marks->next()) {
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
  return marks->status();
}

// Objects that have not changed, but what they link to or stand among has.
Status Transfer::collect_dependent(const Part& part) {
  std::set<ObjectKey> keys;
  if (!SYNCLINE_PLANTED(forget_linking)) SYNCLINE_TRY(collect_linking(part, &keys));
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
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, snapshot_->get(state_keys::row(name)));
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
  return {};
}

// Objects of the type that link to one that has changed since the cursor.
Status Transfer::collect_linking(const Part& part, std::set<ObjectKey>* linking) const {
  std::map<TypeNumber, std::set<ObjectKey>> changed;
  for (TypeNumber target : part.old_view->members->followed()) {
    auto marks = snapshot_->scan(state_keys::by_seq(target, LogSeq(plan_.from.seq.value + 1), {}),
                                 prefix_end(state_keys::by_seq_of(target)));
    for (; marks->valid(); marks->next())
      changed[target].insert(state_keys::parts_of_by_seq(marks->key()).second);
    SYNCLINE_TRY(marks->status());
  }
  if (changed.empty()) return {};
  const Bytes from = state_keys::rows_of(part.type);
  auto at = snapshot_->scan(from, prefix_end(from));
  for (; at->valid(); at->next()) {
    const StoredRow stored{Bytes(at->value())};
    SYNCLINE_ASSIGN(const Row* row, stored.row());
    if (part.old_view->members->links_to(*row, changed))
      linking->insert(state_keys::key_of_row(at->key()));
  }
  return at->status();
}

Result<StoredRow> Transfer::indexed_row(const ObjectName& name) const {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, snapshot_->get(state_keys::row(name)));
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
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, snapshot_->get(state_keys::merge(name)));
  if (!bytes) return std::nullopt;
  SYNCLINE_ASSIGN(const MergeRow merge, decode_merge_row(*bytes));
  // Deleted since, and created anew: what is held has nothing in common with what is there.
  if (merge.root.reset && merge.root.reset->seq > plan_.from.seq) return std::nullopt;
  std::vector<Step> steps = steps_newer_than(plan_.from.seq, merge);
  if (std::any_of(steps.begin(), steps.end(),
                  [&](const Step& step) { return members.reads(step); }))
    return std::nullopt;
  return std::optional(std::move(steps));
}

// Of an object that was staged and has changed since, only the object as it is now is known: where
// its content decides whether the view shows it, it may have been staged or not. Then the bootstrap
// begins anew, for nothing that is not held is ever named.
Result<bool> Transfer::can_resume() const {
  for (const TypeView& view : plan_.view->types) {
    if (view.type > plan_.resume->type) break;
    if (view.members->is_everything()) continue;
    auto marks =
        snapshot_->scan(state_keys::by_seq(view.type, LogSeq(plan_.resume->seq.value + 1), {}),
                        prefix_end(state_keys::by_seq_of(view.type)));
    for (; marks->valid(); marks->next()) {
      const auto [seq, key] = state_keys::parts_of_by_seq(marks->key());
      if (view.type == plan_.resume->type && plan_.resume->last_key < key) continue;
      if (view.members->reach() != Membership::Reach::own) return false;
      if (!marks->value().empty()) return false;
      SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows({view.type, key}));
      if (mask == nullptr) return false;
    }
    SYNCLINE_TRY(marks->status());
  }
  return true;
}

Result<std::optional<HaveAsk>> Transfer::begin(SessionNonce session, uint64_t request) {
  request_ = request;
  if (plan_.resume) {
    SYNCLINE_ASSIGN(const bool can, can_resume());
    if (!can) plan_.resume.reset();
  }
  plan_parts();
  if (plan_.fork && !plan_.everything) return ask_everything(session);
  uint64_t most = 0;
  keys_listed_max_ = kKeysListedSpare;
  for (const Part& part : parts_) {
    most = std::max(most, count_of(part.type));
    keys_listed_max_ += count_of(part.type);
  }
  while (bucket_bits_ < kBucketBitsMax && (most >> bucket_bits_) > kKeysPerBucket) ++bucket_bits_;
  SYNCLINE_TRY(collect_candidates());
  for (TypeNumber type : asked_whole_)
    for (uint32_t bucket = 0; bucket < 1u << bucket_bits_; ++bucket)
      candidates_[type].insert(bucket);
  size_t buckets = 0;
  for (const auto& [type, asked] : candidates_) buckets += asked.size();
  if (buckets > limits::kBucketsAskedMax) {
    // Too many to name: ask for all that the node holds of these types.
    bucket_bits_ = 0;
    for (auto& [type, asked] : candidates_) asked = {0};
  }
  if (candidates_.empty()) return std::nullopt;
  HaveAsk ask{session, request, plan_.salt, bucket_bits_, false, {}};
  for (const auto& [type, buckets] : candidates_)
    ask.types.push_back({type, std::vector<uint32_t>(buckets.begin(), buckets.end())});
  return ask;
}

// All that the node holds, with the seq of each row, in one bucket for each type.
HaveAsk Transfer::ask_everything(SessionNonce session) {
  HaveAsk ask{session, request_, plan_.salt, 0, true, {}};
  std::vector<TypeNumber> types;
  const uint64_t above = plan_.from.seq.value - std::min(plan_.from.seq.value, plan_.fork->value);
  keys_listed_max_ =
      kKeysListedSpare + (above > kKeysOfLostLogMax / limits::kOperationsPerChangesetMax
                              ? kKeysOfLostLogMax
                              : above * limits::kOperationsPerChangesetMax);
  for (const Part& part : parts_) {
    types.push_back(part.type);
    candidates_[part.type] = {0};
    ask.types.push_back({part.type, {0}});
    keys_listed_max_ += count_of(part.type);
    // What was removed since is held too.
    auto marks = snapshot_->scan(state_keys::by_seq(part.type, LogSeq(plan_.fork->value + 1), {}),
                                 prefix_end(state_keys::by_seq_of(part.type)));
    for (; marks->valid(); marks->next()) keys_listed_max_ += marks->value().empty() ? 0 : 1;
  }
  comparison_ = std::make_unique<Comparison>(snapshot_.get(), &now_, *plan_.fork, std::move(types));
  return ask;
}

void Transfer::become_bootstrap() {
  plan_.everything = true;
  plan_.old_view.reset();
  comparison_.reset();
  leaves_.clear();
  candidates_.clear();
  asked_whole_.clear();
  dependent_.clear();
  parts_.clear();
  plan_parts();
}

// A bucket goes on in the next message only as that message's first: its positions go on too.
Status Transfer::open_bucket(const HaveList::Bucket& bucket, bool first_of_message) {
  const std::pair at(bucket.type, bucket.bucket);
  auto type = candidates_.find(bucket.type);
  if (type == candidates_.end() || !type->second.contains(bucket.bucket))
    return fail(ErrorCode::kMalformed, "a have-list with a bucket that was not asked for");
  if (answering_ && first_of_message && *answering_ == at && !bucket.keys.empty()) return {};
  if (answering_ && *answering_ >= at)
    return fail(ErrorCode::kMalformed, "a have-list that names a bucket twice, or out of order");
  answering_ = at;
  ++answered_;
  position_ = 0;
  last_key_ = {};
  return {};
}

Result<bool> Transfer::answer(const HaveList& list) {
  if (list.buckets.empty() && !list.last)
    return fail(ErrorCode::kMalformed, "a part of a have-list with nothing in it");
  for (const HaveList::Bucket& bucket : list.buckets) {
    SYNCLINE_TRY(open_bucket(bucket, &bucket == &list.buckets.front()));
    Leaves leaves{request_, bucket.type, bucket.bucket, {}};
    for (size_t i = 0; i < bucket.keys.size(); ++i) {
      const ObjectKey& key = bucket.keys[i];
      const ObjectName name{bucket.type, key};
      if (bucket_of(plan_.salt, name.type, name.key, bucket_bits_) != bucket.bucket)
        return fail(ErrorCode::kMalformed, "a have-list with a key that is not of its bucket");
      if (position_ > 0 && !(last_key_ < key))
        return fail(ErrorCode::kMalformed, "a have-list whose keys are out of order");
      if (++keys_listed_ > keys_listed_max_)
        return fail(ErrorCode::kMalformed, "a have-list with more keys than the node can hold");
      last_key_ = key;
      const uint32_t position = position_++;
      if (comparison_ != nullptr) {
        if (bucket.changed.size() != bucket.keys.size())
          return fail(ErrorCode::kMalformed, "a have-list without the seq of each row");
        SYNCLINE_ASSIGN(const bool leaves_view, comparison_->list(name, bucket.changed[i]));
        if (leaves_view) leaves.positions.push_back(position);
        continue;
      }
      SYNCLINE_ASSIGN(const FieldMask* mask, now_.shows(name));
      if (SYNCLINE_PLANTED(keep_left)) continue;
      if (mask == nullptr) leaves.positions.push_back(position);
    }
    if (!leaves.positions.empty()) leaves_.push_back(std::move(leaves));
  }
  size_t asked = 0;
  for (const auto& [type, buckets] : candidates_) asked += buckets.size();
  if (list.last && answered_ < asked)
    return fail(ErrorCode::kMalformed, "a have-list without a bucket that was asked for");
  if (list.last && comparison_ != nullptr) {
    SYNCLINE_ASSIGN(const bool told_one_by_one, comparison_->finish());
    if (!told_one_by_one) become_bootstrap();
  }
  return list.last;
}

// What the node has of an object, going by what the object is now.
Result<Before> Transfer::before_of(const Part& part, const ObjectName& name,
                                   const StoredRow& row) const {
  SYNCLINE_ASSIGN(const RowSeqs seqs, row.seqs());
  if (part.old_view == nullptr || !may_hold(name) || seqs.born > part.known_up_to) return Before{};
  if (seqs.changed > part.known_up_to || part.old_view->members->reach() != Membership::Reach::own)
    return Before{Before::Kind::held, &part.old_view->mask};
  SYNCLINE_ASSIGN(const bool was, part.old_view->members->holds(part.old_view->mask, row));
  return was ? Before{Before::Kind::known, &part.old_view->mask} : Before{};
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
  const TypeView* view = plan_.view->covers(name);
  if (view == nullptr) return {};
  std::optional<Bytes> told;
  if (!value.empty()) {
    // Removed. In a bootstrap that is resumed what was staged is known to be held (can_resume());
    // else the have-list tells.
    if (!plan_.everything) return {};
    SYNCLINE_ASSIGN(told, view_delta(name, seq, {Before::Kind::held, &view->mask}, {}));
  } else {
    SYNCLINE_ASSIGN(const StoredRow row, indexed_row(name));
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
    SYNCLINE_ASSIGN(told, view_delta(name, seq, before, {&row.bytes(), mask, &changes}));
  }
  take(std::move(told), chunk);
  ++done_;
  return {};
}

Status Transfer::walk(Part* part, size_t bytes, Chunk* chunk) {
  if (part->at == nullptr) part->at = snapshot_->scan(part->from, part->to);
  size_t used = 0;
  for (const Bytes& object : chunk->objects) used += object.size();
  for (; part->at->valid() && used < bytes && large_.empty(); part->at->next()) {
    const size_t count = chunk->objects.size();
    if (part->walk == Part::Walk::by_seq) {
      SYNCLINE_TRY(tell_by_seq(*part, part->at->key(), part->at->value(), chunk));
    } else {
      const ObjectName name{part->type, state_keys::key_of_row(part->at->key())};
      SYNCLINE_ASSIGN(std::optional<Bytes> told,
                      tell_row(*part, name, StoredRow(Bytes(part->at->value()))));
      take(std::move(told), chunk);
      ++done_;
    }
    if (chunk->objects.size() > count) used += chunk->objects.back().size();
  }
  return part->at->status();
}

// Whole: it replaces whatever is held.
Status Transfer::tell_differing(size_t bytes, Chunk* chunk) {
  size_t used = 0;
  const std::vector<ObjectName>& names = comparison_->differing();
  for (; differing_told_ < names.size() && used < bytes && large_.empty(); ++differing_told_) {
    const ObjectName& name = names[differing_told_];
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, snapshot_->get(state_keys::row(name)));
    if (!bytes) return fail(ErrorCode::kStoreDamaged, "a snapshot that has changed");
    const StoredRow row(std::move(*bytes));
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
    ChangesetName name{plan_.view->node, epoch.epoch, 0};
    const Bytes from = state_keys::decision(name);
    name.number = epoch.number + 1;
    const Bytes to = state_keys::decision(name);
    // Within an epoch numbers rise with seqs: back from the newest to one that is integrated.
    Bytes first;
    auto back = snapshot_->scan_back(from, to);
    for (; back->valid(); back->next()) {
      SYNCLINE_ASSIGN(Decision decision, decode_decision(back->value()));
      if (decision.seq <= after || SYNCLINE_PLANTED(forget_decisions)) break;
      first.assign(back->key());
    }
    SYNCLINE_TRY(back->status());
    if (!first.empty()) decisions_->push_back(snapshot_->scan(first, to));
  }
  return {};
}

Status Transfer::add_decisions(size_t bytes, Chunk* chunk) {
  if (!decisions_) SYNCLINE_TRY(open_decisions());
  size_t used = 0;
  for (; !decisions_->empty(); decisions_->pop_front()) {
    Iterator& at = *decisions_->front();
    for (; at.valid(); at.next()) {
      if (used >= bytes) return {};
      SYNCLINE_ASSIGN(Decision decision, decode_decision(at.value()));
      used += at.key().size() + at.value().size();
      chunk->decisions.push_back(std::move(decision));
    }
    SYNCLINE_TRY(at.status());
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
    if (parts_[part_].at->valid()) return chunk;
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
