#include "node/authority/log_proof.h"
#include "proto/limits.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

class Retaining : public testing::Test {
 protected:
  void SetUp() override {
    site_.subscribe(ann_, {"Box"});
    site_.connect(ann_);
  }
  // Uploads of several changesets each, with the operator's writes between.
  void upload_runs(int runs, int each) {
    for (int run = 0; run < runs; ++run) {
      std::vector<Changeset> changesets;
      for (int i = 0; i < each; ++i)
        changesets.push_back(site_.changeset(ann_, site_.put_box("b" + std::to_string(i), "n")));
      site_.upload(ann_, changesets);
      site_.write(site_.put_box("own" + std::to_string(run), "n"));
    }
  }
  // Starts again with limits of size by which history up to the entry is let go, and looks.
  void trim(LogSeq to) {
    const uint64_t log_bytes =
        must(decode_applied(*must(site_.disk.get(state_keys::applied())))).log_bytes;
    AuthorityOptions options = site_.options;
    options.retention_bytes = log_bytes - must(read_entry_mark(site_.disk, to))->log_bytes;
    site_.stop();
    site_.start(options);
    site_.connect(ann_);
    site_.fire("retention");
  }
  // The device says that it has integrated so much.
  void integrate(LogSeq seq) {
    Progress progress = ann_.progress();
    progress.integrated.seq = seq;
    site_.run({site_.arrive(ann_, progress)});
  }
  LogSeq horizon() { return site_.machine().status().horizon; }
  std::vector<std::string> faults() {
    LogProof proof(site_.options.id, site_of(site_.options.server_key),
                   [&](NodeId) { return std::optional(ann_.key.public_key); });
    std::vector<std::string> out;
    for (const Entry& entry : site_.entries())
      if (auto fault = proof.add(entry)) out.push_back(*fault);
    return out;
  }
  size_t marks(TypeNumber type) {
    size_t count = 0;
    const Bytes index = state_keys::by_seq_of(type);
    for (auto at = site_.disk.scan(index, prefix_end(index)); at->valid(); at->next())
      count += at->value().empty() ? 0 : 1;
    return count;
  }
  void age(int64_t ms) { site_.now.wall_ms += ms, site_.now.monotonic_ms += ms; }

  Site site_;
  Device& ann_ = site_.enrol("clerk");
};

TEST_F(Retaining, WhatIsKeptKeepsItsEnvelopeWhereverAnUploadIsCut) {
  upload_runs(4, 5);
  const uint64_t last = site_.head().seq.value;
  for (uint64_t seq = 2; seq <= last; ++seq) {
    trim(LogSeq(seq));
    ASSERT_GE(horizon().value, seq);
    ASSERT_THAT(faults(), testing::IsEmpty()) << "cut at " << seq;
    ASSERT_TRUE(site_.entries().empty() || site_.entries().front().seq.value <= seq + 1);
  }
  EXPECT_GT(must(site_.log.first()).value, 20u) << "it was trimmed along the way";
}

TEST_F(Retaining, AJumpIntoAnUploadKeepsItsEnvelopeToo) {
  uint64_t at = 1;
  for (uint64_t jump = 1; jump <= 11; ++jump) {
    upload_runs(3, 4);
    trim(LogSeq(at += jump));
    ASSERT_THAT(faults(), testing::IsEmpty()) << "jump of " << jump;
  }
}

