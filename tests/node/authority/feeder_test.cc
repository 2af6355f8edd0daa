#include "proto/limits.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

class Feeding : public testing::Test {
 protected:
  void SetUp() override {
    for (Device* device : {&ann_, &bob_}) {
      site_.subscribe(*device, {"Box"});
      site_.connect(*device);
      device->forget();
    }
  }
  void take_credit(Device& device) {
    device.gives_credit = true;
    site_.run({site_.arrive(device, device.progress())});
  }
  static std::vector<Bytes> objects_of(const Device& device) {
    std::vector<Bytes> out;
    for (const Delta& delta : device.all<Delta>())
      out.insert(out.end(), delta.objects.begin(), delta.objects.end());
    return out;
  }
  static size_t tells_of(const Device& device, TypeNumber type) {
    size_t count = 0;
    for (const Bytes& bytes : objects_of(device))
      count += must(decode_object_delta(bytes)).object.type == type;
    return count;
  }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
  Device& bob_ = site_.enrol("clerk");
};

TEST_F(Feeding, SessionsWithOneViewGetTheSameObjectsAndEachItsOwnDecisions) {
  const Changeset of_ann = site_.changeset(ann_, site_.put_box("a", noise(40, 1)));
  const Changeset of_bob = site_.changeset(bob_, site_.put_box("b", noise(40, 2)));
  site_.write([&](Draft& draft) {
    for (int i = 0; i < 8; ++i) site_.put_box("c" + std::to_string(i), noise(40, 10 + i))(draft);
  });
  ann_.forget(), bob_.forget();
  site_.run({site_.offer(ann_, {encode_changeset(of_ann)}),
             site_.offer(bob_, {encode_changeset(of_bob)})});
  EXPECT_EQ(objects_of(ann_).size(), 2u);
  EXPECT_EQ(objects_of(ann_), objects_of(bob_));
  EXPECT_EQ(ann_.decided.size(), 1u) << "a device checks itself that they are its own";
  EXPECT_EQ(bob_.decided.size(), 1u);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
}

TEST_F(Feeding, OneRunServesManyEntriesAndBothLatecomersAndLeaders) {
  ann_.gives_credit = false;
  for (int i = 0; i < 30; ++i) site_.write(site_.put_box("a" + std::to_string(i), noise(40, i)));
  EXPECT_EQ(objects_of(ann_), objects_of(bob_)) << "credit for small things lasts";
  EXPECT_EQ(ann_.cursor, bob_.cursor);
  EXPECT_EQ(ann_.cursor, site_.head());
}

TEST_F(Feeding, ASubscriptionIsNeverToldToAnotherNodeWhoseViewHasTheSameToken) {
  // In one entry with enough else to be worth sharing: what was made for ann must not serve bob.
  site_.write([&](Draft& draft) {
    for (int i = 0; i < 20; ++i) site_.put_box("c" + std::to_string(i), noise(40, i))(draft);
    must(draft.put(system_type::kSubscription,
                   Document{{"_id", subscription_prefix(ann_.id) + "again"}, {"type", "Box"}}));
  });
  const auto& directory = site_.machine().directory();
  ASSERT_EQ(directory.view_of(ann_.id)->token(), directory.view_of(bob_.id)->token());
  EXPECT_EQ(tells_of(ann_, system_type::kSubscription), 1u);
  EXPECT_EQ(tells_of(bob_, system_type::kSubscription), 0u);
  EXPECT_EQ(tells_of(bob_, site_.type("Box")), 20u);
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
}

