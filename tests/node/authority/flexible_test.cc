// Views of queries: who is told what as objects come to match and cease to.
#include <fmt/format.h>

#include "proto/limits.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

class Flexible : public testing::Test {
 protected:
  // In place of the one of that name; by the authority's own hand.
  void subscribe(const Device& device, const std::string& query, const std::string& type = "Box",
                 const std::string& name = "it") {
    site_.write([&](Draft& draft) {
      must(draft.put(system_type::kSubscription,
                     Document{{"_id", subscription_prefix(device.id) + name},
                              {"node", to_string(device.id)},
                              {"type", type},
                              {"query", query}}));
    });
  }
  void put_counted(const std::string& id, int64_t count, const std::string& note = "") {
    site_.write([&](Draft& draft) {
      Document box{{"_id", id}, {"count", count}};
      if (!note.empty()) box.set("note", note);
      must(draft.put(site_.type("Box"), box));
    });
  }
  void count(const std::string& id, int64_t count) {
    site_.write(site_.set_box(id, "count", count));
  }
  void put_note(const std::string& id, const std::string& text) {
    site_.write([&](Draft& draft) {
      must(draft.put(site_.type("Note"), Document{{"_id", id}, {"text", text}}));
    });
  }
  bool has(const Device& device, const std::string& id) {
    return device.held.contains(site_.name_of("Box", id));
  }
  std::string boxes_of(const Device& device) {
    std::string ids;
    for (const char* id : {"a", "b", "c", "d", "e", "f"})
      if (has(device, id)) ids += id;
    return ids;
  }
  static std::vector<ObjectDelta::Kind> kinds(const Device& device) {
    std::vector<ObjectDelta::Kind> out;
    for (const ObjectDelta& object : device.told)
      if (object.object.type != system_type::kSubscription) out.push_back(object.kind);
    return out;
  }
  static size_t asked(const Device& device) { return device.all<HaveAsk>().size(); }

  using Kind = ObjectDelta::Kind;
  Site site_;
  Device& ann_ = site_.enrol("boss");
  Device& bob_ = site_.enrol("clerk");
};

TEST_F(Flexible, AnObjectEntersChangesAndLeavesByItsContent) {
  subscribe(ann_, "count > 5");
  site_.connect(ann_);
  ann_.forget();
  put_counted("a", 1);
  EXPECT_EQ(kinds(ann_), std::vector<Kind>{});
  count("a", 7), count("a", 8), count("a", 2), count("a", 3);
  EXPECT_EQ(kinds(ann_), (std::vector<Kind>{Kind::enter, Kind::update, Kind::leave}));
  count("a", 9);
  site_.write(site_.remove_box("a"));
  EXPECT_EQ(kinds(ann_),
            (std::vector<Kind>{Kind::enter, Kind::update, Kind::leave, Kind::enter, Kind::leave}));
  EXPECT_EQ(asked(ann_), 0u) << "what was held is known";
}

TEST_F(Flexible, WhoIsNotConcernedIsToldWhereTheLogIsNowAndThen) {
  subscribe(ann_, "count > 5");
  site_.connect(ann_);
  ann_.forget();
  for (int i = 0; i < 50; ++i) put_counted("a", i % 5);
  EXPECT_TRUE(ann_.got.empty());
  site_.fire("cursors");
  EXPECT_EQ(ann_.all<Delta>().size(), 1u);
  EXPECT_EQ(ann_.cursor, site_.head());
  put_counted("b", 6);
  EXPECT_EQ(ann_.cursor, site_.head());
  EXPECT_EQ(boxes_of(ann_), "b");
}

