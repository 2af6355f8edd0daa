#include "node/model/validator.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "node/model/documents.h"
#include "proto/codec.h"
#include "proto/extended_json.h"
#include "tests/node/model/fridge_schema.h"

namespace syncline {
namespace {

using test::fridge_schema;
using test::kFridge;
using test::kPlain;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const ChangesetName kWriter{NodeId{7}, Epoch{8}, 9};

Result<std::shared_ptr<const Validator>> compiled(const std::string& constraints,
                                                  TypeNumber type = kFridge) {
  App app;
  app.schema = fridge_schema();
  if (!constraints.empty()) {
    app.constraints[type.value] =
        std::make_shared<const nlohmann::json>(nlohmann::json::parse(constraints));
  }
  return Validator::compile(app);
}

// The object of the document, which need not be valid. `json` is without _id.
Scope fields_of(const std::string& json, TypeNumber type = kFridge) {
  const Result<Value> value = parse_extended_json(json);
  EXPECT_TRUE(value) << (value ? "" : value.error().message) << json;
  Document document{{"_id", type == kPlain ? Value(1) : Value("a")}};
  for (const DocumentField& field : value->get<Document>().fields) document.fields.push_back(field);
  Schema schema = fridge_schema();
  for (TypeDef& def : schema.types) def.open = true;  // what is closed is the validator's to say
  Result<ObjectDocument> object = object_of_document(schema, type, document, kWriter);
  EXPECT_TRUE(object) << (object ? "" : object.error().message);
  return object->fields;
}

std::vector<Violation> violations(const std::string& constraints, const std::string& json,
                                  TypeNumber type = kFridge) {
  const auto validator = compiled(constraints, type);
  EXPECT_TRUE(validator) << (validator ? "" : validator.error().message);
  return (*validator)->check(type, fields_of(json, type));
}

// "kind text" of each violation.
std::vector<std::string> wrong(const std::string& constraints, const std::string& json,
                               TypeNumber type = kFridge) {
  std::vector<std::string> out;
  for (const Violation& violation : violations(constraints, json, type)) {
    out.push_back(violation.kind + " " + violation.text);
  }
  return out;
}

std::vector<std::string> kinds(const std::string& constraints, const std::string& json,
                               TypeNumber type = kFridge) {
  std::vector<std::string> out;
  for (const Violation& violation : violations(constraints, json, type))
    out.push_back(violation.kind);
  return out;
}

// The constraint on the mixed field "extra", against a value there.
std::vector<std::string> kinds_of_extra(const std::string& constraint, const std::string& value) {
  return kinds(R"({"properties":{"extra":)" + constraint + "}}",
               R"({"name":"n","extra":)" + value + "}");
}

TEST(Validator, TakesAnObjectThatFits) {
  EXPECT_THAT(
      wrong(
          "",
          R"({"name":"n","celsius":-18.5,"count":{"$numberLong":"5"},"size":7,"watts":5,"tags":["a","b"],
                           "codes":[1,2],"limits":{"a":1.0},"door":{"side":"l","open":null,"inner":{"side":"r"}},
                           "doors":[{"side":"l"}],"parts":{"a":{"side":"l"}},"store":{"$oid":"5f0c6bd2a4b1c93d00e7f812"},
                           "stores":[{"$oid":"5f0c6bd2a4b1c93d00e7f812"}],"extra":{"any":[{"thing":null}]},
                           "at":{"$date":0},"price":{"$numberDecimal":"1.5"},"on":true,"rating":3,"other":{"x":1}})"),
      IsEmpty());
}

TEST(Validator, NamesEveryWrongTypeByItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("name":5)", "invalid_type Fridge.name: expected a string, found the int 5"},
      {R"("celsius":true)", "invalid_type Fridge.celsius: expected a double, found the bool true"},
      {R"("count":1.5)", "invalid_type Fridge.count: expected a long, found the double 1.5"},
      {R"("size":2147483648)",
       "invalid_type Fridge.size: expected an int of 32 bits, found the long 2147483648"},
      {R"("on":1)", "invalid_type Fridge.on: expected a bool, found the int 1"},
      {R"("at":"2020")", "invalid_type Fridge.at: expected a date, found the string \"2020\""},
      {R"("price":1.5)", "invalid_type Fridge.price: expected a decimal, found the double 1.5"},
      {R"("rating":"5")", "invalid_type Fridge.rating: expected a number, found the string \"5\""},
      {R"("store":"x")",
       "invalid_type Fridge.store: expected the _id of an object of Store: an objectId, found the "
       "string \"x\""},
      {R"("celsius":[1.0])", "invalid_type Fridge.celsius: expected a double, found an array"},
      {R"("celsius":{})", "invalid_type Fridge.celsius: expected a double, found a document"},
      {R"("tags":"a")", "invalid_type Fridge.tags: expected an array, found \"a\""},
      {R"("tags":null)", "invalid_type Fridge.tags: expected an array, found null"},
      {R"("tags":{})", "invalid_type Fridge.tags: expected an array, found a document"},
      {R"("tags":["a",5])", "invalid_type Fridge.tags[1]: expected a string, found the int 5"},
      {R"("tags":["a",null])", "invalid_type Fridge.tags[1]: expected a string, found null"},
      {R"("codes":[5,"x"])",
       "invalid_type Fridge.codes[\"x\"]: expected a long, found the string \"x\""},
      {R"("codes":[[1]])",
       "invalid_type Fridge.codes: expected an array of values that differ, found an array"},
      {R"("limits":[])",
       "invalid_type Fridge.limits: expected a document of keys and values, found an array"},
      {R"("limits":{"a":"x"})",
       "invalid_type Fridge.limits.a: expected a double, found the string \"x\""},
      {R"("door":[])", "invalid_type Fridge.door: expected a document of Door, found an array"},
      {R"("door":5)", "invalid_type Fridge.door: expected a document of Door, found the int 5"},
      {R"("door":{"side":5})", "invalid_type Fridge.door.side: expected a string, found the int 5"},
      {R"("door":{"side":"l","inner":{"side":5}})",
       "invalid_type Fridge.door.inner.side: expected a string, found the int 5"},
      {R"("doors":[{"side":"l"},{"side":5}])",
       "invalid_type Fridge.doors[1].side: expected a string, found the int 5"},
      {R"("parts":{"k":{"side":5}})",
       "invalid_type Fridge.parts.k.side: expected a string, found the int 5"},
      {R"("stores":["x"])",
       "invalid_type Fridge.stores[0]: expected the _id of an object of Store: an objectId, found "
       "the string \"x\""},
  };
  for (const auto& [field, expected] : cases) {
    const std::string name = std::string(field).starts_with("\"name\"") ? "" : "\"name\":\"n\",";
    EXPECT_THAT(wrong("", "{" + name + field + "}"), ElementsAre(expected)) << field;
  }
}

