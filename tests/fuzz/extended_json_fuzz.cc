// Any bytes as Extended JSON: refused with a place, or a value that survives printing and reading.
#include <cstdint>
#include <string_view>

#include "proto/check.h"
#include "proto/extended_json.h"
#include "proto/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace syncline;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Value> value = parse_extended_json(text);
  if (!value) {
    CHECK(value.error().message.starts_with("line "), "an error names its place");
    CHECK(is_utf8(value.error().message), "an error is readable");
    (void)parse_extended_json(text, JsonDialect::v2);
    return 0;
  }
  const std::string exact = print_extended_json(*value, JsonForm::exact);
  const Result<Value> again = parse_extended_json(exact);
  CHECK(again && *again == *value, "the exact form loses nothing");
  for (const JsonForm form : {JsonForm::canonical, JsonForm::relaxed}) {
    const std::string printed = print_extended_json(*value, form);
    const Result<Value> read = parse_extended_json(printed);
    CHECK(read, "what we print we read");
    CHECK(print_extended_json(*read, form) == printed, "printing is stable");
  }
  return 0;
}
