#include <bson/bson.h>
#include <fmt/format.h>

#include <algorithm>

#include "proto/extended_json.h"

namespace syncline {
namespace {

// The library reads exponents into an int; anything longer than this is far out of range either
// way.
constexpr size_t kExponentDigitsMax = 8;
constexpr size_t kShownMax = 60;  // characters of a bad text that messages show

std::string_view digits_at(std::string_view text) {
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  return text.substr(0, end);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// [+-] (digits [. [digits]] | . digits) [e [+-] digits] or a name. With an absurdly long exponent
// brought down to one that means the same. Nothing if the text is none of these.
std::optional<std::string> normal_form(std::string_view text) {
  std::string out;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text[0] == '-') out = "-";
    text.remove_prefix(1);
  }
  const std::string name = lower(text);
  if (name == "inf" || name == "infinity") return out + "Infinity";
  if (name == "nan") return "NaN";
  const std::string_view whole = digits_at(text);
  text.remove_prefix(whole.size());
  std::string_view fraction;
  if (text.starts_with('.')) {
    fraction = digits_at(text.substr(1));
    text.remove_prefix(1 + fraction.size());
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  out += whole;
  if (!fraction.empty()) out += fmt::format(".{}", fraction);
  if (text.empty()) return out;
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string_view exponent = digits_at(text);
  if (exponent.empty() || exponent.size() != text.size()) return std::nullopt;
  exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size() - 1));
  if (exponent.size() > kExponentDigitsMax) exponent = "99999999";
  return out + fmt::format("E{}{}", negative ? "-" : "+", exponent);
}

}  // namespace

Result<Decimal128> parse_decimal128(std::string_view text) {
  const std::optional<std::string> normal = normal_form(text);
  if (!normal) {
    size_t shown = std::min(text.size(), kShownMax);
    while (shown < text.size() && shown > 0 && (static_cast<uint8_t>(text[shown]) & 0xC0) == 0x80)
      --shown;
    return fail(
        ErrorCode::kBadData,
        fmt::format("\"{}{}\" is not a decimal number such as -12.50, 1E+3, NaN or Infinity",
                    text.substr(0, shown), shown < text.size() ? "..." : ""));
  }
  bson_decimal128_t parsed;
  if (!bson_decimal128_from_string(normal->c_str(), &parsed)) {
    return fail(ErrorCode::kBadData,
                "a decimal has at most 34 digits and an exponent from -6176 to 6111");
  }
  return Decimal128{parsed.high, parsed.low};
}

std::string print_decimal128(const Decimal128& value) {
  bson_decimal128_t bits{};
  bits.high = value.high;
  bits.low = value.low;
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&bits, text);
  return text;
}

}  // namespace syncline
