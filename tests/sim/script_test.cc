// Scenario files: what steps do, what expectations see, what a run says of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "sim/script/run.h"
#include "sim/script/story.h"

namespace syncline::sim {
namespace {

using testing::HasSubstr;

constexpr const char* kFleet = R"(
 "app": {"types": [
   {"name": "Fridge", "properties": [
     {"name": "_id", "type": "string"}, {"name": "celsius", "type": "double"},
     {"name": "count", "type": "int"}, {"name": "notes", "type": "string", "collection": "list"},
     {"name": "tags", "type": "string", "collection": "set"},
     {"name": "next", "type": "link", "target": "Fridge"},
     {"name": "shelf", "type": "embedded", "target": "Shelf"}]},
   {"name": "Shelf", "embedded": true, "properties": [
     {"name": "n", "type": "int"},
     {"name": "inside", "type": "embedded", "collection": "list", "target": "Shelf"}]}]},
 "nodes": [{"name": "a", "subscriptions": ["Fridge"]}, {"name": "b", "subscriptions": ["Fridge"]}])";

ScriptReport run(const std::string& steps, const char* fleet = kFleet) {
  Result<Scenario> scenario =
      parse_scenario(fmt::format(R"({{{}, "script": [{}]}})", fleet, steps));
  EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
  return scenario ? run_scenario(*scenario, 1) : ScriptReport();
}

std::string create(const char* node, const char* label, const char* object) {
  return fmt::format(
      R"({{"commit": {{"node": "{}", "as": "{}", "operations": [{{"op": "create", "type": "Fridge", "value": {}}}]}}}},)",
      node, label, object);
}

#define EXPECT_HELD(report)              \
  do {                                   \
    const ScriptReport& r = (report);    \
    EXPECT_TRUE(r.held()) << to_text(r); \
    EXPECT_EQ(exit_of(r), 0);            \
  } while (false)

TEST(Script, HoldsWhatIsSo) {
  EXPECT_HELD(run(create("a", "c", R"({"_id": "f", "celsius": 1.5, "tags": ["y", "x"]})") + R"(
    {"settle": "1min"},
    {"expect": {"commit": "c", "state": "committed"}},
    {"expect": {"node": "b", "objects": {"Fridge": [{"_id": "f", "tags": ["x", "y"], "celsius": 1.5}]}}},
    {"expect": {"node": "authority", "object": {"type": "Fridge", "id": "f"},
                "is": {"celsius": 1.5, "tags": ["x", "y"]}}},
    {"expect": {"node": "b", "object": {"type": "Fridge", "id": "g"}, "is": null}},
    {"expect": {"node": "b", "counts": {"Fridge": 1}}},
    {"expect": {"node": "a", "pending": 0, "journal": 0, "sync": "live"}},
    {"expect": {"node": "b", "traffic": {"messages_down": {"at_least": 1, "at_most": 20}}}})"));
}

TEST(Script, TellsADifferenceByObjectAndField) {
  const ScriptReport report = run(create("a", "c", R"({"_id": "f", "celsius": 1.5})") +
                                  create("a", "d", R"({"_id": "h"})") + R"(
    {"settle": "1min"},
    {"why": "it is cold", "expect": {"node": "b", "objects": {"Fridge": [
      {"_id": "f", "celsius": -2.0, "notes": []}, {"_id": "g"}]}}})");
  EXPECT_EQ(exit_of(report), 1);
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].pointer, "/script/3");
  const std::string text = to_text(report);
  EXPECT_THAT(text, HasSubstr("/script/3: it is cold"));
  EXPECT_THAT(text, HasSubstr(R"(b: Fridge "f": celsius: expected -2.0, got 1.5)"));
  EXPECT_THAT(text, HasSubstr(R"(b: Fridge "f": notes: expected [], got nothing)"));
  EXPECT_THAT(text, HasSubstr(R"(b: Fridge "g": expected {"_id":"g"}, got nothing)"));
  EXPECT_THAT(text, HasSubstr(R"(b: Fridge "h": expected nothing, got {"_id":"h"})"));
}

