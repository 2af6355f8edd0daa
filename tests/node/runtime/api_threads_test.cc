// Many threads, and the end of a node while they are at work.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

class ApiThreads : public ::testing::Test {
 protected:
  ApiFleet fleet_;
  ApiFleet::Device a_ = fleet_.enrol("a", "manager");
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

TEST_F(ApiThreads, ReadAndWriteAtOnce) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  constexpr int kThreads = 4;
  constexpr int kWrites = 50;
  good(a.write([](Transaction& t) {
    return t.put("Task", Document{{"_id", "sum"}, {"votes", int64_t{0}}});
  }));
  good(a.wait_for_decided(kApiPatience));
  good(b.wait_for_download(kApiPatience));
  std::atomic<bool> done{false};
  std::atomic<int> told{0};
  const Observation watching = b.observe("Task", [&](const ObjectChangeSet&) { ++told; });
  std::vector<std::thread> writers;
  for (int n = 0; n < kThreads; ++n)
    writers.emplace_back([&, n] {
      Node& node = n % 2 == 0 ? a : b;
      const Durability durability = n < 2 ? Durability::group : Durability::commit;
      for (int i = 0; i < kWrites; ++i) {
        const std::string id = std::to_string(n) + "-" + std::to_string(i);
        auto receipt = node.write(durability, [&](Transaction& t) -> Status {
          SYNCLINE_TRY(t.increment("Task", "sum", {"votes"}, 1));
          return t.put("Task", task(id, "t"));
        });
        if (!receipt) ADD_FAILURE() << receipt.error().message;
      }
    });
  std::vector<std::thread> readers;
  for (Node* node : {&a, &b})
    readers.emplace_back([&done, node] {
      while (!done) {
        good(node->each("Task", [](const Document& object) {
          EXPECT_NE(object.find("_id"), nullptr);
          return true;
        }));
        good(node->get("Task", "sum"));
        good(node->pending());
        good(node->subscriptions());
        node->status();
        node->types();
      }
    });
  for (std::thread& thread : writers) thread.join();
  done = true;
  for (std::thread& thread : readers) thread.join();
  good(a.wait_for_decided(kApiPatience));
  good(b.wait_for_decided(kApiPatience));
  good(a.wait_for_download(kApiPatience));
  good(b.wait_for_download(kApiPatience));
  for (Node* node : {&a, &b}) {
    EXPECT_EQ(*good(node->get("Task", "sum"))->find("votes"), Value(int64_t{kThreads * kWrites}));
    EXPECT_EQ(node->status().objects, 1u + kThreads * kWrites);
    EXPECT_EQ(node->status().journal, 0u);
  }
  EXPECT_EQ(good(a.state_hash()), good(b.state_hash()));
  EXPECT_GT(told, 0);
}

TEST_F(ApiThreads, WaitAndAreToldWhenTheNodeCloses) {
  Node a = fleet_.open_subscribed(a_);
  good(a.pause());
  const Receipt receipt =
      good(a.write([](Transaction& t) { return t.put("Task", task("t", "t")); }));
  std::atomic<int> ready{0};
  std::vector<std::thread> waiting;
  const auto wait = [&](const std::function<ErrorCode()>& call) {
    waiting.emplace_back([&ready, call] {
      ++ready;
      EXPECT_EQ(call(), ErrorCode::kClosed);
    });
  };
  wait([&] { return code_of(receipt.wait(ReceiptState::committed, kApiPatience)); });
  wait([&] { return code_of(a.wait_for_upload(kApiPatience)); });
  wait([&] { return code_of(a.wait_for_decided(kApiPatience)); });
  wait([&] { return code_of(a.wait_for_download(kApiPatience)); });
  // And one that works all the time.
  wait([&] {
    for (int i = 0;; ++i)
      if (Status written = put_task(a, "w", std::to_string(i)); !written)
        return written.error().code;
  });
  while (ready < 5) std::this_thread::yield();
  good(a.close());
  for (std::thread& thread : waiting) thread.join();
  good(a.close());
}

