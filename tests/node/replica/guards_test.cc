// What a transaction expects, at the node that writes it: asked at once, kept with the write, and
// with its retry.
#include "proto/limits.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class GuardsHere : public testing::Test {
 protected:
  GuardsHere() : node_(&disk_) {
    node_.open(1);
    node_.welcome(node_.connect(), authority_);
    node_.write([](Draft& d) {
      must(d.create(kFridge, Document{{"_id", "a"}, {"celsius", 4.0}, {"tags", List{"x", "y"}}}));
    });
  }
  ErrorCode code_of(const Status& status) {
    if (status) return {};
    why_ = status.error().message;
    return status.error().code;
  }
  Changeset last_pending() { return must(read_pending(disk_)).back().second; }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
  std::string why_;
};

TEST_F(GuardsHere, WhatDoesNotStandHereFailsAtOnce) {
  Draft draft = node_.machine().begin();
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"celsius"}, 5.0)), ErrorCode::kPrecondition);
  EXPECT_EQ(why_, "Fridge \"a\": celsius is expected to be 5.0, and is 4.0; nothing was written");
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"tags", uint64_t{1}}, "x")),
            ErrorCode::kPrecondition);
  EXPECT_EQ(why_,
            "Fridge \"a\": tags[1] is expected to be \"x\", and is \"y\"; nothing was written");
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"tags", uint64_t{2}}, "x")),
            ErrorCode::kPrecondition)
      << "there is no such element";
  EXPECT_EQ(code_of(draft.expect(kFridge, "b", {"celsius"}, 5.0)), ErrorCode::kPrecondition);
  EXPECT_EQ(code_of(draft.expect_absent(kFridge, "a")), ErrorCode::kPrecondition);
  EXPECT_EQ(code_of(draft.expect_present(kFridge, "b")), ErrorCode::kPrecondition);
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"door", "nothing"}, 1)), ErrorCode::kPrecondition)
      << "there is no door";
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"tags", "x"}, 1)), ErrorCode::kBadData);
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"celsius"}, "warm")), ErrorCode::kBadData);
  EXPECT_EQ(code_of(draft.expect_absent(system_type::kUser, "u")), ErrorCode::kUsage);
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"celsius"}, 4.0)), ErrorCode());
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"name"}, Value())), ErrorCode());
  EXPECT_EQ(code_of(draft.expect(kFridge, "a", {"tags"}, List{"x", "y"})), ErrorCode());
  EXPECT_EQ(code_of(draft.expect_absent(kFridge, "b")), ErrorCode());
  EXPECT_EQ(draft.operations(), 0u) << "none of it is an operation";
}

TEST_F(GuardsHere, TheyAreAskedOfWhatWasBeforeTheTransaction) {
  node_.write([](Draft& d) {
    must(d.set(kFridge, "a", {"celsius"}, 9.0));
    must(d.expect(kFridge, "a", {"celsius"}, 4.0));
    must(d.create(kFridge, Document{{"_id", "b"}}));
    must(d.expect_absent(kFridge, "b"));
  });
  const Changeset written = last_pending();
  ASSERT_EQ(written.guards.size(), 2u);
  EXPECT_TRUE(written.all_or_nothing);
  EXPECT_EQ(written.guards[0].kind, Guard::Kind::equals);
  EXPECT_EQ(written.guards[0].path, Path{fridge::kCelsius});
  EXPECT_EQ(written.guards[0].item.value(), Value(4.0));
  EXPECT_EQ(node_.celsius("a"), 9.0) << "while it is pending it is shown like any other";
}

