// Lines of files to documents, and what exactly is wrong with those that are none.
#include "node/cli/document_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace syncline {
namespace {

using testing::ElementsAre;

DocumentFault fault_of(const std::string& text) {
  DocumentLine line;
  line.text = text;
  const auto document = read_document(line);
  if (!document) return document.error();
  ADD_FAILURE() << "a document: " << text;
  return {};
}

TEST(BadInputDocuments, AreNamedByKindColumnAndRemedy) {
  const std::tuple<std::string, std::string, uint64_t> cases[] = {
      {"{\"_id\":1,\"a\":\"caf\xE9\"}", "not_utf8", 18},
      {"{\"\xC3\xA9\":\"\xED\xA0\x80\"}", "not_utf8", 7},
      {R"({"a":1,"b":2,"a":3})", "duplicate_key", 14},
      {R"({"a":{"b":1,"b":1}})", "duplicate_key", 13},
      {R"({"a":NaN})", "bare_nan", 6},
      {R"({"a":Infinity})", "bare_nan", 6},
      {R"({"a":{"$date":"2021-02-30T00:00:00Z"}})", "bad_date", 15},
      {R"({"a":{"$date":"10000-01-01T00:00:00Z"}})", "bad_date", 15},
      {R"({"a":{"$date":{"$numberLong":"9223372036854775808"}}})", "bad_value", 30},
      {R"({"a":{"$oid":"12"}})", "bad_value", 14},
      {R"({"a":{"$numberInt":"2147483648"}})", "bad_value", 20},
      {R"({"a":1)", "not_json", 7},
      {R"({"a":1} {"b":2})", "not_json", 9},
      {"{'a':1}", "not_json", 2},
      {"no", "not_json", 1},
      {"  [{\"_id\":1},", "not_json", 14},
      {"[{\"_id\":1}]", "not_an_object", 1},
      {" 5", "not_an_object", 2},
      {"null", "not_an_object", 1},
  };
  for (const auto& [text, kind, column] : cases) {
    const DocumentFault fault = fault_of(text);
    EXPECT_EQ(fault.kind, kind) << text << ": " << fault.text;
    EXPECT_EQ(fault.column, column) << text << ": " << fault.text;
    EXPECT_NE(fault.text, "") << text;
    EXPECT_NE(fault.remedy, "") << text;
    EXPECT_EQ(fault.text.find("line 1"), std::string::npos) << "the line is the file's to say";
  }
  std::string deep = "1";
  for (int i = 0; i < 200; ++i) deep = "{\"a\":" + deep + "}";
  EXPECT_EQ(fault_of(deep).kind, "too_deep");
  std::string many = "{\"a\":[1";
  for (int i = 0; i < 2'000'001; ++i) many += ",1";
  EXPECT_EQ(fault_of(many + "]}").kind, "too_large");
  const std::string commas = "{\"a\":\"\\\"" + std::string(2'000'100, ',') + "\"}";
  DocumentLine in_text;
  in_text.text = commas;
  EXPECT_TRUE(read_document(in_text)) << "commas in a text are no values";
  EXPECT_EQ(place_text("x.json", 17, {"k", 5, "what", "do"}), "x.json:17:5: what; do");
  EXPECT_EQ(place_text("x.json", 17, {"k", 0, "what", ""}), "x.json:17: what");
}

class File {
 public:
  explicit File(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("syncline-lines-" + std::to_string(::getpid()))) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  DocumentLines lines() const {
    auto lines = DocumentLines::open(path_.string());
    EXPECT_TRUE(lines);
    return std::move(*lines);
  }

 private:
  std::filesystem::path path_;
};

std::vector<std::string> all(DocumentLines lines) {
  std::vector<std::string> texts;
  DocumentLine line;
  for (;;) {
    const Result<bool> more = lines.next(&line);
    EXPECT_TRUE(more);
    if (!more || !*more) return texts;
    texts.push_back(std::to_string(line.number) + " " + std::string(line.text));
  }
}

TEST(DocumentLines, AreReadWithEveryKindOfEnd) {
  EXPECT_THAT(all(File("a\nb\r\n\nc").lines()), ElementsAre("1 a", "2 b", "3 ", "4 c"));
  EXPECT_THAT(all(File("a\n").lines()), ElementsAre("1 a"));
  EXPECT_THAT(all(File("").lines()), ElementsAre());
  EXPECT_THAT(all(File("\xEF\xBB\xBF{}\n\xEF\xBB\xBF").lines()),
              ElementsAre("1 {}", "2 \xEF\xBB\xBF"));
  EXPECT_FALSE(DocumentLines::open("/nowhere/at/all"));
  EXPECT_FALSE(DocumentLines::open("/")) << "a directory";
}

TEST(DocumentLines, CrossTheReadersBuffer) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 1; i <= 3000; ++i) {
    const std::string line(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    text += line + "\n";
    expected.push_back(std::to_string(i) + " " + line);
  }
  EXPECT_EQ(all(File(text).lines()), expected);
}

size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  size_t pages = 0;
  in >> pages >> pages;
  return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(BadInputDocuments, LinesThatAreTooLongTakeNoMemory) {
  constexpr size_t kLong = 300u << 20;
  const std::string path =
      std::filesystem::temp_directory_path() / ("syncline-long-" + std::to_string(::getpid()));
  {
    std::ofstream out(path, std::ios::binary);
    out << "{\"a\":1}\n[";
    const std::string piece(1u << 20, 'x');
    for (size_t i = 0; i < kLong / piece.size(); ++i) out << piece;
    out << "\n{\"b\":2}\n";
  }
  auto lines = DocumentLines::open(path);
  ASSERT_TRUE(lines);
  uint64_t spilled = 0;
  bool ended = false;
  lines->on_long_line = [&](const DocumentLine& line, std::string_view piece, bool last) {
    EXPECT_EQ(line.number, 2u);
    spilled += piece.size();
    ended = last;
  };
  const size_t before = resident_bytes();
  DocumentLine line;
  ASSERT_TRUE(lines->next(&line).value_or(false));
  EXPECT_EQ(line.text, "{\"a\":1}");
  ASSERT_TRUE(lines->next(&line).value_or(false));
  EXPECT_TRUE(line.too_long);
  EXPECT_EQ(line.bytes, kLong + 1);
  EXPECT_EQ(spilled, kLong + 1) << "it came as it was, in pieces";
  EXPECT_TRUE(ended);
  const auto document = read_document(line);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().kind, "too_long");
  EXPECT_NE(document.error().remedy.find("--jsonArray"), std::string::npos) << "it is an array";
  ASSERT_TRUE(lines->next(&line).value_or(false));
  EXPECT_EQ(line.number, 3u);
  EXPECT_EQ(line.text, "{\"b\":2}");
  EXPECT_FALSE(lines->next(&line).value_or(true));
  EXPECT_LT(resident_bytes(), before + 4 * DocumentLines::kLineBytesMax);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace syncline
