// The process that is to die: a fleet (crash_fleet.h) on a disk that fails (crash_disk.h) writes,
// and says on its standard output, line by line, what was promised to its user.
//
//   wrote 3 NAME        the call of write 3 returned; by commit: it is durable
//   durable 3
//   decided 3 committed 17
//   error KCODE ...     somebody ended with this error, and the process with it
//   operations 412      it has come to its end, after so many operations of the disk
#pragma once

#include <string>

#include "tests/process/crash/crash_disk.h"

namespace syncline::testing {

inline constexpr int kCrashWrites = 24;

// In a process of its own: does not return. The exit code says nothing; the lines do.
[[noreturn]] void run_crash_child(const std::string& fleet, const DiskPlan& plan);

}  // namespace syncline::testing
