// ChangeSet: what a sequence of changes leaves behind, as a sorted overlay: points, and erased
// ranges below them.
//
// A change hides every earlier one on the same keys, so an overlay needs only the last point of
// each key and the union of the ranges; a point in it always lies above the ranges. Used by Layers
// and by ingestion. Holds views: the changes must outlive it and stay where they are. Not
// thread-safe.
#pragma once

#include <map>
#include <unordered_set>

#include "absl/container/btree_map.h"
#include "storage/store.h"

namespace syncline {

// Is the key below an end of a range, where an empty end is "to the end"?
inline bool before_end(BytesView key, BytesView end) { return end.empty() || key < end; }

// Does the change keep Batch's rule for keys? Ranges may begin anywhere.
inline bool has_keyspace(const Batch::Change& change) {
  return change.kind == Batch::Change::Kind::erase_range ||
         (!change.key.empty() && change.key[0] != '\xff');
}

class ChangeSet {
 public:
  using Points = absl::btree_map<BytesView, const Batch::Change*>;
  // From -> to, disjoint and not touching; an empty `to` is the end.
  using Ranges = std::map<BytesView, BytesView>;

  void add(const Batch::Change& change);
  void add(const Batch& batch) {
    for (const Batch::Change& change : batch.changes()) add(change);
  }
  const Points& points() const { return points_; }
  const Ranges& ranges() const { return ranges_; }
  // The last put or erase of the key, if it stands above every range erase.
  const Batch::Change* find(BytesView key) const;
  // The puts that the next change on their key, a put too, replaced: without them all comes to the
  // same.
  const std::unordered_set<const Batch::Change*>& replaced() const { return replaced_; }
  // Does a range erase cover the key (whether or not a later point stands there)?
  bool covers(BytesView key) const;

 private:
  void erase_range(BytesView from, BytesView to);
  Points points_;
  Ranges ranges_;
  std::unordered_set<const Batch::Change*> replaced_;
};

}  // namespace syncline
