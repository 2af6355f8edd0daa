// Compare-and-set over the API, and writes outside the subscriptions.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::HasSubstr;

class ApiConfirm : public ::testing::Test {
 protected:
  static std::function<Status(Transaction&)> take(const std::string& from, const std::string& to) {
    return [=](Transaction& t) -> Status {
      SYNCLINE_TRY(t.expect("Task", "slot", {"title"}, from));
      return t.set("Task", "slot", {"title"}, to);
    };
  }

  static void make_free(Node& a, Node& b) {
    const Receipt receipt =
        good(a.write([](Transaction& t) { return t.put("Task", task("slot", "free")); }));
    good(receipt.wait(ReceiptState::committed, kApiPatience));
    good(b.wait_for_download(kApiPatience));
    ASSERT_EQ(title_of(b, "slot"), "free");
  }
  static void expect_refused(const ReceiptStatus& status) {
    EXPECT_EQ(status.state, ReceiptState::refused);
    ASSERT_FALSE(status.outcomes.empty());
    EXPECT_EQ(status.outcomes[0].reason, "precondition");
    EXPECT_THAT(status.outcomes[0].text, HasSubstr("is expected to be \"free\", and is"));
  }
  static void expect_equal_and_forget(Node& a, Node& b) {
    good(a.wait_for_download(kApiPatience)), good(b.wait_for_download(kApiPatience));
    EXPECT_EQ(title_of(a, "slot"), title_of(b, "slot"));
    for (Node* node : {&a, &b})
      for (const Rejection& rejection : good(node->rejections()))
        good(node->discard(rejection.name));
  }

  ApiFleet fleet_;
  ApiFleet::Device a_ = fleet_.enrol("a", "manager");
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

TEST_F(ApiConfirm, OfTwoNodesThatRaceExactlyOneIsCommitted) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    make_free(a, b);
    auto other = std::async(std::launch::async,
                            [&] { return a.confirm(take("free", "a's"), kApiPatience); });
    const Result<ReceiptStatus> mine = b.confirm(take("free", "b's"), kApiPatience);
    const Result<ReceiptStatus> theirs = other.get();
    int committed = 0;
    for (const Result<ReceiptStatus>& status : {mine, theirs}) {
      // Who hears of the other first is refused on the spot.
      if (!status) {
        EXPECT_EQ(status.error().code, ErrorCode::kPrecondition) << status.error().message;
      } else if (status->state == ReceiptState::committed) {
        ++committed;
      } else {
        expect_refused(*status);
      }
    }
    EXPECT_EQ(committed, 1) << "round " << round;
    expect_equal_and_forget(a, b);
  }
}

TEST_F(ApiConfirm, OfTwoThatWroteApartExactlyOneIsCommitted) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  constexpr int kRounds = 5;
  for (int round = 0; round < kRounds; ++round) {
    make_free(a, b);
    good(a.pause()), good(b.pause());
    const Receipt theirs = good(a.write(take("free", "a's")));
    const Receipt mine = good(b.write(take("free", "b's")));
    good(a.resume()), good(b.resume());
    const ReceiptStatus one = good(theirs.wait(ReceiptState::committed, kApiPatience));
    const ReceiptStatus two = good(mine.wait(ReceiptState::committed, kApiPatience));
    const bool first = one.state == ReceiptState::committed;
    EXPECT_NE(first, two.state == ReceiptState::committed) << "round " << round;
    expect_refused(first ? two : one);
    expect_equal_and_forget(a, b);
  }
}

TEST_F(ApiConfirm, WhatDoesNotStandHereIsNotQueued) {
  Node a = fleet_.open_subscribed(a_);
  good(put_task(a, "slot", "taken"));
  good(a.pause());
  EXPECT_EQ(code_of(a.confirm(take("free", "mine"), kApiPatience)), ErrorCode::kPrecondition);
  EXPECT_EQ(title_of(a, "slot"), "taken");
  EXPECT_LE(good(a.pending()).size(), 1u) << "the first write at most";
}

