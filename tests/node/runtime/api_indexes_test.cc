// Indexes, as a user of the API has them.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The app, whose tasks have an index of their titles' words.
AppFiles app_with_index() {
  AppFiles app = api_app();
  std::string& tasks = app["data_sources/mongodb-atlas/api/tasks/schema.json"];
  tasks.insert(tasks.find('{') + 1, R"("indexes": [{"text": "title"}], )");
  return app;
}

std::vector<std::string> ids_in(const Results& results) {
  std::vector<std::string> out;
  good(results.each([&](const Document& object) {
    out.push_back(object.find("_id")->get<std::string>());
    return true;
  }));
  return out;
}

class ApiIndexes : public ::testing::Test {
 protected:
  Node open(NodeOptions options = {}) { return fleet_.open_subscribed(device_, options); }

  static NodeOptions with(std::vector<Index> indexes) {
    NodeOptions options;
    options.indexes = std::move(indexes);
    return options;
  }
  static void wait_until_ready(const Node& node, size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + kApiPatience;
    for (;;) {
      const std::vector<IndexStatus> all = good(node.indexes());
      const bool ready = std::all_of(all.begin(), all.end(), [](const auto& i) { return i.ready; });
      if (all.size() == count && ready) return;
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }
  static std::string plan_of(const Node& node, const std::string& query) {
    return good(good(node.query("Task", query)).explain()).plan;
  }

  ApiFleet fleet_{app_with_index()};
  ApiFleet::Device device_ = fleet_.enrol("a", "manager");
};

TEST_F(ApiIndexes, AreOfTheAppAndOfTheCode) {
  {
    Node node = open(with({{"Task", {"votes"}}}));
    wait_until_ready(node, 2);
    good(put_task(node, "a", "fresh milk"));
    good(put_task(node, "b", "old milk"));
    good(node.write([](Transaction& t) { return t.set("Task", "b", {"votes"}, int64_t{3}); }));
    EXPECT_EQ(plan_of(node, "title TEXT 'milk'"),
              "index Task(words of title): words of title == 'milk'");
    const Explanation how = good(good(node.query("Task", "votes == 3")).explain());
    EXPECT_EQ(how.plan, "index Task(votes): votes == 3");
    EXPECT_EQ(how.examined, 1u);
    EXPECT_EQ(how.returned, 1u);
    EXPECT_THAT(ids_in(good(node.query("Task", "votes == 3"))), ElementsAre("b"));
    const std::vector<IndexStatus> all = good(node.indexes());
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& i) { return i.in_schema; }), 1);
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& i) { return i.in_code; }), 1);
  }
  {
    // Who says nothing leaves the code's index; who says "none" drops it, and not the app's.
    Node node = open();
    EXPECT_EQ(plan_of(node, "votes == 3"), "index Task(votes): votes == 3");
    good(node.declare_indexes({}));
    EXPECT_EQ(plan_of(node, "votes == 3"), "scan");
    EXPECT_EQ(good(node.indexes()).size(), 1u);
  }
}

TEST_F(ApiIndexes, ThatDoNotFitAreRefusedOrTold) {
  Node node = open(with({{"Task", {"voted"}}}));
  ASSERT_TRUE(node.status().trouble.has_value());
  EXPECT_THAT(node.status().trouble->message, HasSubstr("did you mean 'votes'?"));
  const Status refused = node.declare_indexes({{"Task", {"votes"}}, {"Task", {"nothing.at.all"}}});
  EXPECT_EQ(code_of(refused), ErrorCode::kNotFound);
  EXPECT_EQ(good(node.indexes()).size(), 1u);
  good(node.declare_indexes({{"Task", {"votes"}}}));
  EXPECT_FALSE(node.status().trouble.has_value());
  wait_until_ready(node, 2);
}

// A list that is followed must know those that come next, not only the first ones.
TEST_F(ApiIndexes, ServeListsThatAreFollowed) {
  Node node = open(with({{"Task", {"votes"}}}));
  for (int i = 0; i < 6; ++i)
    good(node.write([&](Transaction& t) {
      return t.put("Task", Document{{"_id", "t" + std::to_string(i)}, {"votes", int64_t{i}}});
    }));
  wait_until_ready(node, 2);
  const Results first = good(node.query("Task", "votes > 0 SORT(votes ASC) LIMIT(2)"));
  EXPECT_THAT(good(first.explain()).plan, HasSubstr("in order until 2 match"));
  EXPECT_THAT(ids_in(first), ElementsAre("t1", "t2"));
  Heard<std::vector<std::string>> heard;
  const Observation observation = good(
      first.observe([&](const Results& now, const ResultsChange&) { heard.add(ids_in(now)); }));
  ASSERT_TRUE(heard.until_count(1));
  good(node.write([](Transaction& t) { return t.remove("Task", "t1"); }));
  ASSERT_TRUE(heard.until(
      [](const auto& all) { return all.back() == std::vector<std::string>{"t2", "t3"}; }));
}

}  // namespace
}  // namespace syncline::testing::api
