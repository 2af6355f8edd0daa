// Admission and the judging of groups, as a device meets them: uploads in, decisions and state out.
#include "proto/limits.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using testing::HasSubstr;

class Admitting : public testing::Test {
 protected:
  void SetUp() override {
    site_.subscribe(ann_, {"Box", "Note"});
    site_.connect(ann_);
    site_.write(site_.put_box("a", "first"));
  }
  Decision decide(const Edit& edit) { return site_.decision(site_.upload(ann_, edit)); }
  std::map<uint32_t, Reason> reasons(const Decision& decision) {
    std::map<uint32_t, Reason> out;
    for (const Outcome& outcome : decision.outcomes)
      if (outcome.verdict == Verdict::refused) out[outcome.ordinal] = outcome.reason;
    return out;
  }
  Value box(const std::string& field) {
    const auto row = site_.row(site_.name_of("Box", "a"));
    const Child* child = row ? row->fields.find(site_.field("Box", field)) : nullptr;
    return child == nullptr ? Value() : value_of(child->item);
  }
  Draft& set(Draft& draft, const char* field, const Value& value) {
    site_.set_box("a", field, value)(draft);
    return draft;
  }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
};

TEST_F(Admitting, FieldsThatARoleMayNotWriteAreRefusedAndTheRestStands) {
  const Decision decision = decide([&](Draft& draft) {
    set(draft, "locked", true);
    set(draft, "name", "second");
    set(draft, "secret", "x");
  });
  EXPECT_EQ(decision.state, DecisionState::committed);
  const std::map<uint32_t, Reason> expected{{0, Reason::permission}, {2, Reason::permission}};
  EXPECT_EQ(reasons(decision), expected);
  EXPECT_THAT(decision.outcomes[0].text, HasSubstr("clerk"));
  EXPECT_THAT(decision.outcomes[0].text, HasSubstr("locked"));
  EXPECT_EQ(box("name"), Value("second"));
  EXPECT_EQ(box("locked"), Value());
  const Entry entry = site_.entries().back();
  EXPECT_EQ(entry.user, "clerk");
  ASSERT_EQ(entry.roles.size(), 1u);
  EXPECT_EQ(entry.roles[0].second, "clerk");
  EXPECT_EQ(entry.outcomes.size(), 3u) << "one for each operation";
}

// The link knows nodes by their keys.
TEST_F(Admitting, ANodeKeyBelongsToOneNodeThatIsNotRemoved) {
  const auto put = [&](uint8_t id, const std::string& key) -> Edit {
    return [=](Draft& draft) {
      must(draft.put(system_type::kNode, Document{{"_id", to_string(NodeId(0x1000u + id))},
                                                  {"name", "node " + std::to_string(id)},
                                                  {"user", "clerk"},
                                                  {"node_key", key},
                                                  {"identity_key", std::string(64, 'a')}}));
    };
  };
  EXPECT_EQ(site_.write(put(1, "one")).state, DecisionState::committed);
  EXPECT_EQ(site_.write(put(2, "two")).state, DecisionState::committed);
  const Decision refused = site_.try_to_write(put(3, "one"));
  ASSERT_EQ(refused.state, DecisionState::refused);
  EXPECT_EQ(refused.outcomes[0].reason, Reason::precondition);
  EXPECT_THAT(refused.outcomes[0].text, HasSubstr("node 1 has this node key"));
  const auto set = [&](uint8_t id, const char* field, const Value& value) {
    return site_.try_to_write([&](Draft& draft) {
      must(draft.set(system_type::kNode, to_string(NodeId(0x1000u + id)), {field}, value));
    });
  };
  EXPECT_EQ(set(2, "node_key", "one").state, DecisionState::refused);
  EXPECT_EQ(set(1, "name", "renamed").state, DecisionState::committed) << "it has its own key";
  EXPECT_EQ(set(1, "removed", true).state, DecisionState::committed);
  EXPECT_EQ(site_.write(put(3, "one")).state, DecisionState::committed);
  EXPECT_EQ(set(1, "removed", false).state, DecisionState::refused) << "it is another's by now";
}

TEST_F(Admitting, WhatDoesNotFitTheSchemaIsRefusedAlone) {
  Changeset changeset = site_.changeset(ann_, [&](Draft& draft) {
    set(draft, "name", "second");
    set(draft, "count", int64_t{3});
  });
  changeset.groups[0].operations[0].item = Item(Value(noise(41)));
  const Decision decision = site_.decision(site_.upload(ann_, {changeset}));
  EXPECT_EQ(reasons(decision), (std::map<uint32_t, Reason>{{0, Reason::schema}}));
  EXPECT_EQ(box("name"), Value("first"));
  EXPECT_EQ(box("count"), Value(int64_t{3}));
}

