// What the code declares beside what the authority has: a test for each way in which they differ.
#include "node/model/schema_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/model/typed_fridge.h"

namespace syncline::testing::typed {
namespace {

using Kind = SchemaDifference::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An authority's schema that has just what is declared.
Schema mirror(const DeclaredSchema& declared) {
  Schema schema;
  schema.revision = 1;
  uint32_t number = system_type::kFirstUser;
  std::map<std::string, TypeNumber> numbers;
  for (const DeclaredType& type : declared.types) numbers[type.name] = TypeNumber(number++);
  for (const DeclaredType& type : declared.types) {
    TypeDef def;
    def.number = numbers[type.name];
    def.name = type.name;
    def.embedded = type.embedded;
    def.asymmetric = type.asymmetric;
    uint32_t next = 1;
    for (const DeclaredField& field : type.fields) {
      FieldDef there;
      there.number = FieldNumber(next++);
      there.name = field.name;
      there.type = field.type;
      there.collection = field.collection;
      there.nullable = field.nullable;
      there.required = field.collection == Collection::none && !field.nullable;
      if (!field.target.empty()) there.target = numbers.at(field.target);
      if (field.name == "_id") def.key_types = {field.type};
      def.fields.push_back(std::move(there));
    }
    schema.types.push_back(std::move(def));
  }
  return schema;
}

class SchemaComparison : public ::testing::Test {
 protected:
  TypeDef& type(std::string_view name) {
    for (TypeDef& one : authority_.types)
      if (one.name == name) return one;
    ADD_FAILURE() << "no type " << name;
    std::abort();
  }
  FieldDef& there(std::string_view type_name, std::string_view name) {
    for (FieldDef& one : type(type_name).fields)
      if (one.name == name) return one;
    ADD_FAILURE() << "no field " << name;
    std::abort();
  }
  void drop(std::string_view type_name, std::string_view name) {
    std::erase_if(type(type_name).fields, [&](const FieldDef& one) { return one.name == name; });
  }
  // The one difference; what stands against using the type is told by check_fit too.
  SchemaDifference only() {
    const std::vector<SchemaDifference> differences = compare_schemas(declared_, authority_);
    EXPECT_EQ(differences.size(), 1U);
    if (differences.size() != 1) {
      for (const SchemaDifference& one : differences) ADD_FAILURE() << to_text(one);
      return {};
    }
    EXPECT_FALSE(differences[0].remedy.empty());
    return differences[0];
  }
  bool fits(std::string_view name) {
    return check_fit(declared_, name, compare_schemas(declared_, authority_)).has_value();
  }

