// StateIndexes: indexes over the objects of the state, which views make for themselves: by an
// object's value at a path. With them a narrow view costs what it shows, a changed object those
// that link to it, and a window its own length, however many objects there are.
//
// An entry is a hint: whoever looks one up evaluates the query on the object itself. So entries too
// many do no harm, and missing ones do: every change of an object goes through change() in the
// batch that makes it. An index is built while the authority works, a few hundred objects a step,
// and used once it is ready; state_lookup.h reads them, in a snapshot. Values are comparison keys
// (node/query/compare.h), cut short.
//
// One thread (the machine's, or recovery's).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "node/authority/view.h"
#include "node/query/index_terms.h"
#include "proto/records.h"
#include "storage/store.h"

namespace syncline {

// Beyond it, queries go through the type's objects.
inline constexpr size_t kStateIndexesPerTypeMax = 8;
// Of a value; what is longer sorts among those that begin alike.
inline constexpr size_t kIndexedValueBytesMax = 128;

inline BytesView indexed_value(BytesView key) { return key.substr(0, kIndexedValueBytesMax); }

class StateIndexes {
 public:
  // None yet, over objects of this schema; null: there is no app yet.
  static Result<StateIndexes> load(const Reader& state, std::shared_ptr<const Schema> schema);
  // Another app is deployed, by the last entry that was decided. Under another schema entries may
  // be others, for a missing field reads as its default: then all indexes are built anew.
  void set_schema(std::shared_ptr<const Schema> schema, LogSeq decided, Batch* batch);

  // Indexes by which the view's objects are found; those not there are begun. decided: entries up
  // to it were folded without them.
  void want(const View& view, LogSeq decided, Batch* batch);
  // An object's row, encoded, before and after an entry; empty: absent. kStoreDamaged.
  Status change(const ObjectName& name, BytesView before, BytesView after, Batch* batch) const;

  // Something is left to build, and may be: all that was folded without it is in the state.
  bool can_build(LogSeq committed) const;
  // Some more objects of the first such index. Requires: can_build(), and the state has all that
  // is committed. The number of an index that became ready by it.
  Result<std::optional<uint32_t>> build(const Reader& state, LogSeq committed, Batch* batch);

  const std::vector<StateIndexRecord>& records() const { return record_.indexes; }

 private:
  bool may_build(const StateIndexRecord& index, LogSeq committed) const;
  void renew();
  std::vector<Bytes> values_of(const StateIndexRecord& index, const Row& row) const;
  void write(Batch* batch) const;

  std::shared_ptr<const Schema> schema_;  // shared: with views, across a deploy
  StateIndexesRecord record_;
  std::map<TypeNumber, std::vector<size_t>> of_type_;  // places in record_
  std::map<uint32_t, LogSeq> begun_at_;                // by number, since open
  std::vector<uint32_t> obsolete_;                     // numbers whose entries are to go
};

query::TermPath path_of(const StateIndexRecord& index);

}  // namespace syncline
