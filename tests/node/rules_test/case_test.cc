// Cases of our own, in the format that docs/access.md describes.
#include <gmock/gmock.h>

#include "node/rules_test/case_runner.h"
#include "node/rules_test/named_differences.h"

namespace syncline::rules_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kFridge = R"({"title": "Fridge", "bsonType": "object", "required": ["_id"],
  "properties": {"_id": {"bsonType": "string"}, "keeper": {"bsonType": "string"},
    "helpers": {"bsonType": "array", "items": {"bsonType": "string"}},
    "note": {"bsonType": "string"}, "limit": {"bsonType": "double"},
    "spot": {"title": "Spot", "bsonType": "object",
             "properties": {"room": {"bsonType": "string"}, "code": {"bsonType": "string"}}}}})";
constexpr const char* kKeeps = R"({"keeper": "%%user.id"})";

std::string role(const std::string& name, const std::string& when, const std::string& read,
                 const std::string& write,
                 const std::string& rest = R"("read": true, "write": true)") {
  return R"({"name": ")" + name + R"(", "apply_when": )" + when +
         R"(, "document_filters": {"read": )" + read + R"(, "write": )" + write + "}, " + rest +
         "}";
}

// A case of fridges, with users ann (chief) and bo.
std::string fridges(const std::string& roles, const std::string& expect,
                    const std::string& rest = "\"mode\": \"sync\"") {
  return R"({"id": "c", )" + rest + R"(, "app": {"sync": {"type": "flexible", "state": "enabled",
      "database_name": "cold", "queryable_fields_names": ["keeper", "helpers"]},
      "schemas": {"Fridge": )" +
         kFridge + R"(}, "default_rule": {"roles": [)" + roles +
         R"(]}, "collection_rules": {}},
      "users": [{"id": "ann", "custom_data": {"chief": true}}, {"id": "bo", "custom_data": {}}],
      "documents": {"Fridge": [
         {"_id": "f1", "keeper": "ann", "helpers": ["bo"], "note": "n", "limit": 4,
          "spot": {"room": "r", "code": "c"}},
         {"_id": "f2", "keeper": "bo"}]}, "expect": )" +
         expect + "}";
}

std::string write(const std::string& user, const std::string& op, const std::string& id,
                  const std::string& set, bool allowed, const std::string& more = "") {
  return R"({"user": ")" + user + R"(", "op": ")" + op + R"(", "collection": "Fridge", )" +
         (op == "insert" ? R"("doc": {"_id": ")" + id + "\"" + (set.empty() ? "" : ", ") + set + "}"
                         : R"("id": ")" + id + R"(", "set": {)" + set + "}") +
         R"(, "allowed": )" + (allowed ? "true" : "false") + more + "}";
}

// "at: expected / got (name)" of each difference, or the error.
std::vector<std::string> run(const std::string& text) {
  const Result<RulesCase> one = read_case("dir/c.json", text, {});
  if (!one) return {"error: " + one.error().message};
  const Result<std::vector<Difference>> differences = run_case(*one);
  if (!differences) return {"error: " + differences.error().message};
  std::vector<std::string> out;
  for (const Difference& one_difference : *differences)
    out.push_back(one_difference.at + ": " + one_difference.expected + " / " + one_difference.got +
                  (one_difference.name.empty() ? "" : " (" + one_difference.name + ")"));
  return out;
}

TEST(RulesCase, HoldsOrTellsWhatDiffersAndWhere) {
  const std::string roles = role("own", "{}", "true", kKeeps);
  EXPECT_THAT(run(fridges(roles, R"({"role": {"ann": "own"}, "read": {"bo": ["f2", "f1"]},
      "visible_fields": {"f2": ["_id", "keeper"]}, "sync_compatible": {"own": true}})")),
              IsEmpty());
  EXPECT_THAT(
      run(fridges(roles, R"({"role": {"ann": null}, "read": {"bo": ["f2"]},
      "visible_fields": {"f2": ["_id"]}, "sync_compatible": {"own": false, "other": true}})")),
      ElementsAre(R"(/expect/role/ann: null / "own")", R"(/expect/read/bo: ["f2"] / ["f1", "f2"])",
                  "/expect/visible_fields/f2: [_id] / ann reads [_id, keeper]",
                  "/expect/visible_fields/f2: [_id] / bo reads [_id, keeper]",
                  "/expect/sync_compatible/own: false / true",
                  "/expect/sync_compatible/other: true / there is no such role"));
}

