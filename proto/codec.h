// Between bytes and validated plain structs: the only code that touches the generated protobuf
// types.
//
// decode_*: any bytes from anywhere. They check lengths, counts, depth, UTF-8, enum ranges,
// required fields and order (limits.h) and answer kMalformed or kTooLarge with the field's name;
// they never throw, and never allocate more than a small multiple of the input. encode_*: the same
// struct gives the same bytes on every machine (sorted, no maps, no unknown fields). Hashes and
// signatures are taken over bytes as received, never over a second encoding. Pure functions; any
// thread.
#pragma once

#include "proto/messages.h"

namespace syncline {

Bytes encode_value(const Value& value);
Result<Value> decode_value(BytesView bytes);
Bytes encode_item(const Item& item);
Result<Item> decode_item(BytesView bytes);
Bytes encode_row(const Row& row);
Result<Row> decode_row(BytesView bytes);
// With its _id and those top-level fields only; the others are passed over, unchecked. Element ids
// in it may be others than they are: to read values, never to write. fields: sorted.
Result<Row> decode_row_fields(BytesView bytes, const std::vector<FieldNumber>& fields);
// Only the row's born and changed seqs, without decoding its fields.
struct RowSeqs {
  LogSeq born;
  LogSeq changed;
};
Result<RowSeqs> decode_row_seqs(BytesView bytes);
// All but those, as it is encoded: of rows with equal ones the other decodes too, and to the same.
struct RowContent {
  BytesView id;
  BytesView fields;
  bool operator==(const RowContent&) const = default;
};
Result<RowContent> row_content(BytesView bytes);
Bytes encode_merge_row(const MergeRow& row);
Result<MergeRow> decode_merge_row(BytesView bytes);
Bytes encode_schema(const Schema& schema);
Result<Schema> decode_schema(BytesView bytes);

Bytes encode_changeset(const Changeset& changeset);
Result<Changeset> decode_changeset(BytesView payload);
Bytes encode_envelope(const Envelope& envelope);
Result<Envelope> decode_envelope(BytesView bytes);
// What an Envelope's signature is over.
Bytes envelope_signing_bytes(const Envelope& envelope);
Bytes hello_signing_bytes(const Hello& hello, BytesView server_key);

Bytes encode_entry(const Entry& entry);
Result<Entry> decode_entry(BytesView bytes);
Bytes encode_decision(const Decision& decision);
Result<Decision> decode_decision(BytesView bytes);
Bytes encode_object_delta(const ObjectDelta& delta);
Result<ObjectDelta> decode_object_delta(BytesView bytes);
Bytes encode_cursor(const Cursor& cursor);
Result<Cursor> decode_cursor(BytesView bytes);

// A frame: one byte (0 plain, 1 zstd), then the message, compressed as one or several zstd frames
// that state their sizes; zstd where it is larger than 1 KiB and gets smaller. Requires: the frame
// fits limits::kMessageBytesMax (callers budget; CHECKed).
Bytes encode_message(const Message& message);
Result<Message> decode_message(BytesView frame);
// Which alternative of Message the frame holds, from its first bytes alone; nullopt: none that is
// known. For counting.
std::optional<size_t> message_index(BytesView frame);
// Objects that many sessions are told: encoded and compressed once, and put into a frame for each.
// The frame is the same message as encode_message() of the delta with these objects.
struct PackedObjects {
  Bytes compressed;
  size_t plain_bytes = 0;
};
PackedObjects pack_objects(const std::vector<Bytes>& objects);
Bytes encode_delta(const Delta& delta, const PackedObjects& objects);

// ---- hashes and signatures (libsodium) ----
using PublicKey = std::array<uint8_t, 32>;
struct KeyPair {
  PublicKey public_key{};
  std::array<uint8_t, 64> secret_key{};  // Ed25519
};
// One-off: sodium_init(). Called by the functions below too.
void init_crypto();
// Domain-separated BLAKE2b-256: `use` is up to 16 characters, such as "payload".
Hash hash(std::string_view use, BytesView bytes);
// Chain: hash of (previous, index, fence epoch, bytes).
Hash chain_hash(const Hash& previous, LogIndex index, FenceEpoch epoch, BytesView bytes);
KeyPair key_pair_from_seed(const std::array<uint8_t, 32>& seed);
Bytes sign(const KeyPair& key, BytesView bytes);  // 64 bytes
bool verify(const PublicKey& key, BytesView bytes, BytesView signature);
NodeId node_id_of(const PublicKey& identity_key);

}  // namespace syncline
