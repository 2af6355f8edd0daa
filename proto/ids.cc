#include "proto/ids.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "proto/limits.h"
#include "proto/utf8.h"

namespace syncline {
namespace {

bool parse_hex_number(std::string_view text, uint64_t* out) {
  Bytes bytes;
  if (text.size() != 16 || !from_hex(text, &bytes)) return false;
  *out = get_u64_big_endian(bytes);
  return true;
}

bool parse_decimal_number(std::string_view text, uint64_t* out) {
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, *out);
  return error == std::errc() && stop == end;
}

// The first byte of a key, in BSON's order of types. Gaps leave room.
enum KeyTag : char { kInteger = 0x10, kString = 0x20, kUuid = 0x30, kObjectId = 0x40 };

// Adding 2^63 makes the order of the bytes that of the numbers.
constexpr uint64_t kSignBit = uint64_t{1} << 63;

template <size_t N>
Bytes tagged(KeyTag tag, const std::array<uint8_t, N>& array) {
  Bytes out(1, tag);
  out.append(reinterpret_cast<const char*>(array.data()), N);
  return out;
}

}  // namespace

std::string to_string(NodeId id) { return fmt::format("{:016x}", id.value); }

std::string to_string(const ChangesetName& name) {
  return fmt::format("{:016x}-{:016x}-{}", name.origin.value, name.epoch.value, name.number);
}

Result<NodeId> parse_node_id(std::string_view text) {
  NodeId id;
  if (!parse_hex_number(text, &id.value)) {
    return fail(ErrorCode::kBadData,
                fmt::format("\"{}\" is no node id: give its 16 hexadecimal digits", text));
  }
  return id;
}

Result<ChangesetName> parse_changeset_name(std::string_view text) {
  ChangesetName name;
  if (text.size() < 35 || text[16] != '-' || text[33] != '-' ||
      !parse_hex_number(text.substr(0, 16), &name.origin.value) ||
      !parse_hex_number(text.substr(17, 16), &name.epoch.value) ||
      !parse_decimal_number(text.substr(34), &name.number)) {
    return fail(ErrorCode::kBadData,
                fmt::format("\"{}\" is no changeset name: expected NODE-EPOCH-NUMBER, as in "
                            "3f2a000000000001-91bc000000000002-17",
                            text));
  }
  return name;
}

Result<ObjectKey> object_key(const Value& id) {
  ObjectKey key;
  if (id.is_integer()) {
    key.bytes.push_back(kInteger);
    put_u64_big_endian(&key.bytes, static_cast<uint64_t>(id.as_integer()) ^ kSignBit);
  } else if (const auto* text = id.get_if<std::string>()) {
    if (text->size() > limits::kKeyBytesMax) {
      return fail(ErrorCode::kBadData, fmt::format("a string _id of {} bytes: at most {} are taken",
                                                   text->size(), limits::kKeyBytesMax));
    }
    if (!is_utf8(*text)) return fail(ErrorCode::kBadData, "a string _id that is not UTF-8");
    key.bytes.reserve(text->size() + 1);
    key.bytes.push_back(kString);
    key.bytes += *text;
  } else if (const auto* uuid = id.get_if<Uuid>()) {
    key.bytes = tagged(kUuid, uuid->bytes);
  } else if (const auto* object_id = id.get_if<ObjectId>()) {
    key.bytes = tagged(kObjectId, object_id->bytes);
  } else {
    return fail(
        ErrorCode::kBadData,
        fmt::format("an _id of type {}: only int, long, string, objectId and uuid can be one",
                    type_name(id)));
  }
  return key;
}

Result<Value> id_of(const ObjectKey& key) {
  const auto malformed = [] { return fail(ErrorCode::kMalformed, "bytes that are no object key"); };
  if (key.bytes.empty()) return malformed();
  const BytesView rest = BytesView(key.bytes).substr(1);
  switch (key.bytes[0]) {
    case kInteger:
      if (rest.size() != 8) return malformed();
      return Value(static_cast<int64_t>(get_u64_big_endian(rest) ^ kSignBit));
    case kString:
      if (rest.size() > limits::kKeyBytesMax || !is_utf8(rest)) return malformed();
      return Value(rest);
    case kUuid: {
      Uuid uuid;
      if (rest.size() != uuid.bytes.size()) return malformed();
      std::memcpy(uuid.bytes.data(), rest.data(), rest.size());
      return Value(uuid);
    }
    case kObjectId: {
      ObjectId id;
      if (rest.size() != id.bytes.size()) return malformed();
      std::memcpy(id.bytes.data(), rest.data(), rest.size());
      return Value(id);
    }
    default:
      return malformed();
  }
}

}  // namespace syncline
