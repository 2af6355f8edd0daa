// Structs to documents and back, every kind of member; and documents that do not fit.
#include "syncline/object_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/node/model/typed_fridge.h"

namespace syncline::testing::typed {
namespace {

// Two structs are the same if what is stored of them is.
void expect_same(const Fridge& a, const Fridge& b) { EXPECT_EQ(to_document(a), to_document(b)); }

Fridge read(const Document& document) {
  Result<Fridge> fridge = from_document<Fridge>(document);
  EXPECT_TRUE(fridge.has_value()) << (fridge ? "" : fridge.error().message);
  return fridge ? *fridge : Fridge();
}

std::string error_of(const char* field, Value value) {
  Document document = to_document(full_fridge());
  document.set(field, std::move(value));
  const Result<Fridge> fridge = from_document<Fridge>(document);
  EXPECT_FALSE(fridge.has_value()) << field;
  if (fridge) return "";
  EXPECT_EQ(fridge.error().code, ErrorCode::kBadData);
  return fridge.error().message;
}

TEST(ObjectCodec, EveryKindOfMemberComesBack) {
  const Fridge fridge = full_fridge();
  const Fridge again = read(to_document(fridge));
  expect_same(again, fridge);
  // Not only what is stored of them.
  EXPECT_EQ(again.id, "f7");
  EXPECT_EQ(again.shelves, -3);
  EXPECT_EQ(again.checked, fridge.checked);
  EXPECT_EQ(again.mode, Mode::defrost);
  EXPECT_EQ(again.key, fridge.key);
  EXPECT_EQ(again.note, "");
  EXPECT_EQ(again.samples[1], std::nullopt);
  EXPECT_EQ(again.switches, fridge.switches);
  EXPECT_EQ(again.channels, (std::set<int64_t>{-1, 3}));
  EXPECT_EQ(again.remarks.at("x"), std::nullopt);
  EXPECT_EQ(again.place.alarms.at(0).level, 2);
  EXPECT_EQ(again.spare->aisle, "9");
  EXPECT_EQ(again.by_name.at("door").side, "front");
  EXPECT_EQ(again.store.id(), oslo().id);
  EXPECT_EQ(again.former.size(), 2U);
  EXPECT_EQ(again.visits, 8);
}

TEST(ObjectCodec, AnEmptyStructComesBackWithoutWhatIsOptional) {
  const Document document = to_document(Fridge());
  EXPECT_EQ(document.find("note"), nullptr);
  EXPECT_EQ(document.find("spare"), nullptr);
  EXPECT_EQ(document.find("store"), nullptr);
  EXPECT_EQ(document.find("not_stored"), nullptr);
  ASSERT_NE(document.find("tags"), nullptr);
  EXPECT_EQ(*document.find("tags"), Value(List()));
  expect_same(read(document), Fridge());
}

TEST(ObjectCodec, StoresUnderTheFieldsNameAndInTheDeclaredWidth) {
  const Document document = to_document(full_fridge());
  EXPECT_EQ(*document.find("doorOpenings"), Value(int64_t{12}));
  EXPECT_EQ(*document.find("shelves"), Value(int32_t{-3}));
  EXPECT_EQ(*document.find("mode"), Value(int64_t{200}));
  EXPECT_EQ(*document.find("checked"), Value(Date{-2, 1}));
  EXPECT_EQ(*document.find("key"), Value(Binary{0, std::string("\x00\x01\xFF", 3)}));
  EXPECT_EQ(*document.find("store"), Value(oslo().id));
}

TEST(ObjectCodec, AbsentAndNullAreNothingOfWhatIsOptionalAndEmptyForCollections) {
  Document document = to_document(full_fridge());
  for (const char* field : {"note", "spare", "broken", "store", "extra", "tags", "channels",
                            "limits", "alarms", "byName", "former"}) {
    document.set(field, Value());
    const Fridge with_null = read(document);
    document.erase(field);
    expect_same(read(document), with_null);
  }
  const Fridge fridge = read(document);
  EXPECT_EQ(fridge.note, std::nullopt);
  EXPECT_FALSE(fridge.store);
  EXPECT_EQ(fridge.store.id(), std::nullopt);
  EXPECT_TRUE(fridge.extra.is_null());
  EXPECT_TRUE(fridge.tags.empty());
  EXPECT_TRUE(fridge.by_name.empty());
}

TEST(ObjectCodec, ADefaultedFieldReadsAsTheInitialiserHasIt) {
  Document document = to_document(full_fridge());
  document.erase("visits");
  EXPECT_EQ(read(document).visits, 7);
  document.set("visits", Value());
  EXPECT_EQ(read(document).visits, 7);
  EXPECT_EQ(error_of("visits", "often"),
            "Fridge/f7: visits: expected a long, found string \"often\"");
}

TEST(ObjectCodec, AnIntReadsAsALongAndBackIfItFits) {
  Document document = to_document(full_fridge());
  document.set("serial", int32_t{5});
  document.set("shelves", int64_t{5});
  EXPECT_EQ(read(document).serial, 5);
  EXPECT_EQ(read(document).shelves, 5);
  EXPECT_EQ(error_of("shelves", int64_t{1} << 31),
            "Fridge/f7: shelves: expected an int of 32 bits, found long 2147483648");
}

TEST(BadInputObjectCodec, NamesTypeIdFieldExpectedAndFound) {
  EXPECT_EQ(error_of("celsius", "warm"),
            "Fridge/f7: celsius: expected a double, found string \"warm\"");
  EXPECT_EQ(error_of("celsius", Value()), "Fridge/f7: celsius: expected a double, found nothing");
  EXPECT_EQ(error_of("celsius", int32_t{4}), "Fridge/f7: celsius: expected a double, found int 4");
  EXPECT_EQ(error_of("place", Document{{"aisle", "1"}, {"alarms", List{Document{{"side", true}}}}}),
            "Fridge/f7: place.alarms[0].side: expected a string, found bool true");
  EXPECT_EQ(error_of("tags", List{"a", 5}), "Fridge/f7: tags[1]: expected a string, found int 5");
  EXPECT_EQ(error_of("tags", "a"), "Fridge/f7: tags: expected a list, found string \"a\"");
  EXPECT_EQ(error_of("limits", Document{{"low", 1.5}}),
            "Fridge/f7: limits.low: expected a long, found double 1.5");
  EXPECT_EQ(error_of("byName", Document{{"door", Value()}}),
            "Fridge/f7: byName.door: expected a document, found nothing");
  EXPECT_EQ(error_of("store", "Oslo"),
            "Fridge/f7: store: expected an objectId, found string \"Oslo\"");
  EXPECT_EQ(error_of("_id", 5), "Fridge/5: _id: expected a string, found int 5");
}

TEST(BadInputObjectCodec, WhatAMemberCannotHoldIsAnErrorAndNotCut) {
  EXPECT_THAT(error_of("mode", 256), ::testing::HasSubstr("a number that the enum can hold"));
  EXPECT_THAT(error_of("mode", -1), ::testing::HasSubstr("a number that the enum can hold"));
  EXPECT_THAT(error_of("key", Binary{5, "x"}), ::testing::HasSubstr("subtype 0"));
  EXPECT_THAT(error_of("checked", Date{std::numeric_limits<int64_t>::max(), 0}),
              ::testing::HasSubstr("reach of the clock"));
  EXPECT_THAT(error_of("checked", Date{std::numeric_limits<int64_t>::min(), 0}),
              ::testing::HasSubstr("reach of the clock"));
}

TEST(BadInputObjectCodec, ALongValueIsShownInPart) {
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "ø";
  const std::string message = error_of("celsius", long_text);
  EXPECT_LT(message.size(), 150U);
  EXPECT_TRUE(message.ends_with("ø...")) << message;
}

TEST(BadInputObjectCodec, AnObjectWithoutAnIdIsToldAsOne) {
  const Result<Fridge> fridge = from_document<Fridge>(Document());
  ASSERT_FALSE(fridge.has_value());
  EXPECT_EQ(fridge.error().message, "Fridge: _id: expected a string, found nothing");
}

TEST(ObjectCodec, FieldsThatTheStructDoesNotListArePassedOver) {
  Document document = to_document(full_fridge());
  document.set("later", "a field of a newer app");
  expect_same(read(document), full_fridge());
}

template <class Key>
struct Keyed {
  Key id;
};
template <class Key>
constexpr auto schema_of(Model<Keyed<Key>>) {
  return object_schema("Keyed", field("_id", &Keyed<Key>::id));
}

template <class Key>
void expect_key(const Key& key, ScalarType type) {
  const Keyed<Key> object{key};
  const Result<Keyed<Key>> again = from_document<Keyed<Key>>(to_document(object));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->id, key);
  EXPECT_EQ(type_model<Keyed<Key>>().type.fields[0].type, type);
  EXPECT_EQ(Link<Keyed<Key>>(object).id(), key);
  EXPECT_EQ(Link<Keyed<Key>>::to(key), Link<Keyed<Key>>(object));
}

TEST(ObjectCodec, EveryTypeOfKey) {
  expect_key<int64_t>(-5, ScalarType::int64);
  expect_key<std::string>("k", ScalarType::string);
  expect_key<ObjectId>(oslo().id, ScalarType::object_id);
  expect_key<Uuid>(full_fridge().owner, ScalarType::uuid);
  expect_key<Value>(Value("any"), ScalarType::mixed);
}

struct Celsius {
  double degrees = 0;
};
struct Reading {
  int64_t id = 0;
  Celsius celsius;
  std::optional<Celsius> outside;
};
constexpr auto schema_of(Model<Reading>) {
  return asymmetric_schema("Reading", field("_id", &Reading::id),
                           field("celsius", &Reading::celsius),
                           field("outside", &Reading::outside));
}

}  // namespace
}  // namespace syncline::testing::typed

