// Extended JSON v2: how Values enter and leave as text.
//
//   Result<Value> fridge = parse_extended_json(R"({"_id":{"$oid":"5f2..."},"celsius":-18.5})");
//   std::string line = print_extended_json(*fridge, JsonForm::canonical);
//
// Reading is strict: one JSON value, UTF-8, no duplicate keys, no NaN or trailing text, at most
// limits::kDepthMax deep; errors name line and column. A wrapper such as {"$oid":...} that is not
// exactly as specified is an error, never a document. Printing is ours: the shortest numbers that
// read back the same. Memory stays a small multiple of the text; how long a text may be is for the
// caller to bound. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline {

enum class JsonForm {
  canonical,
  relaxed,
  // Canonical, but a date is {"$timestampNs":[seconds,nanoseconds]}: nothing of a Value is lost.
  exact,
};

enum class JsonDialect {
  v2,   // what the specification says and {"$uuid":"..."}, no more
  all,  // also the v1 wrappers that mongoexport wrote: {"$date":123},
        // {"$binary":"...","$type":"00"},
        // {"$regex":"...","$options":"..."}; and JsonForm::exact
};

// kBadData; kTooLarge: nested too deep.
Result<Value> parse_extended_json(std::string_view text, JsonDialect dialect = JsonDialect::all);
// One line, no spaces after punctuation. sort_keys: documents by key bytes, as state hashes and
// comparisons want it. Dates are cut to milliseconds except in the exact form; relaxed ones are ISO
// 8601 in the years 1970 to 9999.
std::string print_extended_json(const Value& value, JsonForm form, bool sort_keys = false);

// decimal128 <-> text as the BSON corpus has it. kBadData: not a decimal, or out of range.
Result<Decimal128> parse_decimal128(std::string_view text);
std::string print_decimal128(const Decimal128& value);

}  // namespace syncline
