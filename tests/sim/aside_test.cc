// Decisions that make no entry: a name that was used with another content. They are told once,
// beside the entries; lost with their connection, they are told again, and nothing stays pending
// for ever.
#include <gtest/gtest.h>

#include "sim/world/fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kAsideQuietMs = 60'000;

class Aside : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fleet_.begin().has_value());
    ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
    node().kill();
    ASSERT_TRUE(node().start().has_value());
    image_ = node().image();
    first_ = write("one way");
    ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
    fleet_.authority.on_event = [this](const AuthorityEvent& event) {
      if (event.name != "clone_alarm") return;
      ++alarms_;
      if (on_alarm_) on_alarm_();
    };
    node().on_told = [this](const ReplicaOutput& out) {
      for (const JournalRecord& record : out.rejections) rejections_.push_back(record);
      if (out.trouble) troubles_.push_back(*out.trouble);
    };
  }
  NodeProcess& node() { return *fleet_.nodes[1]; }
  ChangesetName write(const char* name) {
    auto written = node().write(Durability::commit, [&](Draft& draft) {
      return draft.put(fleet_.type("Thing"), Document{{"_id", "a"}, {"name", name}});
    });
    EXPECT_TRUE(written.has_value());
    return written.value_or(ChangesetName());
  }
  void expect_refused_as_clone(const ChangesetName& name) {
    auto receipt = read_receipt(node().disk(), name);
    ASSERT_TRUE(receipt.has_value() && receipt->has_value());
    EXPECT_EQ((*receipt)->state, ReceiptState::refused);
    ASSERT_EQ(rejections_.size(), 1u);
    EXPECT_EQ(rejections_[0].name, name);
    ASSERT_FALSE(rejections_[0].outcomes.empty());
    EXPECT_EQ(rejections_[0].outcomes[0].reason, Reason::clone);
    ASSERT_FALSE(rejections_[0].changeset.groups.empty()) << "with its content";
    ASSERT_EQ(troubles_.size(), 1u);
    EXPECT_EQ(troubles_[0].code, ErrorCode::kClone);
  }

  Fleet fleet_{FleetOptions{.seed = 11, .nodes = 2}};
  NodeProcess::Image image_;
  ChangesetName first_;
  std::function<void()> on_alarm_;
  int alarms_ = 0;
  std::vector<JournalRecord> rejections_;
  std::vector<Error> troubles_;
};

TEST_F(Aside, ANameThatWasUsedIsRefusedWhateverTheOrder) {
  // Written before the node hears of its other life: the entry tells it.
  ASSERT_TRUE(node().resume(image_).has_value());
  const ChangesetName again = write("another way");
  EXPECT_EQ(again, first_);
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  expect_refused_as_clone(again);
}

TEST_F(Aside, AlsoWhenTheNodeHasTheEntryOfItsOtherLife) {
  ASSERT_TRUE(node().resume(image_).has_value());
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  const ChangesetName again = write("another way");
  EXPECT_EQ(again, first_);
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  EXPECT_EQ(alarms_, 1);
  expect_refused_as_clone(again);
}

TEST_F(Aside, AnAnswerThatIsLostWithItsConnectionIsGivenAgain) {
  ASSERT_TRUE(node().resume(image_).has_value());
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  on_alarm_ = [this] { fleet_.network.set_cut(node().id(), true); };
  const ChangesetName again = write("another way");
  fleet_.run_for(2'000);
  EXPECT_EQ(alarms_, 1);
  EXPECT_EQ(node().machine().status().pending, 1u) << "the answer was lost on its way";
  on_alarm_ = nullptr;
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  expect_refused_as_clone(again);
}

TEST_F(Aside, AnAnswerThatAPowerLossTookFromTheDiskIsGivenAgain) {
  ASSERT_TRUE(node().resume(image_).has_value());
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  const ChangesetName again = write("another way");
  while (node().machine().status().pending > 0)
    ASSERT_TRUE(fleet_.clock.run_next(fleet_.clock.now_ms() + kAsideQuietMs));
  rejections_.clear();
  troubles_.clear();
  node().lose_power();
  ASSERT_TRUE(node().start().has_value());
  const bool lost = node().machine().status().pending == 1;
  ASSERT_TRUE(fleet_.settle(kAsideQuietMs).has_value());
  auto receipt = read_receipt(node().disk(), again);
  ASSERT_TRUE(receipt.has_value() && receipt->has_value());
  EXPECT_EQ((*receipt)->state, ReceiptState::refused);
  if (lost) expect_refused_as_clone(again);
}

}  // namespace
}  // namespace syncline::sim
