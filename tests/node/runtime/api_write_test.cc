// Writing and reading as a user of the API does it.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::ElementsAre;

class ApiWrite : public ::testing::Test {
 protected:
  ApiFleet fleet_;
  ApiFleet::Device a_ = fleet_.enrol("a", "manager");
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

TEST_F(ApiWrite, IsSeenHereAtOnceAndThereOnceCommitted) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  const Receipt receipt = good(a.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.create("Task", task("t1", "paint")));
    SYNCLINE_TRY(t.set("Task", "t1", {"votes"}, int64_t{0}));
    SYNCLINE_TRY(t.increment("Task", "t1", {"votes"}, 2));
    SYNCLINE_TRY(t.set("Task", "t1", {"steps"}, List{"wash", "dry"}));
    SYNCLINE_TRY(t.insert("Task", "t1", {"steps"}, 1, "rinse"));
    SYNCLINE_TRY(t.move("Task", "t1", {"steps"}, 2, 0));
    SYNCLINE_TRY(t.set_new("Task", "t1", {"place"}, NewScope::embedded));
    SYNCLINE_TRY(t.set("Task", "t1", {"place", "room"}, "attic"));
    SYNCLINE_TRY(t.set("Task", "t1", {"costs", "paint"}, int64_t{30}));
    SYNCLINE_TRY(t.add("Task", "t1", {"tags"}, "home"));
    SYNCLINE_TRY(t.set_default("Task", "t1", {"done"}, false));
    EXPECT_TRUE(good(t.get("Task", "t1")).has_value()) << "its own writes";
    return {};
  }));
  EXPECT_EQ(title_of(a, "t1"), "paint");
  const ReceiptStatus status = good(receipt.wait(ReceiptState::committed, kApiPatience));
  EXPECT_EQ(status.state, ReceiptState::committed);
  EXPECT_EQ(status.name, receipt.name());
  EXPECT_GT(status.seq.value, 0u);
  EXPECT_TRUE(status.outcomes.empty());
  good(b.wait_for_download(kApiPatience));
  const Document there = *good(b.get("Task", "t1"));
  EXPECT_EQ(*there.find("steps"), Value(List{"dry", "wash", "rinse"}));
  EXPECT_EQ(*there.find("votes"), Value(int64_t{2}));
  EXPECT_EQ(*there.find("place"), Value(Document{{"room", "attic"}}));
  EXPECT_EQ(*there.find("costs"), Value(Document{{"paint", int64_t{30}}}));
  EXPECT_EQ(there, *good(a.get("Task", "t1")));
  EXPECT_EQ(good(a.state_hash("Task")), good(b.state_hash("Task")));
  // And edited there.
  good(good(b.write([](Transaction& t) -> Status {
         SYNCLINE_TRY(t.erase("Task", "t1", {"steps", uint64_t{0}}));
         SYNCLINE_TRY(t.remove_member("Task", "t1", {"tags"}, "home"));
         SYNCLINE_TRY(t.clear("Task", "t1", {"costs"}));
         return t.unset("Task", "t1", {"done"});
       })).wait(ReceiptState::committed, kApiPatience));
  good(a.wait_for_download(kApiPatience));
  const Document here = *good(a.get("Task", "t1"));
  EXPECT_EQ(*here.find("steps"), Value(List{"wash", "rinse"}));
  EXPECT_EQ(here.find("done"), nullptr);
  good(good(b.write([](Transaction& t) {
         return t.remove("Task", "t1");
       })).wait(ReceiptState::committed, kApiPatience));
  good(a.wait_for_download(kApiPatience));
  EXPECT_EQ(good(a.get("Task", "t1")), std::nullopt);
}

TEST_F(ApiWrite, ThatFailsHalfWayLeavesNothing) {
  Node a = fleet_.open_subscribed(a_);
  good(put_task(a, "kept", "as it was"));
  good(a.wait_for_decided(kApiPatience));
  const auto failed = a.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put("Task", task("kept", "changed")));
    SYNCLINE_TRY(t.put("Task", task("new", "new")));
    return fail(ErrorCode::kNotFound, "the caller thinks better of it");
  });
  EXPECT_EQ(code_of(failed), ErrorCode::kNotFound);
  EXPECT_EQ(title_of(a, "kept"), "as it was");
  EXPECT_EQ(title_of(a, "new"), "(none)");
  EXPECT_TRUE(good(a.pending()).empty());
  // A call that cannot be right is an error and records nothing; the rest can go on.
  good(a.write([](Transaction& t) -> Status {
    EXPECT_EQ(code_of(t.set("Tusk", "kept", {"title"}, "x")), ErrorCode::kNotFound);
    EXPECT_FALSE(t.set("Task", "kept", {"votes"}, "many").has_value());
    EXPECT_FALSE(t.set("Task", "absent", {"title"}, "x").has_value());
    EXPECT_FALSE(t.insert("Task", "kept", {"steps"}, 7, "x").has_value());
    EXPECT_EQ(t.operations(), 0u);
    return t.set("Task", "kept", {"title"}, "right");
  }));
  EXPECT_EQ(title_of(a, "kept"), "right");
  EXPECT_EQ(code_of(a.write([](Transaction&) { return Status(); })), ErrorCode::kUsage);
}

