#include "proto/extended_json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "proto/json_scanner.h"
#include "proto/limits.h"
#include "proto/number_text.h"

namespace syncline {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// JSON text in one spelling: no white space, strings as the printer escapes them, doubles as the
// printer writes them. What the corpus means by equal texts.
std::string one_spelling(std::string_view text) {
  std::string out;
  JsonScanner scanner(text);
  bool double_follows = false;
  for (;;) {
    scanner.skip_space();
    if (scanner.at_end()) return out;
    const char next = scanner.peek();
    if (next == '"') {
      const Result<std::string> string = scanner.read_string();
      if (!string) return "unreadable: " + string.error().message;
      const std::optional<double> number =
          double_follows ? parse_double_text(*string) : std::nullopt;
      out += print_extended_json(Value(number ? print_double_text(*number) : *string),
                                 JsonForm::relaxed);
      double_follows = *string == "$numberDouble";
    } else if (next == '-' || (next >= '0' && next <= '9')) {
      const Result<Value> number = scanner.read_number();
      if (!number) return "unreadable: " + number.error().message;
      out += print_extended_json(*number, JsonForm::relaxed);
    } else {
      scanner.take(next);
      out += next;
    }
  }
}

std::string reprinted(std::string_view text, JsonForm form) {
  const Result<Value> value = parse_extended_json(text);
  return value ? print_extended_json(*value, form) : "refused: " + value.error().message;
}

std::string text_in(const Document& document, std::string_view name) {
  const Value* value = document.find(name);
  return value != nullptr && value->is<std::string>() ? value->get<std::string>() : "";
}

struct CorpusCounts {
  int valid = 0;
  int refused = 0;
};

void check_valid_case(const Document& valid) {
  const std::string canonical = text_in(valid, "canonical_extjson");
  const std::string relaxed = text_in(valid, "relaxed_extjson");
  const std::string degenerate = text_in(valid, "degenerate_extjson");
  EXPECT_EQ(reprinted(canonical, JsonForm::canonical), one_spelling(canonical));
  if (!relaxed.empty()) {
    EXPECT_EQ(reprinted(canonical, JsonForm::relaxed), one_spelling(relaxed));
    EXPECT_EQ(reprinted(relaxed, JsonForm::relaxed), one_spelling(relaxed));
  }
  if (!degenerate.empty()) {
    EXPECT_EQ(reprinted(degenerate, JsonForm::canonical), one_spelling(canonical));
  }
  const Result<Value> value = parse_extended_json(canonical);
  ASSERT_TRUE(value);
  const Result<Value> exact = parse_extended_json(print_extended_json(*value, JsonForm::exact));
  ASSERT_TRUE(exact) << exact.error().message;
  EXPECT_EQ(*exact, *value);
}

// Runs a file in the shape of the MongoDB BSON corpus. Its parseErrors of decimals are bare texts
// of a decimal.
void check_corpus_file(const std::filesystem::path& path, CorpusCounts* counts) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const Result<Value> parsed = parse_extended_json(text.str());
  ASSERT_TRUE(parsed) << parsed.error().message;
  const Document& file = parsed->get<Document>();
  const bool decimals = text_in(file, "bson_type") == "0x13";
  if (const Value* cases = file.find("valid")) {
    for (const Value& valid : cases->get<List>().elements) {
      SCOPED_TRACE(text_in(valid.get<Document>(), "description"));
      check_valid_case(valid.get<Document>());
      ++counts->valid;
    }
  }
  if (const Value* cases = file.find("parseErrors")) {
    for (const Value& error : cases->get<List>().elements) {
      SCOPED_TRACE(text_in(error.get<Document>(), "description"));
      const std::string string = text_in(error.get<Document>(), "string");
      if (decimals) {
        EXPECT_FALSE(parse_decimal128(string)) << string;
      } else {
        const Result<Value> refused = parse_extended_json(string, JsonDialect::v2);
        EXPECT_FALSE(refused) << string;
        if (!refused) {
          EXPECT_THAT(refused.error().message, StartsWith("line "));
        }
      }
      ++counts->refused;
    }
  }
}

CorpusCounts check_corpus(const std::filesystem::path& directory) {
  CorpusCounts counts;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().filename().string());
    check_corpus_file(entry.path(), &counts);
  }
  return counts;
}

TEST(ExtendedJson, HoldsOurCorpus) {
  const CorpusCounts counts = check_corpus(SYNCLINE_SOURCE_DIR "/tests/proto/corpus");
  EXPECT_GE(counts.valid, 80);
  EXPECT_GE(counts.refused, 150);
}

TEST(ExtendedJson, HoldsTheCorpusNamedInTheEnvironment) {
  const char* cases = std::getenv("SYNCLINE_CASES");
  if (cases == nullptr)
    return;  // foreign cases are looked at only where they are; our own stand above
  const CorpusCounts counts = check_corpus(std::filesystem::path(cases) / "ejson");
  EXPECT_GT(counts.valid, 0);
}

