#include "node/replica/integrate.h"

#include "node/replica/receipts.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class IntegrateTest : public testing::Test {
 protected:
  IntegrateTest() : node_(&disk_) {
    node_.open(1);
    node_.welcome(node_.connect(), authority_);
  }
  // The authority's next entry brings this.
  void live(std::vector<Bytes> objects, std::vector<Decision> decisions = {}) {
    Delta delta = authority_.delta(node_, authority_.cursor_of(node_).seq.value + 1);
    delta.objects = std::move(objects);
    delta.decisions = std::move(decisions);
    node_.receive(delta);
    EXPECT_FALSE(node_.last.trouble) << node_.last.trouble->message;
  }
  uint64_t next() { return authority_.cursor_of(node_).seq.value + 1; }
  Decision commit_of(const ChangesetName& name) {
    return committed(name, pending_hash(disk_, name), next());
  }
  Decision refusal_of(const ChangesetName& name, std::vector<uint32_t> ordinals) {
    return refused(name, pending_hash(disk_, name), next(), std::move(ordinals));
  }
  std::vector<std::pair<std::optional<double>, std::optional<double>>> changes_of(
      const std::string& id) {
    std::vector<std::pair<std::optional<double>, std::optional<double>>> out;
    auto value = [](const std::optional<Row>& row) -> std::optional<double> {
      if (!row) return std::nullopt;
      const Item* item = find_item(row->fields, {fridge::kCelsius});
      return item == nullptr ? -1 : item->value().get<double>();
    };
    for (const ObjectChange& change : node_.changes) {
      if (change.object == fridge_name(id))
        out.emplace_back(value(change.before), value(change.after));
    }
    return out;
  }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

using Seen = std::pair<std::optional<double>, std::optional<double>>;

TEST_F(IntegrateTest, EnterUpdateAndLeaveChangeTheConfirmedSide) {
  live({enter(fridge_row("a", 1, 1)), enter(fridge_row("b", 2, 1))});
  EXPECT_EQ(node_.celsius("a"), 1.0);
  live({update("a", 2, {put_celsius(5)}), leave("b", 2)});
  EXPECT_EQ(node_.celsius("a"), 5.0);
  EXPECT_FALSE(node_.shown("b"));
  EXPECT_EQ(node_.shown("a")->changed, LogSeq(2));
  EXPECT_EQ(node_.shown("a")->born, LogSeq(1));
  live({enter(fridge_row("a", 6, 3)), update("a", 3, {put_celsius(7)})});
  EXPECT_EQ(node_.celsius("a"), 7.0);
  EXPECT_THAT(changes_of("a"), testing::ElementsAre(Seen{std::nullopt, 1}, Seen{1, 5}, Seen{5, 7}));
  EXPECT_THAT(changes_of("b"), testing::ElementsAre(Seen{std::nullopt, 2}, Seen{2, std::nullopt}));
  EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(3));
  node_.kill();
  node_.open(2);
  EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(3));
  EXPECT_EQ(node_.celsius("a"), 7.0);
}

TEST_F(IntegrateTest, AnAcceptedWriteLeavesPendingWithoutAFlicker) {
  const ChangesetName name = node_.write_fridge("a", 5);
  node_.changes.clear();
  node_.receipts.clear();
  live({enter(fridge_row("a", 5, 1))}, {commit_of(name)});
  EXPECT_TRUE(node_.changes.empty()) << "it was shown already";
  EXPECT_EQ(node_.machine().status().pending, 0u);
  EXPECT_EQ(node_.machine().status().pending_bytes, 0u);
  EXPECT_TRUE(must(read_pending(disk_)).empty());
  EXPECT_EQ(node_.confirmed_celsius("a"), 5.0);
  ASSERT_EQ(node_.receipts.size(), 1u);
  EXPECT_EQ(node_.receipts[0].state, ReceiptState::committed);
  EXPECT_EQ(node_.receipts[0].seq, LogSeq(1));
  EXPECT_EQ(must(read_receipt(disk_, name))->state, ReceiptState::committed);
  EXPECT_TRUE(node_.last.want_sync_soon);
  // Nothing of it is left in the store.
  for (Keyspace space :
       {Keyspace::node_overlay, Keyspace::node_touched_by, Keyspace::node_payload}) {
    const Bytes from = node_keys::all(space);
    EXPECT_FALSE(disk_.scan(from, prefix_end(from))->valid());
  }
}