// Whoever learned that it was what stood there could guess what is hidden.
TEST_F(Admitting, WritingWhatStandsThereAlreadyIsRefusedAsAnyOther) {
  site_.write(site_.set_box("a", "secret", Value("1234")));
  for (const char* guess : {"9999", "1234"}) {
    const Decision decision = decide(site_.set_box("a", "secret", Value(guess)));
    EXPECT_EQ(decision.state, DecisionState::refused) << guess;
    ASSERT_EQ(decision.outcomes.size(), 1u);
    EXPECT_EQ(decision.outcomes[0].reason, Reason::permission);
  }
}

TEST_F(Admitting, DocumentsThatARoleMayNotWriteStay) {
  EXPECT_EQ(decide(site_.remove_box("a")).state, DecisionState::refused);
  EXPECT_EQ(box("name"), Value("first"));
  const Decision decision = decide([&](Draft& draft) {
    must(draft.put(site_.type("Note"), Document{{"_id", "n"}, {"text", "t"}}));
  });
  EXPECT_EQ(decision.state, DecisionState::refused);
  EXPECT_FALSE(site_.row(site_.name_of("Note", "n")));
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Admitting, AllOrNothingRefusesTheLawfulPartsToo) {
  const Hash merge_before =
      hash("row", *must(get_object(site_.disk, site_.name_of("Box", "a"))).merge);
  const Decision decision = decide([&](Draft& draft) {
    draft.set_all_or_nothing(true);
    set(draft, "name", "second");
    set(draft, "secret", "x");
    site_.put_box("b", "n")(draft);
  });
  EXPECT_EQ(decision.state, DecisionState::refused);
  EXPECT_EQ(reasons(decision)[0], Reason::all_or_nothing);
  EXPECT_EQ(reasons(decision)[1], Reason::permission);
  EXPECT_EQ(reasons(decision)[2], Reason::all_or_nothing);
  EXPECT_EQ(box("name"), Value("first"));
  EXPECT_FALSE(site_.row(site_.name_of("Box", "b")));
  EXPECT_TRUE(site_.entries().back().objects.empty());
  EXPECT_EQ(merge_before,
            hash("row", *must(get_object(site_.disk, site_.name_of("Box", "a"))).merge));
}

TEST_F(Admitting, WhatNeedsARefusedInsertIsRefusedAsDependingOnIt) {
  Changeset changeset = site_.changeset(ann_, [&](Draft& draft) {
    must(draft.create(site_.type("Box"), Document{{"_id", "z"}, {"locked", true}}));
    site_.set_box("z", "name", "n")(draft);
  });
  // The create is judged by the field in it, and taken out; the set finds nothing to set.
  const auto refused = reasons(site_.decision(site_.upload(ann_, {changeset})));
  EXPECT_EQ(refused.at(0), Reason::permission);
  EXPECT_TRUE(refused.contains(1));
  EXPECT_FALSE(site_.row(site_.name_of("Box", "z")));
}

TEST_F(Admitting, AnUpdateOfWhatNeverWasIsRefused) {
  Changeset changeset = site_.changeset(ann_, site_.set_box("a", "name", "n"));
  changeset.groups[0].object = site_.name_of("Box", "never");
  changeset.groups[0].id = Value("never");
  const Decision decision = site_.decision(site_.upload(ann_, {changeset}));
  EXPECT_EQ(reasons(decision)[0], Reason::no_such_object);
}

TEST_F(Admitting, WhatDoesNotDecodeIsRefusedByItsNameAndTheNextGoesOn) {
  const Bytes next = encode_changeset(site_.changeset(ann_, site_.set_box("a", "name", "next")));
  site_.run({site_.offer(ann_, {"no changeset", next})});
  const ChangesetName first{ann_.id, ann_.epoch, 1};
  EXPECT_EQ(reasons(ann_.decided.at(first))[0], Reason::undecodable);
  EXPECT_EQ(site_.entries()[site_.entries().size() - 2].payload, "no changeset");
  EXPECT_EQ(box("name"), Value("next"));
}

