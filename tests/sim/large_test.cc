// What is larger than a message: objects in fragments, transactions in transfers; live, after an
// absence, in a first download that is cut, and within the credit.
#include <gtest/gtest.h>

#include "proto/limits.h"
#include "sim/world/fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kLongMs = 120'000;

class Large : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fleet_.begin().has_value()); }
  void write(const char* id, size_t bytes) {
    ASSERT_TRUE(fleet_.nodes[0]->write(Durability::commit, [&](Draft& draft) {
      return draft.put(
          fleet_.type("Thing"),
          Document{{"_id", id}, {"anything", std::string(bytes, 'x')}, {"count", int64_t{1}}});
    }));
  }
  // The length of the object's text at the node; nullopt: it has no such object.
  std::optional<size_t> length_at(NodeProcess& node, const char* id) {
    std::optional<size_t> length;
    EXPECT_TRUE(visit_objects(node.disk(), fleet_.type("Thing"), true,
                              [&](const ObjectKey&, const Row& row) {
                                if (row.id != Value(id)) return true;
                                for (const Child& child : row.fields.children)
                                  if (const auto* text =
                                          child.item.is_scope()
                                              ? nullptr
                                              : child.item.value().get_if<std::string>())
                                    length = std::max(length.value_or(0), text->size());
                                return true;
                              })
                    .has_value());
    return length;
  }
  void expect_everywhere(const char* id, size_t bytes) {
    ASSERT_TRUE(fleet_.settle(kLongMs).has_value());
    for (auto& node : fleet_.nodes) EXPECT_EQ(length_at(*node, id), bytes);
  }

  Fleet fleet_{FleetOptions{.seed = 5, .nodes = 3}};
};

TEST_F(Large, AnObjectOfManyMessagesReachesEveryNode) {
  write("big", 6u << 20);
  expect_everywhere("big", 6u << 20);
}

TEST_F(Large, AnObjectAtTheLimitReachesEveryNode) {
  const size_t bytes = limits::kObjectBytesMax - 4096;
  write("big", bytes);
  expect_everywhere("big", bytes);
}

TEST_F(Large, ItIsReplacedAndChangedInPart) {
  write("big", 3u << 20);
  expect_everywhere("big", 3u << 20);
  ASSERT_TRUE(fleet_.nodes[1]->write(Durability::commit, [&](Draft& draft) {
    return draft.increment(fleet_.type("Thing"), Value("big"), {"count"}, 1);
  }));
  expect_everywhere("big", 3u << 20);
  write("big", 2u << 20);
  expect_everywhere("big", 2u << 20);
}

TEST_F(Large, ANodeThatWasAwayIsBroughtUp) {
  fleet_.nodes[2]->kill();
  write("big", 3u << 20);
  write("small", 10);
  fleet_.run_for(10'000);
  ASSERT_TRUE(fleet_.nodes[2]->start().has_value());
  expect_everywhere("big", 3u << 20);
  expect_everywhere("small", 10);
}

TEST_F(Large, ADownloadThatIsCutBetweenFragmentsEndsWhole) {
  write("big", 8u << 20);
  for (int cut = 0; cut < 20; ++cut) {
    fleet_.run_for(7);
    fleet_.nodes[1]->kill();
    ASSERT_TRUE(fleet_.nodes[1]->start().has_value());
  }
  expect_everywhere("big", 8u << 20);
}

// More than an outbox holds, told in one step of the authority's it would cost the connection.
TEST_F(Large, ATransactionOfManyMessagesReachesEveryNodeAtOnce) {
  constexpr int kObjects = 40;
  constexpr size_t kBytes = 400u << 10;
  ASSERT_TRUE(fleet_.nodes[0]->write(Durability::commit, [&](Draft& draft) -> Status {
    for (int i = 0; i < kObjects; ++i) {
      const Status put =
          draft.put(fleet_.type("Thing"), Document{{"_id", "t" + std::to_string(i)},
                                                   {"anything", std::string(kBytes, 'y')},
                                                   {"count", int64_t{1}}});
      if (!put) return put;
    }
    return {};
  }));
  expect_everywhere("t0", kBytes);
  expect_everywhere("t39", kBytes);
}

}  // namespace
}  // namespace syncline::sim
