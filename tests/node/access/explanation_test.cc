#include "node/access/explanation.h"

#include <map>
#include <set>

#include <gmock/gmock.h>

#include "tests/node/access/app_fixture.h"

namespace syncline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Explanation : public ::testing::Test {
 protected:
  // A condition on Alert, for the user "u" of store "OSL".
  static std::string why(const std::string& condition, const Scope& fields,
                         const std::vector<FieldNumber>& hidden = {}) {
    const auto user = user_of(
        "u", Document{{"store", "OSL"}, {"stores", List{Value("a"), Value("b"), Value("c")}}});
    const std::string roles =
        R"([{"name": "r", "apply_when": {}, "read": true, "write": true,
             "document_filters": {"read": true, "write": )" +
        condition + "}}]";
    const Access access = compiled(alert_app(roles))->access_of(user);
    const auto& filter = access.of(kAlert).write_when;
    if (filter == nullptr) return "constant";
    return filter->why(Value("x"), &fields, fields, [&](const Path& place) {
      if (place.empty()) return true;
      const FieldNumber* number = std::get_if<FieldNumber>(&place.front());
      return number == nullptr || std::ranges::find(hidden, *number) == hidden.end();
    });
  }

  static Scope alert(const char* title, std::optional<double> threshold) {
    Scope fields;
    fields.put(kTitle, Value(title));
    if (threshold) fields.put(kThreshold, Value(*threshold));
    return fields;
  }
};

TEST_F(Explanation, TellsFieldValueAndWhatTheRuleWants) {
  EXPECT_EQ(why(R"({"title": "%%user.id"})", alert("alice", 1)),
            R"(title is "alice", the rule wants "u")");
  EXPECT_EQ(why(R"({"title": {"$ne": "alice"}})", alert("alice", 1)),
            R"(title is "alice", the rule wants other than "alice")");
  EXPECT_EQ(why(R"({"threshold": {"$gte": 3}})", alert("a", 1)),
            "threshold is 1.0, the rule wants at least 3");
  EXPECT_EQ(why(R"({"threshold": {"$exists": true}})", alert("a", {})),
            "threshold is missing, the rule wants it to be there");
  EXPECT_EQ(why(R"({"threshold": {"$lt": 3}})", alert("a", 1)),
            "threshold is 1.0, the rule wants less than 3")
      << "also of a condition that holds";
}

TEST_F(Explanation, TellsOnlyWhatDecided) {
  const std::string both = R"({"title": "%%user.id", "threshold": {"$lt": 5}})";
  EXPECT_EQ(why(both, alert("alice", 1)), R"(title is "alice", the rule wants "u")");
  EXPECT_EQ(why(both, alert("u", 9)), "threshold is 9.0, the rule wants less than 5");
  const std::string either = R"({"$or": [{"title": "%%user.id"}, {"threshold": {"$lt": 5}}]})";
  EXPECT_EQ(
      why(either, alert("alice", 9)),
      R"(title is "alice", the rule wants "u"; threshold is 9.0, the rule wants less than 5)");
  EXPECT_EQ(why(either, alert("alice", 1)), "threshold is 1.0, the rule wants less than 5");
}

TEST_F(Explanation, TurnsRoundUnderNot) {
  EXPECT_EQ(why(R"({"$not": {"title": "alice"}})", alert("alice", 1)),
            R"(title is "alice", the rule wants other than "alice")");
  EXPECT_EQ(why(R"({"$nor": [{"title": "alice"}, {"threshold": 3}]})", alert("bob", 3)),
            "threshold is 3.0, the rule wants other than 3");
}

