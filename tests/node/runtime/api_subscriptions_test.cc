// Sets of subscriptions as a user of the API has them.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using State = SubscriptionState;

std::vector<std::string> names(const SubscriptionSet& set) {
  std::vector<std::string> out;
  for (const SubscriptionStatus& one : set.list) out.push_back(one.name);
  return out;
}

class ApiSubscriptions : public ::testing::Test {
 protected:
  // Open, with the schema, subscribed to nothing.
  Node open() {
    Node node = fleet_.open(b_);
    wait_for_schema(&node);
    return node;
  }
  static SubscriptionSet complete(const Node& node) {
    SubscriptionSet set = good(node.wait_for_subscriptions(State::complete, kApiPatience));
    EXPECT_EQ(set.state, State::complete) << set.error;
    return set;
  }
  // A change of subscriptions that the authority refuses: a worker may not write `locked`.
  static Status refused(Transaction& t) {
    SYNCLINE_TRY(t.subscribe("Task", "", {}, "x"));
    SYNCLINE_TRY(t.subscribe("Notice", "", {}, "y"));
    return t.put("Task", Document{{"_id", "l"}, {"locked", true}});
  }

  ApiFleet fleet_;
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

TEST_F(ApiSubscriptions, AreChangedTogetherAndAwaited) {
  Node b = open();
  EXPECT_EQ(good(b.subscriptions()).version, 0);
  EXPECT_EQ(good(b.subscriptions()).state, State::complete);
  const SubscriptionSet asked = good(b.update_subscriptions([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.subscribe("Task", "", {}, "tasks"));
    return t.subscribe("Notice");
  }));
  EXPECT_EQ(asked.version, 1);
  EXPECT_EQ(asked.list.size(), 2u);
  const SubscriptionSet set = complete(b);
  EXPECT_EQ(set.version, 1);
  const SubscriptionStatus* tasks = set.find("tasks");
  ASSERT_NE(tasks, nullptr);
  EXPECT_EQ(tasks->type, "Task");
  EXPECT_EQ(tasks->query, "TRUEPREDICATE");
  EXPECT_TRUE(tasks->complete);
  EXPECT_GT(tasks->created_at.seconds, 1'600'000'000);
  EXPECT_EQ(set.find(tasks->id), tasks);
  EXPECT_EQ(set.find("nothing"), nullptr);
  EXPECT_EQ(good(b.receipt(set.changeset).value().status()).state, ReceiptState::committed);
  // What is there already makes no new set.
  EXPECT_EQ(good(b.subscribe("Task", "", {.name = "tasks"})).version, 1);
  EXPECT_EQ(good(b.update_subscriptions([](Transaction&) { return Status(); })).version, 1);
  EXPECT_EQ(
      good(b.update_subscriptions([](Transaction& t) { return t.unsubscribe_all(false); })).version,
      2);
  EXPECT_THAT(names(complete(b)), ElementsAre("tasks"));
  EXPECT_EQ(good(b.wait_for_subscriptions(1, State::complete, kApiPatience)).state,
            State::superseded);
  EXPECT_EQ(good(b.active_subscriptions()).version, 2);
  EXPECT_EQ(code_of(b.wait_for_subscriptions(3, State::pending, {})), ErrorCode::kNotFound);
}

TEST_F(ApiSubscriptions, EndWhenWhatTheyCoveredIsGone) {
  Node b = open();
  good(b.subscribe("Task", "", {.name = "tasks", .wait = WaitMode::always}));
  good(put_task(b, "t", "t"));
  good(b.wait_for_decided(kApiPatience));
  good(b.unsubscribe("tasks"));
  complete(b);
  EXPECT_EQ(title_of(b, "t"), "(none)");
  EXPECT_THAT(good(b.subscriptions()).list, IsEmpty());
  EXPECT_EQ(code_of(b.unsubscribe("tasks")), ErrorCode::kNotFound);
}

TEST_F(ApiSubscriptions, ThatAreRefusedAreInErrorAndTheOnesBeforeGoOn) {
  Node b = open();
  good(b.subscribe("Task", "", {.name = "tasks", .wait = WaitMode::first_time}));
  good(b.pause());
  const SubscriptionSet bad = good(b.update_subscriptions(refused));
  const SubscriptionSet later = good(b.subscribe("Notice", "", {.name = "notices"}));
  EXPECT_EQ(bad.version, 2);
  EXPECT_EQ(later.version, 3);
  EXPECT_THAT(names(later), ElementsAre("notices", "tasks", "x", "y"));
  EXPECT_EQ(code_of(b.wait_for_subscriptions(State::complete, std::chrono::milliseconds(1))),
            ErrorCode::kTimedOut);
  auto waiting = std::async(std::launch::async, [&] {
    return good(b.wait_for_subscriptions(bad, State::complete, kApiPatience));
  });
  good(b.resume());
  const SubscriptionSet found = waiting.get();
  EXPECT_EQ(found.state, State::error) << "though a later set is decided";
  EXPECT_THAT(found.error, HasSubstr("locked"));
  EXPECT_THAT(names(complete(b)), ElementsAre("notices", "tasks"));
  EXPECT_EQ(good(b.active_subscriptions()).version, 3);
  EXPECT_EQ(title_of(b, "l"), "(none)");
  EXPECT_EQ(good(b.rejections()).size(), 1u);
}

TEST_F(ApiSubscriptions, AreObserved) {
  Node b = open();
  Heard<SubscriptionSet> heard;
  const Observation watching =
      b.observe_subscriptions([&](const SubscriptionSet& set) { heard.add(set); });
  good(b.subscribe("Task", "", {.name = "tasks"}));
  complete(b);
  const auto ends = [&](State state) {
    return [state](const std::vector<SubscriptionSet>& all) {
      return !all.empty() && all.back().state == state;
    };
  };
  ASSERT_TRUE(heard.until(ends(State::complete)));
  EXPECT_EQ(heard.all().front().state, State::pending);
  EXPECT_THAT(names(heard.all().back()), ElementsAre("tasks"));
  good(b.update_subscriptions(refused));
  ASSERT_TRUE(heard.until(ends(State::error)));
  EXPECT_THAT(heard.all().back().error, HasSubstr("locked"));
}

TEST_F(ApiSubscriptions, SurviveAPowerLossInTheirOrder) {
  int64_t version = 0;
  {
    Node b = open();
    good(b.subscribe("Task", "", {.name = "tasks", .wait = WaitMode::first_time}));
    good(b.pause());
    good(put_task(b, "t", "before"));
    version = good(b.unsubscribe("tasks")).version;
  }
  b_.disk->lose_power({0, 0});
  Node b = fleet_.open(b_, {.connect = false});
  EXPECT_EQ(good(b.subscriptions()).version, version);
  EXPECT_EQ(good(b.subscriptions()).state, State::pending);
  EXPECT_THAT(names(good(b.active_subscriptions())), ElementsAre("tasks"));
  EXPECT_EQ(code_of(put_task(b, "t", "after")), ErrorCode::kRefused) << "by the latest set";
  good(b.resume());
  EXPECT_EQ(complete(b).version, version);
  good(b.wait_for_decided(kApiPatience));
  EXPECT_EQ(title_of(b, "t"), "(none)");
}

TEST_F(ApiSubscriptions, DecideByTypeWhatCanBeWritten) {
  Node b = open();
  const Status unwanted = put_task(b, "t", "t");
  ASSERT_EQ(code_of(unwanted), ErrorCode::kRefused);
  EXPECT_THAT(unwanted.error().message, HasSubstr("syncline subscribe Task"));
  EXPECT_TRUE(good(b.pending()).empty());
  good(b.write([](Transaction& t) -> Status {
    EXPECT_EQ(code_of(t.put("Task", task("t", "t"))), ErrorCode::kRefused);
    SYNCLINE_TRY(t.subscribe("Task"));
    return t.put("Task", task("t", "t"));
  }));
  good(put_task(b, "t", "again"));
  good(b.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.unsubscribe_type("Task"));
    EXPECT_EQ(code_of(t.remove("Task", "t")), ErrorCode::kRefused);
    EXPECT_TRUE(good(t.get("Task", "t")).has_value()) << "reading needs none";
    return {};
  }));
  EXPECT_EQ(code_of(put_task(b, "t", "more")), ErrorCode::kRefused);
}

