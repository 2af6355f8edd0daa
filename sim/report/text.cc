#include "sim/report/text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace syncline::sim {
namespace {

constexpr int64_t kMs = 1'000, kS = 1'000 * kMs, kMin = 60 * kS, kHour = 60 * kMin,
                  kDay = 24 * kHour;
constexpr const char* kReplacement = "\xEF\xBF\xBD";

// Three digits, without a trailing ".0".
std::string three_digits(double n) {
  if (n >= 99.95) return fmt::format("{:.0f}", n);
  std::string text = n >= 9.995 ? fmt::format("{:.1f}", n) : fmt::format("{:.2f}", n);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string scaled(double n, const std::array<const char*, 5>& units) {
  if (!std::isfinite(n)) return "–";
  size_t unit = 0;
  while (std::abs(n) >= 999.5 && unit + 1 < units.size()) {
    n /= 1000;
    ++unit;
  }
  return three_digits(n) + units[unit];
}

std::string two_units(int64_t us, int64_t large, const char* large_name, int64_t small,
                      const char* small_name) {
  const int64_t wholes = us / large;
  const int64_t rest = us % large / small;
  if (rest == 0) return fmt::format("{} {}", wholes, large_name);
  return fmt::format("{} {} {} {}", wholes, large_name, rest, small_name);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = byte == 0x7f || (byte < 0x20 && c != '\n' && c != '\t');
        control ? out += kReplacement : out += c;
      }
    }
  }
  return out;
}

std::string escape_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) c == '<' ? out += "\\u003c" : out += c;
  return out;
}

std::string shorten(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string count_text(uint64_t n) {
  std::string text = fmt::format("{}", n);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string short_count_text(double n) { return scaled(n, {"", " k", " M", " G", " T"}); }

std::string bytes_text(double bytes) { return scaled(bytes, {" B", " KB", " MB", " GB", " TB"}); }

std::string duration_text(int64_t us) {
  if (us < kMs && us > 0) return fmt::format("{} µs", us);
  if (us < kS) return fmt::format("{} ms", us / kMs);
  if (us < kMin) return three_digits(static_cast<double>(us) / kS) + " s";
  if (us < kHour) return two_units(us, kMin, "min", kS, "s");
  if (us < kDay) return two_units(us, kHour, "h", kMin, "min");
  return two_units(us, kDay, "d", kHour, "h");
}

std::string percent_text(double part) {
  if (!std::isfinite(part)) return "–";
  if (part > 0 && part < 0.001) return "< 0.1 %";
  return three_digits(std::round(part * 1000) / 10) + " %";
}

std::vector<double> ticks(double most, int wanted) {
  if (!(most > 0) || !std::isfinite(most)) return {0};
  const double rough = most / wanted;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  std::vector<double> out;
  for (int i = 0; i * step <= most * 1.001; ++i) out.push_back(i * step);
  return out;
}

std::vector<int64_t> time_ticks(int64_t total_us, int wanted) {
  static constexpr std::array kSteps = {
      kMs,       2 * kMs,   5 * kMs,   10 * kMs,  20 * kMs,   50 * kMs,   100 * kMs,
      200 * kMs, 500 * kMs, kS,        2 * kS,    5 * kS,     10 * kS,    15 * kS,
      30 * kS,   kMin,      2 * kMin,  5 * kMin,  10 * kMin,  15 * kMin,  30 * kMin,
      kHour,     2 * kHour, 3 * kHour, 6 * kHour, 12 * kHour, kDay,       2 * kDay,
      5 * kDay,  10 * kDay, 20 * kDay, 50 * kDay, 100 * kDay, 200 * kDay, 500 * kDay};
  int64_t step = kSteps.back();
  for (const int64_t each : kSteps)
    if (each * wanted >= total_us) {
      step = each;
      break;
    }
  std::vector<int64_t> out;
  for (int64_t at = 0; at <= total_us; at += step) out.push_back(at);
  return out;
}

std::vector<int64_t> logarithmic_time_ticks(int64_t least_us, int64_t most_us) {
  static constexpr std::array kTicks = {kMs,       10 * kMs,   100 * kMs,   kS,         10 * kS,
                                        kMin,      10 * kMin,  kHour,       10 * kHour, 4 * kDay,
                                        40 * kDay, 400 * kDay, 4'000 * kDay};
  auto first = std::upper_bound(kTicks.begin(), kTicks.end(), std::max(least_us, kMs)) - 1;
  auto last = std::lower_bound(kTicks.begin(), kTicks.end(), most_us);
  if (last == kTicks.end()) --last;
  if (last == first) last == kTicks.begin() ? ++last : --first;
  return {first, last + 1};
}

}  // namespace syncline::sim
