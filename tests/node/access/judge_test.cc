#include <chrono>

#include <gmock/gmock.h>

#include "node/access/policy.h"
#include "proto/codec.h"
#include "tests/node/access/app_fixture.h"

namespace syncline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class JudgeTest : public ::testing::Test {
 protected:
  void give(const std::string& roles) {
    access_ = compiled(alert_app(roles))->access_of(user_of("u"));
  }
  void give_role(const std::string& rest) { give(role_text("clerk", rest)); }

  std::vector<Refusal> update(const Scope& before, const Scope& after, std::vector<Step> touched) {
    return access_.judge(schema_, kAlert, Value("x"), &before, &after, touched);
  }
  std::vector<Refusal> insert(const Scope& after) {
    return access_.judge(schema_, kAlert, Value("x"), nullptr, &after, {});
  }
  std::vector<Refusal> remove(const Scope& before) {
    return access_.judge(schema_, kAlert, Value("x"), &before, nullptr, {});
  }

  static Scope alert(const char* title, double threshold) {
    Scope fields;
    fields.put(kTitle, Value(title));
    fields.put(kThreshold, Value(threshold));
    return fields;
  }
  static Scope with_spot(Item spot) {
    Scope fields;
    fields.put(kSpot, std::move(spot));
    return fields;
  }
  static Scope with_spots(std::vector<std::pair<uint32_t, Item>> places) {
    Scope list;
    list.kind = ScopeKind::list;
    char position = 'a';
    for (auto& [n, item] : places)
      list.put(element(n), std::move(item), Position{std::string(1, position++)});
    Scope fields;
    fields.put(kSpots, Item(std::move(list)));
    return fields;
  }

  Schema schema_ = alert_schema();
  Access access_;
};

TEST_F(JudgeTest, AllowsWhatTheRoleGrants) {
  give_role(R"("write": true)");
  EXPECT_TRUE(insert(alert("a", 1)).empty());
  EXPECT_TRUE(update(alert("a", 1), alert("b", 2), {kTitle, kThreshold}).empty());
  EXPECT_TRUE(remove(alert("a", 1)).empty());
}

TEST_F(JudgeTest, RefusesTheWholeGroupWithoutARole) {
  give(R"([{"name": "staff", "apply_when": {"%%user.custom_data.staff": true}}])");
  for (const auto& refusals :
       {insert(alert("a", 1)), remove(alert("a", 1)),
        update(alert("a", 1), alert("b", 1), {kTitle}),
        access_.judge(schema_, kAlert, Value("x"), nullptr, nullptr, {kTitle})}) {
    ASSERT_EQ(refusals.size(), 1u);
    EXPECT_TRUE(refusals[0].fields.empty());
    EXPECT_THAT(refusals[0].text,
                AllOf(HasSubstr("Alert"), HasSubstr("no role"), HasSubstr(kRulesFile)));
  }
}

TEST_F(JudgeTest, RefusesTheWholeGroupWhenTheWriteFilterIsFalse) {
  give(
      R"([{"name": "auditor", "apply_when": {}, "document_filters": {"read": true, "write": false}, "write": true}])");
  for (const auto& refusals : {insert(alert("a", 1)), remove(alert("a", 1)),
                               update(alert("a", 1), alert("b", 1), {kTitle})}) {
    ASSERT_EQ(refusals.size(), 1u);
    EXPECT_TRUE(refusals[0].fields.empty());
    EXPECT_THAT(refusals[0].text, AllOf(HasSubstr("role \"auditor\""),
                                        HasSubstr("rules.json#/roles/0/document_filters/write")));
  }
}

TEST_F(JudgeTest, RefusesTheWholeGroupToAReadOnlyRole) {
  give_role(R"("read": true)");
  const auto refusals = update(alert("a", 1), alert("b", 1), {kTitle});
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_TRUE(refusals[0].fields.empty());
  EXPECT_EQ(refusals[0].text,
            std::string("not allowed: role \"clerk\" may not update Alert: it grants no write (") +
                kRulesFile + "#/roles/0)");
}

TEST_F(JudgeTest, RefusesInsertAndDeleteByTheirOwnPermissions) {
  give_role(R"("write": true, "insert": false, "delete": false)");
  const auto inserted = insert(alert("a", 1));
  ASSERT_EQ(inserted.size(), 1u);
  EXPECT_THAT(inserted[0].text,
              AllOf(HasSubstr("may not insert Alert"), HasSubstr("#/roles/0/insert")));
  const auto removed = remove(alert("a", 1));
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_THAT(removed[0].text,
              AllOf(HasSubstr("may not delete Alert"), HasSubstr("#/roles/0/delete")));
  EXPECT_TRUE(removed[0].fields.empty());
  EXPECT_TRUE(update(alert("a", 1), alert("b", 1), {kTitle}).empty());
}

