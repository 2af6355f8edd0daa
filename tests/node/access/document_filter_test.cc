// Conditions on objects: what they see of one, what they let through, and what an index may look up
// of them.
#include "node/access/document_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/access/user_resolver.h"
#include "node/model/documents.h"
#include "tests/node/access/app_fixture.h"

namespace syncline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DocumentFilterTest : public ::testing::Test {
 protected:
  DocumentFilter filter_of(const std::string& json, const User& user = user_of("u")) const {
    std::vector<AppMessage> problems;
    const Expression parsed =
        Expression::parse(nlohmann::json::parse(json), "", Constants(), &problems);
    EXPECT_THAT(problems, IsEmpty()) << json;
    const UserResolver resolver(user);
    DocumentFilter filter(parsed.bind(resolver), schema_, kAlert);
    // As it is kept and read again.
    const Result<Expression> again = Expression::of_text(filter.text(), nullptr);
    EXPECT_TRUE(again) << filter.text();
    if (again) {
      EXPECT_EQ(again->text(), filter.text());
    }
    return filter;
  }
  bool holds(const std::string& json, const Document& document) const {
    const auto object = object_of_document(schema_, kAlert, document, {});
    EXPECT_TRUE(object) << object.error().message;
    return filter_of(json).holds(object->id, object->fields);
  }

  Schema schema_ = alert_schema();
  Document alert_{{"_id", "a1"},
                  {"title", "hot"},
                  {"threshold", 4.5},
                  {"spot", Document{{"room", "east"}}},
                  {"spots", List{Document{{"room", "r1"}}, Document{{"room", "r2"}}}},
                  {"shelves", Document{{"top", Document{{"code", "c9"}}}}},
                  {"tags", List{"cold", "u"}}};
};

TEST_F(DocumentFilterTest, SeesFieldsWhereverTheyStand) {
  EXPECT_TRUE(holds(R"({"title": "hot"})", alert_));
  EXPECT_FALSE(holds(R"({"title": "cold"})", alert_));
  EXPECT_TRUE(holds(R"({"_id": "a1"})", alert_));
  EXPECT_TRUE(holds(R"({"spot.room": "east"})", alert_)) << "embedded";
  EXPECT_TRUE(holds(R"({"spots.room": "r2"})", alert_)) << "any element's";
  EXPECT_FALSE(holds(R"({"spots.room": "r3"})", alert_));
  EXPECT_TRUE(holds(R"({"tags": "cold"})", alert_)) << "a set that contains it";
  EXPECT_TRUE(holds(R"({"tags": "%%user.id"})", alert_));
  EXPECT_TRUE(holds(R"({"threshold": {"$gt": 4, "$lt": 5}})", alert_));
  EXPECT_TRUE(holds(R"({"%%root.title": "hot"})", alert_));
}

TEST_F(DocumentFilterTest, AMissingFieldIsNullAndAMissingExpansionNothing) {
  const Document bare{{"_id", "b"}};
  EXPECT_TRUE(holds(R"({"title": null})", bare));
  EXPECT_TRUE(holds(R"({"title": {"$exists": false}})", bare));
  EXPECT_TRUE(holds(R"({"spots.room": {"$exists": true}})", alert_));
  EXPECT_FALSE(holds(R"({"title": "%%user.custom_data.team"})", bare));
  EXPECT_FALSE(holds(R"({"title": {"$ne": "%%user.custom_data.team"}})", bare));
  EXPECT_FALSE(holds(R"({"title": {"$nin": "%%user.custom_data.teams"}})", bare));
}

TEST_F(DocumentFilterTest, BindingDecidesWhatTheUserDecides) {
  const auto constant = [&](const std::string& json, const User& user) {
    std::vector<AppMessage> problems;
    return Expression::parse(nlohmann::json::parse(json), "", Constants(), &problems)
        .bind(UserResolver(user))
        .constant();
  };
  const char* either = R"({"$or": [{"%%user.custom_data.admin": true}, {"title": "x"}]})";
  EXPECT_EQ(constant(either, user_of("u", {{"admin", true}})), true);
  EXPECT_EQ(constant(either, user_of("u")), std::nullopt);
  EXPECT_EQ(constant(R"({"title": "%%user.custom_data.none"})", user_of("u")), false);
  EXPECT_EQ(constant(R"({"$not": {"title": "%%user.custom_data.none"}})", user_of("u")), true);
}

TEST_F(DocumentFilterTest, SaysWhatAnIndexCanLookUp) {
  const auto terms = [&](const std::string& json) { return filter_of(json).terms(); };
  ASSERT_EQ(terms(R"({"title": "%%user.id"})").branches.size(), 1u);
  EXPECT_EQ(terms(R"({"title": "%%user.id"})").branches[0][0].path.fields,
            std::vector<FieldNumber>{kTitle});
  EXPECT_TRUE(terms(R"({"tags": {"$in": ["a", "b"]}})").branches[0][0].path.elements);
  EXPECT_EQ(terms(R"({"$or": [{"title": "a"}, {"tags": "b"}]})").branches.size(), 2u);
  EXPECT_EQ(terms(R"({"title": "a", "tags": "b"})").branches[0].size(), 2u);
  EXPECT_TRUE(terms(R"({"$or": [{"title": "a"}, {"threshold": {"$gt": 1}}]})").anything());
  EXPECT_TRUE(terms(R"({"threshold": 0.1})").anything()) << "keys and rules differ on doubles";
  EXPECT_TRUE(terms(R"({"title": null})").anything());
  EXPECT_TRUE(terms(R"({"$not": {"title": "a"}})").anything());
  EXPECT_THAT(terms(R"({"title": {"$in": []}})").branches, IsEmpty()) << "nothing ever matches";
}

