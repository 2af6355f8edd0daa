#include "proto/iso_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace syncline {
namespace {

// Takes fixed pieces off the front of a text; once one fails, all do.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  int number(size_t digits) {
    if (text_.size() < digits) ok_ = false;
    int value = 0;
    for (size_t i = 0; ok_ && i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') ok_ = false;
      value = value * 10 + (text_[i] - '0');
    }
    if (ok_) text_.remove_prefix(digits);
    return ok_ ? value : 0;
  }
  bool optional(char c) {
    if (!ok_ || !text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = optional(c) && ok_; }
  bool next_is_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  void refuse_unless(bool condition) { ok_ = ok_ && condition; }
  bool complete() const { return ok_ && text_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view text_;
  bool ok_ = true;
};

int32_t read_fraction(Pieces* in) {
  int32_t nanoseconds = 0;
  int digits = 0;
  while (in->ok() && in->next_is_digit()) {
    in->refuse_unless(++digits <= 9);
    if (in->ok()) nanoseconds = nanoseconds * 10 + in->number(1);
  }
  in->refuse_unless(digits > 0);
  for (; in->ok() && digits < 9; ++digits) nanoseconds *= 10;
  return nanoseconds;
}

// Seconds to take off local time for UTC.
int64_t read_zone(Pieces* in) {
  if (in->optional('Z')) return 0;
  const bool east = in->optional('+');
  if (!east) in->expect('-');
  const int hours = in->number(2);
  int minutes = 0;
  if (in->optional(':') || in->next_is_digit()) minutes = in->number(2);
  in->refuse_unless(hours <= 23 && minutes <= 59);
  const int64_t offset = hours * 3600 + minutes * 60;
  return east ? offset : -offset;
}

}  // namespace

std::optional<Date> parse_iso_date(std::string_view text) {
  Pieces in(text);
  const int year = in.number(4);
  in.expect('-');
  const int month = in.number(2);
  in.expect('-');
  const int day = in.number(2);
  in.expect('T');
  const int hour = in.number(2);
  in.expect(':');
  const int minute = in.number(2);
  const int second = in.optional(':') ? in.number(2) : 0;
  const int32_t nanoseconds = in.optional('.') ? read_fraction(&in) : 0;
  const int64_t offset = read_zone(&in);
  const std::chrono::year_month_day calendar{std::chrono::year(year),
                                             std::chrono::month(static_cast<unsigned>(month)),
                                             std::chrono::day(static_cast<unsigned>(day))};
  in.refuse_unless(calendar.ok() && hour <= 23 && minute <= 59 && second <= 59);
  if (!in.complete()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(calendar).time_since_epoch().count();
  return Date{days * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds};
}

std::string print_iso_date(const Date& date) {
  const std::chrono::sys_seconds time{std::chrono::seconds(date.seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day calendar(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(calendar.year()),
                  static_cast<unsigned>(calendar.month()), static_cast<unsigned>(calendar.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  const int milliseconds = date.nanoseconds / 1'000'000;
  if (milliseconds != 0) out += fmt::format(".{:03}", milliseconds);
  return out + "Z";
}

int64_t milliseconds_of(const Date& date) {
  // Wide: the lowest second that fits in part overflows as a product.
  const __int128 exact = static_cast<__int128>(date.seconds) * 1000 + date.nanoseconds / 1'000'000;
  constexpr __int128 kLowest = std::numeric_limits<int64_t>::min();
  constexpr __int128 kHighest = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(exact, kLowest, kHighest));
}

Date date_of_milliseconds(int64_t milliseconds) {
  int64_t seconds = milliseconds / 1000;
  int64_t rest = milliseconds % 1000;
  if (rest < 0) {
    --seconds;
    rest += 1000;
  }
  return Date{seconds, static_cast<int32_t>(rest * 1'000'000)};
}

}  // namespace syncline