TEST_F(JudgeTest, RefusesFieldsAlone) {
  give_role(R"("read": true, "fields": {"title": {"write": true}, "threshold": {"read": true}})");
  EXPECT_TRUE(update(alert("a", 1), alert("b", 1), {kTitle}).empty());
  Scope after = alert("b", 2);
  after.put(std::string("colour"), Value("red"));
  const auto refusals = update(alert("a", 1), after, {kTitle, kThreshold, std::string("colour")});
  ASSERT_EQ(refusals.size(), 2u);
  EXPECT_EQ(refusals[0].fields, std::vector<Step>{kThreshold});
  EXPECT_EQ(refusals[0].text, std::string("not allowed: role \"clerk\" may not write to Alert: "
                                          "field \"threshold\" is not writable (") +
                                  kRulesFile + "#/roles/0/fields/threshold)");
  EXPECT_EQ(refusals[1].fields, std::vector<Step>{std::string("colour")});
  EXPECT_THAT(refusals[1].text, AllOf(HasSubstr("\"colour\""), HasSubstr("additional_fields"),
                                      HasSubstr("#/roles/0)")));
}

TEST_F(JudgeTest, RefusesAForbiddenFieldEvenIfItsValueStaysTheSame) {
  // Otherwise a hidden value could be guessed by writing it.
  give_role(R"("fields": {"title": {"write": true}, "threshold": {"read": false}})");
  EXPECT_EQ(update(alert("a", 1), alert("a", 1), {kThreshold}).size(), 1u);
}

TEST_F(JudgeTest, ListsWhatAdditionalFieldsExcept) {
  give_role(
      R"("read": true, "fields": {"threshold": {"write": false}}, "additional_fields": {"write": true})");
  EXPECT_TRUE(update(alert("a", 1), alert("b", 1), {kTitle, std::string("anything")}).empty());
  EXPECT_EQ(update(alert("a", 1), alert("a", 2), {kThreshold}).size(), 1u);
}

TEST_F(JudgeTest, InsertAndDeleteNeedEveryFieldOfTheObject) {
  give_role(R"("read": true, "fields": {"title": {"write": true}})");
  Scope titled;
  titled.put(kTitle, Value("a"));
  EXPECT_TRUE(insert(titled).empty());
  EXPECT_TRUE(remove(titled).empty());
  for (const auto& refusals : {insert(alert("a", 1)), remove(alert("a", 1))}) {
    ASSERT_EQ(refusals.size(), 1u);
    EXPECT_TRUE(refusals[0].fields.empty()) << "an insert or delete stands or falls as a whole";
    EXPECT_THAT(refusals[0].text,
                AllOf(HasSubstr("needs write on all its fields"), HasSubstr("\"threshold\"")));
  }
}

TEST_F(JudgeTest, NobodyChangesAnId) {
  Scope before = alert("a", 1);
  before.put(kId, Value("one"));
  Scope after = alert("a", 1);
  after.put(kId, Value("two"));
  give_role(R"("write": true)");
  EXPECT_TRUE(insert(before).empty());
  EXPECT_TRUE(update(before, before, {kId}).empty());
  for (int pass = 0; pass < 2; ++pass) {
    const auto refusals = update(before, after, {kId});
    ASSERT_EQ(refusals.size(), 1u);
    EXPECT_EQ(refusals[0].fields, std::vector<Step>{kId});
    EXPECT_THAT(refusals[0].text, HasSubstr("_id"));
    access_ = Access::everything(schema_);
  }
  give_role(R"("read": true, "fields": {"title": {"write": true}, "threshold": {"write": true}})");
  EXPECT_TRUE(insert(before).empty()) << "the _id needs no permission of its own";
}

