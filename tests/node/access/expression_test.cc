#include "node/access/expression.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "node/access/user_resolver.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Constants constants() {
  Constants out;
  out.values["limit"] = 5;
  out.values["teams"] = List{"red", "blue"};
  out.values["tree"] = Document{{"leaf", "green"}};
  out.environment_tag = "production";
  out.environment["region"] = "north";
  return out;
}

User sample_user() {
  User user;
  user.id = "507f1f77bcf86cd799439011";
  user.type = "normal";
  user.data = Document{{"email", "ada@example.org"}};
  user.custom_data = Document{
      {"role", "manager"},
      {"level", 3},
      {"score", 2.5},
      {"nothing", Null{}},
      {"stores", List{"s1", "s2"}},
      {"home", Document{{"city", "Oslo"}}},
      {"oid", ObjectId{{0x50, 0x7f, 0x1f, 0x77, 0xbc, 0xf8, 0x6c, 0xd7, 0x99, 0x43, 0x90, 0x11}}},
      {"uuid", Uuid{{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14,
                     0x17, 0x40, 0x00}}},
      {"since", Date{1700000000, 0}},
      {"admin", false}};
  user.identities = List{Document{{"id", "x1"}, {"provider_type", "local-userpass"}}};
  return user;
}

// A document beside the user, by dotted name.
class DocumentResolver final : public Resolver {
 public:
  DocumentResolver(const User& user, Document document, const Expression& expression)
      : user_(user), document_(std::move(document)), expression_(expression) {}
  const Value* user(const std::vector<std::string>& path) const override {
    return user_.user(path);
  }
  const Value* field(size_t index) const override {
    return document_.find(std::string(parts_of(expression_.fields()[index]).path));
  }

 private:
  UserResolver user_;
  Document document_;
  const Expression& expression_;
};

Expression parsed(const std::string& text, std::vector<AppMessage>* problems) {
  return Expression::parse(nlohmann::json::parse(text), "/e", constants(), problems);
}

bool holds(const std::string& text) {
  std::vector<AppMessage> problems;
  const Expression expression = parsed(text, &problems);
  for (const AppMessage& problem : problems)
    if (problem.severity == AppMessage::Severity::error)
      ADD_FAILURE() << text << ": " << problem.text;
  const User user = sample_user();
  return expression.evaluate(UserResolver(user));
}

bool holds_for(const std::string& text, Document document) {
  std::vector<AppMessage> problems;
  const Expression expression = parsed(text, &problems);
  EXPECT_TRUE(problems.empty()) << text << ": " << problems.front().text;
  return expression.evaluate(DocumentResolver(sample_user(), std::move(document), expression));
}

// "code pointer" of the first error.
std::string error_of(const std::string& text) {
  std::vector<AppMessage> problems;
  const Expression expression = parsed(text, &problems);
  if (problems.empty()) return "none";
  EXPECT_EQ(expression.constant(), false) << "a malformed expression must not hold";
  EXPECT_FALSE(problems.front().remedy.empty());
  return problems.front().code + " " + problems.front().pointer;
}

TEST(Expression, IsTrueWhenEmpty) {
  EXPECT_TRUE(holds("{}"));
  EXPECT_TRUE(holds("true"));
  EXPECT_FALSE(holds("false"));
}

TEST(Expression, ReducesConstantsAtLoad) {
  std::vector<AppMessage> problems;
  const auto constant = [&](const char* text) { return parsed(text, &problems).constant(); };
  EXPECT_EQ(constant(R"({"%%true": true})"), true);
  EXPECT_EQ(constant(R"({"%%true": false})"), false);
  EXPECT_EQ(constant(R"({"%%false": true})"), false);
  EXPECT_EQ(constant(R"({"%%false": false})"), true);
  EXPECT_EQ(constant(R"("%%true")"), true);
  EXPECT_EQ(constant(R"({"%%values.limit": {"$gt": 4}})"), true);
  EXPECT_EQ(constant(R"({"%%environment.tag": "production"})"), true);
  EXPECT_EQ(constant(R"({"%%environment.values.region": "south"})"), false);
  EXPECT_EQ(constant(R"({"%%true": {"%or": [false, {}]}})"), true);
  EXPECT_EQ(constant(R"({"%%false": {"%or": [false, {}]}})"), false);
  EXPECT_EQ(constant(R"({"$or": [{"owner": "x"}, true]})"), true);
  EXPECT_EQ(constant(R"({"$and": [{"owner": "x"}, false]})"), false);
  EXPECT_EQ(constant(R"({"%%user.id": "x"})"), std::nullopt);
  EXPECT_EQ(constant(R"({"owner": "x"})"), std::nullopt);
  EXPECT_TRUE(problems.empty());
}

