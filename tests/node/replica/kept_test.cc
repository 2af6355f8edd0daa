#include "node/replica/kept.h"

#include <functional>
#include <utility>

#include "node/replica/pending.h"
#include "proto/limits.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a node keeps of its own decided changesets, at its store and towards the authority. A name's
// number is its order.
class KeptTest : public testing::Test {
 protected:
  KeptTest() : node_(&disk_) { restart(); }

  // The machine anew, in another session.
  void restart() {
    node_.kill();
    node_.open(++opened_);
    node_.frames.clear();
    greet();
  }
  void greet() {
    authority_.session = SessionNonce(500 + ++sessions_);
    node_.welcome(node_.connect(), authority_);
  }
  // So many more changesets, synced.
  void write(uint64_t count, size_t bytes_each = 10) {
    for (uint64_t i = 0; i < count; ++i)
      names_.push_back(node_.write([&](Draft& d) {
        must(d.put(kFridge, Document{{"_id", "f" + std::to_string(names_.size())},
                                     {"name", std::string(bytes_each, 'x')}}));
      }));
    node_.sync();
  }
  const ChangesetName& name(uint64_t order) const { return names_[order - 1]; }
  uint64_t head() const { return authority_.cursor_of(node_).seq.value; }
  Decision at(uint64_t order, uint64_t seq) {
    return committed(name(order), pending_hash(disk_, name(order)), seq);
  }
  Decision refusal(uint64_t order, uint64_t seq) {
    return refused(name(order), pending_hash(disk_, name(order)), seq, {0});
  }
  // A delta with these decisions, and with what the authority says to be safe.
  void tell(std::vector<Decision> decisions, uint64_t safe = 0) {
    uint64_t to = head() + 1;
    for (const Decision& decision : decisions) to = std::max(to, decision.seq.value);
    Delta delta = authority_.delta(node_, to);
    delta.decisions = std::move(decisions);
    delta.safe_seq = LogSeq(safe);
    node_.receive(delta);
  }
  // Each order decided at the seq of the same number, in one delta.
  void decide(uint64_t from, uint64_t to) {
    std::vector<Decision> decisions;
    for (uint64_t order = from; order <= to; ++order) decisions.push_back(at(order, order));
    tell(std::move(decisions));
  }
  // The authority restored: a log that left this one after the entry. The node is in it when this
  // returns; what it has offered since is in its frames.
  void restore(uint64_t after, std::vector<Decision> decisions = {}) {
    const Incarnation old = authority_.incarnation;
    authority_.incarnation = Incarnation(old.value + 1);
    authority_.session = SessionNonce(500 + ++sessions_);
    node_.step(replica_input::Disconnected{});
    Welcome welcome = authority_.welcome(node_.connect());
    welcome.head = LogSeq(head());
    forks_.push_back({authority_.incarnation, old, LogSeq(after)});
    welcome.forks = forks_;
    node_.receive(welcome);
    node_.frames.clear();
    Delta delta = authority_.delta(node_, head());
    delta.kind = Delta::Kind::bootstrap;
    delta.decisions = std::move(decisions);
    node_.receive(delta);
    EXPECT_TRUE(node_.take<Upload>().empty()) << "the node first comes into the log";
    node_.step(replica_input::TimerFired{"uploads"});
  }
  std::vector<uint64_t> offered() {
    std::vector<uint64_t> out;
    for (const Upload& upload : node_.take<Upload>()) {
      const Envelope envelope = must(decode_envelope(upload.envelope));
      for (size_t i = 0; i < envelope.hashes.size(); ++i) out.push_back(envelope.first_number + i);
    }
    return out;
  }
  std::vector<uint64_t> pending() const {
    std::vector<uint64_t> out;
    for (const ChangesetName& name : must(read_pending_names(disk_))) out.push_back(name.number);
    return out;
  }
  size_t keys(Keyspace space) const {
    size_t count = 0;
    const Bytes from = node_keys::all(space);
    for (auto walk = disk_.scan(from, prefix_end(from)); walk->valid(); walk->next()) ++count;
    return count;
  }
  std::vector<KeptRun> runs() const {
    std::vector<KeptRun> out;
    const Bytes from = node_keys::all(Keyspace::node_kept);
    for (auto walk = disk_.scan(from, prefix_end(from)); walk->valid(); walk->next())
      out.push_back(must(decode_kept_run(walk->key(), walk->value())));
    return out;
  }
  // [first, end) of each run.
  std::vector<std::pair<uint64_t, uint64_t>> spans() const {
    std::vector<std::pair<uint64_t, uint64_t>> out;
    for (const KeptRun& run : runs()) out.emplace_back(run.first, run.end());
    return out;
  }
  KeptMark mark() const {
    const auto bytes = must(disk_.get(node_keys::meta::kept()));
    return bytes ? must(decode_kept_mark(*bytes)) : KeptMark();
  }
  // The mark says what the runs hold.
  void check_sums() const {
    KeptMark sum;
    for (const KeptRun& run : runs()) {
      sum.count += run.changesets.size();
      sum.bytes += run.bytes;
    }
    EXPECT_EQ(mark().count, sum.count);
    EXPECT_EQ(mark().bytes, sum.bytes);
    EXPECT_EQ(keys(Keyspace::node_written), sum.count + pending().size());
  }
  ReceiptState receipt(uint64_t order) {
    const auto receipt = must(read_receipt(disk_, name(order)));
    EXPECT_TRUE(receipt);
    return receipt ? receipt->state : ReceiptState::queued;
  }
  void expect_nothing_left() const {
    for (const Keyspace space :
         {Keyspace::node_written, Keyspace::node_payload, Keyspace::node_kept})
      EXPECT_EQ(keys(space), 0u);
    EXPECT_EQ(mark().count, 0u);
    EXPECT_EQ(mark().bytes, 0u);
  }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
  uint8_t opened_ = 0;
  uint64_t sessions_ = 0;
  std::vector<ChangesetName> names_;
  Forks forks_;
};