TEST(Validator, TakesEitherWidthWhereTheNumberFits) {
  EXPECT_THAT(kinds("", R"({"name":"n","size":{"$numberLong":"5"},"count":5})"), IsEmpty());
  EXPECT_THAT(kinds("", R"({"name":"n","rating":{"$numberDecimal":"5"}})"), IsEmpty());
}

TEST(Validator, TakesIntegersAmongDoublesIfADoubleHoldsThem) {
  EXPECT_THAT(kinds("", R"({"name":"n","celsius":5})"), IsEmpty());
  const auto with = [](const std::string& integer) {
    return kinds("", R"({"name":"n","celsius":{"$numberLong":")" + integer + "\"}}");
  };
  EXPECT_THAT(with("-9007199254740992"), IsEmpty());
  EXPECT_THAT(with("9007199254740993"), ElementsAre("invalid_type"));
  EXPECT_THAT(with("-9223372036854775808"), IsEmpty()) << "a power of two";
  EXPECT_THAT(with("9223372036854775807"), ElementsAre("invalid_type"));
}

TEST(Validator, TakesNullForACollectionWhoseTypesNameIt) {
  const char* named = R"({"properties":{"tags":{"bsonType":["array","null"]},
                                        "limits":{"bsonType":["object","null"]}}})";
  EXPECT_THAT(kinds(named, R"({"name":"n","tags":null,"limits":null})"), IsEmpty());
  EXPECT_THAT(kinds(named, R"({"name":"n","tags":"a"})"), ElementsAre("invalid_type"));
  EXPECT_THAT(kinds(named, R"({"name":"n","tags":[null]})"), ElementsAre("invalid_type"));
  const char* other = R"({"properties":{"tags":{"bsonType":"array","minItems":1}}})";
  EXPECT_THAT(kinds(other, R"({"name":"n","tags":null})"), ElementsAre("invalid_type"));
}

