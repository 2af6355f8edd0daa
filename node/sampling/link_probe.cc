#include "node/sampling/link_probe.h"

#include <algorithm>

#include "node/sampling/reservoir.h"
#include "proto/ids.h"

namespace syncline::sampling {

std::optional<uint64_t> id_hash(const Value& value) {
  const Result<ObjectKey> key = object_key(value);
  if (!key) return std::nullopt;
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, then mixed: the low bits alone choose a bucket
  for (const unsigned char byte : key->bytes) hash = (hash ^ byte) * 0x100000001b3;
  return Random(hash).next();
}

bool IdSet::add(uint64_t hash) {
  if (hashes_.contains(hash)) return false;
  if (hashes_.size() >= kIdsMax) {
    complete_ = false;
    return true;
  }
  hashes_.insert(hash);
  return true;
}

void LinkProbe::add(uint64_t hash) {
  const uint64_t number = seen_++;
  if (kept_.size() < kProbedValuesMax) {
    kept_.push_back(hash);
    return;
  }
  // Drawn from how many came before: no state, and no two fields need differ.
  const uint64_t place = Random(number).below(number + 1);
  if (place < kept_.size()) kept_[place] = hash;
}

void LinkProbe::merge(LinkProbe&& other) {
  for (const uint64_t hash : other.kept_) add(hash);
  seen_ += other.seen_ - other.kept_.size();
}

LinkProbe::Resolved LinkProbe::resolve(const IdSet& ids) const {
  const auto found =
      std::count_if(kept_.begin(), kept_.end(), [&](uint64_t hash) { return ids.contains(hash); });
  return {kept_.size(), static_cast<uint64_t>(found)};
}

}  // namespace syncline::sampling
