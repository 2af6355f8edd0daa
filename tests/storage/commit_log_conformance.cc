// What every CommitLog answers, keeps and notices.
#include "tests/storage/commit_log_conformance.h"

#include <random>

#include "proto/codec.h"
#include "proto/limits.h"
#include "storage/log_verify.h"

namespace syncline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommitLogConformance : public ::testing::TestWithParam<LogMaker> {
 protected:
  CommitLogConformance() : harness_(GetParam().make()) {}
  CommitLog& log() { return harness_->log(); }
  LogHarness& harness() { return *harness_; }

  FenceEpoch acquire() {
    const auto epoch = log().acquire();
    EXPECT_OK(epoch);
    return epoch.value_or(FenceEpoch());
  }
  LogHead head() {
    const auto head = log().head();
    EXPECT_OK(head);
    return head.value_or(LogHead());
  }
  // A run for the head as it is.
  LogAppend next(FenceEpoch epoch, std::vector<Bytes> records) {
    const LogHead at = head();
    return run(epoch, LogIndex(at.index.value + 1), at.hash, std::move(records));
  }
  static LogAppend run(FenceEpoch epoch, LogIndex first, Hash previous,
                       std::vector<Bytes> records) {
    LogAppend append(epoch, first, previous);
    for (Bytes& record : records) append.add(std::move(record));
    return append;
  }
  // The same place with other bytes.
  static LogAppend in_place_of(const LogAppend& append, std::vector<Bytes> records) {
    return run(append.epoch(), append.first(), append.previous(), std::move(records));
  }
  static Hash other_than(Hash hash) {
    hash.bytes[31] ^= 1;
    return hash;
  }
  void append(FenceEpoch epoch, std::vector<Bytes> records) {
    ASSERT_EQ(log().append(next(epoch, std::move(records))), AppendAnswer::committed);
  }
  std::vector<Bytes> bytes_from(uint64_t from, size_t max_bytes = 1 << 20) {
    std::vector<Bytes> out;
    const auto records = log().read(LogIndex(from), max_bytes);
    EXPECT_OK(records);
    if (records)
      for (const LogRecord& record : *records) out.push_back(record.bytes);
    return out;
  }

 private:
  std::unique_ptr<LogHarness> harness_;
};
INSTANTIATE_TEST_SUITE_P(Logs, CommitLogConformance, ::testing::ValuesIn(log_makers()),
                         [](const auto& info) { return info.param.name; });

TEST_P(CommitLogConformance, BeginsEmpty) {
  EXPECT_EQ(head(), LogHead());
  EXPECT_EQ(log().first()->value, 1u);
  EXPECT_THAT(bytes_from(1), ElementsAre());
}

TEST_P(CommitLogConformance, ChainsWhatItCommits) {
  const FenceEpoch epoch = acquire();
  append(epoch, {"a", "b"});
  append(epoch, {"c"});
  const auto records = log().read(LogIndex(1), 1 << 20);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 3u);
  Hash hash;
  for (size_t i = 0; i < 3; ++i) {
    const LogRecord& record = (*records)[i];
    EXPECT_EQ(record.index.value, i + 1);
    EXPECT_EQ(record.epoch, epoch);
    hash = chain_hash(hash, record.index, epoch, record.bytes);
    EXPECT_EQ(record.hash, hash);
  }
  EXPECT_EQ(head(), (LogHead{LogIndex(3), epoch, hash}));
  EXPECT_THAT(bytes_from(2), ElementsAre("b", "c"));
  EXPECT_THAT(bytes_from(4), ElementsAre());
  EXPECT_CODE(log().read(LogIndex(0), 100), ErrorCode::kNotFound);
}

TEST_P(CommitLogConformance, ReadsAsMuchAsFitsAndAtLeastOne) {
  append(acquire(), {Bytes(100, 'a'), Bytes(100, 'b'), Bytes(100, 'c')});
  EXPECT_EQ(bytes_from(1, 0).size(), 1u);
  EXPECT_EQ(bytes_from(1, 199).size(), 1u);
  EXPECT_EQ(bytes_from(1, 200).size(), 2u);
  EXPECT_EQ(bytes_from(2, 1000).size(), 2u);
}

TEST_P(CommitLogConformance, AnswersExistsToTheSameBytesAtTheSamePlace) {
  const FenceEpoch epoch = acquire();
  const LogAppend first = next(epoch, {"a", "b"});
  EXPECT_EQ(log().append(first), AppendAnswer::committed);
  EXPECT_EQ(log().append(first), AppendAnswer::exists);
  append(epoch, {"c"});
  EXPECT_EQ(log().append(first), AppendAnswer::exists);
  EXPECT_EQ(log().append(in_place_of(first, {"a"})), AppendAnswer::exists);
  EXPECT_EQ(head().index.value, 3u);
}

