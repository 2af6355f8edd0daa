// What follows a commit, and what does not: nothing is told before the log has answered and the
// layer is in the store.
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using authority_input::CommitAnswered;

class Committing : public testing::Test {
 protected:
  void SetUp() override {
    site_.subscribe(ann_, {"Box"});
    site_.connect(ann_);
    site_.holds_appends = true;
    site_.appends.clear();
    ann_.forget();
  }
  void answer(AppendAnswer answer) { site_.run({CommitAnswered{answer}}); }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
};

TEST_F(Committing, AnUnknownAppendIsTriedAgainWithTheSameBytesAndNobodyIsTold) {
  const ChangesetName name = site_.upload(ann_, site_.put_box("a", "n"));
  ASSERT_EQ(site_.appends.size(), 1u);
  for (int tries = 1; tries <= 3; ++tries) {
    answer(AppendAnswer::unknown);
    EXPECT_EQ(site_.timers.back().name, "append");
    EXPECT_GT(site_.timers.back().at_monotonic_ms, site_.now.monotonic_ms);
    site_.write(site_.put_box("b", "waits"));  // nothing is renumbered by what comes meanwhile
    site_.fire("append");
    ASSERT_EQ(site_.appends.size(), 1u + tries);
    const LogAppend& first = site_.appends.front();
    const LogAppend& again = site_.appends.back();
    EXPECT_EQ(std::tie(again.first, again.previous, again.records),
              std::tie(first.first, first.previous, first.records));
  }
  EXPECT_EQ(site_.events("append_unknown"), 1u);
  EXPECT_TRUE(ann_.got.empty());
  EXPECT_FALSE(site_.row(site_.name_of("Box", "a")));
  answer(AppendAnswer::exists);
  EXPECT_EQ(ann_.decided.at(name).state, DecisionState::committed);
  EXPECT_TRUE(site_.row(site_.name_of("Box", "a")));
}

TEST_F(Committing, ALogThatLostOrKeptAnUnknownAppendEndsTheSame) {
  using Outcome = MemoryCommitLog::Scripted::Outcome;
  site_.holds_appends = false;
  for (const Outcome outcome : {Outcome::unknown_lost, Outcome::unknown_kept}) {
    site_.log.script({outcome, 0});
    const LogSeq before = site_.head().seq;
    const ChangesetName name = site_.upload(ann_, site_.put_box("a", "n"));
    EXPECT_FALSE(ann_.decided.contains(name));
    site_.fire("append");
    EXPECT_TRUE(ann_.decided.contains(name));
    EXPECT_EQ(site_.head().seq.value, before.value + 1);
    EXPECT_EQ(site_.entries().back().name, name);
  }
}

TEST_F(Committing, NothingIsToldBeforeTheLayerIsInTheStore) {
  site_.upload(ann_, site_.put_box("a", "n"));
  auto out = site_.machine().step(site_.now, {CommitAnswered{AppendAnswer::committed}});
  EXPECT_TRUE(out.applied);
  EXPECT_FALSE(out.state.empty());
  EXPECT_TRUE(out.sends.empty()) << "committed, but not written: neither decision nor credit";
  EXPECT_TRUE(out.local.empty());
  const LogSeq before = site_.head().seq;
  must(site_.disk.write(out.state, BatchKind::derived, false));
  out = site_.machine().step(site_.now, {authority_input::LayerApplied{}});
  EXPECT_EQ(site_.head().seq.value, before.value + 1);
  std::set<size_t> kinds;
  for (const Send& send : out.sends) kinds.insert(must(decode_message(send.frame)).index());
  EXPECT_EQ(kinds.size(), 2u) << "the delta, and the credit given back";
}

TEST_F(Committing, WhatArrivesMeanwhileIsTheNextLayer) {
  site_.upload(ann_, site_.put_box("a", "n"));
  site_.upload(ann_, site_.put_box("b", "n"));
  site_.write(site_.put_box("c", "n"));
  ASSERT_EQ(site_.appends.size(), 1u);
  const LogAppend first = site_.appends.back();
  ASSERT_EQ(site_.log.append(first), AppendAnswer::committed);
  answer(AppendAnswer::committed);
  ASSERT_EQ(site_.appends.size(), 2u);
  EXPECT_EQ(site_.appends[1].records.size(), 2u) << "all that waited, in one append";
  EXPECT_EQ(site_.appends[1].first.value, first.first.value + 1);
  EXPECT_EQ(site_.log.append(site_.appends[1]), AppendAnswer::committed) << "chained to the first";
}

TEST_F(Committing, AFencedAppendEndsTheMachineAndTellsNobody) {
  site_.upload(ann_, site_.put_box("a", "n"));
  answer(AppendAnswer::fenced);
  ASSERT_FALSE(site_.ended);
  EXPECT_EQ(site_.ended.error().code, ErrorCode::kFenced);
  EXPECT_TRUE(ann_.got.empty());
  EXPECT_FALSE(site_.row(site_.name_of("Box", "a")));
}

TEST_F(Committing, AnAnswerThatNobodyWaitsForChangesNothing) {
  const Cursor before = site_.head();
  answer(AppendAnswer::committed);
  site_.run({authority_input::LayerApplied{}});
  EXPECT_EQ(site_.head(), before);
}

TEST_F(Committing, ALocalWriteUnderAnotherNameThanTheNextIsRefused) {
  site_.run({authority_input::Local{5, {site_.options.id, Epoch(1), 99}, Changeset()}});
  EXPECT_EQ(site_.local.at(5).state, DecisionState::refused);
  EXPECT_TRUE(site_.appends.empty());
}

}  // namespace
}  // namespace syncline::authority_test