TEST(Validator, TakesNullOnlyWhereAFieldMayBeNull) {
  EXPECT_THAT(
      kinds(
          "",
          R"({"name":"n","celsius":null,"door":null,"store":null,"extra":null,"parts":{"a":null}})"),
      IsEmpty());
  EXPECT_THAT(wrong("", R"({"name":null})"),
              ElementsAre("invalid_type Fridge.name: expected a string, found null"));
  EXPECT_THAT(kinds("", R"({"name":"n","doors":[null]})"), ElementsAre("invalid_type"));
  // What may be null need not hold the other keywords then.
  EXPECT_THAT(kinds(R"({"properties":{"celsius":{"bsonType":"double","enum":[1.5],"minimum":0}}})",
                    R"({"name":"n","celsius":null})"),
              IsEmpty());
}

TEST(Validator, MissesRequiredFieldsUnlessTheyHaveADefault) {
  const auto found = violations("", R"({"door":{"open":true}})");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].text, "Fridge.name: is required and missing");
  EXPECT_EQ(found[0].path, Path{FieldNumber{2}});
  EXPECT_EQ(found[0].reason, Reason::schema);
  EXPECT_EQ(found[1].text, "Fridge.door.side: is required and missing");
  EXPECT_EQ(found[1].path, (Path{FieldNumber{10}, FieldNumber{1}}));
}

TEST(Validator, RefusesFieldsOutsideAClosedSchema) {
  const auto found = violations("", R"({"a":"x","b":{"c":1}})", kPlain);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "additional_property_not_allowed");
  EXPECT_EQ(found[0].reason, Reason::unknown_field);
  EXPECT_EQ(found[0].path, Path{"b"});
  EXPECT_EQ(found[0].text, "Plain.b: Plain has no such field, and its schema allows no others");
}

TEST(Validator, HoldsFieldsOutsideTheSchemaToAdditionalPropertiesAndPatterns) {
  const std::string constraints =
      R"({"patternProperties":{"^x_":{"bsonType":"int"}},"additionalProperties":{"type":"string","minLength":2}})";
  EXPECT_THAT(kinds(constraints, R"({"name":"n","x_a":1,"other":"ab"})"), IsEmpty());
  EXPECT_THAT(wrong(constraints, R"({"name":"n","x_a":"1","other":"a","third":5})"),
              ElementsAre("string_gte Fridge.other: expected at least 2 characters, found 1",
                          "invalid_type Fridge.third: expected string, found 5",
                          "invalid_type Fridge.x_a: expected int, found \"1\""));
  EXPECT_THAT(kinds(R"({"additionalProperties":false,"patternProperties":{"^x_":{}}})",
                    R"({"name":"n","x_a":1,"b":2})"),
              ElementsAre("additional_property_not_allowed"));
  EXPECT_THAT(kinds(R"({"patternProperties":{"^na":{"maxLength":2}}})", R"({"name":"abc"})"),
              ElementsAre("string_lte"));
}

TEST(Validator, RefusesADeclaredFieldWrittenByItsName) {
  Scope fields = fields_of(R"({"name":"n"})");
  fields.put("celsius", Value(1.5));
  const auto validator = *compiled("");
  const auto found = validator->check(kFridge, fields);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "invalid_property_name");
}

TEST(Validator, RefusesStepsThatBelongElsewhere) {
  const auto validator = *compiled("");
  Scope fields = fields_of(R"({"name":"n"})");
  fields.put(FieldNumber{99}, Value(1));
  fields.put(ElementId{kWriter, 0}, Value(1));
  fields.put(FieldNumber{15},
             Item(Scope{ScopeKind::dictionary, {{"k", {}, Item(Scope{ScopeKind::object, {}})}}}));
  std::vector<std::string> found;
  for (const Violation& violation : validator->check(kFridge, fields))
    found.push_back(violation.kind);
  EXPECT_THAT(found, UnorderedElementsAre("additional_property_not_allowed", "invalid_type",
                                          "invalid_type"));
  EXPECT_EQ(validator->check(TypeNumber{99}, fields)[0].reason, Reason::unknown_type);
}