TEST_F(ApiSubscriptions, AreMadeOnceByTheInitialOnes) {
  std::atomic<int> runs = 0;
  NodeOptions options;
  options.initial_subscriptions = [&](Transaction& t) {
    ++runs;
    return t.subscribe("Task", "", {}, "tasks");
  };
  {
    Node b = fleet_.open(b_, options);
    Heard<SubscriptionSet> heard;
    const Observation watching =
        b.observe_subscriptions([&](const SubscriptionSet& set) { heard.add(set); });
    wait_for_schema(&b);
    if (good(b.subscriptions()).version == 0) {
      ASSERT_TRUE(heard.until_count(1));
    }
    EXPECT_EQ(complete(b).version, 1);
    good(b.unsubscribe("tasks"));
  }
  {
    const Node b = fleet_.open(b_, options);
    EXPECT_THAT(good(b.subscriptions()).list, IsEmpty()) << "the store has had its first set";
  }
  EXPECT_EQ(runs, 1);
  options.rerun_on_open = true;
  options.connect = false;
  const Node b = fleet_.open(b_, options);
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(names(good(b.subscriptions())), ElementsAre("tasks"));
}

TEST_F(ApiSubscriptions, ThatCannotBeMadeInitiallyAreTroubleOrAnErrorOfOpen) {
  NodeOptions options;
  options.rerun_on_open = true;
  options.initial_subscriptions = [&](Transaction& t) { return t.subscribe("Tusk"); };
  {
    Node b = fleet_.open(b_, options);
    Heard<NodeStatus> heard;
    const Observation watching =
        b.observe_status([&](const NodeStatus& status) { heard.add(status); });
    wait_for_schema(&b);
    if (!b.status().trouble) {
      ASSERT_TRUE(heard.until([](const std::vector<NodeStatus>& all) {
        return !all.empty() && all.back().trouble.has_value();
      }));
    }
    EXPECT_THAT(b.status().trouble->message,
                HasSubstr("the initial subscriptions: there is no type Tusk"));
  }
  const auto opened =
      open_node({b_.directory, std::make_unique<DiskStore>(b_.disk), nullptr}, options);
  EXPECT_EQ(code_of(opened), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace syncline::testing::api
