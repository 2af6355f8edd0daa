// Writes outside what their author subscribes to and may read: refused unless a setting says so.
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using testing::HasSubstr;

class OutsideView : public testing::Test {
 protected:
  void SetUp() override {
    site_.write([&](Draft& draft) {
      for (const auto& [id, count] : {std::pair("low", 1), std::pair("high", 9)})
        must(draft.put(site_.type("Box"),
                       Document{{"_id", id}, {"count", int64_t{count}}, {"name", "n"}}));
    });
    ask("count > 5");
    site_.connect(ann_);
  }
  static Edit asking(const Device& device, const std::string& query,
                     const std::string& type = "Box") {
    return [=, id = subscription_prefix(device.id) + "it"](Draft& draft) {
      must(draft.put(
          system_type::kSubscription,
          Document{{"_id", id}, {"node", to_string(device.id)}, {"type", type}, {"query", query}}));
    };
  }
  void ask(const std::string& query) { site_.write(asking(ann_, query)); }
  Edit put_counted(const std::string& id, int64_t count, const std::string& note = "") const {
    return [=, type = site_.type("Box")](Draft& draft) {
      Document box{{"_id", id}, {"count", count}};
      if (!note.empty()) box.set("note", note);
      must(draft.put(type, box));
    };
  }
  Decision decide(const Edit& edit) { return site_.decision(site_.upload(ann_, edit)); }
  // Refused as lying outside, and nothing of it stands; else committed.
  bool outside(const Edit& edit) { return outside(decide(edit)); }
  bool outside(const Decision& decision) {
    why_ = decision.outcomes.empty() ? "" : decision.outcomes[0].text;
    if (decision.state == DecisionState::committed) {
      EXPECT_TRUE(decision.outcomes.empty()) << why_;
      return false;
    }
    EXPECT_EQ(decision.state, DecisionState::refused);
    for (const Outcome& outcome : decision.outcomes)
      EXPECT_EQ(outcome.reason, Reason::outside_view) << outcome.text;
    return true;
  }
  void set_setting(const char* value) {
    site_.write([&](Draft& draft) {
      must(draft.put(system_type::kSetting,
                     Document{{"_id", "writes_outside_subscriptions"}, {"value", value}}));
    });
    site_.connect(ann_);
  }

  Site site_;
  Device& ann_ = site_.enrol("boss");
  std::string why_;
};

TEST_F(OutsideView, WhatIsThereMustLieInsideAsItIsBefore) {
  EXPECT_TRUE(outside(site_.set_box("low", "name", "x")));
  EXPECT_THAT(why_, HasSubstr("write to Box \"low\" not allowed; object is outside of the current "
                              "query view"));
  EXPECT_THAT(why_, HasSubstr("writes_outside_subscriptions"));
  EXPECT_TRUE(outside(site_.set_box("low", "count", int64_t{7}))) << "not by what it would become";
  EXPECT_TRUE(outside(site_.remove_box("low")));
  EXPECT_TRUE(site_.row(site_.name_of("Box", "low")));
  EXPECT_FALSE(outside(site_.set_box("high", "name", "x")));
  EXPECT_FALSE(outside(site_.set_box("high", "count", int64_t{2}))) << "it may move out";
  EXPECT_FALSE(ann_.held.contains(site_.name_of("Box", "high"))) << "and leaves";
  EXPECT_TRUE(outside(site_.set_box("high", "count", int64_t{8}))) << "and is out of reach then";
}

