#include "node/authority/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/authority/state_keys.h"
#include "storage/memory_store.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr NodeId kNode(7);
constexpr Epoch kEpoch(3);

ChangesetName name_of(uint64_t number, Epoch epoch = kEpoch) { return {kNode, epoch, number}; }

Decision decision_of(uint64_t number, LogSeq seq, std::string text = {}) {
  Decision decision{name_of(number), Hash(), seq, DecisionState::refused, {}};
  if (text.empty()) return decision;
  Outcome outcome;
  outcome.verdict = Verdict::refused;
  outcome.reason = Reason::permission;
  outcome.text = std::move(text);
  decision.outcomes.push_back(std::move(outcome));
  return decision;
}

EntryMark mark_of(LogSeq seq) {
  EntryMark mark;
  mark.index = LogIndex(seq.value * 2);
  mark.stamp_high = Stamp(seq.value * 100);
  return mark;
}

class Runs : public testing::Test {
 protected:
  // Decided together: one run of each kind, if it is not too long.
  void decide(LogSeq first, uint64_t count, uint64_t first_number) {
    NewRuns runs;
    for (uint64_t i = 0; i < count; ++i) {
      const LogSeq seq(first.value + i);
      runs.add(seq, mark_of(seq));
      runs.add(decision_of(first_number + i, seq));
      EXPECT_EQ(runs.mark(seq), mark_of(seq));
      EXPECT_EQ(runs.decision(name_of(first_number + i)), decision_of(first_number + i, seq));
    }
    write(&runs);
  }
  void write(NewRuns* runs) {
    Batch batch;
    runs->write(&batch);
    must(store_.write(batch, BatchKind::derived, false));
    Batch nothing;
    runs->write(&nothing);
    EXPECT_TRUE(nothing.empty());
  }
  size_t keys() const {
    size_t count = 0;
    for (auto at = store_.scan({}, {}); at->valid(); at->next()) ++count;
    return count;
  }
  std::vector<uint64_t> marks_between(uint64_t from, uint64_t to) const {
    std::vector<uint64_t> seqs;
    must(each_entry_mark(store_, LogSeq(from), LogSeq(to), [&](LogSeq seq, const EntryMark& mark) {
      EXPECT_EQ(mark, mark_of(seq));
      seqs.push_back(seq.value);
      return true;
    }));
    return seqs;
  }
  std::vector<uint64_t> decided_after(uint64_t seq, uint64_t highest) const {
    DecisionsAfter decisions =
        must(DecisionsAfter::find(store_, kNode, kEpoch, highest, LogSeq(seq)));
    std::vector<uint64_t> numbers;
    while (std::optional<Decision> decision = must(decisions.next()))
      numbers.push_back(decision->name.number);
    return numbers;
  }

  MemoryStore store_;
};

TEST_F(Runs, AreOneKeyForWhatWasDecidedTogetherAndEachIsFound) {
  decide(LogSeq(1), 5, 1);
  decide(LogSeq(6), 1, 6);
  decide(LogSeq(7), 3, 7);
  EXPECT_EQ(keys(), 6u);
  for (uint64_t n = 1; n <= 9; ++n) {
    EXPECT_EQ(must(read_entry_mark(store_, LogSeq(n))), mark_of(LogSeq(n)));
    EXPECT_EQ(must(read_decision(store_, name_of(n))), decision_of(n, LogSeq(n)));
  }
  EXPECT_EQ(must(read_entry_mark(store_, LogSeq(10))), std::nullopt);
  EXPECT_EQ(must(read_decision(store_, name_of(10))), std::nullopt);
  EXPECT_EQ(must(read_decision(store_, name_of(2, Epoch(2)))), std::nullopt);
  EXPECT_EQ(must(read_decision(store_, name_of(2, Epoch(4)))), std::nullopt);
}

TEST_F(Runs, EndWhereNumbersDoNotFollowOnOneAnother) {
  NewRuns runs;
  // Decided out of order, with one that is passed over, and another epoch's between.
  runs.add(decision_of(5, LogSeq(1)));
  runs.add(decision_of(2, LogSeq(2)));
  runs.add(decision_of(3, LogSeq(3)));
  Decision other = decision_of(4, LogSeq(4));
  other.name.epoch = Epoch(9);
  runs.add(other);
  write(&runs);
  EXPECT_EQ(keys(), 3u);
  EXPECT_EQ(must(read_decision(store_, name_of(3))), decision_of(3, LogSeq(3)));
  EXPECT_EQ(must(read_decision(store_, name_of(4))), std::nullopt);
  EXPECT_EQ(must(read_decision(store_, name_of(5))), decision_of(5, LogSeq(1)));
  EXPECT_EQ(must(read_decision(store_, other.name)), other);
}

