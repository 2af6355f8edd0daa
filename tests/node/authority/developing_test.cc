// Development mode: what nodes' code declares becomes the app's, in the order of its arrival, while
// the mode is on.
#include <gmock/gmock.h>

#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using ::testing::HasSubstr;

// The types of the small app, as far as code may know them, with more.
std::string code(const std::string& box_properties, const std::string& more = "") {
  return R"({"types": [{"name": "Box", "primary_key": "_id", "properties": [
    {"name": "_id", "type": "string"})" +
         box_properties + "]}" + more + "]}";
}
constexpr const char* kColour = R"(, {"name": "colour", "type": "string", "nullable": true})";

class Developing : public ::testing::Test {
 protected:
  Developing() {
    for (Device* device : {&ann_, &bob_}) {
      site_.subscribe(*device, {"Box"});
      site_.connect(*device);
    }
    turn("on");
  }

  void turn(const char* mode) {
    site_.write([&](Draft& draft) {
      must(draft.put(system_type::kSetting,
                     Document{{"_id", kDevelopmentSetting}, {"value", mode}}));
    });
    for (Device* device : {&ann_, &bob_}) device->forget();
  }
  AuthorityInput declares(const Device& device, const std::string& text) {
    return site_.arrive(device, Declare{device.session, text});
  }
  std::string refusal_told(const Device& device) const {
    const std::vector<Rights> rights = device.all<Rights>();
    return rights.empty() ? "" : rights.back().declaration_refused;
  }

  Site site_;
  Device& ann_ = site_.enrol("boss");
  Device& bob_ = site_.enrol("clerk");
};

TEST_F(Developing, WhatCodeDeclaresIsAddedAndEverybodyGreetsAgain) {
  const uint64_t before = site_.schema().revision;
  site_.run(
      {declares(ann_, code(kColour, R"(, {"name": "Shelf", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "string"}]})"))});
  ASSERT_NE(site_.schema().type("Shelf"), nullptr);
  EXPECT_NE(site_.schema().type("Box")->field("colour"), nullptr);
  EXPECT_EQ(site_.schema().revision, before + 1) << "one deployment";
  EXPECT_EQ(ann_.all<HelloAgain>().size(), 1u);
  EXPECT_EQ(bob_.all<HelloAgain>().size(), 1u);
  EXPECT_EQ(site_.events("schema_extended"), 1u);
  // The app's own files say it.
  const AppFiles& files = *site_.machine().deployed()->files;
  EXPECT_TRUE(files.contains("data_sources/mongodb-atlas/d/Shelf/schema.json"));
  EXPECT_THAT(files.at("data_sources/mongodb-atlas/d/boxes/schema.json"), HasSubstr("colour"));
}

TEST_F(Developing, TwoThatDeclareAtOneTimeAreBothHeard) {
  const std::string other = R"(, {"name": "weight", "type": "double", "nullable": true})";
  site_.run({declares(ann_, code(kColour)), declares(bob_, code(other))});
  const TypeDef& box = *site_.schema().type("Box");
  EXPECT_NE(box.field("colour"), nullptr);
  EXPECT_NE(box.field("weight"), nullptr);
  // And one that comes again changes nothing.
  site_.connect(ann_);
  const uint64_t version = site_.schema().revision;
  site_.run({declares(ann_, code(kColour))});
  EXPECT_EQ(site_.schema().revision, version);
}

// Each layer ends with a state that may be the last that is left.
TEST_F(Developing, BesideAnUploadInOneStepFillsALayerThatIsFinishedBeforeTheNext) {
  AuthorityOptions options = site_.options;
  options.entries_per_layer_max = 1;
  site_.stop();
  site_.start(options);
  site_.connect(ann_);
  site_.connect(bob_);
  const Cursor before = site_.head();
  site_.holds_appends = true;
  site_.appends.clear();
  site_.run(
      {declares(ann_, code(kColour)),
       site_.offer(ann_, {encode_changeset(site_.changeset(ann_, site_.put_box("a", "n")))})});
  for (size_t layer = 0; layer < site_.appends.size(); ++layer) {
    site_.run({authority_input::CommitAnswered{site_.log.append(site_.appends[layer])}});
    const Applied applied = must(decode_applied(*must(site_.disk.get(state_keys::applied()))));
    EXPECT_EQ(applied.incarnation, before.incarnation);
    EXPECT_EQ(applied.seq.value, before.seq.value + layer + 1);
    const auto mark = must(read_entry_mark(site_.disk, applied.seq));
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->hash, applied.hash);
  }
  EXPECT_GE(site_.appends.size(), 2u);
  EXPECT_TRUE(site_.row(site_.name_of("Box", "a")));
}

