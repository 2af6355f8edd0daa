#include "node/runtime/outbox.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

constexpr ConnectionId kOne{1}, kTwo{2};
using Push = Outboxes::Push;

Bytes frame(size_t size) { return Bytes(size, 'f'); }

TEST(Outboxes, WakeOnceForAllThatIsPushedUntilItIsTaken) {
  Outboxes outboxes(100, 1000);
  outboxes.open(kOne);
  outboxes.open(kTwo);
  EXPECT_EQ(outboxes.push(kOne, "a"), Push::queued_first);
  EXPECT_EQ(outboxes.push(kOne, "b"), Push::queued);
  EXPECT_EQ(outboxes.push(kTwo, "c"), Push::queued);
  EXPECT_EQ(outboxes.take_ready(), (std::vector<ConnectionId>{kOne, kTwo}));
  EXPECT_EQ(outboxes.take_ready(), std::vector<ConnectionId>());
  EXPECT_EQ(outboxes.push(kTwo, "d"), Push::queued_first);
  std::deque<Bytes> frames = {"earlier"};
  outboxes.take(kOne, &frames);
  EXPECT_EQ(frames, (std::deque<Bytes>{"earlier", "a", "b"}));
}

TEST(Outboxes, RefuseBeyondTheBoundOfAConnectionUntilHalfHasLeft) {
  Outboxes outboxes(100, 1000);
  outboxes.open(kOne);
  EXPECT_NE(outboxes.push(kOne, frame(60)), Push::refused);
  EXPECT_NE(outboxes.push(kOne, frame(40)), Push::refused);
  EXPECT_EQ(outboxes.push(kOne, frame(1)), Push::refused);
  std::deque<Bytes> taken;
  outboxes.take_ready();
  outboxes.take(kOne, &taken);
  EXPECT_EQ(outboxes.push(kOne, frame(1)), Push::refused) << "taken is not sent";
  std::vector<ConnectionId> room;
  outboxes.sent(kOne, 40, &room);
  EXPECT_TRUE(room.empty()) << "more than half is still there";
  outboxes.sent(kOne, 60, &room);
  EXPECT_EQ(room, std::vector<ConnectionId>{kOne}) << "told once for two refusals";
  EXPECT_EQ(outboxes.bytes(), 0u);
}

TEST(Outboxes, TakeOneFrameOfAnySizeWhenEmpty) {
  Outboxes outboxes(100, 1000);
  outboxes.open(kOne);
  EXPECT_NE(outboxes.push(kOne, frame(500)), Push::refused);
  EXPECT_EQ(outboxes.push(kOne, frame(1)), Push::refused);
}

TEST(Outboxes, RefuseBeyondTheTotalButLetTheOthersHaveAFrame) {
  Outboxes outboxes(100, 100);
  outboxes.open(kOne);
  outboxes.open(kTwo);
  EXPECT_NE(outboxes.push(kOne, frame(100)), Push::refused);
  EXPECT_NE(outboxes.push(kTwo, frame(60)), Push::refused);
  EXPECT_EQ(outboxes.push(kTwo, frame(1)), Push::refused);
  EXPECT_EQ(outboxes.bytes(), 160u);
  std::vector<ConnectionId> room;
  outboxes.sent(kTwo, 60, &room);
  EXPECT_EQ(room, std::vector<ConnectionId>{kTwo});
  EXPECT_EQ(outboxes.push(kTwo, frame(101)), Push::refused) << "twice the total is the end";
}

TEST(Outboxes, TellARefusedConnectionWhenTheTotalHasRoom) {
  Outboxes outboxes(100, 100);
  outboxes.open(kOne);
  outboxes.open(kTwo);
  EXPECT_NE(outboxes.push(kTwo, frame(10)), Push::refused);
  EXPECT_NE(outboxes.push(kOne, frame(90)), Push::refused);
  EXPECT_EQ(outboxes.push(kTwo, frame(10)), Push::refused);
  std::vector<ConnectionId> room;
  outboxes.sent(kOne, 90, &room);
  EXPECT_EQ(room, std::vector<ConnectionId>{kTwo});
}

TEST(Outboxes, AreGoneWhenClosed) {
  Outboxes outboxes(100, 1000);
  outboxes.open(kOne);
  EXPECT_EQ(outboxes.push(kTwo, "x"), Push::refused);
  outboxes.push(kOne, frame(90));
  outboxes.push(kOne, frame(90));
  outboxes.close(kOne);
  EXPECT_EQ(outboxes.bytes(), 0u);
  EXPECT_EQ(outboxes.take_ready(), std::vector<ConnectionId>());
  EXPECT_EQ(outboxes.push(kOne, "x"), Push::refused);
  std::vector<ConnectionId> room;
  outboxes.sent(kOne, 90, &room);
  EXPECT_TRUE(room.empty());
}

}  // namespace
}  // namespace syncline
