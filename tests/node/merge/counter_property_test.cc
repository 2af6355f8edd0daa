// Adds and sets of many peers, arriving in random orders, against the table read literally: an add
// counts if the set that stands has not seen it and is earlier. Up to 64 adds the two agree;
// beyond, joined adds may count where the table drops them, never the reverse.
//
// Every merge on the way is also replayed from its effects and read back from its bytes
// (tests/node/merge/harness.cc), so what holds here holds through a fold and a restart.
#include <gtest/gtest.h>

#include "proto/limits.h"
#include "sim/world/random.h"
#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

constexpr int64_t kStart = 9;
// Far above what all other adds come to: whether one add counts can be read off the value.
constexpr int64_t kProbe = int64_t{1} << 40;
constexpr int64_t kSetUnit = int64_t{1} << 20;

struct CounterWrite {
  uint64_t peer = 0;
  uint64_t time = 0;
  bool set = false;
};

// Who writes what when, and what happens then; the same for every probe.
struct CounterPlan {
  std::vector<CounterWrite> writes;
  uint64_t peers = 0;
  uint64_t order = 0;      // seed of arrivals
  bool downloads = false;  // peers see what arrived meanwhile
};

CounterPlan draw_plan(sim::Random& random, int adds, int sets, bool downloads) {
  CounterPlan plan;
  plan.peers = 2 + random.below(6);
  plan.order = random.next();
  plan.downloads = downloads;
  std::vector<bool> kinds(static_cast<size_t>(adds), false);
  kinds.insert(kinds.end(), static_cast<size_t>(sets), true);
  for (size_t i = kinds.size(); i > 1; --i) {
    const size_t other = random.below(i);
    const bool kept = kinds[i - 1];
    kinds[i - 1] = kinds[other];
    kinds[other] = kept;
  }
  for (const bool set : kinds)
    plan.writes.push_back({1 + random.below(plan.peers), 1 + random.below(1000), set});
  return plan;
}

// What arrived, as the table reads it.
struct Arrived {
  bool set = false;
  size_t write = 0;  // of the plan
  ChangesetName name;
  LogSeq base;
  LogSeq seq;
  Stamp stamp;
};

struct CounterRun {
  int64_t value = 0;
  std::vector<Arrived> arrived;
};

// The plan with one add that is large (none: SIZE_MAX), arriving as `arrivals` says.
CounterRun run_plan(const CounterPlan& plan, size_t probe, uint64_t arrivals) {
  World world;
  world.peer(99).write(1, [](Editor& e) { e.create({{1, Value(kStart)}}); });
  for (uint64_t id = 1; id <= plan.peers; ++id) world.peer(id);
  world.settle();
  CounterRun run;
  sim::Random random(arrivals);
  std::map<uint64_t, std::deque<size_t>> sent;
  const auto deliver = [&](uint64_t id) {
    Peer& peer = world.peer(id);
    if (peer.pending() == 0) return;
    Arrived one{plan.writes[sent[id].front()].set,
                sent[id].front(),
                peer.next().name,
                peer.next().base,
                {},
                {}};
    sent[id].pop_front();
    peer.deliver();
    one.seq = world.seq();
    one.stamp = peer.last_stamp();
    run.arrived.push_back(one);
  };
  for (size_t i = 0; i < plan.writes.size(); ++i) {
    const CounterWrite& step = plan.writes[i];
    world.peer(step.peer).write(step.time, [&](Editor& e) {
      if (step.set)
        e.set(at(1), Value(static_cast<int64_t>(i) * kSetUnit));
      else
        e.increment(at(1), i == probe ? kProbe : 1);
    });
    sent[step.peer].push_back(i);
    if (!plan.downloads) continue;
    while (random.chance(40)) deliver(1 + random.below(plan.peers));
    if (random.chance(20)) world.peer(1 + random.below(plan.peers)).download();
  }
  for (;;) {
    uint64_t left = 0;
    for (uint64_t id = 1; id <= plan.peers; ++id) left += world.peer(id).pending();
    if (left == 0) break;
    deliver(1 + random.below(plan.peers));
  }
  run.value = find_item(world.row()->fields, at(1))->value().as_integer();
  return run;
}