TEST(Script, ComparesNamedFieldsOnlyIfAsked) {
  EXPECT_HELD(run(create("a", "c", R"({"_id": "f", "celsius": 1.5, "shelf": {"n": 1}})") + R"(
    {"expect": {"node": "a", "fields": "named", "objects": {"Fridge": [
      {"_id": "f", "notes": [], "count": null, "shelf": {"n": 1, "inside": []}}]}}})"));
  const ScriptReport report = run(create("a", "c", R"({"_id": "f", "celsius": 1.5})") + R"(
    {"expect": {"node": "a", "fields": "named", "objects": {"Fridge": [{"_id": "f", "celsius": null}]}}})");
  EXPECT_THAT(to_text(report), HasSubstr("celsius: expected nothing, got 1.5"));
}

TEST(Script, ReadsLinksToWhatIsNotThereAsNullIfAsked) {
  const std::string made = create("a", "c", R"({"_id": "f", "next": "gone"})");
  EXPECT_HELD(
      run(made +
          R"({"expect": {"node": "a", "objects": {"Fridge": [{"_id": "f", "next": "gone"}]}}})"));
  EXPECT_HELD(run(made + R"({"expect": {"node": "a", "unresolved_links": "as_null",
    "objects": {"Fridge": [{"_id": "f", "next": null}]}}})"));
}

TEST(Script, AHeldNodesChangesetsAndEntriesMoveOneByOne) {
  EXPECT_HELD(run(R"({"hold": ["a", "b"]},)" + create("a", "one", R"({"_id": "1"})") +
                  create("a", "two", R"({"_id": "2"})") + create("a", "three", R"({"_id": "3"})") +
                  R"(
    {"run": "10s"},
    {"expect": {"node": "authority", "counts": {"Fridge": 0}}},
    {"upload": {"node": "a", "changesets": 1}},
    {"expect": {"node": "authority", "counts": {"Fridge": 1}}},
    {"expect": {"node": "a", "pending": 3}},
    {"upload": {"node": "a", "through": "three"}},
    {"expect": {"node": "authority", "counts": {"Fridge": 3}}},
    {"expect": {"node": "b", "counts": {"Fridge": 0}}},
    {"deliver": {"node": "b", "entries": 2}},
    {"expect": {"node": "b", "counts": {"Fridge": 2}}},
    {"deliver": {"node": "a", "through": ["one"]}},
    {"expect": {"node": "a", "pending": 2}},
    {"release": ["a", "b"]},
    {"settle": "10s"},
    {"expect": {"node": "b", "counts": {"Fridge": 3}}},
    {"expect": {"node": "a", "pending": 0}})"));
}

TEST(Script, SaysWhatCannotBeDone) {
  const ScriptReport nothing = run(R"({"hold": "a"}, {"upload": {"node": "a", "changesets": 1}})");
  EXPECT_EQ(exit_of(nothing), 1);
  EXPECT_THAT(to_text(nothing), HasSubstr("cannot be done /script/1"));
  EXPECT_THAT(to_text(nothing), HasSubstr("node a has no more changesets to upload"));
  EXPECT_THAT(to_text(run(R"({"upload": {"node": "a", "changesets": 1}})")), HasSubstr("not held"));
  EXPECT_THAT(to_text(run(R"({"crash": "z"})")), HasSubstr("there is no node z"));
  EXPECT_THAT(to_text(run(R"({"run": "1h"}, {"at": "5min", "run": "1s"})")),
              HasSubstr("its time has passed"));
}

TEST(Script, ClocksDecideWhoeverArrivesFirst) {
  const auto later_wins = [](const char* first, const char* second) {
    return run(create("a", "new", R"({"_id": "f"})") + R"(
      {"run": "1h"}, {"settle": "1min"}, {"hold": ["a", "b"]},
      {"commit": {"node": "a", "as": "earlier", "clock": "10min", "operations": [
        {"op": "set", "type": "Fridge", "id": "f", "path": ["celsius"], "value": 1.0}]}},
      {"commit": {"node": "b", "as": "later", "clock": "11min", "operations": [
        {"op": "set", "type": "Fridge", "id": "f", "path": ["celsius"], "value": 2.0}]}},)" +
               fmt::format(R"({{"upload": {{"node": "{}", "changesets": 1}}}},
                              {{"upload": {{"node": "{}", "changesets": 1}}}},)",
                           first, second) +
               R"({"release": ["a", "b"]}, {"settle": "1min"},
      {"expect": {"commit": "later", "operations": [{"operation": 0, "verdict": "applied"}]}},
      {"expect": {"node": "a", "objects": {"Fridge": [{"_id": "f", "celsius": 2.0}]}}})");
  };
  EXPECT_HELD(later_wins("a", "b"));
  EXPECT_HELD(later_wins("b", "a"));
}

