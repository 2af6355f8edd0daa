#include "node/replica/hello.h"
#include "node/replica/keys.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionTest() : node_(&disk_) { node_.open(1); }
  void hold(const std::string& id) {
    Delta delta = authority_.delta(node_, authority_.cursor_of(node_).seq.value + 1);
    delta.objects = {enter(fridge_row(id, 1, delta.to.seq.value))};
    node_.receive(delta);
  }
  SyncState state() { return node_.machine().status().state; }
  int64_t hello_due() {
    for (auto timer = node_.timers.rbegin(); timer != node_.timers.rend(); ++timer)
      if (timer->name == "hello") return timer->at_monotonic_ms;
    return -1;
  }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(SessionTest, HelloSaysWhatTheNodeHasAndIsSigned) {
  Hello hello = node_.connect();
  EXPECT_EQ(hello.cursor, Cursor());
  EXPECT_EQ(hello.token, Hash());
  EXPECT_EQ(hello.schema_mark, 0u);
  EXPECT_EQ(hello.node, node_.id());
  EXPECT_TRUE(verify(node_.identity().public_key, hello_signing_bytes(hello, Bytes(32, 's')),
                     hello.signature));
  EXPECT_EQ(state(), SyncState::connecting);
  EXPECT_EQ(node_.machine().schema(), nullptr);
  node_.welcome(hello, authority_);
  EXPECT_TRUE(node_.last.schema_changed);
  EXPECT_EQ(*node_.machine().schema(), *schema());
  EXPECT_EQ(node_.machine().status().user, "ann");
  hold("a");
  EXPECT_EQ(state(), SyncState::live);
  node_.step(replica_input::Disconnected{});
  EXPECT_EQ(state(), SyncState::offline);
  node_.kill();
  node_.open(2);
  EXPECT_EQ(node_.machine().status().user, "ann");
  hello = node_.connect();
  EXPECT_EQ(hello.cursor, authority_.cursor(1));
  EXPECT_EQ(hello.token, authority_.token);
  EXPECT_EQ(hello.schema_mark, (uint64_t{3} << Schema::kVersionBits | 1));
}

TEST_F(SessionTest, OnlyTheAnswerToTheLastGreetingCounts) {
  const Hello first = node_.connect();
  node_.now.monotonic_ms = hello_due();
  node_.step(replica_input::TimerFired{"hello"});
  const auto second = node_.take<Hello>();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(second[0].nonce, first.nonce);
  node_.welcome(first, authority_);
  EXPECT_EQ(state(), SyncState::connecting);
  node_.welcome(second[0], authority_);
  EXPECT_EQ(state(), SyncState::catching_up);
}