TEST_F(JudgeTest, NestedPermissionsJudgeWhatChangedInside) {
  give_role(R"("read": true, "fields": {"spot": {"fields": {"room": {"write": true}}}})");
  EXPECT_TRUE(update(with_spot(place("a", "1")), with_spot(place("b", "1")), {kSpot}).empty());
  const auto refusals = update(with_spot(place("a", "1")), with_spot(place("a", "2")), {kSpot});
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].fields, std::vector<Step>{kSpot});
  EXPECT_THAT(refusals[0].text,
              AllOf(HasSubstr("\"spot.code\""), HasSubstr("#/roles/0/fields/spot)")));
  EXPECT_EQ(update(with_spot(place("a", "1")), with_spot(place("a", nullptr)), {kSpot}).size(), 1u);
  EXPECT_EQ(update(with_spot(place("a", nullptr)), with_spot(place("a", "1")), {kSpot}).size(), 1u);
  EXPECT_EQ(update(with_spot(place("a", "1")), with_spot(Value(7)), {kSpot}).size(), 1u)
      << "another kind";
  EXPECT_EQ(update(with_spot(place("a", "1")), with_spot(Value(Null{})), {kSpot}).size(), 1u)
      << "takes the code away";
  EXPECT_EQ(update(with_spot(place("a", "1")), Scope(), {kSpot}).size(), 1u)
      << "takes the code away";
  EXPECT_TRUE(update(with_spot(place("a", nullptr)), Scope(), {kSpot}).empty());
  EXPECT_TRUE(insert(with_spot(place("a", nullptr))).empty());
  EXPECT_EQ(insert(with_spot(place("a", "1"))).size(), 1u);
  EXPECT_EQ(remove(with_spot(place("a", "1"))).size(), 1u);
}

TEST_F(JudgeTest, NestedPermissionsFollowListElementsByIdentity) {
  give_role(R"("read": true, "fields": {"spots": {"fields": {"room": {"write": true}}}})");
  const Scope before = with_spots({{0, place("a", "1")}, {1, place("b", nullptr)}});
  EXPECT_TRUE(update(before, with_spots({{0, place("x", "1")}, {1, place("b", nullptr)}}), {kSpots})
                  .empty());
  EXPECT_EQ(
      update(before, with_spots({{0, place("a", "2")}, {1, place("b", nullptr)}}), {kSpots}).size(),
      1u);
  EXPECT_TRUE(update(before, with_spots({{0, place("a", "1")}}), {kSpots}).empty())
      << "all of element 1 is writable";
  EXPECT_EQ(update(before, with_spots({{1, place("b", nullptr)}}), {kSpots}).size(), 1u)
      << "element 0 has a code";
  EXPECT_TRUE(
      update(before,
             with_spots({{0, place("a", "1")}, {1, place("b", nullptr)}, {2, place("c", nullptr)}}),
             {kSpots})
          .empty());
  EXPECT_EQ(
      update(before,
             with_spots({{0, place("a", "1")}, {1, place("b", nullptr)}, {2, place("c", "9")}}),
             {kSpots})
          .size(),
      1u);
  EXPECT_EQ(
      update(before, with_spots({{1, place("b", nullptr)}, {0, place("a", "1")}}), {kSpots}).size(),
      1u)
      << "moved";
  EXPECT_EQ(update(before, with_spots({{0, place("a", "1")}, {1, Value("x")}}), {kSpots}).size(),
            1u)
      << "a scalar";
}

TEST_F(JudgeTest, FindsElementsAgainWhereverTheyStand) {
  give_role(R"("read": true, "fields": {"spots": {"fields": {"room": {"write": true}}}})");
  Scope before = with_spots({{5, place("a", "1")}, {0, place("b", "2")}});
  Scope after = before;
  after.find(kSpots)->item.scope()->put(element(7), place("new", nullptr), Position{"aa"});
  EXPECT_TRUE(update(before, after, {kSpots}).empty());
}

