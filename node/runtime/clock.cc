#include "node/runtime/clock.h"

#include <time.h>

#include <fstream>
#include <string>

#include <sodium.h>

#include "proto/codec.h"

namespace syncline {
namespace {

int64_t read_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

uint64_t read_boot() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string text;
  if (!std::getline(in, text) || text.empty()) return 0;
  return get_u64_big_endian(hash("boot", text).view());
}

}  // namespace

// CLOCK_BOOTTIME goes on while the device sleeps, as the age of a write must.
Instant instant_now() {
  static const uint64_t boot = read_boot();
  return {read_ms(CLOCK_REALTIME), read_ms(CLOCK_BOOTTIME), boot};
}

std::chrono::steady_clock::time_point steady_at(int64_t monotonic_ms) {
  return std::chrono::steady_clock::now() +
         std::chrono::milliseconds(monotonic_ms - read_ms(CLOCK_BOOTTIME));
}

std::array<uint8_t, 32> random_bytes() {
  init_crypto();
  std::array<uint8_t, 32> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace syncline
