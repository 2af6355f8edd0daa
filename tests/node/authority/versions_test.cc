// Schema versions side by side: what a deployment makes ready, what is written under one version in
// the terms of the others, and what nodes of each are told.
#include <gmock/gmock.h>

#include "node/authority/deploying.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kBoxesAt = "data_sources/mongodb-atlas/d/boxes/";

// The small app with another schema of boxes, and what leads to it.
AppFiles version(int number, const std::string& properties, const std::string& fields_of_clerk,
                 const std::string& migration) {
  AppFiles app = small_app();
  const std::string at = kBoxesAt;
  app[at + "schema.json"] = R"({"title": "Box", "bsonType": "object", "required": ["_id"],
    "properties": {"_id": {"bsonType": "string"}, "any": {"bsonType": "mixed"},
      "notes": {"bsonType": "array", "items": {"bsonType": "string"}},
      "note": {"bsonType": "string"}, )" +
                            properties + "}}";
  app[at + "rules.json"] = R"({"database": "d", "collection": "boxes", "roles": [
    {"name": "boss", "apply_when": {"%%user.custom_data.boss": true},
     "document_filters": {"read": true, "write": true}, "read": true, "write": true,
     "insert": true, "delete": true},
    {"name": "clerk", "apply_when": {}, "document_filters": {"read": true, "write": true},
     "insert": true, "delete": false, "fields": {)" +
                           fields_of_clerk + R"(},
     "additional_fields": {"read": true, "write": true}}]})";
  app["sync/config.json"] =
      R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "d"})";
  if (number > 1) app[migration_path(number - 1)] = migration;
  return app;
}

AppFiles version_1() {
  return version(1,
                 R"("name": {"bsonType": "string", "maxLength": 40}, "count": {"bsonType": "long"},
                    "secret": {"bsonType": "string"}, "locked": {"bsonType": "bool"},
                    "legacy": {"bsonType": "string"})",
                 R"("secret": {"read": false, "write": false},
                    "locked": {"read": true, "write": false})",
                 "");
}

AppFiles version_2() {
  return version(2,
                 R"("first": {"bsonType": "string"}, "last": {"bsonType": "string"},
                    "count": {"bsonType": "string"}, "code": {"bsonType": "int"},
                    "state": {"bsonType": "string"}, "legacy": {"bsonType": "string"},
                    "new": {"bsonType": "string"})",
                 R"("code": {"read": false, "write": false},
                    "state": {"read": true, "write": false})",
                 R"({"types": {"Box": {"fields": [
                      {"split": "name", "into": ["first", "last"], "separator": " "},
                      {"convert": "count", "otherwise_back": 0},
                      {"convert": "secret", "to": "code", "otherwise": 0, "otherwise_back": ""},
                      {"convert": "locked", "to": "state",
                       "values": [[true, "locked"], [false, "open"]], "otherwise": "open",
                       "otherwise_back": false}]}}})");
}

AppFiles version_3() {
  AppFiles app =
      version(3,
              R"("full": {"bsonType": "string"}, "number": {"bsonType": "string"},
         "code": {"bsonType": "int"}, "state": {"bsonType": "string"}, "new": {"bsonType": "string"})",
              R"("code": {"read": false, "write": false}, "state": {"read": true, "write": false})",
              R"({"types": {"Box": {"fields": [
           {"merge": ["first", "last"], "into": "full", "separator": " "},
           {"rename": "count", "to": "number"}, {"drop": "legacy"}]}}})");
  return app;
}

class Versions : public ::testing::Test {
 protected:
  Versions() { site_.deploy(version_1()); }

