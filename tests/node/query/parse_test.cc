#include "node/query/parse.h"

#include <gtest/gtest.h>

#include <cstring>

namespace syncline::query {
namespace {

std::string message(const std::string& text) {
  const Result<Query> query = parse(text);
  return query ? "" : query.error().message;
}

TEST(Parse, TakesTheLanguage) {
  for (const char* text :
       {"TRUEPREDICATE",
        "falsepredicate",
        "a == 1",
        "a=1",
        "a <> 1",
        "a => 1",
        "a =< 1",
        "1 < a",
        "!a == b",
        "not (a == b)",
        "NOT NOT a == b",
        "a == b && c == d || e == f",
        "a==1and b==2OR c==3",
        "'x'in b",
        "a IN {1, 2, 3}",
        "a IN {}",
        "a in $0",
        "ANY a.b == 1",
        "SOME a == 1",
        "ALL {1, 2} IN ANY b",
        "NONE a[*].b CONTAINS[c] 'x'",
        "a BEGINSWITH 'x'",
        "a endswith[c] 'x'",
        "a LIKE '*x?'",
        "a TEXT 'x -y'",
        "a BETWEEN {1, 2}",
        "a.@count > 3",
        "a.@size > 3",
        "a[SIZE] > 3",
        "a.@type == 'int'",
        "a.@max > 3",
        "a.@min.b < 3",
        "a[0].b[FIRST][last]['k'][$1] == 1",
        "a.@keys == 'x'",
        "a.@values == 1",
        "@links.A.b == 1",
        "@links.@count == 0",
        "SUBQUERY(a.b, $x, $x.c == 1 AND d == 2).@count > 0",
        "$K0 == 1",
        "a.$K1.b == 1",
        "a + b * (c - 1) / 2 >= -3",
        "(a) == (b)",
        "((a == 1))",
        "a == 0xFF",
        "a == 1f",
        "a == 5 - -1",
        "5-a == 2 * -1",
        "a == -1.5e3f",
        "a == .5",
        "a == 5.",
        "a == inf",
        "a == +Infinity",
        "a == -nan",
        "a == NULL",
        "a == nil",
        "a == true",
        "a == 2021-02-20@17:30:15",
        "a == 2021-2-20T17:30:15:999",
        "a == T-12:-5",
        "a == oid(5f2b1e1e1e1e1e1e1e1e1e1e)",
        "a == uuid(3b241101-e2bb-4255-8caf-4136c566a962)",
        "a == B64\"aGk=\"",
        "a == binary('x')",
        "a == bin(B64\"aGk=\")",
        "a == obj('Class', 3)",
        "a == obj(\"Class\", 'x')",
        "a == O3",
        "a == L2:3",
        "a geoWithin geoBox([1, 2], [3, 4])",
        "a GEOWITHIN geocircle([$0, -2.5, 7], 1)",
        "a geowithin geopolygon({[0,0],[1,0],[1,1],[0,0]}, {[0,0],[1,0],[1,1],[0,0]})",
        "a geoWithin $0",
        "a == 1 SORT(b ASC, c.d DESC) DISTINCT(e, f['k']) LIMIT(3) SORT(g ascending)",
        "in in 'in'",
        "sort == limit",
        "contains CONTAINS 'x'",
        "a\\ b == 1",
        "\xC3\xA9t\xC3\xA9 == 'x'",
        "`or x`.b == 1",
        "a == decimal(1.50)",
        "a == ejson('{\"$minKey\": 1}')",
        "  a\n== \t1 ",
        "'\\uffFf \\n\\\\' == a",
        "a == '\\ud83d\\ude00'",
        "a-b == 1",
        "_a$9 == 1"})
    EXPECT_EQ(message(text), "") << text;
}

TEST(Parse, NamesTheColumnAndWhatWasExpected) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "column 1: expected a condition, found the end of the query"},
      {"a",
       "column 2: expected a comparison such as ==, < or CONTAINS behind the value, found the end "
       "of the query"},
      {"a == ", "column 6: expected a value to compare with, found the end of the query"},
      {"a..b = a", "column 3: expected a name"},
      {"(0=0", "column 5: expected ')', found the end of the query"},
      {"a==a &| a==a",
       "column 6: expected AND, OR, SORT, DISTINCT, LIMIT or the end of the query, found '&'"},
      {"a==a ANDa==a", "column 6: expected AND, OR"},
      {"a=b SORT(p)", "column 11: expected ASC or DESC, found ')'"},
      {"a=b LIMIT", "column 10: expected '(', found the end of the query"},
      {"a -1 == 2", "column 4: expected a blank between the sign and the number, found '1'"},
      {"1-0 == a", "column 3: expected a blank"},
      {"a == 5 +.5", "column 9: expected a blank"},
      {"a=b LIMIT(-1)", "column 11: expected a number without sign, found '-'"},
      {"a == 'x", "column 8: expected a closing ', found the end of the query"},
      {"a == 'x\\q'", "column 9: expected an escape"},
      {"a IN {1, b}", "column 10: expected a constant, found 'b'"},
      {"a BETWEEN 3", "column 11: expected two constants in braces"},
      {"a == oid(12)", "column 10: expected 24 hexadecimal digits"},
      {"SUBQUERY(a, x, a == 1).@count > 0", "column 13: expected a variable that starts with $"},
      {"SUBQUERY(a, $x, a == 1).@avg > 0", "column 25: expected .@count"},
      {"(a == 1) + 2 == 3", "column 2: expected a value here, and not a condition"},
      {"\xC3\xA9 == \xC3\xBC AND \xC3\x84", "column 13: expected a comparison"},
      {"p geoWithin geoBox([1], [2, 3])", "column 22: expected ','"},
      {"'\\ud83d' == a", "column 2: expected a whole character"},
      {"a == $99999", "column 6: expected an argument from $0 to $65535"}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(message(text).substr(0, strlen(expected)), expected) << text;
}

