#include "sim/faults/draw.h"

#include <algorithm>
#include <array>

#include "sim/world/clock.h"
#include "sim/world/random.h"

namespace syncline::sim {
namespace {

// Plans draw from a stream of their own.
constexpr uint64_t kStream = 0x91a5'fa17'0000'0001;
constexpr int64_t kDayMs = 86'400'000;

enum class Whom : uint8_t { node, authority, either, everybody };

// Range: [low, high].
struct Range {
  int64_t low = 0;
  int64_t high = 0;
};

struct FaultClass {
  FaultKind kind;
  uint32_t percent;  // of the seeds have it on
  int64_t most;      // at a time with twenty seconds of writing
  Whom whom;
  Range for_ms;
  Range amount;
};

// An outage lasts from less than a round trip to longer than the heartbeats' patience (20 s); a
// process stands still for longer than any timeout in one of four.
constexpr std::array kClasses{
    FaultClass{FaultKind::cut, 45, 10, Whom::node, {1, 4'000}, {}},
    FaultClass{FaultKind::blocked_up, 25, 3, Whom::node, {10, 60'000}, {}},
    FaultClass{FaultKind::blocked_down, 25, 3, Whom::node, {10, 60'000}, {}},
    FaultClass{FaultKind::blocked, 20, 3, Whom::node, {10, 60'000}, {}},
    FaultClass{FaultKind::half_open, 30, 5, Whom::node, {}, {}},
    FaultClass{FaultKind::storm, 20, 3, Whom::everybody, {}, {}},
    FaultClass{FaultKind::lossy, 30, 3, Whom::node, {500, 8'000}, {1, 30}},
    FaultClass{FaultKind::slow_link, 30, 4, Whom::node, {500, 10'000}, {20, 8'000}},
    FaultClass{FaultKind::slow_reader, 20, 2, Whom::node, {1'000, 15'000}, {5, 1'500}},
    FaultClass{FaultKind::kill, 40, 6, Whom::either, {1, 3'000}, {}},
    FaultClass{FaultKind::kill_at_send, 25, 4, Whom::either, {1, 2'000}, {}},
    FaultClass{FaultKind::kill_at_append, 25, 3, Whom::authority, {1, 2'000}, {}},
    FaultClass{FaultKind::power_loss, 40, 6, Whom::either, {1, 3'000}, {}},
    FaultClass{FaultKind::pause, 25, 3, Whom::either, {5, 28'000}, {}},
    FaultClass{FaultKind::failed_read, 15, 3, Whom::either, {100, 3'000}, {1, 400}},
    FaultClass{FaultKind::failed_write, 15, 3, Whom::either, {100, 3'000}, {1, 20}},
    FaultClass{FaultKind::failed_sync, 15, 3, Whom::node, {100, 3'000}, {1, 4}},
    FaultClass{FaultKind::failed_flush, 10, 1, Whom::authority, {100, 3'000}, {1, 1}},
    FaultClass{FaultKind::full_disk, 15, 2, Whom::either, {100, 4'000}, {}},
    FaultClass{FaultKind::slow_disk, 15, 2, Whom::node, {500, 8'000}, {1, 400}},
    FaultClass{FaultKind::bit_flip, 20, 3, Whom::either, {100, 3'000}, {0, 1 << 20}},
    FaultClass{FaultKind::log_slow, 20, 3, Whom::authority, {500, 8'000}, {10, 2'000}},
    FaultClass{FaultKind::log_away, 20, 3, Whom::authority, {50, 4'000}, {}},
    FaultClass{FaultKind::log_unknown_lost, 20, 3, Whom::authority, {}, {1, 4}},
    FaultClass{FaultKind::log_unknown_kept, 20, 3, Whom::authority, {}, {1, 4}},
    FaultClass{FaultKind::log_fenced, 15, 2, Whom::authority, {1, 2'000}, {}},
    FaultClass{FaultKind::log_flip, 10, 1, Whom::authority, {1, 2'000}, {0, 1 << 20}},
    FaultClass{FaultKind::clock_jump, 25, 4, Whom::either, {}, {-10 * 365 * kDayMs, kDayMs}},
    FaultClass{FaultKind::flush, 30, 4, Whom::either, {}, {}},
    FaultClass{FaultKind::backup, 20, 2, Whom::authority, {}, {}},
    FaultClass{FaultKind::old_backup, 20, 2, Whom::node, {100, 12'000}, {}},
    FaultClass{FaultKind::clone, 12, 1, Whom::node, {}, {}},
};

constexpr uint64_t kFilteringStream = 0x6669'6c74'6572'696e;
constexpr uint64_t kVersioningStream = 0x7665'7273'696f'6e73;

class Drawing {
 public:
  explicit Drawing(uint64_t seed, bool versioned = false)
      : random_(seed ^ kStream), versioned_(versioned) {
    plan_.seed = seed;
  }

  SeedPlan draw() {
    // Mostly small and short, for then many can be run; a few are larger, a few longer.
    plan_.nodes = random_.chance(8) ? static_cast<int>(random_.between(8, 14))
                                    : static_cast<int>(random_.between(2, 5));
    plan_.writing_ms =
        random_.chance(5) ? random_.between(40'000, 90'000) : random_.between(4'000, 24'000);
    plan_.changing = random_.chance(60);
    plan_.querying = random_.chance(60);
    plan_.filtering = Random(plan_.seed ^ kFilteringStream).chance(40);
    draw_versions(versioned_);
    if (random_.chance(4)) return plan_;  // nothing goes wrong
    for (const FaultClass& fault_class : kClasses)
      if (random_.chance(fault_class.percent)) draw_some(fault_class);
    if (random_.chance(20)) draw_flapping();
    if (random_.chance(30)) draw_rogue();
    draw_clocks();
    if (random_.chance(20)) add(0, FaultKind::trim, kAuthority, 0, random_.between(500, 20'000));
    if (random_.chance(6)) {
      const int64_t days = random_.between(31, 90);
      add(plan_.writing_ms * 1000, FaultKind::long_offline, some_node(), 0, days);
    }
    std::stable_sort(plan_.faults.begin(), plan_.faults.end(),
                     [](const Fault& a, const Fault& b) { return a.at_us < b.at_us; });
    return plan_;
  }

 private:
  // From a stream of their own, so that nothing else is drawn otherwise. Somebody is away for most
  // of the time, with what he has written before.
  void draw_versions(bool always) {
    Random random(plan_.seed ^ kVersioningStream);
    plan_.versioning = random.chance(30) || always;
    if (!plan_.versioning) return;
    plan_.filtering = false;
    const int away = static_cast<int>(random.below(static_cast<uint64_t>(plan_.nodes)));
    if (random.chance(70))
      add(random.between(1, plan_.writing_ms * 300), FaultKind::cut, away, plan_.writing_ms * 3 / 4,
          0);
    if (random.chance(10))
      add(plan_.writing_ms * 1000, FaultKind::long_offline, away, 0, random.between(31, 60));
  }

  int some_node() { return static_cast<int>(random_.below(static_cast<uint64_t>(plan_.nodes))); }
  int64_t some_time() { return random_.between(1, plan_.writing_ms * 1000); }
  void add(int64_t at_us, FaultKind kind, int target, int64_t for_ms, int64_t amount) {
    plan_.faults.push_back({at_us, kind, target, for_ms, amount});
  }

  void draw_some(const FaultClass& c) {
    const int64_t count = random_.between(1, std::max<int64_t>(c.most, 1));
    for (int64_t i = 0; i < count; ++i) {
      int target = kEverybody;
      if (c.whom == Whom::node) target = some_node();
      if (c.whom == Whom::authority) target = kAuthority;
      if (c.whom == Whom::either) target = random_.chance(30) ? kAuthority : some_node();
      // Short ones as often as long ones: the upper end is drawn first.
      const int64_t at_most = random_.between(c.for_ms.low, c.for_ms.high);
      const int64_t amount = random_.between(c.amount.low, c.amount.high);
      const int64_t for_ms = random_.between(c.for_ms.low, at_most);
      add(some_time(), c.kind, target, for_ms, amount);
    }
  }

  void draw_flapping() {
    const int node = some_node();
    const int64_t period_us = random_.between(20'000, 1'500'000);
    int64_t at_us = some_time();
    for (int64_t i = random_.between(4, 20); i > 0; --i) {
      add(at_us, FaultKind::flap, node, random_.between(1, 40), 0);
      at_us += random_.between(period_us / 2, period_us);
    }
  }

  void draw_rogue() {
    constexpr auto kFirst = static_cast<int64_t>(FaultKind::rogue_gap);
    constexpr auto kLast = static_cast<int64_t>(FaultKind::rogue_replay);
    for (int64_t i = random_.between(1, 10); i > 0; --i) {
      const auto kind = static_cast<FaultKind>(random_.between(kFirst, kLast));
      add(some_time(), kind, kAuthority, 0, 0);
    }
  }

  void draw_clocks() {
    const bool skewed = random_.chance(40);
    const bool drifting = random_.chance(25);
    const bool at_epoch = random_.chance(15);
    for (int target = kAuthority; target < plan_.nodes; ++target) {
      if (skewed && random_.chance(60))
        add(0, FaultKind::clock_skew, target, 0, random_.between(-kDayMs, kDayMs));
      if (drifting && random_.chance(60))
        add(0, FaultKind::clock_drift, target, 0, random_.between(-500, 500));
      if (at_epoch && random_.chance(30))
        add(random_.chance(50) ? 0 : some_time(), FaultKind::clock_1970, target, 0, 0);
    }
  }

  Random random_;
  const bool versioned_;
  SeedPlan plan_;
};

}  // namespace

SeedPlan draw_plan(uint64_t seed) { return Drawing(seed).draw(); }
SeedPlan draw_versioned_plan(uint64_t seed) { return Drawing(seed, true).draw(); }

}  // namespace syncline::sim
