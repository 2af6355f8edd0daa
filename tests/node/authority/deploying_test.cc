// Another schema is deployed while sessions are open: what is taken, what nodes are told, and what
// becomes of values that were kept by name before the schema knew their field.
#include "node/authority/deploying.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "node/authority/recovery.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBoxes = "data_sources/mongodb-atlas/d/boxes/schema.json";

// The small app, whose boxes have more properties.
AppFiles with_box_properties(const std::string& properties, const std::string& required = "") {
  AppFiles app = small_app();
  std::string& schema = app[kBoxes];
  const std::string at = R"("count": {"bsonType": "long"},)";
  schema.insert(schema.find(at), properties + ", ");
  const std::string had = R"("required": ["_id")";
  if (!required.empty())
    schema.replace(schema.find(had), had.size(), had + ", \"" + required + "\"");
  return app;
}

class Deploying : public ::testing::Test {
 protected:
  Deploying() {
    site_.subscribe(boss_, {"Box"});
    site_.connect(boss_);
  }

  // A box with a value by a name that its schema does not know.
  void put_with(const std::string& id, const std::string& name, const Value& value) {
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Box"), Document{{"_id", id}, {"name", "n"}, {name, value}}));
    });
  }
  static std::optional<Item> item(const Row& row, const Step& step) {
    const Child* child = row.fields.find(step);
    return child == nullptr ? std::nullopt : std::optional(child->item);
  }
  Row box(const std::string& id) { return *site_.row(site_.name_of("Box", id)); }
  // After a deployment: the node greets again, as it is asked to.
  void greet_again() {
    ASSERT_EQ(boss_.all<HelloAgain>().size(), 1u);
    boss_.forget();
    site_.connect(boss_);
  }

  Site site_;
  Device& boss_ = site_.enrol("boss");
};

TEST_F(Deploying, ANodeHearsOfAnAddedFieldAndIsSentNothingAnew) {
  for (int i = 0; i < 20; ++i) site_.write(site_.put_box("b" + std::to_string(i), "x"));
  site_.write(site_.put_box("b", "x"));
  boss_.forget();
  const uint64_t before = site_.schema().revision;
  site_.deploy(with_box_properties(R"("colour": {"bsonType": "string"})"));
  greet_again();
  ASSERT_EQ(boss_.all<Welcome>().size(), 1u);
  const Welcome welcome = boss_.all<Welcome>().front();
  EXPECT_EQ(site_.schema().revision, before + 1);
  EXPECT_EQ(welcome.schema_mark, site_.schema().mark());
  const Schema told = must(decode_schema(welcome.schema));
  EXPECT_NE(told.type("Box")->field("colour"), nullptr);
  EXPECT_TRUE(boss_.told.empty()) << "nothing that it has is another";
  site_.write(site_.set_box("b", "colour", "red"));
  EXPECT_EQ(boss_.held, site_.shown_to(boss_));
}

TEST_F(Deploying, ABreakingChangeIsRefusedWholeAndSaysWhat) {
  const AppFiles now = with_box_properties(R"("colour": {"bsonType": "string"})");
  site_.deploy(now);
  const auto planned = [&](const AppFiles& app) {
    return plan_deployment(app, site_.machine().deployed().get(), RolesWithoutFilters::deny);
  };
  const auto gone = planned(small_app());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kRefused);
  EXPECT_THAT(gone.error().message, HasSubstr("Box.colour: was string, and is gone (breaking)"));
  const auto other = planned(with_box_properties(R"("colour": {"bsonType": "int"})"));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("Box.colour: was string, is now int"));
  EXPECT_TRUE(planned(now));
}

TEST_F(Deploying, OfTwoThatWerePlannedAtOnceOneStands) {
  const auto planned = [&](const std::string& properties) {
    return must(plan_deployment(with_box_properties(properties), site_.machine().deployed().get(),
                                RolesWithoutFilters::deny));
  };
  const Deployment one = planned(R"("alpha": {"bsonType": "string"})");
  const Deployment other = planned(R"("beta": {"bsonType": "string"})");
  EXPECT_EQ(site_.deploy(one).state, DecisionState::committed);
  const Decision late = site_.deploy(other);
  EXPECT_EQ(late.state, DecisionState::refused);
  EXPECT_EQ(late.outcomes[0].reason, Reason::precondition);
  EXPECT_NE(site_.schema().type("Box")->field("alpha"), nullptr);
  EXPECT_EQ(site_.schema().type("Box")->field("beta"), nullptr);
}

