// What the codec_*.cc files share: the state of one encoding or decoding, and the parts that appear
// in several messages. Nobody else includes this.
//
// read_* take the bytes of one message and return false with the decoder's error set; put_* write
// one field.
#pragma once

#include <fmt/format.h>

#include <unordered_map>

#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/utf8.h"
#include "proto/wire.h"

namespace syncline::codec {

using wire::bytes_key;
using wire::fixed64_key;
using wire::Reader;
using wire::varint_key;
using wire::Writer;

// Positions on the wire: those in rows are at most limits::kPositionBytesMax, a node's provisional
// ones may be longer.
inline constexpr size_t kWirePositionBytesMax = 4 * limits::kPositionBytesMax;
// Rows with their element ids, and merge state, are larger than the object's own bytes.
inline constexpr size_t kStoredBytesMax = 64u << 20;
// An object of limits::kObjectBytesMax and what names it.
inline constexpr size_t kObjectDeltaBytesMax = limits::kObjectBytesMax + limits::kMessageBytesMax;

// The writes that the registers of one message refer to, in order of first use.
class WriteTable {
 public:
  uint32_t index_of(const Write& write);
  const std::vector<Write>& writes() const { return writes_; }

 private:
  struct WriteHash {
    size_t operator()(const Write& write) const;
  };
  std::vector<Write> writes_;
  uint32_t last_ = 0;
  std::unordered_map<Write, uint32_t, WriteHash> indexes_;  // from kScanMax writes on; never walked
};

struct Encoder {
  Writer out;
  ChangesetName last_element;  // ElementId: what an absent number stands for
  WriteTable* writes = nullptr;

  explicit Encoder(size_t expected_bytes = 256) : out(expected_bytes) {}
};

struct Decoder {
  Error error;
  ChangesetName last_element;
  std::vector<Write> writes;
  int depth = 0;  // of scopes, lists and documents around what is being read
  // Element ids may stand for what was passed over: they are not looked at.
  bool partial = false;
  size_t values_left =
      SIZE_MAX;  // fields, elements, keys and steps: limits::kValuesPerChangesetMax

  bool malformed(std::string_view what) {
    error = Error(ErrorCode::kMalformed, std::string(what));
    return false;
  }
  bool too_large(std::string_view what, size_t limit) {
    error = Error(ErrorCode::kTooLarge, fmt::format("{}: more than {}", what, limit));
    return false;
  }
  // Before so many fields, elements, keys or steps are made room for.
  bool take_values(size_t count) {
    if (count > values_left)
      return too_large("Changeset, in fields, elements and keys", limits::kValuesPerChangesetMax);
    values_left -= count;
    return true;
  }
  // After the last field of a message.
  bool finish(const Reader& r, std::string_view message) {
    if (r.complete()) return true;
    return malformed(fmt::format("{}: truncated, or a field out of its place", message));
  }
  bool unknown(const Reader& r, std::string_view message) {
    return malformed(fmt::format("{}: unknown field {}, or of another type", message, r.field()));
  }

  // Fields with a check. `what` names the field.
  bool read_u32(const Reader& r, std::string_view what, uint32_t* out) {
    if (r.number() > UINT32_MAX) return malformed(fmt::format("{}: beyond 32 bits", what));
    *out = static_cast<uint32_t>(r.number());
    return true;
  }
  bool read_flag(const Reader& r, std::string_view what, bool* out) {
    if (r.number() > 1) return malformed(fmt::format("{}: neither 0 nor 1", what));
    *out = r.number() == 1;
    return true;
  }
  template <class Enum>
  bool read_enum(const Reader& r, std::string_view what, Enum last, Enum* out) {
    if (r.number() > static_cast<uint64_t>(last)) {
      return malformed(fmt::format("{}: {} is none of its values", what, r.number()));
    }
    *out = static_cast<Enum>(r.number());
    return true;
  }
  bool read_text(const Reader& r, std::string_view what, std::string* out) {
    if (!is_utf8(r.bytes())) return malformed(fmt::format("{}: not UTF-8", what));
    out->assign(r.bytes());
    return true;
  }
  bool read_bytes(const Reader& r, std::string_view what, size_t bytes_max, Bytes* out) {
    if (r.bytes().size() > bytes_max) return too_large(what, bytes_max);
    out->assign(r.bytes());
    return true;
  }
  bool read_position(const Reader& r, Position* out) {
    return read_bytes(r, "position", kWirePositionBytesMax, &out->bytes);
  }
  template <size_t N>
  bool read_array(const Reader& r, std::string_view what, std::array<uint8_t, N>* out) {
    if (r.bytes().size() != N) {
      return malformed(fmt::format("{}: {} bytes instead of {}", what, r.bytes().size(), N));
    }
    std::copy(r.bytes().begin(), r.bytes().end(), out->begin());
    return true;
  }
  bool read_hash(const Reader& r, std::string_view what, Hash* out) {
    if (!r.bytes().empty()) return read_array(r, what, &out->bytes);
    *out = Hash();
    return true;
  }
  template <class T, class... Args>
  bool check_count(const std::vector<T>& all, std::string_view what, size_t max) {
    return all.size() < max || too_large(what, max);
  }
};

// One level of nesting; deeper than limits::kDepthMax is an error.
class DepthGuard {
 public:
  DepthGuard(Decoder& d, int levels = 1) : d_(d), levels_(levels) { d_.depth += levels_; }
  ~DepthGuard() { d_.depth -= levels_; }
  DepthGuard(const DepthGuard&) = delete;
  bool ok() const {
    return d_.depth <= limits::kDepthMax || d_.too_large("nesting depth", limits::kDepthMax);
  }

