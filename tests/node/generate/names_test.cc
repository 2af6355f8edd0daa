// Names as a language's users write them, and never two the same.
#include "node/generate/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace syncline::generate {
namespace {

using ::testing::ElementsAre;

std::string property(std::string_view name, Casing casing) {
  return property_identifier(name, {.properties = casing});
}

// The identifiers of fields of one type.
std::vector<std::string> named(const std::vector<std::string>& names, const NameRules& rules) {
  Models models;
  Class& one = models.classes.emplace_back();
  one.name = "Type";
  for (const std::string& name : names) one.properties.emplace_back().name = name;
  give_names(models, rules);
  std::vector<std::string> out;
  for (const Property& each : models.classes[0].properties) out.push_back(each.identifier);
  return out;
}

std::vector<std::string> named_classes(const std::vector<std::string>& names,
                                       const NameRules& rules) {
  Models models;
  for (const std::string& name : names) models.classes.emplace_back().name = name;
  give_names(models, rules);
  std::vector<std::string> out;
  for (const Class& one : models.classes) out.push_back(one.identifier);
  return out;
}

TEST(Names, AreRecased) {
  for (const char* name : {"first_name", "firstName", "FirstName", "first name", "first-name"}) {
    EXPECT_EQ(property(name, Casing::camel), "firstName") << name;
    EXPECT_EQ(property(name, Casing::pascal), "FirstName") << name;
    EXPECT_EQ(property(name, Casing::snake), "first_name") << name;
  }
  EXPECT_EQ(property("HTTPServer", Casing::camel), "httpServer");
  EXPECT_EQ(property("userID", Casing::snake), "user_id");
  EXPECT_EQ(property("_id", Casing::camel), "id");
  EXPECT_EQ(property_identifier("_id", {.keeps_id = true}), "_id");
  EXPECT_EQ(property("v1_2", Casing::camel), "v1_2");
}

TEST(Names, OfTypesKeepTheirForm) {
  EXPECT_EQ(class_identifier("Fridge_range", {}), "Fridge_range");
  EXPECT_EQ(class_identifier("task", {}), "Task");
  EXPECT_EQ(class_identifier("order items", {}), "OrderItems");
  EXPECT_EQ(class_identifier("Date", {.classes = {"Date"}}), "Date_");
}

TEST(HostileNames, WhatIsNoIdentifierBecomesOne) {
  EXPECT_EQ(property("2fa", Casing::camel), "_2fa");
  EXPECT_EQ(property_identifier("2fa", {.word_front = "n"}), "n2fa");
  EXPECT_EQ(property("*/", Casing::camel), "field");
  EXPECT_EQ(property("gr\xc3\xb6\xc3\x9f"
                     "e",
                     Casing::camel),
            "gruf6udfe");
  EXPECT_EQ(property("\xe5\x90\x8d", Casing::camel), "u540d");
  EXPECT_EQ(class_identifier("---", {}), "Type");
  EXPECT_EQ(class_identifier("_", {}), "Type");
}

TEST(HostileNames, KeywordsAndMembersOfBaseClassesAreStoodAside) {
  EXPECT_EQ(property_identifier("class", {.keywords = {"class"}}), "class_");
  EXPECT_EQ(property_identifier("hash", {.members = {"hash", "hash_"}}), "hash__");
  EXPECT_THAT(named({"Type", "x"}, {.properties = Casing::pascal, .class_is_member = true}),
              ElementsAre("Type2", "X"));
}

TEST(HostileNames, ThatCollideAfterRecasingGetNumbers) {
  EXPECT_THAT(named({"FirstName", "firstName", "first_name"}, {}),
              ElementsAre("firstName2", "firstName", "firstName3"));
  EXPECT_THAT(named({"a", "A", "a2"}, {}), ElementsAre("a", "a3", "a2"));
  // Files of two types have two names on a disk that ignores case.
  EXPECT_THAT(named_classes({"OBJECT", "Object"}, {}), ElementsAre("OBJECT", "Object2"));
}

TEST(Names, TheKeyBesideAFieldIdHasAnotherName) {
  EXPECT_THAT(named({"_id", "id"}, {}), ElementsAre("primaryKey", "id"));
  EXPECT_THAT(named({"_id", "id"}, {.keeps_id = true}), ElementsAre("_id", "id"));
}

TEST(HostileNames, TwoWithOneSetterDiffer) {
  EXPECT_THAT(named({"isOpen", "open", "island"}, {.setters_drop_is = true}),
              ElementsAre("isOpen", "open2", "island"));
}

TEST(HostileNames, TenThousandOfOneNameAreToldApartInTime) {
  std::vector<std::string> names;
  for (int i = 0; i < 10'000; ++i)
    names.push_back(std::string(1 + i % 60, '_') + "x" + std::string(i / 60, '-'));
  const std::vector<std::string> out = named(names, {});
  EXPECT_EQ(std::set(out.begin(), out.end()).size(), names.size());
}

}  // namespace
}  // namespace syncline::generate
