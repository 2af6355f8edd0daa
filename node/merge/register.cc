// Registers: scalars, removals and set membership.
#include "node/merge/scope.h"

namespace syncline::merging {

Ruling write_scalar(const Sight& sight, const Place& place, std::optional<Value> value,
                    bool by_default) {
  if (auto ruling = by_default ? barred_default(sight, place) : barred(sight, place)) {
    return *ruling;
  }
  MergeSlot& slot = place.make_slot();
  if (slot.scope != nullptr) {
    bury(sight, slot.scope.get());
  } else if (const Item* item = place.item(); item != nullptr && item->is_scope()) {
    bury(sight, &place.inner());
  }
  slot.write = sight.write();
  slot.by_default = by_default;
  slot.absent = !value;
  if (!value) {
    drop_adds(sight, by_default, &slot);
    place.scope.erase(place.step);
    return {};
  }
  place.put(fold_adds(sight, std::move(*value), by_default, &slot));
  return {};
}

}  // namespace syncline::merging
