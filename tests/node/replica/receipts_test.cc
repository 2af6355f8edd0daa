#include "node/replica/receipts.h"

#include <gtest/gtest.h>

#include "node/replica/replica.h"
#include "storage/memory_store.h"

namespace syncline {
namespace {

constexpr NodeId kNode(7);
constexpr Epoch kEpoch(3);

// A store in which number n of the epoch has order n.
class Receipts : public testing::Test {
 protected:
  Receipts() {
    Batch batch;
    batch.put(node_keys::meta::node(), encode_u64(kNode.value));
    batch.put(node_keys::epoch(kEpoch), encode(EpochMark{1, {}}));
    write(batch);
    state_.store = &disk_;
  }
  void write(const Batch& batch) { ASSERT_TRUE(disk_.write(batch, BatchKind::logged, false)); }
  // One step that decides these numbers, all at this seq.
  void decide(std::vector<uint64_t> numbers, uint64_t seq,
              ReceiptState as = ReceiptState::committed) {
    ReplicaStep step{state_, {}, {}, {}, {}};
    NewReceipts receipts;
    for (uint64_t number : numbers) {
      ReceiptRecord receipt{{kNode, kEpoch, number}, as, {}, LogSeq(seq)};
      if (as != ReceiptState::committed) {
        Outcome outcome;
        outcome.verdict = Verdict::refused;
        outcome.reason = Reason::permission;
        receipt.outcomes.push_back(outcome);
      }
      receipts.add(number, std::move(receipt));
    }
    ASSERT_TRUE(receipts.write(&step));
    EXPECT_EQ(step.out.receipts.size(), numbers.size());
    write(step.out.batch);
  }
  // The seq of its receipt; 0: it has none.
  uint64_t seq_of(uint64_t number) {
    auto receipt = read_receipt(disk_, {kNode, kEpoch, number});
    EXPECT_TRUE(receipt);
    if (!receipt || !*receipt) return 0;
    EXPECT_EQ((*receipt)->name.number, number);
    return (*receipt)->seq.value;
  }

  MemoryStore disk_;
  ReplicaState state_;
};

TEST_F(Receipts, AreFoundInRunsAndBetweenThem) {
  decide({1, 2, 3, 7, 8}, 10);
  decide({5}, 11, ReceiptState::refused);
  EXPECT_EQ(seq_of(1), 10u);
  EXPECT_EQ(seq_of(3), 10u);
  EXPECT_EQ(seq_of(4), 0u);
  EXPECT_EQ(seq_of(5), 11u);
  EXPECT_EQ(seq_of(6), 0u);
  EXPECT_EQ(seq_of(8), 10u);
  EXPECT_EQ(seq_of(9), 0u);
  auto refused = read_receipt(disk_, {kNode, kEpoch, 5});
  ASSERT_TRUE(refused && *refused);
  EXPECT_EQ((*refused)->state, ReceiptState::refused);
  EXPECT_EQ((*refused)->outcomes.size(), 1u);
  EXPECT_EQ(last_receipt_order(disk_), 8u);
}

TEST_F(Receipts, OfAChangesetThatIsDecidedAgainAreTheLaterOnes) {
  decide({1, 2, 3, 4, 5, 6}, 10);
  decide({3, 4}, 20);
  EXPECT_EQ(seq_of(2), 10u);
  EXPECT_EQ(seq_of(3), 20u);
  EXPECT_EQ(seq_of(4), 20u);
  EXPECT_EQ(seq_of(5), 10u) << "it stands in the longer run before";
  decide({1, 2}, 30);
  EXPECT_EQ(seq_of(1), 30u);
  EXPECT_EQ(seq_of(6), 10u) << "the run that begins alike kept its rest";
}

TEST_F(Receipts, OfALongRunAreSeveralRuns) {
  std::vector<uint64_t> numbers;
  for (uint64_t n = 1; n <= 2 * kReceiptsInRun + 5; ++n) numbers.push_back(n);
  decide(numbers, 10);
  EXPECT_EQ(seq_of(1), 10u);
  EXPECT_EQ(seq_of(kReceiptsInRun), 10u);
  EXPECT_EQ(seq_of(kReceiptsInRun + 1), 10u);
  EXPECT_EQ(seq_of(numbers.back()), 10u);
  EXPECT_EQ(seq_of(numbers.back() + 1), 0u);
}

TEST_F(Receipts, ThatDoNotReadBackAreNamed) {
  decide({1, 2}, 10);
  Batch batch;
  batch.put(node_keys::receipt(1), Bytes("rubbish"));
  write(batch);
  auto receipt = read_receipt(disk_, {kNode, kEpoch, 1});
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kStoreDamaged);
}

}  // namespace
}  // namespace syncline
