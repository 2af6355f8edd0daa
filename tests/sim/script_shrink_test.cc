// A failing scenario is made small: only the steps that its failure needs are left.
#include "sim/script/shrink.h"

#include <gtest/gtest.h>

namespace syncline::sim {
namespace {

constexpr const char* kText = R"({
 "title": "wrong",
 "app": {"types": [{"name": "T", "properties": [
   {"name": "_id", "type": "string"}, {"name": "n", "type": "int"}]}]},
 "nodes": [{"name": "a", "subscriptions": ["T"]}, {"name": "b", "subscriptions": ["T"]}],
 "script": [
   {"commit": {"node": "a", "operations": [{"op": "create", "type": "T", "value": {"_id": "x"}}]}},
   {"run": "1s"}, {"disconnect": "b"}, {"run": "1min"}, {"connect": "b"},
   {"commit": {"node": "b", "operations": [{"op": "create", "type": "T", "value": {"_id": "y"}}]}},
   {"settle": "1min"},
   {"expect": {"node": "a", "counts": {"T": 2}}},
   {"crash": "b"}, {"restart": "b"}, {"settle": "1min"},
   {"expect": {"node": "authority", "object": {"type": "T", "id": "y"}, "is": null}}]})";

TEST(ScriptShrink, LeavesWhatTheFailureNeeds) {
  const Result<Scenario> scenario = parse_scenario(kText);
  ASSERT_TRUE(scenario.has_value());
  Result<ShrunkScenario> shrunk = shrink(*scenario, 1, 200, nullptr);
  ASSERT_TRUE(shrunk.has_value()) << shrunk.error().message;
  const std::vector<Step>& steps = shrunk->scenario.script;
  ASSERT_EQ(steps.size(), 3u) << "a write, time for it, and what is not as expected";
  EXPECT_EQ(steps.back().pointer, "/script/11");
  EXPECT_EQ(failure_of(shrunk->report), "not as expected: /script/11");

  const Result<std::string> text = text_with_steps(kText, steps);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const Result<Scenario> small = parse_scenario(*text);
  ASSERT_TRUE(small.has_value()) << *text;
  EXPECT_EQ(failure_of(run_scenario(*small, 1)), "not as expected: /script/2");
  EXPECT_EQ(small->title, "wrong");
}

TEST(ScriptShrink, WhatHoldsIsNotShrunk) {
  Result<Scenario> scenario = parse_scenario(kText);
  ASSERT_TRUE(scenario.has_value());
  scenario->script.pop_back();
  EXPECT_EQ(shrink(*scenario, 1, 10, nullptr).error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace syncline::sim
