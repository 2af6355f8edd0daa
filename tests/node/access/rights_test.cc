#include "node/access/rights.h"

#include <gmock/gmock.h>

#include "tests/node/access/app_fixture.h"

namespace syncline {
namespace {

using Answer = Advisor::Advice::Answer;
using ::testing::HasSubstr;

class RightsTest : public ::testing::Test {
 protected:
  void give(const std::string& roles) {
    access_ = compiled(alert_app(roles))->access_of(user_of("u"));
    bytes_ = encode_rights(rights_of(access_, schema_));
    auto record = decode_rights(bytes_);
    ASSERT_TRUE(record);
    auto advisor = Advisor::of(*record, schema_);
    ASSERT_TRUE(advisor) << advisor.error().message;
    advisor_ = std::move(*advisor);
  }
  void give_role(const std::string& rest) { give(role_text("clerk", rest)); }

  Answer update(const Scope& before, const Scope& after, std::vector<Step> touched) {
    const auto advice = advisor_.judge(schema_, kAlert, Value("x"), &before, &after, touched);
    // Whatever it says for certain is what the authority says.
    const bool refused =
        !access_.judge(schema_, kAlert, Value("x"), &before, &after, touched).empty();
    if (advice.answer != Answer::authority_decides)
      EXPECT_EQ(advice.answer == Answer::no, refused) << advice.reason;
    return advice.answer;
  }
  Answer remove(const Scope& before) {
    return advisor_.judge(schema_, kAlert, Value("x"), &before, nullptr, {}).answer;
  }
  static Scope alert(const char* title, double threshold) {
    Scope fields;
    fields.put(kTitle, Value(title));
    fields.put(kThreshold, Value(threshold));
    return fields;
  }

  Schema schema_ = alert_schema();
  Access access_;
  Bytes bytes_;
  Advisor advisor_;
};

TEST_F(RightsTest, ConditionsOnWhatIsReadAreDecided) {
  give(R"([{"name": "own", "apply_when": {}, "read": true, "write": true,
            "document_filters": {"read": true, "write": {"title": "%%user.id"}}}])");
  EXPECT_EQ(update(alert("u", 1), alert("u", 2), {kThreshold}), Answer::yes);
  EXPECT_EQ(update(alert("v", 1), alert("v", 2), {kThreshold}), Answer::no);
  EXPECT_EQ(update(alert("u", 1), alert("v", 1), {kTitle}), Answer::no);
  EXPECT_EQ(advisor_.role(kAlert), "own");
}

TEST_F(RightsTest, ConditionsOnHiddenFieldsAreTheAuthoritysAndAreNotTold) {
  give(
      R"([{"name": "r", "apply_when": {}, "document_filters": {"read": true, "write": {"threshold": {"$lt": 31337}}},
            "fields": {"title": {"read": true, "write": true}}}])");
  EXPECT_EQ(update(alert("a", 1), alert("b", 1), {kTitle}), Answer::authority_decides);
  EXPECT_THAT(bytes_, ::testing::Not(HasSubstr("31337")));
  EXPECT_THAT(bytes_, ::testing::Not(HasSubstr("threshold")));
}

TEST_F(RightsTest, AFieldThatIsItsOwnersOnly) {
  give_role(
      R"("fields": {"threshold": {"read": {"title": "%%user.id"}, "write": {"title": "%%user.id"}},
                          "title": {"read": true, "write": true}})");
  EXPECT_EQ(update(alert("u", 1), alert("u", 2), {kThreshold}), Answer::yes);
  EXPECT_EQ(update(alert("v", 1), alert("v", 2), {kThreshold}), Answer::no);
  EXPECT_TRUE(advisor_.hides(kAlert, Value("x"), alert("v", 1), kThreshold));
  EXPECT_FALSE(advisor_.hides(kAlert, Value("x"), alert("u", 1), kThreshold));
}

TEST_F(RightsTest, WhoDeletesMayTouchWhatTheyDoNotSee) {
  give_role(R"("fields": {"title": {"read": true, "write": true}}, "delete": true)");
  Scope seen;
  seen.put(kTitle, Value("a"));
  EXPECT_EQ(remove(seen), Answer::authority_decides);
  give_role(R"("write": true)");
  EXPECT_EQ(remove(seen), Answer::yes);
}

TEST_F(RightsTest, PartsOfAField) {
  give_role(R"("read": true, "fields": {"spot": {"fields": {"room": {"write": true}}}})");
  Scope fields;
  fields.put(kSpot, place("back", "1"));
  const auto at = [&](Path path) {
    return advisor_.judge_place(schema_, kAlert, Value("x"), fields, path).answer;
  };
  EXPECT_EQ(at({kSpot, kRoom}), Answer::yes);
  EXPECT_EQ(at({kSpot, kCode}), Answer::no);
  EXPECT_EQ(at({kTitle}), Answer::no);
}

TEST_F(RightsTest, WhatIsNotToldOrDoesNotReadBackIsNoAdvice) {
  EXPECT_EQ(Advisor().judge(schema_, kAlert, Value("x"), nullptr, nullptr, {}).answer,
            Answer::authority_decides);
  give_role(R"("write": true)");
  RightsRecord record = *decode_rights(bytes_);
  record.types.front().readable.conditions = {"true"};
  EXPECT_FALSE(Advisor::of(record, schema_)) << "masks lack a combination";
  record = *decode_rights(bytes_);
  record.types.front().write_when = "{\"nonsense\": []}";
  EXPECT_FALSE(Advisor::of(record, schema_));
  record.types.front().type = TypeNumber(4711);
  EXPECT_TRUE(Advisor::of(record, schema_)) << "of a schema that is not here yet";
}

TEST_F(RightsTest, ManyValuesAreLeftToTheAuthority) {
  std::string values;
  for (int i = 0; i < 4000; ++i) values += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
  give(R"([{"name": "r", "apply_when": {}, "read": true, "write": true,
            "document_filters": {"read": true, "write": {"title": {"$in": [)" +
       values + R"(]}}}}])");
  EXPECT_EQ(update(alert("1", 1), alert("1", 2), {kThreshold}), Answer::authority_decides);
  EXPECT_LT(bytes_.size(), 4096u);
}

}  // namespace
}  // namespace syncline