TEST(Script, AWriteThatMustFailFailsWithItsReason) {
  EXPECT_HELD(run(R"({"commit": {"node": "a", "fails": "there is no Fridge", "operations": [
    {"op": "set", "type": "Fridge", "id": "f", "path": ["celsius"], "value": 1.0}]}})"));
  EXPECT_THAT(to_text(run(R"({"commit": {"node": "a", "fails": "ended", "operations": [
    {"op": "delete", "type": "Fridge", "id": "f"}]}})")),
              HasSubstr("operation 0: there is no Fridge"));
}

TEST(Script, RolesAndRefusals) {
  constexpr const char* fleet = R"(
    "app": {"files": {
      "realm_config.json": {"config_version": 20210101, "name": "x"},
      "sync/config.json": {"type": "flexible", "state": "enabled", "service_name": "s", "database_name": "d"},
      "data_sources/s/config.json": {"name": "s", "type": "mongodb-atlas", "config": {"clusterName": "c"}},
      "data_sources/s/d/fridges/schema.json": {"title": "Fridge", "bsonType": "object", "required": ["_id"],
        "properties": {"_id": {"bsonType": "string"}, "celsius": {"bsonType": "double", "maximum": 10}}},
      "data_sources/s/d/fridges/rules.json": {"database": "d", "collection": "fridges", "roles": [
        {"name": "boss", "apply_when": {"%%user.custom_data.boss": true},
         "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
        {"name": "guest", "apply_when": {}, "document_filters": {"read": true, "write": false},
         "read": true, "write": false, "insert": false, "delete": false}]}}},
    "users": [{"id": "ann", "custom_data": {"boss": true}}],
    "nodes": [{"name": "a", "user": "ann", "subscriptions": [{"type": "Fridge"}]},
              {"name": "b", "user": "bob", "subscriptions": ["Fridge"]}])";
  EXPECT_HELD(run(create("a", "made", R"({"_id": "f", "celsius": 4.0})") + R"(
    {"settle": "1min"},
    {"commit": {"node": "b", "as": "guest", "operations": [
      {"op": "set", "type": "Fridge", "id": "f", "path": ["celsius"], "value": 5.0}]}},
    {"commit": {"node": "a", "as": "warm", "operations": [
      {"op": "set", "type": "Fridge", "id": "f", "path": ["celsius"], "value": 50.0}]}},
    {"settle": "1min"},
    {"expect": {"commit": "guest", "state": "refused", "operations": [
      {"operation": 0, "verdict": "refused", "reason": "permission", "text_has": "guest"}]}},
    {"expect": {"commit": "warm", "operations": [{"operation": 0, "reason": "schema"}]}},
    {"expect": {"node": "b", "journal": 1}},
    {"why": "bob becomes a boss", "user": {"id": "bob", "custom_data": {"boss": true}}},
    {"settle": "1min"},
    {"commit": {"node": "b", "as": "boss", "operations": [
      {"op": "set", "type": "Fridge", "id": "f", "path": ["celsius"], "value": 5.0}]}},
    {"settle": "1min"},
    {"expect": {"commit": "boss", "state": "committed"}})",
                  fleet));
}

TEST(Script, LinksProcessesAndDisks) {
  EXPECT_HELD(run(R"({"disconnect": "a"},)" + create("a", "away", R"({"_id": "1"})") + R"(
    {"run": "1min"},
    {"expect": {"node": "a", "pending": 1, "sync": "offline"}},
    {"expect": {"node": "authority", "counts": {"Fridge": 0}}},
    {"lose_power": "a"}, {"restart": "a"}, {"connect": "a"}, {"settle": "1min"},
    {"expect": {"commit": "away", "state": "committed"}},
    {"crash": "authority"},)" +
                  create("b", "down", R"({"_id": "2"})") + R"(
    {"run": "1min"}, {"expect": {"node": "b", "pending": 1}},
    {"restart": "authority"}, {"settle": "1min"},
    {"expect": {"node": "a", "counts": {"Fridge": 2}}},
    {"back_up": {"node": "a", "as": "old"}},)" +
                  create("a", "late", R"({"_id": "3"})") + R"(
    {"settle": "1min"},
    {"restore": {"node": "a", "backup": "old"}}, {"settle": "1min"},
    {"expect": {"node": "a", "counts": {"Fridge": 3}}},
    {"trim": {}},
    {"unsubscribe": {"node": "b", "name": "Fridge"}}, {"settle": "1min"},
    {"expect": {"node": "b", "counts": {"Fridge": 0}}},
    {"subscribe": {"node": "b", "type": "Fridge"}}, {"settle": "1min"},
    {"expect": {"node": "b", "counts": {"Fridge": 3}}},
    {"remove_node": "b"},)" +
                  create("a", "after", R"({"_id": "4"})") + R"(
    {"settle": "1min"}, {"run": "1min"},
    {"expect": {"node": "b", "counts": {"Fridge": 3}}})"));
}