TEST_F(JudgeTest, LongPartlyWritableListsAreJudgedInReasonableTime) {
  give_role(R"("read": true, "fields": {"spots": {"fields": {"room": {"write": true}}}})");
  Scope list;
  list.kind = ScopeKind::list;
  for (uint32_t n = 0; n < 100'000; ++n)
    list.children.push_back(
        {element(99'999 - n), Position{std::to_string(100'000 + n)}, place("a", "1")});
  Scope before;
  before.put(kSpots, Item(std::move(list)));
  const Scope after = before;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(update(before, after, {kSpots}).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(JudgeTest, AFieldMayBeItsOwnersOnly) {
  give_role(
      R"("fields": {"threshold": {"read": {"title": "%%user.id"}, "write": {"title": "%%user.id"}},
                          "title": {"read": true, "write": true}})");
  const ObjectMask& readable = access_.of(kAlert).readable;
  const Scope own = alert("u", 1);
  const Scope other = alert("v", 1);
  EXPECT_TRUE(readable.of(Value("x"), own).contains(kThreshold));
  EXPECT_FALSE(readable.of(Value("x"), other).contains(kThreshold));
  EXPECT_FALSE(readable.least().contains(kThreshold));
  EXPECT_TRUE(readable.least().contains(kTitle));
  EXPECT_TRUE(update(own, alert("u", 2), {kThreshold}).empty());
  const auto refused = update(other, alert("v", 2), {kThreshold});
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_THAT(refused[0].text,
              AllOf(HasSubstr("the condition of its permission does not hold for it as it is: "
                              "title is \"v\", the rule wants \"u\""),
                    HasSubstr("/roles/0/fields/threshold/write")));
  EXPECT_EQ(update(other, alert("u", 2), {kTitle, kThreshold}).size(), 1u)
      << "who takes an object over does not own it yet";
  EXPECT_TRUE(insert(own).empty());
  EXPECT_EQ(insert(other).size(), 1u);
}

TEST_F(JudgeTest, OfAFieldsConditionNoMoreIsToldThanTheWriterMayRead) {
  give_role(
      R"("fields": {"threshold": {"read": true, "write": {"%%this": {"$lt": 5}, "title": "%%user.id"}},
                    "title": {"read": false, "write": false}})");
  const auto refused = update(alert("someone", 1), alert("someone", 2), {kThreshold});
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_THAT(refused[0].text, HasSubstr("a field that you may not read decides"));
  EXPECT_THAT(refused[0].text, Not(HasSubstr("someone")));
  const auto too_much = update(alert("u", 1), alert("u", 7), {kThreshold});
  ASSERT_EQ(too_much.size(), 1u);
  EXPECT_THAT(too_much[0].text, AllOf(HasSubstr("as it would be: "), HasSubstr("threshold is 7")));
}

TEST_F(JudgeTest, AWriteMayDependOnWhatThereWas) {
  give(
      R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "document_filters": {"read": true,
            "write": {"$or": [{"%%prevRoot": {"%exists": false}},
                              {"%%prevRoot.title": "open", "%%root.title": {"$in": ["open", "closed"]}}]}}}])");
  EXPECT_TRUE(insert(alert("closed", 1)).empty());
  EXPECT_TRUE(update(alert("open", 1), alert("closed", 1), {kTitle}).empty());
  EXPECT_EQ(update(alert("closed", 1), alert("open", 1), {kTitle}).size(), 1u);
  EXPECT_EQ(update(alert("open", 1), alert("lost", 1), {kTitle}).size(), 1u);
  EXPECT_TRUE(remove(alert("open", 1)).empty());
  EXPECT_EQ(remove(alert("closed", 1)).size(), 1u);
}

TEST_F(JudgeTest, AFieldMayBeWrittenOnce) {
  give_role(R"("fields": {"title": {"write": {"%%prev": null}},
                          "threshold": {"write": {"%%this": {"%gte": 0}}}})");
  const Scope empty;
  Scope titled;
  titled.put(kTitle, Value("a"));
  EXPECT_TRUE(update(empty, titled, {kTitle}).empty());
  EXPECT_EQ(update(titled, alert("b", 1), {kTitle}).size(), 1u);
  EXPECT_EQ(update(titled, alert("a", -1), {kThreshold}).size(), 1u);
  EXPECT_TRUE(update(alert("a", 1), alert("a", 2), {kThreshold}).empty());
}

TEST_F(JudgeTest, OfWhatWasNotThereNothingMatches) {
  give(
      R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "document_filters": {"read": true,
            "write": {"%%prevRoot.title": {"$ne": "closed"}}}}])");
  EXPECT_EQ(insert(alert("a", 1)).size(), 1u) << "not even $ne";
  EXPECT_TRUE(update(alert("a", 1), alert("b", 1), {kTitle}).empty());
}

TEST_F(JudgeTest, WhatIsJoinedWithTheChangeMustHoldBeforeAndAfter) {
  give(
      R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "document_filters": {"read": true,
            "write": {"title": "%%user.id", "%%prevRoot.threshold": {"$ne": 9}}}}])");
  EXPECT_TRUE(update(alert("u", 1), alert("u", 2), {kThreshold}).empty());
  EXPECT_EQ(update(alert("u", 9), alert("u", 2), {kThreshold}).size(), 1u);
  EXPECT_EQ(update(alert("v", 1), alert("u", 1), {kTitle}).size(), 1u)
      << "nobody takes over what is another's";
}

TEST_F(JudgeTest, AFieldCanBeKeptAsItWas) {
  give(
      R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "document_filters": {"read": true,
            "write": {"title": "%%prevRoot.title"}}}])");
  Scope untitled;
  untitled.put(kThreshold, Value(1.0));
  Scope other;
  other.put(kThreshold, Value(2.0));
  EXPECT_TRUE(update(untitled, other, {kThreshold}).empty()) << "nor was it there before";
  EXPECT_EQ(update(untitled, alert("a", 1), {kTitle}).size(), 1u);
}

