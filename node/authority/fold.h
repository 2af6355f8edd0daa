// Fold: what an entry does to the authority's state. The one place where log becomes state:
// admission uses it for what it has just decided, recovery for what the log still holds, a standby
// for what another decided.
//
// Absolute and idempotent: folding an entry twice is folding it once. Pure but for reading the
// state.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "node/authority/state_indexes.h"
#include "node/authority/stored_object.h"
#include "node/authority/totals.h"
#include "proto/codec.h"
#include "proto/records.h"
#include "storage/store.h"

namespace syncline {

// Where the entry's last record stands.
struct LogPlace {
  LogIndex index;
  Hash hash;
  uint64_t log_bytes = 0;  // of the records of all entries up to it
};

// An object after the entry, where the caller knows it already (admission does); saves reading and
// decoding.
struct KnownImage {
  std::optional<Row> row;
  MergeRow merge;
  Bytes row_after;     // row, encoded, if known
  ObjectBytes before;  // as the state held them
};

// What becomes of an object that somebody may be told of: one that is inserted, in an insert-only
// type, is nobody's.
struct FoldedObject {
  ObjectName name;
  ObjectEffect::Change change;
  Bytes before;  // its row, encoded, before the entry; empty: absent
  Bytes after;
};

struct Folded {
  Batch batch;
  std::vector<FoldedObject> objects;
  Decision decision;
};

// totals: take what the entry adds to them; who writes the batch writes them with it, or with that
// of a later entry. indexes: those that there are. known: by object, may lack any. kStoreDamaged if
// the state does not fit the entry.
Result<Folded> fold(const Reader& state, const Entry& entry, const LogPlace& place, Totals* totals,
                    const StateIndexes& indexes,
                    const std::map<ObjectName, KnownImage>& known = {});

// The entry in records of at most limits::kLogRecordBytesMax: one byte (1: the last of its entry),
// then the bytes.
std::vector<Bytes> records_of(const Entry& entry);

// Puts records together again.
class EntryAssembler {
 public:
  // The entry that this record completes, or nothing yet. kMalformed.
  Result<std::optional<Entry>> add(BytesView record);

 private:
  Bytes pending_;
};

Decision decision_of(const Entry& entry);

}  // namespace syncline
