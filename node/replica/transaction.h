// Draft: one local transaction as it is being written: operations, and what the objects look like
// with them.
//
//   Draft draft = replica.begin();
//   draft.create(fridge, Document{{"_id", "f7"}, {"celsius", -18.5}});
//   draft.set(fridge, "f7", {"doors", 0, "open"}, true);
//   replica.step(now, replica_input::Commit{std::move(draft)});
//
// Objects of asymmetric types are created and no more: whatever else is asked of them is kUsage.
//
// Speaks names, dictionary keys and list indexes as the writer sees them; records field numbers,
// keys and element ids. Reads its own writes. A call that cannot be right (unknown type or field,
// wrong type of value, index out of range, absent object) answers an Error and records nothing;
// what only the authority can judge is left to it. One thread; reads the store it was begun on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "proto/operation.h"
#include "proto/schema.h"
#include "storage/store.h"
#include "syncline/words.h"

namespace syncline {

// Requires for every call: a draft that Replica::begin() made, not moved from.
class Draft {
 public:
  Draft();
  Draft(Draft&&) noexcept;
  Draft& operator=(Draft&&) noexcept;
  ~Draft();

  // Joins an object that is there: the fields named are written.
  Status create(TypeNumber type, const Document& document);
  Status remove(TypeNumber type, const Value& id);
  // Whole-object upsert: create if absent, else a set of every field that differs and an unset of
  // those not named.
  Status put(TypeNumber type, const Document& document);
  Status set(TypeNumber type, const Value& id, const UserPath& path, const Value& value);
  Status set_default(TypeNumber type, const Value& id, const UserPath& path, const Value& value);
  Status set_new(TypeNumber type, const Value& id, const UserPath& path, NewScope kind);
  Status unset(TypeNumber type, const Value& id, const UserPath& path);
  Status increment(TypeNumber type, const Value& id, const UserPath& path, int64_t amount);
  Status insert(TypeNumber type, const Value& id, const UserPath& path, uint64_t index,
                const Value& value);  // path: the list
  Status move(TypeNumber type, const Value& id, const UserPath& path, uint64_t from, uint64_t to);
  Status erase(TypeNumber type, const Value& id,
               const UserPath& path);  // path ends in an index or a key
  Status add(TypeNumber type, const Value& id, const UserPath& path,
             const Value& member);  // path: the set
  Status remove_member(TypeNumber type, const Value& id, const UserPath& path, const Value& member);
  Status clear(TypeNumber type, const Value& id, const UserPath& path);
  void set_all_or_nothing(bool all_or_nothing);
  // What must stand before the transaction, whatever it has written itself: else kPrecondition, at
  // once if it is so here. The authority looks again when it decides. A transaction that expects
  // something is all or nothing. value: null, or nothing there.
  Status expect(TypeNumber type, const Value& id, const UserPath& path, const Value& value);
  Status expect_absent(TypeNumber type, const Value& id);
  Status expect_present(TypeNumber type, const Value& id);

  // How many operations were recorded. The outcomes of a call bear the ordinals from what this
  // answered before the call up to what it answers after: a put() is one operation for each field
  // that differs.
  uint32_t operations() const;
  // What the changeset will be called if it is committed.
  const ChangesetName& name() const;

  // The object as this transaction sees it.
  Result<std::optional<Row>> get(TypeNumber type, const Value& id) const;
  // All objects of the type as this transaction sees them: those that it made last. kNotSupported:
  // a draft of draft_over().
  Result<std::vector<Row>> all(TypeNumber type) const;
  bool empty() const;
  const Schema& schema() const;

  struct Impl;  // node/replica/draft.h; for node/replica only
  static Draft over(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> take() &&;

 private:
  friend class Replica;
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
