#include "node/authority/transfer.h"

#include "proto/buckets.h"
#include "proto/limits.h"
#include "sim/world/random.h"
#include "tests/node/authority/histories.h"

namespace syncline::authority_test {
namespace {

class Transferring : public testing::Test {
 protected:
  void SetUp() override {
    site_.subscribe(ann_, {"Box"});
    for (int i = 0; i < 10; ++i) put(i);
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Note"), Document{{"_id", "n"}, {"text", "t"}}));
      site_.set_box("b0", "secret", "hidden")(draft);
    });
    site_.connect(ann_);
    ASSERT_EQ(ann_.held, site_.shown_to(ann_));
  }
  static std::string id(int i) { return "b" + std::to_string(i); }
  void put(int i) { site_.write(site_.put_box(id(i), noise(30, ++words_))); }
  void away(const std::function<void()>& meanwhile) {
    site_.disconnect(ann_);
    meanwhile();
    // An authority that was started again has no recent entries at hand.
    site_.stop();
    site_.start();
    ann_.forget();
    site_.connect(ann_);
  }
  Delta::Kind last_kind() { return ann_.all<Delta>().back().kind; }
  void expect_up_to_date() {
    EXPECT_EQ(ann_.cursor, site_.head());
    EXPECT_EQ(ann_.held, site_.shown_to(ann_));
  }
  size_t told_of(const std::string& type) {
    return static_cast<size_t>(std::count_if(
        ann_.told.begin(), ann_.told.end(),
        [&](const ObjectDelta& object) { return object.object.type == site_.type(type); }));
  }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
  uint64_t words_ = 0;
};

TEST_F(Transferring, ABootstrapIsEverythingInTheViewAndNothingElse) {
  EXPECT_EQ(last_kind(), Delta::Kind::bootstrap);
  EXPECT_EQ(told_of("Box"), 10u);
  EXPECT_EQ(told_of("Note"), 0u);
  const Scope& box = ann_.held.at(site_.name_of("Box", "b0"));
  EXPECT_EQ(box.find(site_.field("Box", "secret")), nullptr);
}

TEST_F(Transferring, CatchUpCostsTheObjectsThatChangedAndNotTheirUpdates) {
  away([&] {
    for (int times = 0; times < 7; ++times) put(3);
    site_.write(site_.remove_box(id(4)));
    site_.write(site_.remove_box(id(5)));
    put(5);  // made anew
    put(11);
    put(12);
    site_.write(site_.remove_box(id(12)));  // never known
  });
  EXPECT_EQ(last_kind(), Delta::Kind::catch_up);
  EXPECT_EQ(told_of("Box"), 3u);
  EXPECT_EQ(ann_.all<HaveAsk>().size(), 1u);
  expect_up_to_date();
}

TEST_F(Transferring, WithoutCandidatesNoHaveListIsAskedFor) {
  away([&] { put(3); });
  EXPECT_TRUE(ann_.all<HaveAsk>().empty());
  expect_up_to_date();
}

TEST_F(Transferring, AfterAnotherSubscriptionWhatIsKnownIsNotToldAgain) {
  away([&] {
    site_.subscribe(ann_, {"Note"});
    put(2);
  });
  EXPECT_EQ(last_kind(), Delta::Kind::catch_up);
  EXPECT_EQ(told_of("Box"), 1u);
  EXPECT_EQ(told_of("Note"), 1u);
  expect_up_to_date();
}

TEST_F(Transferring, WhatLeavesTheViewLeavesTheNodeChangedOrNot) {
  away([&] {
    put(2);
    site_.write(site_.remove_box(id(3)));
    site_.unsubscribe(ann_, "Box");
  });
  EXPECT_TRUE(ann_.held.empty());
  expect_up_to_date();
}

TEST_F(Transferring, AnotherRoleShowsAndHidesFields) {
  const auto promote = [&](bool boss) {
    site_.write([&](Draft& draft) {
      must(draft.set(system_type::kUser, "clerk", {"custom_data"}, Document{{"boss", boss}}));
    });
    EXPECT_TRUE(ann_.all<Goodbye>().empty());
    expect_up_to_date();
    return ann_.held.at(site_.name_of("Box", "b0")).find(site_.field("Box", "secret"));
  };
  EXPECT_NE(promote(true), nullptr);
  EXPECT_EQ(promote(false), nullptr);
}