TEST(Validator, RefusesKeysThatADictionaryCannotHave) {
  EXPECT_THAT(kinds("", R"({"name":"n","limits":{"$a":1.0,"b.c":1.0,"d":1.0}})"),
              ElementsAre("invalid_property_name", "invalid_property_name"));
}

TEST(Validator, HoldsDeclaredFieldsToTheirKeywords) {
  const std::string constraints = R"({"properties":{
      "celsius":{"bsonType":"double","minimum":-40,"maximum":8,"exclusiveMaximum":true},
      "count":{"bsonType":"long","multipleOf":5},
      "name":{"bsonType":"string","minLength":2,"maxLength":3,"pattern":"[a-z]"},
      "tags":{"bsonType":"array","minItems":1,"maxItems":2,"items":{"bsonType":"string","enum":["a","b"]}},
      "codes":{"bsonType":"array","uniqueItems":true,"maxItems":2,"items":{"bsonType":"long","minimum":10}},
      "limits":{"bsonType":"object","minProperties":2,"required":["k"],"additionalProperties":{"bsonType":"double","maximum":5}},
      "doors":{"bsonType":"array","uniqueItems":true,"items":{"bsonType":"object"}}}})";
  EXPECT_THAT(
      wrong(
          constraints,
          R"({"name":"héé","celsius":7.5,"count":10,"tags":["a","b"],"codes":[10],"limits":{"k":5.0,"l":1.0}})"),
      IsEmpty());
  EXPECT_THAT(
      wrong(constraints,
            R"({"name":"ABCD","celsius":8.0,"count":12,"tags":["a","c","b"],"codes":[10,9,11],
                            "limits":{"l":6.0},"doors":[{"side":"l"},{"side":"r"},{"side":"l"}]})"),
      UnorderedElementsAre(
          "string_lte Fridge.name: expected at most 3 characters, found 4",
          "pattern Fridge.name: expected text with the pattern \"[a-z]\", found \"ABCD\"",
          "number_lt Fridge.celsius: expected less than 8, found 8.0",
          "multiple_of Fridge.count: expected a multiple of 5, found 12",
          "enum Fridge.tags[1]: expected one of [\"a\",\"b\"], found \"c\"",
          "array_max_items Fridge.tags: expected at most 2 elements, found 3",
          "number_gte Fridge.codes[9]: expected at least 10, found 9",
          "array_max_items Fridge.codes: expected at most 2 elements, found 3",
          "number_lte Fridge.limits.l: expected at most 5, found 6.0",
          "required Fridge.limits.k: is required and missing",
          "array_min_properties Fridge.limits: expected at least 2 fields, found 1",
          "unique Fridge.doors[2]: expected elements that differ, found an embedded object again"));
}

TEST(Validator, ChecksMixedValuesAgainstTheirTypes) {
  const char* const right[][2] = {
      {R"({"bsonType":["string","int"]})", "5"},
      {R"({"bsonType":["string","int"]})", "\"a\""},
      {R"({"bsonType":"long"})", "5"},
      {R"({"bsonType":"int"})", R"({"$numberLong":"5"})"},
      {R"({"bsonType":"number"})", R"({"$numberDecimal":"5"})"},
      {R"({"type":"number"})", "5.5"},
      {R"({"type":"boolean"})", "true"},
      {R"({"type":"integer"})", "5.0"},
      {R"({"type":"object"})", "{}"},
      {R"({"type":"array"})", "[]"},
      {R"({"bsonType":"uuid"})", R"({"$uuid":"01234567-89ab-cdef-0123-456789abcdef"})"},
      {R"({"bsonType":"binData"})", R"({"$binary":{"base64":"AA==","subType":"00"}})"},
      {R"({"bsonType":"timestamp"})", R"({"$timestamp":{"t":1,"i":1}})"},
      {R"({"bsonType":"regex"})", R"({"$regularExpression":{"pattern":"a","options":""}})"},
      {R"({"bsonType":"mixed"})", R"({"$minKey":1})"},
      {R"({"bsonType":"string"})", "null"},
  };
  for (const auto& [constraint, value] : right)
    EXPECT_THAT(kinds_of_extra(constraint, value), IsEmpty()) << constraint << value;
  const char* const wrong[][2] = {
      {R"({"bsonType":["string","int"]})", "5.5"},
      {R"({"bsonType":"int"})", "2147483648"},
      {R"({"bsonType":"long"})", "5.0"},
      {R"({"type":"integer"})", "5.5"},
      {R"({"type":"integer"})", R"({"$numberDouble":"NaN"})"},
      {R"({"type":"object"})", "[]"},
      {R"({"type":"array"})", "{}"},
      {R"({"type":"string"})", R"({"$symbol":"a"})"},
      {R"({"bsonType":"double"})", "5"},
  };
  for (const auto& [constraint, value] : wrong) {
    EXPECT_THAT(kinds_of_extra(constraint, value), ElementsAre("invalid_type"))
        << constraint << value;
  }
}

