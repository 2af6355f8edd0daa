#include "node/replica/staging.h"

#include <set>

#include "node/replica/integration.h"
#include "node/replica/keys.h"
#include "proto/buckets.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class StagingTest : public testing::Test {
 protected:
  StagingTest() : node_(&disk_) {
    node_.open(1);
    greet();
  }
  Hello greet() {
    node_.frames.clear();
    authority_.session = SessionNonce(authority_.session.value + 1);
    const Hello hello = node_.connect();
    node_.welcome(hello, authority_);
    return hello;
  }
  // A new process on what survived.
  Hello reopen(uint8_t random) {
    node_.kill();
    node_.open(random);
    return greet();
  }
  Delta part(Delta::Kind kind, uint64_t to, uint32_t number, bool last,
             std::vector<Bytes> objects) {
    Delta delta = authority_.delta(node_, to);
    delta.kind = kind;
    delta.part = number;
    delta.last = last;
    delta.objects = std::move(objects);
    return delta;
  }
  ReplicaOutput& bootstrap(uint64_t to, uint32_t number, bool last, std::vector<Bytes> objects) {
    return node_.receive(part(Delta::Kind::bootstrap, to, number, last, std::move(objects)));
  }
  ReplicaOutput& catch_up(uint64_t to, uint32_t number, bool last, std::vector<Bytes> objects) {
    return node_.receive(part(Delta::Kind::catch_up, to, number, last, std::move(objects)));
  }
  void hold(const std::vector<std::string>& ids) {
    Delta delta = authority_.delta(node_, authority_.cursor_of(node_).seq.value + 1);
    for (const std::string& id : ids)
      delta.objects.push_back(enter(fridge_row(id, 1, delta.to.seq.value)));
    node_.receive(delta);
    node_.changes.clear();
  }
  std::vector<std::string> shown() {
    std::vector<std::string> out;
    must(visit_objects(disk_, kFridge, false, [&](const ObjectKey&, const Row& row) {
      out.push_back(row.id.get<std::string>());
      return true;
    }));
    return out;
  }
  bool anything_staged() {
    for (Keyspace space :
         {Keyspace::node_staging_row, Keyspace::node_staging_gone, Keyspace::node_staging_meta}) {
      const Bytes from = node_keys::all(space);
      if (disk_.scan(from, prefix_end(from))->valid()) return true;
    }
    return false;
  }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(StagingTest, PartsAreInvisibleUntilTheLast) {
  hold({"old"});
  bootstrap(5, 0, false, {enter(fridge_row("a", 1, 4)), enter(fridge_row("b", 2, 4))});
  EXPECT_THAT(shown(), testing::ElementsAre("old"));
  EXPECT_EQ(node_.machine().status().state, SyncState::catching_up);
  bootstrap(5, 1, false,
            {enter(fridge_row("c", 3, 4)), update("a", 5, {put_celsius(8)}), leave("b", 5)});
  EXPECT_TRUE(node_.changes.empty());
  bootstrap(5, 2, true, {enter(fridge_row("d", 4, 5))});
  EXPECT_THAT(shown(), testing::ElementsAre("a", "c", "d")) << "what is not in a bootstrap is gone";
  EXPECT_EQ(node_.celsius("a"), 8.0);
  EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(5));
  EXPECT_EQ(node_.changes.size(), 4u);
  EXPECT_FALSE(anything_staged());
}

TEST_F(StagingTest, ABootstrapInOnePartReplacesEverythingToo) {
  hold({"a", "b"});
  bootstrap(5, 0, true, {enter(fridge_row("b", 9, 4))});
  EXPECT_THAT(shown(), testing::ElementsAre("b"));
  EXPECT_EQ(node_.celsius("b"), 9.0);
}

TEST_F(StagingTest, APowerLossBetweenPartsLosesPartsAndNothingElse) {
  hold({"old"});
  node_.sync();
  bootstrap(5, 0, false, {enter(fridge_row("a", 1, 4))});
  bootstrap(5, 1, false, {enter(fridge_row("b", 1, 4))});
  node_.lose_power(1);
  node_.open(2);
  EXPECT_THAT(shown(), testing::ElementsAre("old"));
  const Hello hello = greet();
  EXPECT_EQ(hello.resume.token, authority_.token);
  EXPECT_EQ(hello.resume.seq, LogSeq(5));
  EXPECT_EQ(hello.resume.last_key, fridge_name("a").key);
  bootstrap(7, 1, false, {enter(fridge_row("b", 2, 6))});
  bootstrap(7, 2, true, {});
  EXPECT_THAT(shown(), testing::ElementsAre("a", "b"));
  EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(7));
}