  void put_box(const std::string& id, const std::string& name) {
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Box"), Document{{"_id", id},
                                                 {"name", name},
                                                 {"count", int64_t{7}},
                                                 {"secret", "42"},
                                                 {"locked", true},
                                                 {"legacy", "old"}}));
    });
  }
  Device& device(const std::string& user, uint32_t of_version) {
    Device& made = site_.enrol(user);
    made.version = of_version;
    site_.subscribe(made, {"Box"});
    site_.connect(made);
    return made;
  }
  // Some time later its program is of another version.
  void update(Device& device, uint32_t to_version) {
    site_.now.monotonic_ms += 10'000;
    device.version = to_version;
    site_.connect(device);
  }
  // A field of the row, by the name that it has in the version.
  Value value(uint32_t of_version, const std::string& field, const std::string& id = "b") {
    const std::optional<Row> row = site_.row(site_.name_of("Box", id));
    const Child* child = row ? row->fields.find(site_.field(of_version, "Box", field)) : nullptr;
    return child == nullptr ? Value() : child->item.value();
  }
  // ... as the device holds it.
  Value held(const Device& device, const std::string& field, const std::string& id = "b") {
    const auto found = device.held.find(site_.name_of("Box", id));
    const Child* child = found == device.held.end()
                             ? nullptr
                             : found->second.find(site_.field(device.version, "Box", field));
    return child == nullptr ? Value() : child->item.value();
  }
  Decision set(Device& device, const std::string& field, const Value& value) {
    return site_.decision(site_.upload(
        device, [&](Draft& draft) { must(draft.set(site_.type("Box"), "b", {field}, value)); }));
  }
  std::string refused(const AppFiles& app) {
    const auto planned =
        plan_deployment(app, site_.machine().deployed().get(), RolesWithoutFilters::deny);
    return planned ? "" : planned.error().message;
  }

  Site site_;
};