TEST_F(ApiWrite, IsAsDurableAsItWasAskedToBe) {
  {
    Node a = fleet_.open_subscribed(a_);
    good(a.pause());
    const Receipt commit = good(a.write(
        Durability::commit, [](Transaction& t) { return t.put("Task", task("c", "commit")); }));
    EXPECT_EQ(good(commit.status()).state, ReceiptState::durable) << "on return";
    const Receipt group = good(a.write(
        Durability::group, [](Transaction& t) { return t.put("Task", task("g", "group")); }));
    EXPECT_EQ(good(group.wait(ReceiptState::durable, kApiPatience)).state, ReceiptState::durable);
    const Receipt relaxed = good(a.write(
        Durability::relaxed, [](Transaction& t) { return t.put("Task", task("r", "relaxed")); }));
    EXPECT_EQ(good(relaxed.status()).state, ReceiptState::queued);
    good(a.write(Durability::commit,
                 [](Transaction& t) { return t.put("Task", task("c2", "commit")); }));
    EXPECT_EQ(good(relaxed.status()).state, ReceiptState::durable) << "with the next sync";
    EXPECT_EQ(good(a.pending()).size(), 4u);
    EXPECT_EQ(good(a.pending()).front(), commit.name());
  }
  a_.disk->lose_power({0, 0});
  Node again = fleet_.open(a_);
  for (const char* id : {"c", "g", "r", "c2"}) EXPECT_NE(title_of(again, id), "(none)") << id;
  good(again.wait_for_upload(kApiPatience));
  good(again.wait_for_decided(kApiPatience));
  EXPECT_TRUE(good(again.pending()).empty());
}

TEST_F(ApiWrite, HasAReceiptThatCanBeAskedForAfterARestart) {
  ChangesetName name;
  {
    Node a = fleet_.open_subscribed(a_);
    name = good(a.write([](Transaction& t) { return t.put("Task", task("t", "t")); })).name();
    good(a.wait_for_decided(kApiPatience));
  }
  Node again = fleet_.open(a_);
  const Receipt receipt = good(again.receipt(name));
  EXPECT_EQ(good(receipt.status()).state, ReceiptState::committed);
  EXPECT_EQ(good(receipt.wait(ReceiptState::committed, {})).name, name);
  name.number += 100;
  EXPECT_EQ(code_of(again.receipt(name)), ErrorCode::kNotFound);
}

TEST_F(ApiWrite, ReadsATypeInOrderOnOneSnapshot) {
  Node a = fleet_.open_subscribed(a_);
  EXPECT_THAT(a.types(), ::testing::UnorderedElementsAre("Task", "Notice"));
  for (const char* id : {"b", "a", "c"}) good(put_task(a, id, id));
  std::vector<std::string> seen;
  good(a.each("Task", [&](const Document& object) {
    seen.push_back(object.find("_id")->get<std::string>());
    // What happens meanwhile is not in it; the node may be called from here.
    EXPECT_TRUE(put_task(a, "d" + seen.back(), "late"));
    return true;
  }));
  EXPECT_THAT(seen, ElementsAre("a", "b", "c"));
  seen.clear();
  good(a.each("Task", [&](const Document& object) {
    seen.push_back(object.find("_id")->get<std::string>());
    return seen.size() < 2;
  }));
  EXPECT_THAT(seen, ElementsAre("a", "b"));
  EXPECT_EQ(code_of(a.each("Tusk", [](const Document&) { return true; })), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(a.get("Tusk", "a")), ErrorCode::kNotFound);
}

TEST_F(ApiWrite, ThatIsRefusedIsUndoneAndKeptInTheJournal) {
  Node worker = fleet_.open_subscribed(b_);
  Heard<Rejection> heard;
  const Observation watching =
      worker.observe_rejections([&](const Rejection& rejection) { heard.add(rejection); });
  good(put_task(worker, "t", "mine"));
  const Receipt refused = good(worker.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.set("Task", "t", {"title"}, "still mine"));
    return t.set("Task", "t", {"locked"}, true);
  }));
  const ReceiptStatus status = good(refused.wait(ReceiptState::committed, kApiPatience));
  EXPECT_EQ(status.state, ReceiptState::committed) << "of the two, one stands";
  ASSERT_EQ(status.outcomes.size(), 1u);
  EXPECT_EQ(status.outcomes[0].operation, 1u);
  EXPECT_TRUE(status.outcomes[0].refused);
  EXPECT_EQ(status.outcomes[0].reason, "permission");
  EXPECT_EQ(title_of(worker, "t"), "still mine");
  EXPECT_EQ(good(worker.get("Task", "t"))->find("locked"), nullptr) << "undone";

  const Receipt whole = good(worker.write([](Transaction& t) -> Status {
    t.all_or_nothing();
    SYNCLINE_TRY(t.set("Task", "t", {"title"}, "all"));
    return t.set("Task", "t", {"locked"}, true);
  }));
  EXPECT_EQ(good(whole.wait(ReceiptState::committed, kApiPatience)).state, ReceiptState::refused);
  EXPECT_EQ(title_of(worker, "t"), "still mine");

  ASSERT_TRUE(heard.until_count(2));
  auto journal = good(worker.rejections());
  ASSERT_EQ(journal.size(), 2u);
  EXPECT_EQ(journal[0].name, refused.name());
  ASSERT_EQ(journal[0].operations.size(), 1u);
  EXPECT_EQ(journal[0].operations[0].type, "Task");
  EXPECT_EQ(journal[0].operations[0].path, "locked");
  EXPECT_EQ(journal[0].operations[0].value, Value(true));
  EXPECT_EQ(worker.status().journal, 2u);

  good(worker.discard(journal[0].name));
  EXPECT_EQ(code_of(worker.discard(journal[0].name)), ErrorCode::kNotFound);
  const Receipt retried = good(worker.retry(journal[1].name));
  EXPECT_EQ(good(retried.wait(ReceiptState::committed, kApiPatience)).state, ReceiptState::refused);
  journal = good(worker.rejections());
  ASSERT_EQ(journal.size(), 1u);
  EXPECT_EQ(journal[0].name, retried.name());
  EXPECT_EQ(code_of(worker.retry(refused.name())), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace syncline::testing::api
