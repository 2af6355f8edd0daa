// Transactions that expect something: decided on the state just before them, as their author may
// read it.
#include "proto/limits.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Guards : public testing::Test {
 protected:
  void SetUp() override {
    for (Device* device : {&ann_, &bob_}) {
      site_.subscribe(*device, {"Box", "Note"});
      site_.connect(*device);
    }
    site_.write(site_.put_box("a", "free"));
  }
  Guard equals(const std::string& id, const std::string& field, const Value& value) {
    return {Guard::Kind::equals, site_.name_of("Box", id), id, {site_.field("Box", field)}, value};
  }
  Guard there(const std::string& id, bool exists) {
    return {
        exists ? Guard::Kind::present : Guard::Kind::absent, site_.name_of("Box", id), id, {}, {}};
  }
  // The edit as the device makes it now, expecting that whatever stands.
  Changeset expecting(const Device& device, const Edit& edit, std::vector<Guard> guards) {
    Changeset changeset = site_.changeset(device, edit);
    changeset.guards = std::move(guards);
    return changeset;
  }
  Decision decide(Device& device, const Changeset& changeset) {
    return site_.decision(site_.upload(device, {changeset}));
  }
  Decision decide(const Edit& edit, std::vector<Guard> guards) {
    return decide(ann_, expecting(ann_, edit, std::move(guards)));
  }
  // Does the clerk's transaction stand that expects this?
  bool stands(Guard guard) {
    const Decision decision = decide(site_.set_box("a", "count", ++count_), {std::move(guard)});
    why_ = decision.outcomes.empty() ? "" : decision.outcomes[0].text;
    EXPECT_EQ(decision.state == DecisionState::committed, decision.outcomes.empty()) << why_;
    for (const Outcome& outcome : decision.outcomes)
      EXPECT_EQ(outcome.reason, Reason::precondition);
    return decision.state == DecisionState::committed;
  }
  Value box(const std::string& id, const std::string& field) {
    const auto row = site_.row(site_.name_of("Box", id));
    const Child* child = row ? row->fields.find(site_.field("Box", field)) : nullptr;
    return child == nullptr ? Value() : value_of(child->item);
  }
  // The same app, whose clerks read less.
  void deploy(const std::string& from, const std::string& to) {
    AppFiles app = small_app();
    std::string& rules = app["data_sources/mongodb-atlas/d/boxes/rules.json"];
    const size_t at = rules.find(from);
    ASSERT_NE(at, std::string::npos);
    rules.replace(at, from.size(), to);
    Document files;
    for (const auto& [path, text] : app) files.set(path, text);
    const Bytes schema = encode_schema(site_.schema());
    site_.write([&](Draft& draft) {
      must(draft.put(system_type::kApp,
                     Document{{"_id", "app"}, {"files", files}, {"schema", Binary{0, schema}}}));
    });
    site_.connect(ann_), site_.connect(bob_);
  }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
  Device& bob_ = site_.enrol("clerk");
  int64_t count_ = 0;
  std::string why_;
};

TEST_F(Guards, OfTwoThatExpectTheSameOneIsCommitted) {
  const auto take = [&](const Device& device, const std::string& who) {
    return expecting(device, site_.set_box("a", "name", who), {equals("a", "name", "free")});
  };
  const Changeset anns = take(ann_, "ann"), bobs = take(bob_, "bob");
  // Both are queued before either is decided.
  site_.run(
      {site_.offer(ann_, {encode_changeset(anns)}), site_.offer(bob_, {encode_changeset(bobs)})});
  const Decision first = site_.decision({ann_.id, ann_.epoch, ann_.number});
  const Decision second = site_.decision({bob_.id, bob_.epoch, bob_.number});
  EXPECT_EQ(first.state, DecisionState::committed);
  ASSERT_EQ(second.state, DecisionState::refused);
  EXPECT_EQ(second.outcomes.at(0).reason, Reason::precondition);
  EXPECT_EQ(second.outcomes.at(0).text,
            "Box \"a\": name is expected to be \"free\", and is \"ann\"");
  EXPECT_EQ(box("a", "name"), Value("ann"));
  EXPECT_EQ(bob_.decided.at(second.name), second) << "it is told";
}