TEST_F(Explanation, IsBounded) {
  std::string list = "\"v\"";
  for (int i = 0; i < 99; ++i) list += ",\"v" + std::to_string(i) + "\"";
  EXPECT_EQ(why(R"({"title": {"$in": [)" + list + "]}}", alert("a", 1)),
            R"(title is "a", the rule wants one of 100 values)");
  EXPECT_EQ(why(R"({"title": {"$in": "%%user.custom_data.stores"}})", alert("x", 1)),
            R"(title is "x", the rule wants one of ["a","b","c"])");
  const std::string text = why(R"({"title": "b"})", alert(std::string(10'000, 'a').c_str(), 1));
  EXPECT_LT(text.size(), 200u);
  // Not in the middle of a letter.
  std::string letters = "a";
  for (int i = 0; i < 100; ++i) letters += "\xC3\xA9";
  EXPECT_THAT(value_told(Value(letters)), HasSubstr("\xC3\xA9..."));
  std::string all;
  for (int i = 0; i < 6; ++i)
    all += (i ? "," : "") + std::string(R"({"title": "t)") + std::to_string(i) + "\"}";
  EXPECT_THAT(why(R"({"$or": [)" + all + "]}", alert("a", 1)),
              AllOf(HasSubstr("\"t2\""), Not(HasSubstr("\"t3\"")), HasSubstr("and 3 more")));
}

TEST_F(Explanation, SaysNoMoreOfAHiddenFieldThanThatItDecides) {
  const std::vector<FieldNumber> hidden = {kThreshold};
  EXPECT_EQ(why(R"({"threshold": {"$lt": 5}})", alert("a", 9), hidden),
            "a field that you may not read decides");
  EXPECT_EQ(why(R"({"$or": [{"title": "u"}, {"threshold": {"$lt": 5}}]})", alert("a", 9), hidden),
            R"(title is "a", the rule wants "u"; and a field that you may not read decides)");
}

// Whatever a hidden field holds: if the answer is the same, so is the text.
TEST_F(Explanation, DoesNotDifferWithAHiddenValue) {
  const std::vector<FieldNumber> hidden = {kThreshold};
  const char* const conditions[] = {
      R"({"threshold": {"$lt": 5}})",
      R"({"title": "u", "threshold": {"$lt": 5}})",
      R"({"$or": [{"title": "u"}, {"threshold": {"$lt": 5}}]})",
      R"({"$not": {"title": "a", "threshold": {"$gt": 5}}})",
      R"({"$nor": [{"title": "u"}, {"threshold": 7}]})",
      R"({"$or": [{"title": "u", "threshold": 7}, {"title": "a", "threshold": {"$gt": 7}}]})",
      R"({"title": {"$in": ["u", "a"]}, "$or": [{"threshold": 7}, {"threshold": {"$exists": false}}]})"};
  for (const char* condition : conditions)
    for (const char* title : {"u", "a", "z"}) {
      std::map<bool, std::set<std::string>> texts;  // by the answer
      for (const std::optional<double> value :
           {std::optional<double>(), std::optional(-1.0), std::optional(5.0), std::optional(7.0),
            std::optional(9.5)}) {
        const Scope fields = alert(title, value);
        std::vector<AppMessage> none;
        const DocumentFilter filter(
            Expression::parse(nlohmann::json::parse(condition), "", {}, &none), alert_schema(),
            kAlert);
        texts[filter.holds(Value("x"), fields)].insert(why(condition, fields, hidden));
      }
      for (const auto& [answer, all] : texts)
        EXPECT_EQ(all.size(), 1u) << condition << " of " << title << ": "
                                  << ::testing::PrintToString(all);
    }
}

// ---- in refusals ----

class ExplainedRefusal : public ::testing::Test {
 protected:
  static std::string refusal(const std::string& rest, const Scope* before, const Scope* after,
                             const std::string& filters) {
    const Access access =
        compiled(alert_app(R"([{"name": "own", "apply_when": {}, "document_filters": )" + filters +
                           ", " + rest + "}]"))
            ->access_of(user_of("u"));
    const auto refusals = access.judge(alert_schema(), kAlert, Value("x"), before, after, {kTitle});
    return refusals.empty() ? "" : refusals[0].text;
  }
  static Scope alert(const char* title, double threshold) {
    Scope fields;
    fields.put(kTitle, Value(title));
    fields.put(kThreshold, Value(threshold));
    return fields;
  }
};

constexpr const char* kOwn = R"({"read": true, "write": {"title": "%%user.id"}})";

TEST_F(ExplainedRefusal, NamesRoleClauseFieldAndValues) {
  const Scope theirs = alert("bob", 1), mine = alert("u", 1);
  const std::string place = std::string(" (") + kRulesFile + "#/roles/0/document_filters/write)";
  EXPECT_EQ(refusal(R"("read": true, "write": true)", &theirs, &mine, kOwn),
            "not allowed: the update of Alert was denied by write filter in role \"own\": "
            "document_filters.write does not hold for the object as it is: title is \"bob\", the "
            "rule wants \"u\"" +
                place);
  EXPECT_THAT(refusal(R"("read": true, "write": true)", &mine, &theirs, kOwn),
              HasSubstr("as it would be: title is \"bob\", the rule wants \"u\""));
  EXPECT_THAT(refusal(R"("read": true, "write": true)", nullptr, &theirs, kOwn),
              HasSubstr("title is \"bob\""));
  EXPECT_THAT(refusal(R"("read": true, "write": true, "delete": {"threshold": {"$gt": 3}})", &mine,
                      nullptr, R"({"read": true, "write": true})"),
              AllOf(HasSubstr("threshold is 1.0, the rule wants more than 3"),
                    HasSubstr("#/roles/0/delete")));
}

TEST_F(ExplainedRefusal, TellsNothingOfAnObjectThatTheUserMayNotRead) {
  const std::string filters = R"({"read": false, "write": {"title": "%%user.id"}})";
  std::set<std::string> texts;
  for (const char* title : {"bob", "alice", ""}) {
    const Scope theirs = alert(title, 1), mine = alert("u", 1);
    texts.insert(refusal(R"("read": true, "write": true)", &theirs, &mine, filters));
  }
  EXPECT_EQ(texts.size(), 1u);
  EXPECT_THAT(*texts.begin(), AllOf(HasSubstr("it is not one that you may read"),
                                    Not(HasSubstr("bob")), Not(HasSubstr("title"))));
}

TEST_F(ExplainedRefusal, TellsNothingOfAFieldThatTheUserMayNotRead) {
  const std::string filters = R"({"read": true, "write": {"threshold": {"$lt": 5}}})";
  const std::string fields =
      R"("fields": {"title": {"read": true, "write": true}, "threshold": {"read": false}})";
  std::set<std::string> texts;
  for (const double threshold : {5.0, 6.0, 100.0}) {
    const Scope before = alert("a", threshold), after = alert("b", threshold);
    texts.insert(refusal(fields, &before, &after, filters));
  }
  EXPECT_EQ(texts.size(), 1u);
  EXPECT_THAT(*texts.begin(), AllOf(HasSubstr("a field that you may not read decides"),
                                    Not(HasSubstr("threshold"))));
}

}  // namespace
}  // namespace syncline
