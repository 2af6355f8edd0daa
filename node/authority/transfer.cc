#include "node/authority/transfer.h"

#include <algorithm>

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
  bool held_before = false;  // the old view showed the type
  const FieldMask* old_mask = nullptr;
  bool same_mask = false;
  std::optional<ObjectKey>
      only_up_to;  // by_seq of a resumed bootstrap: what was staged reaches this far
  std::unique_ptr<Iterator> at;
};

// The complete have-list of a node that stands above a fork, against the snapshot: both in order of
// (type, key), so one walk beside it is enough. What differs is remembered until the list is whole.
class Transfer::Comparison {
 public:
  Comparison(const Reader* snapshot, const TransferPlan* plan, std::vector<TypeNumber> types)
      : snapshot_(snapshot), plan_(plan), types_(std::move(types)) {}

  // The node holds the object, as of an entry of its own log: does it leave?
  Result<bool> list(const ObjectName& name, LogSeq changed) {
    SYNCLINE_TRY(pass_until(name));
    const bool here = type_ < types_.size() && types_[type_] == name.type && at_->valid() &&
                      state_keys::key_of_row(at_->key()) == name.key;
    if (!here || plan_->view->shows(name) == nullptr) {
      if (here) at_->next();
      return true;
    }
    SYNCLINE_ASSIGN(RowSeqs seqs, decode_row_seqs(at_->value()));
    // Not changed since an entry that both logs have: the same. Else it is told whole.
    if (changed > *plan_->fork || seqs.changed != changed) add(name);
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
        if (plan_->view->shows(here) != nullptr) add(here);
      }
      SYNCLINE_TRY(at_->status());
      if (name && name->type == type) return {};
    }
    return {};
  }

  const Reader* snapshot_;
  const TransferPlan* plan_;
  std::vector<TypeNumber> types_;  // ascending
  size_t type_ = 0;
  std::unique_ptr<Iterator> at_;
  std::vector<ObjectName> differing_;
  size_t bytes_ = 0;
};

Transfer::Transfer(std::unique_ptr<Reader> snapshot, TransferPlan plan)
    : snapshot_(std::move(snapshot)), plan_(std::move(plan)) {
  plan_parts();
}

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
  const auto mask_in = [&](const View* view) -> const FieldMask* {
    if (view == nullptr) return nullptr;
    if (type == system_type::kSubscription) return &mask_of_everything();
    const TypeView* found = view->find(type);
    return found == nullptr ? nullptr : &found->mask;
  };
  Part part;
  part.type = type;
  part.old_mask = mask_in(plan_.old_view ? &*plan_.old_view : nullptr);
  const FieldMask* mask = mask_in(plan_.view.get());
  part.held_before = part.old_mask != nullptr;
  part.same_mask = part.old_mask != nullptr && mask != nullptr && *part.old_mask == *mask;
  part.known_up_to = plan_.everything ? LogSeq(0) : plan_.from.seq;
  if (plan_.fork && !plan_.everything) {
    // Not walked: told of are the differences from what the node lists.
    part.to = part.from = state_keys::rows_of(type);
    parts_.push_back(std::move(part));
    return;
  }
  if (part.same_mask) {
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
    staged.held_before = true;
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
  return plan_.old_view && plan_.old_view->shows(name) != nullptr;
}

// What was in the old view and is gone, or out of the new one: by the marks of removal after the
// cursor, and by rows that changed after it in types that the new view shows otherwise.
Status Transfer::collect_candidates() {
  if (plan_.everything) return {};
  for (const Part& part : parts_) {
    if (!part.held_before) continue;
    auto marks =
        snapshot_->scan(state_keys::by_seq(part.type, LogSeq(plan_.from.seq.value + 1), {}),
                        prefix_end(state_keys::by_seq_of(part.type)));
    for (; marks->valid(); marks->next()) {
      const auto [seq, key] = state_keys::parts_of_by_seq(marks->key());
      const ObjectName name{part.type, key};
      const bool gone = !marks->value().empty() || plan_.view->shows(name) == nullptr;
      keys_listed_max_ += gone ? 1 : 0;
      if (gone && may_hold(name))
        candidates_[part.type].insert(bucket_of(plan_.salt, part.type, key, bucket_bits_));
    }
    SYNCLINE_TRY(marks->status());
  }
  return {};
}