TEST_F(IntegrateTest, AnObjectThatManyPendingChangesTouchIsLaidOverByThoseThatRemain) {
  live({enter(fridge_row("a", 1, 1))});
  // More than the overlay lists: it lists the first eight.
  std::vector<ChangesetName> names;
  for (int i = 0; i < 12; ++i)
    names.push_back(node_.write(
        [i](Draft& d) { must(d.add(kFridge, Value("a"), {"labels"}, "k" + std::to_string(i))); }));
  const auto labels = [&] {
    const auto row = node_.shown("a");
    const Item* item = find_item(row->fields, {fridge::kLabels});
    return item == nullptr ? size_t{0} : item->scope()->children.size();
  };
  EXPECT_EQ(labels(), 12u);
  // Refused ones leave nothing: of those listed, of those that are not, and the last.
  size_t left = 12;
  for (const int i : {3, 9, 1, 11}) {
    live({}, {refusal_of(names[i], {0})});
    EXPECT_EQ(labels(), --left) << "after " << i;
  }
  // A write now stands behind those that are not listed.
  names.push_back(
      node_.write([](Draft& d) { must(d.add(kFridge, Value("a"), {"labels"}, "k20")); }));
  EXPECT_EQ(labels(), ++left);
  for (const int i : {2, 4, 5, 6, 7, 8, 10}) live({}, {refusal_of(names[i], {0})});
  EXPECT_EQ(labels(), 2u);
  live({}, {refusal_of(names.back(), {0})});
  EXPECT_EQ(labels(), 1u);
  live({}, {refusal_of(names.front(), {0})});  // it made the set
  EXPECT_EQ(labels(), 0u);
  for (Keyspace space : {Keyspace::node_overlay, Keyspace::node_touched_by}) {
    const Bytes from = node_keys::all(space);
    EXPECT_FALSE(disk_.scan(from, prefix_end(from))->valid());
  }
}

TEST_F(IntegrateTest, ARefusedWriteIsUndoneAndGoesToTheJournalWithItsContent) {
  live({enter(fridge_row("a", 1, 1))});
  node_.write([](Draft& d) { must(d.set(kFridge, Value("a"), {"celsius"}, 9.0)); });
  const ChangesetName name = node_.write([](Draft& d) {
    must(d.set(kFridge, Value("a"), {"name"}, "kept"));
    must(d.set(kFridge, Value("a"), {"celsius"}, 10.0));
    must(d.create(kFridge, Document{{"_id", "new"}}));
  });
  const ChangesetName first{name.origin, name.epoch, 1};
  EXPECT_EQ(node_.celsius("a"), 10.0);
  node_.changes.clear();
  Decision partly = refusal_of(name, {1, 2});
  partly.state = DecisionState::committed;
  Effect put_name{Effect::Kind::put, {fridge::kName}, Item(Value("kept")), {}};
  live({update("a", 2, {put_name})}, {refusal_of(first, {0}), partly});
  EXPECT_EQ(node_.celsius("a"), 1.0);
  EXPECT_FALSE(node_.shown("new"));
  EXPECT_EQ(find_item(node_.shown("a")->fields, {fridge::kName})->value(), Value("kept"));
  EXPECT_THAT(changes_of("a"), testing::ElementsAre(Seen{10, 1}));
  EXPECT_EQ(node_.last.rejections.size(), 2u);
  const auto journal = must(read_journal(disk_));
  ASSERT_EQ(journal.size(), 2u);
  EXPECT_EQ(journal[1].name, name);
  EXPECT_EQ(journal[1].decided_wall_ms, node_.now.wall_ms);
  EXPECT_EQ(journal[1].outcomes.size(), 2u);
  EXPECT_EQ(journal[1].outcomes[0].text, "role reader may not write");
  ASSERT_EQ(journal[1].changeset.groups.size(), 2u);
  ASSERT_EQ(journal[1].changeset.groups[0].operations.size(), 1u);
  EXPECT_EQ(journal[1].changeset.groups[0].operations[0].item->value(), Value(10.0));
  EXPECT_EQ(must(read_receipt(disk_, first))->state, ReceiptState::refused);
  EXPECT_EQ(must(read_receipt(disk_, name))->state, ReceiptState::committed);
  EXPECT_EQ(must(read_receipt(disk_, name))->outcomes.size(), 2u);
  EXPECT_EQ(node_.machine().status().journal, 2u);
}