TEST(ExtendedJson, ReadsPlainIntegersInTheNarrowestWidth) {
  EXPECT_EQ(*parse_extended_json("5"), Value(int32_t{5}));
  EXPECT_EQ(*parse_extended_json("2147483648"), Value(int64_t{2147483648}));
  EXPECT_EQ(*parse_extended_json("5.0"), Value(5.0));
  EXPECT_EQ(*parse_extended_json("-0.0"), Value(-0.0));
  EXPECT_NE(*parse_extended_json("-0.0"), Value(0.0));
}

TEST(ExtendedJson, ReadsWhatMongoexportWroteBeforeVersionTwo) {
  const Date date{1709208930, 42'000'000};
  EXPECT_EQ(*parse_extended_json(R"({"$date":1709208930042})"), Value(date));
  EXPECT_EQ(*parse_extended_json(R"({"$date":"2024-02-29T12:15:30.042+0000"})"), Value(date));
  EXPECT_EQ(*parse_extended_json(R"({"$date":{"$numberLong":"1709208930042"}})"), Value(date));
  EXPECT_EQ(*parse_extended_json(R"({"$date":-1})"), Value(Date{-1, 999'000'000}));
  EXPECT_EQ(*parse_extended_json(R"({"$type":"00","$binary":"AP8Q"})"),
            Value(Binary{0, std::string("\0\xff\x10", 3)}));
  EXPECT_TRUE(
      parse_extended_json(R"({"$binary":"ASNFZ4mrze8BI0VniavN7w==","$type":"4"})")->is<Uuid>());
  EXPECT_EQ(*parse_extended_json(R"({"$regex":"^a","$options":"mi"})"), Value(Regex{"^a", "im"}));
}

TEST(ExtendedJson, KeepsWideCharactersWholeInRegexOptions) {
  const std::string text = R"({"$regularExpression":{"pattern":"a","options":"xéi"}})";
  EXPECT_EQ(reprinted(text, JsonForm::canonical), text);
}

TEST(ExtendedJson, KeepsToVersionTwoWhenAskedTo) {
  EXPECT_FALSE(parse_extended_json(R"({"$date":42})", JsonDialect::v2));
  EXPECT_FALSE(parse_extended_json(R"({"$binary":"AP8Q","$type":"00"})", JsonDialect::v2));
  EXPECT_TRUE(
      parse_extended_json(R"({"$regex":"a","$options":"i"})", JsonDialect::v2)->is<Document>());
  EXPECT_TRUE(parse_extended_json(R"({"$timestampNs":[1,2]})", JsonDialect::v2)->is<Document>());
}

TEST(ExtendedJson, LosesNothingOfADateInTheExactForm) {
  const Value date(Date{-5, 123'456'789});
  EXPECT_EQ(print_extended_json(date, JsonForm::exact), R"({"$timestampNs":[-5,123456789]})");
  EXPECT_EQ(*parse_extended_json(print_extended_json(date, JsonForm::exact)), date);
  EXPECT_EQ(print_extended_json(date, JsonForm::canonical), R"({"$date":{"$numberLong":"-4877"}})");
  EXPECT_FALSE(parse_extended_json(R"({"$timestampNs":[1,1000000000]})"));
  EXPECT_FALSE(parse_extended_json(R"({"$timestampNs":[1]})"));
}

TEST(ExtendedJson, ReadsDatesThatCountDownwardBefore1970) {
  EXPECT_EQ(*parse_extended_json(R"({"$timestampNs":["-1",-1]})"), Value(Date{-2, 999'999'999}));
  EXPECT_EQ(*parse_extended_json(R"({"$timestampNs":[0,-1]})"), Value(Date{-1, 999'999'999}));
  EXPECT_FALSE(parse_extended_json(R"({"$timestampNs":[1,-1]})"));
  EXPECT_FALSE(parse_extended_json(R"({"$timestampNs":[0,-1000000000]})"));
  EXPECT_FALSE(parse_extended_json(R"({"$timestampNs":["-9223372036854775808",-1]})"));
}

TEST(ExtendedJson, HoldsDatesBeyondMillisecondsAtTheEnds) {
  const auto canonical = [](Date date) {
    return print_extended_json(Value(date), JsonForm::canonical);
  };
  EXPECT_EQ(canonical({std::numeric_limits<int64_t>::max(), 0}),
            R"({"$date":{"$numberLong":"9223372036854775807"}})");
  EXPECT_EQ(canonical({std::numeric_limits<int64_t>::min(), 0}),
            R"({"$date":{"$numberLong":"-9223372036854775808"}})");
}