TEST_F(Retaining, WhatAllNodesHaveIsKeptAsHistoryUntilItIsOld) {
  site_.write(site_.put_box("a", "n"));
  site_.write(site_.remove_box("a"));
  site_.fire("retention");
  EXPECT_EQ(horizon(), site_.head().seq) << "no node needs the mark of the removal";
  EXPECT_EQ(marks(site_.type("Box")), 0u);
  EXPECT_EQ(site_.entries().front().seq.value, 1u);
  EXPECT_EQ(site_.events("trimmed"), 0u);
  age(site_.options.retention_ms + 1);
  site_.fire("retention");
  EXPECT_TRUE(site_.entries().empty());
  EXPECT_EQ(site_.events("trimmed"), 1u);
  site_.fire("retention");
  EXPECT_EQ(site_.events("trimmed"), 1u) << "nothing is let go twice";
  site_.write(site_.put_box("b", "n"));
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Retaining, ByAgeWhatIsOldGoesThoughANodeHasNotSeenIt) {
  site_.disconnect(ann_);
  const Cursor seen = ann_.cursor;
  for (int i = 0; i < 3; ++i) site_.write(site_.put_box("old" + std::to_string(i), "n"));
  site_.write(site_.remove_box("old0"));
  const LogSeq old = site_.head().seq;
  site_.fire("retention");
  EXPECT_LE(horizon(), seen.seq) << "nothing is old yet";
  age(site_.options.retention_ms + 1);
  site_.write(site_.put_box("new", "n"));
  site_.fire("retention");
  EXPECT_EQ(horizon(), old);
  EXPECT_EQ(site_.entries().front().seq.value, old.value + 1);
  site_.connect(ann_);
  EXPECT_EQ(ann_.all<Delta>().back().kind, Delta::Kind::bootstrap);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Retaining, DecisionsGoWhenTheyAreOldAndTheirNodeHasSaidThatTheyAreSafeThere) {
  Device& bob = site_.enrol("clerk");
  site_.subscribe(bob, {"Box"});
  site_.connect(bob);
  const ChangesetName anns = site_.upload(ann_, site_.put_box("a", "n"));
  bob.gives_credit = false;  // nor says what it has
  const ChangesetName bobs = site_.upload(bob, site_.put_box("b", "n"));
  trim(site_.head().seq);
  EXPECT_NE(must(read_decision(site_.disk, anns)), std::nullopt) << "by size only the log goes";
  age(site_.options.retention_ms + 1);
  site_.write(site_.put_box("later", "n"));
  site_.fire("retention");
  EXPECT_EQ(must(read_decision(site_.disk, anns)), std::nullopt);
  ASSERT_NE(must(read_decision(site_.disk, bobs)), std::nullopt) << "bob may ask for it";
  bob.gives_credit = true;
  site_.connect(bob);
  EXPECT_EQ(bob.decided.at(bobs).state, DecisionState::committed);
  EXPECT_EQ(bob.held, site_.shown_to(bob));
}