TEST_F(JudgeTest, NamesNoKeysThatTheUserMayNotRead) {
  give_role(R"("fields": {"shelves": {"fields": {"top": {"read": true, "write": true}}}})");
  const auto shelves = [](std::vector<const char*> keys) {
    Scope dictionary;
    dictionary.kind = ScopeKind::dictionary;
    for (const char* key : keys) dictionary.put(std::string(key), place("r", "c"));
    Scope fields;
    fields.put(kShelves, Item(std::move(dictionary)));
    return fields;
  };
  const auto refused = update(shelves({"top", "unheard_of"}), shelves({"top"}), {kShelves});
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_THAT(refused[0].text, ::testing::Not(HasSubstr("unheard_of")));
}

TEST_F(JudgeTest, OneConditionForManyFieldsCountsOnce) {
  std::string fields;
  for (const char* field : {"title", "threshold", "spot", "spots", "shelves", "tags", "more"})
    fields += std::string(fields.empty() ? "" : ",") + "\"" + field +
              R"(": {"read": {"title": "%%user.id"}, "write": {"title": "%%user.id"}})";
  give_role("\"fields\": {" + fields + "}");
  EXPECT_TRUE(update(alert("u", 1), alert("u", 2), {kThreshold}).empty());
}

TEST_F(JudgeTest, AFunctionOfTheProgramMayDecide) {
  auto functions = std::make_shared<RuleFunctions>();
  functions->emplace("shorter",
                     std::make_shared<RuleFunction>([](std::span<const Value> arguments) {
                       return Value(arguments[0].get<std::string>().size() <
                                    static_cast<size_t>(arguments[1].as_integer()));
                     }));
  auto policy =
      Policy::compile(alert_app(R"([{"name": "r", "apply_when": {}, "read": true, "write": true,
                     "document_filters": {"read": true,
                       "write": {"%%true": {"%function": {"name": "shorter", "arguments": ["%%root.title", 4]}}}}}])"),
                      RolesWithoutFilters::deny, functions);
  ASSERT_TRUE(policy) << policy.error().message;
  access_ = (*policy)->access_of(user_of("u"));
  EXPECT_TRUE(insert(alert("abc", 1)).empty());
  EXPECT_EQ(insert(alert("abcd", 1)).size(), 1u);
  EXPECT_EQ(insert(Scope()).size(), 1u) << "without an argument it is not called";
  const auto& condition = access_.of(kAlert).write_when;
  ASSERT_NE(condition, nullptr);
  EXPECT_FALSE(Expression::of_text(condition->text(), nullptr));
  const auto again = Expression::of_text(condition->text(), functions.get());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), condition->text());
}

TEST_F(JudgeTest, AllWantsAllThatItNames) {
  give(
      R"([{"name": "r", "apply_when": {}, "read": true, "write": true, "document_filters": {"read": true,
            "write": {"tags": {"$all": ["a", "%%user.id"]}}}}])");
  const auto tagged = [](std::vector<const char*> tags) {
    Scope set;
    set.kind = ScopeKind::set;
    for (const char* tag : tags) set.put(Member{encode_value(Value(tag))}, Value(tag));
    Scope fields;
    fields.put(kTags, Item(std::move(set)));
    return fields;
  };
  EXPECT_TRUE(insert(tagged({"a", "b", "u"})).empty());
  EXPECT_EQ(insert(tagged({"a", "b"})).size(), 1u);
  EXPECT_EQ(insert(Scope()).size(), 1u);
}

TEST_F(JudgeTest, RefusesTypesThatAreNotThere) {
  give_role(R"("write": true)");
  const Scope fields = alert("a", 1);
  EXPECT_EQ(access_.judge(schema_, TypeNumber{99}, Value("x"), nullptr, &fields, {}).size(), 1u);
  EXPECT_EQ(access_.judge(schema_, kPlace, Value("x"), nullptr, &fields, {}).size(), 1u);
  EXPECT_EQ(access_.judge(schema_, system_type::kUser, Value("x"), nullptr, &fields, {}).size(),
            1u);
}

TEST_F(JudgeTest, AllowsNothingToHappenWithinAGroup) {
  give_role(R"("write": true)");
  EXPECT_TRUE(access_.judge(schema_, kAlert, Value("x"), nullptr, nullptr, {kTitle}).empty());
}

}  // namespace
}  // namespace syncline
