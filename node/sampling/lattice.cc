#include "node/sampling/lattice.h"

#include <algorithm>

namespace syncline::sampling {
namespace {

bool is_number_kind(ValueKind kind) {
  return kind == ValueKind::int32 || kind == ValueKind::int64 || kind == ValueKind::floating;
}

// Kinds that one field holds without conflict count as one.
ValueKind representative(ValueKind kind, bool exact) {
  if (kind == ValueKind::int32) kind = ValueKind::int64;
  if (kind == ValueKind::int64 && exact) return ValueKind::floating;
  return kind;
}

}  // namespace

JoinedType join(const Place& place) {
  std::map<ValueKind, uint64_t> classes;
  uint64_t total = 0;
  for (const auto& [kind, tally] : place.kinds) {
    if (kind == ValueKind::null) continue;
    classes[representative(kind, place.exact_integers)] += tally.count;
    total += tally.count;
  }
  if (total == 0) return {"mixed", JoinedType::Why::no_values, 0};
  uint64_t most = 0;
  for (const auto& [kind, count] : classes) most = std::max(most, count);
  if (classes.size() > 1) {
    const bool numbers = std::all_of(classes.begin(), classes.end(),
                                     [](const auto& each) { return is_number_kind(each.first); });
    return {"mixed", numbers ? JoinedType::Why::inexact : JoinedType::Why::conflicting,
            total - most};
  }
  // One class: its widest kind is the type.
  const ValueKind last = classes.begin()->first;
  if (is_number_kind(last)) {
    for (const ValueKind kind : {ValueKind::floating, ValueKind::int64, ValueKind::int32})
      if (place.count(kind) > 0) return {std::string(bson_type_of(kind)), {}, 0};
  }
  if (last == ValueKind::reference) return {"mixed", JoinedType::Why::references, 0};
  if (last == ValueKind::other) return {"mixed", JoinedType::Why::no_name, 0};
  return {std::string(bson_type_of(last)), {}, 0};
}

}  // namespace syncline::sampling