TEST_F(Versions, ANewOneComesIntoForceWhenEveryObjectHasItsFields) {
  for (int i = 0; i < 300; ++i) put_box("b" + std::to_string(i), "Ann Lee");
  put_box("b", "Bob May");
  site_.deploy(version_2());
  EXPECT_EQ(site_.events("schema_version_in_force"), 1u);
  EXPECT_EQ(site_.schema().version, 2u);
  EXPECT_EQ(site_.machine().deployed()->versions->numbers(), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(value(2, "first"), Value("Bob"));
  EXPECT_EQ(value(2, "last"), Value("May"));
  EXPECT_EQ(value(2, "count"), Value("7"));
  EXPECT_EQ(value(2, "code"), Value(int32_t{42}));
  EXPECT_EQ(value(2, "state"), Value("locked"));
  EXPECT_EQ(value(2, "last", "b299"), Value("Lee"));
  EXPECT_EQ(value(1, "name"), Value("Bob May")) << "and keeps those it had";
  EXPECT_EQ(value(1, "count"), Value(int64_t{7}));
}

TEST_F(Versions, NodesOfBothGoOnAndSeeWhatTheOthersWrite) {
  put_box("b", "Bob May");
  Device& old = device("boss", 1);
  site_.deploy(version_2());
  site_.connect(old);
  Device& fresh = device("boss", 2);
  EXPECT_EQ(set(old, "name", "Eve Fox").state, DecisionState::committed);
  EXPECT_EQ(held(fresh, "first"), Value("Eve"));
  EXPECT_EQ(held(fresh, "last"), Value("Fox"));
  EXPECT_EQ(set(fresh, "last", "Low").state, DecisionState::committed);
  EXPECT_EQ(held(old, "name"), Value("Eve Low"));
  EXPECT_EQ(set(fresh, "count", "12").state, DecisionState::committed);
  EXPECT_EQ(held(old, "count"), Value(int64_t{12}));
  EXPECT_EQ(set(fresh, "count", "many").state, DecisionState::committed);
  EXPECT_EQ(held(old, "count"), Value(int64_t{0})) << "what stands for what has no counterpart";
  EXPECT_EQ(held(fresh, "count"), Value("many")) << "and is not converted back";
  for (Device* device : {&old, &fresh}) EXPECT_EQ(device->held, site_.shown_to(*device));
}

TEST_F(Versions, ObjectsMadeUnderOneHaveTheFieldsOfTheOthers) {
  site_.deploy(version_2());
  Device& old = device("boss", 1);
  Device& fresh = device("boss", 2);
  site_.upload(old, [&](Draft& draft) {
    must(draft.put(site_.type("Box"),
                   Document{{"_id", "b"}, {"name", "Al Gee"}, {"locked", false}}));
  });
  EXPECT_EQ(held(fresh, "first"), Value("Al"));
  EXPECT_EQ(held(fresh, "state"), Value("open"));
  site_.upload(fresh, [&](Draft& draft) {
    must(draft.put(site_.type("Box"), Document{{"_id", "c"}, {"first", "Di"}, {"last", "Ng"}}));
  });
  EXPECT_EQ(held(old, "name", "c"), Value("Di Ng"));
}

TEST_F(Versions, RulesOfTheDeployedOneHoldForTheFieldsOfTheOthers) {
  put_box("b", "Bob May");
  Device& old = device("clerk", 1);
  site_.deploy(version_2());
  site_.connect(old);
  Device& fresh = device("clerk", 2);
  for (Device* device : {&old, &fresh})
    for (const auto& [number, field] : {std::pair(1u, "secret"), std::pair(2u, "code")})
      for (const auto& [name, fields] : device->held) {
        if (is_system(name.type)) continue;
        EXPECT_EQ(fields.find(Step(site_.field(number, "Box", field))), nullptr) << field;
      }
  EXPECT_EQ(held(old, "name"), Value("Bob May"));
  const Decision locked = set(old, "locked", false);
  EXPECT_EQ(locked.state, DecisionState::refused);
  EXPECT_EQ(locked.outcomes[0].reason, Reason::permission);
  EXPECT_EQ(set(old, "secret", "43").state, DecisionState::refused);
  EXPECT_EQ(set(old, "name", "Eve Fox").state, DecisionState::committed);
  EXPECT_EQ(set(fresh, "state", "open").state, DecisionState::refused);
  EXPECT_EQ(value(1, "locked"), Value(true));
}

TEST_F(Versions, WhatIsMadeReadyIsHiddenFromWhomItsSourceIs) {
  for (int i = 0; i < 200; ++i) put_box("b" + std::to_string(i), "Ann Lee");
  Device& clerk = device("clerk", 1);
  site_.holds_appends = true;
  size_t answered = site_.appends.size();
  site_.deploy(version_2());
  const auto answer = [&] {
    const LogAppend append = site_.appends.at(answered++);
    site_.run({authority_input::CommitAnswered{site_.log.append(append)}});
  };
  answer();  // of the deployment: the clerk is there while objects get the fields
  clerk.forget();
  site_.connect(clerk);
  while (site_.schema().version == 1) answer();
  EXPECT_FALSE(clerk.told.empty());
  const FieldNumber code = site_.field(2, "Box", "code");
  for (const ObjectDelta& told : clerk.told) {
    if (told.kind == ObjectDelta::Kind::enter) {
      EXPECT_EQ(must(decode_row(told.row)).fields.find(Step(code)), nullptr);
    }
    for (const Effect& effect : told.effects) EXPECT_NE(effect.path.front(), Step(code));
  }
}

TEST_F(Versions, AMonthOfPendingChangesOfTheFirstReachesTheThird) {
  put_box("b", "Bob May");
  Device& old = device("boss", 1);
  const Changeset pending = site_.changeset(old, [&](Draft& draft) {
    must(draft.set(site_.type("Box"), "b", {"name"}, "Eve Fox"));
    must(draft.set(site_.type("Box"), "b", {"count"}, int64_t{9}));
    must(draft.set(site_.type("Box"), "b", {"legacy"}, "older"));
  });
  site_.disconnect(old);
  site_.deploy(version_2());
  site_.deploy(version_3());
  EXPECT_EQ(site_.machine().deployed()->versions->numbers(), (std::vector<uint32_t>{1, 2, 3}));
  Device& newest = device("boss", 3);
  EXPECT_EQ(held(newest, "full"), Value("Bob May"));
  site_.connect(old);
  EXPECT_EQ(site_.decision(site_.upload(old, {pending})).state, DecisionState::committed);
  EXPECT_EQ(held(newest, "full"), Value("Eve Fox"));
  EXPECT_EQ(held(newest, "number"), Value("9"));
  EXPECT_EQ(value(2, "last"), Value("Fox"));
  EXPECT_EQ(value(1, "legacy"), Value("older")) << "of a field that the deployed one has dropped";
  EXPECT_EQ(set(newest, "full", "Ann Lee").state, DecisionState::committed);
  EXPECT_EQ(held(old, "name"), Value("Ann Lee"));
  EXPECT_EQ(value(2, "first"), Value("Ann"));
}

TEST_F(Versions, WhatDoesNotFitTheWritersVersionIsRefused) {
  put_box("b", "Bob May");
  Device& old = device("boss", 1);
  site_.deploy(version_2());
  site_.connect(old);
  Changeset wrong = site_.changeset(
      old, [&](Draft& draft) { must(draft.set(site_.type("Box"), "b", {"count"}, int64_t{1})); });
  wrong.groups[0].operations[0].item = Item(Value("one"));
  const Decision type = site_.decision(site_.upload(old, {wrong}));
  EXPECT_EQ(type.state, DecisionState::refused);
  EXPECT_EQ(type.outcomes[0].reason, Reason::schema);
  EXPECT_EQ(set(old, "name", std::string(41, 'x')).state, DecisionState::refused)
      << "a keyword of its version";
  // One operation that speaks of two versions at once is none's.
  Changeset mixed = site_.changeset(old, [&](Draft& draft) {
    must(draft.put(site_.type("Box"), Document{{"_id", "m"}, {"name", "x y"}}));
  });
  mixed.groups[0].operations[0].item->scope()->put(site_.field(2, "Box", "last"), Value("z"));
  const Decision both = site_.decision(site_.upload(old, {mixed}));
  EXPECT_EQ(both.state, DecisionState::refused);
  EXPECT_EQ(both.outcomes[0].reason, Reason::unknown_field);
}

TEST_F(Versions, ANodeThatIsUpdatedIsSentNothingAnew) {
  for (int i = 0; i < 20; ++i) put_box("b" + std::to_string(i), "Ann Lee");
  Device& boss = device("boss", 1);
  site_.deploy(version_2());
  site_.connect(boss);
  boss.forget();
  update(boss, 2);
  ASSERT_EQ(boss.all<Welcome>().size(), 1u);
  const Schema told = must(decode_schema(boss.all<Welcome>().front().schema));
  EXPECT_EQ(told.version, 2u);
  EXPECT_NE(told.type("Box")->field("last"), nullptr);
  EXPECT_EQ(told.type("Box")->field("name"), nullptr);
  EXPECT_TRUE(boss.told.empty());
  EXPECT_EQ(held(boss, "last", "b7"), Value("Lee"));
  EXPECT_EQ(site_.machine().directory().node(boss.id)->version, 2u);
}

TEST_F(Versions, SubscriptionsAskInTheWordsOfTheirNodesVersion) {
  put_box("b", "Bob May");
  put_box("c", "Ann Lee");
  site_.deploy(version_2());
  Device& old = site_.enrol("boss");
  Device& fresh = site_.enrol("boss");
  old.version = 1, fresh.version = 2;
  site_.connect(old), site_.connect(fresh);
  site_.subscribe(old, {"Box"}, "name == 'Bob May'");
  site_.subscribe(fresh, {"Box"}, "last == 'Lee'");
  EXPECT_EQ(old.held.count(site_.name_of("Box", "b")), 1u);
  EXPECT_EQ(old.held.count(site_.name_of("Box", "c")), 0u);
  EXPECT_EQ(fresh.held.count(site_.name_of("Box", "c")), 1u);
  EXPECT_EQ(fresh.held.count(site_.name_of("Box", "b")), 0u);
  // Live: one writes what makes the object the other's.
  EXPECT_EQ(set(old, "name", "Bob Lee").state, DecisionState::committed);
  EXPECT_EQ(fresh.held.count(site_.name_of("Box", "b")), 1u);
  EXPECT_EQ(old.held.count(site_.name_of("Box", "b")), 0u);
}

TEST_F(Versions, AnUnknownOneIsToldWhichAreInForce) {
  Device& early = device("boss", 2);
  ASSERT_EQ(early.all<Goodbye>().size(), 1u);
  EXPECT_EQ(early.all<Goodbye>()[0].error.code, ErrorCode::kSchemaMismatch);
  EXPECT_THAT(early.all<Goodbye>()[0].error.message, HasSubstr("1 is in force here: deploy it"));
  EXPECT_TRUE(early.all<Goodbye>()[0].retry) << "it comes again by itself";
  site_.deploy(version_2());
  early.forget();
  site_.connect(early);
  EXPECT_EQ(early.all<Welcome>().size(), 1u);
}

TEST_F(Versions, OneThatIsEndedLetsItsNodesInNoMore) {
  put_box("b", "Bob May");
  Device& old = device("boss", 1);
  site_.deploy(version_2());
  site_.connect(old);
  old.forget();
  const auto deployed = site_.machine().deployed();
  EXPECT_THAT(object_to_ending(*deployed, 2).value_or(""), HasSubstr("is the deployed one"));
  EXPECT_THAT(object_to_ending(*deployed, 3).value_or(""), HasSubstr("is not in force"));
  ASSERT_EQ(object_to_ending(*deployed, 1), std::nullopt);
  const Changeset pending = site_.changeset(
      old, [&](Draft& draft) { must(draft.set(site_.type("Box"), "b", {"name"}, "x y")); });
  site_.write([&](Draft& draft) { must(draft.remove(system_type::kApp, "1")); });
  ASSERT_EQ(old.all<Goodbye>().size(), 1u);
  EXPECT_THAT(old.all<Goodbye>()[0].error.message, HasSubstr("update the node's program"));
  // Updated, it offers what it has pending: refused with the reason, never lost.
  update(old, 2);
  const Decision late = site_.decision(site_.upload(old, {pending}));
  EXPECT_EQ(late.state, DecisionState::refused);
  EXPECT_THAT(late.outcomes[0].text, HasSubstr("has ended"));
  EXPECT_EQ(set(old, "last", "Low").state, DecisionState::committed);
}

TEST_F(Versions, WhatIsWrittenWhileOneIsMadeReadyHasItsFields) {
  for (int i = 0; i < 200; ++i) put_box("b" + std::to_string(i), "Ann Lee");
  put_box("b", "Bob May");
  Device& old = device("boss", 1);
  Changeset pending = site_.changeset(
      old, [&](Draft& draft) { must(draft.set(site_.type("Box"), "b", {"name"}, "Eve Fox")); });
  site_.holds_appends = true;
  const size_t before = site_.appends.size();
  site_.deploy(version_2());
  site_.holds_appends = false;
  ASSERT_GT(site_.appends.size(), before);
  site_.run({authority_input::CommitAnswered{site_.log.append(site_.appends[before])}});
  site_.connect(old);
  EXPECT_EQ(site_.decision(site_.upload(old, {pending})).state, DecisionState::committed);
  EXPECT_EQ(site_.schema().version, 2u);
  EXPECT_EQ(value(2, "last"), Value("Fox"));
}

TEST_F(Versions, ARestartGoesOnWithMakingOneReady) {
  for (int i = 0; i < 200; ++i) put_box("b" + std::to_string(i), "Ann Lee");
  site_.holds_appends = true;
  const size_t before = site_.appends.size();
  site_.deploy(version_2());
  ASSERT_GT(site_.appends.size(), before);
  // Only the deployment reaches the log; the rest was on its way.
  (void)site_.log.append(site_.appends[before]);
  site_.stop();
  site_.holds_appends = false;
  site_.start();
  EXPECT_EQ(site_.schema().version, 2u);
  EXPECT_EQ(value(2, "last", "b9"), Value("Lee"));
}

TEST_F(Versions, DeploymentsThatDoNotFitTheNumbersAreRefused) {
  EXPECT_THAT(refused(version_3()), HasSubstr("deploy the versions between"));
  AppFiles unexplained = version_2();
  unexplained[migration_path(1)] = R"({"types": {}})";
  EXPECT_THAT(refused(unexplained), HasSubstr("Box.name"));
  site_.deploy(version_2());
  EXPECT_THAT(refused(version_1()), HasSubstr("leave migrations/1-2.json beside its schemas"));
  AppFiles other = version_2();
  std::string& migration = other[migration_path(1)];
  migration.replace(migration.find("\" \""), 3, "\"-\"");
  EXPECT_THAT(refused(other), HasSubstr("is another than the one that objects were migrated by"));
  EXPECT_EQ(refused(version_2()), "") << "the same again is nothing new";
}

TEST_F(Versions, WhatFollowsIsAsLateAsTheLatestThatItFollowsFrom) {
  put_box("b", "Ann Lee");
  site_.deploy(version_2());
  Device& one = device("boss", 2);
  Device& other = device("boss", 2);
  Device& old = device("boss", 1);
  const auto later = [&] { site_.now.wall_ms += 10'000, site_.now.monotonic_ms += 10'000; };
  const auto writing = [&](Device& device, const char* field, const char* text) {
    later();
    return site_.changeset(device, site_.set_box("b", field, text));
  };
  const Changeset first = writing(other, "first", "Eve");
  const Changeset name = writing(old, "name", "Di Ng");
  const Changeset last = writing(one, "last", "Low");
  EXPECT_EQ(site_.decision(site_.upload(one, {last})).state, DecisionState::committed);
  EXPECT_EQ(site_.decision(site_.upload(other, {first})).state, DecisionState::committed);
  EXPECT_EQ(value(1, "name"), Value("Eve Low"));
  EXPECT_EQ(site_.decision(site_.upload(old, {name})).state, DecisionState::superseded)
      << "the last name was written after it";
  EXPECT_EQ(value(2, "last"), Value("Low"));
}

// ---- what rules hold ----

// Version 2 where clerks may not read `last`, and fields that rules do not name are open to them.
AppFiles version_2_with_hidden_last() {
  AppFiles app = version_2();
  std::string& rules = app[std::string(kBoxesAt) + "rules.json"];
  rules.insert(rules.find(R"("code")"), R"("last": {"read": false, "write": false}, )");
  return app;
}

TEST_F(Versions, WhatAnEndedOneHadIsShownToNobodyAnyMore) {
  put_box("b", "Ann Secret");
  site_.deploy(version_2_with_hidden_last());
  Device& clerk = device("clerk", 2);
  const FieldNumber name = site_.field(1, "Box", "name");
  const auto shows_name = [&] {
    return clerk.held.at(site_.name_of("Box", "b")).find(Step(name)) != nullptr;
  };
  EXPECT_FALSE(shows_name());
  site_.write([&](Draft& draft) { must(draft.remove(system_type::kApp, "1")); });
  site_.connect(clerk);
  EXPECT_FALSE(shows_name());
  EXPECT_EQ(held(clerk, "first"), Value("Ann"));
  EXPECT_EQ(clerk.held, site_.shown_to(clerk));
}

TEST_F(Versions, WhoMayWritePartOfWhatWasSplitMayWriteIt) {
  put_box("b", "Ann Lee");
  site_.deploy(version_2_with_hidden_last());
  Device& clerk = device("clerk", 2);
  EXPECT_EQ(set(clerk, "first", "Eve").state, DecisionState::committed);
  EXPECT_EQ(value(1, "name"), Value("Eve Lee"));
  EXPECT_EQ(set(clerk, "last", "Low").state, DecisionState::refused);
  Device& old = device("clerk", 1);
  EXPECT_EQ(set(old, "name", "Di Ng").state, DecisionState::refused) << "it writes the last name";
}

TEST_F(Versions, WhoMayDeleteAnObjectMayDoSoWhateverOthersHaveInIt) {
  put_box("b", "Ann Lee"), put_box("c", "Bob May");
  AppFiles app = version_3();
  std::string& rules = app[std::string(kBoxesAt) + "rules.json"];
  rules = R"({"database": "d", "collection": "boxes", "roles": [
    {"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": true}, "delete": true,
     "insert": true, "fields": {"full": {"write": true}, "number": {"write": true}, "code": {"write": true},
     "state": {"write": true}, "new": {"write": true}, "any": {"write": true}, "notes": {"write": true},
     "note": {"write": true}}}]})";
  site_.deploy(version_2());
  site_.deploy(app);
  Device& clerk = device("clerk", 3);
  const auto remove = [&](const char* id) {
    return site_.decision(site_.upload(clerk, site_.remove_box(id))).state;
  };
  EXPECT_EQ(remove("b"), DecisionState::committed);
  site_.write([&](Draft& draft) { must(draft.remove(system_type::kApp, "1")); });
  site_.connect(clerk);
  EXPECT_EQ(remove("c"), DecisionState::committed);
}