TEST(Expression, FoldedPartsAreNotMentioned) {
  std::vector<AppMessage> problems;
  EXPECT_TRUE(parsed(R"({"$or": [{"owner": "x"}, true]})", &problems).fields().empty());
  const Expression kept = parsed(
      R"({"$or": [{"owner": "%%user.id"}, {"%%root.a.b": 1}, {"owner": 2}, false]})", &problems);
  EXPECT_THAT(kept.fields(), ElementsAre("owner", "%%root.a.b"));
  EXPECT_TRUE(kept.mentions_user());
}

TEST(Expression, JoinsKeysWithAnd) {
  EXPECT_TRUE(holds(R"({"%%user.custom_data.role": "manager", "%%user.custom_data.level": 3})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.role": "manager", "%%user.custom_data.level": 4})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.level": {"$gt": 2, "$lt": 4}})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.level": {"$gt": 2, "$lt": 3}})"));
}

TEST(Expression, ExpandsEverythingOfTheUser) {
  EXPECT_TRUE(holds(R"({"%%user.id": "507f1f77bcf86cd799439011"})"));
  EXPECT_TRUE(holds(R"({"%%user.type": "normal"})"));
  EXPECT_TRUE(holds(R"({"%%user.data.email": "ada@example.org"})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.home.city": "Oslo"})"));
  EXPECT_TRUE(holds(R"({"%%user.identities.0.provider_type": "local-userpass"})"));
  EXPECT_FALSE(holds(R"({"%%user.identities.1.provider_type": "local-userpass"})"));
  EXPECT_TRUE(holds(R"({"%%user.identities.0": {"$exists": true}})"));
  EXPECT_FALSE(holds(R"({"%%user.identities.1": {"$exists": true}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data": {"$exists": true}})"));
}

TEST(Expression, ExpandsValuesAndEnvironment) {
  EXPECT_TRUE(holds(R"({"%%user.custom_data.level": {"$lt": "%%values.limit"}})"));
  EXPECT_TRUE(holds(R"({"%%values.tree.leaf": "green"})"));
  EXPECT_FALSE(holds(R"({"%%values.tree.root": "green"})"));
  EXPECT_TRUE(holds(R"({"%%environment.values.region": {"$in": ["north", "east"]}})"));
}

struct OperatorCase {
  const char* name;
  const char* left;  // of custom_data
  const char* right;
  bool expected;
};

TEST(Expression, KnowsEveryComparisonInBothForms) {
  const OperatorCase cases[] = {
      {"eq", "level", "3", true},          {"eq", "level", "3.0", true},
      {"eq", "level", "\"3\"", false},     {"eq", "role", "\"manager\"", true},
      {"eq", "nothing", "null", true},     {"ne", "level", "4", true},
      {"ne", "level", "3", false},         {"ne", "role", "4", true},
      {"gt", "level", "2", true},          {"gt", "level", "3", false},
      {"gt", "level", "\"2\"", false},     {"gt", "score", "2", true},
      {"gte", "level", "3", true},         {"gte", "level", "4", false},
      {"lt", "level", "3.5", true},        {"lt", "level", "3", false},
      {"lte", "level", "3", true},         {"lte", "level", "2", false},
      {"in", "level", "[1, 3]", true},     {"in", "level", "[1, 2]", false},
      {"in", "stores", "[\"s2\"]", true},  {"in", "stores", "[\"s3\"]", false},
      {"in", "level", "[]", false},        {"nin", "level", "[1, 2]", true},
      {"nin", "level", "[3]", false},      {"exists", "level", "true", true},
      {"exists", "level", "false", false}, {"exists", "absent", "true", false},
      {"exists", "absent", "false", true}, {"exists", "nothing", "true", true},
      {"exists", "level", "1", true},      {"exists", "level", "0", false},
      {"exists", "absent", "0", true},
  };
  for (const OperatorCase& one : cases) {
    for (const char sign : {'$', '%'}) {
      const std::string text = std::string(R"({"%%user.custom_data.)") + one.left + R"(": {")" +
                               sign + one.name + "\": " + one.right + "}}";
      EXPECT_EQ(holds(text), one.expected) << text;
    }
  }
}

