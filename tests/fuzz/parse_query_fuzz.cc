// Any text as a query: refused with a column, or a tree. What parses and binds to a schema has a
// canonical text that binds to the same.
#include <cstdint>

#include "node/query/bind.h"
#include "node/query/parse.h"
#include "proto/check.h"
#include "tests/fuzz/query_schema.h"

namespace {

using namespace syncline;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<query::Query> parsed = query::parse(text);
  if (!parsed) {
    CHECK(parsed.error().code == ErrorCode::kBadQuery, "refused by name");
    CHECK(!parsed.error().message.empty(), "and told why");
    return 0;
  }
  const auto bound = query::bind(*parsed, fuzz_schema(), kFuzzType, fuzz_bindings());
  if (!bound) {
    CHECK(bound.error().code == ErrorCode::kBadQuery, "refused by name");
    return 0;
  }
  // Text that is longer than a query may be is none.
  if ((*bound)->text.size() > query::kQueryBytesMax) return 0;
  const auto again = query::bind((*bound)->text, fuzz_schema(), kFuzzType);
  CHECK(again, "the canonical text is a query");
  CHECK((*again)->text == (*bound)->text, "and its own canonical text");
  return 0;
}
