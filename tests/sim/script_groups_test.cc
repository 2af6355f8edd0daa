// Groups in scenario files: what devices do by themselves, over links that come and go, and its
// measures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/script/measures.h"
#include "sim/script/run.h"
#include "sim/script/templates.h"

namespace syncline::sim {
namespace {

using testing::HasSubstr;

constexpr const char* kReadingApp = R"("app": {"types": [{"name": "Reading", "properties": [
  {"name": "_id", "type": "string"}, {"name": "celsius", "type": "double"},
  {"name": "at", "type": "date"}]}]})";
constexpr const char* kReadingWrites = R"("writes": [{"every": "10s", "operations": [
  {"op": "put", "type": "Reading", "value": {"_id": "{node}/{count}",
   "celsius": {"random": [-20.0, -10.0]}, "at": {"now": true}}}]}])";

ScriptReport run_fleet(const std::string& rest) {
  Result<Scenario> scenario = parse_scenario(fmt::format("{{{}, {}}}", kReadingApp, rest));
  EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
  return scenario ? run_scenario(*scenario, 1) : ScriptReport();
}

TEST(Groups, WriteByThemselvesUntilTheyAreStopped) {
  const ScriptReport report = run_fleet(fmt::format(
      R"("groups": [{{"name": "fridge", "count": 3, "subscriptions": ["Reading"], {}}}],
         "script": [{{"run": "1min"}}, {{"stop": "writes"}}, {{"settle": "1min"}},
           {{"expect": {{"node": "fridge 2", "counts": {{"Reading": {{"at_least": 15, "at_most": 21}}}}}}}},
           {{"run": "1min"}},
           {{"expect": {{"measures": {{"writes": {{"at_most": 21}}, "lag_max_ms": {{"at_most": 200}},
              "impossible_writes": 0, "refused": 0, "radio_on_percent": 100}}}}}}])",
      kReadingWrites));
  EXPECT_TRUE(report.held()) << to_text(report);
  EXPECT_GT(report.measures.lag_p50_ms, 0);
}

TEST(Groups, AnOutageDelaysAndLosesNothing) {
  const ScriptReport report = run_fleet(fmt::format(
      R"("links": {{"site": {{"outages": [{{"from": "1min", "for": "1h", "every": "2h"}}]}}}},
         "groups": [{{"name": "fridge", "link": "site", "subscriptions": ["Reading"], {}}}],
         "nodes": [{{"name": "office", "subscriptions": ["Reading"]}}],
         "script": [
           {{"run": "30min"}},
           {{"expect": {{"node": "office", "counts": {{"Reading": {{"at_most": 7}}}}}}}},
           {{"expect": {{"node": "fridge", "sync": "offline"}}}},
           {{"run": "1h"}}, {{"stop": "all"}}, {{"settle": "1min"}},
           {{"expect": {{"node": "office", "counts": {{"Reading": {{"at_least": 538, "at_most": 541}}}}}}}},
           {{"expect": {{"measures": {{"lag_max_ms": {{"at_least": 3500000, "at_most": 3610000}},
              "radio_on_percent": {{"at_least": 66, "at_most": 67}}}}}}}}])",
      kReadingWrites));
  EXPECT_TRUE(report.held()) << to_text(report);
}

TEST(Groups, FlapSleepCrashAndStillAgree) {
  const ScriptReport report = run_fleet(fmt::format(
      R"("links": {{"wifi": {{"latency": ["1ms", "100ms"], "loss_percent": 2, "bytes_per_second": 20000,
           "flapping": {{"up": ["5s", "1min"], "down": ["1s", "20s"]}}}}}},
         "authority": {{"append": ["5ms", "50ms"]}},
         "groups": [
           {{"name": "robot", "count": 3, "link": "wifi", "clock_wrong_by": "1h", "subscriptions": ["Reading"],
             "crashes": {{"every": ["1min", "5min"], "down_for": ["1s", "30s"], "power": true}}, {}}},
           {{"name": "sensor", "count": 2, "subscriptions": ["Reading"],
             "duty_cycle": {{"on": "1min", "every": "10min"}}, {}}}],
         "script": [
           {{"run": "30min"}}, {{"stop": "all"}}, {{"run": "1min"}}, {{"settle": "2min"}},
           {{"expect": {{"measures": {{"crashes": {{"at_least": 5}}, "reconnects": {{"at_least": 20}}}}}}}}])",
      kReadingWrites, kReadingWrites));
  EXPECT_TRUE(report.held()) << to_text(report);
}

TEST(Groups, AreReadStrictly) {
  const auto error_of = [](const std::string& rest) {
    Result<Scenario> scenario = parse_scenario(fmt::format("{{{}, {}}}", kReadingApp, rest));
    return scenario ? "" : scenario.error().message;
  };
  EXPECT_THAT(error_of(R"("groups": [{"name": "a", "link": "none"}])"),
              HasSubstr("/groups/0/link: expected the name of one of"));
  EXPECT_THAT(
      error_of(R"("groups": [{"name": "a", "writes": [{"every": "0s", "operations": []}]}])"),
      HasSubstr("/groups/0/writes/0/every"));
  EXPECT_THAT(
      error_of(
          R"("groups": [{"name": "a", "writes": [{"every": "1s", "operations": [{"op": "jump"}]}]}])"),
      HasSubstr("/groups/0/writes/0/operations: operation 0"));
  EXPECT_THAT(error_of(R"("groups": [{"name": "a", "duty_cycle": {"on": "2h", "every": "1h"}}])"),
              HasSubstr("/groups/0/duty_cycle/on"));
  EXPECT_THAT(error_of(R"("links": {"l": {"latency": ["2s", "1s"]}})"),
              HasSubstr("/links/l/latency"));
  EXPECT_THAT(error_of(R"("groups": [{"name": "a", "count": 20000}])"),
              HasSubstr("/groups/0/count"));
}

TEST(Templates, FillInNamesAndDrawValues) {
  Random random(1);
  const TemplateContext context{"truck 3", 3, 7, 1'500};
  EXPECT_EQ(fill_text("{node}/{n}/{count}/{other}", context), "truck 3/3/7/{other}");
  EXPECT_EQ(fill_template(Document{{"now", true}}, context, &random), Value(Date{1, 500'000'000}));
  for (int i = 0; i < 100; ++i) {
    const Value drawn = fill_template(Document{{"random", List{1, 3}}}, context, &random);
    EXPECT_TRUE(drawn.is_integer() && drawn.as_integer() >= 1 && drawn.as_integer() <= 3);
    const Value chosen = fill_template(Document{{"one_of", List{"{n}", true}}}, context, &random);
    EXPECT_TRUE(chosen == Value("3") || chosen == Value(true));
  }
}

TEST(Durations, QuantilesAreRightWithinTwoPercent) {
  Durations durations;
  EXPECT_EQ(durations.quantile(0.5), 0);
  for (int64_t ms = 1; ms <= 100'000; ++ms) durations.add(ms);
  EXPECT_NEAR(static_cast<double>(durations.quantile(0.5)), 50'000, 1'000);
  EXPECT_NEAR(static_cast<double>(durations.quantile(0.99)), 99'000, 2'000);
  EXPECT_EQ(durations.max(), 100'000);
  EXPECT_EQ(durations.quantile(1), 100'000);
}

}  // namespace
}  // namespace syncline::sim