TEST_F(Versions, WhatIsDroppedStaysAsHiddenAsItWas) {
  put_box("b", "Bob May");
  AppFiles app = version_2();
  std::string& schema = app[std::string(kBoxesAt) + "schema.json"];
  const std::string code = R"("code": {"bsonType": "int"},)";
  schema.erase(schema.find(code), code.size());
  std::string& migration = app[migration_path(1)];
  const std::string convert =
      R"({"convert": "secret", "to": "code", "otherwise": 0, "otherwise_back": ""})";
  migration.replace(migration.find(convert), convert.size(), R"({"drop": "secret"})");
  site_.deploy(app);
  Device& old = device("clerk", 1);
  Device& fresh = device("clerk", 2);
  const FieldNumber secret = site_.field(1, "Box", "secret");
  for (const Device* one : {&old, &fresh})
    EXPECT_EQ(one->held.at(site_.name_of("Box", "b")).find(Step(secret)), nullptr);
  EXPECT_EQ(set(old, "secret", "x").state, DecisionState::refused);
  EXPECT_EQ(set(old, "legacy", "mine").state, DecisionState::committed);
}

TEST_F(Versions, NobodyWritesAnothersFieldByItsName) {
  put_box("b", "Bob May");
  site_.deploy(version_2());
  Device& fresh = device("clerk", 2);
  const Decision named = set(fresh, "name", "by name");
  EXPECT_EQ(named.state, DecisionState::refused);
  EXPECT_EQ(named.outcomes[0].reason, Reason::unknown_field);
}