TEST(Parse, BindsAsTightAsThePredecessor) {
  const Result<Query> query = parse("a == 1 OR b == 2 AND NOT c == 3");
  ASSERT_TRUE(query);
  ASSERT_EQ(query->condition.kind, Condition::Kind::any);
  ASSERT_EQ(query->condition.children.size(), 2u);
  EXPECT_EQ(query->condition.children[1].kind, Condition::Kind::all);
  EXPECT_EQ(query->condition.children[1].children[1].kind, Condition::Kind::negate);
  const Result<Query> sum = parse("a + b * c - d == 1");
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->condition.operands[0].operators, "+-");
  EXPECT_EQ(sum->condition.operands[0].terms[1].operators, "*");
}

TEST(Parse, BoundsLengthAndDepth) {
  const auto repeated = [](const std::string& part, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i) out += part;
    return out;
  };
  EXPECT_NE(message(repeated("(", 101) + "a==1" + repeated(")", 101)).find("deeper than 100"),
            std::string::npos);
  EXPECT_EQ(message(repeated("(", 99) + "a==1" + repeated(")", 99)), "");
  EXPECT_NE(message(repeated("!", 1000) + "a==1").find("deeper than 100"), std::string::npos);
  EXPECT_NE(message(repeated("((((", 20'000)), "");
  EXPECT_NE(message("a == '" + std::string(kQueryBytesMax, 'x') + "'").find("at most 262144"),
            std::string::npos);
  // Long chains are not deep.
  EXPECT_EQ(message("a == 1" + repeated(" OR a == 1", 9'000)), "");
  EXPECT_EQ(message("a" + repeated("+a", 9'000) + " == 1"), "");
  EXPECT_NE(message("a == 1" + repeated(" OR a == 1", 10'000)).find("at most 20000 values"),
            std::string::npos);
  EXPECT_EQ(message("a IN {1" + repeated(", 1", 80'000) + "}"), "");
  EXPECT_NE(message("a == '\xFF'"), "");
}

TEST(Parse, KnowsNamesThatNeedNoQuotes) {
  EXPECT_TRUE(is_plain_name("name"));
  EXPECT_TRUE(is_plain_name("sort"));
  EXPECT_TRUE(is_plain_name("\xC3\xA9t\xC3\xA9"));
  for (const char* name : {"", "and", "NOT", "a b", "9a", "a.b", "null", "Infinity"})
    EXPECT_FALSE(is_plain_name(name)) << name;
}

}  // namespace
}  // namespace syncline::query
