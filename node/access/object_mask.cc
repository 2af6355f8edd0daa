#include "node/access/object_mask.h"

#include <algorithm>

#include "proto/check.h"

namespace syncline {

ObjectMask::ObjectMask(std::vector<Condition> conditions, std::vector<FieldMask> masks,
                       std::vector<Places> places)
    : conditions_(std::move(conditions)), masks_(std::move(masks)), places_(std::move(places)) {
  CHECK(conditions_.size() <= kConditionsMax && masks_.size() == size_t{1} << conditions_.size(),
        "a mask for each combination of conditions");
}

const FieldMask& ObjectMask::of(const Value& id, const Scope& fields) const {
  size_t holding = 0;
  for (size_t i = 0; i < conditions_.size(); ++i)
    if (conditions_[i]->holds(id, fields)) holding |= size_t{1} << i;
  return masks_[holding];
}

size_t ObjectMask::holding_in(const Value& id, const Scope* before, const Scope* after) const {
  size_t holding = 0;
  for (size_t i = 0; i < conditions_.size(); ++i)
    if (conditions_[i]->lets(id, before, after)) holding |= size_t{1} << i;
  return holding;
}

const FieldMask& ObjectMask::of_change(const Value& id, const Scope* before,
                                       const Scope* after) const {
  return masks_[holding_in(id, before, after)];
}

ObjectMask::Keeper ObjectMask::keeper_of(const Path& path, const Value& id, const Scope* before,
                                         const Scope* after) const {
  const size_t holding = holding_in(id, before, after);
  const FieldMask::Sight sight = masks_[holding].sight(path);
  for (size_t i = 0; i < conditions_.size(); ++i) {
    const size_t with = holding | size_t{1} << i;
    if (with == holding || masks_[with].sight(path) <= sight) continue;
    return {conditions_[i].get(), i < places_.size() ? places_[i] : Places()};
  }
  return {};
}

bool ObjectMask::reads(const Step& step) const {
  return std::ranges::any_of(conditions_, [&](const Condition& condition) {
    return std::ranges::binary_search(condition->reads(), step);
  });
}

bool ObjectMask::operator==(const ObjectMask& other) const {
  return masks_ == other.masks_ &&
         std::ranges::equal(conditions_, other.conditions_,
                            [](const Condition& a, const Condition& b) { return *a == *b; });
}

}  // namespace syncline
