// A mark says that everything is here that the authority had committed when it heard the question:
// behind the live stream, behind a transfer, behind a view that changes, over a lost connection.
#include <gtest/gtest.h>

#include "node/replica/subscriptions.h"
#include "sim/world/fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kMarksQuietMs = 60'000;

class Marks : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fleet_.begin().has_value());
    ASSERT_TRUE(fleet_.settle(kMarksQuietMs).has_value());
    reader().on_told = [this](const ReplicaOutput& out) {
      // An answer that comes too early is not believed, and the session is greeted again.
      if (out.trouble) ADD_FAILURE() << out.trouble->message;
    };
  }
  NodeProcess& writer() { return *fleet_.nodes[0]; }
  NodeProcess& reader() { return *fleet_.nodes[1]; }

  void write(int from, int count) {
    for (int i = from; i < from + count; ++i)
      ASSERT_TRUE(writer().write(Durability::commit, [&](Draft& draft) {
        return draft.put(fleet_.type("Thing"),
                         Document{{"_id", "t" + std::to_string(i)}, {"name", "n"}});
      }));
    // Committed at the authority; the reader need not have heard of it.
    while (writer().machine().status().pending > 0)
      ASSERT_TRUE(fleet_.clock.run_next(fleet_.clock.now_ms() + kMarksQuietMs));
  }
  // Until it is committed, and no longer.
  void change(const std::function<Status(Draft&)>& body) {
    const LogSeq before = fleet_.authority.machine().committed().seq;
    ASSERT_TRUE(reader().write(Durability::commit, body));
    while (fleet_.authority.machine().committed().seq == before)
      ASSERT_TRUE(fleet_.clock.run_next(fleet_.clock.now_ms() + kMarksQuietMs));
  }
  uint64_t ask() {
    reader().input(replica_input::AskMark{});
    return reader().machine().status().marks_asked;
  }
  bool reached(uint64_t mark) { return reader().machine().status().marks_reached >= mark; }
  void wait_for(uint64_t mark) {
    const int64_t until = fleet_.clock.now_ms() + kMarksQuietMs;
    while (!reached(mark)) ASSERT_TRUE(fleet_.clock.run_next(until)) << "the mark is not answered";
  }
  size_t held() {
    size_t count = 0;
    EXPECT_TRUE(visit_objects(reader().disk(), fleet_.type("Thing"), true,
                              [&](const ObjectKey&, const Row&) { return ++count, true; })
                    .has_value());
    return count;
  }

  Fleet fleet_{FleetOptions{.seed = 21, .nodes = 2}};
};

TEST_F(Marks, StandBehindTheLiveStream) {
  for (int round = 0; round < 20; ++round) {
    write(round * 5, 5);
    wait_for(ask());
    EXPECT_EQ(held(), static_cast<size_t>(round + 1) * 5);
  }
}

TEST_F(Marks, AreAnsweredWhereThereIsNothingToTell) {
  wait_for(ask());
  wait_for(ask());
  EXPECT_EQ(reader().machine().status().marks_reached, 2u);
}

TEST_F(Marks, OfManyAskersAreAnsweredInOrderAndNoneIsForgotten) {
  const uint64_t first = ask();
  const uint64_t second = ask();
  write(0, 3);
  const uint64_t third = ask();
  wait_for(third);
  EXPECT_TRUE(reached(first) && reached(second));
  EXPECT_EQ(held(), 3u);
}

TEST_F(Marks, StandBehindACatchUp) {
  fleet_.network.set_cut(reader().id(), true);
  write(0, 50);
  const uint64_t mark = ask();
  fleet_.run_for(5'000);
  EXPECT_FALSE(reached(mark));
  fleet_.network.set_cut(reader().id(), false);
  wait_for(mark);
  EXPECT_EQ(held(), 50u);
}

TEST_F(Marks, StandBehindAChangedView) {
  write(0, 50);
  ASSERT_TRUE(fleet_.settle(kMarksQuietMs).has_value());
  EXPECT_EQ(held(), 50u);
  // What leaves is settled by a have-list: the node is asked first.
  change([&](Draft& draft) { return unsubscribe(&draft, reader().id(), "things"); });
  wait_for(ask());
  EXPECT_EQ(held(), 0u);
  change([&](Draft& draft) -> Status {
    SYNCLINE_TRY(subscribe(&draft, reader().id(), "things", "Thing", ""));
    return {};
  });
  wait_for(ask());
  EXPECT_EQ(held(), 50u);
}

TEST_F(Marks, SurviveTheConnectionAndTheAuthority) {
  write(0, 10);
  const uint64_t mark = ask();
  fleet_.authority.kill();
  fleet_.run_for(1'000);
  EXPECT_FALSE(reached(mark));
  ASSERT_TRUE(fleet_.authority.start().has_value());
  wait_for(mark);
  EXPECT_EQ(held(), 10u);
}

}  // namespace
}  // namespace syncline::sim