TEST(Validator, TakesNullInARequiredMixedFieldOnlyIfItsTypesNameIt) {
  App app;
  app.schema = fridge_schema();
  app.schema.types[0].fields[14].required = true;  // extra
  const auto check = [&](const char* constraints) {
    app.constraints[kFridge.value] =
        std::make_shared<const nlohmann::json>(nlohmann::json::parse(constraints));
    return (*Validator::compile(app))
        ->check(kFridge, fields_of(R"({"name":"n","extra":null})"))
        .size();
  };
  EXPECT_EQ(check(R"({"properties":{"extra":{"bsonType":["string","int"]}}})"), 1u);
  EXPECT_EQ(check(R"({"properties":{"extra":{"bsonType":["string","null"]}}})"), 0u);
  EXPECT_EQ(check(R"({"properties":{"extra":{"bsonType":"mixed"}}})"), 0u);
}

TEST(Validator, ComparesNumbersByNumber) {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {R"({"minimum":9007199254740993})", R"({"$numberLong":"9007199254740993"})", true},
      {R"({"minimum":9007199254740993})", R"({"$numberLong":"9007199254740992"})", false},
      {R"({"minimum":9007199254740993})", "9007199254740992.0", false},
      {R"({"maximum":9007199254740992.0})", R"({"$numberLong":"9007199254740993"})", false},
      {R"({"minimum":0.1})", R"({"$numberDecimal":"0.1"})", true},
      {R"({"minimum":0.1})", R"({"$numberDecimal":"0.0999999999999999999999999999999999"})", false},
      {R"({"maximum":1})", R"({"$numberDecimal":"1.000000000000000000000000000000001"})", false},
      {R"({"maximum":1})", R"({"$numberDecimal":"1E-6000"})", true},
      {R"({"maximum":1})", R"({"$numberDecimal":"-1E+6000"})", true},
      {R"({"maximum":1})", R"({"$numberDecimal":"Infinity"})", false},
      {R"({"maximum":1})", R"({"$numberDecimal":"NaN"})", false},
      {R"({"minimum":-1})", R"({"$numberDecimal":"-Infinity"})", false},
      {R"({"maximum":1})", R"({"$numberDouble":"NaN"})", false},
      {R"({"maximum":1})", R"({"$numberDouble":"-Infinity"})", true},
      {R"({"exclusiveMinimum":5})", "5", false},
      {R"({"exclusiveMinimum":5})", "6", true},
      {R"({"exclusiveMaximum":5.5})", "5.5", false},
      {R"({"minimum":5,"exclusiveMinimum":true})", "5", false},
      {R"({"minimum":5,"exclusiveMinimum":false})", "5", true},
      {R"({"minimum":5,"exclusiveMinimum":4})", "4.5", false},
      {R"({"minimum":{"$numberLong":"5"}})", "4", false},
      {R"({"multipleOf":0.1})", "0.3", true},
      {R"({"multipleOf":0.1})", "0.35", false},
      {R"({"multipleOf":0.01})", R"({"$numberDecimal":"19.99"})", true},
      {R"({"multipleOf":3})", "9", true},
      {R"({"multipleOf":3})", "-9", true},
      {R"({"multipleOf":3})", "10", false},
      {R"({"multipleOf":3})", "0", true},
      {R"({"multipleOf":7})", "1e300", false},
      {R"({"multipleOf":8})", R"({"$numberDecimal":"1E+6000"})", true},
      {R"({"multipleOf":7})", R"({"$numberDecimal":"1E+6000"})", false},
      {R"({"multipleOf":1e10})", "5", false},
      {R"({"multipleOf":1})", R"({"$numberDouble":"Infinity"})", false},
      {R"({"enum":[1,"a",null,{"x":[1]}]})", "1.0", true},
      {R"({"enum":[1,"a",null,{"x":[1],"y":2}]})", R"({"y":2.0,"x":[{"$numberLong":"1"}]})", true},
      {R"({"enum":[{"$oid":"5f0c6bd2a4b1c93d00e7f812"}]})",
       R"({"$oid":"5f0c6bd2a4b1c93d00e7f812"})", true},
      {R"({"enum":[1]})", "true", false},
      {R"({"const":5})", "5.0", true},
      {R"({"const":5})", "\"5\"", false},
  };
  for (const auto& [constraint, value, fits] : cases) {
    EXPECT_EQ(kinds_of_extra(constraint, value).empty(), fits) << constraint << " " << value;
  }
}