TEST_F(ApiThreads, ObserveWhileTheNodeCloses) {
  for (int round = 0; round < 5; ++round) {
    Node a = fleet_.open(a_);
    if (round == 0) {
      wait_for_schema(&a);
      subscribe_all(&a);
    }
    Heard<int> heard;
    std::atomic<int> open_calls{0};
    const Observation watching = a.observe("Task", [&](const ObjectChangeSet&) {
      ++open_calls;
      // Either it is still open, or it says that it is closed.
      if (auto object = a.get("Task", "t"); !object) {
        EXPECT_EQ(object.error().code, ErrorCode::kClosed);
      }
      if (Status written = put_task(a, "t", std::to_string(open_calls)); !written) {
        EXPECT_EQ(written.error().code, ErrorCode::kClosed);
      }
      heard.add(1);
    });
    good(put_task(a, "t", "start " + std::to_string(round)));
    ASSERT_TRUE(heard.until_count(20));
    good(a.close());
    const int calls = open_calls;
    EXPECT_EQ(open_calls, calls) << "nothing is called after close()";
  }
}

TEST_F(ApiThreads, AClosedNodeSaysSo) {
  Node a = fleet_.open_subscribed(a_);
  const Receipt receipt =
      good(a.write([](Transaction& t) { return t.put("Task", task("t", "t")); }));
  good(a.wait_for_decided(kApiPatience));
  good(a.close());
  EXPECT_EQ(code_of(a.write([](Transaction&) { return Status(); })), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.get("Task", "t")), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.each("Task", [](const Document&) { return true; })), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.subscribe("Task")), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.subscriptions()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.rejections()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.pending()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.retry(receipt.name())), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.discard(receipt.name())), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.receipt(receipt.name())), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.wait_for_download(kApiPatience)), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.pause()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.resume()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a.state_hash()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(receipt.status()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(receipt.wait(ReceiptState::durable, kApiPatience)), ErrorCode::kClosed);
  EXPECT_EQ(a.status().state, SyncState::stopped);
  ASSERT_TRUE(a.status().trouble.has_value());
  EXPECT_EQ(a.status().trouble->code, ErrorCode::kClosed);
  const Observation nothing = a.observe("Task", [](const ObjectChangeSet&) { FAIL(); });
  // Its store is free again, and the object can be used for another.
  a = fleet_.open(a_);
  EXPECT_EQ(title_of(a, "t"), "t");
}

TEST_F(ApiThreads, WhatWouldWaitForItselfIsRefused) {
  Node a = fleet_.open_subscribed(a_);
  good(put_task(a, "t", "before"));
  good(a.write([&](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put("Task", task("t", "after")));
    EXPECT_EQ(title_of(a, "t"), "before") << "the node shows what is committed here";
    EXPECT_EQ(a.status().state, SyncState::live);
    EXPECT_FALSE(a.types().empty());
    EXPECT_EQ(code_of(put_task(a, "u", "u")), ErrorCode::kUsage);
    EXPECT_EQ(code_of(a.wait_for_download(kApiPatience)), ErrorCode::kUsage);
    EXPECT_EQ(code_of(a.pause()), ErrorCode::kUsage);
    EXPECT_EQ(code_of(a.close()), ErrorCode::kUsage);
    return {};
  }));
  EXPECT_EQ(title_of(a, "t"), "after");
  Heard<ErrorCode> heard;
  const Observation closing =
      a.observe("Task", [&](const ObjectChangeSet&) { heard.add(code_of(a.close())); });
  good(put_task(a, "u", "u"));
  ASSERT_TRUE(heard.until_count(1));
  EXPECT_EQ(heard.all()[0], ErrorCode::kUsage);
  EXPECT_EQ(title_of(a, "u"), "u");
}

TEST_F(ApiThreads, ADiskThatFailsIsToldToAll) {
  Node a = fleet_.open_subscribed(a_);
  good(a.pause());
  const Receipt receipt = good(
      a.write(Durability::relaxed, [](Transaction& t) { return t.put("Task", task("t", "t")); }));
  std::thread waiting(
      [&] { EXPECT_EQ(code_of(a.wait_for_decided(kApiPatience)), ErrorCode::kIo); });
  a_.disk->fail_at(MemoryStore::Operation::sync, 1, ErrorCode::kIo, true);
  EXPECT_EQ(code_of(a.write(Durability::commit,
                            [](Transaction& t) { return t.put("Task", task("u", "u")); })),
            ErrorCode::kIo);
  waiting.join();
  EXPECT_EQ(a.status().trouble->code, ErrorCode::kIo);
  EXPECT_EQ(code_of(put_task(a, "v", "v")), ErrorCode::kIo);
  EXPECT_EQ(code_of(a.close()), ErrorCode::kIo);
}

}  // namespace
}  // namespace syncline::testing::api