TEST(Expression, KnowsEveryLogicOperatorInBothForms) {
  const std::string yes = R"({"%%user.custom_data.level": 3})";
  const std::string no = R"({"%%user.custom_data.level": 4})";
  for (const std::string sign : {"$", "%"}) {
    const auto two = [&](const std::string& name, const std::string& a, const std::string& b) {
      return holds("{\"" + sign + name + "\": [" + a + "," + b + "]}");
    };
    EXPECT_TRUE(two("and", yes, yes));
    EXPECT_FALSE(two("and", yes, no));
    EXPECT_TRUE(two("or", no, yes));
    EXPECT_FALSE(two("or", no, no));
    EXPECT_TRUE(two("nor", no, no));
    EXPECT_FALSE(two("nor", no, yes));
    EXPECT_TRUE(holds("{\"" + sign + "not\": " + no + "}"));
    EXPECT_FALSE(holds("{\"" + sign + "not\": " + yes + "}"));
    EXPECT_TRUE(holds("{\"%%user.custom_data.level\": {\"" + sign + "not\": {\"$gt\": 3}}}"));
    EXPECT_FALSE(holds("{\"%%user.custom_data.level\": {\"" + sign + "not\": {\"$gt\": 2}}}"));
    EXPECT_FALSE(holds("{\"%%true\": {\"" + sign + "not\": " + yes + "}}"));
    EXPECT_TRUE(holds("{\"%%true\": {\"" + sign + "and\": [" + yes + "]}}"));
  }
}

TEST(Expression, MissingExpansionMatchesNothing) {
  for (const char* test :
       {"null", "1", "\"\"", "false", R"({"$eq": null})", R"({"$ne": 1})", R"({"$ne": null})",
        R"({"$in": [null]})", R"({"$nin": [1]})", R"({"$gt": 0})", R"({"$lte": null})"}) {
    EXPECT_FALSE(holds(std::string(R"({"%%user.custom_data.absent": )") + test + "}")) << test;
    EXPECT_FALSE(holds(std::string(R"({"%%user.custom_data.role.deeper": )") + test + "}")) << test;
  }
  for (const char* op : {"$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte"}) {
    EXPECT_FALSE(holds(std::string(R"({"%%user.custom_data.level": {")") + op +
                       R"(": "%%user.custom_data.absent"}})"))
        << op;
    EXPECT_FALSE(
        holds_for(std::string(R"({"f": {")") + op + R"(": "%%user.custom_data.absent"}})", {}))
        << op;
  }
  EXPECT_FALSE(holds(R"({"%%user.custom_data.nothing": "%%user.custom_data.absent"})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.absent": "%%user.custom_data.absent"})"));
  EXPECT_TRUE(holds(R"({"$not": {"%%user.custom_data.absent": true}})"));
}

TEST(Expression, ListOperatorsNeedAList) {
  EXPECT_FALSE(holds(R"({"%%user.custom_data.level": {"$in": "%%user.custom_data.role"}})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.level": {"$nin": "%%user.custom_data.role"}})"));
}

TEST(Expression, MissingElementsAreLeftOutOfLists) {
  EXPECT_TRUE(holds(R"({"%%user.custom_data.level": {"$in": ["%%user.custom_data.absent", 3]}})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.nothing": {"$in": ["%%user.custom_data.absent"]}})"));
}

TEST(Expression, ListOnTheLeftMatchesByElement) {
  EXPECT_TRUE(holds(R"({"%%user.custom_data.stores": "s1"})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.stores": "s3"})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.stores": ["s1", "s2"]})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.stores": ["s2", "s1"]})"));
  EXPECT_FALSE(holds(R"({"%%user.custom_data.stores": {"$ne": "s1"}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.stores": {"$gt": "s1"}})"));
  EXPECT_TRUE(holds_for(R"({"collaborators": "%%user.id"})",
                        {{"collaborators", List{"x", "507f1f77bcf86cd799439011"}}}));
}

TEST(Expression, ComparesFieldsOfTheDocument) {
  EXPECT_TRUE(holds_for(R"({"store": {"$in": "%%user.custom_data.stores"}})", {{"store", "s2"}}));
  EXPECT_FALSE(holds_for(R"({"store": {"$in": "%%user.custom_data.stores"}})", {{"store", "s3"}}));
  EXPECT_TRUE(holds_for(R"({"%%root.store": "s3"})", {{"store", "s3"}}));
  EXPECT_TRUE(holds_for(R"({"a": "%%root.b"})", {{"a", 1}, {"b", 1.0}}));
}

