// ObjectMask: which fields of an object somebody may see or write. One mask for every object of the
// type, or, where a role's field permissions are conditions on the object, one for each of their
// answers ("salary" only in documents of which `owner_id` is the user).
//
// The more conditions hold, the more is in. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/access/document_filter.h"
#include "node/access/field_mask.h"

namespace syncline {

class ObjectMask {
 public:
  // So many conditions one role's field permissions may have: there is a mask for each combination.
  static constexpr size_t kConditionsMax = 6;
  using Condition = std::shared_ptr<const DocumentFilter>;

  ObjectMask() : masks_(1) {}  // nothing of any object
  // NOLINTNEXTLINE(google-explicit-constructor): one for every object
  ObjectMask(FieldMask mask) : masks_{std::move(mask)} {}
  // Requires: at most kConditionsMax conditions, and a mask for each combination: masks[i] if those
  // hold whose bits are in i.
  // `places`: of each condition, where the rules say it: JSON pointers, for texts only.
  using Places = std::vector<std::string>;
  ObjectMask(std::vector<Condition> conditions, std::vector<FieldMask> masks,
             std::vector<Places> places = {});

  // Of the object with this content. Valid as long as this.
  const FieldMask& of(const Value& id, const Scope& fields) const;
  // Of a change, null: absent. What a condition lets be written must be so before and after; one
  // that speaks of %%prevRoot says itself what it wants of both.
  const FieldMask& of_change(const Value& id, const Scope* before, const Scope* after) const;

  // What keeps a place out of the mask of a change: the first condition that does not let it, and
  // with which more of the place would be in. Null: no condition does.
  struct Keeper {
    const DocumentFilter* condition = nullptr;
    Places places;
  };
  Keeper keeper_of(const Path& path, const Value& id, const Scope* before,
                   const Scope* after) const;

  // It is the same for every object.
  bool is_fixed() const { return conditions_.empty(); }
  // What is in, of whatever object; and what may be in, of some.
  const FieldMask& least() const { return masks_.front(); }
  const FieldMask& most() const { return masks_.back(); }
  bool empty() const { return most().empty(); }
  // May a change of this top-level step change the mask?
  bool reads(const Step& step) const;

  const std::vector<Condition>& conditions() const { return conditions_; }
  const std::vector<FieldMask>& masks() const { return masks_; }
  // With each combination's mask changed so. Nothing that is granted under fewer conditions may be
  // taken under more.
  template <class Change>
  ObjectMask changed(const Change& change) const {
    ObjectMask out = *this;
    for (FieldMask& mask : out.masks_) change(&mask);
    return out;
  }
  bool operator==(const ObjectMask& other) const;

 private:
  size_t holding_in(const Value& id, const Scope* before, const Scope* after) const;

  std::vector<Condition> conditions_;
  std::vector<FieldMask> masks_;  // never empty
  std::vector<Places> places_;    // of conditions_, as far as known
};

}  // namespace syncline
