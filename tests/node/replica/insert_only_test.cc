// Asymmetric types at a node: their objects are inserted, wait to be decided, and are gone.
#include "node/replica/journal.h"
#include "node/replica/state_hash.h"
#include "node/replica/subscriptions.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

using ::testing::HasSubstr;

Document reading(const std::string& id, double celsius = 4.5) {
  return Document{{"_id", id}, {"celsius", celsius}, {"tags", List{"a", "b"}}};
}

class InsertOnlyTest : public testing::Test {
 protected:
  InsertOnlyTest() : node_(&disk_) { open(1); }
  void open(uint8_t random) {
    node_.open(random);
    node_.welcome(node_.connect(), authority_);
  }
  ChangesetName insert(const std::string& id) {
    return node_.write([&](Draft& d) { must(d.create(kReading, reading(id))); });
  }
  // Keys of the keyspace in which something of the type stands.
  size_t objects_in(const Bytes& prefix) const {
    size_t count = 0;
    for (auto at = disk_.scan(prefix, prefix_end(prefix)); at->valid(); at->next()) ++count;
    return count;
  }
  size_t held() const {
    return objects_in(node_keys::rows_of(kReading)) + objects_in(node_keys::overlays_of(kReading)) +
           objects_in(node_keys::all(Keyspace::node_touched_by));
  }
  size_t pending() const { return must(read_pending_names(disk_)).size(); }
  void decide(const ChangesetName& name, uint64_t seq) {
    Delta delta = authority_.delta(node_, seq);
    delta.decisions = {committed(name, pending_hash(disk_, name), seq)};
    node_.receive(delta);
  }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(InsertOnlyTest, WaitsAsAChangesetAndIsNeverShown) {
  const ChangesetName name = insert("r1");
  EXPECT_EQ(pending(), 1u);
  EXPECT_EQ(held(), 0u) << "the changeset is all there is of it";
  EXPECT_TRUE(node_.changes.empty()) << "observers are told nothing";
  EXPECT_TRUE(must(read_pending(disk_)).front().second.groups.front().blind);
  decide(name, 1);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(held(), 0u);
  EXPECT_EQ(node_.receipts.back().state, ReceiptState::committed);
  EXPECT_TRUE(node_.changes.empty());
}

TEST_F(InsertOnlyTest, OnceTheLogIsSafeNothingIsLeft) {
  const ChangesetName name = insert("r1");
  decide(name, 1);
  EXPECT_EQ(objects_in(node_keys::all(Keyspace::node_kept)), 1u) << "in case of a restore";
  Delta later = authority_.delta(node_, 2);
  later.safe_seq = LogSeq(2);
  node_.receive(later);
  for (auto at = disk_.scan("", ""); at->valid(); at->next())
    EXPECT_EQ(Bytes(at->value()).find("r1"), Bytes::npos) << "of the object's content";
}

TEST_F(InsertOnlyTest, StandsBesideWhatIsShownInOneTransaction) {
  const ChangesetName name = node_.write([&](Draft& d) {
    must(d.create(kReading, reading("r1")));
    must(d.put(kFridge, Document{{"_id", "f"}, {"celsius", 4.5}}));
    must(d.create(kReading, reading("r2")));
  });
  EXPECT_EQ(node_.celsius("f"), 4.5);
  EXPECT_EQ(node_.changes.size(), 1u);
  EXPECT_EQ(must(read_pending(disk_)).front().second.groups.size(), 3u);
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(fridge_row("f", 4.5, 1))};
  delta.decisions = {committed(name, pending_hash(disk_, name), 1)};
  node_.receive(delta);
  EXPECT_EQ(node_.confirmed_celsius("f"), 4.5);
  EXPECT_EQ(held(), 0u);
  EXPECT_EQ(objects_in(node_keys::overlays_of(kFridge)), 0u);
}

TEST_F(InsertOnlyTest, SurvivesAKillAndIsOfferedAgain) {
  const ChangesetName name = insert("r1");
  (void)node_.take<Upload>();  // which nobody receives
  node_.kill();
  open(2);
  EXPECT_EQ(pending(), 1u);
  const auto uploads = node_.take<Upload>();
  ASSERT_EQ(uploads.size(), 1u);
  decide(name, 1);
  node_.kill();
  open(3);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(held(), 0u);
  EXPECT_TRUE(node_.take<Upload>().empty());
}

TEST_F(InsertOnlyTest, RefusedItLiesInTheJournalAndCanBeRetried) {
  const ChangesetName name = insert("r1");
  Delta delta = authority_.delta(node_, 1);
  delta.decisions = {refused(name, pending_hash(disk_, name), 1, {0})};
  node_.receive(delta);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(held(), 0u);
  const std::vector<JournalRecord> journal = must(read_journal(disk_));
  ASSERT_EQ(journal.size(), 1u);
  EXPECT_EQ(journal[0].changeset.groups.front().object.type, kReading);
  node_.step(replica_input::RetryJournal{name});
  EXPECT_TRUE(must(read_journal(disk_)).empty());
  EXPECT_EQ(pending(), 1u);
  EXPECT_EQ(held(), 0u);
  decide(must(*node_.last.committed), 2);
  EXPECT_EQ(pending(), 0u);
}