TEST_F(Flexible, CatchUpCostsTheObjectsAndNotTheirUpdates) {
  subscribe(ann_, "name == 'mine'");
  for (const char* id : {"a", "b", "c"}) site_.write(site_.put_box(id, "mine"));
  for (const char* id : {"d", "e", "f"}) site_.write(site_.put_box(id, "yours"));
  site_.connect(ann_);
  site_.disconnect(ann_);
  ann_.forget();
  for (int i = 0; i < 100; ++i)
    for (const char* id : {"a", "b", "d", "e"}) count(id, i);
  site_.connect(ann_);
  EXPECT_EQ(kinds(ann_), (std::vector<Kind>{Kind::update, Kind::update}))
      << "held for certain, so what is newer is enough; what never matched is not asked for";
  EXPECT_EQ(ann_.all<Delta>().size(), 1u);
  EXPECT_EQ(asked(ann_), 0u);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Flexible, WhatMayHaveLeftMeanwhileIsAskedForByBucket) {
  subscribe(ann_, "name == 'mine'");
  for (const char* id : {"a", "b", "c"}) site_.write(site_.put_box(id, "mine"));
  site_.write(site_.put_box("e", "yours"));
  site_.connect(ann_);
  site_.disconnect(ann_);
  ann_.forget();
  site_.write(site_.set_box("a", "name", "yours"));
  site_.write(site_.remove_box("b"));
  site_.write(site_.put_box("d", "yours"));
  for (int i = 0; i < 300; ++i) count("e", i);
  site_.connect(ann_);
  EXPECT_EQ(boxes_of(ann_), "c");
  EXPECT_EQ(asked(ann_), 1u);
  EXPECT_EQ(kinds(ann_), std::vector<Kind>{}) << "what left is named by its place in the answer";
}

TEST_F(Flexible, AnObjectThatWasMadeAnewMeanwhileIsNotTakenForTheOldOne) {
  subscribe(ann_, "name == 'mine'");
  site_.write(site_.put_box("a", "mine"));
  site_.write(site_.put_box("b", "mine"));
  site_.connect(ann_);
  site_.disconnect(ann_);
  for (const char* id : {"a", "b"}) site_.write(site_.remove_box(id));
  site_.write(site_.put_box("a", "yours"));
  site_.write(site_.put_box("b", "mine"));
  site_.connect(ann_);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
  EXPECT_EQ(boxes_of(ann_), "b");
}

TEST_F(Flexible, AnElementThatWasTakenOutOfAListMeanwhileIsGone) {
  subscribe(ann_, "name == 'mine'");
  site_.write([&](Draft& draft) {
    must(draft.put(site_.type("Box"),
                   Document{{"_id", "a"}, {"name", "mine"}, {"notes", List{"x", "y"}}}));
  });
  site_.connect(ann_);
  site_.disconnect(ann_);
  site_.write(
      [&](Draft& draft) { must(draft.erase(site_.type("Box"), "a", {"notes", uint64_t{0}})); });
  site_.connect(ann_);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Flexible, AChangedQueryTakesAndGivesOnlyTheDifference) {
  for (int i = 0; i < 6; ++i) put_counted(std::string(1, static_cast<char>('a' + i)), i);
  subscribe(ann_, "count < 4");
  site_.connect(ann_);
  EXPECT_EQ(boxes_of(ann_), "abcd");
  ann_.forget();
  subscribe(ann_, "count > 2");
  EXPECT_EQ(boxes_of(ann_), "def");
  EXPECT_EQ(kinds(ann_).size(), 5u) << "three leave, two enter, one stays as it is";
  EXPECT_EQ(asked(ann_), 0u);
}

TEST_F(Flexible, WhatALinkLeadsToDecides) {
  put_note("n", "cold");
  put_counted("a", 1, "n"), put_counted("b", 1, "m"), put_counted("c", 1);
  subscribe(ann_, "note.text == 'cold'");
  site_.connect(ann_);
  EXPECT_EQ(boxes_of(ann_), "a");
  put_note("m", "cold");
  EXPECT_EQ(boxes_of(ann_), "ab") << "an object that was missing is there now";
  put_note("n", "warm");
  EXPECT_EQ(boxes_of(ann_), "b");
  site_.disconnect(ann_);
  put_note("n", "cold");
  site_.write([&](Draft& draft) { must(draft.remove(site_.type("Note"), "m")); });
  site_.connect(ann_);
  EXPECT_EQ(boxes_of(ann_), "a");
}