TEST_F(ApiConfirm, NotDecidedInTimeItStaysQueuedAndIsDecidedLater) {
  Node a = fleet_.open_subscribed(a_);
  good(put_task(a, "slot", "free"));
  good(a.wait_for_decided(kApiPatience));
  good(a.pause());
  const ReceiptStatus waiting =
      good(a.confirm(take("free", "mine"), std::chrono::milliseconds(20)));
  EXPECT_EQ(waiting.state, ReceiptState::durable);
  EXPECT_EQ(title_of(a, "slot"), "mine") << "shown like any other write that is pending";
  good(a.resume());
  EXPECT_EQ(good(good(a.receipt(waiting.name)).wait(ReceiptState::committed, kApiPatience)).state,
            ReceiptState::committed);
}

TEST_F(ApiConfirm, ARefusedOneIsRetriedWithWhatItExpects) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  good(put_task(a, "slot", "free"));
  good(a.wait_for_decided(kApiPatience)), good(b.wait_for_download(kApiPatience));
  good(b.pause());
  const Receipt mine = good(b.write(take("free", "b's")));
  good(good(a.write(take("free", "a's"))).wait(ReceiptState::committed, kApiPatience));
  good(b.resume());
  EXPECT_EQ(good(mine.wait(ReceiptState::committed, kApiPatience)).state, ReceiptState::refused);
  EXPECT_EQ(title_of(b, "slot"), "a's") << "undone";
  EXPECT_EQ(code_of(b.retry(mine.name())), ErrorCode::kPrecondition);
  good(good(a.write(take("a's", "free"))).wait(ReceiptState::committed, kApiPatience));
  good(b.wait_for_download(kApiPatience));
  EXPECT_EQ(good(good(b.retry(mine.name())).wait(ReceiptState::committed, kApiPatience)).state,
            ReceiptState::committed);
  EXPECT_EQ(title_of(b, "slot"), "b's");
}

TEST_F(ApiConfirm, OutsideTheSubscriptionsNothingIsWrittenUnlessTheAuthorityTakesIt) {
  Node b = fleet_.open(b_);
  wait_for_schema(&b);
  EXPECT_EQ(code_of(put_task(b, "t", "x")), ErrorCode::kRefused);
  SubscribeOptions options;
  options.name = "mine";
  options.wait = WaitMode::always;
  good(b.subscribe("Task", "title == 'mine'", options));
  const auto decided = [&](const std::string& id, const std::string& title) {
    const Receipt receipt =
        good(b.write([&](Transaction& t) { return t.put("Task", task(id, title)); }));
    return good(receipt.wait(ReceiptState::committed, kApiPatience));
  };
  EXPECT_EQ(decided("t1", "mine").state, ReceiptState::committed);
  const ReceiptStatus refused = decided("t2", "yours");
  EXPECT_EQ(refused.state, ReceiptState::refused);
  EXPECT_EQ(refused.outcomes.at(0).reason, "outside_view");
  EXPECT_THAT(refused.outcomes.at(0).text,
              HasSubstr("not allowed; object is outside of the current query view"));
  EXPECT_EQ(good(b.get("Task", "t2")), std::nullopt) << "undone";
  EXPECT_EQ(good(b.rejections()).size(), 1u);

  good(b.unsubscribe("mine"));
  Heard<NodeStatus> heard;
  const Observation watching =
      b.observe_status([&](const NodeStatus& status) { heard.add(status); });
  good(fleet_.authority().write([](Draft& draft) {
    return draft.put(system_type::kSetting,
                     Document{{"_id", "writes_outside_subscriptions"}, {"value", "accept"}});
  }));
  // The session ends with it, and the next one tells the node.
  EXPECT_TRUE(heard.until([&](const auto&) { return put_task(b, "t3", "any").has_value(); }));
  EXPECT_EQ(decided("t4", "any").state, ReceiptState::committed);
}

}  // namespace
}  // namespace syncline::testing::api
