// From the text of a literal to its value. Used by parse.cc. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/query/syntax.h"
#include "syncline/result.h"

namespace syncline::query {

// What stands between the quotes, with escapes made characters. The text has the form that the
// grammar demands. kBadQuery: half of a surrogate pair.
Result<std::string> unescape_text(std::string_view raw);
// A name with its escaped blanks.
std::string unescape_name(std::string_view raw);
// What stands between backquotes, each of its own written twice; and a name so written.
std::string unquote_name(std::string_view raw);
std::string quote_name(std::string_view name);

// 12, -3, 0xFF, 1.5, .5e3f, inf, NaN. Integers beyond 64 bits are doubles; the text keeps all
// digits. Always a number, for the grammar has matched it.
Literal number_of(std::string_view text);

// 2021-02-20@17:30:15[:nanoseconds], with @ or T; T12:5, seconds and nanoseconds since 1970.
// kBadQuery: no such day or time, before 1900, signs that do not agree.
Result<Value> date_of(std::string_view text);

ObjectId object_id_of(std::string_view hex);
Uuid uuid_of(std::string_view text);

// O3 and L2:3.
Literal row_of(std::string_view text);

// A double that a float was, by its shortest text: 1.1f is 1.1 and not 1.10000002384185791.
// Floats have no type of their own here; like this they compare and add as they are written.
double widened(float value);

}  // namespace syncline::query