// A transaction that others were committed before, and one whose state has moved.
TEST_F(GuardsHere, TheyAreAskedAgainAtTheCommit) {
  Draft draft = node_.machine().begin();
  must(draft.expect(kFridge, "a", {"celsius"}, 4.0));
  must(draft.set(kFridge, "a", {"celsius"}, 1.0));
  Delta delta = authority_.delta(node_, authority_.cursor_of(node_).seq.value + 1);
  delta.decisions = {refused(must(read_pending_names(disk_))[0],
                             pending_hash(disk_, must(read_pending_names(disk_))[0]),
                             delta.to.seq.value, {0})};
  node_.receive(delta);
  ASSERT_FALSE(node_.shown("a"));
  node_.step(replica_input::Commit{std::move(draft)});
  ASSERT_TRUE(node_.last.committed);
  EXPECT_EQ(node_.last.committed->error().code, ErrorCode::kPrecondition);
  EXPECT_TRUE(must(read_pending_names(disk_)).empty()) << "nothing is queued";
}

TEST_F(GuardsHere, ARetryKeepsThem) {
  const ChangesetName name = node_.write([](Draft& d) {
    must(d.expect(kFridge, "a", {"celsius"}, 4.0));
    must(d.expect_absent(kFridge, "b"));
    must(d.create(kFridge, Document{{"_id", "c"}}));
  });
  const std::vector<Guard> guards = last_pending().guards;
  Delta delta = authority_.delta(node_, authority_.cursor_of(node_).seq.value + 1);
  delta.decisions = {refused(name, pending_hash(disk_, name), delta.to.seq.value, {0})};
  node_.receive(delta);
  ASSERT_EQ(must(read_journal(disk_)).size(), 1u);
  EXPECT_EQ(must(read_journal(disk_))[0].changeset.guards, guards);
  node_.write([](Draft& d) { must(d.create(kFridge, Document{{"_id", "b"}})); });
  node_.step(replica_input::RetryJournal{name});
  ASSERT_TRUE(node_.last.committed);
  EXPECT_EQ(node_.last.committed->error().code, ErrorCode::kPrecondition);
  EXPECT_EQ(must(read_journal(disk_)).size(), 1u) << "and it stays there";
  node_.write([](Draft& d) { must(d.remove(kFridge, "b")); });
  node_.step(replica_input::RetryJournal{name});
  ASSERT_TRUE(node_.last.committed && *node_.last.committed);
  EXPECT_EQ(last_pending().guards, guards);
  EXPECT_TRUE(last_pending().all_or_nothing);
}

TEST_F(GuardsHere, AreBounded) {
  Draft draft = node_.machine().begin();
  must(draft.create(kFridge, Document{{"_id", "big"}, {"any", std::string(1u << 17, 'x')}}));
  node_.step(replica_input::Commit{std::move(draft)});
  draft = node_.machine().begin();
  EXPECT_EQ(code_of(draft.expect(kFridge, "big", {"any"}, std::string(1u << 17, 'x'))),
            ErrorCode::kTooLarge);
  for (size_t i = 0; i < limits::kGuardsPerChangesetMax; ++i)
    must(draft.expect_absent(kFridge, std::to_string(i)));
  EXPECT_EQ(code_of(draft.expect_absent(kFridge, "more")), ErrorCode::kTooLarge);
}

TEST_F(GuardsHere, WhetherWritesOutsideTheSubscriptionsAreTakenIsKept) {
  EXPECT_FALSE(node_.machine().status().writes_outside_subscriptions);
  const auto welcomed = [&](bool accepted) {
    node_.step(replica_input::Disconnected{});
    const Hello hello = node_.connect();
    const Welcome welcome = authority_.welcome(hello);
    node_.receive(welcome);
    node_.receive(Rights{welcome.session, welcome.user, {}, accepted});
    return node_.machine().status().writes_outside_subscriptions;
  };
  EXPECT_TRUE(welcomed(true));
  node_.sync();
  node_.lose_power();
  node_.open(2);
  EXPECT_TRUE(node_.machine().status().writes_outside_subscriptions) << "before it connects again";
  EXPECT_FALSE(welcomed(false));
}

}  // namespace
}  // namespace syncline::test
