// StateLookup: what the state's indexes know, in one snapshot. Sound, not complete: what it finds
// is to be looked at. Reads its snapshot only; one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "node/authority/state_indexes.h"

namespace syncline {

// Keys found for one question: beyond it, going through the type costs less than remembering.
inline constexpr size_t kLookedUpMax = 65'536;

class StateLookup {
 public:
  // state: outlives it. schema_mark: of whoever asks; under another one than theirs indexes tell
  // nothing.
  StateLookup(const Reader* state, uint64_t schema_mark)
      : state_(state), schema_mark_(schema_mark) {}

  using Keys = std::optional<std::set<ObjectKey>>;  // nullopt: no index tells, or too many
  // Objects of the type for which the terms may hold. kStoreDamaged.
  Result<Keys> matching(TypeNumber type, const query::IndexTerms& terms);
  // Objects of the type with one of these values at the path; comparison keys.
  Result<Keys> with_value(TypeNumber type, const query::TermPath& path,
                          const std::vector<Bytes>& values);

  // Objects of the type by their value at the path, those with equal values together and by key:
  // each is visited with whether its value is another than the last one's, until visit says false.
  // False: there is no such index.
  using Visit = std::function<Result<bool>(const ObjectKey&, bool another)>;
  Result<bool> visit_in_order(TypeNumber type, const query::TermPath& path, bool ascending,
                              const Visit& visit);

 private:
  // The number of a ready one.
  Result<std::optional<uint32_t>> find(TypeNumber type, const query::TermPath& path);
  // False: too many.
  Result<bool> add(const Bytes& from, const Bytes& to, std::set<ObjectKey>* keys) const;

  Result<bool> visit_group(const Bytes& from, bool another, const Visit& visit) const;

  const Reader* state_;
  const uint64_t schema_mark_;
  std::optional<StateIndexesRecord> record_;
};

}  // namespace syncline
