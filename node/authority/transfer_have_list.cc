// What the node is asked that it holds, and what its answer says of it.
#include <algorithm>

#include "node/authority/transfer_parts.h"
#include "proto/buckets.h"
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

}  // namespace

Result<std::optional<HaveAsk>> Transfer::begin(SessionNonce session, uint64_t request) {
  request_ = request;
  if (plan_.resume && !can_resume()) plan_.resume.reset();
  SYNCLINE_TRY(plan_parts());
  if (plan_.fork && !plan_.everything) return ask_everything(session);
  uint64_t most = 0;
  keys_listed_max_ = kKeysListedSpare;
  for (const Part& part : parts_) {
    most = std::max(most, total_of(part.type).objects);
    keys_listed_max_ += total_of(part.type).objects;
  }
  while (bucket_bits_ < kBucketBitsMax && (most >> bucket_bits_) > kKeysPerBucket) ++bucket_bits_;
  SYNCLINE_TRY(collect_candidates());
  if (plan_.resume) SYNCLINE_TRY(collect_staged());
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
  HaveAsk ask{session, request, plan_.salt, bucket_bits_, false, {}, plan_.resume.has_value()};
  for (const auto& [type, buckets] : candidates_)
    ask.types.push_back({type, std::vector<uint32_t>(buckets.begin(), buckets.end())});
  return ask;
}

// All that the node holds, with the seq of each row, in one bucket for each type.
HaveAsk Transfer::ask_everything(SessionNonce session) {
  HaveAsk ask{session, request_, plan_.salt, 0, true, {}, false};
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
    keys_listed_max_ += total_of(part.type).objects;
    // What was removed since is held too.
    auto marks = snapshot_->scan(state_keys::by_seq(part.type, LogSeq(plan_.fork->value + 1), {}),
                                 prefix_end(state_keys::by_seq_of(part.type)));
    for (; marks->valid(); marks->next()) keys_listed_max_ += marks->value().empty() ? 0 : 1;
  }
  comparison_ = std::make_unique<Comparison>(snapshot_.get(), &now_, *plan_.fork, std::move(types));
  return ask;
}

Status Transfer::become_bootstrap() {
  plan_.everything = true;
  plan_.old_view.reset();
  comparison_.reset();
  leaves_.clear();
  candidates_.clear();
  asked_whole_.clear();
  dependent_.clear();
  parts_.clear();
  total_ = total_bytes_ = 0;
  return plan_parts();
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
    if (!told_one_by_one) {
      SYNCLINE_TRY(become_bootstrap());
    } else {
      expect(comparison_->differing());
    }
  }
  return list.last;
}

}  // namespace syncline