TEST(Expression, LongListsFindWhatShortOnesDo) {
  std::string numbers = "0", texts = "\"t0\"";
  for (int i = 1; i < 50; ++i) {
    numbers += "," + std::to_string(i * 3);
    texts += ",\"t" + std::to_string(i * 3) + "\"";
  }
  const auto in = [](const std::string& list, const Value& value) {
    return holds_for(R"({"a": {"$in": [)" + list + "]}}", {{"a", value}});
  };
  EXPECT_TRUE(in(numbers, 147));
  EXPECT_TRUE(in(numbers, int64_t{3}));
  EXPECT_TRUE(in(numbers, 3.0)) << "numbers are one kind";
  EXPECT_FALSE(in(numbers, 4));
  EXPECT_FALSE(in(numbers, "3"));
  EXPECT_TRUE(in(numbers, List{4, 6})) << "a list by one of its elements";
  EXPECT_TRUE(in(texts, "t147"));
  EXPECT_FALSE(in(texts, "t148"));
  EXPECT_FALSE(in(texts, 147));
  EXPECT_TRUE(in(numbers + "," + texts, "t3"));
  EXPECT_TRUE(holds_for(R"({"a": {"$nin": [)" + numbers + "]}}", {{"a", 4}}));
}

TEST(Expression, MissingFieldComparesAsNull) {
  EXPECT_TRUE(holds_for(R"({"owner": null})", {}));
  EXPECT_TRUE(holds_for(R"({"owner": {"$ne": 1}})", {}));
  EXPECT_FALSE(holds_for(R"({"owner": {"$exists": true}})", {}));
  EXPECT_FALSE(holds_for(R"({"owner": {"$lt": 1}})", {}));
  EXPECT_FALSE(holds_for(R"({"owner": "%%root.other"})", {}));
}

TEST(Expression, ConvertsIds) {
  EXPECT_TRUE(holds(R"({"%%user.custom_data.oid": {"%stringToOid": "%%user.id"}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.oid": {"%stringToOid": "507F1F77BCF86CD799439011"}})"));
  EXPECT_TRUE(holds(R"({"%%user.id": {"%oidToString": "%%user.custom_data.oid"}})"));
  EXPECT_TRUE(holds(
      R"({"%%user.custom_data.uuid": {"%stringToUuid": "123e4567-e89b-12d3-a456-426614174000"}})"));
  EXPECT_TRUE(holds(
      R"({"%%user.custom_data.uuid": {"$eq": {"%stringToUuid": "123E4567-E89B-12D3-A456-426614174000"}}})"));
  EXPECT_FALSE(holds(R"({"%%user.data.email": {"%uuidToString": "%%user.custom_data.uuid"}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.oid": {"$in": [1, {"%stringToOid": "%%user.id"}]}})"));
  // What cannot be converted is missing.
  EXPECT_FALSE(
      holds(R"({"%%user.custom_data.oid": {"$ne": {"%stringToOid": "%%user.data.email"}}})"));
  EXPECT_FALSE(holds(R"({"%%user.id": {"$ne": {"%oidToString": "%%user.custom_data.level"}}})"));
}

TEST(Expression, ReadsExtendedJsonLiterals) {
  EXPECT_TRUE(holds(R"({"%%user.custom_data.oid": {"$oid": "507f1f77bcf86cd799439011"}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.since": {"$lt": {"$date": "2024-01-01T00:00:00Z"}}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.score": {"$numberDecimal": "2.50"}})"));
  EXPECT_TRUE(holds(R"({"%%user.custom_data.level": {"$lt": {"$numberDecimal": "3.01"}}})"));
}

TEST(Expression, RefusesMalformedExpansionsWithPointer) {
  EXPECT_EQ(error_of(R"({"owner": "%%user.id%%"})"), "malformed_expansion /e/owner");
  EXPECT_EQ(error_of(R"({"%%user.id%%": 1})"), "malformed_expansion /e/%%user.id%%");
  EXPECT_EQ(error_of(R"({"%%user..x": 1})"), "malformed_expansion /e/%%user..x");
  EXPECT_EQ(error_of(R"({"owner": "%%"})"), "malformed_expansion /e/owner");
  EXPECT_EQ(error_of(R"({"owner": "%%usr.id"})"), "unknown_expansion /e/owner");
  EXPECT_EQ(error_of(R"({"owner": "%%user.name"})"), "unknown_expansion /e/owner");
  EXPECT_EQ(error_of(R"({"owner": "%%user"})"), "unknown_expansion /e/owner");
  EXPECT_EQ(error_of(R"({"owner": "%%user.id.x"})"), "unknown_expansion /e/owner");
  EXPECT_EQ(error_of(R"({"%%true.x": true})"), "unknown_expansion /e/%%true.x");
  EXPECT_EQ(error_of(R"({"a%%user.id": 1})"), "malformed_expression /e/a%%user.id");
  EXPECT_EQ(error_of(R"({"$or": [{"a/b": {"$in": ["%%x"]}}]})"),
            "unknown_expansion /e/$or/0/a~1b/$in/0");
}