template <>
struct syncline::MemberCodec<syncline::testing::typed::Celsius>
    : syncline::ConvertedCodec<syncline::testing::typed::Celsius, double> {
  using Celsius = syncline::testing::typed::Celsius;
  static double to_stored(const Celsius& celsius) { return celsius.degrees; }
  static std::optional<Celsius> from_stored(double stored) {
    if (stored < -273.15) return std::nullopt;
    return Celsius{stored};
  }
};

namespace syncline::testing::typed {
namespace {

TEST(ObjectCodec, ATypeOfOnesOwnIsStoredAsAnother) {
  const Document document = to_document(Reading{1, {4.5}, Celsius{-3}});
  EXPECT_EQ(*document.find("celsius"), Value(4.5));
  const Result<Reading> again = from_document<Reading>(document);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->outside->degrees, -3);
  EXPECT_TRUE(type_model<Reading>().type.asymmetric);
  Document impossible = document;
  impossible.set("celsius", -300.0);
  const Result<Reading> refused = from_document<Reading>(impossible);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "Reading/1: celsius: expected a value that the member's own type takes, found double "
            "-300.0");
}

TEST(ObjectCodec, ModelsDeclareEveryFieldAndWhatIsEmbedded) {
  const DeclaredSchema schema = models<Fridge, Store>();
  std::vector<std::string> names;
  for (const DeclaredType& type : schema.types) names.push_back(type.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("Fridge", "Store", "Place", "Alarm"));
  const DeclaredType& fridge = *schema.type("Fridge");
  EXPECT_EQ(*fridge.field("note"),
            (DeclaredField{"note", ScalarType::string, Collection::none, true}));
  EXPECT_EQ(*fridge.field("samples"),
            (DeclaredField{"samples", ScalarType::floating, Collection::list, true}));
  EXPECT_EQ(*fridge.field("doorOpenings"),
            (DeclaredField{"doorOpenings", ScalarType::int64, Collection::none, false, true}));
  EXPECT_EQ(*fridge.field("byName"),
            (DeclaredField{"byName", ScalarType::embedded, Collection::dictionary, false, false,
                           "Alarm"}));
  EXPECT_EQ(*fridge.field("former"),
            (DeclaredField{"former", ScalarType::link, Collection::list, true, false, "Store"}));
  EXPECT_EQ(fridge.field("visits")->default_value, Value(int64_t{7}));
  EXPECT_TRUE(schema.type("Place")->embedded);
}