TEST(Validator, ChecksListsInsideMixedValues) {
  const std::tuple<const char*, const char*, std::vector<std::string>> cases[] = {
      {R"({"items":{"type":"string"}})", R"(["a",1])", {"invalid_type"}},
      {R"({"items":[{"type":"string"},{"type":"number"}]})", R"(["a",1,true])", {}},
      {R"({"items":[{"type":"string"},{"type":"number"}]})",
       R"([1,"a"])",
       {"invalid_type", "invalid_type"}},
      {R"({"items":[{"type":"string"}],"additionalItems":false})",
       R"(["a",1])",
       {"array_no_additional_items"}},
      {R"({"items":[{"type":"string"}],"additionalItems":{"type":"number"}})",
       R"(["a",1,"b"])",
       {"invalid_type"}},
      {R"({"uniqueItems":true})", R"([1,{"a":1,"b":2},"1",[1]])", {}},
      {R"({"uniqueItems":true})", R"([1,1.0])", {"unique"}},
      {R"({"uniqueItems":true})", R"([{"$numberDecimal":"1.50"},1.5])", {"unique"}},
      {R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1}])", {"unique"}},
      {R"({"contains":{"type":"number"}})", R"(["a",1])", {}},
      {R"({"contains":{"type":"number"}})", R"(["a"])", {"contains"}},
      {R"({"minItems":2})", R"([1])", {"array_min_items"}},
      {R"({"maxItems":1})", R"([1,2])", {"array_max_items"}},
      {R"({"minItems":2})", R"("not a list")", {}},
  };
  for (const auto& [constraint, value, expected] : cases) {
    EXPECT_EQ(kinds_of_extra(constraint, value), expected) << constraint << " " << value;
  }
}

TEST(Validator, ChecksDocumentsInsideMixedValues) {
  const std::tuple<const char*, const char*, std::vector<std::string>> cases[] = {
      {R"({"required":["a"]})", R"({"b":1})", {"required"}},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":1})", {"invalid_type"}},
      {R"({"properties":{"a":{}},"additionalProperties":false})",
       R"({"a":1,"b":1})",
       {"additional_property_not_allowed"}},
      {R"({"patternProperties":{"^n":{"type":"number"}}})",
       R"({"n1":1,"n2":"x","m":"x"})",
       {"invalid_type"}},
      {R"({"minProperties":2})", R"({"a":1})", {"array_min_properties"}},
      {R"({"maxProperties":1})", R"({"a":1,"b":1})", {"array_max_properties"}},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1})", {"missing_dependency"}},
      {R"({"dependencies":{"a":["b"]}})", R"({"c":1})", {}},
      {R"({"dependencies":{"a":{"required":["c"]}}})", R"({"a":1})", {"required"}},
      {R"({"allOf":[{"type":"object"},{"required":["z"]}]})", "{}", {"required"}},
      {R"({"anyOf":[{"type":"string"},{"required":["z"]}]})", "{}", {"number_any_of"}},
      {R"({"anyOf":[{"type":"string"},{"type":"object"}]})", "{}", {}},
      {R"({"oneOf":[{"type":"object"},{"minProperties":0}]})", "{}", {"number_one_of"}},
      {R"({"oneOf":[{"type":"object"},{"type":"string"}]})", "{}", {}},
      {R"({"not":{"type":"object"}})", "{}", {"number_not"}},
      {R"({"not":{"type":"object"}})", "5", {}},
      {R"({"properties":{"a":false}})", R"({"a":1})", {"false"}},
      {R"({"properties":{"a":true}})", R"({"a":1})", {}},
  };
  for (const auto& [constraint, value, expected] : cases) {
    EXPECT_EQ(kinds_of_extra(constraint, value), expected) << constraint << " " << value;
  }
}