TEST_F(IntegrateTest, SupersededByAResetGoesToTheJournalAndOtherwiseNot) {
  const ChangesetName name = node_.write([](Draft& d) {
    must(d.create(kFridge, Document{{"_id", "a"}, {"celsius", 1.0}}));
    must(d.set(kFridge, Value("a"), {"celsius"}, 2.0));
    must(d.set(kFridge, Value("a"), {"name"}, "x"));
  });
  Decision decision = commit_of(name);
  Outcome by_reset{1, Verdict::superseded, Reason::none, "", LogSeq(1), true};
  Outcome by_write{2, Verdict::superseded, Reason::none, "", LogSeq(1), false};
  decision.outcomes = {by_reset, by_write};
  live({}, {decision});
  const auto journal = must(read_journal(disk_));
  ASSERT_EQ(journal.size(), 1u);
  ASSERT_EQ(journal[0].changeset.groups[0].operations.size(), 1u);
  EXPECT_EQ(journal[0].changeset.groups[0].operations[0].ordinal, 1u);
}

TEST_F(IntegrateTest, OneOutcomeMaySpeakForAWholeRefusedChangeset) {
  const ChangesetName name = node_.write([](Draft& d) {
    must(d.create(kFridge, Document{{"_id", "a"}}));
    must(d.create(kFridge, Document{{"_id", "b"}}));
  });
  live({}, {refusal_of(name, {0})});
  EXPECT_EQ(must(read_journal(disk_))[0].changeset.groups.size(), 2u);
}

TEST_F(IntegrateTest, OwnPendingStaysOnTopOfWhatOthersDo) {
  live({enter(fridge_row("a", 1, 1))});
  const ChangesetName mine =
      node_.write([](Draft& d) { must(d.set(kFridge, Value("a"), {"celsius"}, 9.0)); });
  node_.changes.clear();
  Effect their_name{Effect::Kind::put, {fridge::kName}, Item(Value("theirs")), {}};
  live({update("a", 2, {put_celsius(3), their_name})});
  EXPECT_EQ(node_.celsius("a"), 9.0);
  EXPECT_EQ(node_.confirmed_celsius("a"), 3.0);
  EXPECT_EQ(find_item(node_.shown("a")->fields, {fridge::kName})->value(), Value("theirs"));
  EXPECT_EQ(node_.changes.size(), 1u);
  node_.changes.clear();
  live({update("a", 3, {put_celsius(4)})});
  EXPECT_TRUE(node_.changes.empty()) << "hidden by the pending write";
  live({leave("a", 4)});
  EXPECT_FALSE(node_.shown("a")) << "a set does not bring back an object that is gone";
  live({enter(fridge_row("a", 5, 5))});
  EXPECT_EQ(node_.celsius("a"), 9.0);
  live({}, {refusal_of(mine, {0})});
  EXPECT_EQ(node_.celsius("a"), 5.0);
}

