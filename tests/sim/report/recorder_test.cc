// What a Recorder counts, against what the run says of itself.
#include "sim/report/recorder.h"

#include <gmock/gmock.h>

#include "sim/report/json.h"
#include "tests/sim/report/small_fleet.h"

namespace syncline::sim {
namespace {

size_t lane_of(const Report& report, const std::string& name) {
  for (size_t i = 0; i < report.lanes.size(); ++i)
    if (report.lanes[i].name == name) return i;
  ADD_FAILURE() << "no lane " << name;
  return 0;
}

int64_t trouble_ms(const Report& report, const std::string& lane, Trouble trouble) {
  int64_t us = 0;
  for (const Bucket& bucket : report.buckets)
    us += bucket.lanes[lane_of(report, lane)].trouble_us[static_cast<size_t>(trouble)];
  return us / 1000;
}

TEST(Recorder, DoesNotChangeTheRun) {
  const Scenario scenario = scenario_of(kSmallFleet);
  for (uint64_t seed = 1; seed <= 3; ++seed)
    EXPECT_EQ(report_of(scenario, seed).run.trace, run_scenario(scenario, seed).trace);
}

TEST(Recorder, GivesTheSameReportForTheSameSeed) {
  const Scenario scenario = scenario_of(kSmallFleet);
  EXPECT_EQ(to_json(report_of(scenario)), to_json(small_report()));
  EXPECT_NE(to_json(report_of(scenario, 2)), to_json(small_report()));
}

TEST(Recorder, AddsUpToTheRunsOwnMeasures) {
  const Report& report = small_report();
  const Measures& m = report.run.measures;
  ASSERT_TRUE(report.run.held()) << to_text(report.run);
  Bucket sum;
  for (const Bucket& bucket : report.buckets) sum.merge(bucket);
  Traffic of_nodes;
  for (const NodeFigures& node : report.nodes) of_nodes.add(node.traffic);
  EXPECT_EQ(sum.us, report.run.virtual_ms * 1000);
  EXPECT_EQ(static_cast<int64_t>(sum.entries), m.entries);
  EXPECT_EQ(static_cast<int64_t>(sum.refused), m.refused);
  EXPECT_EQ(static_cast<int64_t>(sum.superseded), m.superseded);
  EXPECT_GT(m.superseded, 0);
  EXPECT_EQ(static_cast<int64_t>(sum.reconnects), m.reconnects);
  EXPECT_EQ(sum.lags.max(), m.lag_max_ms);
  EXPECT_EQ(sum.lags.quantile(0.5), m.lag_p50_ms);
  EXPECT_EQ(static_cast<int64_t>(messages_of(sum.traffic.sum())), m.messages);
  EXPECT_EQ(static_cast<int64_t>(bytes_of(sum.traffic.sum())), m.bytes);
  EXPECT_EQ(static_cast<int64_t>(bytes_of(of_nodes.sum())), m.bytes);
  EXPECT_EQ(messages_of(sum.traffic.kinds[kMessageKinds - 1]), 0U) << "frames of no known kind";
  EXPECT_GE(sum.log_syncs, 1U);
  EXPECT_GE(sum.authority_inputs, sum.log_syncs);
}

TEST(Recorder, TellsWhenTroublesWere) {
  const Report& report = small_report();
  EXPECT_EQ(trouble_ms(report, "room", Trouble::outage), 4 * 600'000);
  EXPECT_EQ(trouble_ms(report, "authority", Trouble::down), 60'000);
  EXPECT_EQ(trouble_ms(report, "office", Trouble::disconnected), 60'000);
  EXPECT_GT(trouble_ms(report, "truck", Trouble::flapping), 60'000);
  EXPECT_GT(trouble_ms(report, "truck", Trouble::down), 10'000);
  // Four fifths of the time until all stops, and a first cycle that is off until its phase.
  EXPECT_NEAR(static_cast<double>(trouble_ms(report, "sensor", Trouble::duty_cycle)),
              2 * 20 * 60'000.0, 2 * 4 * 60'000.0);
  EXPECT_EQ(trouble_ms(report, "office", Trouble::outage), 0);
  int64_t at_ms = 0;
  for (const Bucket& bucket : report.buckets) {
    const bool out = at_ms >= 300'000 && at_ms + bucket.us / 1000 <= 900'000;
    const size_t outage = static_cast<size_t>(Trouble::outage);
    EXPECT_EQ(bucket.lanes[lane_of(report, "room")].trouble_us[outage], out ? 4 * bucket.us : 0)
        << at_ms;
    at_ms += bucket.us / 1000;
  }
}

TEST(Recorder, MarksWhatHappened) {
  const Report& report = small_report();
  const auto has = [&](const std::string& what, const std::string& lane) {
    for (const TimelineMark& mark : report.marks)
      if (mark.what == what && report.lanes[mark.lane].name == lane) return true;
    return false;
  };
  EXPECT_TRUE(has("crash", "truck"));
  EXPECT_TRUE(has("start", "truck"));
  EXPECT_TRUE(has("crash", "authority"));
  EXPECT_TRUE(has("commit", "office"));
  EXPECT_TRUE(has("expect", "script"));
  EXPECT_TRUE(has("stop", "script"));
}

TEST(Recorder, SeesQueuesAndStoresGrow) {
  const Report& report = small_report();
  uint64_t most = 0;
  for (const Bucket& bucket : report.buckets) most = std::max(most, bucket.pending_max);
  EXPECT_GE(most, 55U);  // a room's ten minutes
  EXPECT_EQ(report.buckets.back().pending, 0U);
  EXPECT_EQ(report.outcomes.queued, 0U);
  uint64_t log_bytes = 0;  // the authority trims it
  for (const Bucket& bucket : report.buckets) log_bytes = std::max(log_bytes, bucket.log_bytes);
  EXPECT_GT(log_bytes, report.buckets.front().log_bytes);
  EXPECT_GT(report.buckets.back().state_bytes, report.buckets.front().state_bytes);
  EXPECT_GT(report.buckets.back().node_bytes, report.buckets.front().node_bytes);
}

// Hears of one more entry than the log has.
class Deceived : public Recorder {
 public:
  void on_begin() override {
    Recorder::on_begin();
    Entry entry;
    entry.outcomes = {{0, Verdict::applied, Reason::none, "", LogSeq(), false},
                      {1, Verdict::superseded, Reason::none, "", LogSeq(), false},
                      {2, Verdict::refused, Reason::permission, "", LogSeq(), false},
                      {3, Verdict::refused, Reason::depends_on, "", LogSeq(), false}};
    on_entry(entry);
  }
};

TEST(Recorder, CountsOutcomesByReason) {
  Deceived recorder;
  const ScriptWatchers watchers = {&recorder};
  run_scenario(scenario_of(kSmallFleet), 1, watchers);
  const Outcomes& outcomes = recorder.report().outcomes;
  const Outcomes& before = small_report().outcomes;
  EXPECT_EQ(outcomes.refused, 1U);
  EXPECT_EQ(outcomes.committed, before.committed);
  EXPECT_EQ(outcomes.superseded, before.superseded);
  EXPECT_EQ(outcomes.superseded_operations, before.superseded_operations + 1);
  EXPECT_EQ(outcomes.refused_operations,
            (std::map<Reason, uint64_t>{{Reason::permission, 1}, {Reason::depends_on, 1}}));
  EXPECT_EQ(before.committed + before.superseded,
            static_cast<uint64_t>(small_report().run.measures.entries));
  const auto json = to_json(recorder.report());
  EXPECT_EQ(json["outcomes"]["operations"]["refused"]["permission"], 1);
}

TEST(Recorder, IsBoundedHoweverLongTheRun) {
  const Scenario scenario =
      scenario_of(replaced(kSmallFleet, R"({"run": "2min"})", R"({"run": "400d"})"));
  const Report report = report_of(scenario);
  EXPECT_LE(report.buckets.size(), Recorder::kBucketsMax);
  EXPECT_LE(report.marks.size(), Recorder::kMarksMax);
}

// Nothing says how long it takes but a settle step that runs out of its time.
TEST(Recorder, WidensItsPiecesOfTime) {
  const Scenario scenario = scenario_of(R"({"app": {"types": [{"name": "T", "properties": [
      {"name": "_id", "type": "string"}]}]},
      "nodes": [{"name": "a", "subscriptions": ["T"]}, {"name": "b", "subscriptions": ["T"]}],
      "script": [{"crash": "authority"}, {"settle": "10h"}]})");
  const Report report = report_of(scenario);
  EXPECT_EQ(verdict_of(report.run), "not quiet");
  EXPECT_LE(report.buckets.size(), Recorder::kBucketsMax);
  EXPECT_GE(report.buckets.size(), Recorder::kBucketsMax / 2);
  EXPECT_GE(report.run.virtual_ms, 36'000'000);
  EXPECT_EQ(trouble_ms(report, "authority", Trouble::down), report.run.virtual_ms);
}

TEST(Recorder, ReportsARunThatFails) {
  const Report report =
      report_of(scenario_of(replaced(kSmallFleet, R"("refused": 0)", R"("refused": 17)")));
  EXPECT_EQ(verdict_of(report.run), "failed");
  EXPECT_FALSE(report.buckets.empty());
  EXPECT_TRUE(report.marks.back().bad);
}

}  // namespace
}  // namespace syncline::sim
