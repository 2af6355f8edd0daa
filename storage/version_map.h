// VersionMap: an ordered map whose past can be read for as long as someone has a view of it, and
// undone batch by batch. The inside of MemoryStore.
//
// Each key has its versions, newest first. A writer replaces the newest in place unless a view
// needs it. Not thread-safe: MemoryStore locks.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "storage/store.h"

namespace syncline {

class VersionMap {
 public:
  struct Version {
    uint64_t sequence = 0;
    std::optional<Bytes> value;  // nullopt: absent
    bool overwritten = false;    // put over a present one: not for single_erase
    std::unique_ptr<Version> older;
  };
  using Map = std::map<Bytes, std::unique_ptr<Version>, std::less<>>;
  // What a batch replaced, oldest first; undone last first.
  struct Replaced {
    Bytes key;
    std::optional<Bytes> value;
    bool overwritten = false;
  };
  using Undo = std::vector<Replaced>;

  // Applies the changes as one batch.
  void apply(const std::vector<Batch::Change>& changes, Undo* undo);
  // Requires: no views; the undo of the newest batch not undone.
  void undo(Undo undo);

  // Of the newest versions, keys and values.
  size_t bytes() const { return bytes_; }
  uint64_t now() const { return sequence_; }
  // Reads at this sequence see one state until the view is closed. Requires: now(), or that of an
  // open view.
  void open_view(uint64_t sequence) { views_.insert(sequence); }
  void close_view(uint64_t sequence);
  bool in_use() const { return !views_.empty(); }

  // What is present at a sequence. With a view of it open, places and the bytes there stay where
  // they are.
  using Place = Map::const_iterator;
  Place end() const { return map_.end(); }
  const Bytes* find(BytesView key, uint64_t sequence) const;  // null: absent
  const Bytes* value_at(Place place, uint64_t sequence) const;
  // end(): none.
  Place first_from(BytesView from, uint64_t sequence) const;
  Place after(Place place, uint64_t sequence) const;
  Place last_before(BytesView to, uint64_t sequence) const;  // an empty `to` is the end
  Place before(Place place, uint64_t sequence) const;

 private:
  void set(BytesView key, std::optional<Bytes> value, bool single_erase, Undo* undo);
  Place skip_absent(Place place, uint64_t sequence) const;
  void replace(Map::iterator at, std::optional<Bytes> value, bool overwritten);
  void prune(const Bytes& key);

  Map map_;
  size_t bytes_ = 0;
  uint64_t sequence_ = 0;
  std::multiset<uint64_t> views_;
  // Keys with versions that only views need, by the sequence at which they were superseded.
  std::multimap<uint64_t, Bytes> superseded_;
};

}  // namespace syncline
