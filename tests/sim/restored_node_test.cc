// A node that goes on from an old copy of its disk: what it wrote after the copy is gone where it
// was not uploaded; what it writes from then on is decided like anything else.
#include <gtest/gtest.h>

#include "sim/world/fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kRestoredQuietMs = 60'000;

class RestoredNode : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fleet_.begin().has_value());
    ASSERT_TRUE(fleet_.settle(kRestoredQuietMs).has_value());
  }
  NodeProcess& node() { return *fleet_.nodes[1]; }
  ChangesetName write(const std::string& id) {
    auto written = node().write(Durability::commit, [&](Draft& draft) {
      return draft.put(fleet_.type("Thing"), Document{{"_id", id}, {"name", "n"}});
    });
    EXPECT_TRUE(written.has_value());
    return written.value_or(ChangesetName());
  }

  Fleet fleet_{FleetOptions{.seed = 19, .nodes = 2}};
};

// The authority says up to which number it has the last epoch, which the copy has only the
// beginning of: the orders behind are those of the new epoch.
TEST_F(RestoredNode, OffersWhatItWritesNextThoughItsNewerSelfHadUsedMoreNumbers) {
  write("a");
  const NodeProcess::Image image = node().image();
  for (const char* id : {"b", "c", "d"}) write(id);
  ASSERT_TRUE(fleet_.settle(kRestoredQuietMs).has_value());
  fleet_.network.set_cut(node().id(), true);
  ASSERT_TRUE(node().restore(image).has_value());
  std::vector<ChangesetName> names;
  for (const char* id : {"e", "f", "g", "h"}) names.push_back(write(id));
  ASSERT_TRUE(fleet_.settle(kRestoredQuietMs).has_value());
  for (const ChangesetName& name : names) {
    auto receipt = read_receipt(node().contents(), name);
    ASSERT_TRUE(receipt.has_value() && receipt->has_value());
    EXPECT_EQ((*receipt)->state, ReceiptState::committed) << to_string(name);
  }
}

}  // namespace
}  // namespace syncline::sim
