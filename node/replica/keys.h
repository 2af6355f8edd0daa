// Every key of a node's store, and the small records behind them. storage/FORMAT.md tells the same
// in words.
//
// *Order* is the local ordinal of a changeset: it rises by one with every local transaction of this
// store, across epochs. Within an epoch order and number rise together, so a name's order is
// computed and not looked up one by one. Pure functions; any thread. decode_*: kStoreDamaged.
#pragma once

#include <optional>
#include <vector>

#include "proto/entry.h"
#include "proto/lineage.h"
#include "storage/keyspace.h"
#include "syncline/result.h"

namespace syncline::node_keys {

Bytes row(const ObjectName& name);
Bytes overlay(const ObjectName& name);
Bytes written(uint64_t order);
Bytes payload(uint64_t order);
Bytes touched_by(const ObjectName& name, uint64_t order);
Bytes receipt(uint64_t first_order);
Bytes kept(uint64_t first_order);
Bytes journal(LogSeq seq, const ChangesetName& name);
Bytes journal_name(const ChangesetName& name);
Bytes epoch(Epoch epoch);
Bytes staging_row(const ObjectName& name);
Bytes staging_gone(const ObjectName& name);
Bytes subscription_set(int64_t version);
Bytes staging_record();
Bytes staging_decision(uint64_t n);
// All entries of an index: (number, keys of its columns, object key); index_entries.h.
Bytes index_entries(uint32_t number);

// Prefixes for scans: [prefix, prefix_end(prefix)).
Bytes all(Keyspace keyspace);
Bytes rows_of(TypeNumber type);
Bytes overlays_of(TypeNumber type);
Bytes staging_rows_of(TypeNumber type);
Bytes touched_by_all(const ObjectName& name);
Bytes staging_decisions();
Bytes staging_fragments();
Bytes staging_fragment(uint64_t offset);

// The parts of a key back; kStoreDamaged if it is not one of these.
Result<ObjectName> object_of(BytesView row_overlay_or_staging_key);
Result<uint64_t> order_of(BytesView written_payload_kept_or_receipt_key);
Result<uint64_t> order_of_touched_by(BytesView key);

// Single records.
namespace meta {
Bytes format();         // u32: kFormat
Bytes node();           // u64: the NodeId that this store belongs to
Bytes view();           // see ViewMark
Bytes writer();         // see WriterMark
Bytes synced();         // u64: every changeset up to this order is known to be durable
Bytes schema();         // encoded Schema
Bytes user();           // text
Bytes rights();         // encoded RightsRecord
Bytes outside();        // there: the authority takes writes outside the subscriptions
Bytes receipts_from();  // u64: receipts below this order were dropped
Bytes kept();           // see KeptMark
Bytes forks();          // incarnation, parent, seq of each fork that the node has heard of
Bytes index(TypeNumber type, uint32_t number);  // see IndexRecord
Bytes indexes_of(TypeNumber type);              // prefix
Bytes indexes();                                // prefix
}  // namespace meta

inline constexpr uint32_t kFormat = 1;

}  // namespace syncline::node_keys