// ---- sessions ----

TEST_F(Versions, ANodeGreetsInAnotherOverItsOwnSession) {
  put_box("b", "Bob May");
  Device& boss = device("boss", 1);
  site_.deploy(version_2());
  site_.connect(boss);
  update(boss, 2);  // the old connection was not seen to close
  EXPECT_EQ(set(boss, "last", "Low").state, DecisionState::committed);
  EXPECT_EQ(boss.held, site_.shown_to(boss));
}

TEST_F(Versions, WhoChangesItTooOftenWaits) {
  Device& boss = device("boss", 1);
  site_.deploy(version_2());
  const size_t before = site_.entries().size();
  for (const uint32_t number : {2u, 1u, 2u, 1u, 2u}) {
    boss.version = number;
    site_.connect(boss);
  }
  EXPECT_LE(site_.entries().size(), before + 1);
  EXPECT_GE(site_.events("throttled"), 1u);
}

TEST_F(Versions, CodeOfNoneIsToldTheDeployedOneWhateverItHolds) {
  Device& boss = device("boss", 1);
  site_.deploy(version_2());
  site_.connect(boss);
  site_.now.monotonic_ms += 10'000;
  boss.version = 0;
  boss.forget();
  Hello hello = boss.hello();
  hello.schema_mark = site_.machine().deployed()->versions->in_force(1)->schema().mark();
  hello.signature = sign(boss.key, hello_signing_bytes(hello, site_.options.server_key));
  site_.run({site_.arrive(boss, hello)});
  ASSERT_EQ(boss.all<Welcome>().size(), 1u);
  EXPECT_EQ(must(decode_schema(boss.all<Welcome>()[0].schema)).version, 2u);
}