TEST_F(Guards, OneThatIsOfferedAgainIsDecidedOnce) {
  const Bytes payload = encode_changeset(
      expecting(ann_, site_.set_box("a", "name", "ann"), {equals("a", "name", "free")}));
  const Device before = ann_;
  site_.run({site_.offer(ann_, {payload})});
  const Decision decision = site_.decision({ann_.id, ann_.epoch, ann_.number});
  ann_.number = before.number, ann_.previous = before.previous;
  site_.run({site_.offer(ann_, {payload})});
  EXPECT_EQ(site_.decision({ann_.id, ann_.epoch, ann_.number}), decision);
  EXPECT_EQ(decision.state, DecisionState::committed) << "though what it expects stands no more";
}

TEST_F(Guards, AllOfThemMustHoldAndNothingStandsUnlessAllOfItDoes) {
  const auto both = [&](Draft& draft) {
    site_.set_box("a", "name", "taken")(draft);
    site_.put_box("b", "made")(draft);
  };
  const Decision decision = decide(both, {equals("a", "name", "free"), there("b", true)});
  ASSERT_EQ(decision.outcomes.size(), 2u);
  EXPECT_EQ(decision.outcomes[0].text, "Box \"b\" is expected to be there, and is absent");
  EXPECT_EQ(decision.outcomes[1].reason, Reason::precondition);
  EXPECT_EQ(box("a", "name"), Value("free"));
  EXPECT_FALSE(site_.row(site_.name_of("Box", "b")));
  const auto unlawful = [&](Draft& draft) {
    site_.set_box("a", "name", "taken")(draft);
    site_.set_box("a", "locked", true)(draft);
  };
  Changeset changeset = expecting(ann_, unlawful, {equals("a", "name", "free")});
  changeset.all_or_nothing = false;
  EXPECT_EQ(decide(ann_, changeset).state, DecisionState::refused);
  EXPECT_EQ(box("a", "name"), Value("free")) << "with a guard it is so by itself";
  EXPECT_EQ(decide(both, {equals("a", "name", "free"), there("b", false)}).state,
            DecisionState::committed);
  EXPECT_EQ(box("a", "name"), Value("taken"));
}

// It takes effect now, on what stands now: what its author had not seen does not win over it.
TEST_F(Guards, WhatHoldsIsNotSupersededByWhatItsAuthorHadNotSeen) {
  const Cursor old = site_.head();
  site_.write(site_.set_box("a", "name", "busy"));
  site_.write(site_.set_box("a", "name", "free"));
  Changeset take =
      expecting(ann_, site_.set_box("a", "name", "ann"), {equals("a", "name", "free")});
  take.base = old;
  take.written.monotonic_ms -= 900;
  EXPECT_EQ(decide(ann_, take).state, DecisionState::committed);
  EXPECT_EQ(box("a", "name"), Value("ann"));

  // A lock that somebody else had and gave back, and that its author never saw.
  Changeset lock = expecting(bob_, site_.put_box("lock", "bob"), {there("lock", false)});
  site_.write(site_.put_box("lock", "ann"));
  site_.write(site_.remove_box("lock"));
  lock.written.monotonic_ms -= 900;
  ASSERT_TRUE(lock.groups[0].blind);
  EXPECT_EQ(decide(bob_, lock).state, DecisionState::committed);
  EXPECT_EQ(box("lock", "name"), Value("bob"));
}

TEST_F(Guards, WhatFindsNothingToActOnIsRefusedWithAllBesideIt) {
  site_.write(site_.put_box("b", "here"));
  const Changeset change = expecting(ann_,
                                     [&](Draft& draft) {
                                       site_.set_box("b", "name", "mine")(draft);
                                       site_.set_box("a", "name", "mine")(draft);
                                     },
                                     {equals("b", "name", "here")});
  site_.write(site_.remove_box("a"));
  const Decision decision = decide(ann_, change);
  ASSERT_EQ(decision.outcomes.size(), 2u);
  EXPECT_EQ(decision.outcomes[0].reason, Reason::all_or_nothing);
  EXPECT_EQ(decision.outcomes[1].reason, Reason::precondition);
  EXPECT_THAT(decision.outcomes[1].text, HasSubstr("not there any more"));
  EXPECT_EQ(box("b", "name"), Value("here"));
}