TEST_F(SessionTest, GreetingsAreRepeatedWithBackoff) {
  node_.connect();
  int64_t last = node_.now.monotonic_ms;
  int64_t waited = 0;
  for (int i = 0; i < 14; ++i) {
    const int64_t due = hello_due();
    waited = due - last;
    EXPECT_GE(waited, hello_backoff_ms(i + 1) * 3 / 4);
    EXPECT_LE(waited, hello_backoff_ms(i + 1));
    // Early or stray timers greet nobody.
    node_.now.monotonic_ms = due - 1;
    node_.step(replica_input::TimerFired{"hello"});
    EXPECT_TRUE(node_.take<Hello>().empty());
    node_.now.monotonic_ms = last = due;
    node_.step(replica_input::TimerFired{"hello"});
    EXPECT_EQ(node_.take<Hello>().size(), 1u);
  }
  EXPECT_GT(waited, 200'000);
}

TEST_F(SessionTest, AnAuthorityThatForgetsSessionsAllTheTimeIsNotFlooded) {
  size_t hellos = 1;
  Hello hello = node_.connect();
  const int64_t start = node_.now.monotonic_ms;
  for (int i = 0; i < 1000; ++i) {
    node_.now.monotonic_ms += 10;
    if (!hello.nonce.value) {
      node_.step(replica_input::TimerFired{"hello"});
      const auto again = node_.take<Hello>();
      hellos += again.size();
      if (!again.empty()) hello = again[0];
      continue;
    }
    authority_.session = SessionNonce(1000 + i);
    node_.welcome(hello, authority_);
    node_.receive(HelloAgain{authority_.session});
    hello = {};
    const auto again = node_.take<Hello>();
    hellos += again.size();
    if (!again.empty()) hello = again[0];
  }
  EXPECT_LE(hellos, 8u) << "in " << node_.now.monotonic_ms - start << " ms";
}

TEST_F(SessionTest, AForgottenSessionIsGreetedAgainAtOnce) {
  node_.welcome(node_.connect(), authority_);
  hold("a");
  node_.receive(HelloAgain{SessionNonce(1)});
  EXPECT_TRUE(node_.take<Hello>().empty()) << "of another session";
  node_.now.monotonic_ms += 2'000;
  node_.receive(HelloAgain{authority_.session});
  const auto hellos = node_.take<Hello>();
  ASSERT_EQ(hellos.size(), 1u);
  EXPECT_EQ(hellos[0].cursor, authority_.cursor(1));
}

TEST_F(SessionTest, DeltasOfAnotherSessionOrAnotherCursorAreNotApplied) {
  node_.welcome(node_.connect(), authority_);
  hold("a");
  const Delta good = authority_.delta(node_, 2);
  auto try_one = [&](auto spoil) {
    Delta bad = good;
    bad.session = authority_.session;
    bad.objects = {enter(fridge_row("evil", 1, 2))};
    spoil(bad);
    node_.receive(bad);
    EXPECT_TRUE(node_.last.trouble);
    EXPECT_FALSE(node_.shown("evil"));
    EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(1));
    node_.step(replica_input::Disconnected{});
    node_.frames.clear();
    authority_.session = SessionNonce(authority_.session.value + 1);
    node_.welcome(node_.connect(), authority_);
  };
  try_one([](Delta& d) { d.session = SessionNonce(3); });
  try_one([](Delta& d) { d.from.seq = LogSeq(0); });
  try_one([](Delta& d) { d.from.hash = Hash(); });
  try_one([](Delta& d) { d.to.seq = LogSeq(0); });
  try_one([](Delta& d) { d.to = d.from, d.to.hash = Hash(); });
  try_one([](Delta& d) { d.to.incarnation = Incarnation(9); });
  try_one([](Delta& d) { d.decisions = {committed({NodeId(9), Epoch(1), 1}, {}, 2)}; });
  try_one([&](Delta& d) { d.decisions = {committed({node_.id(), Epoch(1), 1}, {}, 3)}; });
  try_one([](Delta& d) { d.objects.push_back(update("nobody", 2, {put_celsius(1)})); });
  try_one([](Delta& d) { d.objects.push_back("no delta"); });
  try_one([](Delta& d) {
    ObjectDelta lie = must(decode_object_delta(enter(fridge_row("x", 1, 2))));
    lie.object = fridge_name("y");
    d.objects.push_back(encode_object_delta(lie));
  });
  hold("b");
  EXPECT_TRUE(node_.shown("b"));
}

TEST_F(SessionTest, AForkIsNamedAndPendingIsKept) {
  node_.welcome(node_.connect(), authority_);
  hold("a");
  node_.write_fridge("mine", 5);
  node_.step(replica_input::Disconnected{});
  Hello hello = node_.connect();
  Authority restored = authority_;
  restored.incarnation = Incarnation(78);
  Welcome welcome = restored.welcome(hello);
  welcome.head = LogSeq(9);
  node_.frames.clear();
  node_.receive(welcome);
  ASSERT_TRUE(node_.last.trouble);
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kFork);
  EXPECT_EQ(state(), SyncState::stopped);
  EXPECT_TRUE(node_.frames.empty());
  EXPECT_EQ(node_.machine().status().pending, 1u);
  EXPECT_EQ(node_.celsius("mine"), 5.0);
  node_.now.monotonic_ms += 1'000'000;
  node_.step(replica_input::TimerFired{"hello"});
  EXPECT_TRUE(node_.take<Hello>().empty());

  // A log that is shorter than what was followed has lost something.
  hello = node_.connect();
  welcome = authority_.welcome(hello);
  welcome.head = LogSeq(0);
  node_.receive(welcome);
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kFork);
  // The right log again: all is well.
  hello = node_.connect();
  authority_.head = LogSeq(1);
  node_.welcome(hello, authority_);
  EXPECT_EQ(state(), SyncState::live);
  EXPECT_FALSE(node_.machine().status().trouble);
  EXPECT_EQ(node_.take<Upload>().size(), 1u);
}