using Spans = std::vector<std::pair<uint64_t, uint64_t>>;

TEST_F(KeptTest, AChangesetStaysWhereItWasWritten) {
  write(3);
  const Bytes before = *must(disk_.get(node_keys::written(2)));
  decide(1, 3);
  EXPECT_EQ(spans(), (Spans{{1, 4}})) << "what one delta decides is one run";
  EXPECT_EQ(*must(disk_.get(node_keys::written(2))), before);
  EXPECT_EQ(keys(Keyspace::node_written), 3u);
  EXPECT_EQ(node_.machine().status().pending, 0u);
  check_sums();
  EXPECT_EQ(runs()[0].changesets[2].seq, LogSeq(3));
  tell({}, 3);
  expect_nothing_left();
}

TEST_F(KeptTest, WhatIsKeptIsNotPending) {
  write(7);
  (void)offered();
  decide(1, 2);
  tell({at(3, 3)});
  tell({at(5, 5), at(6, 6)});
  EXPECT_EQ(spans(), (Spans{{1, 3}, {3, 4}, {5, 7}}));
  restart();
  EXPECT_EQ(node_.machine().status().pending, 2u);
  EXPECT_THAT(pending(), ElementsAre(4, 7));
  EXPECT_THAT(offered(), ElementsAre(4, 7));
  EXPECT_EQ(must(first_pending_order(disk_, 0)), 4u);
  EXPECT_EQ(receipt(3), ReceiptState::committed);
  EXPECT_EQ(receipt(4), ReceiptState::durable);
  EXPECT_EQ(receipt(6), ReceiptState::committed);
  check_sums();
  // Decided again, it changes nothing.
  node_.receipts.clear();
  tell({at(6, 6), at(5, 5), at(1, 1), at(4, 8), at(3, 3), at(7, 8)});
  ASSERT_EQ(node_.receipts.size(), 2u);
  EXPECT_THAT(pending(), IsEmpty());
  EXPECT_EQ(node_.machine().status().pending, 0u);
  check_sums();
  restart();
  EXPECT_THAT(offered(), IsEmpty());
  EXPECT_EQ(must(first_pending_order(disk_, 99)), 99u);
}