TEST(ObjectCodec, LinksAreOrderedByWhatTheyLeadTo) {
  std::set<Link<Store>> links = {Link<Store>(oslo()), Link<Store>::to(ObjectId{}), Link<Store>(),
                                 Link<Store>(oslo())};
  EXPECT_EQ(links.size(), 3U);
  EXPECT_FALSE(*links.begin());
}

TEST(Conditions, SayWhatTheQueryLanguageSays) {
  const auto condition = where(&Fridge::celsius) > 4 &&
                         (where(&Fridge::label) == "a" || !where(&Fridge::note).is_null());
  EXPECT_EQ(condition.text(), "(`celsius` > $0 AND (`label` == $1 OR NOT (`note` == $2)))");
  EXPECT_EQ(condition.arguments(), (std::vector<Value>{4.0, "a", Value()}));
  const auto path = where(&Fridge::place, &Place::aisle).begins_with("3") &&
                    any(&Fridge::tags).in({"x", "y"}) && where(&Fridge::mode) == Mode::cooling;
  EXPECT_EQ(path.text(), "((`place`.`aisle` BEGINSWITH $0 AND ANY `tags` IN $1) AND `mode` == $2)");
  EXPECT_EQ(path.arguments()[1], Value(List{"x", "y"}));
  EXPECT_EQ(path.arguments()[2], Value(int64_t{1}));
  EXPECT_EQ((where(&Fridge::store) == oslo()).arguments()[0],
            Value(Document{{"$ref", "Store"}, {"$id", oslo().id}}));
}

}  // namespace
}  // namespace syncline::testing::typed