TEST(Validator, SeesDeclaredFieldsByNameInCombinations) {
  const std::string either =
      R"({"anyOf":[{"required":["celsius"]},{"properties":{"door":{"required":["open"]}},"required":["door"]}]})";
  EXPECT_THAT(kinds(either, R"({"name":"n","celsius":1.5})"), IsEmpty());
  EXPECT_THAT(kinds(either, R"({"name":"n","door":{"side":"l","open":true}})"), IsEmpty());
  EXPECT_THAT(wrong(either, R"({"name":"n","door":{"side":"l"}})"),
              ElementsAre(HasSubstr("number_any_of Fridge: expected what at least one schema")));
}

TEST(Validator, ChecksDependenciesAndCountsOfTheWholeObject) {
  const std::string constraints =
      R"({"dependencies":{"celsius":["at"]},"minProperties":3,"maxProperties":4})";
  EXPECT_THAT(
      wrong(constraints, R"({"name":"n","celsius":1.5})"),
      ElementsAre("missing_dependency Fridge.at: is required where celsius stands, and missing"));
  EXPECT_THAT(kinds(constraints, R"({"name":"n"})"),
              ElementsAre("array_min_properties"));  // with _id: two
  EXPECT_THAT(kinds(constraints, R"({"name":"n","on":true,"size":1,"count":1})"),
              ElementsAre("array_max_properties"));
}

TEST(Validator, LooksOnlyAtWhatWasTouchedAndAtTheWhole) {
  const auto validator = *compiled(R"({"minProperties":9})");
  const Scope fields = fields_of(R"({"celsius":"x","count":"y","other":1})");
  const std::vector<Step> touched = {FieldNumber{4}};
  std::vector<std::string> texts;
  for (const Violation& violation : validator->check(kFridge, fields, &touched))
    texts.push_back(violation.text);
  EXPECT_THAT(texts, ElementsAre("Fridge.name: is required and missing",
                                 "Fridge.count: expected a long, found the string \"y\"",
                                 "Fridge: expected at least 9 fields, found 4"));
}

TEST(Validator, StopsAtTheLimit) {
  std::string tags = "[0";
  for (int i = 0; i < 100; ++i) tags += ",0";
  const Scope fields = fields_of(R"({"name":5,"celsius":"x","tags":)" + tags + "]}");
  EXPECT_EQ((*compiled(""))->check(kFridge, fields, nullptr, 5).size(), 5u);
  EXPECT_EQ((*compiled(""))->check(kFridge, fields).size(), 16u);
}

TEST(Validator, ChecksTheIdByItsTypeAndKeywords) {
  const auto validator =
      *compiled(R"({"properties":{"_id":{"bsonType":"string","pattern":"^f"}}})");
  EXPECT_THAT(validator->check_id(kFridge, Value("f1")), IsEmpty());
  const auto pattern = validator->check_id(kFridge, Value("g1"));
  ASSERT_EQ(pattern.size(), 1u);
  EXPECT_EQ(pattern[0].kind, "pattern");
  EXPECT_THAT(pattern[0].text, HasSubstr("Fridge._id"));
  EXPECT_EQ(validator->check_id(kFridge, Value(5))[0].kind, "invalid_type");
  EXPECT_EQ(validator->check_id(kFridge, Value())[0].kind, "invalid_type");
}