TEST_F(Admitting, WhatARemovedNodeHadOfferedIsRefused) {
  Draft removal = authority_draft(site_.machine(), site_.disk);
  must(removal.set(system_type::kNode, to_string(ann_.id), {"removed"}, true));
  const ChangesetName own = removal.name();
  const Bytes offered = encode_changeset(site_.changeset(ann_, site_.set_box("a", "name", "late")));
  site_.run({authority_input::Local{50, own, take_changeset(std::move(removal), site_.now.clock())},
             site_.offer(ann_, {offered})});
  const Decision decision = site_.decision({ann_.id, ann_.epoch, 1});
  EXPECT_EQ(reasons(decision)[0], Reason::removed_node);
  EXPECT_EQ(box("name"), Value("first"));
  ASSERT_EQ(ann_.all<Goodbye>().size(), 1u);
  EXPECT_EQ(ann_.all<Goodbye>()[0].error.code, ErrorCode::kUnknownNode);
  EXPECT_FALSE(ann_.all<Goodbye>()[0].retry);
}

TEST_F(Admitting, AnObjectThatWouldGrowTooLargeStaysAsItIs) {
  const auto decide_in_parts = [&](const Edit& edit) {
    const Changeset changeset = site_.changeset(ann_, edit);
    site_.run(site_.offer_in_parts(ann_, encode_changeset(changeset)));
    return ann_.decided.rbegin()->second;
  };
  EXPECT_EQ(
      decide_in_parts([&](Draft& draft) { set(draft, "any", std::string(9'000'000, 'a')); }).state,
      DecisionState::committed);
  const Decision decision = decide_in_parts([&](Draft& draft) {
    must(draft.insert(site_.type("Box"), "a", {"notes"}, 0, std::string(8'000'000, 'b')));
    set(draft, "name", "large");
  });
  for (const auto& [ordinal, reason] : reasons(decision)) EXPECT_EQ(reason, Reason::too_large);
  EXPECT_EQ(decision.state, DecisionState::refused);
  EXPECT_EQ(box("name"), Value("first"));
}

// Effects repeat their paths: a changeset that is taken may do more than an entry can hold.
TEST_F(Admitting, WhatWouldMakeTooLargeAnEntryIsRefusedWhole) {
  AuthorityOptions options = site_.options;
  options.entry_bytes_max = 1u << 20;
  site_.stop();
  site_.start(options);
  site_.connect(ann_);
  const std::string key = noise(4000);
  Document inner;
  for (int i = 0; i < 200; ++i) inner.set("k" + std::to_string(i), int64_t{0});
  const Decision small = decide([&](Draft& draft) { set(draft, "any", Document{{key, inner}}); });
  EXPECT_EQ(small.state, DecisionState::committed);
  const Decision large = decide([&](Draft& draft) {
    for (int i = 0; i < 200; ++i)
      must(draft.set(site_.type("Box"), "a", {"any", key, "k" + std::to_string(i)}, int64_t{1}));
  });
  EXPECT_EQ(large.state, DecisionState::refused);
  for (const auto& [ordinal, reason] : reasons(large)) EXPECT_EQ(reason, Reason::too_large);
  EXPECT_EQ(site_.entries().back().objects.size(), 0u);
}

TEST_F(Admitting, TheSameChangesetIsDecidedOnceHoweverOftenItComes) {
  site_.write(site_.set_box("a", "count", int64_t{0}));
  const Bytes payload = encode_changeset(site_.changeset(
      ann_, [&](Draft& draft) { must(draft.increment(site_.type("Box"), "a", {"count"}, 1)); }));
  const AuthorityInput once = site_.offer(ann_, {payload});
  site_.run({once, once});
  const Cursor head = site_.head();
  site_.run({once});
  site_.start();
  site_.connect(ann_);
  ann_.number = 0;
  site_.run({site_.offer(ann_, {payload})});
  EXPECT_EQ(site_.head(), head);
  EXPECT_EQ(box("count"), Value(int64_t{1}));
  EXPECT_EQ(site_.events("clone_alarm") + site_.events("gap"), 0u);
}

TEST_F(Admitting, ANameUsedAgainWithAnotherContentIsACloneAlarmThatItsWriterIsTold) {
  const Hash there =
      site_.decision(site_.upload(ann_, site_.set_box("a", "name", "one"))).payload_hash;
  const Cursor head = site_.head();
  for (int times = 0; times < 2; ++times) {
    ann_.number = 0;
    const ChangesetName name = site_.upload(ann_, site_.set_box("a", "name", "two"));
    const Decision told = ann_.decided.at(name);
    EXPECT_EQ(told.state, DecisionState::refused);
    EXPECT_EQ(reasons(told)[0], Reason::clone);
    EXPECT_NE(told.payload_hash, there) << "of the content that was refused, for its journal";
    EXPECT_EQ(site_.decision(name).payload_hash, there) << "the decision itself stands";
  }
  EXPECT_EQ(site_.head(), head);
  EXPECT_EQ(box("name"), Value("one"));
  EXPECT_EQ(site_.events("clone_alarm"), 1u) << "told once";
}