TEST_P(CommitLogConformance, FencesOtherBytesAtATakenPlace) {
  const FenceEpoch epoch = acquire();
  const LogAppend first = next(epoch, {"a", "b"});
  append(epoch, {"a", "b"});
  EXPECT_EQ(log().append(in_place_of(first, {"a", "x"})), AppendAnswer::fenced);
  EXPECT_EQ(log().append(in_place_of(first, {"a", "b", "c"})), AppendAnswer::fenced);
  EXPECT_EQ(log().append(run(epoch, first.first(), other_than(first.previous()), {"a", "b"})),
            AppendAnswer::fenced);
  EXPECT_THAT(bytes_from(1), ElementsAre("a", "b"));
}

TEST_P(CommitLogConformance, FencesAGapAndAnotherPreviousHash) {
  const FenceEpoch epoch = acquire();
  append(epoch, {"a"});
  const Hash hash = head().hash;
  EXPECT_EQ(log().append(run(epoch, LogIndex(3), hash, {"b"})), AppendAnswer::fenced);
  EXPECT_EQ(log().append(run(epoch, LogIndex(2), other_than(hash), {"b"})), AppendAnswer::fenced);
  EXPECT_EQ(log().append(run(epoch, LogIndex(0), hash, {"b"})), AppendAnswer::fenced);
  EXPECT_EQ(head().index.value, 1u);
}

TEST_P(CommitLogConformance, FencesWhoeverHasNotAcquiredItLast) {
  EXPECT_EQ(log().append(next(FenceEpoch(0), {"a"})), AppendAnswer::fenced);
  const FenceEpoch first = acquire();
  const LogAppend done = next(first, {"a"});
  EXPECT_EQ(log().append(done), AppendAnswer::committed);
  const FenceEpoch second = acquire();
  EXPECT_LT(first, second);
  EXPECT_EQ(log().append(next(first, {"b"})), AppendAnswer::fenced);
  EXPECT_EQ(log().append(done), AppendAnswer::fenced);
  EXPECT_EQ(log().append(next(FenceEpoch(second.value + 1), {"b"})), AppendAnswer::fenced);
  append(second, {"b"});
}

TEST_P(CommitLogConformance, RemembersTheEpochOverAKillAndAPowerLoss) {
  const FenceEpoch first = acquire();
  harness().kill();
  const FenceEpoch second = acquire();
  harness().lose_power();
  EXPECT_EQ(log().append(next(first, {"a"})), AppendAnswer::fenced);
  EXPECT_LT(first, second);
  EXPECT_LT(second, acquire());
}

TEST_P(CommitLogConformance, WhatIsCommittedSurvivesAPowerLoss) {
  const FenceEpoch epoch = acquire();
  append(epoch, {"a", "b"});
  append(epoch, {"c"});
  const LogHead before = head();
  harness().lose_power();
  EXPECT_EQ(head(), before);
  EXPECT_THAT(bytes_from(1), ElementsAre("a", "b", "c"));
  harness().kill();
  append(acquire(), {"d"});
  EXPECT_THAT(bytes_from(3), ElementsAre("c", "d"));
}

TEST_P(CommitLogConformance, AnUnknownAppendIsFoundToExist) {
  const FenceEpoch epoch = acquire();
  append(epoch, {"a"});
  if (!harness().answer_unknown_but_keep())
    return;  // this log always knows: there is no unknown answer to follow
  const LogAppend run = next(epoch, {"b"});
  EXPECT_EQ(log().append(run), AppendAnswer::unknown);
  EXPECT_FALSE(log().why_unknown());
  EXPECT_EQ(log().append(run), AppendAnswer::exists);
  EXPECT_TRUE(log().why_unknown());
  harness().lose_power();
  EXPECT_THAT(bytes_from(1), ElementsAre("a", "b"));
}

TEST_P(CommitLogConformance, AFullDiskIsUnknownWithItsReasonAndGotOver) {
  const FenceEpoch epoch = acquire();
  append(epoch, {"a"});
  if (!harness().set_full(true)) return;  // this log has no disk that could be full
  const LogAppend run = next(epoch, {Bytes(1000, 'b')});
  EXPECT_EQ(log().append(run), AppendAnswer::unknown);
  EXPECT_CODE(log().why_unknown(), ErrorCode::kStoreFull);
  EXPECT_EQ(head().index.value, 1u);
  harness().set_full(false);
  const AppendAnswer again = log().append(run);
  EXPECT_TRUE(again == AppendAnswer::committed || again == AppendAnswer::exists);
  harness().lose_power();
  EXPECT_EQ(head().index.value, 2u);
}