TEST_F(Transferring, AViewThatNobodyRemembersOrNoCursorMeansABootstrap) {
  away([&] { ann_.token = hash("token", "of nobody's"); });
  EXPECT_EQ(last_kind(), Delta::Kind::bootstrap);
  expect_up_to_date();
  away([&] { ann_.cursor = {}; });
  EXPECT_EQ(last_kind(), Delta::Kind::bootstrap);
  expect_up_to_date();
}

TEST_F(Transferring, AnotherLogsCursorIsAForkAndNothingIsTold) {
  const Cursor good = ann_.cursor;
  const auto fork = [&](const Cursor& cursor) {
    away([&] { ann_.cursor = cursor; });
    return ann_.all<Delta>().empty() && ann_.all<Goodbye>().size() == 1 &&
           ann_.all<Goodbye>()[0].error.code == ErrorCode::kFork;
  };
  EXPECT_TRUE(fork({Incarnation(1), good.seq, good.hash}));
  EXPECT_TRUE(fork({good.incarnation, LogSeq(good.seq.value + 1), good.hash}));
  EXPECT_TRUE(fork({good.incarnation, good.seq, hash("chain", "x")}));
  EXPECT_TRUE(fork({good.incarnation, LogSeq(good.seq.value - 1), good.hash}));
}

TEST_F(Transferring, DecisionsMadeMeanwhileAreToldWithTheTransferOnce) {
  ann_.decided.clear();
  const Bytes payload = encode_changeset(site_.changeset(ann_, site_.put_box("mine", "n")));
  const AuthorityInput offer = site_.offer(ann_, {payload});
  site_.holds_appends = true;
  site_.appends.clear();
  site_.run({offer});
  site_.holds_appends = false;
  away([&] {
    site_.run({authority_input::CommitAnswered{site_.log.append(site_.appends.back())}});
  });
  EXPECT_EQ(ann_.decided.size(), 1u);
  expect_up_to_date();
  size_t told = 0;
  for (const Delta& delta : ann_.all<Delta>()) told += delta.decisions.size();
  EXPECT_EQ(told, 1u);
}

TEST_F(Transferring, AnInterruptedBootstrapGoesOnWhereItStoodWithWhatChangedMeanwhile) {
  for (int i = 10; i < 40; ++i)
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Box"), Document{{"_id", id(i)}, {"any", noise(300'000, i)}}));
    });
  site_.disconnect(ann_);
  ann_ = Device(1);
  ann_.gives_credit = false;
  site_.connect(ann_);
  ASSERT_FALSE(ann_.all<Delta>().back().last);
  const Hello::Resume resume = ann_.hello().resume;
  const size_t staged = ann_.all<Delta>().size();
  ASSERT_GT(staged, 5u);
  ann_.gives_credit = true;
  away([&] {
    site_.write(site_.remove_box(id(0)));   // staged
    put(1);                                 // staged
    site_.write(site_.remove_box(id(10)));  // staged
    put(10);                                // ... and made anew
    site_.write(site_.remove_box(id(9)));   // not staged: after all two-digit ids
    put(8);
  });
  ASSERT_LT(resume.last_key, site_.name_of("Box", id(8)).key);
  EXPECT_EQ(ann_.all<Delta>().front().part, 1u) << "what is staged counts as part 0";
  EXPECT_LT(ann_.all<Delta>().size(), 35u - staged) << "not all of it again";
  expect_up_to_date();
}

