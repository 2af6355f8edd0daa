// Dates as ISO 8601 text, proleptic Gregorian, UTC. Used by Extended JSON. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "syncline/value.h"

namespace syncline {

// "2012-12-24T12:15:30.501Z"; the fraction may have 1 to 9 digits or be absent, the seconds too;
// the zone is Z, +hh:mm, +hhmm or +hh. Nothing if it is not such a text or no such day or time.
std::optional<Date> parse_iso_date(std::string_view text);

// With three digits of milliseconds unless they are 0; what is below a millisecond is not shown.
// Requires: the year is 0000 to 9999.
std::string print_iso_date(const Date& date);

// Milliseconds since 1970, rounded down, held within int64; and back.
int64_t milliseconds_of(const Date& date);
Date date_of_milliseconds(int64_t milliseconds);

}  // namespace syncline