bool comes_later(const Arrived& a, const Arrived& b) {
  return a.stamp != b.stamp ? a.stamp > b.stamp : a.name > b.name;
}

const Arrived* standing_set(const CounterRun& run) {
  const Arrived* stands = nullptr;
  for (const Arrived& one : run.arrived)
    if (one.set && (stands == nullptr || comes_later(one, *stands))) stands = &one;
  return stands;
}

bool counts_by_table(const Arrived& add, const Arrived* set) {
  if (set == nullptr) return true;
  const bool own = add.name.origin == set->name.origin && add.name.number < set->name.number;
  return !own && add.seq > set->base && comes_later(add, *set);
}

int64_t by_the_table(const CounterRun& run) {
  const Arrived* set = standing_set(run);
  int64_t value = set == nullptr ? kStart : static_cast<int64_t>(set->write) * kSetUnit;
  for (const Arrived& one : run.arrived) value += !one.set && counts_by_table(one, set) ? 1 : 0;
  return value;
}

constexpr int kMany = static_cast<int>(limits::kCounterAddsMax);

TEST(CounterProperties, UpToSixtyFourAddsEveryOrderOfArrivalEndsAlike) {
  sim::Random random(64);
  for (int round = 0; round < 150; ++round) {
    const int adds = round % 3 == 0 ? kMany : 1 + static_cast<int>(random.below(kMany));
    const CounterPlan plan = draw_plan(random, adds, 1 + static_cast<int>(random.below(6)), false);
    std::set<int64_t> ends;
    for (int order = 0; order < 8; ++order) {
      const CounterRun run = run_plan(plan, SIZE_MAX, random.next());
      ends.insert(run.value);
      EXPECT_EQ(run.value, by_the_table(run)) << "round " << round;
    }
    EXPECT_EQ(ends.size(), 1u) << "round " << round;
  }
}

TEST(CounterProperties, UpToSixtyFourAddsAgreeWithTheTableWhateverWasSeen) {
  sim::Random random(65);
  for (int round = 0; round < 400; ++round) {
    const CounterPlan plan = draw_plan(random, 1 + static_cast<int>(random.below(kMany)),
                                       static_cast<int>(random.below(8)), true);
    const CounterRun run = run_plan(plan, SIZE_MAX, plan.order);
    EXPECT_EQ(run.value, by_the_table(run)) << "round " << round;
  }
}

TEST(CounterProperties, BeyondThemAnAddThatTheTableCountsIsNeverDropped) {
  sim::Random random(66);
  uint64_t erred = 0;
  for (int round = 0; round < 12; ++round) {
    const CounterPlan plan = draw_plan(random, kMany + 8 + static_cast<int>(random.below(60)),
                                       1 + static_cast<int>(random.below(6)), round % 2 == 0);
    for (size_t probe = 0; probe < plan.writes.size(); ++probe) {
      if (plan.writes[probe].set) continue;
      const CounterRun run = run_plan(plan, probe, plan.order);
      const Arrived* set = standing_set(run);
      const auto add = std::find_if(run.arrived.begin(), run.arrived.end(),
                                    [&](const Arrived& one) { return one.write == probe; });
      const int64_t counted = run.value / kProbe;
      ASSERT_TRUE(counted == 0 || counted == 1) << "an add counts once";
      if (counts_by_table(*add, set)) {
        EXPECT_EQ(counted, 1) << "round " << round << ", write " << probe;
      } else {
        erred += static_cast<uint64_t>(counted);
      }
    }
  }
  // The allowed error is met: the test looks at joins that matter.
  EXPECT_GT(erred, 0u);
}

}  // namespace
}  // namespace syncline::merge_test