TEST_F(InsertOnlyTest, IsPendingAgainWhenTheAuthorityIsRestored) {
  decide(insert("r1"), 1);
  const ChangesetName lost = node_.write([&](Draft& d) {
    must(d.create(kReading, reading("r2")));
    must(d.put(kFridge, Document{{"_id", "f"}, {"celsius", 4.5}}));
  });
  decide(lost, 2);
  // A new incarnation that left the old log after entry 1.
  const Authority old = authority_;
  authority_.incarnation = Incarnation(78);
  authority_.session = SessionNonce(501);
  node_.step(replica_input::Disconnected{});
  Welcome welcome = authority_.welcome(node_.connect());
  welcome.head = LogSeq(2);
  welcome.forks = {{Incarnation(78), old.incarnation, LogSeq(1)}};
  node_.receive(welcome);
  Delta delta = authority_.delta(node_, 2);
  delta.kind = Delta::Kind::bootstrap;
  node_.receive(delta);
  EXPECT_EQ(must(read_pending_names(disk_)), std::vector<ChangesetName>{lost});
  EXPECT_EQ(node_.celsius("f"), 4.5) << "what is shown is shown again";
  EXPECT_EQ(held(), 0u);
  Delta again = authority_.delta(node_, 3);
  again.objects = {enter(fridge_row("f", 4.5, 3))};
  again.decisions = {committed(lost, pending_hash(disk_, lost), 3)};
  node_.receive(again);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(held(), 0u);
  EXPECT_EQ(objects_in(node_keys::overlays_of(kFridge)), 0u);
}

TEST_F(InsertOnlyTest, IsCommittedAlsoWhenTheStateMovedUnderTheDraft) {
  Draft draft = node_.machine().begin();
  must(draft.create(kReading, reading("r1")));
  node_.receive(authority_.delta(node_, 1));
  node_.step(replica_input::Commit{std::move(draft), Durability::group});
  EXPECT_EQ(must(read_pending(disk_)).front().second.groups.size(), 1u);
  EXPECT_EQ(held(), 0u);
}

TEST_F(InsertOnlyTest, IsNotChangedRemovedReadOrExpected) {
  insert("r1");
  Draft draft = node_.machine().begin();
  const Value id("r1");
  const auto refuses = [](const auto& answer, const char* text) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::kUsage);
    EXPECT_THAT(answer.error().message, HasSubstr("Reading is asymmetric"));
    EXPECT_THAT(answer.error().message, HasSubstr(text));
  };
  const char* kChanged = "insert one with another _id";
  refuses(draft.set(kReading, id, {"celsius"}, 9.0), kChanged);
  refuses(draft.set_default(kReading, id, {"celsius"}, 9.0), kChanged);
  refuses(draft.set_new(kReading, id, {"tags"}, NewScope::list), kChanged);
  refuses(draft.unset(kReading, id, {"celsius"}), kChanged);
  refuses(draft.increment(kReading, id, {"celsius"}, 1), kChanged);
  refuses(draft.insert(kReading, id, {"tags"}, 0, "c"), kChanged);
  refuses(draft.erase(kReading, id, {"tags", uint64_t{0}}), kChanged);
  refuses(draft.clear(kReading, id, {"tags"}), kChanged);
  refuses(draft.remove(kReading, id), kChanged);
  EXPECT_EQ(draft.operations(), 0u);
  must(draft.put(kReading, reading("r2")));
  refuses(draft.create(kReading, reading("r2")), kChanged);
  refuses(draft.put(kReading, reading("r2", 9.0)), kChanged);
  EXPECT_EQ(draft.operations(), 1u);
  refuses(draft.get(kReading, Value("r2")), "read it at the authority");
  const Status expected = draft.expect_absent(kReading, Value("r3"));
  ASSERT_FALSE(expected);
  EXPECT_THAT(expected.error().message, HasSubstr("nothing can be expected of Reading"));
}

TEST_F(InsertOnlyTest, CannotBeSubscribedTo) {
  Draft draft = node_.machine().begin();
  const auto subscribed = subscribe(&draft, node_.id(), std::nullopt, "Reading", "", {});
  ASSERT_FALSE(subscribed);
  EXPECT_EQ(subscribed.error().code, ErrorCode::kUsage);
  EXPECT_THAT(subscribed.error().message, HasSubstr("that needs no subscription"));
}

}  // namespace
}  // namespace syncline::test
