// Nothing of the planted bugs (sim/planted.md) is in any binary but planted_tests.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace syncline::sim {
namespace {

bool has_trace(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_GT(bytes.size(), 1000u) << path;
  // In two pieces: this file must not be a trace of its own.
  std::string name = "SYNCLINE_";
  name += "PLANT";
  return bytes.find(name) != std::string::npos;
}

TEST(Planted, LeavesNoTraceInThisProgram) { EXPECT_FALSE(has_trace("/proc/self/exe")); }

TEST(Planted, LeavesNoTraceInTheShippedProgram) {
  ASSERT_TRUE(std::ifstream(SYNCLINE_PROGRAM)) << SYNCLINE_PROGRAM << " is not built";
  EXPECT_FALSE(has_trace(SYNCLINE_PROGRAM));
}

}  // namespace
}  // namespace syncline::sim
