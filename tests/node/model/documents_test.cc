#include "node/model/documents.h"

#include <gmock/gmock.h>

#include "proto/codec.h"
#include "proto/extended_json.h"
#include "proto/limits.h"
#include "tests/node/model/fridge_schema.h"

namespace syncline {
namespace {

using test::fridge_schema;
using test::kFridge;
using test::kPlain;
using ::testing::HasSubstr;

const ChangesetName kChangeset{NodeId{7}, Epoch{8}, 9};

Result<ObjectDocument> made(std::string_view json, TypeNumber type = kFridge) {
  const Result<Value> value = parse_extended_json(json);
  EXPECT_TRUE(value) << (value ? "" : value.error().message);
  return object_of_document(fridge_schema(), type, value->get<Document>(), kChangeset);
}

std::string round_trip(std::string_view json) {
  const Result<ObjectDocument> object = made(json);
  if (!object) return object.error().message;
  const Row row{object->id, {}, {}, object->fields};
  return print_extended_json(Value(document_of_object(fridge_schema(), kFridge, row)),
                             JsonForm::relaxed);
}

const Item* item_at(const ObjectDocument& object, std::initializer_list<Step> path) {
  return find_item(object.fields, Path(path));
}

TEST(Documents, KeepsNamesAndValuesThroughAnObject) {
  const char* const texts[] = {
      R"({"_id":"a","name":"n","watts":5})",
      R"({"_id":"a","name":null,"celsius":null,"watts":5,"tags":[],"codes":[],"limits":{}})",
      R"({"_id":"a","name":"n","celsius":-18.5,"count":7,"size":1,"watts":5,"tags":["x","x","y"],"limits":{"a":1.5}})",
      R"({"_id":"a","name":"n","watts":5,"door":{"side":"l","inner":{"side":"r","inner":null}}})",
      R"({"_id":"a","name":"n","watts":5,"doors":[{"side":"l"},{"side":"r","open":true}],"parts":{"k":{"side":"m"},"z":null}})",
      R"({"_id":"a","name":"n","watts":5,"store":{"$oid":"5f0c6bd2a4b1c93d00e7f812"},"extra":{"a":[1,{"b":null}]}})",
      R"({"_id":"a","name":"n","watts":5,"also":[1,{"x":{}}],"zone":"q"})",
      R"({"_id":"a","name":"n","watts":5,"door":{"side":"l","colour":{"r":1}}})",
  };
  for (const char* text : texts) EXPECT_EQ(round_trip(text), text);
}

TEST(Documents, ShowsFieldsInTheSchemasOrderAndOthersByName) {
  EXPECT_EQ(round_trip(R"({"zz":1,"watts":5,"aa":2,"name":"n","_id":"a"})"),
            R"({"_id":"a","name":"n","watts":5,"aa":2,"zz":1})");
}

TEST(Documents, ShowsTheDefaultOfAMissingRequiredFieldWithoutStoringIt) {
  const Result<ObjectDocument> object = made(R"({"_id":"a","name":"n"})");
  EXPECT_EQ(object->fields.children.size(), 1u);
  EXPECT_EQ(round_trip(R"({"_id":"a","name":"n"})"), R"({"_id":"a","name":"n","watts":60})");
  // A required field without a default stays missing.
  EXPECT_EQ(round_trip(R"({"_id":"a"})"), R"({"_id":"a","watts":60})");
}

TEST(Documents, GivesListElementsIdsAndPositionsThatAscend) {
  std::string json = R"({"_id":"a","tags":[)";
  for (int i = 0; i < 1000; ++i) json += i == 0 ? "\"t\"" : ",\"t\"";
  const Result<ObjectDocument> object = made(json + R"(],"doors":[{},{}]})");
  const Scope* tags = item_at(*object, {FieldNumber{7}})->scope();
  ASSERT_EQ(tags->kind, ScopeKind::list);
  ASSERT_EQ(tags->children.size(), 1000u);
  for (uint32_t i = 0; i < 1000; ++i) {
    const Child& child = tags->children[i];
    EXPECT_EQ(child.step, Step(ElementId{kChangeset, i}));
    EXPECT_FALSE(child.position.bytes.empty());
    if (i > 0) {
      EXPECT_LT(tags->children[i - 1].position, child.position);
    }
  }
  const Scope* doors = item_at(*object, {FieldNumber{11}})->scope();
  EXPECT_EQ(doors->children[1].step, Step(ElementId{kChangeset, 1001}));
  EXPECT_EQ(doors->children[1].item.scope()->kind, ScopeKind::object);
}

TEST(Documents, CountsElementsOnFromWhereTheCallerIs) {
  uint32_t next = 40;
  const Document document{{"_id", "a"}, {"tags", List{"x", "y"}}};
  ASSERT_TRUE(object_of_document(fridge_schema(), kFridge, document, kChangeset, &next));
  EXPECT_EQ(next, 42u);
}

TEST(Documents, MakesSetsOfMembersWithoutDuplicates) {
  const Result<ObjectDocument> object = made(R"({"_id":"a","codes":[3,1,3,{"$numberLong":"3"}]})");
  const Scope* codes = item_at(*object, {FieldNumber{8}})->scope();
  ASSERT_EQ(codes->kind, ScopeKind::set);
  EXPECT_EQ(codes->children.size(), 3u);  // int32 3 and int64 3 differ in their bytes
  EXPECT_NE(codes->find(Member{encode_value(Value(int32_t{1}))}), nullptr);
  EXPECT_EQ(codes->children[0].item, Item());
}

TEST(Documents, MakesTheScopesThatTheSchemaDeclares) {
  const Result<ObjectDocument> object = made(
      R"({"_id":"a","limits":{"k":1.0},"door":{"side":"l","inner":{"side":"r"}},"extra":{"k":[{}]},"more":{"k":[]}})");
  EXPECT_EQ(item_at(*object, {FieldNumber{9}})->scope()->kind, ScopeKind::dictionary);
  EXPECT_EQ(item_at(*object, {FieldNumber{10}})->scope()->kind, ScopeKind::object);
  EXPECT_EQ(item_at(*object, {FieldNumber{10}, FieldNumber{3}, FieldNumber{1}})->value(),
            Value("r"));
  EXPECT_EQ(item_at(*object, {FieldNumber{15}})->scope()->kind, ScopeKind::dictionary);
  EXPECT_EQ(item_at(*object, {FieldNumber{15}, "k"})->scope()->kind, ScopeKind::list);
  EXPECT_EQ(item_at(*object, {"more"})->scope()->kind, ScopeKind::dictionary);
  EXPECT_EQ(item_at(*object, {FieldNumber{1}}), nullptr);  // _id is the row's
}

TEST(Documents, KeepsValuesOfAWrongKindForTheValidatorToName) {
  const char* text =
      R"({"_id":"a","name":{"x":1},"celsius":"warm","watts":5,"tags":"t","codes":[[1]],"limits":[1],"door":[2],"store":{"a":1}})";
  EXPECT_EQ(round_trip(text), text);
  EXPECT_EQ(item_at(*made(text), {FieldNumber{8}})->scope()->kind, ScopeKind::list);
}

TEST(Documents, KeepsTheWidthOfIntegers) {
  const Result<ObjectDocument> object = made(R"({"_id":"a","count":5,"size":{"$numberLong":"5"}})");
  EXPECT_TRUE(item_at(*object, {FieldNumber{4}})->value().is<int32_t>());
  EXPECT_TRUE(item_at(*object, {FieldNumber{5}})->value().is<int64_t>());
}

TEST(Documents, RefusesADocumentWithoutAnIdOfTheDeclaredType) {
  const auto message = [](std::string_view json, TypeNumber type = kFridge) {
    const Result<ObjectDocument> object = made(json, type);
    return object ? "taken" : object.error().message;
  };
  EXPECT_EQ(message(R"({"name":"n"})"), "Fridge: the field _id is missing; every object needs one");
  EXPECT_EQ(message(R"({"_id":5})"), "Fridge: _id takes a string, not int");
  EXPECT_THAT(message(R"({"_id":null})"), HasSubstr("_id takes a string"));
  EXPECT_THAT(message(R"({"_id":{"$numberLong":"2147483648"}})", kPlain),
              HasSubstr("an int of 32 bits"));
  EXPECT_EQ(message(R"({"_id":{"$numberLong":"7"}})", kPlain), "taken");
  EXPECT_THAT(message("{\"_id\":\"" + std::string(limits::kKeyBytesMax + 1, 'k') + "\"}"),
              HasSubstr("Fridge._id"));
  EXPECT_THAT(message(R"({"_id":"a"})", TypeNumber{99}), HasSubstr("type 99"));
  EXPECT_THAT(message(R"({"_id":"a"})", test::kDoor), HasSubstr("no type of whole objects"));
}

TEST(Documents, RefusesFieldsThatAClosedTypeDoesNotHave) {
  const Result<ObjectDocument> object = made(R"({"_id":1,"a":"x","b":2})", kPlain);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, ErrorCode::kBadData);
  EXPECT_THAT(object.error().message, HasSubstr("Plain has no field \"b\""));
}

TEST(Documents, RefusesWhatIsNestedTooDeepAndKeysTooLong) {
  const auto nested = [](int depth) {
    Value value(1);
    for (int i = 0; i < depth; ++i) value = List{value};
    return Document{{"_id", "a"}, {"extra", value}};
  };
  EXPECT_TRUE(
      object_of_document(fridge_schema(), kFridge, nested(limits::kDepthMax - 1), kChangeset));
  const auto deep =
      object_of_document(fridge_schema(), kFridge, nested(limits::kDepthMax), kChangeset);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::kTooLarge);

