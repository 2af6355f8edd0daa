#include "node/merge/overlay.h"

#include <gtest/gtest.h>

#include "tests/node/merge/harness.h"

namespace syncline::merge_test {
namespace {

TEST(Overlay, WithoutPendingIsTheConfirmedRow) {
  Row row;
  row.id = int64_t{1};
  row.born = LogSeq(3);
  row.changed = LogSeq(9);
  row.fields = *embedded({{1, Value(1)}}).scope();
  EXPECT_EQ(apply_overlay(&row, {}), row);
  EXPECT_EQ(apply_overlay(&row, {nullptr}), row);
  EXPECT_EQ(apply_overlay(nullptr, {}), std::nullopt);
}

TEST(Overlay, KeepsTheConfirmedSeqs) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) { e.create({{1, Value(1)}}); });
  EXPECT_EQ(peer.image()->born, LogSeq(0));
  world.settle();
  peer.write(2, [](Editor& e) { e.set(at(1), Value(2)); });
  const auto image = peer.image();
  EXPECT_EQ(show(image), "{1: 2}");
  EXPECT_EQ(image->born, LogSeq(1));
  EXPECT_EQ(image->changed, LogSeq(1));
  EXPECT_EQ(image->id, Value(int64_t{1}));
}

TEST(Overlay, PendingStaysOnTopOfWhatComesIn) {
  World world;
  Peer& peer = world.peer(1);
  Peer& other = world.peer(2);
  peer.write(1, [](Editor& e) {
    e.create({{1, Value(int64_t{10})}});
    e.set(at(2), Value(List{"a", "b"}));
  });
  world.settle();
  peer.write(5, [](Editor& e) {
    e.increment(at(1), 1);
    e.insert(at(2), 1, Value("mine"));
  });
  other.write(9, [](Editor& e) {
    e.set(at(1), Value(int64_t{20}));
    e.insert(at(2), 0, Value("theirs"));
    e.erase(at(2), 1);
  });
  other.deliver();
  peer.download();
  // Its left neighbour is gone: it stands at the hint.
  EXPECT_EQ(show(peer.image()), R"({1: 21, 2: ["theirs", "mine", "b"]})");
}

TEST(Overlay, PendingUpdatesOfWhatIsGoneAreNotShown) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) { e.create({{1, Value(1)}}); });
  world.peer(2);
  world.settle();
  peer.write(5, [](Editor& e) { e.set(at(1), Value(2)); });
  world.peer(2).write(6, [](Editor& e) { e.remove(); });
  world.peer(2).deliver();
  peer.download();
  EXPECT_EQ(peer.image(), std::nullopt);
}

TEST(Overlay, DeleteAndCreateArePendingInTurn) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) { e.create({{1, Value(1)}}); });
  world.settle();
  peer.write(2, [](Editor& e) { e.remove(); });
  EXPECT_EQ(peer.image(), std::nullopt);
  peer.write(3, [](Editor& e) { e.create({{2, Value(2)}}); });
  EXPECT_EQ(show(peer.image()), "{2: 2}");
  // The delete is confirmed, the create still pending.
  peer.deliver();
  peer.download();
  EXPECT_EQ(show(peer.image()), "{2: 2}");
  peer.deliver();
  EXPECT_EQ(world.show(), "{2: 2}");
}

TEST(Overlay, DefaultsLeaveConfirmedValuesAlone) {
  World world;
  Peer& peer = world.peer(1);
  peer.write(1, [](Editor& e) { e.create({{1, Value("set")}}); });
  world.settle();
  peer.write(2, [](Editor& e) {
    e.set_default(at(1), Value("default"));
    e.set_default(at(2), Value("default"));
  });
  EXPECT_EQ(show(peer.image()), R"({1: "set", 2: "default"})");
  peer.deliver();
  EXPECT_EQ(world.show(), show(peer.image()));
}

}  // namespace
}  // namespace syncline::merge_test