TEST(Validator, ChecksPointsOnTheGlobe) {
  const auto place = [](const std::string& point) {
    return wrong("", R"({"name":"n","place":)" + point + "}");
  };
  EXPECT_THAT(place(R"({"type":"Point","coordinates":[-180.0,90.0]})"), IsEmpty());
  EXPECT_THAT(place(R"({"type":"Point","coordinates":[12.5,55.7,30.0,1.0],"name":"x"})"),
              IsEmpty());
  EXPECT_THAT(place("null"), IsEmpty());
  EXPECT_THAT(place(R"({"type":"Point","coordinates":[-180.1,0.0]})"),
              ElementsAre("geojson Fridge.place.coordinates[0]: expected a longitude from -180 to "
                          "180, found -180.1"));
  EXPECT_THAT(
      place(R"({"type":"Point","coordinates":[0.0,-90.1]})"),
      ElementsAre(
          "geojson Fridge.place.coordinates[1]: expected a latitude from -90 to 90, found -90.1"));
  EXPECT_THAT(place(R"({"type":"Point","coordinates":[0.0,{"$numberDouble":"NaN"}]})"),
              ElementsAre(HasSubstr("latitude")));
  EXPECT_THAT(place(R"({"type":"Point","coordinates":[1.0]})"),
              ElementsAre(HasSubstr("[longitude, latitude]")));
  EXPECT_THAT(place(R"({"type":"Point"})"), ElementsAre(HasSubstr("[longitude, latitude]")));
  EXPECT_THAT(place(R"({"type":"Polygon","coordinates":[1.0,2.0]})"),
              ElementsAre(HasSubstr("expected \"Point\"")));
}

TEST(Validator, DoesNotCheckAnEmbeddedObjectTwiceForOneSchema) {
  App app;
  app.schema = fridge_schema();
  const auto door = nlohmann::json::parse(
      R"({"bsonType":"object","properties":{"side":{"maxLength":1}},"maxProperties":1})");
  auto fridge = nlohmann::json::parse(R"({"properties":{}})");
  fridge["properties"]["door"] = door;
  app.constraints[kFridge.value] = std::make_shared<const nlohmann::json>(fridge);
  app.constraints[test::kDoor.value] = std::make_shared<const nlohmann::json>(door);
  const auto validator = *Validator::compile(app);
  const auto found =
      validator->check(kFridge, fields_of(R"({"name":"n","door":{"side":"ll","open":true}})"));
  EXPECT_EQ(found.size(), 2u);
}

TEST(Validator, RefusesToCompileWhatItCannotCheck) {
  const std::pair<const char*, const char*> cases[] = {
      {R"p({"properties":{"name":{"pattern":"(?=x)"}}})p", "/properties/name/pattern"},
      {R"({"properties":{"a/b":{"bsonType":"strng"}}})",
       "/properties/a~1b/bsonType: expected the name of a BSON type"},
      {R"({"minimum":"5"})", "/minimum: expected a number"},
      {R"({"multipleOf":0})", "/multipleOf: expected a number above 0"},
      {R"({"minLength":-1})", "/minLength"},
      {R"({"minLength":1.5})", "/minLength"},
      {R"({"enum":5})", "/enum"},
      {R"({"anyOf":{}})", "/anyOf"},
      {R"({"anyOf":[5]})", "/anyOf/0: expected a schema"},
      {R"({"items":5})", "/items"},
      {R"({"required":[5]})", "/required"},
      {R"({"dependencies":{"a":5}})", "/dependencies/a"},
      {R"({"patternProperties":{"(":{}}})", "/patternProperties"},
      {R"({"uniqueItems":"yes"})", "/uniqueItems"},
      {R"({"enum":[{"$oid":"x"}]})", "/enum"},
  };
  for (const auto& [constraints, where] : cases) {
    const auto validator = compiled(constraints);
    ASSERT_FALSE(validator) << constraints;
    EXPECT_EQ(validator.error().code, ErrorCode::kBadApp);
    EXPECT_THAT(validator.error().message, HasSubstr("the schema of Fridge: ")) << constraints;
    EXPECT_THAT(validator.error().message, HasSubstr(where)) << constraints;
  }
  std::string deep = "{}";
  for (int i = 0; i < 200; ++i) deep = "{\"not\":" + deep + "}";
  EXPECT_FALSE(compiled(deep));
}

}  // namespace
}  // namespace syncline