TEST_F(Flexible, WhereTooManyLinkToWhatChangedEverythingIsToldAnew) {
  constexpr int kBoxes = 66'000;  // more than a transfer remembers
  put_note("n", "cold");
  for (int first = 0; first < kBoxes; first += 1'000) {
    site_.write([&](Draft& draft) {
      for (int i = first; i < first + 1'000; ++i)
        must(draft.put(site_.type("Box"), Document{{"_id", std::to_string(i)}, {"note", "n"}}));
    });
  }
  subscribe(ann_, "note.text == 'warm'");
  site_.connect(ann_);
  ann_.forget();
  put_note("n", "warm");
  EXPECT_EQ(ann_.held.size(), size_t{kBoxes} + 1) << "and its own subscription";
  const std::vector<Delta> deltas = ann_.all<Delta>();
  ASSERT_FALSE(deltas.empty());
  EXPECT_EQ(deltas.back().kind, Delta::Kind::bootstrap);
  EXPECT_EQ(deltas.back().done_objects, deltas.back().total_objects);
  uint64_t bytes = 0;
  for (TypeNumber type : {site_.type("Box"), system_type::kSubscription}) {
    for (auto at = scan_rows(site_.disk, type); at->valid(); at->next())
      bytes += at->value().size();
  }
  EXPECT_EQ(deltas.front().total_bytes, bytes);
  EXPECT_EQ(deltas.back().done_bytes, bytes);
  for (size_t i = 1; i < deltas.size(); ++i) {
    EXPECT_GE(deltas[i].done_bytes, deltas[i - 1].done_bytes);
    EXPECT_EQ(deltas[i].total_bytes, deltas[0].total_bytes) << "known from the first part on";
  }
}

TEST_F(Flexible, AWindowHoldsTheFirstAndFillsUpAgain) {
  for (int i = 0; i < 6; ++i) put_counted(std::string(1, static_cast<char>('a' + i)), i * 10);
  subscribe(ann_, "TRUEPREDICATE SORT(count DESC) LIMIT(2)");
  site_.connect(ann_);
  EXPECT_EQ(boxes_of(ann_), "ef");
  count("a", 99);
  EXPECT_EQ(boxes_of(ann_), "af") << "displaced, though nobody touched it";
  site_.write(site_.remove_box("f"));
  EXPECT_EQ(boxes_of(ann_), "ae");
  site_.disconnect(ann_);
  count("b", 100), count("c", 100);
  site_.connect(ann_);
  EXPECT_EQ(boxes_of(ann_), "bc");
}

TEST_F(Flexible, AQueryIsNoOracleForFieldsThatAreHidden) {
  site_.write(site_.put_box("a", "x"));
  site_.write(site_.set_box("a", "secret", "sesame"));
  for (Device* device : {&ann_, &bob_}) {
    subscribe(*device, "secret == 'sesame'");
    site_.connect(*device);
  }
  EXPECT_EQ(boxes_of(ann_), "a");
  EXPECT_EQ(boxes_of(bob_), "");
  bob_.forget();
  site_.write(site_.set_box("a", "secret", "other"));
  EXPECT_TRUE(bob_.got.empty());
  subscribe(bob_, "secret == null");
  EXPECT_EQ(boxes_of(bob_), "a") << "it reads as missing";
}

TEST_F(Flexible, ABadQueryIsRefusedAndTheOneBeforeGoesOn) {
  put_counted("a", 9);
  subscribe(ann_, "count > 5");
  site_.connect(ann_);
  const ChangesetName name = site_.upload(ann_, [&](Draft& draft) {
    must(
        draft.put(system_type::kSubscription, Document{{"_id", subscription_prefix(ann_.id) + "it"},
                                                       {"node", to_string(ann_.id)},
                                                       {"type", "Box"},
                                                       {"query", "weight > 5"}}));
  });
  const Decision decision = site_.decision(name);
  ASSERT_EQ(decision.state, DecisionState::refused);
  EXPECT_EQ(decision.outcomes.at(0).reason, Reason::schema);
  EXPECT_NE(decision.outcomes[0].text.find("Invalid query: "), std::string::npos);
  EXPECT_NE(decision.outcomes[0].text.find("weight"), std::string::npos);
  EXPECT_EQ(boxes_of(ann_), "a");
}

TEST_F(Flexible, LinksBackAndLinksOfLinksAreNotForSubscriptions) {
  const auto deployed = site_.machine().deployed();
  EXPECT_EQ(deployed->object_to_query(0, site_.type("Box"), "note.text == 'x'"), std::nullopt);
  EXPECT_NE(deployed->object_to_query(0, site_.type("Note"), "@links.Box.note.@count > 0")
                .value_or("")
                .find("backlinks"),
            std::string::npos);
}

TEST_F(Flexible, WhereOnlyDeclaredFieldsAreQueryableOthersAreRefused) {
  put_note("n", "cold");
  put_counted("a", 9, "n");
  subscribe(ann_, "count > 5");
  subscribe(bob_, "note.text == 'cold'");
  site_.connect(ann_), site_.connect(bob_);
  EXPECT_EQ(boxes_of(ann_), "a");
  EXPECT_EQ(boxes_of(bob_), "a");
  site_.write([](Draft& draft) {
    must(draft.put(system_type::kSetting,
                   Document{{"_id", "queryable_fields"}, {"value", "declared"}}));
  });
  site_.connect(ann_), site_.connect(bob_);
  EXPECT_EQ(boxes_of(ann_), "a") << "count is declared, for all types";
  EXPECT_EQ(boxes_of(bob_), "") << "the text of a note is not";
  const auto deployed = site_.machine().deployed();
  const auto why = [&](const std::string& type, const std::string& query) {
    return deployed->object_to_query(0, site_.type(type), query).value_or("");
  };
  EXPECT_EQ(why("Box", "_id == 'a' AND count == 1 AND name == 'declared for this type'"), "");
  EXPECT_THAT(why("Box", "note.text == 'cold'"),
              testing::HasSubstr("text of Note is not declared queryable"));
  EXPECT_THAT(why("Box", "count == 1 AND secret == 'x'"),
              testing::HasSubstr("secret of Box is not declared queryable"));
  EXPECT_THAT(why("Box", "count == 1 SORT(secret ASC) LIMIT(2)"),
              testing::HasSubstr("secret of Box is not declared queryable"));
}

TEST_F(Flexible, ANodeHasABoundedNumberOfSubscriptions) {
  site_.connect(ann_);
  const ChangesetName name = site_.upload(ann_, [&](Draft& draft) {
    for (size_t i = 0; i <= limits::kSubscriptionsMax; ++i)
      must(draft.put(system_type::kSubscription,
                     Document{{"_id", fmt::format("{}{}", subscription_prefix(ann_.id), i)},
                              {"node", to_string(ann_.id)},
                              {"type", "Box"},
                              {"query", fmt::format("count == {}", i)}}));
  });
  const Decision decision = site_.decision(name);
  EXPECT_EQ(decision.state, DecisionState::committed);
  ASSERT_EQ(decision.outcomes.size(), 1u);
  EXPECT_EQ(decision.outcomes[0].reason, Reason::too_large);
}

TEST_F(Flexible, AFloodOfChangedSubscriptionsWaitsForTheSecondToEnd) {
  put_counted("a", 0);
  site_.connect(ann_);
  for (uint32_t i = 0; i < limits::kViewChangesPerSecondMax; ++i)
    subscribe(ann_, fmt::format("count == {}", i % 2));
  EXPECT_EQ(site_.events("throttled"), 1u);
  ann_.forget();
  subscribe(ann_, "count == 0");
  EXPECT_TRUE(ann_.got.empty());
  site_.now.monotonic_ms += 1'000;
  site_.fire("throttled");
  EXPECT_EQ(boxes_of(ann_), "a");
}

}  // namespace
}  // namespace syncline::authority_test