  Value door(Document{{"side", "l"}});
  for (int i = 0; i < limits::kDepthMax; ++i) door = Document{{"inner", door}};
  EXPECT_FALSE(
      object_of_document(fridge_schema(), kFridge, {{"_id", "a"}, {"door", door}}, kChangeset));

  const std::string key(limits::kDictionaryKeyBytesMax + 1, 'k');
  for (const Document& document :
       {Document{{"_id", "a"}, {key, 1}}, Document{{"_id", "a"}, {"limits", Document{{key, 1.0}}}},
        Document{{"_id", "a"}, {"extra", Document{{key, 1.0}}}}}) {
    const auto refused = object_of_document(fridge_schema(), kFridge, document, kChangeset);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  }
}

TEST(Documents, SurvivesTheCodecAtTheDeepestAllowed) {
  Value value(1);
  for (int i = 0; i < limits::kDepthMax - 1; ++i) value = List{value};
  const auto object =
      object_of_document(fridge_schema(), kFridge, {{"_id", "a"}, {"extra", value}}, kChangeset);
  ASSERT_TRUE(object);
  const Row row{object->id, LogSeq{1}, LogSeq{1}, object->fields};
  const Result<Row> back = decode_row(encode_row(row));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, row);
}

TEST(Documents, RefusesAFieldThatIsThereTwice) {
  EXPECT_FALSE(object_of_document(fridge_schema(), kFridge,
                                  {{"_id", "a"}, {"name", "x"}, {"name", "y"}}, kChangeset));
  EXPECT_FALSE(object_of_document(fridge_schema(), kFridge,
                                  {{"_id", "a"}, {"other", "x"}, {"other", "y"}}, kChangeset));
}

}  // namespace
}  // namespace syncline