 private:
  Decoder& d_;
  int levels_;
};

// Runs a read_* over the bytes of a whole outermost message.
template <class T, class Read>
Result<T> decode_with(BytesView bytes, std::string_view what, size_t bytes_max, Read read) {
  Decoder d;
  if (bytes.size() > bytes_max) {
    d.too_large(fmt::format("{}, in bytes", what), bytes_max);
    return std::unexpected(std::move(d.error));
  }
  Result<T> out;
  if (!read(d, bytes, &*out)) return std::unexpected(std::move(d.error));
  return out;
}

// ---- codec_value.cc ----
enum class Allow {
  scalars,
  values,
  items
};  // scalars only; lists and documents too; scalars and scopes
void put_value(Encoder& e, uint32_t field, const Value& value);
void put_value_fields(Encoder& e, const Value& value);
// item: for Allow::items; value otherwise. The other one may be null.
bool read_value(Decoder& d, BytesView bytes, Allow allow, Value* value, Item* item);

// ---- codec_object.cc ----
void put_step_fields(Encoder& e, const Step& step);
void put_step(Encoder& e, uint32_t field, const Step& step);
void put_path(Encoder& e, uint32_t field, const Path& path);
void put_element(Encoder& e, uint32_t field, const ElementId& id);
void put_item(Encoder& e, uint32_t field, const Item& item);
void put_item_fields(Encoder& e, const Item& item);
void put_scope_fields(Encoder& e, const Scope& scope);
bool is_step_key(uint32_t key);  // fields 1 to 4 of Step, Child and MergeSlot
bool read_step_field(Decoder& d, const Reader& r, Step* step);
bool read_step(Decoder& d, BytesView bytes, Step* step);
bool read_path_step(Decoder& d, const Reader& r, Path* path);  // appends
bool read_element(Decoder& d, BytesView bytes, ElementId* id);
bool read_scope(Decoder& d, BytesView bytes, Scope* scope);
bool fits(ScopeKind kind, const Step& step);
// "Type" and "id" to a name: the key follows from the id.
bool read_object_id(Decoder& d, BytesView bytes, Value* id, ObjectKey* key);

// ---- codec_changeset.cc ----
void put_cursor(Encoder& e, uint32_t field, const Cursor& cursor);
bool read_cursor(Decoder& d, BytesView bytes, Cursor* cursor);
void put_position(Encoder& e, uint32_t field, const LogPosition& position);
bool read_position(Decoder& d, BytesView bytes, LogPosition* position);
void put_clock(Encoder& e, uint32_t field, const WriteClock& clock);
bool read_clock(Decoder& d, BytesView bytes, WriteClock* clock);

// ---- codec_merge.cc ----
// These use the encoder's table and the decoder's writes.
void put_writes(Encoder& e, uint32_t field, const std::vector<Write>& writes);
bool read_write(Decoder& d, BytesView bytes);  // appends to d.writes
void put_merge_scope(Encoder& e, uint32_t field, const MergeScope& scope);
bool read_merge_scope(Decoder& d, BytesView bytes, MergeScope* scope);
void put_merge_effect(Encoder& e, uint32_t field, const ObjectEffect::MergeEffect& effect);
bool read_merge_effect(Decoder& d, BytesView bytes, ObjectEffect::MergeEffect* effect);

// ---- codec_entry.cc ----
void put_effect(Encoder& e, uint32_t field, const Effect& effect);
bool read_effect(Decoder& d, BytesView bytes, Effect* effect);
void put_decision_fields(Encoder& e, const Decision& decision);
bool read_decision(Decoder& d, BytesView bytes, Decision* decision);

// ---- codec_delta.cc: messages whose bulk is data; codec_session.cc: those of control ----
// The body of a Message: which field of the oneof it is, and that message's bytes.
struct Body {
  uint32_t field = 0;
  Bytes bytes;
};
Bytes encode_body(const Upload& m);
Bytes encode_body(const UploadPart& m);
Bytes encode_body(const HaveList& m);
Bytes encode_body(const Delta& m);
// Its three parts.
void put_delta_head(Encoder& e, const Delta& m);
void put_delta_objects(Encoder& e, const std::vector<Bytes>& objects);
void put_delta_tail(Encoder& e, const Delta& m);
bool read_body(Decoder& d, BytesView bytes, Upload* m);
bool read_body(Decoder& d, BytesView bytes, UploadPart* m);
bool read_body(Decoder& d, BytesView bytes, HaveList* m);
bool read_body(Decoder& d, BytesView bytes, Delta* m);

Bytes encode_body(const Hello& m);
Bytes encode_body(const Progress& m);
Bytes encode_body(const Welcome& m);
Bytes encode_body(const HelloAgain& m);
Bytes encode_body(const HaveAsk& m);
Bytes encode_body(const UploadCredit& m);
Bytes encode_body(const Goodbye& m);
Bytes encode_body(const Mark& m);
Bytes encode_body(const Marked& m);
Bytes encode_body(const Rights& m);
Bytes encode_body(const Declare& m);
bool read_body(Decoder& d, BytesView bytes, Hello* m);
bool read_body(Decoder& d, BytesView bytes, Progress* m);
bool read_body(Decoder& d, BytesView bytes, Welcome* m);
bool read_body(Decoder& d, BytesView bytes, HelloAgain* m);
bool read_body(Decoder& d, BytesView bytes, HaveAsk* m);
bool read_body(Decoder& d, BytesView bytes, UploadCredit* m);
bool read_body(Decoder& d, BytesView bytes, Goodbye* m);
bool read_body(Decoder& d, BytesView bytes, Mark* m);
bool read_body(Decoder& d, BytesView bytes, Marked* m);
bool read_body(Decoder& d, BytesView bytes, Rights* m);
bool read_body(Decoder& d, BytesView bytes, Declare* m);

}  // namespace syncline::codec