TEST_F(Deploying, WhatWasKeptByNameMovesIntoItsField) {
  put_with("fits", "colour", "red");
  put_with("does not", "colour", int32_t{7});
  put_with("has none", "shape", "round");
  boss_.forget();
  site_.deploy(with_box_properties(R"("colour": {"bsonType": "string"})"));
  greet_again();
  const Step field = site_.field("Box", "colour");
  const Step name = std::string("colour");
  EXPECT_EQ(item(box("fits"), field), Item(Value("red")));
  EXPECT_EQ(item(box("fits"), name), std::nullopt);
  EXPECT_EQ(item(box("does not"), field), std::nullopt);
  EXPECT_EQ(item(box("does not"), name), Item(Value(int32_t{7}))) << "kept as it is";
  EXPECT_NE(item(box("has none"), std::string("shape")), std::nullopt);
  EXPECT_EQ(boss_.held, site_.shown_to(boss_));
  EXPECT_EQ(site_.events("schema_adopted"), 1u);
  EXPECT_EQ(site_.machine().directory().adopted_version(), site_.schema().revision);
}

TEST_F(Deploying, WhatIsKeptAsADocumentOrArrayIsHeldAsTheFieldDeclaresIt) {
  put_with("a", "spot", Document{{"room", "r1"}, {"other", true}});
  put_with("b", "tags", List{Value("x"), Value("y")});
  site_.deploy(with_box_properties(
      R"("spot": {"bsonType": "object", "title": "Spot", "properties": {"room": {"bsonType": "string"}}},
         "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}})"));
  const Row a = box("a");
  const std::optional<Item> spot = item(a, site_.field("Box", "spot"));
  ASSERT_TRUE(spot && spot->is_scope());
  EXPECT_EQ(spot->scope()->kind, ScopeKind::object);
  EXPECT_NE(spot->scope()->find(Step(site_.field("Spot", "room"))), nullptr);
  EXPECT_NE(spot->scope()->find(Step(std::string("other"))), nullptr);
  const Row b = box("b");
  const std::optional<Item> tags = item(b, site_.field("Box", "tags"));
  ASSERT_TRUE(tags && tags->is_scope());
  EXPECT_EQ(tags->scope()->kind, ScopeKind::set);
  EXPECT_EQ(tags->scope()->children.size(), 2u);
}

TEST_F(Deploying, AWriteFromBeforeIsReadAsTheSchemaHasItNow) {
  site_.write(site_.put_box("b", "x"));
  const Changeset pending = site_.changeset(boss_, site_.set_box("b", "colour", "blue"));
  const Changeset wrong = site_.changeset(boss_, site_.set_box("b", "colour", int32_t{3}));
  site_.deploy(with_box_properties(R"("colour": {"bsonType": "string"})"));
  greet_again();
  const ChangesetName name = site_.upload(boss_, {pending});
  EXPECT_EQ(site_.decision(name).state, DecisionState::committed);
  EXPECT_EQ(item(box("b"), site_.field("Box", "colour")), Item(Value("blue")));
  EXPECT_EQ(item(box("b"), std::string("colour")), std::nullopt);
  const Decision refused = site_.decision(site_.upload(boss_, {wrong}));
  EXPECT_EQ(refused.state, DecisionState::refused);
  EXPECT_EQ(refused.outcomes[0].reason, Reason::schema);
}

TEST_F(Deploying, NobodyMayHideAValueUnderTheNameOfAField) {
  site_.write(site_.put_box("b", "x"));
  Changeset hidden = site_.changeset(boss_, site_.set_box("b", "name", "y"));
  hidden.groups[0].operations[0].path = {std::string("name")};
  hidden.groups[0].operations[0].item = Item(Value(int32_t{5}));
  EXPECT_EQ(site_.decision(site_.upload(boss_, {hidden})).state, DecisionState::refused);
  EXPECT_EQ(item(box("b"), std::string("name")), std::nullopt);
}

