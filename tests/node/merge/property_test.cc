// Random histories: what must hold whatever happens. World checks each merge besides (harness.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "tests/node/merge/random_script.h"

namespace syncline::merge_test {
namespace {

// SYNCLINE_MERGE_SEEDS asks for more.
const uint64_t kSeeds = [] {
  const char* wanted = std::getenv("SYNCLINE_MERGE_SEEDS");
  return wanted == nullptr ? uint64_t{300} : std::strtoull(wanted, nullptr, 10);
}();

// Writers write, deliver and download at random.
template <class OnDelivered>
void run_history(World& world, Random& random, const Palette& palette, int steps,
                 OnDelivered on_delivered) {
  uint64_t time = 10;
  for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
    Peer& peer = world.peer(1 + random() % 3);
    time += random() % 3;
    switch (random() % 5) {
      case 0:
      case 1:
        peer.write(time + random() % 20, [&](Editor& e) {
          for (uint64_t n = random() % 3 + 1; n > 0; --n) random_operation(random, palette, e);
        });
        break;
      case 2:
      case 3:
        if (peer.pending() > 0) {
          const Sent sent = peer.next();
          on_delivered(peer, sent, peer.deliver());
        }
        break;
      default:
        peer.download();
    }
  }
}

void ignore(Peer&, const Sent&, const std::vector<Outcome>&) {}

void begin(World& world) {
  world.peer(1).write(1, create_everything);
  for (uint64_t id : {2, 3}) world.peer(id);
  world.settle();
}

TEST(MergeProperties, EffectsReproduceStateInRandomHistories) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    begin(world);
    run_history(world, random, {}, 120, [&](Peer&, const Sent& sent, const auto& outcomes) {
      ASSERT_EQ(outcomes.size(), sent.groups[0]->operations.size());
      for (size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_EQ(outcomes[i].ordinal, sent.groups[0]->operations[i].ordinal);
        EXPECT_NE(outcomes[i].verdict, Verdict::refused);
      }
      if (random() % 8 == 0) {
        uint64_t horizon = world.seq().value;
        for (uint64_t id : {1, 2, 3}) horizon = std::min(horizon, world.peer(id).base().value);
        world.set_horizon(LogSeq(horizon));
      }
    });
  }
}

TEST(MergeProperties, HorizonAtTheOldestCursorChangesNothingVisible) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    World plain;
    World pruned;
    for (World* world : {&plain, &pruned}) {
      Random random(seed);
      begin(*world);
      run_history(*world, random, {.objects = false}, 100, [&](Peer&, const Sent&, const auto&) {
        if (world == &plain) return;
        uint64_t horizon = world->seq().value;
        for (uint64_t id : {1, 2, 3}) horizon = std::min(horizon, world->peer(id).base().value);
        // Pending changesets were written on older bases than their writer's cursor.
        for (uint64_t id : {1, 2, 3}) {
          if (world->peer(id).pending() > 0) {
            horizon = std::min(horizon, world->peer(id).next().base.value);
          }
        }
        world->set_horizon(LogSeq(horizon));
      });
      world->settle();
    }
    EXPECT_EQ(plain.show(), pruned.show());
  }
}

TEST(MergeProperties, WhatOneWriterShowsIsWhatTheAuthorityMakesOfIt) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    Peer& peer = world.peer(1);
    peer.write(1, create_everything);
    for (int i = 0; i < 40; ++i) {
      peer.write(random() % 100, [&](Editor& e) { random_operation(random, {}, e); });
      if (random() % 3 == 0) peer.deliver();
      if (random() % 3 == 0) peer.download();
    }
    const std::string shown = show(peer.image());
    peer.deliver_all();
    EXPECT_EQ(world.show(), shown);
  }
}

TEST(MergeProperties, ConcurrentChangesetsEndAlikeInAnyOrder) {
  // Without what docs/conflict-resolution.md names in "What depends on arrival".
  const Palette palette{.kinds = false, .moves = false, .erases = false};
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    begin(world);
    for (uint64_t id : {1, 2, 3}) {
      world.peer(id).write(10 + random() % 10, [&](Editor& e) {
        for (uint64_t n = random() % 4 + 1; n > 0; --n) random_operation(random, palette, e);
      });
    }
    std::map<std::string, std::vector<uint64_t>> ends;
    std::vector<uint64_t> order{1, 2, 3};
    do {
      const auto fork = world.fork();
      for (uint64_t id : order) fork->peer(id).deliver();
      ends.emplace(fork->show(), order);
    } while (std::next_permutation(order.begin(), order.end()));
    std::string all;
    for (const auto& [end, by] : ends) all += end + "\n";
    EXPECT_EQ(ends.size(), 1u) << all;
  }
}