TEST_F(KeptTest, WhatLiesInTheJournalAsAWholeIsNotKept) {
  write(3);
  tell({at(1, 1), refusal(2, 2), at(3, 3)});
  EXPECT_EQ(spans(), (Spans{{1, 2}, {3, 4}}));
  EXPECT_FALSE(must(disk_.get(node_keys::written(2))));
  check_sums();
  restart();
  EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(KeptTest, LongRunsAreCut) {
  const uint64_t count = 2 * kKeptInRun + 3;
  write(count);
  decide(1, count);
  EXPECT_EQ(spans(), (Spans{{1, kKeptInRun + 1},
                            {kKeptInRun + 1, 2 * kKeptInRun + 1},
                            {2 * kKeptInRun + 1, count + 1}}));
  write(1);
  restart();
  EXPECT_THAT(pending(), ElementsAre(count + 1));
  check_sums();
  // In one step not all of it goes.
  tell({}, count);
  EXPECT_EQ(spans().size(), 2u);
  tell({});
  tell({});
  EXPECT_THAT(spans(), IsEmpty());
  EXPECT_THAT(pending(), ElementsAre(count + 1));
  check_sums();
}

TEST_F(KeptTest, RunsOfLargeOnesAreShort) {
  write(5, kKeptRunBytesMax / 2 - 1000);
  decide(1, 5);
  EXPECT_EQ(spans(), (Spans{{1, 3}, {3, 5}, {5, 6}}));
  check_sums();
  EXPECT_EQ(keys(Keyspace::node_payload), 5u);
  tell({}, 5);
  expect_nothing_left();
}

TEST_F(KeptTest, ARunIsLetGoOfOnceTheLogIsSafeUpToTheLastOfIt) {
  write(6);
  decide(1, 3);
  tell({at(4, 5), at(5, 4), at(6, 6)});  // whatever the order of the entries
  restart();
  tell({}, 2);
  EXPECT_EQ(spans(), (Spans{{1, 4}, {4, 7}}));
  tell({}, 3);
  EXPECT_EQ(spans(), (Spans{{4, 7}}));
  EXPECT_EQ(mark().let_go.seq, LogSeq(3));
  restart();
  tell({}, 5);
  EXPECT_EQ(spans(), (Spans{{4, 7}}));
  check_sums();
  tell({}, 6);
  expect_nothing_left();
  EXPECT_EQ(mark().let_go.seq, LogSeq(6));
}

TEST_F(KeptTest, WhatIsDecidedWhereTheLogIsSafeIsNotKept) {
  write(2);
  tell({}, 9);
  tell({at(1, 2), at(2, 10)});
  EXPECT_EQ(spans(), (Spans{{2, 3}}));
  check_sums();
  EXPECT_EQ(mark().let_go.seq, LogSeq(2));
}

TEST_F(KeptTest, OfARunOnlyWhatTheLogLacksIsPendingAgain) {
  write(6);
  tell({at(1, 1), at(2, 4), at(3, 3), at(4, 6), at(5, 2)});
  node_.receipts.clear();
  restore(3);
  EXPECT_THAT(pending(), ElementsAre(2, 4, 6));
  EXPECT_EQ(node_.machine().status().pending, 3u);
  EXPECT_EQ(spans(), (Spans{{1, 2}, {3, 4}, {5, 6}}));
  check_sums();
  EXPECT_EQ(receipt(2), ReceiptState::durable);
  EXPECT_EQ(receipt(3), ReceiptState::committed);
  EXPECT_EQ(node_.receipts.size(), 2u);
  auto uploads = node_.take<Upload>();
  ASSERT_EQ(uploads.size(), 3u);
  ASSERT_EQ(uploads[0].formers.size(), 1u);
  EXPECT_EQ(uploads[0].formers[0].decided, (LogPosition{Incarnation(77), LogSeq(4)}));
  EXPECT_EQ(uploads[1].formers[0].decided, (LogPosition{Incarnation(77), LogSeq(6)}));
  EXPECT_TRUE(uploads[2].formers.empty());
  EXPECT_TRUE(node_.celsius("f1") == std::nullopt && node_.shown("f1")) << "shown as before";
  restart();
  EXPECT_THAT(offered(), ElementsAre(2, 4, 6));
  EXPECT_EQ(node_.machine().status().pending, 3u);
  // The others wait for the log to be safe, and go.
  tell({}, 3);
  EXPECT_THAT(spans(), IsEmpty());
  EXPECT_THAT(pending(), ElementsAre(2, 4, 6));
  tell({at(2, 8), at(4, 8), at(6, 8)});
  EXPECT_EQ(spans(), (Spans{{2, 3}, {4, 5}, {6, 7}}));
  tell({}, 20);
  expect_nothing_left();
}

TEST_F(KeptTest, ItIsTakenBackAsOftenAsItIsLost) {
  write(3);
  decide(1, 3);
  for (uint64_t round = 1; round <= limits::kFormersMax + 2; ++round) {
    restore(1);
    EXPECT_THAT(pending(), ElementsAre(2, 3));
    EXPECT_EQ(spans(), (Spans{{1, 2}}));
    const auto uploads = node_.take<Upload>();
    ASSERT_EQ(uploads.size(), 1u);
    EXPECT_EQ(uploads[0].formers.size(), 2 * std::min<uint64_t>(round, limits::kFormersMax));
    EXPECT_EQ(uploads[0].formers.back().decided.incarnation,
              Incarnation(authority_.incarnation.value - 1));
    tell({at(2, head() + 1), at(3, head() + 2)});
    EXPECT_EQ(spans(), (Spans{{1, 2}, {2, 4}}));
    check_sums();
    restart();
    EXPECT_THAT(offered(), IsEmpty());
  }
  tell({}, head());
  expect_nothing_left();
}

// The restored log has decided them already, and the node's disk has forgotten that: what it is
// taken into the log by also tells what became of them there.
TEST_F(KeptTest, WhatIsTakenBackMayBeDecidedInTheSameDelta) {
  write(4);
  decide(1, 4);
  restore(1, {at(2, 2), at(3, 3)});
  EXPECT_THAT(pending(), ElementsAre(4u));
  EXPECT_EQ(receipt(2), ReceiptState::committed);
  EXPECT_EQ(receipt(4), ReceiptState::durable);
  check_sums();
  EXPECT_THAT(offered(), ElementsAre(4u));
  restart();
  EXPECT_THAT(pending(), ElementsAre(4u));
  tell({at(4, head() + 1)});
  tell({}, head());
  EXPECT_TRUE(pending().empty());
  expect_nothing_left();
}

TEST_F(KeptTest, WhatStandsApartIsTakenBackAndLetGoOfToo) {
  write(3, 2 * kPayloadInlineBytesMax);
  decide(1, 3);
  restore(1);
  EXPECT_EQ(keys(Keyspace::node_payload), 3u);
  EXPECT_THAT(offered(), ElementsAre(2, 3));
  tell({at(2, 5), refusal(3, 5)});
  EXPECT_EQ(keys(Keyspace::node_payload), 2u);
  check_sums();
  tell({}, 5);
  expect_nothing_left();
}

TEST_F(KeptTest, APowerLossTakesADecisionAndItsRunTogether) {
  write(2);
  (void)offered();
  decide(1, 2);
  node_.lose_power();
  node_.open(++opened_);
  EXPECT_THAT(pending(), ElementsAre(1, 2));
  EXPECT_EQ(node_.machine().status().pending, 2u);
  EXPECT_THAT(spans(), IsEmpty());
  greet();
  EXPECT_THAT(offered(), ElementsAre(1, 2));
  decide(1, 2);
  node_.sync();
  node_.lose_power();
  node_.open(++opened_);
  EXPECT_THAT(pending(), IsEmpty());
  check_sums();
}

TEST_F(KeptTest, AnEpochIsKnownWhileSomethingOfItIsKept) {
  write(1);
  decide(1, 1);
  Batch batch;
  batch.put(node_keys::meta::receipts_from(), encode_u64(100));  // its receipt is long forgotten
  must(disk_.write(batch, BatchKind::logged, false));
  restart();
  write(1);
  EXPECT_EQ(keys(Keyspace::node_epoch), 2u);
  restore(0);
  EXPECT_EQ(must(read_pending_names(disk_)), names_);
}

TEST_F(KeptTest, RunsThatDoNotReadBackAreNamed) {
  write(2);
  decide(1, 2);
  node_.close();
  const Bytes good = *must(disk_.get(node_keys::kept(1)));
  for (const Bytes& bad : {Bytes(), good.substr(0, 9), good.substr(0, good.size() - 1)}) {
    Batch batch;
    batch.put(node_keys::kept(1), bad);
    must(disk_.write(batch, BatchKind::logged, false));
    const auto names = read_pending_names(disk_);
    ASSERT_FALSE(names.has_value());
    EXPECT_EQ(names.error().code, ErrorCode::kStoreDamaged);
  }
}

TEST_F(KeptTest, OrdersAreLookedUpInAnyOrder) {
  Batch batch;
  for (const auto& [first, count] : Spans{{3, 2}, {5, 1}, {9, kKeptInRun}}) {
    KeptRun run{first, Incarnation(1), false, {}};
    for (uint64_t i = 0; i < count; ++i) run.add({LogSeq(1), 1});
    batch.put(node_keys::kept(first), encode(run));
  }
  must(disk_.write(batch, BatchKind::logged, false));
  const uint64_t last = 9 + kKeptInRun - 1;
  const auto end_of = [](uint64_t order) -> std::optional<uint64_t> {
    if (order == 3 || order == 4) return 5;
    if (order == 5) return 6;
    if (order >= 9 && order < 9 + kKeptInRun) return 9 + kKeptInRun;
    return std::nullopt;
  };
  const std::vector<uint64_t> orders = {0, 1, 2, 3, 4, 4, 5, 6, 8, 9, 20, last, last + 1, 5000};
  KeptOrders rising(&disk_);
  for (const uint64_t order : orders) EXPECT_EQ(must(rising.end_of_run(order)), end_of(order));
  KeptOrders jumping(&disk_);
  for (size_t i = 0; i < orders.size(); ++i) {
    const uint64_t order = orders[i * 5 % orders.size()];
    EXPECT_EQ(must(jumping.end_of_run(order)), end_of(order)) << order;
    EXPECT_EQ(must(KeptOrders(&disk_).end_of_run(order)), end_of(order)) << order;
  }
  EXPECT_EQ(must(kept_end(disk_)), last + 1);
}

// As a reader on another thread meets it: the store moves on after the first look at it.
class MovingReader : public Reader {
 public:
  MovingReader(const Reader* store, std::function<void()> move) : store_(store), move_(move) {}
  Result<std::optional<Bytes>> get(BytesView key) const override {
    auto found = store_->get(key);
    return moved(), found;
  }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    auto walk = store_->scan(from, to);
    return moved(), std::move(walk);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    auto walk = store_->scan_back(from, to);
    return moved(), std::move(walk);
  }

 private:
  void moved() const {
    if (move_) std::exchange(move_, nullptr)();
  }
  const Reader* store_;
  mutable std::function<void()> move_;
};

TEST_F(KeptTest, WhatIsLetGoOfMeanwhileIsNotTakenForPending) {
  write(4);
  decide(1, 3);
  const MovingReader reader(&disk_, [&] { tell({}, 3); });
  PendingWalk walk(&reader);
  EXPECT_EQ(must(walk.next())->order, 4u);
  EXPECT_FALSE(must(walk.next()));
  EXPECT_THAT(spans(), IsEmpty()) << "it was let go of";
  decide(4, 4);
  const MovingReader again(&disk_, [&] { tell({}, 4); });
  EXPECT_FALSE(must(find_pending(again, 4)));
  EXPECT_THAT(spans(), IsEmpty());
}

TEST_F(KeptTest, AWalkGoesOnAsItBeganWhileTheStoreMovesOn) {
  write(4);
  decide(1, 2);
  PendingWalk walk(&disk_);
  EXPECT_EQ(must(walk.next())->order, 3u);
  tell({at(3, 3), at(4, 4)}, 4);
  EXPECT_EQ(must(walk.next())->order, 4u);
  EXPECT_FALSE(must(PendingWalk(&disk_).next()));
}

}  // namespace
}  // namespace syncline::test