TEST_F(Deploying, ADocumentThatLacksANewRequiredFieldIsSyncedAndEdited) {
  site_.write(site_.put_box("b", "x"));
  boss_.forget();
  site_.deploy(with_box_properties(R"("serial": {"bsonType": "string"})", "serial"));
  greet_again();
  EXPECT_EQ(boss_.held, site_.shown_to(boss_));
  EXPECT_FALSE(boss_.held.empty());
  const ChangesetName edited = site_.upload(boss_, site_.set_box("b", "name", "y"));
  EXPECT_EQ(site_.decision(edited).state, DecisionState::committed);
  // ... but no new one without it, and none is taken away.
  const ChangesetName born = site_.upload(boss_, site_.put_box("c", "z"));
  EXPECT_EQ(site_.decision(born).state, DecisionState::refused);
  const ChangesetName given = site_.upload(boss_, site_.set_box("b", "serial", "s1"));
  EXPECT_EQ(site_.decision(given).state, DecisionState::committed);
  const ChangesetName taken = site_.upload(
      boss_, [&](Draft& draft) { must(draft.unset(site_.type("Box"), "b", {"serial"})); });
  EXPECT_EQ(site_.decision(taken).state, DecisionState::refused);
}

// Clerks do not read `colour`, and nothing that is `private`.
AppFiles with_hidden_colour(AppFiles app) {
  app["data_sources/mongodb-atlas/d/boxes/rules.json"] =
      R"({"database": "d", "collection": "boxes", "roles": [
      {"name": "boss", "apply_when": {"%%user.custom_data.boss": true},
       "document_filters": {"read": true, "write": true}, "read": true, "write": true},
      {"name": "clerk", "apply_when": {}, "document_filters": {"read": {"private": {"$ne": true}}, "write": false},
       "fields": {"colour": {"read": false, "write": false}},
       "additional_fields": {"read": true, "write": false}}]})";
  return app;
}

TEST_F(Deploying, WhatRulesHideByNameTheyHideInTheFieldAndWhereItDoesNotFit) {
  Device& clerk = site_.enrol("clerk");
  site_.deploy(with_hidden_colour(small_app()));
  put_with("fits", "colour", "red");
  put_with("does not", "colour", int32_t{7});
  put_with("private", "private", true);
  put_with("odd", "private", List{Value(true)});
  site_.subscribe(clerk, {"Box"});
  site_.connect(clerk);
  ASSERT_EQ(clerk.held.size(), 3u) << "two boxes and the subscription";
  clerk.forget();
  site_.deploy(with_hidden_colour(
      with_box_properties(R"("colour": {"bsonType": "string"}, "private": {"bsonType": "bool"})")));
  site_.connect(clerk);
  EXPECT_EQ(clerk.held, site_.shown_to(clerk));
  EXPECT_EQ(clerk.held.size(), 3u);
  for (const auto& [name, fields] : clerk.held) {
    EXPECT_EQ(fields.find(Step(std::string("colour"))), nullptr);
    if (name.type == site_.type("Box"))
      EXPECT_EQ(fields.find(Step(site_.field("Box", "colour"))), nullptr);
  }
  // Nor was any of it ever on its way.
  for (const ObjectDelta& told : clerk.told) {
    if (told.kind == ObjectDelta::Kind::enter)
      EXPECT_EQ(must(decode_row(told.row)).fields.find(Step(std::string("colour"))), nullptr);
    for (const Effect& effect : told.effects)
      EXPECT_NE(effect.path.front(), Step(std::string("colour")));
  }
}

TEST_F(Deploying, WhatIsMovedIsNotNewerThanItWas) {
  put_with("b", "colour", "old");
  const Changeset offline = site_.changeset(boss_, site_.set_box("b", "colour", "new"));
  site_.now.wall_ms += 60'000, site_.now.monotonic_ms += 60'000;
  site_.deploy(with_box_properties(R"("colour": {"bsonType": "string"})"));
  greet_again();
  ASSERT_EQ(item(box("b"), site_.field("Box", "colour")), Item(Value("old")));
  const ChangesetName name = site_.upload(boss_, {offline});
  EXPECT_EQ(site_.decision(name).state, DecisionState::committed);
  EXPECT_EQ(item(box("b"), site_.field("Box", "colour")), Item(Value("new")));
}

TEST_F(Deploying, AnEmbeddedObjectIsEditedBesideWhatDoesNotFitInIt) {
  const std::string spot =
      R"("spot": {"bsonType": "object", "title": "Spot", "properties": {"room": {"bsonType": "string"})";
  site_.deploy(with_box_properties(spot + "}}"));
  site_.connect(boss_);
  site_.write([&](Draft& draft) {
    must(draft.put(site_.type("Box"),
                   Document{{"_id", "b"}, {"spot", Document{{"room", "r"}, {"code", "x"}}}}));
  });
  site_.deploy(with_box_properties(spot + R"(, "code": {"bsonType": "int"}}})"));
  site_.connect(boss_);
  const ChangesetName name = site_.upload(boss_, [&](Draft& draft) {
    must(draft.set(site_.type("Box"), "b", {"spot", "room"}, "other"));
  });
  EXPECT_EQ(site_.decision(name).state, DecisionState::committed);
  const ChangesetName wrong = site_.upload(boss_, [&](Draft& draft) {
    must(draft.set(site_.type("Box"), "b", {"spot", "code"}, int32_t{3}));
  });
  EXPECT_EQ(site_.decision(wrong).state, DecisionState::committed);
}