// An oracle that shares nothing with the merger but the stamps: for fields that are only set, the
// highest (stamp, name).
TEST(MergeProperties, FieldsHoldTheLastWriteByStampAndName) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    world.peer(1).write(1, [](Editor& e) { e.create(); });
    for (uint64_t id : {2, 3}) world.peer(id);
    world.settle();
    std::map<int, std::tuple<Stamp, ChangesetName, Value>> model;
    for (int i = 0; i < 100; ++i) {
      Peer& peer = world.peer(1 + random() % 3);
      if (random() % 3 == 0) peer.download();
      peer.write(random() % 50, [&](Editor& e) {
        e.set(at(static_cast<int>(1 + random() % 4)), Value(static_cast<int64_t>(random())));
      });
      const Sent sent = peer.next();
      peer.deliver();
      const Operation& operation = sent.groups[0]->operations[0];
      auto& slot = model[static_cast<int>(std::get<FieldNumber>(operation.path[0]).value)];
      slot = std::max(slot, std::tuple(peer.last_stamp(), sent.name, operation.item->value()),
                      [](const auto& a, const auto& b) {
                        return std::tie(std::get<0>(a), std::get<1>(a)) <
                               std::tie(std::get<0>(b), std::get<1>(b));
                      });
    }
    for (const auto& [number, winner] : model) {
      EXPECT_EQ(find_item(world.row()->fields, at(number))->value(), std::get<2>(winner));
    }
  }
}

// ... and for a counter: the last set, and the adds after it.
TEST(MergeProperties, CountersHoldTheLastSetAndTheAddsAfterIt) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    world.peer(1).write(1, [](Editor& e) { e.create({{1, Value(int64_t{0})}}); });
    for (uint64_t id : {2, 3}) world.peer(id);
    world.settle();
    const bool with_sets = seed % 2 == 0;
    struct Done {
      Stamp stamp;
      ChangesetName name;
      bool set;
      int64_t amount;
      auto key() const { return std::tie(stamp, name); }
    };
    std::vector<Done> done;
    for (int i = 0; i < 60; ++i) {
      Peer& peer = world.peer(1 + random() % 3);
      if (random() % 3 == 0) peer.download();
      const bool set = with_sets && random() % 6 == 0;
      const auto amount = static_cast<int64_t>(random());
      const ChangesetName name = peer.next_name();
      peer.write(random() % 50, [&](Editor& e) {
        if (set) {
          e.set(at(1), Value(amount));
        } else {
          e.increment(at(1), amount);
        }
      });
      peer.deliver();
      done.push_back({peer.last_stamp(), name, set, amount});
    }
    std::sort(done.begin(), done.end(),
              [](const Done& a, const Done& b) { return a.key() < b.key(); });
    uint64_t value = 0;
    for (const Done& one : done) {
      value = (one.set ? 0 : value) + static_cast<uint64_t>(one.amount);
    }
    EXPECT_EQ(find_item(world.row()->fields, at(1))->value(), Value(static_cast<int64_t>(value)));
  }
}

TEST(MergeProperties, ErasedElementsNeverComeBack) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    begin(world);
    std::set<Step> erased;
    run_history(world, random, {}, 120, [&](Peer&, const Sent& sent, const auto&) {
      for (const Operation& operation : sent.groups[0]->operations) {
        if (operation.kind == OperationKind::erase) erased.insert(operation.path.back());
      }
      const Scope* list = world.row() ? find_scope(world.row()->fields, at(field::kList)) : nullptr;
      if (list == nullptr) return;
      for (const Child& child : list->children) EXPECT_FALSE(erased.contains(child.step));
    });
  }
}

// Inserts stand where their writer put them among all that it showed, if what it shows is not mixed
// from its own pending and what came in since (there the pending stands provisionally).
TEST(MergeProperties, InsertsStandBetweenTheNeighboursTheirWriterSaw) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    world.peer(1).write(1, [](Editor& e) {
      e.create();
      e.set(at(1), Value(List{1, 2, 3}));
    });
    for (uint64_t id : {2, 3}) world.peer(id);
    world.settle();
    // By insert: what its writer showed left of it, and right of it.
    std::map<Step, std::pair<std::vector<Step>, std::vector<Step>>> seen;
    for (int i = 0; i < 60; ++i) {
      Peer& peer = world.peer(1 + random() % 3);
      if (random() % 2 == 0 && peer.pending() == 0) peer.download();
      peer.write(random() % 50, [&](Editor& e) {
        const auto row = e.image();
        const auto& children = find_scope(row->fields, at(1))->children;
        const size_t index = random() % (children.size() + 1);
        const Step id = e.insert(at(1), index, Value(i));
        for (size_t k = 0; k < children.size(); ++k) {
          (k < index ? seen[id].first : seen[id].second).push_back(children[k].step);
        }
      });
      if (random() % 2 == 0) peer.deliver_all();
    }
    world.settle();
    std::map<Step, size_t> index;
    for (const Child& child : find_scope(world.row()->fields, at(1))->children) {
      index.emplace(child.step, index.size());
    }
    for (const auto& [id, sides] : seen) {
      for (const Step& left : sides.first) EXPECT_LT(index.at(left), index.at(id));
      for (const Step& right : sides.second) EXPECT_LT(index.at(id), index.at(right));
    }
  }
}

TEST(MergeProperties, AfterEverythingIsSeenAllShowTheSame) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    World world;
    begin(world);
    run_history(world, random, {}, 60, ignore);
    world.settle();
    for (uint64_t id : {1, 2, 3}) EXPECT_EQ(show(world.peer(id).image()), world.show());
  }
}

}  // namespace
}  // namespace syncline::merge_test
