// Who may see and do what changes while sessions are open: a user's data, a node's user, the rules.
// From that entry on the new view holds, without another session.
#include <gmock/gmock.h>

#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBoxRulesPath = "data_sources/mongodb-atlas/d/boxes/rules.json";

// Everybody reads names; a box's own `name` says whose secret is in it.
constexpr const char* kOwnersSecret = R"({"database": "d", "collection": "boxes", "roles": [
  {"name": "own", "apply_when": {}, "document_filters": {"read": true, "write": true},
   "fields": {"secret": {"read": {"name": "%%user.id"}, "write": {"name": "%%user.id"}}},
   "additional_fields": {"read": true, "write": true}}]})";

class LiveAccess : public ::testing::Test {
 protected:
  LiveAccess() {
    for (int i = 0; i < 6; ++i)
      site_.write([&](Draft& draft) {
        must(draft.put(site_.type("Box"), Document{{"_id", id(i)},
                                                   {"name", i % 2 == 0 ? "clerk" : "boss"},
                                                   {"secret", "hidden"}}));
      });
    for (Device* device : {&ann_, &bob_}) {
      site_.subscribe(*device, {"Box", "Note"});
      site_.connect(*device);
    }
    forget();
  }

  static std::string id(int i) { return "b" + std::to_string(i); }

  void forget() {
    ann_.forget();
    bob_.forget();
  }
  void promote(const std::string& user, bool boss) {
    site_.write([&](Draft& draft) {
      must(draft.set(system_type::kUser, user, {"custom_data"}, Document{{"boss", boss}}));
    });
  }
  void deploy(const std::string& box_rules) {
    AppFiles files = small_app();
    files[kBoxRulesPath] = box_rules;
    site_.deploy(files);
  }
  bool shows_secret(const Device& device, int i) const {
    const auto held = device.held.find(site_.name_of("Box", id(i)));
    return held != device.held.end() && held->second.find(site_.field("Box", "secret")) != nullptr;
  }
  void expect_same_session(const Device& device) const {
    EXPECT_TRUE(device.all<Goodbye>().empty());
    EXPECT_TRUE(device.all<Welcome>().empty());
    EXPECT_EQ(device.held, site_.shown_to(device));
  }
  size_t boxes(const Device& device) const {
    return static_cast<size_t>(
        std::count_if(device.held.begin(), device.held.end(),
                      [&](const auto& held) { return held.first.type == site_.type("Box"); }));
  }
  // Deltas told it of objects.
  static size_t told_of_objects(const Device& device) { return device.told.size(); }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
  Device& bob_ = site_.enrol("boss");
};

TEST_F(LiveAccess, AUsersDataChangesWhatTheirNodesSeeWithoutAnotherSession) {
  EXPECT_FALSE(shows_secret(ann_, 0));
  promote("clerk", true);
  EXPECT_TRUE(shows_secret(ann_, 0));
  expect_same_session(ann_);
  promote("clerk", false);
  EXPECT_FALSE(shows_secret(ann_, 0));
  expect_same_session(ann_);
}

TEST_F(LiveAccess, WhomItDoesNotConcernIsToldOfTheCursorOnly) {
  promote("clerk", true);
  EXPECT_EQ(told_of_objects(bob_), 0u);
  for (const Delta& delta : bob_.all<Delta>()) EXPECT_TRUE(delta.objects.empty());
  EXPECT_GT(told_of_objects(ann_), 0u);
}

TEST_F(LiveAccess, NothingOutsideTheNewViewIsSentFromThatEntryOn) {
  promote("clerk", true);
  forget();
  ann_.gives_credit = false;  // she stands somewhere in the middle of what follows
  promote("clerk", false);
  const LogSeq since = site_.head().seq;
  site_.write(site_.set_box(id(0), "secret", Value("newer")));
  ann_.gives_credit = true;
  site_.run({site_.arrive(ann_, ann_.progress())});
  for (const ObjectDelta& told : ann_.told) {
    if (told.seq < since || told.kind != ObjectDelta::Kind::enter) continue;
    EXPECT_EQ(must(decode_row(told.row)).fields.find(site_.field("Box", "secret")), nullptr);
  }
  for (const ObjectDelta& told : ann_.told)
    for (const Effect& effect : told.effects)
      EXPECT_NE(effect.path.front(), Step(site_.field("Box", "secret")));
  expect_same_session(ann_);
}

