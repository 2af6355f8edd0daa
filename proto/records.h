// The authority's own records as plain structs, and their codec; records.proto says what each field
// means. Pure; any thread. decode_*: kMalformed.
#pragma once

#include <optional>
#include <vector>

#include "proto/lineage.h"

namespace syncline {

struct EpochRecord {
  Epoch epoch;
  std::optional<std::pair<Epoch, uint64_t>> parent;
  uint64_t number = 0;
  Hash hash;
  Stamp stamp;
  bool operator==(const EpochRecord&) const = default;
};

struct OriginRecord {
  std::vector<EpochRecord> epochs;
  const EpochRecord* find(Epoch epoch) const;
  EpochRecord* find(Epoch epoch);
  // Was `earlier` written before number `number` of `epoch`, along the parents?
  bool precedes(Epoch earlier_epoch, uint64_t earlier_number, Epoch epoch, uint64_t number) const;
  bool operator==(const OriginRecord&) const = default;
};

struct EntryMark {
  LogIndex index;
  Hash hash;
  Stamp stamp_high;
  int64_t arrival_ms = 0;
  uint32_t envelope_back = 0;  // as the entry's
  uint64_t log_bytes = 0;      // of the records of all entries up to it
  bool operator==(const EntryMark&) const = default;
};

struct Applied {
  Incarnation incarnation;
  LogSeq seq;
  LogIndex index;
  Hash hash;
  Stamp stamp_high;
  LogSeq horizon;
  LogIndex synced_index;
  uint64_t log_bytes = 0;  // of the records of all entries up to seq
  Forks forks;             // of a restored log: how it comes from its ancestors, the oldest first
  Cursor cursor() const { return {incarnation, seq, hash}; }
  bool operator==(const Applied&) const = default;
};

struct SafeMark {
  LogSeq seq;          // entries up to it are backed up, or old enough to count so
  LogSeq told_beyond;  // a node was told so of entries that a restore has lost, up to this one
  bool operator==(const SafeMark&) const = default;
};

struct NodeHint {
  LogSeq seq;
  int64_t heard_ms = 0;
  bool operator==(const NodeHint&) const = default;
};

// node/access/field_mask.h: what its fields mean.
struct MaskRecord {
  struct Inner;
  bool all = false;
  std::vector<FieldNumber> fields;
  std::vector<std::string> extra;
  bool additional = false;
  std::vector<FieldNumber> listed;
  std::vector<std::string> listed_extra;
  std::vector<Inner> inner;
};

struct MaskRecord::Inner {
  FieldNumber field;  // 0: by name
  std::string name;
  MaskRecord mask;
};

// node/access/object_mask.h.
struct ObjectMaskRecord {
  std::vector<std::string> conditions;
  std::vector<MaskRecord> masks;
};

// node/access/rights.h. A condition that is there and empty is one that only the authority can
// decide.
struct RightsRecord {
  struct Type {
    TypeNumber type;
    std::string role;
    std::string file;
    std::string pointer;
    std::string why_none;
    ObjectMaskRecord readable;
    ObjectMaskRecord writable;
    bool insert = false;
    bool remove = false;
    bool write_filter = false;
    std::optional<std::string> write_when;
    std::optional<std::string> insert_when;
    std::optional<std::string> remove_when;
  };
  std::vector<Type> types;
};

// A view as a node was brought up to it.
struct ViewRecord {
  struct Type {
    TypeNumber type;
    ObjectMaskRecord mask;
    std::vector<std::string> members;  // the queries that they match
    std::string rule;  // which objects may be read (node/access/expression.h); empty: all
  };
  uint64_t defaults = 0;  // a hash; node/authority/view.h
  uint32_t version = 0;   // of the schema that its queries are written by
  std::vector<Type> types;
  std::vector<Type> targets;  // without members
};

// An index of the authority's state; records.proto says what its fields mean.
struct StateIndexRecord {
  uint32_t number = 0;
  TypeNumber type;
  std::vector<FieldNumber> fields;
  bool elements = false;
  bool ready = false;
  ObjectKey built_up_to;
  bool operator==(const StateIndexRecord&) const = default;
};

struct StateIndexesRecord {
  uint32_t last_number = 0;
  std::vector<StateIndexRecord> indexes;
  uint64_t schema_mark = 0;
  bool operator==(const StateIndexesRecord&) const = default;
};

Bytes encode_state_indexes(const StateIndexesRecord& record);
Result<StateIndexesRecord> decode_state_indexes(BytesView bytes);
Bytes encode_rights(const RightsRecord& record);
// kMalformed also: more than one condition where one may stand.
Result<RightsRecord> decode_rights(BytesView bytes);
Bytes encode_view_record(const ViewRecord& record);
Result<ViewRecord> decode_view_record(BytesView bytes);
Bytes encode_origin(const OriginRecord& record);
Result<OriginRecord> decode_origin(BytesView bytes);
Bytes encode_entry_mark(const EntryMark& mark);
Result<EntryMark> decode_entry_mark(BytesView bytes);
Bytes encode_run(const std::vector<Bytes>& items);
// Views into the bytes.
Result<std::vector<BytesView>> decode_run(BytesView bytes);
// Without reading more than what is before it; nullopt: the run is shorter.
Result<std::optional<BytesView>> item_of_run(BytesView bytes, uint64_t at);
Bytes encode_applied(const Applied& applied);
Result<Applied> decode_applied(BytesView bytes);
Bytes encode_formers(const std::vector<LogPosition>& formers);
Result<std::vector<LogPosition>> decode_formers(BytesView bytes);
Bytes encode_safe_mark(const SafeMark& mark);
Result<SafeMark> decode_safe_mark(BytesView bytes);
Bytes encode_node_hint(const NodeHint& hint);
Result<NodeHint> decode_node_hint(BytesView bytes);

}  // namespace syncline
