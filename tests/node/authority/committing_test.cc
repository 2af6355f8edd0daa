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
    EXPECT_EQ(site_.appends.back(), site_.appends.front());
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
  EXPECT_EQ(site_.appends[1].records().size(), 2u) << "all that waited, in one append";
  EXPECT_EQ(site_.appends[1].first().value, first.first().value + 1);
  EXPECT_EQ(site_.log.append(site_.appends[1]), AppendAnswer::committed) << "chained to the first";
}

class SeveralLayers : public Committing {
 protected:
  void SetUp() override {
    AuthorityOptions options = site_.options;
    options.entries_per_layer_max = 2;
    site_.disconnect(ann_);
    site_.start(options);
    Committing::SetUp();
  }
  // The oldest append that was not answered.
  void commit_next() {
    ASSERT_LT(committed_, site_.appends.size());
    ASSERT_EQ(site_.log.append(site_.appends[committed_++]), AppendAnswer::committed);
    answer(AppendAnswer::committed);
  }
  size_t committed_ = 0;
};

TEST_F(SeveralLayers, AreDecidedAheadOfTheLogInBounds) {
  const size_t room = limits::kLayersInFlightMax * 2;
  std::vector<Changeset> many;
  for (size_t i = 0; i < room + 3; ++i)
    many.push_back(site_.changeset(ann_, site_.put_box("b" + std::to_string(i), "n")));
  const LogSeq before = site_.head().seq;
  site_.upload(ann_, many);
  EXPECT_EQ(site_.machine().layers_in_flight(), limits::kLayersInFlightMax);
  EXPECT_EQ(site_.machine().status().queued_offers, 3u) << "the rest waits for room";
  EXPECT_EQ(site_.appends.size(), 1u) << "one append at a time";
  EXPECT_TRUE(ann_.got.empty());
  for (size_t layer = 1; layer <= limits::kLayersInFlightMax + 2; ++layer) {
    commit_next();
    EXPECT_EQ(site_.head().seq.value, before.value + std::min(layer * 2, room + 3))
        << "told as far as committed, no further";
  }
  EXPECT_EQ(site_.machine().layers_in_flight(), 0u);
  EXPECT_EQ(site_.appends.size(), limits::kLayersInFlightMax + 2);
}

TEST_F(SeveralLayers, ADecisionSeesThoseOfTheLayersBelowIt) {
  site_.upload(ann_, site_.put_box("a", "first"));
  const ChangesetName again = site_.upload(ann_, site_.put_box("b", "n"));
  site_.upload(ann_, site_.put_box("c", "n"));
  site_.write(site_.put_box("a", "last"));  // in the next layer: merged into the first
  while (committed_ < site_.appends.size()) commit_next();
  EXPECT_EQ(site_.entries().size(), site_.head().seq.value);
  EXPECT_EQ(site_.decision(again).state, DecisionState::committed);
  const std::optional<Row> row = site_.row(site_.name_of("Box", "a"));
  EXPECT_EQ(row->born.value + 3, row->changed.value) << "the object that the first layer bore";
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(SeveralLayers, KeepTheirPlacesWhileTheLogDoesNotAnswer) {
  site_.upload(ann_, site_.put_box("a", "n"));
  for (int i = 0; i < 6; ++i) site_.upload(ann_, site_.put_box("b" + std::to_string(i), "n"));
  const LogAppend first = site_.appends.front();
  answer(AppendAnswer::unknown);
  site_.fire("append");
  EXPECT_EQ(site_.appends.back().records(), first.records());
  site_.appends = {first};
  while (committed_ < site_.appends.size()) commit_next();
  for (size_t i = 1; i < site_.appends.size(); ++i)
    EXPECT_EQ(site_.appends[i].first().value,
              site_.appends[i - 1].first().value + site_.appends[i - 1].records().size());
  EXPECT_EQ(site_.machine().layers_in_flight(), 0u);
}

TEST_F(SeveralLayers, RetentionWaitsUntilNothingIsInFlightAndAdmissionForIt) {
  for (int i = 0; i < 3; ++i) site_.upload(ann_, site_.put_box("a" + std::to_string(i), "n"));
  const size_t layers = site_.machine().layers_in_flight();
  ASSERT_GT(layers, 1u);
  site_.now.wall_ms += site_.options.retention_ms + 1;
  site_.fire("retention");
  site_.upload(ann_, site_.put_box("late", "n"));
  EXPECT_EQ(site_.machine().layers_in_flight(), layers) << "nothing new before it";
  EXPECT_EQ(site_.events("trimmed"), 0u);
  for (size_t i = 0; i < layers; ++i) commit_next();
  EXPECT_EQ(site_.events("trimmed"), 1u);
  EXPECT_EQ(site_.machine().layers_in_flight(), 1u) << "and then it goes on";
  commit_next();
  EXPECT_TRUE(site_.row(site_.name_of("Box", "late")));
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