TEST_F(SessionTest, GoodbyeIsToldAndHeeded) {
  Hello hello = node_.connect();
  node_.receive(Goodbye{SessionNonce(), Error(ErrorCode::kUnknownNode, "not enrolled"), false});
  ASSERT_TRUE(node_.last.trouble);
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kUnknownNode);
  EXPECT_EQ(state(), SyncState::stopped);
  node_.now.monotonic_ms += 1'000'000;
  node_.step(replica_input::TimerFired{"hello"});
  EXPECT_TRUE(node_.take<Hello>().empty());
  node_.step(replica_input::Resume{});
  auto hellos = node_.take<Hello>();
  ASSERT_EQ(hellos.size(), 1u);
  node_.welcome(hellos[0], authority_);
  node_.now.monotonic_ms += 1'000'000;
  node_.receive(Goodbye{authority_.session, Error(ErrorCode::kClosed, "restarting"), true});
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kClosed);
  EXPECT_EQ(node_.take<Hello>().size(), 1u);
}

TEST_F(SessionTest, PauseAndResume) {
  node_.welcome(node_.connect(), authority_);
  node_.step(replica_input::Pause{});
  EXPECT_EQ(state(), SyncState::paused);
  node_.frames.clear();
  node_.write_fridge("a", 1);
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(fridge_row("b", 1, 1))};
  node_.receive(delta);
  EXPECT_FALSE(node_.shown("b"));
  node_.step(replica_input::Disconnected{});
  node_.step(replica_input::Connected{});
  EXPECT_TRUE(node_.frames.empty());
  EXPECT_EQ(state(), SyncState::paused);
  node_.step(replica_input::Resume{});
  EXPECT_EQ(node_.take<Hello>().size(), 1u);
  EXPECT_EQ(state(), SyncState::connecting);
}

TEST_F(SessionTest, ASchemaThatWasNotSentIsAskedFor) {
  Hello hello = node_.connect();
  Welcome welcome = authority_.welcome(hello);
  welcome.schema.clear();
  node_.receive(welcome);
  EXPECT_TRUE(node_.last.trouble);
  EXPECT_EQ(state(), SyncState::connecting);
  welcome.schema = "no schema";
  welcome.hello = node_.connect().nonce;
  node_.receive(welcome);
  EXPECT_TRUE(node_.last.trouble);
  EXPECT_EQ(node_.machine().schema(), nullptr);
  node_.welcome(node_.connect(), authority_);
  EXPECT_NE(node_.machine().schema(), nullptr);
  // One that changes is stored.
  node_.kill();
  node_.open(2);
  EXPECT_EQ(*node_.machine().schema(), *schema());
}

TEST_F(SessionTest, AStoreThatCannotBeReadStopsTheSessionAndSaysSo) {
  node_.welcome(node_.connect(), authority_);
  hold("a");
  disk_.corrupt(node_keys::row(fridge_name("a")), "rot");
  Delta delta = authority_.delta(node_, 2);
  delta.objects = {update("a", 2, {put_celsius(3)})};
  node_.receive(delta);
  ASSERT_TRUE(node_.last.trouble);
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kStoreDamaged);
  EXPECT_EQ(state(), SyncState::stopped);
  EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(1));
}

}  // namespace
}  // namespace syncline::test