TEST_F(StagingTest, AnInterruptedBootstrapResumesWithPartOne) {
  bootstrap(5, 0, false, {enter(fridge_row("a", 1, 4))});
  bootstrap(5, 1, false, {enter(fridge_row("b", 1, 4))});
  bootstrap(5, 2, false, {enter(fridge_row("c", 1, 4))});
  Hello hello = reopen(2);
  EXPECT_EQ(hello.resume.last_key, fridge_name("c").key);
  EXPECT_EQ(hello.resume.type, kFridge);
  // Brought up to date first: keys before the last one do not move it.
  bootstrap(9, 1, false, {leave("a", 8), enter(fridge_row("b", 7, 8))});
  hello = reopen(3);
  EXPECT_EQ(hello.resume.last_key, fridge_name("c").key);
  EXPECT_EQ(hello.resume.seq, LogSeq(5)) << "the first seq, whatever came later";
  bootstrap(9, 1, true, {enter(fridge_row("d", 1, 4))});
  EXPECT_THAT(shown(), testing::ElementsAre("b", "c", "d"));
  EXPECT_EQ(node_.celsius("b"), 7.0);

  // An answer that does not say whether it resumes is not taken: it is asked for again without the
  // offer.
  bootstrap(12, 0, false, {enter(fridge_row("x", 1, 11))});
  reopen(4);
  bootstrap(13, 0, false, {enter(fridge_row("y", 1, 11))});
  EXPECT_TRUE(node_.last.trouble);
  hello = greet();
  EXPECT_EQ(hello.resume, Hello::Resume());
  bootstrap(13, 0, false, {enter(fridge_row("y", 1, 11))});
  bootstrap(13, 1, true, {});
  EXPECT_THAT(shown(), testing::ElementsAre("y"));
}

TEST_F(StagingTest, PartsThatDoNotFollowEachOtherAreNotTaken) {
  hold({"old"});
  bootstrap(5, 0, false, {enter(fridge_row("a", 1, 4))});
  bootstrap(5, 2, true, {enter(fridge_row("c", 1, 4))});
  ASSERT_TRUE(node_.last.trouble);
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kMalformed);
  EXPECT_THAT(shown(), testing::ElementsAre("old"));
  EXPECT_TRUE(node_.take<Hello>().size() == 1 || !node_.timers.empty());
  greet();
  catch_up(5, 1, true, {});
  EXPECT_TRUE(node_.last.trouble) << "a part of nothing";
}

TEST_F(StagingTest, AFailedPartLeavesWhatIsStagedAsItWas) {
  bootstrap(5, 0, false, {enter(fridge_row("a", 1, 4))});
  bootstrap(6, 0, false, {enter(fridge_row("x", 1, 4)), "no delta"});
  EXPECT_TRUE(node_.last.trouble);
  EXPECT_TRUE(node_.last.batch.empty());
  const Hello hello = reopen(2);
  EXPECT_EQ(hello.resume.last_key, fridge_name("a").key);
  bootstrap(7, 1, true, {enter(fridge_row("b", 1, 4))});
  EXPECT_THAT(shown(), testing::ElementsAre("a", "b"));

  bootstrap(8, 0, false, {enter(fridge_row("stale", 1, 8))});
  bootstrap(9, 0, true, {"no delta"});
  greet();
  bootstrap(9, 0, false, {enter(fridge_row("c", 1, 8))});
  bootstrap(9, 1, true, {});
  EXPECT_THAT(shown(), testing::ElementsAre("c")) << "nothing of the one that was given up";
}

TEST_F(StagingTest, ACatchUpInPartsBelongsToItsSession) {
  hold({"a", "b", "c"});
  catch_up(5, 0, false, {update("a", 4, {put_celsius(7)}), leave("b", 4)});
  catch_up(5, 1, false, {update("a", 5, {put_celsius(8)}), enter(fridge_row("d", 1, 5))});
  EXPECT_THAT(shown(), testing::ElementsAre("a", "b", "c"));
  Hello hello = reopen(2);
  EXPECT_EQ(hello.resume, Hello::Resume());
  EXPECT_FALSE(anything_staged());
  catch_up(6, 0, false, {update("a", 4, {put_celsius(9)}), leave("b", 4)});
  catch_up(6, 1, true, {update("a", 6, {put_celsius(10)})});
  EXPECT_THAT(shown(), testing::ElementsAre("a", "c"));
  EXPECT_EQ(node_.celsius("a"), 10.0);
  EXPECT_FALSE(anything_staged());
}

