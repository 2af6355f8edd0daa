// What only virtual clocks and disks can show of bad input: clocks in 1970, disks that are full for
// a while, a node that ignores its credit.
#include <gtest/gtest.h>

#include <deque>

#include "proto/limits.h"
#include "sim/world/fleet.h"
#include "tests/node/authority/hand_node.h"

namespace syncline::sim {
namespace {

constexpr int64_t kRestMs = 60'000;

class BadInputSim : public ::testing::Test {
 protected:
  void SetUp() override {
    const Status begun = fleet_.begin();
    ASSERT_TRUE(begun) << begun.error().message;
    settle();
  }
  void settle() {
    const Status settled = fleet_.settle(kRestMs);
    ASSERT_TRUE(settled) << settled.error().message;
  }
  Status put_name(Draft* draft, const char* name) {
    return draft->put(fleet_.type("Thing"), Document{{"_id", "a"}, {"name", name}});
  }
  bool write(NodeProcess& node, const char* name, Durability durability = Durability::commit) {
    return node.write(durability, [&](Draft& draft) { return put_name(&draft, name); }).has_value();
  }
  // As every node shows it, if they agree.
  std::string name_everywhere() {
    std::string name;
    const TypeNumber type = fleet_.type("Thing");
    const FieldNumber field = fleet_.schema().type(type)->field("name")->number;
    for (auto& node : fleet_.nodes) {
      const auto row = read_confirmed(node->disk(), {type, *object_key(Value("a"))});
      if (!row || !*row) return "absent at a node";
      const Child* found = (*row)->fields.find(field);
      const std::string here =
          found == nullptr ? "no name" : found->item.value().get<std::string>();
      if (!name.empty() && name != here) return name + " and " + here;
      name = here;
    }
    return name;
  }
  void set_clock_to_1970(DeviceClock& clock) {
    clock.skew_ms = -DeviceClock::kEpochMs - fleet_.clock.now_ms();
    ASSERT_LT(clock.read(fleet_.clock.now_ms()).wall_ms, 1'000);
  }

  Fleet fleet_{FleetOptions{.seed = 5, .nodes = 3}};
};

TEST_F(BadInputSim, ANodeInThe1970sWinsWithWhatItWroteLast) {
  set_clock_to_1970(fleet_.nodes[1]->clock());
  for (int i : {1, 2}) fleet_.network.set_cut(fleet_.nodes[i]->id(), true);
  ASSERT_TRUE(write(*fleet_.nodes[2], "earlier, by a good clock"));
  fleet_.run_for(5'000);
  ASSERT_TRUE(write(*fleet_.nodes[1], "later, in 1970"));
  settle();
  EXPECT_EQ(name_everywhere(), "later, in 1970");
  // The other way round.
  for (int i : {1, 2}) fleet_.network.set_cut(fleet_.nodes[i]->id(), true);
  ASSERT_TRUE(write(*fleet_.nodes[1], "earlier, in 1970"));
  fleet_.run_for(5'000);
  ASSERT_TRUE(write(*fleet_.nodes[2], "later, by a good clock"));
  settle();
  EXPECT_EQ(name_everywhere(), "later, by a good clock");
}

TEST_F(BadInputSim, AnAuthorityInThe1970sGoesOnAboveItsOwnStamps) {
  ASSERT_TRUE(write(*fleet_.nodes[0], "before"));
  settle();
  fleet_.authority.kill();
  set_clock_to_1970(fleet_.authority.clock());
  ASSERT_TRUE(fleet_.authority.start());
  for (const char* name : {"one", "two", "three"}) {
    ASSERT_TRUE(write(*fleet_.nodes[1], name));
    settle();
    EXPECT_EQ(name_everywhere(), name);
  }
  // And back.
  fleet_.authority.kill();
  fleet_.authority.clock().skew_ms = 0;
  ASSERT_TRUE(fleet_.authority.start());
  ASSERT_TRUE(write(*fleet_.nodes[2], "today"));
  settle();
  EXPECT_EQ(name_everywhere(), "today");
}

TEST_F(BadInputSim, AFullLogIsWaitedForAndNothingIsToldBefore) {
  const Cursor before = fleet_.authority.machine().committed();
  fleet_.authority.log().fail_with(fail(ErrorCode::kStoreFull, "no space is left"));
  ASSERT_TRUE(write(*fleet_.nodes[0], "while full"));
  fleet_.run_for(10'000);
  EXPECT_EQ(fleet_.authority.machine().committed(), before);
  EXPECT_EQ(fleet_.nodes[0]->machine().status().pending, 1u);
  fleet_.authority.log().fail_with({});
  settle();
  EXPECT_EQ(name_everywhere(), "while full");
  EXPECT_EQ(fleet_.authority.restarts, 1u) << "it went on by itself";
}

TEST_F(BadInputSim, AFullStateIsWaitedForAndNothingIsToldBefore) {
  fleet_.authority.state().fail_at(MemoryStore::Operation::write, 1, ErrorCode::kStoreFull, true);
  ASSERT_TRUE(write(*fleet_.nodes[0], "while full"));
  fleet_.run_for(2'000);
  EXPECT_EQ(fleet_.nodes[0]->machine().status().pending, 1u);
  fleet_.authority.state().clear_faults();
  settle();
  EXPECT_EQ(name_everywhere(), "while full");
  EXPECT_EQ(fleet_.authority.restarts, 1u) << "it went on by itself";
}

TEST_F(BadInputSim, AFullDiskOfANodeLosesNothingThatWasDurable) {
  NodeProcess& node = *fleet_.nodes[1];
  fleet_.network.set_cut(node.id(), true);
  ASSERT_TRUE(write(node, "durable"));
  node.disk().fail_at(MemoryStore::Operation::write, 1, ErrorCode::kStoreFull, true);
  EXPECT_FALSE(write(node, "no room"));
  EXPECT_EQ(node.failure.error().code, ErrorCode::kStoreFull);
  ASSERT_TRUE(fleet_.nodes[0]->write(Durability::commit, [&](Draft& draft) {
    return draft.put(fleet_.type("Thing"), Document{{"_id", "b"}, {"name", "the others go on"}});
  }));
  fleet_.run_for(5'000);
  EXPECT_EQ(fleet_.nodes[0]->machine().status().pending, 0u);
  node.disk().clear_faults();
  settle();
  EXPECT_EQ(name_everywhere(), "durable");
}

TEST_F(BadInputSim, AnUploadBeyondItsCreditIsTooLarge) {
  const KeyPair identity = key_pair_from_seed({42});
  const NodeId id = node_id_of(identity.public_key);
  ASSERT_TRUE(fleet_.authority.add_node(id, "worker", identity.public_key));
  std::deque<Bytes> arrived;
  bool up = false;
  fleet_.network.add_device(
      id, {[&] { up = true; }, [] {}, [&](Bytes frame) { arrived.push_back(std::move(frame)); }},
      {.latency_us_min = 1'000, .latency_us_max = 1'000});
  fleet_.network.set_device_up(id, true);
  while (!up) ASSERT_TRUE(fleet_.clock.run_next(kRestMs));
  HandNode hand(
      id, identity, fleet_.authority.server_key(),
      [&](const Bytes& frame) { fleet_.network.send_to_server(id, frame); },
      [&]() -> Bytes {
        const int64_t until = fleet_.clock.now_ms() + kRestMs;
        while (arrived.empty())
          if (!fleet_.clock.run_next(until)) return {};
        Bytes frame = std::move(arrived.front());
        arrived.pop_front();
        return frame;
      });
  hand.greet();
  // They arrive together, before any is decided.
  Random noise(9);
  for (int i = 0; i < 8; ++i) {
    Bytes bytes(900'000, 0);
    for (char& byte : bytes) byte = static_cast<char>(noise.next());
    hand.upload({bytes});
  }
  hand.expect_goodbye(ErrorCode::kTooLarge, "beyond the credit", true);
  ASSERT_TRUE(write(*fleet_.nodes[0], "served"));
  settle();
  EXPECT_EQ(name_everywhere(), "served");
}

}  // namespace
}  // namespace syncline::sim