TEST_F(DocumentFilterTest, ConditionsThatDifferInNanosecondsAreTwo) {
  const auto filter = [](int32_t nanoseconds) {
    std::vector<AppMessage> problems;
    User user = user_of("u", Document{{"until", Date{1'700'000'000, nanoseconds}}});
    const Expression condition = Expression::parse(
        nlohmann::json::parse(R"({"threshold": {"$lte": "%%user.custom_data.until"}})"), "",
        Constants(), &problems);
    return condition.bind(UserResolver(user)).text();
  };
  EXPECT_NE(filter(100), filter(900));
  EXPECT_EQ(Expression::of_text(filter(900), nullptr)->text(), filter(900));
}

TEST_F(DocumentFilterTest, WhatIsNoConditionIsNotRead) {
  for (const char* text :
       {"", "3", "{}", "[]", R"({"eq": []})", R"({"eq": [{"field": 1}, {}]})", R"({"xor": []})",
        R"({"not": []})", R"({"exists": [{"field": "a"}, {}]})",
        R"({"eq": [{"field": "a"}, {"value": "{"}]})"})
    EXPECT_FALSE(Expression::of_text(text, nullptr)) << text;
}

// ---- and what a role's filters do ----

class FilteredRole : public DocumentFilterTest {
 protected:
  void give(const std::string& roles, const User& user = user_of("u")) {
    access_ = compiled(alert_app(roles))->access_of(user);
  }
  std::string why(const char* before, const char* after) const {
    const auto fields = [](const char* title) {
      Scope scope;
      scope.put(kTitle, Value(title));
      return scope;
    };
    const Scope was = fields(before == nullptr ? "" : before);
    const Scope is = fields(after == nullptr ? "" : after);
    const auto refusals =
        access_.judge(schema_, kAlert, Value("a"), before == nullptr ? nullptr : &was,
                      after == nullptr ? nullptr : &is, {kTitle});
    return refusals.empty() ? "" : refusals[0].text;
  }
  Access access_;
};

TEST_F(FilteredRole, LetsItsOwnBeWrittenAndNotBeGivenAway) {
  give(R"([{"name": "own", "apply_when": {}, "read": true, "write": true,
            "document_filters": {"read": true, "write": {"title": "%%user.id"}}}])");
  EXPECT_EQ(why("u", "u"), "");
  EXPECT_EQ(why(nullptr, "u"), "");
  EXPECT_EQ(why("u", nullptr), "");
  EXPECT_THAT(why("v", "v"), AllOf(HasSubstr("document_filters.write does not hold"),
                                   HasSubstr("as it is"), HasSubstr("/roles/0/document_filters")));
  EXPECT_THAT(why("u", "v"), HasSubstr("as it would be"));
  EXPECT_THAT(why("v", "u"), HasSubstr("as it is")) << "no one takes over what is another's";
  EXPECT_THAT(why(nullptr, "v"), HasSubstr("not allowed: the insert of Alert"));
  EXPECT_THAT(why("v", nullptr), HasSubstr("not allowed: the delete of Alert"));
  EXPECT_EQ(access_.of(kAlert).read_when, nullptr) << "everything may be read";
}

TEST_F(FilteredRole, WhoMayWriteMayRead) {
  give(R"([{"name": "own", "apply_when": {}, "read": true, "write": true,
            "document_filters": {"read": {"tags": "news"}, "write": {"title": "%%user.id"}}}])");
  const TypeAccess& access = access_.of(kAlert);
  ASSERT_NE(access.read_when, nullptr);
  Scope own;
  own.put(kTitle, Value("u"));
  EXPECT_TRUE(access.read_when->holds(Value("a"), own));
  own.put(kTitle, Value("v"));
  EXPECT_FALSE(access.read_when->holds(Value("a"), own));
}

TEST_F(FilteredRole, InsertAndDeleteHaveConditionsOfTheirOwn) {
  give(R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "insert": {"title": "new"},
            "delete": {"title": {"$ne": "kept"}}, "document_filters": {"read": true, "write": true}}])");
  EXPECT_EQ(why(nullptr, "new"), "");
  EXPECT_THAT(why(nullptr, "other"), HasSubstr("insert does not hold"));
  EXPECT_EQ(why("other", nullptr), "");
  EXPECT_THAT(why("kept", nullptr), AllOf(HasSubstr("delete does not hold"), HasSubstr("/delete")));
  EXPECT_EQ(why("kept", "other"), "") << "updates ask neither";
}

}  // namespace
}  // namespace syncline