TEST(RulesCase, RefusesKeysThatItDoesNotKnow) {
  EXPECT_THAT(run(fridges("", R"({"reads": {}})")),
              ElementsAre(AllOf(HasSubstr("dir/c.json#/expect/reads"), HasSubstr("unknown key"))));
  EXPECT_THAT(
      run(fridges("", R"({"writes": [{"user": "ann", "op": "update", "id": "f1", "sett": {}}]})")),
      ElementsAre(HasSubstr("/expect/writes/0/sett")));
  EXPECT_THAT(run(fridges("", R"({"timeline": [{"set_colour": 1}]})")),
              ElementsAre(HasSubstr("/expect/timeline/0/set_colour")));
  EXPECT_THAT(run(fridges("", "{}", R"("mode": "sync", "user": [])")),
              ElementsAre(HasSubstr("#/user")));
  EXPECT_THAT(
      run(fridges("", R"({"note": "", "read": {}})", R"("why": "for people", "mode": "sync")")),
      IsEmpty());
  EXPECT_THAT(run(fridges("", R"({"read": {"zoe": []}})")), ElementsAre(HasSubstr("no user zoe")));
  EXPECT_THAT(run("{"), ElementsAre(HasSubstr("not JSON")));
}

TEST(RulesCase, JudgesWrites) {
  const std::string roles = role("own", "{}", "true", kKeeps);
  const std::string refused =
      R"(, "outcome": "compensating_write", "reason_contains": "not allowed")";
  EXPECT_THAT(
      run(fridges(roles, R"({"writes": [)" + write("ann", "update", "f1", R"("note": "x")", true) +
                             "," + write("bo", "update", "f1", R"("note": "x")", false, refused) +
                             "," + write("ann", "update", "f1", R"("keeper": "bo")", false) + "," +
                             write("ann", "insert", "f3", R"("keeper": "ann")", true) + "," +
                             write("ann", "insert", "f4", R"("keeper": "bo")", false) + "," +
                             write("bo", "delete", "f1", "", false, refused) + "," +
                             write("ann", "update", "f1", R"("_id": "f9")", false) + "," +
                             write("bo", "delete", "f2", "", true) + "]}")),
      IsEmpty());
  EXPECT_THAT(
      run(fridges(roles, R"({"writes": [)" + write("bo", "update", "f1", R"("note": "x")", true) +
                             "," + write("ann", "update", "f1", R"("note": "x")", false) + "]}")),
      ElementsAre(AllOf(HasSubstr("/expect/writes/0: allowed / refused: not allowed"),
                        HasSubstr(R"(keeper is "ann", the rule wants "bo")")),
                  HasSubstr("/expect/writes/1: refused / allowed")));
}

TEST(RulesCase, WritesMayBuildOnEachOtherOrStandAlone) {
  const std::string helps = R"({"$or": [{"keeper": "%%user.id"}, {"helpers": "%%user.id"}]})";
  EXPECT_THAT(
      run(fridges(role("c", "{}", helps, helps),
                  R"({"writes": [)" + write("bo", "update", "f1", R"("helpers": [])", false) + "," +
                      write("bo", "update", "f1", R"("keeper": "bo")", true) + "," +
                      write("ann", "update", "f1", R"("note": "x")", true) + "," +
                      write("bo", "update", "f1", R"("helpers": [])", true) + "]}")),
      IsEmpty());
}