TEST_F(Retaining, WhatATurnLeavesIsLookedAtSoonAgain) {
  std::vector<ChangesetName> names;
  for (int i = 0; i < 1'100; ++i)
    names.push_back(site_.upload(ann_, site_.put_box("a", std::to_string(i))));
  age(site_.options.retention_ms + 1);
  site_.write(site_.put_box("later", "n"));
  const auto asks_for_more = [&] {
    return std::ranges::any_of(site_.timers,
                               [](const Timer& timer) { return timer.name == "retention_more"; });
  };
  site_.timers.clear();
  site_.fire("retention");
  ASSERT_TRUE(asks_for_more()) << "a turn looks at so many runs and no more";
  EXPECT_NE(must(read_decision(site_.disk, names[1'098])), std::nullopt);
  site_.timers.clear();
  site_.fire("retention_more");
  EXPECT_EQ(must(read_decision(site_.disk, names[1'098])), std::nullopt);
  EXPECT_FALSE(asks_for_more()) << "and then it rests";
}

// What a greeting says may not be on the node's disk yet: it may lose its power, and ask again.
TEST_F(Retaining, AGreetingDoesNotSayThatADecisionIsSafe) {
  const Cursor before = ann_.cursor;
  ann_.gives_credit = false;
  const ChangesetName name = site_.upload(ann_, site_.put_box("a", "n"));
  site_.disconnect(ann_);
  ann_.cursor = site_.head();  // integrated, not synced
  site_.connect(ann_);
  age(site_.options.retention_ms + 1);
  site_.write(site_.put_box("later", "n"));
  site_.fire("retention");
  EXPECT_NE(must(read_decision(site_.disk, name)), std::nullopt);
  site_.disconnect(ann_);
  ann_.cursor = before;
  ann_.decided.clear();
  ann_.gives_credit = true;
  site_.connect(ann_);
  EXPECT_EQ(ann_.decided.at(name).state, DecisionState::committed);
}

// Hints outlive a crash of the authority, and a removed node is asked no more.
TEST_F(Retaining, WhatNodesConfirmIsKeptInEachTurnAndRemovedNodesConfirmNothing) {
  const ChangesetName anns = site_.upload(ann_, site_.put_box("a", "n"));
  site_.fire("retention");
  site_.stop();  // as killed: no session was closed
  site_.start();
  site_.fire("retention");
  EXPECT_GE(horizon().value, 1u) << "though she has not come back yet";
  Device& bob = site_.enrol("clerk");
  site_.subscribe(bob, {"Box"});
  site_.connect(bob);
  bob.gives_credit = false;
  const ChangesetName bobs = site_.upload(bob, site_.put_box("b", "n"));
  site_.write([&](Draft& draft) {
    must(draft.set(system_type::kNode, to_string(bob.id), {"removed"}, true));
  });
  age(site_.options.retention_ms + 1);
  site_.write(site_.put_box("later", "n"));
  site_.fire("retention");
  EXPECT_EQ(must(read_decision(site_.disk, anns)), std::nullopt);
  EXPECT_EQ(must(read_decision(site_.disk, bobs)), std::nullopt);
}

TEST_F(Retaining, SafeByAgeRisesThoughAllNodesAreUpToDate) {
  site_.write(site_.put_box("a", "n"));
  const LogSeq old = site_.head().seq;
  age(1'000);
  site_.write(site_.put_box("b", "n"));
  site_.fire("retention");
  EXPECT_EQ(horizon(), site_.head().seq);
  age(site_.options.safe_after_ms - 500);
  site_.fire("retention");
  EXPECT_EQ(site_.machine().status().safe, old);
}

TEST_F(Retaining, AnUploadThatALayerCutsCarriesItsEnvelopeInBoth) {
  site_.holds_appends = true;
  site_.appends.clear();
  site_.write(site_.put_box("first", "n"));
  const int each = static_cast<int>(limits::kEntriesPerLayerMax / 2) - 100;
  for (int run = 0; run < 3; ++run) {
    const Bytes empty = encode_changeset(site_.changeset(ann_, [](Draft&) {}));
    site_.run({site_.offer(ann_, std::vector<Bytes>(each, empty))});
  }
  site_.holds_appends = false;
  site_.run({authority_input::CommitAnswered{site_.log.append(site_.appends.front())}});
  ASSERT_GE(site_.appends.size(), 3u);
  EXPECT_EQ(site_.appends[1].records().size(), limits::kEntriesPerLayerMax);
  EXPECT_EQ(ann_.decided.size(), 3u * each);
  EXPECT_THAT(faults(), testing::IsEmpty());
}

TEST_F(Retaining, MarksOfRemovalGoWithTheHorizonAndTheirMergeStateToo) {
  const ObjectName name = site_.name_of("Box", "gone");
  site_.write(site_.put_box("gone", "n"));
  site_.write(site_.remove_box("gone"));
  EXPECT_EQ(marks(name.type), 1u);
  EXPECT_TRUE(must(site_.disk.get(state_keys::merge(name))));
  site_.fire("retention");
  EXPECT_EQ(marks(name.type), 0u);
  EXPECT_FALSE(must(site_.disk.get(state_keys::merge(name))));
  site_.write(site_.put_box("gone", "again"));
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
  EXPECT_TRUE(ann_.held.contains(name));
}

TEST_F(Retaining, WhatIsMadeAgainInTheStepThatSweepsItsMarkIsListedOnce) {
  site_.write(site_.put_box("gone", "n"));
  site_.write(site_.remove_box("gone"));
  // The store checks that the mark's key is not let go twice.
  site_.run(
      {site_.fired("retention"),
       site_.offer(ann_, {encode_changeset(site_.changeset(ann_, site_.put_box("gone", "a")))})});
  EXPECT_EQ(marks(site_.type("Box")), 0u);
  EXPECT_TRUE(ann_.held.contains(site_.name_of("Box", "gone")));
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
}

TEST_F(Retaining, ATrimmedAuthorityStartsAgainAndGoesOn) {
  upload_runs(2, 3);
  trim(site_.head().seq);
  ASSERT_GT(must(site_.log.first()).value, 1u);
  site_.stop();
  site_.disk.kill(0);
  site_.start();
  site_.connect(ann_);
  upload_runs(1, 2);
  EXPECT_EQ(ann_.held, site_.shown_to(ann_));
  EXPECT_THAT(faults(), testing::IsEmpty());
}

}  // namespace
}  // namespace syncline::authority_test