TEST_F(OutsideView, WhatIsMadeMustLieInsideAsItIsAfter) {
  EXPECT_TRUE(outside(put_counted("new", 5)));
  EXPECT_FALSE(site_.row(site_.name_of("Box", "new")));
  EXPECT_FALSE(outside(put_counted("new", 6)));
  // One that is there already, and that its author does not know of.
  Changeset create = site_.changeset(ann_, put_counted("other", 7));
  site_.write(put_counted("other", 2));
  EXPECT_TRUE(outside(site_.decision(site_.upload(ann_, {create}))));
  const Decision decision = decide([&](Draft& draft) {
    put_counted("in", 6)(draft);
    put_counted("out", 5)(draft);
  });
  EXPECT_EQ(decision.state, DecisionState::committed) << "what is lawful stands";
  EXPECT_TRUE(site_.row(site_.name_of("Box", "in")));
  EXPECT_FALSE(site_.row(site_.name_of("Box", "out")));
}

TEST_F(OutsideView, SubscriptionsCountInTheOrderOfTheStream) {
  EXPECT_TRUE(outside(site_.set_box("low", "name", "x")));
  site_.upload(ann_, {site_.changeset(ann_, asking(ann_, "count < 5")),
                      site_.changeset(ann_, site_.set_box("low", "name", "y"))});
  EXPECT_EQ(site_.decision({ann_.id, ann_.epoch, ann_.number}).state, DecisionState::committed);
  EXPECT_TRUE(outside(site_.set_box("high", "name", "x"))) << "what is dropped is out of reach";
  EXPECT_FALSE(outside([&](Draft& draft) {
    asking(ann_, "count > 5")(draft);
    site_.set_box("high", "name", "x")(draft);
  })) << "also within one transaction";
  const Decision dropped = decide([&](Draft& draft) {
    site_.set_box("high", "name", "y")(draft);
    must(draft.remove(system_type::kSubscription, subscription_prefix(ann_.id) + "it"));
    put_counted("new", 6)(draft);
  });
  EXPECT_TRUE(dropped.outcomes.empty()) << "what it drops still counts for itself";
  EXPECT_TRUE(outside(site_.set_box("high", "name", "z"))) << "and no longer";
  // One that is refused does not count, whatever it asks.
  const Decision refused = decide([&](Draft& draft) {
    asking(ann_, "nothing == 1")(draft);
    put_counted("newer", 6)(draft);
  });
  ASSERT_EQ(refused.outcomes.size(), 2u);
  EXPECT_EQ(refused.outcomes[1].reason, Reason::outside_view);
}

// Written before the subscription was dropped elsewhere, and offered after.
TEST_F(OutsideView, TheOrderInTheLogDecidesNotThatOfWriting) {
  const Changeset written = site_.changeset(ann_, site_.set_box("high", "name", "x"));
  ask("count > 100");
  EXPECT_TRUE(outside(site_.decision(site_.upload(ann_, {written}))));
}

TEST_F(OutsideView, OfAWindowItsConditionCountsAndNotTheRest) {
  site_.write(put_counted("higher", 20));
  ask("count > 5 SORT(count DESC) LIMIT(1)");
  EXPECT_FALSE(outside(site_.set_box("high", "name", "x"))) << "it is second, and not held";
  EXPECT_TRUE(outside(site_.set_box("low", "name", "x")));
}

TEST_F(OutsideView, LinksAreFollowedOverWhatTheTransactionItselfMakes) {
  site_.subscribe(ann_, {"Note"});
  ask("note.text == 'cold'");
  const auto put_note = [&](const std::string& id, const std::string& text) -> Edit {
    return [=, type = site_.type("Note")](Draft& draft) {
      must(draft.put(type, Document{{"_id", id}, {"text", text}}));
    };
  };
  site_.write(put_note("w", "warm"));
  EXPECT_TRUE(outside(put_counted("x", 1, "w")));
  EXPECT_TRUE(outside(put_counted("x", 1, "nowhere")));
  EXPECT_FALSE(outside([&](Draft& draft) {
    put_note("c", "cold")(draft);
    put_counted("x", 1, "c")(draft);
  }));
  EXPECT_FALSE(outside([&](Draft& draft) {
    put_counted("y", 1, "d")(draft);
    put_note("d", "cold")(draft);
  })) << "in any order";
  EXPECT_FALSE(outside(site_.set_box("x", "name", "n")));
  EXPECT_FALSE(outside([&](Draft& draft) {
    put_note("c", "warm")(draft);
    site_.set_box("x", "name", "m")(draft);
  })) << "what is there is seen as it was before";
  EXPECT_TRUE(outside(site_.set_box("x", "name", "n")));
}

