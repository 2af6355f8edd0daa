#include "node/access/rule_checks.h"

#include <gmock/gmock.h>

#include "tests/node/access/app_fixture.h"

namespace syncline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "code pointer" of each message about the rules of alerts.
std::vector<std::string> messages(const std::string& roles, std::string* text = nullptr) {
  AppReport report;
  Policy::check(*alert_app(roles, role_text("any", R"("read": true)")), RolesWithoutFilters::deny,
                &report);
  std::vector<std::string> out;
  for (const AppFileReport& file : report.files)
    for (const AppMessage& message : file.messages) {
      if (file.path != kRulesFile) continue;
      out.push_back(message.code + " " + message.pointer);
      if (text != nullptr) *text += message.text + "\n";
    }
  return out;
}

std::vector<std::string> about_filter(const std::string& condition, std::string* text = nullptr) {
  return messages(R"([{"name": "r", "apply_when": {}, "read": true, "write": true,
                       "document_filters": {"read": true, "write": )" +
                      condition + "}}]",
                  text);
}

std::string role(const std::string& name, const std::string& when) {
  return R"({"name": ")" + name + R"(", "apply_when": )" + when +
         R"(, "document_filters": {"read": true, "write": false}, "read": true})";
}

TEST(RuleChecks, FindARoleBehindOneForEveryone) {
  std::string text;
  EXPECT_THAT(messages("[" + role("staff", R"({"%%user.custom_data.staff": true})") + "," +
                           role("all", "{}") + "," +
                           role("boss", R"({"%%user.custom_data.boss": true})") + "]",
                       &text),
              ElementsAre("unreachable_role /roles/2"));
  EXPECT_THAT(text, AllOf(HasSubstr("\"boss\""), HasSubstr("\"all\"")));
}

TEST(RuleChecks, FindConditionsThatNothingFulfils) {
  const std::string place = " /roles/0/document_filters/write";
  EXPECT_THAT(about_filter(R"({"title": {"$in": []}})"), ElementsAre("empty_in" + place));
  EXPECT_THAT(about_filter(R"({"threshold": "high"})"),
              ElementsAre("comparison_never_holds" + place));
  EXPECT_THAT(about_filter(R"({"title": {"$gt": 3}})"),
              ElementsAre("comparison_never_holds" + place));
  EXPECT_THAT(about_filter(R"({"title": {"$in": [1, 2]}})"),
              ElementsAre("comparison_never_holds" + place));
  EXPECT_THAT(about_filter(R"({"spot.room": true})"),
              ElementsAre("comparison_never_holds" + place));
  EXPECT_THAT(about_filter(R"({"tags": 7})"), ElementsAre("comparison_never_holds" + place));
  EXPECT_THAT(about_filter(R"({"$and": [{"title": "a"}, {"title": "b"}]})"),
              ElementsAre("contradiction" + place));
  EXPECT_THAT(about_filter(R"({"%%true": false})"), ElementsAre("condition_never_holds" + place));
  EXPECT_THAT(messages("[" + role("none", R"({"%%true": false})") + "]"),
              ElementsAre("role_never_applies /roles/0/apply_when"));
}

TEST(RuleChecks, LetPassWhatCanBeMeant) {
  for (const char* condition :
       {"false", "true", "{}", R"({"title": "a", "threshold": 3})", R"({"title": null})",
        R"({"title": {"$in": ["a", 3]}})", R"({"tags": "a"})",
        R"({"$and": [{"tags": "a"}, {"tags": "b"}]})", R"({"title": {"$ne": 3}})",
        R"({"$or": [{"title": "a"}, {"title": "b"}]})", R"({"spot.room": "r1"})",
        R"({"threshold": {"$gt": {"$numberDecimal": "2.5"}}})", R"({"unlisted": 3})",
        R"({"%%environment.tag": "another"})"})
    EXPECT_THAT(about_filter(condition), IsEmpty()) << condition;
}

TEST(RuleChecks, FindARoleThatGrantsNothing) {
  EXPECT_THAT(messages(role_text("r", R"("fields": {"title": {"read": false}})")),
              ElementsAre("role_grants_nothing /roles/0"));
  EXPECT_THAT(
      messages(role_text("r", R"("fields": {"spot": {"fields": {"room": {"read": true}}}})")),
      IsEmpty());
  EXPECT_THAT(messages(R"([{"name": "out", "apply_when": {},
                            "document_filters": {"read": false, "write": false}}])"),
              IsEmpty())
      << "who writes false means it";
}

TEST(RuleChecks, SayNothingOfWhatHasErrorsAlready) {
  EXPECT_THAT(messages(R"([{"name": "r", "apply_when": {}, "document_filter": {"read": true}}])"),
              ElementsAre("unknown_key /roles/0/document_filter",
                          "role_without_document_filters /roles/0"));
}

// ---- what a person asks ----

TEST(ExplainedRole, TellsWhyRolesBeforeItDoNotApply) {
  const auto policy = compiled(alert_app(
      "[" + role("boss", R"({"%%user.custom_data.level": {"$gte": 3}})") + "," +
      role("staff", R"({"%%user.custom_data.staff": true})") + "," + role("all", "{}") + "]"));
  const auto roles = policy->explain_role(user_of("u", Document{{"level", 1}}), kAlert);
  ASSERT_EQ(roles.size(), 3u);
  EXPECT_FALSE(roles[0].applies);
  EXPECT_EQ(roles[0].why, "%%user.custom_data.level is 1, the rule wants at least 3");
  EXPECT_EQ(roles[1].why, "%%user.custom_data.staff is missing, the rule wants true");
  EXPECT_TRUE(roles[2].applies);
  EXPECT_EQ(policy->explain_role(user_of("u", Document{{"level", 4}}), kAlert).size(), 1u);
}

TEST(ExplainedRole, TellsEachClauseWithTheUsersValues) {
  const auto policy = compiled(alert_app(
      R"([{"name": "own", "apply_when": {}, "read": true, "write": true, "delete": false,
           "document_filters": {"read": {"tags": "%%user.custom_data.tag"},
                                "write": {"title": "%%user.id"}}}])"));
  Scope fields;
  fields.put(kTitle, Value("bob"));
  const auto clauses = policy->explain_clauses(user_of("u"), kAlert, Value("x"), fields);
  ASSERT_EQ(clauses.size(), 4u);
  EXPECT_EQ(clauses[0].clause, "document_filters.read");
  EXPECT_FALSE(clauses[0].holds);
  EXPECT_THAT(clauses[0].why, HasSubstr("%%user.custom_data.tag, which is missing"));
  EXPECT_EQ(clauses[1].why, "title is \"bob\", the rule wants \"u\" (%%user.id)");
  EXPECT_EQ(clauses[1].pointer, "/roles/0/document_filters/write");
  EXPECT_TRUE(clauses[2].holds);
  EXPECT_FALSE(clauses[3].holds);
}

}  // namespace
}  // namespace syncline
