// Whatever arrives: no crash, and nothing of the node's state is changed by what is not lawful.
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2862933555777941757u + 3037000493u) {}
  uint64_t below(uint64_t n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % n;
  }

 private:
  uint64_t state_;
};

Bytes everything_in(const MemoryStore& disk) {
  Bytes out;
  for (auto walk = disk.scan("", ""); walk->valid(); walk->next()) {
    out += walk->key();
    out += '=';
    out += walk->value();
    out += ';';
  }
  return out;
}

class HostileTest : public testing::Test {
 protected:
  HostileTest() { reset(); }
  // A fresh device that holds something and has something pending.
  void reset() {
    node_.close();
    disk_ = std::make_unique<MemoryStore>();
    node_ = Node(disk_.get());
    authority_ = Authority();
    node_.open(1);
    greet();
    Delta delta = authority_.delta(node_, 1);
    for (int i = 0; i < 8; ++i)
      delta.objects.push_back(enter(fridge_row("f" + std::to_string(i), i, 1)));
    node_.receive(delta);
    mine_ = node_.write([](Draft& d) {
      must(d.set(kFridge, Value("f1"), {"celsius"}, 50.0));
      must(d.create(kFridge, Document{{"_id", "mine"}, {"tags", List{"a", "b"}}}));
    });
    node_.sync();
  }
  void greet() {
    node_.step(replica_input::Disconnected{});
    node_.frames.clear();
    node_.timers.clear();
    node_.welcome(node_.connect(), authority_);
  }
  // Frames that are lawful here and now, of every kind that an authority sends.
  std::vector<Bytes> lawful() {
    std::vector<Bytes> out;
    Delta delta = authority_.delta(node_, 2);
    delta.objects = {enter(fridge_row("new", 3, 2)), update("f2", 2, {put_celsius(9)}),
                     leave("f3", 2)};
    delta.decisions = {refused(mine_, pending_hash(*disk_, mine_), 2, {0, 1})};
    out.push_back(encode_message(delta));
    Delta part = authority_.delta(node_, 3);
    part.kind = Delta::Kind::bootstrap;
    part.last = false;
    part.objects = {enter(fridge_row("boot", 3, 2))};
    out.push_back(encode_message(part));
    HaveAsk ask;
    ask.session = authority_.session;
    ask.bucket_bits = 2;
    ask.types = {{kFridge, {0, 1, 2, 3}}};
    out.push_back(encode_message(ask));
    out.push_back(encode_message(UploadCredit{authority_.session, mine_.epoch, 1, 5'000'000}));
    out.push_back(encode_message(HelloAgain{authority_.session}));
    out.push_back(
        encode_message(Goodbye{authority_.session, Error(ErrorCode::kClosed, "bye"), true}));
    Hello hello;
    hello.schema_mark = 3;
    out.push_back(encode_message(authority_.welcome(hello)));
    return out;
  }
  void expect_sound() {
    for (int i = 0; i < 8; ++i) {
      const auto row = read_object(*disk_, fridge_name("f" + std::to_string(i)));
      ASSERT_TRUE(row.has_value());
    }
    ASSERT_TRUE(read_pending(*disk_).has_value());
    ASSERT_TRUE(read_journal(*disk_).has_value());
    must(visit_objects(*disk_, kFridge, false, [](const ObjectKey&, const Row&) { return true; }));
  }
  std::unique_ptr<MemoryStore> disk_;
  Node node_{nullptr};
  Authority authority_;
  ChangesetName mine_;
};

TEST_F(HostileTest, RandomBytesChangeNothing) {
  Random random(1);
  const Bytes before = everything_in(*disk_);
  for (int i = 0; i < 20'000; ++i) {
    Bytes frame;
    const size_t size = random.below(120);
    for (size_t k = 0; k < size; ++k) frame.push_back(static_cast<char>(random.below(256)));
    if (!frame.empty()) frame[0] = static_cast<char>(random.below(2));
    node_.step(replica_input::Frame{std::move(frame)});
    if (i % 50 == 0) greet();
  }
  EXPECT_EQ(everything_in(*disk_), before);
}

TEST_F(HostileTest, MutatedFramesNeverBreakTheStore) {
  Random random(2);
  uint64_t taken = 0;
  for (int i = 0; i < 6'000; ++i) {
    if (i % 200 == 0) {
      // What got through so far survives a restart, and the machine goes on.
      node_.kill();
      node_.open(static_cast<uint8_t>(2 + i / 200));
      greet();
    }
    if (node_.machine().status().state != SyncState::live &&
        node_.machine().status().state != SyncState::catching_up)
      greet();
    const std::vector<Bytes> frames = lawful();
    Bytes frame = frames[random.below(frames.size())];
    const uint64_t mutations = 1 + random.below(3);
    for (uint64_t m = 0; m < mutations; ++m) {
      switch (random.below(4)) {
        case 0:
          frame[random.below(frame.size())] ^= static_cast<char>(1 << random.below(8));
          break;
        case 1:
          frame.erase(random.below(frame.size()), 1 + random.below(4));
          break;
        case 2:
          frame.insert(random.below(frame.size()), 1, static_cast<char>(random.below(256)));
          break;
        case 3:
          frame.resize(1 + random.below(frame.size()));
          break;
      }
      if (frame.empty()) frame = "x";
    }
    const Cursor before = node_.machine().status().cursor;
    node_.step(replica_input::Frame{std::move(frame)});
    taken += node_.machine().status().cursor != before;
    // A frame that passed may have moved the log on: the scripted authority follows.
    authority_.head = std::max(authority_.head, node_.machine().status().cursor.seq);
    authority_.incarnation = node_.machine().status().cursor.incarnation;
    expect_sound();
    if (node_.machine().status().cursor.seq > LogSeq(1)) reset();
  }
  EXPECT_GT(taken, 0u) << "some mutations are lawful deltas with other contents";
}

}  // namespace
}  // namespace syncline::test
