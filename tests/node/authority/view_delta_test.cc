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

TEST(Views, AreEqualIfTheyShowTheSameWhoeverLooks) {
  View a{NodeId(1), 1, {{TypeNumber(16), only_name()}}};
  View b = a;
  b.node = NodeId(2);
  EXPECT_EQ(a.token(), b.token());
  b.types[0].mask = mask_of_everything();
  EXPECT_NE(a.token(), b.token());
  FieldMask part = only_name();
  part.inner.push_back({kSecret, only_name()});
  b.types[0].mask = part;
  EXPECT_NE(a.token(), b.token()) << "a field that is visible in part is part of the view";
  EXPECT_EQ(*decode_view(NodeId(2), encode_view(b)), b);
}

TEST(Views, ShowANodeItsOwnSubscriptionsOnly) {
  const View view{NodeId(0xabc), 1, {}};
  const auto subscription = [](const std::string& id) {
    return ObjectName{system_type::kSubscription, *object_key(Value(id))};
  };
  EXPECT_NE(view.shows(subscription(subscription_prefix(NodeId(0xabc)) + "x")), nullptr);
  EXPECT_EQ(view.shows(subscription(subscription_prefix(NodeId(0xabd)) + "x")), nullptr);
}

}  // namespace
}  // namespace syncline