// Whether an object is hidden or not subscribed to, the words are the same.
TEST_F(OutsideView, ARefusalDoesNotTellWhetherTheObjectMayBeRead) {
  AppFiles app = small_app();
  std::string& rules = app["data_sources/mongodb-atlas/d/boxes/rules.json"];
  const std::string from = R"("document_filters": {"read": true, "write": true}, "read": true)";
  rules.replace(rules.find(from), from.size(),
                R"("document_filters": {"read": {"name": {"$ne": "hidden"}},
                                        "write": {"name": {"$ne": "hidden"}}},
                   "read": true)");
  Document files;
  for (const auto& [path, text] : app) files.set(path, text);
  const Bytes schema = encode_schema(site_.schema());
  site_.write([&](Draft& draft) {
    must(draft.put(system_type::kApp,
                   Document{{"_id", "app"}, {"files", files}, {"schema", Binary{0, schema}}}));
    must(draft.put(site_.type("Box"),
                   Document{{"_id", "hid"}, {"count", int64_t{9}}, {"name", "hidden"}}));
  });
  site_.connect(ann_);
  EXPECT_TRUE(outside(site_.set_box("low", "count", int64_t{9})));
  std::string not_subscribed = why_;
  // Also if it would not fit its schema, or would need what is not there.
  EXPECT_TRUE(outside(site_.set_box("hid", "name", "mine")));
  const std::string hidden = why_;
  not_subscribed.replace(not_subscribed.find("low"), 3, "hid");
  EXPECT_EQ(hidden, not_subscribed);
  Changeset change = site_.changeset(ann_, site_.set_box("hid", "name", "n"));
  change.groups[0].operations[0].item = Item(Value(noise(90)));
  EXPECT_TRUE(outside(site_.decision(site_.upload(ann_, {change}))));
  EXPECT_EQ(why_, hidden);
}

TEST_F(OutsideView, WhatTheRulesSayOfOnesOwnWriteIsTold) {
  Device& clerk = site_.enrol("clerk");
  site_.write(asking(clerk, "text == 'x'", "Note"));
  site_.connect(clerk);
  const auto put_note = [&](Draft& draft) {
    must(draft.put(site_.type("Note"), Document{{"_id", "n"}, {"text", "y"}}));
  };
  const Decision decision = site_.decision(site_.upload(clerk, put_note));
  ASSERT_EQ(decision.outcomes.size(), 1u);
  EXPECT_EQ(decision.outcomes[0].reason, Reason::permission) << "a clerk may not write notes";
}

TEST_F(OutsideView, ASettingTakesThemAndTheNodeIsTold) {
  EXPECT_FALSE(ann_.all<Rights>().back().writes_outside_subscriptions);
  set_setting("accept");
  EXPECT_TRUE(ann_.all<Rights>().back().writes_outside_subscriptions);
  EXPECT_FALSE(outside(site_.set_box("low", "name", "x")));
  EXPECT_FALSE(outside(put_counted("new", 1)));
  site_.stop();
  site_.start();
  site_.connect(ann_);
  EXPECT_FALSE(outside(site_.set_box("low", "name", "y"))) << "it is in the log";
  set_setting("refuse");
  EXPECT_TRUE(outside(site_.set_box("low", "name", "z")));
}

TEST_F(OutsideView, TheAuthoritysOwnHandIsNotAsked) {
  EXPECT_EQ(site_.write(site_.set_box("low", "name", "x")).state, DecisionState::committed);
}

}  // namespace
}  // namespace syncline::authority_test
