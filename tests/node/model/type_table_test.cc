// The table of types says what is: of values, of Extended JSON, of schemas and of structs.
#include "node/model/type_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "node/model/data_model_page.h"
#include "node/model/value_types.h"
#include "proto/extended_json.h"
#include "syncline/objects.h"

namespace syncline {
namespace {

TEST(TypeTable, HasARowForEveryType) {
  std::set<ScalarType> types;
  for (const ScalarRow& row : scalar_rows()) {
    EXPECT_TRUE(types.insert(row.type).second) << row.bson;
    EXPECT_FALSE(row.phrase.empty()) << row.bson;
    EXPECT_FALSE(row.cpp.empty() && row.cpp_also.empty()) << row.bson;
  }
  for (int type = 0; type <= static_cast<int>(ScalarType::link); ++type)
    EXPECT_TRUE(types.contains(static_cast<ScalarType>(type))) << type;
}

TEST(TypeTable, ItsExtendedJsonIsWhatIsReadAndPrinted) {
  for (const ScalarRow& row : scalar_rows()) {
    const Result<Value> value = parse_extended_json(std::string(row.json));
    ASSERT_TRUE(value.has_value()) << row.json;
    EXPECT_EQ(print_extended_json(*value, JsonForm::canonical), row.json);
    EXPECT_EQ(print_extended_json(*value, JsonForm::relaxed), row.relaxed);
    if (row.type == ScalarType::embedded || row.type == ScalarType::link) continue;
    EXPECT_TRUE(is_of_type(Schema(), row.type, {}, *value)) << row.bson;
  }
}

TEST(TypeTable, PlainNamesAreEachOfOneType) {
  for (const ScalarRow& row : scalar_rows()) EXPECT_EQ(type_of_plain_name(row.plain), row.type);
  EXPECT_EQ(type_of_plain_name("float"), ScalarType::floating);
  EXPECT_EQ(type_of_plain_name("timestamp"), ScalarType::date);
  EXPECT_EQ(type_of_plain_name("String"), std::nullopt);
  EXPECT_TRUE(plain_names().starts_with("bool, int32, int, ")) << plain_names();
  EXPECT_TRUE(plain_names().ends_with("embedded or link")) << plain_names();
}

// The type that a struct's member is stored as is the row that names the member's type.
template <class Member>
void expect_row(std::string_view cpp) {
  DeclaredField field;
  MemberCodec<Member>::declare(&field);
  const ScalarRow& row = row_of(field.type);
  const std::string also = ", " + std::string(row.cpp_also) + ", ";
  EXPECT_TRUE(row.cpp == cpp || also.find(", " + std::string(cpp) + ", ") != std::string::npos)
      << cpp << " is stored as " << row.bson << ", in whose row it is not";
}

enum class Mode { off };

TEST(TypeTable, ItsCppTypesAreWhatMembersAreStoredAs) {
  expect_row<bool>("bool");
  expect_row<int32_t>("int32_t");
  expect_row<int64_t>("int64_t");
  expect_row<Counter>("Counter");
  expect_row<Mode>("enum");
  expect_row<double>("double");
  expect_row<std::string>("std::string");
  expect_row<Date>("Date");
  expect_row<std::chrono::system_clock::time_point>("std::chrono::system_clock::time_point");
  expect_row<ObjectId>("ObjectId");
  expect_row<Uuid>("Uuid");
  expect_row<Decimal128>("Decimal128");
  expect_row<Binary>("Binary");
  expect_row<std::vector<uint8_t>>("std::vector<uint8_t>");
  expect_row<Timestamp>("Timestamp");
  expect_row<Regex>("Regex");
  expect_row<Value>("Value");
}

TEST(TypeTable, SaysAFieldsTypeInSchemasWordsAndInCpp) {
  EXPECT_EQ(text_of_type(ScalarType::floating, Collection::list, true, ""),
            "list of double or null");
  EXPECT_EQ(text_of_type(ScalarType::link, Collection::set, true, "Store"), "set of link to Store");
  EXPECT_EQ(cpp_text_of_type(ScalarType::date, Collection::dictionary, true, ""),
            "std::map<std::string, std::optional<Date>>");
  EXPECT_EQ(cpp_text_of_type(ScalarType::embedded, Collection::list, false, "Place"),
            "std::vector<Place>");
  EXPECT_EQ(cpp_text_of_type(ScalarType::link, Collection::none, true, "Store"), "Link<Store>");
  EXPECT_EQ(cpp_text_of_type(ScalarType::number, Collection::none, true, ""), "Value");
  EXPECT_EQ(schema_text_of_type(ScalarType::int64, Collection::set, ""),
            R"({"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "long"}})");
}

TEST(TypeTable, TheDocsAreWhatItPrints) {
  std::ifstream file(SYNCLINE_SOURCE_DIR "/docs/data-model.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), data_model_page())
      << "ninja data_model && node/model/data_model > docs/data-model.md";
}

}  // namespace
}  // namespace syncline