TEST(ExtendedJson, SortsKeysByTheirBytesAtEveryLevel) {
  const Value value(Document{
      {"b", Document{{"z", 1}, {"a", 2}}}, {"B", List{Document{{"d", 1}, {"c", 2}}}}, {"é", 1}});
  EXPECT_EQ(print_extended_json(value, JsonForm::relaxed, true),
            R"({"B":[{"c":2,"d":1}],"b":{"a":2,"z":1},"é":1})");
  EXPECT_EQ(print_extended_json(value, JsonForm::relaxed),
            R"({"b":{"z":1,"a":2},"B":[{"d":1,"c":2}],"é":1})");
}

TEST(ExtendedJson, TakesWhatIsAHundredDeepWithAWrapperInside) {
  const std::string scalars[] = {
      "1", R"({"$oid":"5f0c6bd2a4b1c93d00e7f812"})", R"({"$date":{"$numberLong":"5"}})",
      R"({"$dbPointer":{"$ref":"a","$id":{"$oid":"5f0c6bd2a4b1c93d00e7f812"}}})"};
  for (const std::string& scalar : scalars) {
    std::string documents = scalar;
    std::string lists = scalar;
    for (int i = 0; i < limits::kDepthMax; ++i) {
      documents = "{\"a\":" + documents + "}";
      lists = "[" + lists + "]";
    }
    EXPECT_TRUE(parse_extended_json(documents)) << scalar;
    EXPECT_TRUE(parse_extended_json(lists)) << scalar;
    for (const std::string& deeper :
         {"{\"a\":" + documents + "}", "[" + documents + "]", "[" + lists + "]"}) {
      const Result<Value> refused = parse_extended_json(deeper);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
      EXPECT_THAT(refused.error().message, HasSubstr("deeper than 100"));
    }
  }
}

TEST(ExtendedJson, SurvivesBracketsByTheMillion) {
  for (const char* opening : {"[", "{\"a\":", "{\"$binary\":", "{\"$date\":{\"x\":",
                              "{\"$code\":\"\",\"$scope\":", "{\"$timestampNs\":["}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += opening;
    EXPECT_FALSE(parse_extended_json(text)) << opening;
  }
}

TEST(ExtendedJson, NamesLineColumnAndWhatWasExpected) {
  const auto message = [](std::string_view text) {
    const Result<Value> value = parse_extended_json(text);
    return value ? "no error" : value.error().message;
  };
  EXPECT_EQ(message("{\n  \"é\": x}"), "line 2, column 8: expected a value and found 'x'");
  EXPECT_EQ(message("[1 2]"),
            "line 1, column 4: expected ',' or ']' after a list's element and found '2'");
  EXPECT_EQ(
      message("{\"a\":1"),
      "line 1, column 7: expected ',' or '}' after a field's value and found the end of the text");
  EXPECT_EQ(message("{\"a\":1,\n\"a\":2}"),
            "line 2, column 1: the field \"a\" is there twice; leave one");
  EXPECT_EQ(message("{} x"),
            "line 1, column 4: expected the end of the text after the value and found 'x'");
  EXPECT_EQ(message(R"({"a":{"$oid":5}})"), "line 1, column 14: $oid: expected a string");
  EXPECT_EQ(message(R"({"a":{"$oid":"00","b":1}})"),
            "line 1, column 19: $oid: a field \"b\" that does not belong to it; expected $oid");
  EXPECT_THAT(message("[NaN]"), HasSubstr("{\"$numberDouble\":\"NaN\"}"));
  EXPECT_THAT(message("\"a\x01\""), HasSubstr("column 3: a control character"));
}

TEST(ExtendedJson, RefusesWhatIsNotUtf8) {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(parse_extended_json(fmt::format("\"{}\"", bytes)));
    EXPECT_FALSE(parse_extended_json(fmt::format("{{\"{}\":1}}", bytes)));
    EXPECT_FALSE(parse_extended_json(bytes));
  }
}

TEST(ExtendedJson, ReadsObjectsOfManyFields) {
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i)
    text += "\"field" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  EXPECT_EQ(parse_extended_json(text + "\"last\":0}")->get<Document>().fields.size(), 20'001u);
  EXPECT_FALSE(parse_extended_json(text + "\"field0\":0}"));
}

TEST(NumberText, PrintsDoublesThatReadBackTheSame) {
  // A walk over bit patterns, the same on every machine.
  uint64_t bits = 0x9E3779B97F4A7C15;
  for (int i = 0; i < 200'000; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    const double value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    const std::string text = print_double_text(value);
    const std::optional<double> back = parse_double_text(text);
    ASSERT_TRUE(back) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(*back), std::bit_cast<uint64_t>(value)) << text;
    ASSERT_NE(text.find('.'), std::string::npos) << text;
  }
}

TEST(Decimal, ShowsOnlyPartOfALongBadText) {
  const Result<Decimal128> refused = parse_decimal128(std::string(10'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 200u);
}

}  // namespace
}  // namespace syncline
