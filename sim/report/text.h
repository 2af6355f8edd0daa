// How the page writes numbers, times and names. No locale; what is no number is never written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace syncline::sim {

// For text and attributes; control characters become U+FFFD.
std::string escape_html(std::string_view text);
// Of JSON, to stand in a <script>.
std::string escape_script(std::string_view json);

// At most so many bytes, cut between characters, with an ellipsis if something is left out.
std::string shorten(std::string_view text, size_t bytes_max);

std::string count_text(uint64_t n);      // 12,345
std::string short_count_text(double n);  // 12.3 k
std::string bytes_text(double bytes);    // 12.3 KB, of 1,000 bytes
std::string duration_text(int64_t us);   // 415 ms, 9 h 4 min
std::string percent_text(double part);   // of 1: 86 %

// What an axis is labelled with: round numbers from 0 to `most`, about so many.
std::vector<double> ticks(double most, int wanted);
// Round durations likewise, in microseconds.
std::vector<int64_t> time_ticks(int64_t total_us, int wanted);
// For a logarithmic axis of durations that holds both: 1 ms, 10 ms, 1 s, 1 min, ...
std::vector<int64_t> logarithmic_time_ticks(int64_t least_us, int64_t most_us);

}  // namespace syncline::sim
