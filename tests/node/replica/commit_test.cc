#include "node/replica/commit.h"

#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

Changeset only_pending(const MemoryStore& disk, const ChangesetName& name) {
  for (auto& [pending, changeset] : must(read_pending(disk))) {
    if (pending == name) return changeset;
  }
  ADD_FAILURE() << "not pending: " << to_string(name);
  return {};
}

class CommitTest : public testing::Test {
 protected:
  CommitTest() : node_(&disk_) {}
  void open(uint8_t random) {
    node_.open(random);
    if (node_.machine().schema() == nullptr) node_.welcome(node_.connect(), authority_);
  }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(CommitTest, DrawsAnEpochAtTheFirstWriteAfterEachOpenAndNamesItsParent) {
  open(1);
  const ChangesetName a = node_.write_fridge("a", 1);
  EXPECT_TRUE(node_.last.sync) << "an epoch is synced with its first changeset";
  const ChangesetName b = node_.write_fridge("b", 2);
  EXPECT_FALSE(node_.last.sync);
  EXPECT_EQ(a.number, 1u);
  EXPECT_EQ(b, (ChangesetName{node_.id(), a.epoch, 2}));
  EXPECT_FALSE(only_pending(disk_, a).parent);
  EXPECT_FALSE(only_pending(disk_, b).parent);
  node_.kill();

  open(2);  // and nothing is written
  node_.kill();
  open(3);
  const ChangesetName c = node_.write_fridge("c", 3);
  EXPECT_NE(c.epoch, a.epoch);
  EXPECT_EQ(c.number, 1u);
  EXPECT_EQ(only_pending(disk_, c).parent, std::pair(a.epoch, uint64_t{2}));
  EXPECT_EQ(must(read_pending(disk_)).size(), 3u);
}

TEST_F(CommitTest, APowerLossForksInsteadOfReusingNumbers) {
  open(1);
  const ChangesetName first = node_.write_fridge("a", 1);
  node_.write_fridge("b", 2);
  node_.lose_power();
  open(2);
  EXPECT_TRUE(node_.celsius("a"));
  EXPECT_FALSE(node_.celsius("b"));
  const ChangesetName next = node_.write_fridge("b", 3);
  EXPECT_NE(next.epoch, first.epoch);
  EXPECT_EQ(only_pending(disk_, next).parent, std::pair(first.epoch, uint64_t{1}));
}

TEST_F(CommitTest, ACloneDrawsAnotherEpochWithTheSameParent) {
  open(1);
  const ChangesetName first = node_.write_fridge("a", 1);
  node_.sync();
  node_.kill();
  MemoryStore copy;
  Batch all;
  for (auto walk = disk_.scan("", ""); walk->valid(); walk->next())
    all.put(Bytes(walk->key()), Bytes(walk->value()));
  must(copy.write(all, BatchKind::logged, true));
  Node clone(&copy);
  open(2);
  clone.open(3);
  const ChangesetName ours = node_.write_fridge("b", 2);
  const ChangesetName theirs = clone.write_fridge("b", 3);
  EXPECT_NE(ours.epoch, theirs.epoch);
  EXPECT_EQ(only_pending(disk_, ours).parent, std::pair(first.epoch, uint64_t{1}));
  EXPECT_EQ(only_pending(copy, theirs).parent, std::pair(first.epoch, uint64_t{1}));
}

TEST_F(CommitTest, ADroppedDraftWritesNothing) {
  open(1);
  {
    Draft draft = node_.machine().begin();
    must(draft.create(kFridge, Document{{"_id", "x"}}));
  }
  const ChangesetName name = node_.write_fridge("a", 1);
  EXPECT_EQ(name.number, 1u);
  EXPECT_FALSE(node_.shown("x"));
}

TEST_F(CommitTest, TheThreeDurabilitiesSurviveWhatTheyPromise) {
  open(1);
  node_.write_fridge("first", 0);
  node_.write_fridge("commit", 1, Durability::commit);
  EXPECT_TRUE(node_.last.sync);
  node_.write_fridge("group", 2, Durability::group);
  EXPECT_FALSE(node_.last.sync);
  EXPECT_TRUE(node_.last.want_sync_soon);
  node_.write_fridge("relaxed", 3, Durability::relaxed);
  EXPECT_FALSE(node_.last.sync || node_.last.want_sync_soon);
  ASSERT_EQ(node_.last.timers.size(), 1u);
  EXPECT_EQ(node_.last.timers[0].name, "relaxed");
  node_.write_fridge("relaxed2", 3, Durability::relaxed);
  EXPECT_TRUE(node_.last.timers.empty()) << "steady writing must not put the sync off";
  node_.step(replica_input::TimerFired{"relaxed"});
  EXPECT_TRUE(node_.last.want_sync_soon);
  EXPECT_NE(node_.last.write_number, 0u);
  node_.lose_power();
  open(2);
  EXPECT_TRUE(node_.celsius("commit"));
  EXPECT_FALSE(node_.celsius("group"));
  EXPECT_FALSE(node_.celsius("relaxed"));
}

TEST_F(CommitTest, ReceiptsGoFromQueuedToDurableAndAreKnownAfterARestart) {
  open(1);
  const ChangesetName a = node_.write_fridge("a", 1);
  const ChangesetName b = node_.write_fridge("b", 2);
  const ChangesetName c = node_.write_fridge("c", 2);
  auto state = [&](const ChangesetName& name) { return must(read_receipt(disk_, name))->state; };
  EXPECT_EQ(state(a), ReceiptState::durable);
  EXPECT_EQ(state(b), ReceiptState::queued);
  node_.receipts.clear();
  node_.sync();
  EXPECT_THAT(node_.receipts,
              testing::ElementsAre(ReceiptRecord{b, ReceiptState::durable, {}, {}},
                                   ReceiptRecord{c, ReceiptState::durable, {}, {}}));
  EXPECT_EQ(state(b), ReceiptState::durable);
  const ChangesetName d = node_.write_fridge("d", 2);
  node_.receipts.clear();
  const ChangesetName e = node_.write_fridge("e", 2, Durability::commit);
  EXPECT_THAT(node_.receipts,
              testing::ElementsAre(ReceiptRecord{d, ReceiptState::durable, {}, {}},
                                   ReceiptRecord{e, ReceiptState::durable, {}, {}}));
  node_.kill();
  open(2);
  EXPECT_EQ(state(b), ReceiptState::durable);
  EXPECT_FALSE(must(read_receipt(disk_, {node_.id(), a.epoch, 6})));
  EXPECT_FALSE(must(read_receipt(disk_, {NodeId(5), a.epoch, 1})));
  EXPECT_FALSE(must(read_receipt(disk_, {node_.id(), Epoch(5), 1})));
}

TEST_F(CommitTest, SyncedCountsOnlyTheWritesItNames) {
  open(1);
  node_.write_fridge("a", 1);
  const ChangesetName b = node_.write_fridge("b", 2);
  const uint64_t write_of_b = node_.last.write_number;
  const ChangesetName c = node_.write_fridge("c", 2);
  node_.receipts.clear();
  node_.step(replica_input::Synced{write_of_b});
  EXPECT_THAT(node_.receipts,
              testing::ElementsAre(ReceiptRecord{b, ReceiptState::durable, {}, {}}));
  node_.step(replica_input::Synced{write_of_b});
  EXPECT_EQ(node_.receipts.size(), 1u);
  EXPECT_EQ(must(read_receipt(disk_, c))->state, ReceiptState::queued);
}

TEST_F(CommitTest, ObserversSeeBeforeAndAfter) {
  open(1);
  node_.write_fridge("a", 1);
  node_.changes.clear();
  node_.write_fridge("a", 2);
  ASSERT_EQ(node_.changes.size(), 1u);
  EXPECT_EQ(node_.changes[0].object, fridge_name("a"));
  EXPECT_EQ(find_item(node_.changes[0].before->fields, {fridge::kCelsius})->value(), Value(1.0));
  EXPECT_EQ(find_item(node_.changes[0].after->fields, {fridge::kCelsius})->value(), Value(2.0));
  node_.changes.clear();
  node_.write([](Draft& d) { must(d.set(kFridge, Value("a"), {"celsius"}, 2.0)); });
  EXPECT_TRUE(node_.changes.empty()) << "nothing looks different";
  node_.write([](Draft& d) { must(d.remove(kFridge, Value("a"))); });
  ASSERT_EQ(node_.changes.size(), 1u);
  EXPECT_FALSE(node_.changes[0].after);
  int seen = 0;
  must(visit_objects(disk_, kFridge, false,
                     [&](const ObjectKey&, const Row&) { return ++seen, true; }));
  EXPECT_EQ(seen, 0);
}

// The simulator found it: what was shown changed when the confirmed side did.
TEST_F(CommitTest, ADefaultDoesNotActWhereWhatIsPendingRemovedTheField) {
  open(1);
  node_.write([](Draft& d) {
    must(d.put(kFridge, Document{{"_id", "a"}, {"celsius", 1.5}, {"name", "first"}}));
  });
  node_.write([](Draft& d) { must(d.unset(kFridge, Value("a"), {"name"})); });
  node_.write([](Draft& d) { must(d.set_default(kFridge, Value("a"), {"name"}, "default")); });
  EXPECT_EQ(find_item(node_.shown("a")->fields, {fridge::kName}), nullptr);
  node_.write([](Draft& d) {
    must(d.put(kFridge, Document{{"_id", "b"}, {"celsius", 1.5}, {"name", "first"}}));
    must(d.unset(kFridge, Value("b"), {"name"}));
    must(d.set_default(kFridge, Value("b"), {"name"}, "default"));
  });
  EXPECT_EQ(find_item(node_.shown("b")->fields, {fridge::kName}), nullptr);
}

TEST_F(CommitTest, ObjectsAndTransactionsBeyondTheirBoundsAreRefused) {
  open(1);
  auto error = [&](auto write) {
    Draft draft = node_.machine().begin();
    write(draft);
    node_.step(replica_input::Commit{std::move(draft), Durability::group});
    EXPECT_TRUE(node_.last.batch.empty());
    EXPECT_FALSE(node_.last.committed->has_value());
    return node_.last.committed->has_value() ? ErrorCode::kInternal
                                             : node_.last.committed->error().code;
  };
  const std::string large(9u << 20, 'x');
  EXPECT_EQ(error([&](Draft& d) {
              must(d.create(kFridge, Document{{"_id", "a"}, {"name", large}, {"any", large}}));
            }),
            ErrorCode::kTooLarge);
  EXPECT_EQ(error([&](Draft& d) {
              for (int i = 0; i < 8; ++i)
                must(d.create(kFridge, Document{{"_id", std::to_string(i)}, {"name", large}}));
            }),
            ErrorCode::kTooLarge);
  EXPECT_EQ(node_.write_fridge("a", 1).number, 1u);
}

TEST_F(CommitTest, AStoreOfANewerFormatOrOfAnotherNodeIsNotOpened) {
  open(1);
  node_.write_fridge("a", 1);
  node_.kill();
  const Bytes server_key(32, 's');
  const KeyPair other = key(2);
  auto wrong =
      Replica::open({node_id_of(other.public_key), other, server_key, site_of(server_key)}, &disk_);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, ErrorCode::kUsage);
  Batch newer;
  Bytes version;
  put_u32_big_endian(&version, 2);
  newer.put(node_keys::meta::format(), version);
  must(disk_.write(newer, BatchKind::logged, true));
  auto too_new = Replica::open({node_.id(), key(1), server_key, site_of(server_key)}, &disk_);
  ASSERT_FALSE(too_new.has_value());
  EXPECT_EQ(too_new.error().code, ErrorCode::kStoreTooNew);
}

TEST_F(CommitTest, RottenRecordsAreNamedAndNeverGuessed) {
  open(1);
  node_.write_fridge("a", 1);
  node_.kill();
  const Bytes server_key(32, 's');
  for (const Bytes& key_ : {node_keys::meta::writer(), node_keys::written(1),
                            node_keys::meta::schema(), node_keys::meta::synced()}) {
    const auto good = must(disk_.get(key_));
    ASSERT_TRUE(good);
    disk_.corrupt(key_, "rot");
    auto opened = Replica::open({node_.id(), key(1), server_key, site_of(server_key)}, &disk_);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kStoreDamaged);
    disk_.corrupt(key_, *good);
  }
  open(2);
  disk_.corrupt(node_keys::overlay(fridge_name("a")), "rot");
  EXPECT_EQ(read_object(disk_, fridge_name("a")).error().code, ErrorCode::kStoreDamaged);
  Draft draft = node_.machine().begin();
  EXPECT_EQ(draft.set(kFridge, Value("a"), {"celsius"}, 1.0).error().code,
            ErrorCode::kStoreDamaged);
}

}  // namespace
}  // namespace syncline::test