TEST_F(StagingTest, LiveNewsOfTheOldViewGoesOnBesideABootstrap) {
  hold({"old"});
  bootstrap(5, 0, false, {enter(fridge_row("a", 1, 4))});
  Delta live = authority_.delta(node_, 2);
  live.token = hash("token", "the old view");
  live.objects = {update("old", 2, {put_celsius(3)})};
  node_.receive(live);
  EXPECT_EQ(node_.celsius("old"), 3.0);
  bootstrap(5, 1, true, {enter(fridge_row("b", 1, 4))});
  EXPECT_THAT(shown(), testing::ElementsAre("a", "b"));
}

TEST_F(StagingTest, PendingLiesOnTopOfABootstrap) {
  hold({"a", "b", "gone"});
  auto set = [&](const std::string& id) {
    return node_.write([&](Draft& d) { must(d.set(kFridge, Value(id), {"celsius"}, 50.0)); });
  };
  const ChangesetName on_a = set("a");
  set("b");
  set("gone");
  node_.write_fridge("new", 60);
  const Hash of_a = pending_hash(disk_, on_a);
  node_.changes.clear();
  Delta first = part(Delta::Kind::bootstrap, 9, 0, false, {enter(fridge_row("a", 2, 8))});
  first.decisions = {committed(on_a, of_a, 6)};
  node_.receive(first);
  EXPECT_EQ(node_.celsius("a"), 50.0);
  bootstrap(9, 1, true, {enter(fridge_row("b", 3, 8))});
  EXPECT_EQ(node_.celsius("a"), 2.0);
  EXPECT_EQ(node_.celsius("b"), 50.0);
  EXPECT_EQ(node_.confirmed_celsius("b"), 3.0);
  EXPECT_FALSE(node_.shown("gone"));
  EXPECT_EQ(node_.celsius("new"), 60.0);
  EXPECT_EQ(node_.machine().status().pending, 3u);
  EXPECT_EQ(must(read_receipt(disk_, on_a))->state, ReceiptState::committed);
  EXPECT_EQ(node_.changes.size(), 2u) << "a and gone";
}

TEST_F(StagingTest, ALargeBootstrapIsIngestedWithItsOverlays) {
  hold({"f100001", "f100002", "gone", "mine"});
  node_.write([&](Draft& d) {
    must(d.set(kFridge, Value("f100001"), {"celsius"}, 50.0));
    must(d.set(kFridge, Value("mine"), {"celsius"}, 50.0));
  });
  node_.changes.clear();
  uint32_t number = 0;
  for (uint64_t at = 0; at < kBatchRowsMax + 500; at += 500) {
    std::vector<Bytes> objects;
    for (uint64_t i = at; i < at + 500; ++i)
      objects.push_back(enter(fridge_row("f" + std::to_string(100000 + i), 2, 8)));
    bootstrap(9, number++, false, std::move(objects));
  }
  bootstrap(9, number, true, {});
  EXPECT_TRUE(node_.last.ingest.has_value());
  EXPECT_EQ(node_.celsius("f100001"), 50.0);
  EXPECT_EQ(node_.confirmed_celsius("f100001"), 2.0);
  EXPECT_EQ(node_.celsius("f100002"), 2.0);
  EXPECT_FALSE(node_.shown("gone"));
  EXPECT_FALSE(node_.shown("mine"));
  EXPECT_EQ(shown().size(), number * 500);
  EXPECT_FALSE(anything_staged());
  // f100001 looks as before; gone and mine went.
  EXPECT_EQ(node_.last.changes.size(), number * 500 - 1 + 2);
}

TEST_F(StagingTest, LargeCatchUpsMoveRowsAndRemoveOthers) {
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back("gone" + std::to_string(i));
  ids.push_back("mine");
  hold(ids);
  node_.write([&](Draft& d) { must(d.set(kFridge, Value("mine"), {"name"}, "kept")); });
  node_.changes.clear();
  uint32_t number = 0;
  for (uint64_t at = 0; at < kBatchRowsMax + 500; at += 500) {
    std::vector<Bytes> objects;
    for (uint64_t i = at; i < at + 500; ++i)
      objects.push_back(enter(fridge_row("f" + std::to_string(100000 + i), 1, 8)));
    if (at == 0) {
      for (int i = 0; i < 100; ++i) objects.push_back(leave("gone" + std::to_string(i), 8));
      objects.push_back(update("mine", 8, {put_celsius(30)}));
    }
    catch_up(9, number++, false, std::move(objects));
  }
  // The last part has its own word on what was staged before.
  catch_up(9, number, true, {leave("f100003", 9), update("f100004", 9, {put_celsius(44)})});
  EXPECT_TRUE(node_.last.ingest.has_value());
  EXPECT_FALSE(node_.shown("f100003"));
  EXPECT_EQ(node_.celsius("f100004"), 44.0);
  EXPECT_EQ(node_.celsius("mine"), 30.0);
  EXPECT_EQ(find_item(node_.shown("mine")->fields, {fridge::kName})->value(), Value("kept"));
  const auto objects = shown();
  EXPECT_EQ(objects.size(), number * 500 - 1 + 1);
  EXPECT_FALSE(anything_staged());
  EXPECT_EQ(node_.last.changes.size(), number * 500 - 1 + 100 + 1);
}

