// Any bytes as a stored row, as its merge state, and as a value: refused by name, or something that
// survives encoding.
#include <cstdint>

#include "proto/check.h"
#include "proto/codec.h"

namespace {

using namespace syncline;

template <class T>
void check(Result<T> (*decode)(BytesView), Bytes (*encode)(const T&), BytesView input) {
  const Result<T> decoded = decode(input);
  if (!decoded) {
    const ErrorCode code = decoded.error().code;
    CHECK(code == ErrorCode::kMalformed || code == ErrorCode::kTooLarge, "refused by name");
    return;
  }
  const Bytes bytes = encode(*decoded);
  const Result<T> again = decode(bytes);
  CHECK(again && *again == *decoded, "it survives encoding");
  CHECK(encode(*again) == bytes, "and has one form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const BytesView input(reinterpret_cast<const char*>(data), size);
  check<Row>(decode_row, encode_row, input);
  check<MergeRow>(decode_merge_row, encode_merge_row, input);
  check<Item>(decode_item, encode_item, input);
  check<Value>(decode_value, encode_value, input);
  if (auto row = decode_row(input)) {
    const auto seqs = decode_row_seqs(input);
    CHECK(seqs && seqs->born == row->born && seqs->changed == row->changed,
          "its seqs by themselves");
    CHECK(decode_row_fields(input, {FieldNumber(2), FieldNumber(5)}).has_value(), "some of it");
  }
  return 0;
}