Result<std::optional<HaveAsk>> Transfer::begin(SessionNonce session, uint64_t request) {
  request_ = request;
  if (plan_.fork && !plan_.everything) return ask_everything(session);
  uint64_t most = 0;
  keys_listed_max_ = kKeysListedSpare;
  for (const Part& part : parts_) {
    most = std::max(most, count_of(part.type));
    keys_listed_max_ += count_of(part.type);
  }
  while (bucket_bits_ < kBucketBitsMax && (most >> bucket_bits_) > kKeysPerBucket) ++bucket_bits_;
  SYNCLINE_TRY(collect_candidates());
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
  comparison_ = std::make_unique<Comparison>(snapshot_.get(), &plan_, std::move(types));
  return ask;
}

void Transfer::become_bootstrap() {
  plan_.everything = true;
  plan_.old_view.reset();
  comparison_.reset();
  leaves_.clear();
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
      SYNCLINE_ASSIGN(std::optional<Bytes> row, snapshot_->get(state_keys::row(name)));
      if (SYNCLINE_PLANTED(keep_left)) continue;
      if (!row || plan_.view->shows(name) == nullptr) leaves.positions.push_back(position);
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

Result<std::optional<Bytes>> Transfer::tell_row(const Part& part, const ObjectName& name,
                                                const Bytes& row) {
  SYNCLINE_ASSIGN(RowSeqs seqs, decode_row_seqs(row));
  Before before;
  if (part.held_before && may_hold(name) && seqs.born <= part.known_up_to) {
    before.kind = seqs.changed <= part.known_up_to ? Before::Kind::known : Before::Kind::held;
    before.mask = part.old_mask;
  }
  const FieldMask* mask = plan_.view->shows(name);
  // What is gone from the view after a change is a candidate of the have-list: not told by name.
  if (mask == nullptr && before.kind != Before::Kind::known) return std::nullopt;
  return view_delta(name, seqs.changed, before, {mask == nullptr ? nullptr : &row, mask, nullptr});
}

Status Transfer::tell_by_seq(const Part& part, BytesView key, BytesView value, Chunk* chunk) {
  const auto [seq, object_key] = state_keys::parts_of_by_seq(key);
  const ObjectName name{part.type, object_key};
  if (part.only_up_to && *part.only_up_to < object_key) return {};
  const FieldMask* mask = plan_.view->shows(name);
  if (mask == nullptr) return {};
  std::optional<Bytes> told;
  if (!value.empty()) {
    // Removed. In a bootstrap that is resumed what was staged is known to be held; else the
    // have-list tells.
    if (!plan_.everything) return {};
    SYNCLINE_ASSIGN(told, view_delta(name, seq, {Before::Kind::held, mask}, {}));
  } else {
    SYNCLINE_ASSIGN(std::optional<Bytes> row, snapshot_->get(state_keys::row(name)));
    if (!row)
      return fail(ErrorCode::kStoreDamaged, "the by-seq index names an object that has no row");
    SYNCLINE_ASSIGN(told,
                    view_delta(name, seq, {Before::Kind::held, mask}, {&*row, mask, nullptr}));
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
      SYNCLINE_ASSIGN(std::optional<Bytes> told, tell_row(*part, name, Bytes(part->at->value())));
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
    SYNCLINE_ASSIGN(std::optional<Bytes> row, snapshot_->get(state_keys::row(name)));
    if (!row) return fail(ErrorCode::kStoreDamaged, "a snapshot that has changed");
    SYNCLINE_ASSIGN(RowSeqs seqs, decode_row_seqs(*row));
    SYNCLINE_ASSIGN(std::optional<Bytes> told,
                    view_delta(name, seqs.changed, {Before::Kind::absent, nullptr},
                               {&*row, plan_.view->shows(name), nullptr}));
    const size_t count = chunk->objects.size();
    take(std::move(told), chunk);
    ++done_;
    if (chunk->objects.size() > count) used += chunk->objects.back().size();
  }
  return {};
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
