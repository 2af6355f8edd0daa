// Model: what every object must be, computed a second time from the log's changesets alone: slowly,
// with all of history at hand, and sharing no code with node/merge.
//
//   Model model;
//   model.add({entry, changeset, base, stamp});      // entry by entry
//   ... compare model.object(name) with what the entry's effects give ...
//
// It knows by their outcomes which operations were refused, and leaves them out; what the others do
// it says itself. Where in a list an element stands it does not say: it keeps who put it where.
#pragma once

#include <functional>
#include <set>

#include "proto/entry.h"
#include "sim/model/place.h"

namespace syncline::sim {

struct ModelInput {
  const Entry& entry;
  const Changeset& changeset;  // its payload, decoded
  LogSeq base;                 // the changeset's, if it is of this log; else 0
  // The group's effective stamp: the entry's, but where its writer did not hold the object.
  std::function<Stamp(const Group&)> stamp;
};

class Model {
 public:
  // In the log's order.
  void add(const ModelInput& input);
  // Of the last entry: the ordinals of the operations that took effect.
  const std::set<uint32_t>& effective() const { return effective_; }
  // Its root place, with `kind` if it is present.
  Place& object(const ObjectName& name) { return objects_[name]; }

 private:
  Chains chains_;
  std::map<ObjectName, Place> objects_;
  std::set<uint32_t> effective_;
};

}  // namespace syncline::sim