TEST_F(Deploying, ValidationIsNotOffWhereMuchWasThereBefore) {
  std::string many;
  for (int i = 0; i < 30; ++i) many += fmt::format(R"("f{}": {{"bsonType": "string"}}, )", i);
  AppFiles app = with_box_properties(many + R"("colour": {"bsonType": "string"})");
  std::string& schema = app[kBoxes];
  std::string required;
  for (int i = 0; i < 30; ++i) required += fmt::format(R"(, "f{}")", i);
  const std::string had = R"("required": ["_id")";
  schema.replace(schema.find(had), had.size(), had + required);
  site_.write(site_.put_box("b", "x"));
  site_.deploy(app);
  site_.connect(boss_);
  Changeset wrong = site_.changeset(boss_, site_.set_box("b", "name", "y"));
  wrong.groups[0].operations[0].item = Item(Value(int32_t{5}));
  EXPECT_EQ(site_.decision(site_.upload(boss_, {wrong})).state, DecisionState::refused);
  EXPECT_EQ(site_.decision(site_.upload(boss_, site_.set_box("b", "name", "z"))).state,
            DecisionState::committed);
}

TEST_F(Deploying, WhatIsDeployedAfterARestoreHasNumbersOfItsOwn) {
  const Deployment first =
      must(plan_deployment(with_box_properties(R"("alpha": {"bsonType": "string"})"),
                           site_.machine().deployed().get(), RolesWithoutFilters::deny));
  const Deployment again = must(
      plan_deployment(with_box_properties(R"("beta": {"bsonType": "string"})"),
                      site_.machine().deployed().get(), RolesWithoutFilters::deny, nullptr, 1));
  const auto schema_in = [](const Deployment& deployment) {
    return must(decode_schema(deployment.record.find("schema")->get<Binary>().bytes));
  };
  const Schema one = schema_in(first);
  const Schema other = schema_in(again);
  EXPECT_NE(one.revision, other.revision);
  EXPECT_NE(one.type("Box")->field("alpha")->number, other.type("Box")->field("beta")->number);
}

TEST_F(Deploying, MovingGoesOnAfterACrash) {
  for (int i = 0; i < 500; ++i)
    put_with("b" + std::to_string(i), "colour", "c" + std::to_string(i % 3));
  site_.holds_appends = true;
  site_.deploy(with_box_properties(R"("colour": {"bsonType": "string"})"));
  // The log has the deployment and some of what follows from it, and the process is gone.
  site_.log.append(site_.appends.at(site_.appends.size() - 1));
  site_.holds_appends = false;
  site_.stop();
  site_.start();
  site_.run();
  EXPECT_EQ(site_.machine().directory().adopted_version(), site_.schema().revision);
  const Step field = site_.field("Box", "colour");
  for (int i = 0; i < 500; ++i) {
    const Row row = box("b" + std::to_string(i));
    ASSERT_NE(item(row, field), std::nullopt) << i;
    ASSERT_EQ(item(row, std::string("colour")), std::nullopt) << i;
  }
}

TEST_F(Deploying, AnotherDefaultMovesWhatAQueryOfItFinds) {
  const auto app = [](const char* value) {
    return with_box_properties(
        R"("state": {"bsonType": "string", "default": ")" + std::string(value) + "\"}", "state");
  };
  site_.write(site_.put_box("b", "x"));
  site_.deploy(app("new"));
  site_.unsubscribe(boss_, "Box");
  site_.subscribe(boss_, {"Box"}, "state == 'new'");
  site_.connect(boss_);
  EXPECT_TRUE(boss_.held.contains(site_.name_of("Box", "b")));
  boss_.forget();
  site_.deploy(app("old"));
  greet_again();
  EXPECT_FALSE(boss_.held.contains(site_.name_of("Box", "b")));
  EXPECT_EQ(boss_.held, site_.shown_to(boss_));
}

}  // namespace
}  // namespace syncline::authority_test
