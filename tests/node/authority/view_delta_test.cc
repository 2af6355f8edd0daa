#include "node/authority/view_delta.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

const FieldNumber kName{2};
const FieldNumber kSecret{3};
const ObjectName kObject{TypeNumber(16), *object_key(Value("a"))};

FieldMask only_name() {
  FieldMask mask;
  mask.fields = {kName};
  return mask;
}

Bytes row_bytes() {
  Row row{Value("a"), LogSeq(3), LogSeq(5), {}};
  row.fields.put(kName, Item(Value("n")));
  row.fields.put(kSecret, Item(Value("s")));
  return encode_row(row);
}

std::optional<ObjectDelta> told(const Before& before, const After& after) {
  Result<std::optional<Bytes>> bytes = view_delta(kObject, LogSeq(5), before, after);
  EXPECT_TRUE(bytes.has_value());
  if (!bytes || !*bytes) return std::nullopt;
  return *decode_object_delta(**bytes);
}

std::vector<Effect> change_of(FieldNumber field) {
  Effect effect;
  effect.path = {field};
  effect.item = Item(Value("new"));
  return {effect};
}

TEST(ViewDelta, WhatAppearsEntersAsTheMaskShowsIt) {
  const Bytes row = row_bytes();
  const FieldMask mask = only_name();
  const auto delta = told({}, {&row, &mask, nullptr});
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->kind, ObjectDelta::Kind::enter);
  const Row shown = *decode_row(delta->row);
  EXPECT_NE(shown.fields.find(kName), nullptr);
  EXPECT_EQ(shown.fields.find(kSecret), nullptr);
}

TEST(ViewDelta, WhatIsKnownIsToldOnlyWhatChangedAndIsSeen) {
  const Bytes row = row_bytes();
  const FieldMask mask = only_name();
  const Before known{Before::Kind::known, &mask};
  const std::vector<Effect> seen = change_of(kName);
  const auto delta = told(known, {&row, &mask, &seen});
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->kind, ObjectDelta::Kind::update);
  EXPECT_EQ(delta->effects, seen);
  const std::vector<Effect> hidden = change_of(kSecret);
  EXPECT_FALSE(told(known, {&row, &mask, &hidden})) << "a change of a hidden field is no news";
  EXPECT_FALSE(told(known, {&row, &mask, nullptr}));
}

TEST(ViewDelta, AnotherMaskOrAnUnknownContentIsReplacedWhole) {
  const Bytes row = row_bytes();
  const FieldMask mask = only_name();
  const Before other{Before::Kind::known, &mask_of_everything()};
  ASSERT_TRUE(told(other, {&row, &mask, nullptr}));
  EXPECT_EQ(told(other, {&row, &mask, nullptr})->kind, ObjectDelta::Kind::enter);
  EXPECT_EQ(told({Before::Kind::held, nullptr}, {&row, &mask, nullptr})->kind,
            ObjectDelta::Kind::enter);
}

TEST(ViewDelta, WhatIsGoneLeavesOnlyIfItMayBeHeld) {
  EXPECT_FALSE(told({}, {}));
  EXPECT_EQ(told({Before::Kind::held, nullptr}, {})->kind, ObjectDelta::Kind::leave);
  EXPECT_EQ(told({Before::Kind::known, &mask_of_everything()}, {})->kind, ObjectDelta::Kind::leave);
}

std::shared_ptr<const Schema> boxes() {
  auto schema = std::make_shared<Schema>();
  TypeDef box;
  box.number = TypeNumber(16);
  box.name = "Box";
  FieldDef id;
  id.number = FieldNumber(1);
  id.name = "_id";
  id.type = ScalarType::string;
  FieldDef count;
  count.number = FieldNumber(2);
  count.name = "count";
  count.type = ScalarType::int64;
  box.fields = {id, count};
  schema->types.push_back(std::move(box));
  return schema;
}

std::shared_ptr<const Membership> members(std::vector<std::string> queries) {
  return *Membership::of(boxes(), TypeNumber(16), queries, nullptr);
}

TEST(Views, AreEqualIfTheyShowTheSameWhoeverLooks) {
  View a{NodeId(1), boxes(), 0, {{TypeNumber(16), only_name(), Membership::everything()}}, {}};
  View b = a;
  b.node = NodeId(2);
  EXPECT_EQ(a.token(), b.token());
  b.types[0].mask = mask_of_everything();
  EXPECT_NE(a.token(), b.token());
  FieldMask part = only_name();
  part.inner.push_back({kSecret, only_name()});
  b.types[0].mask = part;
  EXPECT_NE(a.token(), b.token()) << "a field that is visible in part is part of the view";
  b.types[0].members = members({"count > 3", "count == 1 SORT(count DESC) LIMIT(2)"});
  EXPECT_NE(a.token(), b.token());
  EXPECT_EQ(*decode_view(NodeId(2), boxes(), nullptr, encode_view(b)), b);
}

TEST(Views, OfTheSameQueriesInOtherWordsAreEqual) {
  EXPECT_EQ(*members({"count > 3 AND _id == 'a'"}), *members({"'a' = _id && (count > 3)"}));
  EXPECT_EQ(*members({"count > 3", "_id == 'a'"}), *members({"_id == 'a' OR count > 3"}));
  EXPECT_EQ(*members({"count > 3", ""}), *Membership::everything());
  EXPECT_EQ(*members({"count > 3 SORT(_id ASC)"}), *members({"count > 3"}));
}

TEST(Views, SayWhatDecidesOnTheirMembers) {
  EXPECT_EQ(members({"count > 3"})->reach(), Membership::Reach::own);
  EXPECT_TRUE(members({"count > 3"})->reads(FieldNumber(2)));
  EXPECT_FALSE(members({"count > 3"})->reads(FieldNumber(1)));
  EXPECT_EQ(members({"TRUEPREDICATE LIMIT(3)"})->reach(), Membership::Reach::window);
}

TEST(Views, AreNotMadeOfQueriesThatCannotBeKeptUpToDate) {
  const auto why = [](const char* query) {
    const auto any = [](TypeNumber, FieldNumber) { return true; };
    return object_to_query(boxes(), TypeNumber(16), query, any).value_or("");
  };
  EXPECT_EQ(why("count > 3"), "");
  EXPECT_EQ(why("TRUEPREDICATE SORT(count DESC) LIMIT(1000)"), "");
  EXPECT_NE(why("TRUEPREDICATE SORT(count DESC) LIMIT(1001)").find("at most 1000"),
            std::string::npos);
  EXPECT_NE(why("TRUEPREDICATE DISTINCT(count)").find("DISTINCT"), std::string::npos);
  EXPECT_NE(why("weight > 3").find("weight"), std::string::npos);
}

TEST(Views, ShowANodeItsOwnSubscriptionsOnly) {
  const View view{NodeId(0xabc), nullptr, 0, {}, {}};
  const auto subscription = [](const std::string& id) {
    return ObjectName{system_type::kSubscription, *object_key(Value(id))};
  };
  EXPECT_NE(view.covers(subscription(subscription_prefix(NodeId(0xabc)) + "x")), nullptr);
  EXPECT_EQ(view.covers(subscription(subscription_prefix(NodeId(0xabd)) + "x")), nullptr);
}

}  // namespace
}  // namespace syncline