TEST(RulesCase, TransactionsAreJudgedTogetherAndBuildOnEachOther) {
  const std::string roles = role("own", "{}", "true", kKeeps);
  // An insert that would be refused is made lawful by the update beside it.
  EXPECT_THAT(run(fridges(roles, R"({"transactions": [[)" +
                                     write("ann", "insert", "f3", R"("keeper": "bo")", true) + "," +
                                     write("ann", "update", "f3", R"("keeper": "ann")", true) +
                                     "], [" + write("ann", "update", "f3", R"("note": "x")", true) +
                                     R"(]], "final_client_state": {"Fridge": [
                                       {"_id": "f3", "note": "x", "keeper": "ann"},
                                       {"_id": "f1", "keeper": "ann", "helpers": ["bo"], "note": "n",
                                        "limit": 4, "spot": {"room": "r", "code": "c"}},
                                       {"_id": "f2", "keeper": "bo", "note": null}]},
                                      "then": [)" +
                                     write("ann", "delete", "f3", "", true) + "]}")),
              IsEmpty());
  EXPECT_THAT(
      run(fridges(roles, R"({"final_client_state": {"Fridge": [{"_id": "f2", "keeper": "bo"}]}})")),
      ElementsAre(HasSubstr("no such object / {\"_id\":\"f1\"")));
}

TEST(RulesCase, ALawfulWriteAfterARefusedOneIsANamedDifference) {
  const std::string roles = role("own", "{}", "true", kKeeps);
  EXPECT_THAT(
      run(fridges(roles, R"({"transactions": [[)" +
                             write("ann", "update", "f1", R"("keeper": "bo")", false) + "], [" +
                             write("ann", "update", "f1", R"("note": "y")", false) + "]]}")),
      ElementsAre(AllOf(HasSubstr("/expect/transactions/1/0"),
                        HasSubstr(std::string("(") + kLaterLawfulWrites + ")"))));
  // Not so where nothing was refused before.
  EXPECT_THAT(
      run(fridges(roles, R"({"transactions": [[)" +
                             write("ann", "update", "f1", R"("note": "y")", false) + "]]}")),
      ElementsAre("/expect/transactions/0/0: refused / allowed"));
}

TEST(RulesCase, ANamedDifferenceGivesMoreThanThereAndNeverLess) {
  // There, no role that speaks of %%prevRoot gave anything.
  const std::string roles = role("forward", "{}", "true", R"({"%%prevRoot.keeper": "%%user.id"})");
  EXPECT_THAT(run(fridges(roles, R"({"read": {"ann": []}, "writes": [)" +
                                     write("ann", "update", "f1", R"("note": "y")", false) + "]}")),
              ElementsAre(HasSubstr(std::string("(") + kImages + ")"),
                          HasSubstr(std::string("(") + kImages + ")")));
  EXPECT_THAT(
      run(fridges(roles, R"({"read": {"ann": ["f1"]}, "writes": [)" +
                             write("bo", "update", "f1", R"("note": "y")", true) + "]}")),
      ElementsAre(AllOf(HasSubstr("/expect/read/ann"), Not(HasSubstr(kImages))),
                  AllOf(HasSubstr("/expect/writes/0"), Not(HasSubstr(kImages)))));
}

TEST(RulesCase, AnAppMayBeExpectedToBeRefused) {
  const std::string wrong = role("own", "{}", "true", R"({"keeper": {"$like": "x"}})");
  EXPECT_THAT(run(fridges(wrong, R"({"refused_at_deploy": "$like"})")), IsEmpty());
  EXPECT_THAT(run(fridges(wrong, R"({"refused_at_deploy": true})")), IsEmpty());
  EXPECT_THAT(run(fridges(wrong, R"({"refused_at_deploy": false})")),
              ElementsAre(HasSubstr("/expect/refused_at_deploy: false / ")));
  EXPECT_THAT(run(fridges(role("own", "{}", "true", kKeeps), R"({"refused_at_deploy": true})")),
              ElementsAre("/expect/refused_at_deploy: true / an authority takes the app"));
}

