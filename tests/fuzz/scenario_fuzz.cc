// Any bytes as a scenario file: a scenario, or an error that a person can read.
#include <cstdint>
#include <string_view>

#include "proto/check.h"
#include "proto/utf8.h"
#include "sim/script/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace syncline;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<sim::Scenario> scenario = sim::parse_scenario(text);
  if (!scenario) {
    CHECK(!scenario.error().message.empty(), "an error says what is wrong");
    CHECK(is_utf8(scenario.error().message), "an error is readable");
  }
  return 0;
}