TEST_F(Feeding, WhatIsTooLargeForOneMessageComesInPartsAndAppearsWhole) {
  ann_.forget(), bob_.forget();
  site_.write([&](Draft& draft) {
    for (const char* id : {"a", "b", "c"})
      must(draft.put(site_.type("Box"), Document{{"_id", id}, {"any", noise(600'000)}}));
  });
  for (Device* device : {&ann_, &bob_}) {
    const std::vector<Delta> deltas = device->all<Delta>();
    ASSERT_GT(deltas.size(), 3u) << "each comes in fragments";
    for (size_t i = 0; i < deltas.size(); ++i) {
      EXPECT_EQ(deltas[i].part, i);
      EXPECT_EQ(deltas[i].last, i + 1 == deltas.size());
    }
    EXPECT_EQ(device->held, site_.shown_to(*device));
  }
}

TEST_F(Feeding, ASharedRunThatLeavesNoRoomForDecisionsIsToldInParts) {
  const Edit refused = [&](Draft& draft) {
    for (int i = 0; i < 2000; ++i) site_.set_box("a", "secret", "s" + std::to_string(i))(draft);
  };
  site_.write(site_.put_box("a", "n"));
  const Changeset changeset = site_.changeset(ann_, refused);
  const Changeset large = site_.changeset(
      bob_, [&](Draft& draft) { site_.set_box("a", "any", noise(850'000))(draft); });
  ann_.forget();
  site_.run({site_.offer(bob_, {encode_changeset(large)}),
             site_.offer(ann_, {encode_changeset(changeset)})});
  EXPECT_EQ(ann_.decided.begin()->second.outcomes.size(), 2000u);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Feeding, AnUpdateThatIsLargerThanAMessageIsToldAsTheWholeObject) {
  // One long key above many short ones: each effect repeats it.
  const std::string key = noise(4000);
  Document inner;
  for (int i = 0; i < 9000; ++i) inner.set("k" + std::to_string(i), int64_t{0});
  site_.write([&](Draft& draft) {
    must(draft.put(site_.type("Box"), Document{{"_id", "a"}, {"any", Document{{key, inner}}}}));
  });
  ann_.forget();
  Changeset changeset = site_.changeset(ann_, [&](Draft& draft) {
    for (int i = 0; i < 4000; ++i)
      must(draft.set(site_.type("Box"), "a", {"any", key, "k" + std::to_string(i)}, int64_t{i}));
  });
  const Bytes payload = encode_changeset(changeset);
  site_.run(site_.offer_in_parts(ann_, payload));
  ASSERT_EQ(ann_.told.size(), 1u);
  EXPECT_EQ(ann_.told[0].kind, ObjectDelta::Kind::enter);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Feeding, WithoutCreditNothingIsSentAndProgressGoesOn) {
  ann_.gives_credit = false;
  for (int i = 0; i < 12; ++i)
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Box"), Document{{"_id", "a"}, {"any", noise(700'000, i)}}));
    });
  const uint64_t sent = ann_.progress().consumed_bytes;
  EXPECT_GE(sent, limits::kCreditBytes);
  EXPECT_LE(sent, limits::kCreditBytes + limits::kMessageBytesMax);
  EXPECT_NE(ann_.cursor, site_.head());
  EXPECT_EQ(bob_.cursor, site_.head()) << "others are served";
  take_credit(ann_);
  EXPECT_EQ(ann_.cursor, site_.head());
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Feeding, WhoFallsBehindTheRecentEntriesIsServedByObjectsInstead) {
  ann_.gives_credit = false;
  const std::string large = noise(900'000);
  for (int i = 0; i < 40; ++i)
    site_.write([&](Draft& draft) {
      must(
          draft.put(site_.type("Box"), Document{{"_id", "a"}, {"any", std::to_string(i) + large}}));
    });
  ann_.forget();
  take_credit(ann_);
  ASSERT_FALSE(ann_.all<Delta>().empty());
  EXPECT_EQ(ann_.all<Delta>().back().kind, Delta::Kind::catch_up);
  // What was begun before the credit ended, and what came since.
  EXPECT_LE(ann_.told.size(), 2u) << "the object, not its updates";
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Feeding, ProgressBeyondWhatWasSentEndsTheSession) {
  Progress progress = ann_.progress();
  progress.consumed_bytes += 1'000'000;
  site_.run({site_.arrive(ann_, progress)});
  ASSERT_EQ(ann_.all<Goodbye>().size(), 1u);
  EXPECT_EQ(ann_.all<Goodbye>()[0].error.code, ErrorCode::kMalformed);
  progress = bob_.progress();
  progress.integrated.seq = LogSeq(site_.head().seq.value + 1);
  site_.run({site_.arrive(bob_, progress)});
  EXPECT_EQ(bob_.all<Goodbye>().size(), 1u);
}

class ViewsInTheMiddle : public Feeding {
 protected:
  // ann is in the middle of a bootstrap of boxes when `change` comes.
  void interrupt(const std::function<void()>& change) {
    for (int i = 0; i < 20; ++i)
      site_.write([&](Draft& draft) {
        must(draft.put(site_.type("Box"),
                       Document{{"_id", "b" + std::to_string(i)}, {"any", noise(400'000, i)}}));
      });
    site_.disconnect(ann_);
    ann_ = Device(1);
    ann_.gives_credit = false;
    site_.connect(ann_);
    ASSERT_FALSE(ann_.all<Delta>().empty());
    ASSERT_FALSE(ann_.all<Delta>().back().last);
    change();
    ann_.forget();
    take_credit(ann_);
    ASSERT_EQ(ann_.cursor, site_.head());
    EXPECT_EQ(ann_.held, site_.shown_to(ann_));
    EXPECT_EQ(ann_.token, site_.machine().directory().view_of(ann_.id)->token());
  }
};

TEST_F(ViewsInTheMiddle, ASubscriptionMoreBeginsTheTransferAnewTowardTheNewView) {
  site_.write([&](Draft& draft) {
    must(draft.put(site_.type("Note"), Document{{"_id", "n"}, {"text", "t"}}));
  });
  interrupt([&] { site_.subscribe(ann_, {"Note"}); });
  EXPECT_EQ(tells_of(ann_, site_.type("Note")), 1u);
}

TEST_F(ViewsInTheMiddle, OfWhatIsNotWantedAnyMoreNothingIsSent) {
  interrupt([&] { site_.unsubscribe(ann_, "Box"); });
  EXPECT_EQ(tells_of(ann_, site_.type("Box")), 0u);
  EXPECT_TRUE(ann_.held.empty());
}

}  // namespace
}  // namespace syncline::authority_test