TEST_F(IntegrateTest, OfSeveralPendingOnOneObjectOnlyTheDecidedGoes) {
  live({enter(fridge_row("a", 1, 1))});
  auto add = [](Draft& d) { must(d.set(kFridge, Value("a"), {"opened"}, int64_t{0})); };
  const ChangesetName zero = node_.write(add);
  const ChangesetName one =
      node_.write([](Draft& d) { must(d.increment(kFridge, Value("a"), {"opened"}, 1)); });
  const ChangesetName ten =
      node_.write([](Draft& d) { must(d.increment(kFridge, Value("a"), {"opened"}, 10)); });
  auto opened = [&] { return find_item(node_.shown("a")->fields, {fridge::kOpened})->value(); };
  EXPECT_EQ(opened(), Value(int64_t{11}));
  Effect put{Effect::Kind::put, {fridge::kOpened}, Item(Value(int64_t{0})), {}};
  live({update("a", 2, {put})}, {commit_of(zero)});
  EXPECT_EQ(opened(), Value(int64_t{11}));
  live({}, {refusal_of(one, {0})});
  EXPECT_EQ(opened(), Value(int64_t{10}));
  put.item = Item(Value(int64_t{10}));
  live({update("a", 4, {put})}, {commit_of(ten)});
  EXPECT_EQ(opened(), Value(int64_t{10}));
  EXPECT_EQ(node_.machine().status().pending, 0u);
}

// An own write mostly comes back byte for byte as it is shown, and is not looked into then.
TEST_F(IntegrateTest, WhatComesBackAsItIsShownIsChangedByWhatFollows) {
  const ChangesetName a = node_.write_fridge("a", 5);
  const ChangesetName b = node_.write_fridge("b", 5);
  node_.changes.clear();
  live({enter(fridge_row("a", 5, 1)), enter(fridge_row("b", 5, 1)),
        update("a", 1, {put_celsius(7)}), leave("b", 1)},
       {commit_of(a), commit_of(b)});
  EXPECT_EQ(node_.celsius("a"), 7.0);
  EXPECT_EQ(node_.confirmed_celsius("a"), 7.0);
  EXPECT_FALSE(node_.shown("b"));
  EXPECT_FALSE(node_.confirmed_celsius("b"));
  EXPECT_THAT(changes_of("a"), testing::ElementsAre(Seen{5, 7}));
  EXPECT_THAT(changes_of("b"), testing::ElementsAre(Seen{5, std::nullopt}));
  // Again, over what is held.
  node_.write([](Draft& d) { must(d.set(kFridge, Value("a"), {"celsius"}, 8.0)); });
  node_.changes.clear();
  live({enter(fridge_row("a", 8, 2, 1))}, {commit_of({a.origin, a.epoch, 3})});
  EXPECT_EQ(node_.confirmed_celsius("a"), 8.0);
  EXPECT_EQ(node_.shown("a")->changed, LogSeq(2));
  EXPECT_EQ(node_.shown("a")->born, LogSeq(1));
  EXPECT_TRUE(node_.changes.empty());
}

TEST_F(IntegrateTest, WhatComesBackAsItIsShownLiesUnderWhatIsStillPending) {
  const ChangesetName first = node_.write(
      [](Draft& d) { must(d.put(kFridge, Document{{"_id", "a"}, {"opened", int64_t{0}}})); });
  const ChangesetName second =
      node_.write([](Draft& d) { must(d.increment(kFridge, Value("a"), {"opened"}, 1)); });
  Row row = *node_.shown("a");
  row.born = row.changed = LogSeq(next());
  live({enter(row)}, {commit_of(first)});
  auto opened = [&] { return find_item(node_.shown("a")->fields, {fridge::kOpened})->value(); };
  EXPECT_EQ(opened(), Value(int64_t{2})) << "somebody else's has come between";
  live({}, {refusal_of(second, {0})});
  EXPECT_EQ(opened(), Value(int64_t{1}));
  EXPECT_EQ(node_.shown("a")->born, LogSeq(1));
}