TEST_F(StagingTest, ManyChangesAreToldAsEverything) {
  uint32_t number = 0;
  for (uint64_t at = 0; at <= kChangesListedMax; at += 5000) {
    std::vector<Bytes> objects;
    for (uint64_t i = at; i < at + 5000; ++i)
      objects.push_back(enter(fridge_row("f" + std::to_string(100000 + i), 1, 8)));
    bootstrap(9, number++, false, std::move(objects));
  }
  bootstrap(9, number, true, {});
  EXPECT_TRUE(node_.last.everything_changed);
  EXPECT_TRUE(node_.last.changes.empty());
  EXPECT_EQ(shown().size(), number * 5000);
}

// ---- have-lists ----

class HaveListTest : public StagingTest {
 protected:
  HaveAsk ask(uint32_t bits, bool with_seq = false) {
    HaveAsk ask;
    ask.session = authority_.session;
    ask.request = 31;
    ask.salt = 99;
    ask.bucket_bits = bits;
    ask.with_seq = with_seq;
    HaveAsk::Buckets buckets{kFridge, {}};
    for (uint32_t b = 0; b < 1u << bits; ++b) buckets.buckets.push_back(b);
    ask.types = {buckets};
    return ask;
  }
};

TEST_F(HaveListTest, ListsConfirmedKeysByBucketAndLeavesByPosition) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back("f" + std::to_string(10 + i));
  hold(ids);
  node_.write_fridge("pending", 1);
  node_.receive(ask(2, true));
  const auto lists = node_.take<HaveList>();
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_TRUE(lists[0].last);
  EXPECT_EQ(lists[0].cursor, authority_.cursor(1));
  ASSERT_EQ(lists[0].buckets.size(), 4u);
  size_t total = 0;
  Delta delta = part(Delta::Kind::catch_up, 4, 0, true, {});
  std::vector<ObjectKey> leaving;
  for (const HaveList::Bucket& bucket : lists[0].buckets) {
    total += bucket.keys.size();
    EXPECT_TRUE(std::is_sorted(bucket.keys.begin(), bucket.keys.end()));
    ASSERT_EQ(bucket.changed.size(), bucket.keys.size());
    for (size_t i = 0; i < bucket.keys.size(); ++i) {
      EXPECT_EQ(bucket_of(99, kFridge, bucket.keys[i], 2), bucket.bucket);
      EXPECT_EQ(bucket.changed[i], LogSeq(1));
    }
    ASSERT_GE(bucket.keys.size(), 2u);
    delta.leaves.push_back({31, kFridge, bucket.bucket, {1}});
    leaving.push_back(bucket.keys[1]);
  }
  EXPECT_EQ(total, 40u);
  node_.receive(delta);
  for (const ObjectKey& key : leaving) EXPECT_FALSE(must(read_object(disk_, {kFridge, key})));
  EXPECT_EQ(shown().size(), 37u);
  // The question is answered: its positions mean nothing any more.
  Delta again = part(Delta::Kind::catch_up, 5, 0, true, {});
  again.leaves = delta.leaves;
  node_.receive(again);
  EXPECT_TRUE(node_.last.trouble);
  EXPECT_EQ(shown().size(), 37u);
}

TEST_F(HaveListTest, LeavesInAnEarlierPartAreStaged) {
  hold({"a", "b"});
  node_.receive(ask(0));
  const auto lists = node_.take<HaveList>();
  ASSERT_EQ(lists.size(), 1u);
  Delta first = part(Delta::Kind::catch_up, 4, 0, false, {enter(fridge_row("c", 1, 3))});
  first.leaves = {{31, kFridge, 0, {0}}};
  node_.receive(first);
  EXPECT_THAT(shown(), testing::ElementsAre("a", "b"));
  catch_up(4, 1, true, {});
  EXPECT_THAT(shown(), testing::ElementsAre("b", "c"));
}