namespace syncline {

// How far the confirmed side is. One record: cursor and token change in one write.
struct ViewMark {
  Cursor cursor;
  Hash token;
  LogSeq token_since;  // the cursor at which this token was first delivered
  bool operator==(const ViewMark&) const = default;
};

// The writing side: the last epoch and what was written in it.
struct WriterMark {
  Epoch epoch;          // 0: nothing was ever written
  uint64_t number = 0;  // the last of the epoch
  Hash hash;            // of its payload
  uint64_t next_order = 1;
  bool operator==(const WriterMark&) const = default;
};

// Of a changeset that was written here.
struct WrittenRecord {
  ChangesetName name;
  Hash hash;      // of the payload
  Hash previous;  // of the payload before it in the epoch; zeros for the first
  uint64_t bytes = 0;
  // Where it was decided before, in logs that restores have lost; the last limits::kFormersMax.
  std::vector<LogPosition> formers;
  bool operator==(const WrittenRecord&) const = default;
};

// A larger payload stands under a key of its own, so that walking over what is pending stays cheap.
inline constexpr size_t kPayloadInlineBytesMax = 64u << 10;

inline bool stands_apart(uint64_t payload_bytes) { return payload_bytes > kPayloadInlineBytesMax; }

// A written changeset as it is stored. Views into the bytes that were decoded.
struct WrittenView {
  WrittenRecord record;
  BytesView objects;  // what is shown otherwise for it while it is pending: objects_of()
  BytesView payload;  // empty if it is apart()
  bool apart() const { return stands_apart(record.bytes); }
  // It was decided once, and taken back: put over what was there before.
  bool rewritten() const { return !record.formers.empty(); }
};

struct EpochMark {
  uint64_t first_order = 0;  // of number 1
  std::optional<std::pair<Epoch, uint64_t>> parent;
  bool operator==(const EpochMark&) const = default;
};

// Where a pending changeset touches an object.
struct Touch {
  uint64_t order = 0;
  uint32_t group = 0;  // its place in the changeset
  bool operator==(const Touch&) const = default;
};

// Which pending changesets touch an object: the first few are listed, in order; those after them
// stand in node_touched_by, so that an object that is written again and again is not rewritten with
// a list that grows.
struct Touches {
  static constexpr size_t kListedMax = 8;
  std::vector<Touch> listed;
  uint64_t more = 0;  // in node_touched_by
  bool empty() const { return listed.empty() && more == 0; }
  // Is there room to list one more behind all others?
  bool lists_next() const { return more == 0 && listed.size() < kListedMax; }
  bool operator==(const Touches&) const = default;
};

// What an object looks like with own pending changes. The encoded Row is left encoded until
// somebody reads it.
struct OverlayRecord {
  Touches touches;  // never empty
  bool present = false;
  BytesView row;  // present: the encoded Row, within the bytes that were decoded
};

// What is kept of own decided changesets (kept.h).
struct KeptMark {
  uint64_t count = 0;
  uint64_t bytes = 0;  // of their payloads
  LogSeq safe;         // what the authority last said to be safe, in the cursor's log
  LogPosition let_go;  // where the last was decided that is not kept any more; zeros: none
  bool operator==(const KeptMark&) const = default;
};

// A delta that arrives in parts: what is staged of it.
struct StagingRecord {
  uint8_t kind = 0;  // Delta::Kind
  Cursor from;       // of the first part
  Hash token;
  LogSeq first_seq;  // `to` of the first part: the snapshot that the first chunk was read at
  uint32_t next_part = 0;
  bool any = false;  // an object was staged; then the highest:
  ObjectName last;
  uint64_t decisions = 0;  // staged
  uint64_t rows = 0;       // put, counting repetitions
  uint64_t bytes = 0;      // of those
  uint64_t done = 0;
  uint64_t total = 0;
  uint64_t fragment_bytes = 0;  // of a large object that is not complete
  Incarnation incarnation;      // of the log that it leads into
  bool operator==(const StagingRecord&) const = default;
};

Bytes encode(const ViewMark& mark);
Bytes encode(const WriterMark& mark);
// payload: the whole of it; it is put in where it is not apart.
Bytes encode_written(const WrittenRecord& record, const std::vector<ObjectName>& objects,
                     BytesView payload);
Bytes encode(const EpochMark& mark);
Bytes encode_overlay(const Touches& touches, const Bytes* row);
Bytes encode(const StagingRecord& record);
Bytes encode(const KeptMark& mark);
Bytes encode(const Forks& forks);
Bytes encode_u64(uint64_t value);

Result<ViewMark> decode_view_mark(BytesView bytes);
Result<WriterMark> decode_writer_mark(BytesView bytes);
Result<WrittenView> decode_written(BytesView bytes);
Result<std::vector<ObjectName>> objects_of(const WrittenView& written);
Result<EpochMark> decode_epoch_mark(BytesView bytes);
Result<OverlayRecord> decode_overlay(BytesView bytes);
Result<StagingRecord> decode_staging(BytesView bytes);
Result<KeptMark> decode_kept_mark(BytesView bytes);
Result<Forks> decode_forks(BytesView bytes);
Result<uint64_t> decode_u64(BytesView bytes);

}  // namespace syncline
