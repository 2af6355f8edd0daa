#include "node/query/strings.h"

#include <gtest/gtest.h>

#include <chrono>

namespace syncline::query {
namespace {

TEST(Strings, FoldCaseInEveryScript) {
  EXPECT_EQ(fold_case("ABC xyz"), "abc xyz");
  EXPECT_EQ(fold_case("\xC3\x84"), fold_case("\xC3\xA4"));  // Ä
  EXPECT_EQ(fold_case("Stra\xC3\x9F"
                      "e"),
            fold_case("STRASSE"));                                          // ß
  EXPECT_EQ(fold_case("\xD0\x9F\xD0\xA0"), fold_case("\xD0\xBF\xD1\x80"));  // Cyrillic
  EXPECT_EQ(fold_case("\xCE\xA3"), fold_case("\xCF\x82"));                  // final sigma
  EXPECT_EQ(fold_case("A\xCC\x88"), fold_case("\xC3\xA4"));                 // composed or not
  EXPECT_EQ(fold_case("A\xFF"), "a\xFF");
}

TEST(Strings, MatchPatterns) {
  EXPECT_TRUE(is_like("", ""));
  EXPECT_TRUE(is_like("", "**"));
  EXPECT_FALSE(is_like("", "?"));
  EXPECT_TRUE(is_like("abc", "a*c"));
  EXPECT_TRUE(is_like("abc", "*?"));
  EXPECT_FALSE(is_like("abc", "a?"));
  EXPECT_TRUE(is_like("a\xC3\xA9z", "a?z"));
  EXPECT_TRUE(is_like("\xE4\xBD\xA0\xE5\xA5\xBD", "??"));
  EXPECT_TRUE(is_like("a*b", "a*b"));
  EXPECT_TRUE(is_like("mississippi", "m*iss*ip*i"));
  EXPECT_FALSE(is_like("mississippi", "m*iss*ix*i"));
}

TEST(Strings, TakeNoLongerForAnyPattern) {
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(is_like(text, pattern + "b"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Strings, FindWords) {
  EXPECT_EQ(text_tokens("The quick, br\xC3\xB6wn-F\xC3\x98X 42!"),
            (std::vector<std::string>{"the", "quick", "brown", "f\xC3\xB8x", "42"}));
  const std::string text = "The quick brown fox jumps";
  EXPECT_TRUE(matches_text(text, text_search("quick FOX")));
  EXPECT_FALSE(matches_text(text, text_search("quick cat")));
  EXPECT_TRUE(matches_text(text, text_search("qui* -cat")));
  EXPECT_FALSE(matches_text(text, text_search("quick -fox")));
  EXPECT_FALSE(matches_text(text, text_search("")));
}

}  // namespace
}  // namespace syncline::query