TEST_F(LiveAccess, AWriteIsJudgedByTheRoleOfItsPlaceInTheLog) {
  promote("clerk", true);
  const Changeset pending = site_.changeset(ann_, site_.set_box(id(0), "locked", Value(true)));
  promote("clerk", false);
  const ChangesetName name = site_.upload(ann_, {pending});
  const Decision decision = site_.decision(name);
  EXPECT_EQ(decision.state, DecisionState::refused);
  ASSERT_FALSE(decision.outcomes.empty());
  EXPECT_THAT(decision.outcomes[0].text, HasSubstr("role \"clerk\""));
  ASSERT_TRUE(ann_.decided.contains(name));
  expect_same_session(ann_);
}

TEST_F(LiveAccess, DeployedRulesHoldAtOnceAndTheSameRulesTellNothing) {
  deploy(R"({"database": "d", "collection": "boxes", "roles": [
    {"name": "own", "apply_when": {}, "document_filters": {"read": {"name": "%%user.id"}, "write": false},
     "read": true}]})");
  EXPECT_EQ(boxes(ann_), 3u);
  EXPECT_EQ(boxes(bob_), 3u);
  EXPECT_TRUE(shows_secret(ann_, 0));
  expect_same_session(ann_);
  expect_same_session(bob_);
  forget();
  deploy(R"({"database": "d", "collection": "boxes", "roles": [
    {"name": "own", "apply_when": {}, "document_filters": {"read": {"name": "%%user.id"}, "write": false},
     "read": true}]})");
  EXPECT_EQ(told_of_objects(ann_), 0u);
  EXPECT_TRUE(ann_.all<HaveAsk>().empty()) << "nor is it asked what it has";
}

TEST_F(LiveAccess, ARemovedUserSeesNothingAndWritesNothing) {
  site_.write([&](Draft& draft) { must(draft.remove(system_type::kUser, "clerk")); });
  EXPECT_EQ(boxes(ann_), 0u);
  expect_same_session(ann_);
  const ChangesetName name = site_.upload(ann_, site_.put_box("new", "n"));
  EXPECT_EQ(site_.decision(name).state, DecisionState::refused);
  EXPECT_EQ(bob_.held, site_.shown_to(bob_));
}

TEST_F(LiveAccess, ANodeMayBeGivenToAnotherUser) {
  site_.write([&](Draft& draft) {
    must(draft.set(system_type::kNode, to_string(ann_.id), {"user"}, "boss"));
  });
  EXPECT_TRUE(shows_secret(ann_, 0));
  expect_same_session(ann_);
  promote("boss", false);
  EXPECT_FALSE(shows_secret(ann_, 0)) << "it is that user's node now";
  expect_same_session(ann_);
}

TEST_F(LiveAccess, AFieldMayBeShownToItsOwnersOnly) {
  deploy(kOwnersSecret);
  EXPECT_TRUE(shows_secret(ann_, 0));
  EXPECT_FALSE(shows_secret(ann_, 1));
  EXPECT_TRUE(shows_secret(bob_, 1));
  site_.write(site_.set_box(id(1), "name", Value("clerk")));
  EXPECT_TRUE(shows_secret(ann_, 1)) << "it comes with the change of its owner";
  EXPECT_FALSE(shows_secret(bob_, 1));
  site_.write(site_.set_box(id(1), "secret", Value("changed")));
  expect_same_session(ann_);
  expect_same_session(bob_);
}

TEST_F(LiveAccess, WhatBecameAnothersMeanwhileIsHiddenByTheCatchUp) {
  deploy(kOwnersSecret);
  site_.disconnect(ann_);
  site_.write(site_.set_box(id(0), "name", Value("boss")));
  site_.write(site_.set_box(id(0), "secret", Value("changed")));
  site_.write(site_.set_box(id(1), "name", Value("clerk")));
  for (int i = 0; i < 300; ++i) site_.write(site_.put_box("other", std::to_string(i)));
  site_.connect(ann_);
  EXPECT_FALSE(shows_secret(ann_, 0));
  EXPECT_TRUE(shows_secret(ann_, 1));
  EXPECT_TRUE(shows_secret(ann_, 2));
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(LiveAccess, AQueryAboutAHiddenFieldFindsOnlyWhereItMayBeRead) {
  deploy(kOwnersSecret);
  site_.unsubscribe(ann_, "Box");
  site_.subscribe(ann_, {"Box"}, "secret == 'hidden'");
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
  EXPECT_EQ(boxes(ann_), 3u);
  site_.write(site_.set_box(id(0), "name", Value("boss")));
  EXPECT_EQ(boxes(ann_), 2u);
}

}  // namespace
}  // namespace syncline::authority_test