TEST_F(Guards, ValuesCompareByTypeAndNumbersByValue) {
  site_.write([&](Draft& draft) {
    const TypeNumber type = site_.type("Box");
    must(draft.set(type, "a", {"any"}, int32_t{1}));
    must(draft.set(type, "a", {"notes"}, List{"x", "y"}));
  });
  EXPECT_TRUE(stands(equals("a", "any", int64_t{1})));
  EXPECT_TRUE(stands(equals("a", "any", 1.0)));
  EXPECT_FALSE(stands(equals("a", "any", "1")));
  EXPECT_FALSE(stands(equals("a", "any", true)));
  EXPECT_FALSE(stands(equals("a", "any", Value())));
  EXPECT_TRUE(stands(equals("a", "note", Value()))) << "nothing there is null";
  uint32_t next = 70;
  Guard notes = equals("a", "notes", Value());
  notes.item = item_of(List{"x", "y"}, {NodeId(9), Epoch(9), 9}, &next);
  EXPECT_TRUE(stands(notes)) << "whatever the elements are called";
  notes.item = item_of(List{"y", "x"}, {}, &next);
  EXPECT_FALSE(stands(notes));
  EXPECT_THAT(why_, HasSubstr("a list of 2"));
  EXPECT_FALSE(stands(equals("nobody", "any", Value()))) << "nothing stands in what is absent";
}

TEST_F(Guards, TellNothingOfWhatTheirAuthorMayNotRead) {
  site_.write(site_.set_box("a", "secret", "sesame"));
  EXPECT_FALSE(stands(equals("a", "secret", "sesame")));
  const std::string right = why_;
  EXPECT_FALSE(stands(equals("a", "secret", "thunder")));
  EXPECT_EQ(right, "Box \"a\": secret is expected to be \"sesame\", and is null");
  EXPECT_EQ(why_, "Box \"a\": secret is expected to be \"thunder\", and is null");
  EXPECT_TRUE(stands(equals("a", "secret", Value()))) << "as if it were not there";

  deploy(R"("apply_when": {}, "document_filters": {"read": true, "write": true}, "insert")",
         R"("apply_when": {}, "document_filters": {"read": {"name": {"$ne": "hidden"}},
            "write": {"name": {"$ne": "hidden"}}}, "insert")");
  site_.write(site_.put_box("b", "hidden"));
  EXPECT_FALSE(stands(there("b", true)));
  EXPECT_TRUE(stands(there("b", false)));
  EXPECT_FALSE(stands(equals("b", "name", "hidden")));
  const std::string hidden = why_;
  EXPECT_FALSE(stands(equals("c", "name", "hidden")));
  std::string absent = why_;
  absent.replace(absent.find("\"c\""), 3, "\"b\"");
  EXPECT_EQ(hidden, absent) << "the words are those for what never was";
  EXPECT_THAT(hidden, Not(HasSubstr("is \"hidden\", and is")));

  // Users and other nodes' subscriptions are nobody's to ask about.
  Guard user{
      Guard::Kind::present, {system_type::kUser, *object_key(Value("boss"))}, "boss", {}, {}};
  EXPECT_FALSE(stands(user));
}

TEST_F(Guards, TheReasonStandsWithTheFirstOperationOnly) {
  const Decision decision = decide(
      [&](Draft& draft) {
        for (int i = 0; i < 100; ++i) site_.put_box(std::to_string(i), "n")(draft);
      },
      {equals("a", "name", noise(1'000))});
  ASSERT_EQ(decision.outcomes.size(), 100u);
  EXPECT_THAT(decision.outcomes[0].text, HasSubstr("and is \"free\""));
  EXPECT_LT(decision.outcomes[0].text.size(), 300u) << "what is long is cut";
  for (size_t i = 1; i < 100; ++i)
    EXPECT_EQ(decision.outcomes[i].text, decision.outcomes[1].text) << i;
  EXPECT_THAT(decision.outcomes[1].text, Not(HasSubstr("free")));
}

TEST_F(Guards, TheAuthoritysOwnHandSeesEverything) {
  site_.write(site_.set_box("a", "secret", "sesame"));
  const Decision decision = site_.write([&](Draft& draft) {
    must(draft.expect(site_.type("Box"), "a", {"secret"}, "sesame"));
    must(draft.set(site_.type("Box"), "a", {"name"}, "opened"));
  });
  EXPECT_EQ(decision.state, DecisionState::committed);
}

TEST_F(Guards, SurviveARestartBeforeTheyAreDecided) {
  site_.disconnect(ann_);
  const Changeset take =
      expecting(ann_, site_.set_box("a", "name", "ann"), {equals("a", "name", "free")});
  site_.write(site_.set_box("a", "name", "busy"));
  site_.stop();
  site_.start();
  site_.connect(ann_);
  EXPECT_EQ(decide(ann_, take).state, DecisionState::refused);
}

}  // namespace
}  // namespace syncline::authority_test