TEST(RulesCase, KnowsFieldsInside) {
  const std::string rest =
      R"("fields": {"spot": {"fields": {"room": {"read": true, "write": true}}}, "note": {"read": true}})";
  EXPECT_THAT(
      run(fridges(role("f", "{}", "true", "true", rest),
                  R"({"visible_fields": {"f1": ["_id", "note", "spot.room"]}, "writes": [)" +
                      write("bo", "update", "f1", R"("spot.room": "q")", true) + "," +
                      write("bo", "update", "f1", R"("spot.code": "q")", false) + "," +
                      write("bo", "update", "f1", R"("note": "q")", false) + "," +
                      write("bo", "update", "f1", R"("spot.room": "q", "note": "q")", false) +
                      "]}")),
      IsEmpty());
}

TEST(RulesCase, SubscriptionsBoundWhatIsReadAndWritten) {
  const std::string sub = R"("mode": "sync", "subscriptions": ["Fridge: keeper == 'ann'"])";
  const std::string outside =
      R"(, "reason_contains": ["outside of the current query view", "not allowed"])";
  EXPECT_THAT(run(fridges(role("all", "{}", "true", "true"),
                          R"({"read": {"ann": ["f1"]}, "writes": [)" +
                              write("ann", "update", "f2", R"("note": "x")", false, outside) + "," +
                              write("ann", "insert", "f3", R"("keeper": "bo")", false, outside) +
                              "," + write("ann", "update", "f1", R"("keeper": "bo")", true) + "]}",
                          sub)),
              IsEmpty());
  EXPECT_THAT(
      run(fridges(
          role("all", "{}", "true", "true"),
          R"({"read": {"ann": [], "bo": ["f1"]}, "writes": [)" +
              write("ann", "update", "f2", R"("note": "x")", false, R"(, "outcome": "exception")") +
              "]}",
          R"("mode": "sync", "subscriptions": {"ann": [], "bo": ["Fridge: limit > 3"]})")),
      IsEmpty());
}

TEST(RulesCase, ATimelineChangesRulesAndUsers) {
  const std::string roles = role("chief", R"({"%%user.custom_data.chief": true})", "true", "true") +
                            "," + role("own", "{}", kKeeps, kKeeps);
  EXPECT_THAT(run(fridges(roles, R"({"timeline": [
      {"rules": "initial", "read": {"ann": ["f1", "f2"], "bo": ["f2"]}, "no_bootstrap": true},
      {"set_custom_data": {"bo": {"chief": true}}, "read": {"bo": ["f1", "f2"]}, "role": {"bo": "chief"},
       "bootstrap": ["bo"], "no_bootstrap": ["ann"]},
      {"user": "ann", "set_custom_data": {}, "read": ["f1"], "role": "own"},
      {"set_document_filters": {"keeper": "bo"}, "role_name": "own", "read": {"ann": ["f2"]},
       "write": )" + write("ann", "update", "f2", R"("note": "x")", true) +
                                     R"(},
      {"set_roles": [], "read": {"ann": [], "bo": []}},
      {"rules": "initial", "read": {"bo": ["f1", "f2"]}}], "client_reset": false})")),
              IsEmpty());
  EXPECT_THAT(
      run(fridges(roles, R"({"timeline": [{"set_custom_data": {"bo": {"chief": true}},
      "no_bootstrap": true}], "client_reset": true})")),
      ElementsAre(HasSubstr("/expect/client_reset"),
                  HasSubstr("/expect/timeline/0/no_bootstrap: nothing is sent / bo's view")));
}

TEST(RulesCase, ValuesAndEnvironment) {
  EXPECT_THAT(
      run(fridges(role("v", R"({"%%environment.tag": "qa", "%%environment.values.on": true})",
                       R"({"keeper": {"$in": "%%values.shown"}})", "false"),
                  R"({"role": {"bo": "v"}, "read": {"bo": ["f1"]}})",
                  R"("mode": "sync", "values": {"shown": ["ann"]},
                             "environment": {"tag": "qa", "values": {"on": true}})")),
      IsEmpty());
}

TEST(RulesCase, AnAppThatIsRefusedGivesNothingByName) {
  const std::string typo = R"({"name": "t", "apply_when": {"%%user.custom_data.chief": true},
      "document_filter": {"read": true, "write": true}, "read": true, "write": true},)" +
                           role("own", "{}", kKeeps, kKeeps);
  EXPECT_THAT(run(fridges(typo, R"({"role": {"ann": "t", "bo": "own"}, "read": {"ann": []},
                                    "sync_compatible": {"t": false, "own": true}})")),
              IsEmpty());
  EXPECT_THAT(run(fridges(typo, R"({"read": {"bo": ["f2"]}})")),
              ElementsAre(R"(/expect/read/bo: ["f2"] / [] (refused-at-deploy))"));
}

