// Scenario files are read strictly: an error names the JSON pointer and what is allowed there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/script/object_reader.h"
#include "sim/script/scenario.h"

namespace syncline::sim {
namespace {

using testing::HasSubstr;

constexpr const char* kApp = R"("app": {"types": [{"name": "T", "properties": [
  {"name": "_id", "type": "string"}]}]})";

std::string error_of(const std::string& text) {
  Result<Scenario> scenario = parse_scenario(text);
  return scenario ? "" : scenario.error().message;
}
std::string error_of_step(const std::string& step) {
  return error_of(fmt::format(R"({{{}, "script": [{}]}})", kApp, step));
}
std::string error_of_types(const std::string& types) {
  return error_of(fmt::format(R"({{"app": {{"types": {}}}}})", types));
}

TEST(ScenarioFile, UnknownKeysAreErrorsThatNameThePlaceAndWhatIsAllowed) {
  EXPECT_EQ(error_of(fmt::format(R"({{{}, "nodes": [{{"name": "a", "colour": 1}}]}})", kApp)),
            "/nodes/0/colour: a node has no such key; it may have clock_ahead, held, name, "
            "subscriptions, user");
  EXPECT_THAT(error_of(fmt::format(R"({{{}, "a/b": 1}})", kApp)), HasSubstr("/a~1b"));
  EXPECT_THAT(error_of_step(R"({"commit": {"node": "a", "operations": [], "tiem": "1s"}})"),
              HasSubstr("/script/0/commit/tiem"));
  EXPECT_THAT(error_of_step(R"({"fly": 1})"), HasSubstr("/script/0/fly"));
}

TEST(ScenarioFile, AStepDoesOneThing) {
  EXPECT_THAT(error_of_step(R"({"run": "1s", "crash": "a"})"), HasSubstr("crash and run"));
  EXPECT_THAT(error_of_step(R"({"why": "nothing"})"), HasSubstr("a step is one of commit"));
}

TEST(ScenarioFile, KindsAndBoundsAreHeld) {
  EXPECT_THAT(error_of("[]"), HasSubstr("a scenario is an object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("/app: expected an app"));
  EXPECT_THAT(error_of("{"), HasSubstr("line 1"));
  EXPECT_THAT(error_of_step(R"({"run": 5})"), HasSubstr("/script/0/run: expected a duration"));
  EXPECT_THAT(error_of_step(R"({"run": "-5s"})"), HasSubstr("backwards"));
  EXPECT_THAT(error_of_step(R"({"disk": {"node": "a", "is": "wet"}})"), HasSubstr("slow, full"));
  EXPECT_THAT(error_of_step(R"({"disk": {"node": "a", "is": "slow", "by": "0s"}})"),
              HasSubstr("above 0"));
  EXPECT_THAT(error_of_step(R"({"upload": {"node": "a"}})"), HasSubstr("/upload/changesets"));
  EXPECT_THAT(error_of_step(R"({"upload": {"node": "a", "changesets": 0}})"),
              HasSubstr("from 1 to"));
  EXPECT_THAT(error_of_step(R"({"upload": {"node": "a", "changesets": 1, "through": "c"}})"),
              HasSubstr("either"));
  EXPECT_THAT(error_of_step(R"({"commit": {"node": "a", "operations": [{"op": "jump"}]}})"),
              HasSubstr("/script/0/commit/operations: operation 0: op must be one of"));
  EXPECT_THAT(error_of_step(R"({"commit": {"node": "a", "operations": [], "durability": "some"}})"),
              HasSubstr("one of commit, group, relaxed"));
  EXPECT_THAT(error_of_step(R"({"expect": {"node": "a"}})"), HasSubstr("something of it"));
  EXPECT_THAT(error_of_step(R"({"expect": {"node": "a", "objects": {"T": [{"x": 1}]}}})"),
              HasSubstr("/objects/T/0: expected an object with its _id"));
}

TEST(ScenarioFile, NamesAreUnique) {
  EXPECT_THAT(error_of(fmt::format(R"({{{}, "nodes": [{{"name": "a"}}, {{"name": "a"}}]}})", kApp)),
              HasSubstr("a is there twice"));
  EXPECT_THAT(error_of(fmt::format(R"({{{}, "nodes": [{{"name": "authority"}}]}})", kApp)),
              HasSubstr("/nodes/0/name"));
  EXPECT_THAT(
      error_of_types(R"([{"name": "T", "properties": []}, {"name": "T", "properties": []}])"),
      HasSubstr("/app/types/1: another type has this name"));
}

TEST(ScenarioFile, PlainTypesAreChecked) {
  EXPECT_THAT(
      error_of_types(R"([{"name": "T", "properties": [{"name": "x", "type": "integer"}]}])"),
      HasSubstr("/app/types/0/properties/0/type: expected one of"));
  EXPECT_THAT(error_of_types(R"([{"name": "T", "properties": [{"name": "x", "type": "link"}]}])"),
              HasSubstr("/app/types/0/properties/0/target"));
  EXPECT_THAT(error_of_types(R"([{"name": "T", "primary_key": "k", "properties": []}])"),
              HasSubstr("/app/types/0/primary_key"));
}

TEST(ScenarioFile, DurationsAreWholeNumbersWithAUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250);
  EXPECT_EQ(parse_duration("90s"), 90'000);
  EXPECT_EQ(parse_duration("-2h"), -7'200'000);
  EXPECT_EQ(parse_duration("3d"), 259'200'000);
  for (const char* bad : {"", "5", "s", "1.5s", "5 s", "5sec", "99999999999999999999s", "4000d"})
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
}

}  // namespace
}  // namespace syncline::sim
