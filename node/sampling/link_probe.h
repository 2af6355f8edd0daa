// LinkProbe: some of a field's values, to see later whether they are _ids of another type; and
// IdSet: the _ids of a type. Both keep hashes, in bounded memory, the same for the same input.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "node/sampling/sampling_limits.h"
#include "syncline/value.h"

namespace syncline::sampling {

// Of a value that can be an _id; nothing: it cannot. int and long of one number are one key.
std::optional<uint64_t> id_hash(const Value& value);

class IdSet {
 public:
  // False: it was there already (or a hash collides, one in 10^19 pairs).
  bool add(uint64_t hash);
  bool contains(uint64_t hash) const { return hashes_.contains(hash); }
  // Whether all were kept.
  bool complete() const { return complete_; }

 private:
  std::unordered_set<uint64_t> hashes_;
  bool complete_ = true;
};

class LinkProbe {
 public:
  // Keeps a uniform choice of the values added.
  void add(uint64_t hash);
  void merge(LinkProbe&& other);
  uint64_t seen() const { return seen_; }
  struct Resolved {
    uint64_t of = 0;
    uint64_t resolved = 0;
    bool enough() const { return of > 0 && double(resolved) > kResolvedMin * double(of); }
  };
  Resolved resolve(const IdSet& ids) const;

 private:
  std::vector<uint64_t> kept_;
  uint64_t seen_ = 0;
};

}  // namespace syncline::sampling
