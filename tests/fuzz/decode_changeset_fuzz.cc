// Any bytes as a changeset: refused by name, or something that survives encoding.
#include <cstdint>

#include "proto/check.h"
#include "proto/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace syncline;
  const Result<Changeset> decoded = decode_changeset({reinterpret_cast<const char*>(data), size});
  if (!decoded) {
    const ErrorCode code = decoded.error().code;
    CHECK(code == ErrorCode::kMalformed || code == ErrorCode::kTooLarge, "refused by name");
    return 0;
  }
  const Bytes bytes = encode_changeset(*decoded);
  const Result<Changeset> again = decode_changeset(bytes);
  CHECK(again && *again == *decoded, "it survives encoding");
  CHECK(encode_changeset(*again) == bytes, "and has one form");
  return 0;
}