TEST_F(Admitting, ANumberThatWasPassedOverIsRefusedAndNotLost) {
  ann_.number = 4;
  site_.upload(ann_, site_.set_box("a", "name", "five"));
  EXPECT_EQ(box("name"), Value("five")) << "a gap is passed";
  const Cursor head = site_.head();
  ann_.number = 2;
  const ChangesetName late = site_.upload(ann_, site_.set_box("a", "name", "three"));
  EXPECT_EQ(reasons(ann_.decided.at(late))[0], Reason::clone);
  EXPECT_EQ(site_.events("gap"), 1u);
  EXPECT_EQ(site_.head(), head);
  EXPECT_EQ(box("name"), Value("five"));
}

TEST_F(Admitting, OwnEarlierWritesCountAsSeenAlongTheParentsOfEpochs) {
  Device& boss = site_.enrol("boss");
  site_.subscribe(boss, {"Box"});
  site_.connect(boss);
  // In a new epoch, having seen nothing of the log, it changes what it made in epoch 1.
  const auto changed = [&](const std::string& id, Epoch epoch, uint64_t seen_of_epoch_1) {
    boss.epoch = Epoch(1), boss.number = seen_of_epoch_1 / 10 * 10;
    site_.upload(boss, site_.put_box(id, "n"));
    boss.epoch = epoch, boss.number = 0;
    Changeset change = site_.changeset(boss, site_.set_box(id, "name", "changed"));
    change.base = {};
    change.parent = std::pair(Epoch(1), seen_of_epoch_1);
    const Decision decision = site_.decision(site_.upload(boss, {change}));
    return decision.state == DecisionState::committed;
  };
  EXPECT_TRUE(changed("x", Epoch(2), 11)) << "number 11 made it";
  EXPECT_FALSE(changed("y", Epoch(3), 20)) << "number 21 made it, after the fork";
}

TEST_F(Admitting, OfABlindGroupTheBaseDoesNotCount) {
  const auto write_from_the_past = [&](bool blind) {
    Changeset changeset = site_.changeset(ann_, site_.put_box("fresh", "n"));
    Operation set;
    set.path = {site_.field("Box", "name")};
    set.item = Item(Value(blind ? "blind" : "seen"));
    set.ordinal = 1;
    changeset.groups[0].object = site_.name_of("Box", "a");
    changeset.groups[0].id = Value("a");
    changeset.groups[0].blind = blind;
    changeset.groups[0].operations[0].item = Item(Scope());
    changeset.groups[0].operations.push_back(set);
    changeset.written.monotonic_ms -= 500;
    return site_.decision(site_.upload(ann_, {changeset}));
  };
  const Decision blind = write_from_the_past(true);
  EXPECT_EQ(box("name"), Value("first")) << "written before what stands, which it had not seen";
  EXPECT_TRUE(reasons(blind).empty());
  write_from_the_past(false);
  EXPECT_EQ(box("name"), Value("seen"));
}

TEST_F(Admitting, ANodeMayChangeItsOwnSubscriptionsOnlyAndNoOtherSystemObject) {
  Device& bob = site_.enrol("boss");
  const auto subscribe = [&](const Device& whose, const char* type) {
    return reasons(decide([&](Draft& draft) {
      must(draft.put(system_type::kSubscription,
                     Document{{"_id", subscription_prefix(whose.id) + "s"}, {"type", type}}));
    }));
  };
  EXPECT_TRUE(subscribe(ann_, "Note").empty());
  EXPECT_EQ(subscribe(bob, "Note")[0], Reason::permission);
  EXPECT_EQ(subscribe(ann_, "Nothing")[0], Reason::unknown_type);
  EXPECT_EQ(reasons(decide([&](Draft& draft) {
              must(draft.put(system_type::kUser, Document{{"_id", "mallory"}}));
            }))[0],
            Reason::permission);
}

TEST_F(Admitting, AnUnknownTypeIsRefused) {
  Changeset changeset = site_.changeset(ann_, site_.put_box("x", "n"));
  changeset.groups[0].object.type = TypeNumber(99);
  EXPECT_EQ(reasons(site_.decision(site_.upload(ann_, {changeset})))[0], Reason::unknown_type);
}

}  // namespace
}  // namespace syncline::authority_test
