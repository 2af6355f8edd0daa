// Recent: the last committed entries, in memory, ready to be told to live sessions. Bounded in
// bytes: whoever falls behind it is served by a transfer instead. Encodings are shared by all
// sessions with the same mask.
//
// One thread (the machine's).
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "node/authority/fold.h"
#include "node/authority/view_delta.h"

namespace syncline {

class RecentEntry {
 public:
  RecentEntry(const Entry& entry, Folded folded, const Hash& hash);

  Cursor cursor;  // at this entry
  NodeId origin;
  Decision decision;
  bool personal = false;  // what is told of it depends on the node, not only on its view's token
  size_t bytes = 0;       // as Recent counts them

  // Who enters and leaves this view with the entry depends on more than the objects that it
  // changed: a transfer finds it out.
  bool needs_state(const View& view) const;
  // The view shows one of its objects, or did before. Requires: !needs_state(view).
  Result<bool> concerns(const View& view) const;
  // What a session whose view does not change at this entry must be told of it, encoded; appended
  // to `out`. Requires: !needs_state(view).
  Status tell(const View& view, std::vector<Bytes>* out) const;

  struct Object {
    ObjectName name;
    ObjectEffect::Change change;
    StoredRow before;
    StoredRow after;
    std::vector<Effect> changes;
    // Encoded deltas. Few different masks exist for a type: some for each role.
    struct Told {
      std::optional<FieldMask> was;  // shown so before; nullopt: not shown
      std::optional<FieldMask> is;   // ... after
      std::optional<Bytes> delta;
    };
    mutable std::vector<Told> told;
  };
  const std::vector<Object>& objects() const { return objects_; }

 private:
  Result<const std::optional<Bytes>*> encoded(const Object& object, const FieldMask* was,
                                              const FieldMask* is) const;
  std::vector<Object> objects_;
};

class Recent {
 public:
  void add(std::shared_ptr<const RecentEntry> entry);
  void clear() { entries_.clear(), bytes_ = 0; }
  bool reaches_back_to(LogSeq seq) const;
  // Requires: reaches_back_to(seq - 1).
  const RecentEntry& at(LogSeq seq) const {
    return *entries_[seq.value - entries_.front()->cursor.seq.value];
  }

 private:
  std::deque<std::shared_ptr<const RecentEntry>> entries_;
  size_t bytes_ = 0;
};

}  // namespace syncline