TEST_F(Versions, ASettingMayBeWrittenBeforeAnyAppIsThere) {
  site_.write([&](Draft& draft) { must(draft.remove(system_type::kApp, "app")); });
  site_.write([&](Draft& draft) {
    must(draft.put(system_type::kSetting,
                   Document{{"_id", "roles_without_filters"}, {"value", "literal"}}));
  });
  EXPECT_TRUE(site_.ended);
  EXPECT_EQ(site_.machine().deployed(), nullptr);
}

// ---- what is kept ----

TEST_F(Versions, WhatAMigrationSaysAFieldReadsAsStaysSo) {
  site_.write([&](Draft& draft) { must(draft.put(site_.type("Box"), Document{{"_id", "b"}})); });
  AppFiles app = version_1();
  std::string& schema = app[std::string(kBoxesAt) + "schema.json"];
  const std::string had = R"("required": ["_id"])";
  schema.replace(schema.find(had), had.size(), R"("required": ["_id", "legacy"])");
  app[migration_path(1)] =
      R"({"types": {"Box": {"fields": [{"require": "legacy", "default": "none"}]}}})";
  site_.deploy(app);
  const auto reads = [&] {
    const FieldDef& field = *site_.schema().type("Box")->field("legacy");
    return field.default_value.value_or(Value());
  };
  EXPECT_EQ(reads(), Value("none"));
  const uint64_t mark = site_.schema().mark();
  site_.write([&](Draft& draft) { must(draft.remove(system_type::kApp, "1")); });
  EXPECT_EQ(reads(), Value("none"));
  EXPECT_EQ(site_.schema().mark(), mark);
  site_.deploy(app);
  EXPECT_EQ(reads(), Value("none")) << "deployed again";
}