TEST(Script, ADiskThatIsFullOrFailsEndsItsProcessAndLosesNothing) {
  for (const char* is : {"full", "failing"})
    EXPECT_HELD(run(create("a", "kept", R"({"_id": "f", "celsius": 1.0})") +
                    fmt::format(R"({{"disconnect": "a"}}, {{"run": "1s"}},
      {{"disk": {{"node": "a", "is": "{}"}}}},
      {{"commit": {{"node": "a", "fails": "ended", "operations": [{{"op": "create", "type": "Fridge", "value": {{"_id": "g"}}}}]}}}},
      {{"disk": {{"node": "a", "is": "well"}}}}, {{"connect": "a"}}, {{"restart": "a"}}, {{"settle": "1min"}},
      {{"expect": {{"node": "a", "object": {{"type": "Fridge", "id": "f"}}, "is": {{"_id": "f", "celsius": 1.0}}}}}},
      {{"expect": {{"commit": "kept", "state": "committed"}}}})",
                                is)));
}

TEST(Script, ASlowLogOnlyTakesLonger) {
  EXPECT_HELD(run(R"({"disk": {"node": "authority", "is": "slow", "by": "5s"}},)" +
                  create("a", "c", R"({"_id": "f"})") + R"({"run": "2s"},
    {"expect": {"node": "a", "pending": 1}},
    {"settle": "1min"}, {"expect": {"commit": "c", "state": "committed"}})"));
}

TEST(Script, AFleetThatDoesNotSettleInTimeIsNotQuiet) {
  const ScriptReport report = run(R"({"crash": "authority"}, {"settle": "1s"})");
  EXPECT_EQ(exit_of(report), 6);
  EXPECT_THAT(to_text(report), HasSubstr("NOT QUIET"));
  EXPECT_THAT(to_text(report), HasSubstr("/script/1"));
}

TEST(Script, IsToldInWordsAndRunsTheSame) {
  const std::string steps = create("a", "c", R"({"_id": "f"})") + R"({"disconnect": "b"},
    {"crash": "b", "why": "it falls"}, {"restart": "b"}, {"connect": "b"}, {"settle": "1min"},
    {"expect": {"node": "b", "counts": {"Fridge": 2}}})";
  std::string told;
  Story story([&](const std::string& line) { told += line + "\n"; });
  const Result<Scenario> scenario =
      parse_scenario(fmt::format(R"({{{}, "script": [{}]}})", kFleet, steps));
  ASSERT_TRUE(scenario.has_value());
  const ScriptReport report = run_scenario(*scenario, 1, {&story});
  EXPECT_EQ(report.trace, run_scenario(*scenario, 1).trace);
  for (const char* part : {"a writes", "entry ", "authority: session_opened", "b is down: crash",
                           "step /script/2: crash b: it falls", "b is live", "takes its link",
                           "NOT AS EXPECTED, step /script/6: expect"})
    EXPECT_THAT(told, HasSubstr(part));
}

TEST(Script, OneSeedIsOneRunAndAnotherSeedAnother) {
  Result<Scenario> scenario =
      parse_scenario(fmt::format(R"({{{}, "script": [{} {{"settle": "1min"}}]}})", kFleet,
                                 create("a", "c", R"({"_id": "f"})")));
  ASSERT_TRUE(scenario.has_value());
  EXPECT_FALSE(run_scenario_twice(*scenario, 7).differed);
  EXPECT_NE(run_scenario(*scenario, 7).trace, run_scenario(*scenario, 8).trace);
}

// The example in sim/script/README.md.
TEST(Script, TheExampleOfItsReadmeHolds) {
  std::ifstream file(SYNCLINE_SOURCE_DIR "/sim/script/README.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const size_t from = readme.find("```json\n") + 8;
  Result<Scenario> scenario = parse_scenario(readme.substr(from, readme.find("```", from) - from));
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  EXPECT_HELD(run_scenario(*scenario, 1));
}

}  // namespace
}  // namespace syncline::sim
