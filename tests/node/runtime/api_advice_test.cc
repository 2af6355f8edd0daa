// What the authority would say, asked beforehand; and roles that change while a node is connected.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::HasSubstr;
using Answer = Advice::Answer;

class ApiAdvice : public ::testing::Test {
 protected:
  void promote(bool manager) {
    good(fleet_.authority().write([&](Draft& draft) {
      return draft.set(system_type::kUser, "worker", {"custom_data"},
                       Document{{"manager", manager}});
    }));
  }
  Advice asked(const Node& node, const std::function<Status(Transaction&)>& body) {
    return good(node.can(body));
  }

  ApiFleet fleet_;
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

TEST_F(ApiAdvice, IsWhatTheAuthoritySays) {
  Node b = fleet_.open_subscribed(b_);
  good(put_task(b, "t", "paint"));
  good(b.wait_for_decided(kApiPatience));
  EXPECT_EQ(good(b.role("Task")), "worker");
  EXPECT_EQ(good(b.can_write("Task", "t", {"title"})).answer, Answer::yes);
  const Advice locked = good(b.can_write("Task", "t", {"locked"}));
  EXPECT_EQ(locked.answer, Answer::no);
  EXPECT_THAT(locked.reason, HasSubstr("role \"worker\""));
  EXPECT_EQ(asked(b, [](Transaction& t) { return t.set("Task", "t", {"locked"}, true); }).answer,
            Answer::no);
  EXPECT_EQ(asked(b, [](Transaction& t) { return t.remove("Task", "t"); }).answer, Answer::yes);
  const TypeNumber type = fleet_.authority().deployed()->schema().type("Task")->number;
  good(fleet_.authority().write(
      [&](Draft& draft) { return draft.set(type, "t", {"locked"}, true); }));
  good(b.wait_for_download(kApiPatience));
  EXPECT_EQ(asked(b, [](Transaction& t) { return t.remove("Task", "t"); }).answer, Answer::no)
      << "that needs write on all fields that it has";
  EXPECT_EQ(asked(b, [](Transaction& t) { return t.create("Task", task("new", "wash")); }).answer,
            Answer::yes);
  EXPECT_EQ(
      asked(b, [](Transaction& t) { return t.create("Notice", Document{{"_id", int64_t{1}}}); })
          .answer,
      Answer::no);
  EXPECT_EQ(code_of(b.can([](Transaction&) { return Status(); })), ErrorCode::kUsage);
  EXPECT_EQ(code_of(b.can_write("Task", "absent", {"title"})), ErrorCode::kNotFound);
  EXPECT_EQ(good(b.get("Task", "new")), std::nullopt) << "asking writes nothing";
  EXPECT_TRUE(good(b.pending()).empty());
}

TEST_F(ApiAdvice, FollowsTheRoleAndIsThereWithoutAConnection) {
  {
    Node b = fleet_.open_subscribed(b_);
    good(put_task(b, "t", "paint"));
    good(b.wait_for_decided(kApiPatience));
    EXPECT_EQ(good(b.can_write("Task", "t", {"locked"})).answer, Answer::no);
    promote(true);
    good(b.wait_for_download(kApiPatience));
    EXPECT_EQ(good(b.role("Task")), "manager");
    EXPECT_EQ(good(b.can_write("Task", "t", {"locked"})).answer, Answer::yes);
    EXPECT_EQ(b.status().state, SyncState::live);
  }
  Node alone = fleet_.open(b_, {.connect = false});
  EXPECT_EQ(good(alone.role("Task")), "manager");
  EXPECT_EQ(good(alone.can_write("Task", "t", {"locked"})).answer, Answer::yes);
}

TEST_F(ApiAdvice, BeforeAnythingWasToldTheAuthorityDecides) {
  Node b = fleet_.open_subscribed(b_);
  good(put_task(b, "t", "paint"));
  promote(true);
  promote(false);
  good(b.wait_for_download(kApiPatience));
  EXPECT_EQ(good(b.can_write("Task", "t", {"locked"})).answer, Answer::no);
}

}  // namespace
}  // namespace syncline::testing::api