TEST_F(Versions, AnObjectWithVeryManyValuesIsConvertedWhole) {
  AppFiles lists = version_1();
  lists[std::string(kBoxesAt) + "schema.json"].replace(
      lists[std::string(kBoxesAt) + "schema.json"].find(R"("legacy": {)"), 0,
      R"("codes": {"bsonType": "array", "items": {"bsonType": "string"}}, )");
  site_.deploy(lists);
  List codes;
  for (int i = 0; i < 9'000; ++i) codes.elements.push_back(Value(std::to_string(i)));
  site_.write([&](Draft& draft) {
    must(draft.put(site_.type("Box"), Document{{"_id", "b"}, {"codes", codes}}));
  });
  AppFiles next = lists;
  std::string& schema = next[std::string(kBoxesAt) + "schema.json"];
  const std::string had = R"("codes": {"bsonType": "array", "items": {"bsonType": "string"}})";
  schema.replace(schema.find(had), had.size(),
                 R"("codes": {"bsonType": "array", "items": {"bsonType": "long"}})");
  next[migration_path(1)] =
      R"({"types": {"Box": {"fields": [{"convert": "codes", "otherwise": -1}]}}})";
  site_.deploy(next);
  EXPECT_EQ(site_.schema().version, 2u);
  const std::optional<Row> row = site_.row(site_.name_of("Box", "b"));
  const Child* made = row->fields.find(Step(site_.field(2, "Box", "codes")));
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->item.scope()->children.size(), 9'000u);
  EXPECT_EQ(made->item.scope()->children.back().item.value(), Value(int64_t{8'999}));
}

}  // namespace
}  // namespace syncline::authority_test
