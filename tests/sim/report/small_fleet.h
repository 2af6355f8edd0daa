// A scenario that has something of everything that a report shows.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "sim/report/recorder.h"
#include "sim/script/run.h"

namespace syncline::sim {

inline const std::string kSmallFleet =
    R"({"title": "A small fleet", "question": "What happens?", "finding": "Much.",
 "app": {"types": [{"name": "Reading", "properties": [{"name": "_id", "type": "string"}, {"name": "celsius", "type": "double"}]}]},
 "links": {
   "site": {"outages": [{"from": "5min", "for": "10min"}]},
   "road": {"latency": ["40ms", "400ms"], "loss_percent": 1, "flapping": {"up": ["20s", "2min"], "down": ["5s", "30s"]}}},
 "groups": [
   {"name": "room", "count": 4, "link": "site", "subscriptions": ["Reading"], "writes": [{"every": "10s", "operations": [
     {"op": "put", "type": "Reading", "value": {"_id": "{node}/{count}", "celsius": {"random": [-20.0, -10.0]}}}]}]},
   {"name": "truck", "count": 3, "link": "road", "subscriptions": ["Reading"], "writes": [{"every": "10s", "operations": [
     {"op": "put", "type": "Reading", "value": {"_id": "shared", "celsius": {"random": [-20.0, -10.0]}}}]}],
     "crashes": {"every": ["3min", "6min"], "down_for": ["5s", "1min"]}},
   {"name": "sensor", "count": 2, "subscriptions": ["Reading"], "duty_cycle": {"on": "1min", "every": "5min"}}],
 "nodes": [{"name": "office", "subscriptions": ["Reading"]}],
 "script": [
   {"at": "8min", "why": "the rooms are alone", "expect": {"node": "room 1", "sync": "offline"}},
   {"commit": {"node": "office", "as": "note", "operations": [{"op": "put", "type": "Reading", "value": {"_id": "office", "celsius": 20.0}}]}},
   {"at": "16min", "crash": "authority"},
   {"at": "17min", "restart": "authority"},
   {"disconnect": "office"}, {"run": "1min"}, {"connect": "office"},
   {"at": "25min", "stop": "all"}, {"run": "2min"}, {"settle": "5min"},
   {"why": "everything arrives", "expect": {"measures": {"refused": 0}}}]})";

inline Scenario scenario_of(const std::string& text) {
  Result<Scenario> scenario = parse_scenario(text);
  EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
  return scenario ? *scenario : Scenario();
}

inline Report report_of(const Scenario& scenario, uint64_t seed = 1) {
  Recorder recorder;
  const ScriptWatchers watchers = {&recorder};
  run_scenario(scenario, seed, watchers);
  return recorder.report();
}

inline const Report& small_report() {
  static const Report report = report_of(scenario_of(kSmallFleet));
  return report;
}

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

}  // namespace syncline::sim
