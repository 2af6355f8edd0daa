// Text of an app cannot leave the comment or the literal that it is in.
#include "node/generate/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/generate/limits.h"

namespace syncline::generate {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(HostileText, NothingEndsOrOpensAComment) {
  for (const char* text : {"*/ int x; /*", "a*/", "/*", "**//**/", "*\xe2\x80\xae/", "*\x01/"})
    for (const std::string& line : comment_lines(text)) {
      EXPECT_THAT(line, Not(HasSubstr("*/"))) << text;
      EXPECT_THAT(line, Not(HasSubstr("/*"))) << text;
    }
}

TEST(HostileText, EveryKindOfLineEndBeginsALineThatIsStillAComment) {
  EXPECT_THAT(comment_lines("a\nb\r\nc\rd\x0b"
                            "e\x0c"
                            "f\xc2\x85g\xe2\x80\xa8h\xe2\x80\xa9i"),
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i"));
}

TEST(HostileText, ALineNeitherGoesOnNorIsReadAnewByAPreprocessor) {
  EXPECT_THAT(comment_lines("path\\"), ElementsAre("path\\ ."));
  EXPECT_THAT(comment_lines("\\u002a\\u002f"), ElementsAre("\\ u002a\\ u002f"));
  EXPECT_THAT(comment_lines("?"
                            "?/"),
              ElementsAre("? ?/"));
  EXPECT_THAT(comment_lines("?"
                            "?"
                            "?/"),
              Each(Not(HasSubstr("?"
                                 "?"))));
}

TEST(HostileText, ALineInstructsNoTool) {
  for (const char* text : {"@ts-nocheck", "mypy: ignore-errors", "type: ignore", "<reference/>"})
    EXPECT_THAT(comment_lines(text), ElementsAre(StartsWith("- "))) << text;
}

TEST(HostileText, WhatMisleadsTheReaderIsLeftOut) {
  EXPECT_THAT(comment_lines("a\xe2\x80\xae"
                            "b\xe2\x81\xa6"
                            "c\xef\xbb\xbf"
                            "d\x1b[31m"),
              ElementsAre("abcd [31m"));
  EXPECT_EQ(quoted("\xe2\x80\xae", Quoting::typescript), "\"\\u202e\"");
  EXPECT_EQ(quoted("\xe2\x80\xae", Quoting::c), "\"\\342\\200\\256\"");
}

TEST(Text, CommentsAreBounded) {
  const std::vector<std::string> lines = comment_lines(std::string(100'000, 'x'));
  size_t bytes = 0;
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), limits::kCommentColumns + 4);
    bytes += line.size();
  }
  EXPECT_LE(bytes, limits::kDescriptionBytesMax + 4);
  EXPECT_THAT(lines.back(), ::testing::EndsWith(" ..."));
  EXPECT_THAT(comment_lines("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n"),
              SizeIs(limits::kDescriptionLinesMax));
  EXPECT_THAT(comment_lines(""), IsEmpty());
  EXPECT_THAT(comment_lines(" \n \n"), IsEmpty());
}

TEST(Text, LinesBreakAtSpacesAndCharacters) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "k\xc3\xbchl ";
  for (const std::string& line : comment_lines(text, 60))
    EXPECT_THAT(line, StartsWith("k\xc3\xbchl"));
  std::string word;
  for (int i = 0; i < 100; ++i) word += "\xc3\xbc";
  for (const std::string& line : comment_lines(word)) EXPECT_EQ(line.size() % 2, 0U);
}

TEST(HostileText, LiteralsHoldWhatTheyShould) {
  const std::string text = "\"'\\$x${y}\n\r\t\x01?";
  EXPECT_EQ(quoted(text, Quoting::c), R"("\"'\\$x${y}\n\r\t\001\?")");
  EXPECT_EQ(quoted(text, Quoting::python), R"("\"'\\$x${y}\n\r\t\u0001?")");
  EXPECT_EQ(quoted(text, Quoting::typescript), R"("\"'\\$x${y}\n\r\t\u0001?")");
  EXPECT_EQ(quoted(text, Quoting::java), R"("\"'\\$x${y}\n\r\t\001?")");
  EXPECT_EQ(quoted(text, Quoting::csharp), R"("\"'\\$x${y}\n\r\t\u0001?")");
  EXPECT_EQ(quoted(text, Quoting::kotlin), R"("\"'\\\$x\${y}\n\r\t\u0001?")");
  EXPECT_EQ(quoted(text, Quoting::dart), R"('"\'\\\$x\${y}\n\r\t\u{1}?')");
  EXPECT_EQ(quoted(text, Quoting::swift), R"("\"'\\$x${y}\n\r\t\u{1}?")");
  // What Java reads before it reads strings, and what ends a line in C#.
  EXPECT_EQ(quoted("\\u0022", Quoting::java), R"("\\u0022")");
  EXPECT_EQ(quoted("\xe2\x80\xa8", Quoting::csharp), R"("\u2028")");
  EXPECT_EQ(quoted("\xc3\xbc", Quoting::java), "\"\xc3\xbc\"");
}

TEST(HostileText, DocumentationIsNoMarkup) {
  EXPECT_EQ(xml_escaped("</summary> & \"@link"), "&lt;/summary&gt; &amp; &quot;&#64;link");
}

}  // namespace
}  // namespace syncline::generate
