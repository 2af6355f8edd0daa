// Numbers as text, the same on every machine whatever its locale. Used by Extended JSON, queries
// and the command line. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace syncline {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The whole text as a decimal integer: an optional '-', then digits. Nothing if it is not one or
// does not fit.
std::optional<int64_t> parse_integer_text(std::string_view text);

// The whole text as a double: [+-] digits [. digits] [e [+-] digits], or NaN, Infinity, -Infinity.
// What is too small becomes zero. Nothing if it is no number, or one beyond the largest double.
std::optional<double> parse_double_text(std::string_view text);

// The fewest digits that read back as the same double, always recognisable as one: "1.0", "-0.0",
// "5.05", "1.2345E+18", "NaN", "-Infinity".
std::string print_double_text(double value);

}  // namespace syncline
