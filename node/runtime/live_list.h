// LiveList: what a query finds, in its order, kept up to date by what changed; and what that did to
// it, exactly.
//
//   LiveList list(order);
//   list.reset(found);
//   ListDiff diff = list.apply({{key, entry_of(after)}});   // nullptr: it is none of them any more
//
// Knows nothing of queries and stores: entries come with their sorting keys. A change costs by the
// logarithm of the length, and moving what stands behind it. Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "proto/object.h"

namespace syncline {

// One object of a list. Shared: a list that somebody keeps shares its entries with the next one.
struct ListEntry {
  ObjectKey key;
  std::vector<Bytes> values;  // for each key of each stage, as bytes that compare as they do
};
using ListEntries = std::vector<std::shared_ptr<const ListEntry>>;

// What is done to the objects that match, in the order of their _id, to make a list of them.
struct ListStage {
  enum class Kind : uint8_t { sort, distinct, limit } kind = Kind::sort;
  struct Key {
    size_t value = 0;  // which of ListEntry::values
    bool ascending = true;
  };
  std::vector<Key> keys;
  uint64_t limit = 0;
};

// Deletions by index in the old list, the others by index in the new one: taking out deletions and
// `from` of moves, then putting in insertions and `to` of moves, in rising order, makes one of the
// other. What moved is among the modifications too, if its change is to be told.
struct ListDiff {
  struct Move {
    uint64_t from = 0;
    uint64_t to = 0;
    bool operator==(const Move&) const = default;
  };
  std::vector<uint64_t> deletions;
  std::vector<uint64_t> insertions;
  std::vector<uint64_t> modifications;
  std::vector<Move> moves;
  bool empty() const {
    return deletions.empty() && insertions.empty() && modifications.empty() && moves.empty();
  }
  bool operator==(const ListDiff&) const = default;
};

class LiveList {
 public:
  struct Change {
    ObjectKey key;
    std::shared_ptr<const ListEntry> after;  // null: it does not match
    bool modified = true;                    // in a way that is to be told
  };

  explicit LiveList(std::vector<ListStage> stages);
  // Anew, from what matches now. modified: keys of what is to be told as such, if it stays.
  ListDiff reset(ListEntries matching, const std::set<ObjectKey>& modified = {});
  // Requires: each key once.
  ListDiff apply(std::vector<Change> changes);

  // As it is now; stays as it is for who keeps it.
  std::shared_ptr<const ListEntries> entries() const { return shown_; }

 private:
  // One that stays in the list, and whose place is looked for anew.
  struct Stayed {
    uint64_t from = 0;
    uint64_t to = 0;
    uint64_t rank_before = 0;  // how many of those that kept their places stand before it
    uint64_t rank_after = 0;
  };

  // Those of them that are to be told as modified.
  ListEntries replace_in_place(std::vector<Change>* changes);
  std::map<ObjectKey, Stayed> take_out(const std::vector<Change>& changes, ListDiff* diff);
  void put_in(std::vector<Change> changes, std::map<ObjectKey, Stayed> stayed, ListDiff* diff);
  static std::vector<ListDiff::Move> moves_among(const std::vector<Stayed>& stayed);
  bool before(const ListEntry& a, const ListEntry& b) const;
  size_t place_of(const ListEntry& entry) const;
  std::shared_ptr<ListEntries> window() const;
  void own_order();

  struct ByKey {
    using is_transparent = void;
    using Ref = std::shared_ptr<const ListEntry>;
    bool operator()(const Ref& a, const Ref& b) const { return a->key < b->key; }
    bool operator()(const Ref& a, const ObjectKey& b) const { return a->key < b; }
    bool operator()(const ObjectKey& a, const Ref& b) const { return a < b->key; }
  };

  std::vector<ListStage> sorts_;   // the first ones: kept in order as it changes
  std::vector<ListStage> window_;  // the rest: done anew
  std::set<std::shared_ptr<const ListEntry>, ByKey> matching_;
  std::shared_ptr<ListEntries> order_;  // all that match, sorted. Shared as long as it is shown
  std::shared_ptr<const ListEntries> shown_;
};

// What makes `now` of `old`. modified: the keys of what is to be told as such, if it stays.
ListDiff diff_of(const ListEntries& old, const ListEntries& now,
                 const std::set<ObjectKey>& modified);

}  // namespace syncline