TEST(RulesCase, BetterThanThereHasAName) {
  EXPECT_THAT(
      run(fridges(role("q", "{}", R"({"limit": 4})", "false"),
                  R"({"sync_compatible": {"q": false}, "read": {"ann": []}})")),
      ElementsAre(HasSubstr("(any-field-in-conditions)"), HasSubstr("(any-field-in-conditions)")));
}

TEST(RulesCase, OldPermissionsAreMigrated) {
  const std::string rest = R"("mode": "sync", "legacy_sync_config": {"type": "flexible",
     "state": "enabled", "database_name": "cold", "permissions": {"rules": {}, "defaultRoles": [
        {"name": "old", "applyWhen": {}, "read": true, "write": {"keeper": "%%user.id"}}]}})";
  const std::string migrated =
      R"({"name": "old", "apply_when": {}, "document_filters": {"read": true,
     "write": {"keeper": "%%user.id"}}, "read": true, "write": true, "insert": true, "delete": true,
     "search": true})";
  EXPECT_THAT(run(fridges("",
                          R"({"migrated": {"default_rule": {"roles": [)" + migrated +
                              R"(]}}, "role": {"ann": "old"}, "read": {"ann": ["f1", "f2"]}})",
                          rest)),
              IsEmpty());
  EXPECT_THAT(run(fridges("", R"({"migrated": {"default_rule": {"roles": []}}})", rest)),
              ElementsAre(HasSubstr("/expect/migrated/default_rule/roles")));
}

// ---- mode: request ----

const std::string kRequest = R"("mode": "request")";

TEST(RequestCase, ARoleIsChosenForEachDocument) {
  const std::string roles =
      R"({"name": "keeper", "apply_when": {"keeper": "%%user.id"}, "read": true, "write": true},
     {"name": "guest", "apply_when": {}, "fields": {"note": {"read": true},
        "limit": {"read": {"%%root.helpers": "%%user.id"}}}})";
  EXPECT_THAT(run(fridges(roles,
                          R"({"role": {"bo": {"f1": "guest", "f2": "keeper"}},
      "read": {"ann": ["f1"], "bo": ["f1", "f2"]},
      "visible_fields": {"bo": {"f1": ["_id", "note", "limit"]}}, "writes": [)" +
                              write("bo", "update", "f1", R"("note": "x")", false) + "," +
                              write("bo", "update", "f2", R"("note": "x")", true) + "]}",
                          kRequest)),
              IsEmpty());
}

TEST(RequestCase, KnowsTheDocumentBeforeAndAfter) {
  const std::string roles = R"({"name": "r", "apply_when": {}, "read": true,
      "write": {"$or": [{"%%prevRoot": {"%exists": false}}, {"%%prevRoot.keeper": "%%root.keeper"}]}})";
  EXPECT_THAT(
      run(fridges(roles,
                  R"({"writes": [)" + write("bo", "insert", "f3", R"("keeper": "bo")", true) + "," +
                      write("bo", "update", "f1", R"("note": "x")", true) + "," +
                      write("bo", "update", "f1", R"("keeper": "bo")", false) + "]}",
                  kRequest)),
      IsEmpty());
}

TEST(RequestCase, TellsWhatItCannotEvaluate) {
  const std::string roles =
      R"({"name": "r", "apply_when": {"%%true": {"%function": {"name": "f", "arguments": []}}}, "read": true})";
  EXPECT_THAT(run(fridges(roles, R"({"read": {"bo": []}})", kRequest)),
              ElementsAre(AllOf(HasSubstr("/expect/read/bo"), HasSubstr("cannot be evaluated"))));
}

}  // namespace
}  // namespace syncline::rules_test