TEST_F(HaveListTest, ALongListComesInSeveralMessages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 900; ++i) ids.push_back(std::string(900, 'x') + std::to_string(1000 + i));
  hold(ids);
  node_.receive(ask(4));
  const auto lists = node_.take<HaveList>();
  ASSERT_GE(lists.size(), 3u);
  size_t keys = 0;
  std::set<uint32_t> buckets;
  for (size_t i = 0; i < lists.size(); ++i) {
    EXPECT_EQ(lists[i].last, i + 1 == lists.size());
    for (const HaveList::Bucket& bucket : lists[i].buckets) {
      keys += bucket.keys.size();
      EXPECT_TRUE(buckets.insert(bucket.bucket).second) << "a bucket stays whole";
    }
  }
  EXPECT_EQ(keys, 900u);
}

TEST_F(HaveListTest, QuestionsAndAnswersThatCannotBeEndTheSession) {
  hold({"a"});
  HaveAsk twice = ask(0);
  twice.types[0].buckets = {0, 0};
  HaveAsk beyond = ask(1);
  beyond.types[0].buckets = {2};
  for (const HaveAsk& bad : {twice, beyond}) {
    HaveAsk sent = bad;
    sent.session = authority_.session;
    node_.receive(sent);
    EXPECT_TRUE(node_.last.trouble);
    EXPECT_TRUE(node_.take<HaveList>().empty());
    greet();
  }
  node_.receive(ask(0));
  Delta delta = part(Delta::Kind::catch_up, 4, 0, true, {});
  delta.leaves = {{31, kFridge, 0, {1}}};
  node_.receive(delta);
  EXPECT_TRUE(node_.last.trouble);
  EXPECT_THAT(shown(), testing::ElementsAre("a"));
  EXPECT_EQ(greet().token, Hash()) << "what is held is not what the authority thinks";
}

TEST(Buckets, AreTheFirstBitsOfAHash) {
  const ObjectKey key_{"some key"};
  const uint32_t all = bucket_of(7, kFridge, key_, 32);
  for (uint32_t bits = 1; bits < 32; ++bits)
    EXPECT_EQ(bucket_of(7, kFridge, key_, bits), all >> (32 - bits));
  EXPECT_EQ(bucket_of(7, kFridge, key_, 0), 0u);
  EXPECT_NE(bucket_of(8, kFridge, key_, 32), all);
  EXPECT_NE(bucket_of(7, kNote, key_, 32), all);
}

class FragmentTest : public StagingTest {
 protected:
  // The piece of the object that begins at `from`.
  Delta piece(uint32_t number, size_t from, size_t bytes) {
    Delta delta = part(Delta::Kind::catch_up, 2, number, false, {});
    delta.fragment = object_.substr(from, bytes);
    delta.fragment_offset = from;
    delta.fragment_total = object_.size();
    return delta;
  }
  bool refused() const { return node_.last.trouble.has_value(); }

  const Bytes object_ = enter(fridge_row("large", 1, 2));
};

TEST_F(FragmentTest, PiecesInOrderMakeTheObjectAndLeaveNothingStaged) {
  node_.receive(piece(0, 0, 10));
  node_.receive(piece(1, 10, 10));
  EXPECT_TRUE(shown().empty());
  node_.receive(piece(2, 20, object_.size()));
  EXPECT_TRUE(shown().empty()) << "visible with the last part only";
  catch_up(2, 3, true, {});
  EXPECT_EQ(shown(), std::vector<std::string>{"large"});
  EXPECT_FALSE(anything_staged());
}

TEST_F(FragmentTest, APieceThatLeavesAGapIsRefused) {
  node_.receive(piece(0, 0, 10));
  node_.receive(piece(1, 11, 10));
  EXPECT_TRUE(refused());
}

TEST_F(FragmentTest, TheLastPartBeforeTheLastPieceIsRefused) {
  node_.receive(piece(0, 0, 10));
  catch_up(2, 1, true, {});
  EXPECT_TRUE(refused());
  EXPECT_TRUE(shown().empty());
}

TEST_F(FragmentTest, AFirstPieceBeginsAnew) {
  node_.receive(piece(0, 0, 10));
  node_.receive(piece(1, 0, 10));
  node_.receive(piece(2, 10, object_.size()));
  catch_up(2, 3, true, {});
  EXPECT_FALSE(refused());
  EXPECT_EQ(shown(), std::vector<std::string>{"large"});
}

}  // namespace
}  // namespace syncline::test