  DeclaredSchema declared_ = models<Fridge, Store>();
  Schema authority_ = mirror(declared_);
};

void expect(const SchemaDifference& difference, Kind kind, const std::string& place,
            const std::string& declared, const std::string& authority, const std::string& remedy) {
  EXPECT_EQ(difference.kind, kind);
  EXPECT_EQ(difference.type + (difference.field.empty() ? "" : "." + difference.field), place);
  EXPECT_EQ(difference.declared, declared);
  EXPECT_EQ(difference.authority, authority);
  EXPECT_THAT(difference.remedy, HasSubstr(remedy));
}

TEST_F(SchemaComparison, WhatIsTheSameHasNoDifference) {
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
  EXPECT_TRUE(fits("Fridge"));
}

TEST_F(SchemaComparison, ASubsetOfTypesAndFieldsIsFine) {
  TypeDef more = type("Store");
  more.number = TypeNumber(500);
  more.name = "Alert";
  authority_.types.push_back(more);
  FieldDef field;
  field.number = FieldNumber(900);
  field.name = "later";
  type("Fridge").fields.push_back(field);
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
}

TEST_F(SchemaComparison, ATypeThatTheAuthorityLacks) {
  std::erase_if(authority_.types, [](const TypeDef& one) { return one.name == "Store"; });
  const SchemaDifference difference = only();
  expect(difference, Kind::type_missing, "Store", "objects of their own", "",
         "deploy a schema with the title \"Store\"");
  EXPECT_FALSE(fits("Store"));
  EXPECT_TRUE(fits("Fridge"));  // others go on
}

TEST_F(SchemaComparison, AFieldThatTheAuthorityLacks) {
  drop("Fridge", "celsius");
  expect(only(), Kind::field_missing, "Fridge.celsius", "double, required", "",
         R"(add "celsius": {"bsonType": "double"} to the properties of Fridge)");
  EXPECT_FALSE(fits("Fridge"));
  EXPECT_TRUE(fits("Store"));
}

TEST_F(SchemaComparison, AFieldOfAnotherType) {
  there("Fridge", "celsius").type = ScalarType::string;
  expect(only(), Kind::field_type, "Fridge.celsius", "double, required", "string, required",
         "make the member std::string");
  EXPECT_FALSE(fits("Fridge"));
}

TEST_F(SchemaComparison, AnIntInTheCodeIsTooSmallForALongAndNotTheOtherWayRound) {
  there("Fridge", "serial").type = ScalarType::int32;
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
  there("Fridge", "shelves").type = ScalarType::int64;
  expect(only(), Kind::field_type, "Fridge.shelves", "int, required", "long, required",
         "make the member int64_t");
}

TEST_F(SchemaComparison, AValueTakesNumbersAndNullsButIsNoString) {
  there("Fridge", "extra").type = ScalarType::number;
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
  there("Fridge", "extra").type = ScalarType::string;
  expect(only(), Kind::field_type, "Fridge.extra", "mixed", "string, optional",
         "make the member std::optional<std::string>");
}

TEST_F(SchemaComparison, RequiredInTheCodeAndOptionalThere) {
  there("Fridge", "celsius").required = false;
  const SchemaDifference difference = only();
  expect(difference, Kind::nullability, "Fridge.celsius", "double, required", "double, optional",
         "make the member std::optional<double>, mark its field `defaulted`");
  EXPECT_FALSE(fits("Fridge"));
}

TEST_F(SchemaComparison, RequiredThereAndTakingNullIsOptional) {
  there("Fridge", "celsius").nullable = true;
  EXPECT_EQ(only().kind, Kind::nullability);
}

TEST_F(SchemaComparison, ADefaultedFieldMayBeOptionalThere) {
  there("Fridge", "visits").required = false;
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
}

TEST_F(SchemaComparison, OptionalInTheCodeAndRequiredThere) {
  there("Fridge", "note").required = true;
  there("Fridge", "note").nullable = false;
  expect(only(), Kind::nullability, "Fridge.note", "string, optional", "string, required",
         "make the member std::string, or take it out of \"required\"");
}

TEST_F(SchemaComparison, ElementsThatMayBeNullOnOneSideOnly) {
  there("Fridge", "samples").nullable = false;
  expect(only(), Kind::nullability, "Fridge.samples", "list of double or null", "list of double",
         "make the member std::vector<double>");
  authority_ = mirror(declared_);
  there("Fridge", "tags").nullable = true;
  expect(only(), Kind::nullability, "Fridge.tags", "list of string", "list of string or null",
         "make the member std::vector<std::optional<std::string>>");
}

TEST_F(SchemaComparison, LinksValuesAndEmbeddedObjectsUnderKeysMayBeNullAnyhow) {
  there("Fridge", "store").required = true;
  there("Fridge", "store").nullable = false;
  there("Fridge", "extra").required = true;
  there("Fridge", "former").nullable = false;
  there("Fridge", "byName").nullable = true;
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
}

TEST_F(SchemaComparison, AnotherKindOfCollection) {
  there("Fridge", "tags").collection = Collection::set;
  expect(only(), Kind::collection, "Fridge.tags", "list of string", "set of string",
         "make the member std::set<std::string>");
  authority_ = mirror(declared_);
  there("Fridge", "celsius").collection = Collection::list;
  expect(only(), Kind::collection, "Fridge.celsius", "double, required", "list of double",
         "make the member std::vector<double>");
}

TEST_F(SchemaComparison, ALinkToAnotherType) {
  there("Fridge", "store").target = type("Fridge").number;
  expect(only(), Kind::target, "Fridge.store", "link to Store", "link to Fridge",
         "make the member Link<Fridge>");
  EXPECT_FALSE(fits("Fridge"));
}

TEST_F(SchemaComparison, EmbeddedInTheCodeAndALinkThere) {
  there("Fridge", "spare").type = ScalarType::link;
  there("Fridge", "spare").target = type("Store").number;
  expect(only(), Kind::embedded, "Fridge.spare", "embedded Place, optional", "link to Store",
         "make the member Link<Store>");
}

TEST_F(SchemaComparison, ALinkInTheCodeAndEmbeddedThere) {
  there("Fridge", "store").type = ScalarType::embedded;
  there("Fridge", "store").target = type("Place").number;
  expect(only(), Kind::embedded, "Fridge.store", "link to Store", "embedded Place, optional",
         "make the member std::optional<Place>");
}

TEST_F(SchemaComparison, OfItsOwnInTheCodeAndEmbeddedThere) {
  type("Store").embedded = true;
  expect(only(), Kind::embedded, "Store", "objects of their own", "embedded objects",
         "make it an embedded_schema");
  EXPECT_FALSE(fits("Store"));
}

TEST_F(SchemaComparison, EmbeddedTypesAreComparedByWhatTheyHold) {
  drop("Alarm", "level");
  expect(only(), Kind::field_missing, "Alarm.level", "int, optional", "", "add \"level\"");
  // Whatever embeds it does not fit either.
  EXPECT_FALSE(fits("Fridge"));
  EXPECT_TRUE(fits("Store"));
}

TEST_F(SchemaComparison, AnotherNameOfWhatIsEmbeddedIsToldAndDoesNotMatter) {
  type("Place").name = "Fridge_place";
  const std::vector<SchemaDifference> differences = compare_schemas(declared_, authority_);
  ASSERT_EQ(differences.size(), 2U);  // place, spare
  EXPECT_EQ(differences[0].kind, Kind::target);
  EXPECT_TRUE(differences[0].usable);
  EXPECT_THAT(differences[0].remedy, HasSubstr("nothing needs to be done"));
  EXPECT_TRUE(fits("Fridge"));
}

TEST_F(SchemaComparison, AsymmetricOnOneSideOnly) {
  type("Store").asymmetric = true;
  expect(only(), Kind::asymmetric, "Store", "objects of their own",
         "objects that are only written (asymmetric)", "make it an asymmetric_schema");
  EXPECT_FALSE(fits("Store"));
  authority_ = mirror(declared_);
  declared_.types[0].asymmetric = true;
  expect(only(), Kind::asymmetric, "Fridge", "objects that are only written (asymmetric)",
         "objects of their own", "\"asymmetric_tables\"");
}

TEST_F(SchemaComparison, AnotherTypeOfKey) {
  type("Store").key_types = {ScalarType::string};
  expect(only(), Kind::key_type, "Store._id", "objectId", "string", "make the member std::string");
  EXPECT_FALSE(fits("Store"));
  type("Store").key_types = {ScalarType::mixed};
  expect(only(), Kind::key_type, "Store._id", "objectId", "long, string, objectId or uuid",
         "make the member a Value");
}

TEST_F(SchemaComparison, AKeyThatHoldsAllThatAreThereFits) {
  const auto store = std::find_if(declared_.types.begin(), declared_.types.end(),
                                  [](const DeclaredType& one) { return one.name == "Store"; });
  DeclaredField& key = store->fields[0];
  ASSERT_EQ(key.name, "_id");
  key.type = ScalarType::mixed;
  type("Store").key_types = {ScalarType::string, ScalarType::uuid};
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
  key.type = ScalarType::int64;
  type("Store").key_types = {ScalarType::int32};
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
}

TEST_F(SchemaComparison, ARequiredFieldThatTheCodeDoesNotKnowIsToldAndTheTypeStaysUsable) {
  FieldDef field;
  field.number = FieldNumber(900);
  field.name = "batch";
  field.type = ScalarType::string;
  field.required = true;
  field.nullable = false;
  type("Store").fields.push_back(field);
  const SchemaDifference difference = only();
  expect(difference, Kind::required_unknown, "Store.batch", "", "string, required",
         "add std::string to the struct");
  EXPECT_TRUE(difference.usable);
  EXPECT_TRUE(fits("Store"));
  type("Store").fields.back().default_value = Value("none");
  EXPECT_THAT(compare_schemas(declared_, authority_), IsEmpty());
}

TEST_F(SchemaComparison, AllDifferencesAreToldAndCheckFitNamesThem) {
  drop("Fridge", "celsius");
  drop("Alarm", "side");
  there("Store", "name").type = ScalarType::int64;
  EXPECT_EQ(compare_schemas(declared_, authority_).size(), 3U);
  const Status fit = check_fit(declared_, "Fridge", compare_schemas(declared_, authority_));
  ASSERT_FALSE(fit.has_value());
  EXPECT_EQ(fit.error().code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(fit.error().message, HasSubstr("Fridge does not fit the authority's schema:"));
  EXPECT_THAT(fit.error().message, HasSubstr("Fridge.celsius: the code has double, required, the "
                                             "authority nothing: add"));
  EXPECT_THAT(fit.error().message, HasSubstr("Alarm.side"));
  EXPECT_THAT(fit.error().message, ::testing::Not(HasSubstr("Store.name")));
}

std::string wrong(const DeclaredSchema& declared) {
  const Status status = check_declared(declared);
  EXPECT_FALSE(status.has_value());
  if (status) return "";
  EXPECT_EQ(status.error().code, ErrorCode::kUsage);
  return status.error().message;
}

TEST(BadInputDeclaredSchema, IsToldBeforeItIsCompared) {
  const DeclaredSchema good = models<Fridge, Store>();
  EXPECT_TRUE(check_declared(good).has_value());
  DeclaredSchema bad = good;
  bad.types.push_back(bad.types[0]);
  EXPECT_THAT(wrong(bad), HasSubstr("two types that differ are declared with the name Fridge"));
  bad = good;
  bad.types[0].name = std::string(58, 'x');
  EXPECT_THAT(wrong(bad), HasSubstr("has 58 bytes; give it 1 to 57"));
  bad = good;
  bad.types[0].fields[0].name = "key";
  EXPECT_THAT(wrong(bad), HasSubstr("Fridge has no field _id"));
  bad = good;
  bad.types[0].fields[1].name = bad.types[0].fields[2].name;
  EXPECT_THAT(wrong(bad), HasSubstr("Fridge.shelves is declared twice"));
  bad = good;
  bad.types[0].fields[1].name = std::string(64, 'x');
  EXPECT_THAT(wrong(bad), HasSubstr("has 64 bytes; give it 1 to 63"));
  bad = good;
  for (DeclaredField& field : bad.types[0].fields)
    if (field.type == ScalarType::link) field.target = std::string(58, 'x');
  EXPECT_THAT(wrong(bad), HasSubstr("the name of its target has 58 bytes"));
  bad = good;
  std::erase_if(bad.types, [](const DeclaredType& type) { return type.name == "Place"; });
  EXPECT_THAT(wrong(bad), HasSubstr("embeds Place, which is not declared as embedded"));
}

TEST(BadInputDeclaredSchema, IsBoundedByWhatOneMessageHolds) {
  DeclaredSchema large;
  for (int i = 0; i < 100; ++i) {
    DeclaredType& type = large.types.emplace_back();
    type.name = "Type" + std::to_string(i);
    type.fields.push_back({"_id", ScalarType::string});
    for (int k = 0; k < 200; ++k)
      type.fields.push_back({std::string(50, 'x') + std::to_string(k), ScalarType::string});
  }
  EXPECT_THAT(wrong(large), HasSubstr("takes more than"));
}

}  // namespace
}  // namespace syncline::testing::typed