TEST_F(Developing, NothingIsAddedUnlessTheModeIsOn) {
  turn("off");
  const uint64_t before = site_.schema().revision;
  site_.run({declares(ann_, code(kColour))});
  EXPECT_EQ(site_.schema().revision, before);
  EXPECT_THAT(refusal_told(ann_), HasSubstr("not in development mode"));
}

TEST_F(Developing, NodesAreToldOfTheMode) {
  turn("off");
  site_.write([&](Draft& draft) {
    must(draft.put(system_type::kSetting, Document{{"_id", kDevelopmentSetting}, {"value", "on"}}));
  });
  ASSERT_FALSE(ann_.all<Rights>().empty());
  EXPECT_TRUE(ann_.all<Rights>().back().development);
}

TEST_F(Developing, WhatIsWrongIsToldToItsNodeAndToNobodyElse) {
  for (
      const std::string& wrong :
      {std::string("{"), std::string("[]"), code(R"(, {"name": "x", "type": "what"})"),
       code("", R"(, {"name": "no key", "properties": []})"),
       code(
           "",
           R"(, {"name": "../up", "primary_key": "_id", "properties": [{"name": "_id", "type": "string"}]})"),
       code(R"(, {"name": "$where", "type": "string"})")}) {
    ann_.forget(), bob_.forget();
    const uint64_t before = site_.schema().revision;
    site_.run({declares(ann_, wrong)});
    EXPECT_EQ(site_.schema().revision, before) << wrong;
    EXPECT_FALSE(refusal_told(ann_).empty()) << wrong;
    EXPECT_EQ(refusal_told(bob_), "") << wrong;
    EXPECT_TRUE(ann_.all<Goodbye>().empty()) << wrong;
  }
}

TEST_F(Developing, TheRulesHoldOfWhatWasAdded) {
  // Boxes have roles of their own, which let a clerk write what they do not list; shelves have
  // none, and no default rule lets anybody.
  site_.run(
      {declares(ann_, code(kColour, R"(, {"name": "Shelf", "primary_key": "_id", "properties": [
      {"name": "_id", "type": "string"}]})"))});
  site_.connect(bob_);
  site_.write(site_.put_box("b", "x"));
  const ChangesetName name = site_.upload(bob_, site_.set_box("b", "colour", "red"));
  EXPECT_EQ(site_.decision(name).state, DecisionState::committed);
  const ChangesetName shelf = site_.upload(
      bob_, [&](Draft& draft) { must(draft.put(site_.type("Shelf"), Document{{"_id", "s"}})); });
  EXPECT_EQ(site_.decision(shelf).state, DecisionState::refused);
}

TEST_F(Developing, WhatASubscriptionAsksForBecomesQueryable) {
  site_.write([&](Draft& draft) {
    must(draft.put(system_type::kSetting,
                   Document{{"_id", "queryable_fields"}, {"value", "declared"}}));
  });
  const TypeNumber box = site_.type("Box");
  ASSERT_FALSE(site_.machine().deployed()->app->is_queryable(box, site_.field("Box", "secret")));
  site_.unsubscribe(ann_, "Box");
  site_.subscribe(ann_, {"Box"}, "secret == 'x'");
  EXPECT_TRUE(site_.machine().deployed()->app->is_queryable(box, site_.field("Box", "secret")));
  turn("off");
}

TEST_F(Developing, WhatWasDeclaredStandsAfterARestart) {
  site_.run({declares(ann_, code(kColour))});
  site_.stop();
  site_.start();
  EXPECT_NE(site_.schema().type("Box")->field("colour"), nullptr);
  EXPECT_TRUE(site_.machine().directory().development());
}

}  // namespace
}  // namespace syncline::authority_test
