// From documents to a schema, rule by rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/model/documents.h"
#include "node/model/validator.h"
#include "tests/node/sampling/sampled.h"

namespace syncline::sampling {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

// The type of the field "a" of documents with these values of it.
std::string type_of(const std::vector<std::string>& values) {
  std::vector<std::string> lines;
  for (const std::string& value : values) lines.push_back("\"a\":" + value);
  return sample_fields(lines).property("a")["bsonType"].dump();
}

TEST(Infer, TakesTheOneTypeThatWasSeen) {
  EXPECT_EQ(type_of({"true"}), "\"bool\"");
  EXPECT_EQ(type_of({"1"}), "\"int\"");
  EXPECT_EQ(type_of({R"({"$numberLong":"1"})"}), "\"long\"");
  EXPECT_EQ(type_of({"1.5"}), "\"double\"");
  EXPECT_EQ(type_of({R"({"$numberDecimal":"1"})"}), "\"decimal\"");
  EXPECT_EQ(type_of({"\"x\""}), "\"string\"");
  EXPECT_EQ(type_of({R"({"$date":"2020-01-01T00:00:00Z"})"}), "\"date\"");
  EXPECT_EQ(type_of({R"({"$oid":"5f2b0c0f9d1e8a0001a1b2c3"})"}), "\"objectId\"");
  EXPECT_EQ(type_of({R"({"$uuid":"00000000-0000-4000-8000-000000000000"})"}), "\"uuid\"");
  EXPECT_EQ(type_of({R"({"$binary":{"base64":"AA==","subType":"00"}})"}), "\"binData\"");
  EXPECT_EQ(type_of({R"({"$timestamp":{"t":1,"i":1}})"}), "\"timestamp\"");
  EXPECT_EQ(type_of({R"({"$regularExpression":{"pattern":"x","options":""}})"}), "\"regex\"");
}

TEST(Infer, JoinsNumbersOnlyWhereNothingIsLost) {
  EXPECT_EQ(type_of({"1", R"({"$numberLong":"1"})"}), "\"long\"");
  EXPECT_EQ(type_of({"1", "1.5"}), "\"double\"");
  EXPECT_EQ(type_of({R"({"$numberLong":"9007199254740992"})", "1.5"}), "\"double\"");
  EXPECT_EQ(type_of({R"({"$numberLong":"9007199254740993"})", "1.5"}), "\"mixed\"");
  EXPECT_EQ(type_of({R"({"$numberLong":"9007199254740993"})", "1"}), "\"long\"");
  EXPECT_EQ(type_of({"1", R"({"$numberDecimal":"1"})"}), "\"mixed\"");
  EXPECT_EQ(sample_fields({R"("a":{"$numberLong":"9007199254740993"})", R"("a":1.5)"}).codes(),
            "inexact_integers");
}

TEST(Infer, AnyOtherMixtureIsMixedAndToldWithCountsAndExamples) {
  const Sampled sampled = sample_fields({R"("a":5)", R"("a":5.5)", R"("a":"none")", R"("a":null)"});
  EXPECT_EQ(sampled.property("a")["bsonType"], "mixed");
  const SampleMessage* message = sampled.message("conflicting_types");
  EXPECT_EQ(message->path, "a");
  EXPECT_THAT(message->text,
              HasSubstr("1 int (as in \"0\"); 1 double (as in \"1\"); 1 string (as in \"2\")"));
  const FieldRow& row = sampled.row("a");
  EXPECT_EQ(row.seen, 3u);
  EXPECT_EQ(row.null, 1u);
  EXPECT_EQ(row.conflicting, 1u) << "numbers agree with each other";
  EXPECT_FALSE(row.required);
}

TEST(Infer, NullSaysNothingOfATypeAndNothingElseIsMixed) {
  EXPECT_EQ(type_of({"null", "1"}), "\"int\"");
  EXPECT_EQ(type_of({"null", "[1]"}), R"(["array","null"])");
  EXPECT_EQ(type_of({"null"}), "\"mixed\"");
  EXPECT_EQ(sample_fields({R"("a":null)"}).codes(), "only_null");
}

TEST(Infer, RequiresWhatEveryDocumentHasAndWhatIsNoCollection) {
  const Sampled sampled = sample_fields(
      {R"("a":1,"b":1,"c":1,"l":[1],"e":{"x":1,"y":1})", R"("a":1,"b":null,"l":[2],"e":{"x":2})"});
  EXPECT_EQ(sampled.types[0].schema["required"], SchemaJson({"_id", "a", "e"}));
  EXPECT_EQ(sampled.property("e")["required"], SchemaJson({"x"}));
  EXPECT_EQ(sampled.row("c").missing, 1u);
  EXPECT_EQ(sampled.row("e.y").missing, 1u);
}

TEST(Infer, ArraysByTheSameRulesAndNeverSets) {
  const Sampled sampled = sample_fields(
      {R"("a":[1,2,3],"b":[],"c":[1,"x"],"d":[1,null],"e":[{"n":1},{"n":2.5,"m":1}],"f":[[1]])"});
  EXPECT_EQ(sampled.property("a").dump(), R"({"bsonType":"array","items":{"bsonType":"int"}})");
  EXPECT_EQ(sampled.property("b").dump(), R"({"bsonType":"array","items":{"bsonType":"mixed"}})");
  EXPECT_EQ(sampled.message("only_empty")->path, "b");
  EXPECT_EQ(sampled.property("c")["items"]["bsonType"], "mixed");
  EXPECT_EQ(sampled.message("conflicting_types")->path, "c.[]");
  EXPECT_EQ(sampled.property("d")["items"]["bsonType"], SchemaJson({"int", "null"}));
  EXPECT_EQ(
      sampled.property("e")["items"].dump(),
      R"({"title":"Item_e","bsonType":"object","required":["n"],"properties":{"m":{"bsonType":"int"},"n":{"bsonType":"double"}}})");
  EXPECT_EQ(sampled.property("f")["items"]["bsonType"], "mixed");
  EXPECT_EQ(sampled.message("nested_collection")->path, "f.[]");
  EXPECT_EQ(sampled.row("a").type, "array of int");
  EXPECT_EQ(sampled.row("a.[]").seen, 3u);
}

TEST(Infer, ManyKeysOfOneKindThatFewDocumentsShareAreADictionary) {
  std::vector<std::string> sparse, dense, many_kinds;
  for (int i = 0; i < 20; ++i) {
    const std::string key = "\"k" + std::to_string(i) + "\":";
    sparse.push_back("\"d\":{" + key + "1}");
    many_kinds.push_back("\"d\":{" + key + (i % 2 == 0 ? "1}" : "\"x\"}"));
    std::string all;
    for (int k = 0; k < 20; ++k) all += (k == 0 ? "" : ",") + ("\"k" + std::to_string(k) + "\":1");
    dense.push_back("\"d\":{" + all + "}");
  }
  EXPECT_EQ(sample_fields(sparse).property("d").dump(),
            R"({"bsonType":"object","additionalProperties":{"bsonType":"int"}})");
  EXPECT_EQ(sample_fields(sparse).message("dictionary")->path, "d");
  EXPECT_TRUE(sample_fields(dense).property("d").contains("properties"));
  EXPECT_TRUE(sample_fields(many_kinds).property("d").contains("properties"));
  EXPECT_EQ(sample_fields({R"("d":{"2019":1,"2020":2,"2021":3})"}).property("d")["bsonType"],
            "object");
  EXPECT_TRUE(sample_fields({R"("d":{"2019":1,"2020":2,"2021":3})"})
                  .property("d")
                  .contains("additionalProperties"))
      << "names that nobody gives fields";
}

TEST(Infer, DictionariesWhoseKeysCannotBeKeysAreMixed) {
  std::vector<std::string> lines;
  for (int i = 0; i < 20; ++i) lines.push_back("\"d\":{\"a." + std::to_string(i) + "\":1}");
  const Sampled sampled = sample_fields(lines);
  EXPECT_EQ(sampled.property("d")["bsonType"], "mixed");
  EXPECT_EQ(sampled.message("bad_dictionary_key")->path, "d");
}

TEST(Infer, ManyNamesStayBounded) {
  Sampler sampler({"Item"});
  std::string line = R"({"_id":1,"d":{)";
  for (int i = 0; i < 30'000; ++i) line += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":1";
  look_at(sampler, {line + "}}"});
  EmbeddedNames names({"Item"});
  const SampledType type = infer_type("Item", "Item", &sampler, &names);
  EXPECT_EQ(type.schema["properties"]["d"].dump(),
            R"({"bsonType":"object","additionalProperties":{"bsonType":"int"}})");
  EXPECT_LT(type.rows.size(), 10u);
}

TEST(Infer, PointsOnTheGlobeAreGeoPoints) {
  const Sampled sampled = sample_fields({R"("p":{"type":"Point","coordinates":[1,2]})",
                                         R"("p":{"type":"Point","coordinates":[1.5,2.5,100]})"});
  EXPECT_EQ(
      sampled.property("p").dump(),
      R"({"title":"Item_p","bsonType":"object","required":["type"],"properties":{"coordinates":{"bsonType":"array","items":{"bsonType":"double"}},"type":{"bsonType":"string"}}})");
  EXPECT_EQ(sampled.row("p").type, "GeoPoint Item_p");
  const Sampled other = sample_fields({R"("p":{"type":"Point","coordinates":[1.5,2.5]})",
                                       R"("p":{"type":"Point","coordinates":[500.0,2.5]})"});
  EXPECT_EQ(other.property("p")["properties"]["coordinates"]["items"]["bsonType"], "mixed");
  EXPECT_EQ(other.message("not_all_points")->path, "p");
}

TEST(Infer, ReferencesAndTypesWithoutANameAreMixed) {
  const Sampled sampled =
      sample_fields({R"("r":{"$ref":"users","$id":"u1"},"c":{"$code":"x"},"m":{"$minKey":1})"});
  for (const char* name : {"r", "c", "m"})
    EXPECT_EQ(sampled.property(name)["bsonType"], "mixed") << name;
  EXPECT_EQ(sampled.codes(), "unnamed_type unnamed_type references");
}

TEST(Infer, NamesThatFieldsCannotHaveStayOutsideTheSchema) {
  const std::string long_name(64, 'x');
  const Sampled sampled =
      sample_fields({R"("a.b":1,"$c":2,"":3,"sort":4,")" + long_name + R"(":5,"e":{"x.y":1})"});
  for (const std::string& name : {std::string("a.b"), std::string("$c"), std::string(), long_name})
    EXPECT_FALSE(sampled.types[0].schema["properties"].contains(name)) << name;
  EXPECT_TRUE(sampled.types[0].schema["properties"].contains("sort"));
  EXPECT_EQ(sampled.property("e")["bsonType"], "mixed") << "none of its names can be declared";
  EXPECT_EQ(sampled.codes(),
            "bad_field_name bad_field_name bad_field_name bad_field_name no_fields reserved_name "
            "bad_field_name");
}

TEST(Infer, SaysWhatIsWrongWithIds) {
  const Sampled mixed = sample(
      {{"T",
        {R"({"_id":1})", R"({"_id":{"$oid":"5f2b0c0f9d1e8a0001a1b2c3"}})",
         R"({"_id":{"$numberLong":"1"}})", R"({"x":1})", R"({"_id":1.5})", R"({"_id":null})"}}});
  EXPECT_EQ(mixed.property("_id")["bsonType"], "mixed");
  EXPECT_EQ(mixed.codes(), "bad_id bad_id mixed_ids missing_id repeated_id");
  EXPECT_THAT(mixed.message("missing_id")->text, HasSubstr("line 4"));
  EXPECT_THAT(mixed.message("repeated_id")->text, HasSubstr("1 documents"))
      << "1 is 1 of any width";
  for (const SampleMessage& message : mixed.types[0].messages) EXPECT_NE(message.remedy, "");
  EXPECT_EQ(sample({{"T", {R"({"_id":1})", R"({"_id":{"$numberLong":"2"}})"}}})
                .property("_id")["bsonType"],
            "long");
  EXPECT_EQ(sample({{"T", {R"({"a":1})"}}}).property("_id")["bsonType"], "objectId");
}

TEST(Infer, SaysThatOnlyASampleWasLookedAt) {
  Sampler sampler({"Item"});
  const Document document{{"_id", 1}, {"a", 1}};
  sampler.count(document, 1);
  sampler.observe(document, 1);
  sampler.count(Document{{"_id", 2}}, 2);
  EmbeddedNames names({"Item"});
  const SampledType type = infer_type("Item", "Item", &sampler, &names);
  EXPECT_EQ(type.documents, 2u);
  EXPECT_EQ(type.sampled, 1u);
  ASSERT_EQ(type.messages.size(), 1u);
  EXPECT_EQ(type.messages[0].code, "sampled");
}

TEST(Infer, EmbeddedNamesAreUniqueInTheApp) {
  const Sampled sampled =
      sample({{"Item", {R"({"_id":1,"a":{"b_c":{"x":1}},"a_b":{"c":{"y":1}}})"}},
              {"Item_a", {R"({"_id":1})"}}});
  EXPECT_EQ(sampled.property("a")["title"], "Item_a_2");
  EXPECT_EQ(sampled.property("a")["properties"]["b_c"]["title"], "Item_a_2_b_c");
}

// ---- links ----

std::vector<std::string> numbered(int count, const std::string& more = "") {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) lines.push_back("{\"_id\":" + std::to_string(i) + more + "}");
  return lines;
}

TEST(Links, AreSuggestedWhenMoreThanNineteenOfTwentyValuesResolve) {
  const auto with = [](int dangling) {
    std::vector<std::string> orders;
    for (int i = 0; i < 100; ++i)
      orders.push_back("{\"_id\":\"" + std::to_string(i) + "\",\"customer_id\":" +
                       std::to_string(i < dangling ? 1000 + i : i) + ",\"count\":1}");
    return sample({{"Order", orders}, {"Customer", numbered(100)}});
  };
  const Sampled good = with(4);
  EXPECT_EQ(good.row("customer_id").link, "Customer");
  EXPECT_EQ(good.row("customer_id").resolved.resolved, 96u);
  EXPECT_EQ(
      good.types[0].relationships.dump(),
      R"({"customer_id":{"ref":"#/relationship/mongodb-atlas/shop/Customer","foreign_key":"_id","is_list":false}})");
  EXPECT_EQ(good.types[0].schema["required"], SchemaJson({"_id", "count"}))
      << "a link is not required";
  EXPECT_EQ(good.row("count").link, "") << "its values resolve, its name is none of an _id";
  EXPECT_EQ(with(5).row("customer_id").link, "") << "95 of 100 are not more";
}

TEST(Links, LeadThroughEmbeddedObjectsAndArrays) {
  const Sampled sampled = sample(
      {{"Order",
        {R"({"_id":"a","items":[{"productId":1},{"productId":2}],"tagIds":["x","y"],"to":{"customer":3}})"}},
       {"Product", numbered(5)},
       {"Customer", numbered(5)},
       {"Tag", {R"({"_id":"x"})", R"({"_id":"y"})"}}});
  std::vector<std::string> paths;
  for (const auto& [path, link] : sampled.types[0].relationships.items())
    paths.push_back(path + " " + link["ref"].get<std::string>().substr(34) + " " +
                    (link["is_list"].get<bool>() ? "list" : "one"));
  EXPECT_THAT(paths, testing::UnorderedElementsAre("items.[].productId Product one",
                                                   "tagIds Tag list", "to.customer Customer one"));
  AppReport report;
  ASSERT_TRUE(load_app(sampled.files(), &report)) << print_report({report});
  EXPECT_EQ(report.warnings, 0) << print_report({report});
}

// objectIds are tried whatever the field is called, other values are not.
TEST(Links, AreNotSuggestedForMixturesOfWhichAPartResolves) {
  const auto with = [](const std::string& field) {
    const std::string oid = R"({"$oid":"5f2b0c0f9d1e8a0001a1b2c3"})";
    return sample({{"Order",
                    {"{\"_id\":1,\"" + field + "\":" + oid + "}",
                     "{\"_id\":2,\"" + field + "\":\"free text\"}"}},
                   {"Customer", {"{\"_id\":" + oid + "}", R"({"_id":"free text"})"}}});
  };
  EXPECT_EQ(with("remark").row("remark").link, "");
  EXPECT_EQ(with("customer_id").row("customer_id").link, "Customer");
}

TEST(Links, ThatCouldLeadToSeveralTypesAreTold) {
  const Sampled sampled = sample({{"Order", {R"({"_id":"a","parent_id":1})"}},
                                  {"Product", numbered(5)},
                                  {"Customer", numbered(5)}});
  EXPECT_EQ(sampled.row("parent_id").link, "");
  EXPECT_EQ(sampled.message("ambiguous_link")->path, "parent_id");
}

// ---- what holds of everything ----

// Awkward documents: whatever is sampled must be an app without errors, and take its documents.
TEST(Sampled, IsAnAppThatTakesWhatWasSampled) {
  const std::vector<std::string> lines = {
      R"("a":1,"b":null,"c":[],"d":{},"e":{"x":[{"y":null},{"y":[1]}]},"f":[null,{"z":1}])",
      R"("a":{"$numberLong":"9007199254740993"},"b":[1],"c":null,"d":null,"e":{"x":null},"f":[{}])",
      R"("a":1.5,"b":[],"c":[[]],"d":{"k":{}},"e":{"x":[]},"f":[],"g":{"$ref":"x","$id":1})",
      R"("a.b":1,"$x":{"$y":1},"":"","p":{"type":"LineString","coordinates":[[1,2],[3,4]]})",
      R"("p":{"type":"Point","coordinates":[1,2]},"q":{"type":"Point","coordinates":[1,2.5]})",
      R"("q":{"type":"Point","coordinates":[-180,90,4.5]},"r":{"type":"Point","coordinates":[1.5]})",
      R"("s":{"1":{"a":1},"2":{"a":null},"3":null},"t":[{"1":1,"2":2,"3":3}],"u":{"1":[1],"2":[],"3":[2]})",
      R"("v":{"$numberDouble":"NaN"},"w":[1,2.5,{"$numberDouble":"-0.0"}],"x":[{"$undefined":true}])",
      R"("v":5,"w":null,"sort":1,"null":{"or":1},"type":"Point","coordinates":[500.5])",
      R"("type":"x","coordinates":[1.5,2],"s":{},"u":null,"t":[{}])",
  };
  const Sampled sampled = sample_fields(lines);
  AppReport report;
  const std::shared_ptr<const App> app = load_app(sampled.files(), &report);
  ASSERT_TRUE(app) << print_report({report});
  const auto validator = Validator::compile(*app);
  ASSERT_TRUE(validator) << validator.error().message;
  const TypeDef& type = *app->schema.type("Item");
  for (size_t i = 0; i < lines.size(); ++i) {
    const Result<Value> value =
        parse_extended_json("{\"_id\":\"" + std::to_string(i) + "\"," + lines[i] + "}");
    ASSERT_TRUE(value) << value.error().message << lines[i];
    const Result<ObjectDocument> object =
        object_of_document(app->schema, type.number, value->get<Document>(), {});
    ASSERT_TRUE(object) << object.error().message << lines[i];
    for (const Violation& violation : (*validator)->check(type.number, object->fields))
      ADD_FAILURE() << violation.kind << " " << violation.text << " " << lines[i] << "\n"
                    << sampled.types[0].schema.dump(2);
  }
}

TEST(Sampled, IsTheSameForTheSameDocuments) {
  const std::vector<std::string> lines = {R"("a":1,"b":{"c":[1,"x"]})", R"("a":2.5)"};
  EXPECT_EQ(sample_fields(lines).files(), sample_fields(lines).files());
}

}  // namespace
}  // namespace syncline::sampling