TEST_F(IntegrateTest, ARowThatIsCutShortIsRefusedAlsoWhereAnOwnWriteIsPending) {
  const ChangesetName name = node_.write_fridge("a", 5);
  const Bytes row = encode_row(fridge_row("a", 5, 1));
  int refused = 0;
  for (size_t cut = 0; cut < row.size(); ++cut) {
    if (decode_row(row.substr(0, cut))) continue;  // between two fields
    ObjectDelta object;
    object.object = fridge_name("a");
    object.seq = LogSeq(1);
    object.row = row.substr(0, cut);
    Delta delta = authority_.delta(node_, 1);
    delta.objects = {encode_object_delta(object)};
    delta.decisions = {commit_of(name)};
    node_.receive(delta);
    ASSERT_TRUE(node_.last.trouble) << cut;
    EXPECT_EQ(node_.machine().status().pending, 1u);
    EXPECT_EQ(node_.machine().status().cursor, Cursor());
    ++refused;
    node_.step(replica_input::Disconnected{});
    authority_.session = SessionNonce(600 + cut);
    node_.welcome(node_.connect(), authority_);
  }
  EXPECT_GT(refused, 4);
  live({enter(fridge_row("a", 5, 1))}, {commit_of(name)});
  EXPECT_EQ(node_.machine().status().pending, 0u);
}

TEST_F(IntegrateTest, DecisionsThatComeAgainOrOfWhatIsNotHereAreIgnored) {
  const ChangesetName name = node_.write_fridge("a", 5);
  const Decision decision = commit_of(name);
  live({enter(fridge_row("a", 5, 1))}, {decision, decision});
  node_.receipts.clear();
  live({}, {decision, committed({node_.id(), name.epoch, 9}, {}, 2),
            committed({node_.id(), Epoch(3), 1}, {}, 2)});
  EXPECT_TRUE(node_.receipts.empty());
  EXPECT_TRUE(must(read_journal(disk_)).empty());
  EXPECT_EQ(node_.machine().status().pending, 0u);
}

TEST_F(IntegrateTest, AnotherContentUnderOurNameIsACloneAlarm) {
  const ChangesetName name = node_.write_fridge("a", 5);
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(fridge_row("a", 7, 1))};
  delta.decisions = {committed(name, hash("payload", "the clone's"), 1)};
  node_.receive(delta);
  ASSERT_TRUE(node_.last.trouble);
  EXPECT_EQ(node_.last.trouble->code, ErrorCode::kClone);
  const auto journal = must(read_journal(disk_));
  ASSERT_EQ(journal.size(), 1u);
  EXPECT_EQ(journal[0].outcomes[0].reason, Reason::clone);
  EXPECT_EQ(journal[0].changeset.groups.size(), 1u);
  EXPECT_EQ(must(read_receipt(disk_, name))->state, ReceiptState::refused);
  EXPECT_EQ(node_.celsius("a"), 7.0);
  EXPECT_EQ(node_.machine().status().pending, 0u);
}

TEST_F(IntegrateTest, TheJournalIsRetriedOnTodaysStateOrDiscarded) {
  const ChangesetName name = node_.write([](Draft& d) {
    must(d.create(kFridge, Document{{"_id", "a"}, {"celsius", 1.0}, {"tags", List{"x"}}}));
    must(d.insert(kFridge, Value("a"), {"tags"}, 1, "y"));
  });
  const ChangesetName other = node_.write_fridge("b", 1);
  live({}, {refusal_of(name, {0, 1}), refusal_of(other, {0})});
  EXPECT_FALSE(node_.shown("a"));
  node_.step(replica_input::RetryJournal{name});
  const ChangesetName again = must(*node_.last.committed);
  EXPECT_NE(again, name);
  EXPECT_EQ(node_.celsius("a"), 1.0);
  const Changeset written = must(read_pending(disk_))[0].second;
  EXPECT_EQ(written.base, authority_.cursor(1));
  const Path& path = written.groups[0].operations[1].path;
  EXPECT_EQ(std::get<ElementId>(path.back()).changeset, again)
      << "elements are the new changeset's own";
  EXPECT_EQ(written.groups[0].operations[1].left->changeset, again);
  EXPECT_EQ(must(read_journal(disk_)).size(), 1u);
  node_.step(replica_input::RetryJournal{name});
  EXPECT_EQ(node_.last.committed->error().code, ErrorCode::kNotFound);
  node_.step(replica_input::DiscardJournal{other});
  EXPECT_FALSE(node_.last.committed);
  EXPECT_TRUE(must(read_journal(disk_)).empty());
  EXPECT_EQ(node_.machine().status().journal, 0u);
  node_.step(replica_input::DiscardJournal{other});
  EXPECT_EQ(node_.last.committed->error().code, ErrorCode::kNotFound);
  live({enter(fridge_row("a", 1, 2))}, {commit_of(again)});
  EXPECT_EQ(node_.machine().status().pending, 0u);
}

