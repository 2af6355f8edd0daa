// CHECK: a broken invariant of ours ends the process with a line that names it, in every build.
// Never for input from a peer, a disk or a person: those are a Result.
#pragma once

namespace syncline {
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const char* message);
}  // namespace syncline

#define CHECK(condition, ...)                                                   \
  do {                                                                          \
    if (!(condition)) [[unlikely]]                                              \
      ::syncline::check_failed(__FILE__, __LINE__, #condition, "" __VA_ARGS__); \
  } while (false)
