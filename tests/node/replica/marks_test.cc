#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class MarksTest : public testing::Test {
 protected:
  MarksTest() : node_(&disk_) {
    node_.open(1);
    node_.welcome(node_.connect(), authority_);
  }
  uint64_t ask() {
    node_.step(replica_input::AskMark{});
    return node_.machine().status().marks_asked;
  }
  Marked answer(const Mark& mark, uint64_t head) {
    return {authority_.session, mark.request, LogSeq(head)};
  }
  uint64_t reached() { return node_.machine().status().marks_reached; }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(MarksTest, OneIsUnderWayAndTheNextIsForAllWhoCameMeanwhile) {
  const uint64_t first = ask();
  auto sent = node_.take<Mark>();
  ASSERT_EQ(sent.size(), 1u);
  ask();
  const uint64_t third = ask();
  EXPECT_TRUE(node_.take<Mark>().empty());
  node_.receive(answer(sent[0], 0));
  EXPECT_TRUE(node_.last.marked);
  EXPECT_EQ(reached(), first);
  sent = node_.take<Mark>();
  ASSERT_EQ(sent.size(), 1u);
  node_.receive(answer(sent[0], 0));
  EXPECT_EQ(reached(), third);
  EXPECT_TRUE(node_.take<Mark>().empty());
}

TEST_F(MarksTest, AreAskedAgainInTheNextSession) {
  const uint64_t mark = ask();
  node_.take<Mark>();
  node_.step(replica_input::Disconnected{});
  authority_.session = SessionNonce(501);
  node_.welcome(node_.connect(), authority_);
  const auto sent = node_.take<Mark>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].session, authority_.session);
  node_.receive(answer(sent[0], 0));
  EXPECT_EQ(reached(), mark);
}

TEST_F(MarksTest, StandBehindUploadsOnTheWay) {
  node_.step(replica_input::Disconnected{});
  ask();
  node_.write_fridge("a", 1);
  node_.welcome(node_.connect(), authority_);
  ASSERT_GE(node_.frames.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<Mark>(must(decode_message(node_.frames.back()))));
}

TEST_F(MarksTest, AnswersThatCannotBeAreNotBelieved) {
  const uint64_t mark = ask();
  const Mark sent = node_.take<Mark>().at(0);
  const auto refuse = [&](const Marked& marked) {
    node_.receive(marked);
    EXPECT_TRUE(node_.last.trouble);
    EXPECT_LT(reached(), mark);
    node_.step(replica_input::Disconnected{});
    node_.frames.clear();
    authority_.session = SessionNonce(authority_.session.value + 1);
    node_.welcome(node_.connect(), authority_);
  };
  refuse(answer({authority_.session, sent.request + 1}, 0));
  refuse(answer({authority_.session, 0}, 0));
  refuse(answer(sent, 5));
  refuse({SessionNonce(9), sent.request, LogSeq(0)});
  const auto again = node_.take<Mark>();
  ASSERT_EQ(again.size(), 1u);
  node_.receive(answer(again[0], 0));
  EXPECT_EQ(reached(), mark);
  node_.receive(answer(again[0], 0));
  EXPECT_TRUE(node_.last.trouble) << "twice";
}

}  // namespace
}  // namespace syncline::test