TEST_F(Runs, AreBoundedInItemsAndBytes) {
  decide(LogSeq(1), 1000, 1);
  EXPECT_EQ(keys(), 8u);
  EXPECT_EQ(must(read_entry_mark(store_, LogSeq(700))), mark_of(LogSeq(700)));
  NewRuns runs;
  for (uint64_t n = 2001; n <= 2020; ++n)
    runs.add(decision_of(n, LogSeq(n), std::string(20'000, 'x')));
  write(&runs);
  EXPECT_GE(keys(), 8u + 6);
  EXPECT_EQ(must(read_decision(store_, name_of(2013)))->outcomes.at(0).text.size(), 20'000u);
}

TEST_F(Runs, OfMarksAreWalkedFromWithinOneAndForgottenWhole) {
  decide(LogSeq(1), 5, 1);
  decide(LogSeq(6), 5, 6);
  decide(LogSeq(11), 5, 11);
  EXPECT_THAT(marks_between(4, 8), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(marks_between(6, 6), IsEmpty());
  EXPECT_THAT(marks_between(14, 90), ElementsAre(14, 15));
  Batch batch;
  forget_entry_marks(store_, LogSeq(8), &batch);
  must(store_.write(batch, BatchKind::derived, false));
  EXPECT_EQ(must(read_entry_mark(store_, LogSeq(5))), std::nullopt);
  EXPECT_EQ(must(read_entry_mark(store_, LogSeq(8))), mark_of(LogSeq(8)));
  EXPECT_THAT(marks_between(1, 8), ElementsAre(6, 7));
}

TEST_F(Runs, TellTheDecisionsAfterAnEntryFromTheMiddleOfARun) {
  decide(LogSeq(1), 4, 1);
  decide(LogSeq(10), 4, 5);
  decide(LogSeq(20), 1, 9);
  EXPECT_THAT(decided_after(11, 9), ElementsAre(7, 8, 9));
  EXPECT_THAT(decided_after(3, 9), ElementsAre(4, 5, 6, 7, 8, 9));
  EXPECT_THAT(decided_after(0, 6), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(decided_after(20, 9), IsEmpty());
  EXPECT_THAT(decided_after(19, 9), ElementsAre(9));
}

TEST_F(Runs, OfDecisionsAreForgottenUpToAnEntryOfEachOriginAFewAtATime) {
  decide(LogSeq(1), 4, 1);
  decide(LogSeq(10), 4, 5);
  NewRuns runs;
  std::vector<Decision> others;
  for (const auto& [origin, epoch] : {std::pair(kNode, Epoch(9)), std::pair(NodeId(8), kEpoch)}) {
    others.push_back(decision_of(1, LogSeq(2)));
    others.back().name = {origin, epoch, 1};
    runs.add(others.back());
  }
  write(&runs);
  const auto up_to = [](NodeId origin) { return origin == kNode ? LogSeq(12) : LogSeq(1); };
  Bytes next;
  int turns = 0;
  for (; turns == 0 || !next.empty(); ++turns) {
    Batch batch;
    must(forget_decisions(store_, up_to, 1, &next, &batch));
    ASSERT_LE(batch.changes().size(), 1u);
    must(store_.write(batch, BatchKind::derived, false));
  }
  EXPECT_EQ(turns, 4) << "a run each";
  EXPECT_EQ(must(read_decision(store_, name_of(4))), std::nullopt);
  EXPECT_EQ(must(read_decision(store_, name_of(5))), decision_of(5, LogSeq(10)));
  EXPECT_EQ(must(read_decision(store_, others[0].name)), std::nullopt);
  EXPECT_EQ(must(read_decision(store_, others[1].name)), others[1]);
}

TEST_F(Runs, ThatAreDamagedAreSaidToBe) {
  Batch batch;
  batch.put(state_keys::entry_run(LogSeq(1)), "\xff\xff");
  batch.put(state_keys::decision_run(name_of(1)), "\xff\xff");
  must(store_.write(batch, BatchKind::derived, false));
  EXPECT_FALSE(read_entry_mark(store_, LogSeq(1)));
  EXPECT_FALSE(read_decision(store_, name_of(1)));
  EXPECT_FALSE(
      each_entry_mark(store_, LogSeq(1), LogSeq(2), [](LogSeq, const EntryMark&) { return true; }));
  EXPECT_FALSE(DecisionsAfter::find(store_, kNode, kEpoch, 1, LogSeq(0)));
}

}  // namespace
}  // namespace syncline::authority_test