TEST_F(Transferring, AnInterruptedBootstrapOfAQueryAsksWhatWasStagedOfWhatMatchesNoMore) {
  for (int i = 10; i < 40; ++i)
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Box"),
                     Document{{"_id", id(i)}, {"any", noise(300'000, i)}, {"count", int64_t{1}}}));
    });
  site_.disconnect(ann_);
  site_.write([&](Draft& draft) {
    must(draft.put(system_type::kSubscription,
                   Document{{"_id", subscription_prefix(ann_.id) + "Box"},
                            {"node", to_string(ann_.id)},
                            {"type", "Box"},
                            {"query", "count == 1"}}));
  });
  ann_ = Device(1);
  ann_.gives_credit = false;
  site_.connect(ann_);
  ASSERT_FALSE(ann_.all<Delta>().back().last);
  const size_t staged = ann_.all<Delta>().size();
  ann_.gives_credit = true;
  away([&] {
    site_.write(site_.set_box(id(10), "count", int64_t{2}));  // staged
    site_.write(site_.set_box(id(11), "name", "other"));      // staged, and stays
    site_.write(site_.remove_box(id(12)));                    // staged
    put(100);                                                 // never matched, and between them
    site_.write(site_.remove_box(id(100)));
  });
  EXPECT_EQ(ann_.all<HaveAsk>().size(), 1u);
  EXPECT_TRUE(ann_.all<HaveAsk>().front().staged);
  EXPECT_EQ(ann_.all<Delta>().front().part, 1u) << "what is staged counts as part 0";
  EXPECT_LT(ann_.all<Delta>().size(), 35u - staged) << "not all of it again";
  for (const ObjectDelta& object : ann_.told) EXPECT_NE(object.kind, ObjectDelta::Kind::leave);
  expect_up_to_date();
}

class HaveLists : public Transferring {
 protected:
  // ann comes back after removals and is asked, without an answer.
  HaveAsk asked() {
    ann_.answers = false;
    away([&] {
      for (int i = 20; i < 60; ++i) put(i);  // so that there are several buckets
      for (int i = 0; i < 6; ++i) site_.write(site_.remove_box(id(i)));
    });
    EXPECT_EQ(ann_.all<HaveAsk>().size(), 1u);
    EXPECT_TRUE(ann_.all<Delta>().empty()) << "no other data meanwhile";
    return ann_.all<HaveAsk>().at(0);
  }
  // The answer as `spoil` leaves it is refused.
  void expect_refused(const std::function<void(HaveList&, const HaveAsk&)>& spoil,
                      const std::string& text) {
    const HaveAsk ask = asked();
    HaveList list = ann_.answer_to(ask);
    ASSERT_GE(list.buckets.size(), 1u);
    spoil(list, ask);
    site_.run({site_.arrive(ann_, list)});
    ASSERT_EQ(ann_.all<Goodbye>().size(), 1u);
    EXPECT_EQ(ann_.all<Goodbye>()[0].error.code, ErrorCode::kMalformed);
    EXPECT_THAT(ann_.all<Goodbye>()[0].error.message, testing::HasSubstr(text));
    EXPECT_TRUE(ann_.all<Delta>().empty());
    // The session is over; the next one serves it.
    ann_.answers = true;
    site_.connect(ann_);
    expect_up_to_date();
  }
};

TEST_F(HaveLists, OfAnotherCursorAreRefused) {
  expect_refused([&](HaveList& list, const HaveAsk&) { list.cursor = site_.head(); }, "cursor");
}
TEST_F(HaveLists, WithABucketThatWasNotAskedForAreRefused) {
  expect_refused([&](HaveList& list, const HaveAsk&) { list.buckets[0].type = site_.type("Note"); },
                 "not asked for");
}
TEST_F(HaveLists, WithAKeyOfAnotherBucketAreRefused) {
  expect_refused(
      [&](HaveList& list, const HaveAsk& ask) {
        HaveList::Bucket& bucket = list.buckets[0];
        ASSERT_GT(ask.bucket_bits, 0u);
        for (int i = 0;; ++i) {
          const ObjectKey key = must(object_key(Value("z" + std::to_string(i))));
          if (bucket_of(ask.salt, bucket.type, key, ask.bucket_bits) == bucket.bucket) continue;
          bucket.keys = {key};
          return;
        }
      },
      "not of its bucket");
}
TEST_F(HaveLists, WithABucketTwiceAreRefused) {
  expect_refused(
      [&](HaveList& list, const HaveAsk&) { list.buckets.push_back(list.buckets.back()); },
      "twice");
}
TEST_F(HaveLists, WithKeysOutOfOrderOrTwiceAreRefused) {
  expect_refused(
      [&](HaveList& list, const HaveAsk&) {
        for (HaveList::Bucket& bucket : list.buckets)
          if (!bucket.keys.empty()) bucket.keys.push_back(bucket.keys.front());
      },
      "out of order");
}
TEST_F(HaveLists, WithoutABucketThatWasAskedForAreRefused) {
  expect_refused([&](HaveList& list, const HaveAsk&) { list.buckets.pop_back(); }, "without");
}
TEST_F(HaveLists, ThatNeverEndAreRefused) {
  expect_refused([&](HaveList& list, const HaveAsk&) { list.buckets.clear(), list.last = false; },
                 "nothing");
}
TEST_F(HaveLists, WithMoreKeysThanTheNodeCanHoldAreRefused) {
  expect_refused(
      [&](HaveList& list, const HaveAsk& ask) {
        HaveList::Bucket& bucket = list.buckets[0];
        std::set<ObjectKey> keys;
        for (int i = 0; keys.size() < 5000; ++i) {
          const ObjectKey key = must(object_key(Value("z" + std::to_string(i))));
          if (bucket_of(ask.salt, bucket.type, key, ask.bucket_bits) == bucket.bucket)
            keys.insert(key);
        }
        bucket.keys.assign(keys.begin(), keys.end());
      },
      "more keys");
}

TEST_F(HaveLists, OfAnotherQuestionAreLetPass) {
  HaveList list = ann_.answer_to(asked());
  HaveList late = list;
  ++late.request;
  site_.run({site_.arrive(ann_, late)});
  EXPECT_TRUE(ann_.all<Goodbye>().empty());
  site_.run({site_.arrive(ann_, list)});
  expect_up_to_date();
}

TEST_F(HaveLists, MayComeInPiecesAndABucketsPositionsGoOn) {
  const HaveAsk ask = asked();
  const HaveList whole = ann_.answer_to(ask);
  for (size_t b = 0; b < whole.buckets.size(); ++b) {
    const HaveList::Bucket& bucket = whole.buckets[b];
    const size_t pieces = std::max<size_t>(bucket.keys.size(), 1);
    for (size_t i = 0; i < pieces; ++i) {
      HaveList piece = whole;
      piece.last = b + 1 == whole.buckets.size() && i + 1 == pieces;
      piece.buckets = {{bucket.type, bucket.bucket, {}, {}}};
      if (i < bucket.keys.size()) piece.buckets[0].keys = {bucket.keys[i]};
      site_.run({site_.arrive(ann_, piece)});
    }
  }
  EXPECT_TRUE(ann_.all<Goodbye>().empty());
  expect_up_to_date();
}

TEST_F(HaveLists, TellNothingOfWhatIsNotHeld) {
  const HaveAsk ask = asked();
  for (const HaveAsk::Buckets& type : ask.types) EXPECT_EQ(type.type, site_.type("Box"));
  const HaveList list = ann_.answer_to(ask);
  site_.run({site_.arrive(ann_, list)});
  size_t left = 0;
  for (const Delta& delta : ann_.all<Delta>()) {
    for (const Leaves& leaves : delta.leaves) left += leaves.positions.size();
    for (const Bytes& object : delta.objects)
      EXPECT_NE(must(decode_object_delta(object)).kind, ObjectDelta::Kind::leave);
  }
  EXPECT_EQ(left, 6u) << "by their places in the node's own list";
}

TEST(Transfers, LeaveEveryDeviceWithWhatItsViewShowsWhateverHappened) {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    Site site;
    const Writers writers = make_writers(&site);
    sim::Random random(seed);
    std::set<Device*> connected{writers.boss, writers.clerk};
    for (int step = 0; step < 80; ++step) {
      Device* device = random.chance(50) ? writers.boss : writers.clerk;
      const uint64_t dice = random.below(100);
      if (dice < 12) {
        if (connected.erase(device) > 0)
          site.disconnect(*device);
        else
          connected.insert(device), site.connect(*device);
      } else if (dice < 18) {
        site.subscribe(*device, {"Note"});
      } else if (dice < 24) {
        site.write([&](Draft& draft) {
          (void)draft.remove(system_type::kSubscription, subscription_prefix(device->id) + "Note");
        });
      } else if (dice < 27) {
        site.fire("retention");
      } else if (dice < 30) {
        site.stop();
        site.disk.kill(random.below(site.disk.unsafe().derived + 1));
        site.start();
        connected.clear();
      } else if (connected.size() == 2) {
        live_a_step(&site, writers, random.next());
      } else {
        site.write([&](Draft& draft) {
          const std::string id = "b" + std::to_string(random.below(5));
          if (random.chance(40))
            (void)draft.remove(site.type("Box"), id);
          else
            (void)draft.put(site.type("Box"), Document{{"_id", id}, {"name", noise(9, step)}});
          (void)draft.put(site.type("Note"), Document{{"_id", id}, {"text", noise(9, step)}});
        });
      }
    }
    for (Device* device : {writers.boss, writers.clerk}) {
      if (!connected.contains(device)) site.connect(*device);
      site.fire("cursors");  // also of those whom the last entries did not concern
      ASSERT_EQ(device->cursor, site.head()) << "seed " << seed;
      ASSERT_EQ(device->held, site.shown_to(*device)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace syncline::authority_test
