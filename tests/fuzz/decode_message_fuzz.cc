// Any bytes as a frame: refused by name, or a message that survives encoding.
#include <cstdint>

#include "proto/check.h"
#include "proto/codec.h"

namespace {

using namespace syncline;

// What a Delta and an Upload carry is decoded by whoever applies it.
void decode_inside(const Message& message) {
  if (const auto* delta = std::get_if<Delta>(&message)) {
    for (const Bytes& object : delta->objects) {
      if (auto one = decode_object_delta(object)) (void)decode_row(one->row);
    }
  } else if (const auto* upload = std::get_if<Upload>(&message)) {
    (void)decode_envelope(upload->envelope);
    for (const Bytes& payload : upload->payloads) (void)decode_changeset(payload);
  } else if (const auto* welcome = std::get_if<Welcome>(&message)) {
    if (auto schema = decode_schema(welcome->schema)) {
      CHECK(decode_schema(encode_schema(*schema)) == *schema, "a schema survives encoding");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<Message> message = decode_message({reinterpret_cast<const char*>(data), size});
  if (!message) {
    const ErrorCode code = message.error().code;
    CHECK(code == ErrorCode::kMalformed || code == ErrorCode::kTooLarge, "refused by name");
    return 0;
  }
  const Bytes frame = encode_message(*message);
  const Result<Message> again = decode_message(frame);
  CHECK(again && *again == *message, "a message survives encoding");
  CHECK(encode_message(*again) == frame, "and has one form");
  decode_inside(*message);
  return 0;
}