TEST_P(CommitLogConformance, TrimsAndTheChainStillHolds) {
  const FenceEpoch epoch = acquire();
  std::vector<LogAppend> runs;
  for (int i = 1; i <= 6; ++i) {
    runs.push_back(next(epoch, {std::to_string(i)}));
    ASSERT_EQ(log().append(runs.back()), AppendAnswer::committed);
  }
  EXPECT_OK(log().trim(LogIndex(4)));
  EXPECT_EQ(log().first()->value, 5u);
  EXPECT_THAT(bytes_from(5), ElementsAre("5", "6"));
  EXPECT_THAT(bytes_from(6), ElementsAre("6"));
  for (uint64_t gone = 1; gone <= 4; ++gone)
    EXPECT_CODE(log().read(LogIndex(gone), 100), ErrorCode::kNotFound);
  // The hash of the last one trimmed is kept: that much can still be told.
  EXPECT_EQ(log().append(runs[3]), AppendAnswer::exists);
  EXPECT_EQ(log().append(runs[2]), AppendAnswer::fenced);
  EXPECT_EQ(log().append(runs[5]), AppendAnswer::exists);
  EXPECT_OK(log().trim(LogIndex(2)));
  EXPECT_EQ(log().first()->value, 5u);
  EXPECT_CODE(log().trim(LogIndex(7)), ErrorCode::kUsage);
  harness().lose_power();
  EXPECT_EQ(log().first()->value, 5u);
  EXPECT_THAT(bytes_from(5), ElementsAre("5", "6"));
  EXPECT_OK(verify_log(log(), {}));
}

TEST_P(CommitLogConformance, CanBeTrimmedWhole) {
  append(acquire(), {"a", "b"});
  const LogHead before = head();
  EXPECT_OK(log().trim(LogIndex(2)));
  EXPECT_EQ(head(), before);
  EXPECT_EQ(log().first()->value, 3u);
  EXPECT_THAT(bytes_from(3), ElementsAre());
  harness().lose_power();
  EXPECT_EQ(head(), before);
  append(acquire(), {"c"});
  EXPECT_THAT(bytes_from(3), ElementsAre("c"));
}

TEST_P(CommitLogConformance, VerifiesItself) {
  const FenceEpoch first = acquire();
  append(first, {"a", "bb"});
  append(acquire(), {"ccc"});
  uint64_t told = 0;
  auto summary = verify_log(log(), [&](LogIndex checked, LogIndex of) {
    EXPECT_EQ(of.value, 3u);
    told = checked.value;
  });
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(told, 3u);
  EXPECT_EQ(summary->records, 3u);
  EXPECT_EQ(summary->bytes, 6u);
  EXPECT_EQ(summary->epochs, 2u);
  EXPECT_EQ(summary->head, head());
  EXPECT_OK(log().trim(LogIndex(3)));
  summary = verify_log(log(), {});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->first.value, 4u);
  EXPECT_EQ(summary->records, 0u);
}

TEST_P(CommitLogConformance, NoticesAFlippedBitWhereverItIs) {
  const FenceEpoch epoch = acquire();
  for (const char* bytes : {"a", "b", "c", "d", "e"}) append(epoch, {bytes});
  harness().flip(LogIndex(3));
  const auto read = log().read(LogIndex(1), 1 << 20);
  EXPECT_CODE(read, ErrorCode::kStoreDamaged);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("record 3"));
  EXPECT_CODE(log().read(LogIndex(3), 1), ErrorCode::kStoreDamaged);
  EXPECT_THAT(bytes_from(4), ElementsAre("d", "e"));
  const auto verified = verify_log(log(), {});
  EXPECT_CODE(verified, ErrorCode::kStoreDamaged);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message, HasSubstr("record 3"));
}

TEST_P(CommitLogConformance, TakesRecordsUpToTheirLimit) {
  const Bytes large(limits::kLogRecordBytesMax, 'x');
  append(acquire(), {large, large, "", large});
  harness().lose_power();
  const auto records = log().read(LogIndex(1), 10u << 20);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->size(), 4u);
  EXPECT_EQ(records->back().bytes == large, true);
}

// Both sides of a fleet of histories: random calls on the log and on a plain vector.
TEST_P(CommitLogConformance, AgreesWithAPlainVector) {
  std::mt19937 random(11);
  std::vector<Bytes> model;
  uint64_t first = 1;
  FenceEpoch epoch = acquire();
  for (int step = 0; step < 300; ++step) {
    switch (random() % 12) {
      case 0:
        epoch = acquire();
        break;
      case 1:
        if (random() % 4 == 0) harness().kill();
        break;
      case 2:
        if (random() % 4 == 0) harness().lose_power();
        break;
      case 3:
        if (!model.empty()) {
          const uint64_t to = 1 + random() % model.size();
          ASSERT_TRUE(log().trim(LogIndex(to)));
          first = std::max(first, to + 1);
        }
        break;
      default: {
        std::vector<Bytes> run;
        for (uint32_t n = 1 + random() % 4; n > 0; --n) run.push_back(Bytes(random() % 300, 'r'));
        ASSERT_NO_FATAL_FAILURE(append(epoch, run));
        model.insert(model.end(), run.begin(), run.end());
        break;
      }
    }
    ASSERT_EQ(head().index.value, model.size());
    ASSERT_EQ(log().first()->value, first);
    const uint64_t from = first + random() % (model.size() - first + 2);
    const std::vector<Bytes> expected(model.begin() + static_cast<std::ptrdiff_t>(from) - 1,
                                      model.end());
    ASSERT_EQ(bytes_from(from), expected);
  }
  EXPECT_OK(verify_log(log(), {}));
}

}  // namespace
}  // namespace syncline::testing