TEST_F(IntegrateTest, ADecisionAndItsEffectsAreLostAndComeTogether) {
  const ChangesetName name = node_.write_fridge("a", 5);
  node_.sync();
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(fridge_row("a", 5, 1))};
  delta.decisions = {commit_of(name)};
  node_.receive(delta);
  node_.lose_power();
  node_.open(2);
  EXPECT_EQ(node_.machine().status().cursor, Cursor());
  EXPECT_EQ(node_.machine().status().pending, 1u);
  EXPECT_EQ(node_.celsius("a"), 5.0);
  EXPECT_EQ(must(read_receipt(disk_, name))->state, ReceiptState::durable);
  node_.frames.clear();
  authority_.session = SessionNonce(501);
  node_.welcome(node_.connect(), authority_);
  delta.session = authority_.session;
  node_.receive(delta);
  EXPECT_EQ(node_.machine().status().pending, 0u);
  EXPECT_EQ(node_.machine().status().cursor, authority_.cursor(1));
}

TEST_F(IntegrateTest, ProgressNamesOnlyWhatSurvivesAPowerLoss) {
  live({enter(fridge_row("a", 5, 1))});
  ASSERT_TRUE(node_.timers.back().name == "progress");
  node_.step(replica_input::TimerFired{"progress"});
  auto progress = node_.take<Progress>();
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_EQ(progress[0].integrated, Cursor());
  EXPECT_GT(progress[0].consumed_bytes, 100u);
  EXPECT_TRUE(node_.last.want_sync_soon);
  node_.sync();
  node_.step(replica_input::TimerFired{"progress"});
  progress = node_.take<Progress>();
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_EQ(progress[0].integrated, authority_.cursor(1));
  node_.step(replica_input::TimerFired{"progress"});
  EXPECT_TRUE(node_.take<Progress>().empty()) << "no news";
}

TEST_F(IntegrateTest, ReceiptsAreKeptForABoundedNumber) {
  // The bound is by order: two that lie further apart than it.
  const ChangesetName first = node_.write_fridge("a", 1);
  live({}, {commit_of(first)});
  EXPECT_TRUE(must(read_receipt(disk_, first)));
  ChangesetName last;
  constexpr uint64_t kWritten = kReceiptsKept + 12'000;
  for (uint64_t i = 0; i < kWritten; i += 1000) {
    std::vector<Decision> decisions;
    for (int k = 0; k < 1000; ++k) {
      last = node_.write(
          [](Draft& d) { must(d.put(kFridge, Document{{"_id", "a"}, {"celsius", 2.0}})); },
          Durability::relaxed);
      decisions.push_back(commit_of(last));
    }
    live({enter(fridge_row("a", 2, next(), 1))}, std::move(decisions));
  }
  EXPECT_FALSE(must(read_receipt(disk_, first)));
  EXPECT_TRUE(must(read_receipt(disk_, last)));
  EXPECT_TRUE(
      must(read_receipt(disk_, {first.origin, first.epoch, last.number - kReceiptsKept + 1})));
  uint64_t runs = 0;
  const Bytes from = node_keys::all(Keyspace::node_receipt);
  for (auto walk = disk_.scan(from, prefix_end(from)); walk->valid(); walk->next()) ++runs;
  EXPECT_LT(runs, kWritten / 1000) << "a delta's receipts are one run";
}

}  // namespace
}  // namespace syncline::test
