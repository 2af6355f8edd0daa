// What nobody could decode is not committed.
#include "proto/limits.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

TEST(CommitLimits, RefusesMoreValuesThanTheAuthorityWouldDecode) {
  MemoryStore disk;
  Node node(&disk);
  Authority authority;
  node.open(1);
  node.welcome(node.connect(), authority);
  Draft draft = node.machine().begin();
  List tags;
  for (size_t i = 0; i < limits::kValuesPerChangesetMax / 2; ++i) tags.elements.emplace_back("");
  for (const char* id : {"a", "b"})
    must(draft.create(kFridge, Document{{"_id", id}, {"tags", tags}}));
  node.step(replica_input::Commit{std::move(draft)});
  ASSERT_TRUE(node.last.committed.has_value());
  const auto& committed = *node.last.committed;
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::kTooLarge) << committed.error().message;
  EXPECT_NE(committed.error().message.find("1000000"), std::string::npos)
      << committed.error().message;
}

}  // namespace
}  // namespace syncline::test