TEST(Expression, RefusesUnknownOperatorsWithPointer) {
  EXPECT_EQ(error_of(R"({"$xor": []})"), "unknown_operator /e/$xor");
  EXPECT_EQ(error_of(R"({"owner": {"$regex": "a"}})"), "unknown_operator /e/owner/$regex");
  EXPECT_EQ(error_of(R"({"owner": {"$and": [{}]}})"), "unknown_operator /e/owner/$and");
  EXPECT_EQ(error_of(R"({"owner": {"$eq": 1, "%stringToOid": "x"}})"),
            "unknown_operator /e/owner/%stringToOid");
  EXPECT_EQ(error_of(R"({"%stringToOid": "x"})"), "unknown_operator /e/%stringToOid");
  EXPECT_EQ(error_of(R"({"owner": {"$not": 1}})"), "unknown_operator /e/owner/$not");
}

TEST(Expression, RefusesMalformedOperandsWithPointer) {
  EXPECT_EQ(error_of("[]"), "malformed_expression /e");
  EXPECT_EQ(error_of("7"), "malformed_expression /e");
  EXPECT_EQ(error_of(R"({"$or": []})"), "malformed_expression /e/$or");
  EXPECT_EQ(error_of(R"({"$and": {}})"), "malformed_expression /e/$and");
  EXPECT_EQ(error_of(R"({"a": {"$in": 1}})"), "malformed_expression /e/a/$in");
  EXPECT_EQ(error_of(R"({"a": {"$exists": 2}})"), "malformed_expression /e/a/$exists");
  EXPECT_EQ(error_of(R"({"a": {"b": 1}})"), "malformed_expression /e/a");
  EXPECT_EQ(error_of(R"({"a": {}})"), "malformed_expression /e/a");
  EXPECT_EQ(error_of(R"({"a": {"$eq": {"b": 1}}})"), "malformed_expression /e/a/$eq");
  EXPECT_EQ(error_of(R"({"a": {"%stringToOid": {"%oidToString": "x"}}})"),
            "malformed_expression /e/a/%stringToOid");
  EXPECT_EQ(error_of(R"({"a": {"%stringToOid": "xyz"}})"),
            "malformed_expression /e/a/%stringToOid");
  EXPECT_EQ(error_of(R"({"": 1})"), "malformed_expression /e/");
  EXPECT_EQ(error_of(R"({"a": {"$oid": "zz"}})"), "malformed_expression /e/a");
}

TEST(Expression, RefusesBottomlessNesting) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += R"({"$not": )";
  text += "{}";
  for (int i = 0; i < 200; ++i) text += "}";
  EXPECT_THAT(error_of(text), HasSubstr("too_deep"));
  std::string list = "1";
  for (int i = 0; i < 200; ++i) list = "[" + list + "]";
  EXPECT_THAT(error_of(R"({"a": )" + list + "}"), HasSubstr("too_deep"));
  std::string chain = R"({"$eq": 1})";
  for (int i = 0; i < 200; ++i) chain = R"({"$not": )" + chain + "}";
  EXPECT_THAT(error_of(R"({"a": )" + chain + "}"), HasSubstr("too_deep"));
}

TEST(Expression, WarnsOfValuesThatTheAppLacks) {
  std::vector<AppMessage> problems;
  const Expression expression = parsed(R"({"%%values.lmit": {"$ne": 4}})", &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].severity, AppMessage::Severity::warning);
  EXPECT_EQ(problems[0].code, "unknown_value");
  EXPECT_EQ(expression.constant(), false);
}

TEST(Expression, NamesWhatCannotBeEvaluated) {
  std::vector<AppMessage> problems;
  const Expression function = parsed(
      R"({"%%true": {"%function": {"name": "isOnDuty", "arguments": ["%%user.id"]}}})", &problems);
  ASSERT_EQ(function.unsupported().size(), 1u);
  EXPECT_EQ(function.unsupported()[0].code, "missing_function");
  EXPECT_THAT(function.unsupported()[0].text, HasSubstr("isOnDuty"));
  EXPECT_EQ(function.constant(), std::nullopt);
  for (const char* name :
       {"%%request.remoteIPAddress", "%%this", "%%prev", "%%partition", "%%args.a"}) {
    const Expression expression =
        parsed(std::string(R"({"a": {"$in": [")") + name + R"("]}})", &problems);
    ASSERT_EQ(expression.unsupported().size(), 1u) << name;
    EXPECT_EQ(expression.unsupported()[0].pointer, "/e/a/$in/0");
  }
  EXPECT_TRUE(problems.empty());
}

}  // namespace
}  // namespace syncline
