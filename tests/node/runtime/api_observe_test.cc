// Observing, subscribing and waiting as a user of the API does it.
#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Change = ObjectChangeSet::Change;

class ApiObserve : public ::testing::Test {
 protected:
  ApiFleet fleet_;
  ApiFleet::Device a_ = fleet_.enrol("a", "manager");
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

// A view that applies what it is told, and reads again when told "everything".
class Mirror {
 public:
  Mirror(Node* node, const std::string& type) : node_(node), type_(type) {
    observation_ = node->observe(type, [this](const ObjectChangeSet& set) { apply(set); });
    std::lock_guard lock(mutex_);
    read();
  }
  [[nodiscard]] bool until_equal() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kApiPatience, [this] { return objects_ == now(); });
  }

 private:
  std::map<std::string, Document> now() {
    std::map<std::string, Document> all;
    good(node_->each(type_, [&](const Document& object) {
      all[object.find("_id")->get<std::string>()] = object;
      return true;
    }));
    return all;
  }
  void read() { objects_ = now(); }
  void apply(const ObjectChangeSet& set) {
    std::lock_guard lock(mutex_);
    if (set.everything) read();
    for (const Change& change : set.changes) {
      const std::string& id = change.id.get<std::string>();
      if (change.kind == Change::Kind::deleted) objects_.erase(id);
      if (change.kind != Change::Kind::deleted) objects_[id] = *change.after;
    }
    changed_.notify_all();
  }

  Node* node_;
  std::string type_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Document> objects_;
  Observation observation_;
};

TEST_F(ApiObserve, TellsExactlyWhatOneTransactionChanged) {
  Node a = fleet_.open_subscribed(a_);
  good(a.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put("Task", task("old", "old")));
    SYNCLINE_TRY(t.put("Task", task("changed", "before")));
    return t.put("Task", task("same", "same"));
  }));
  good(a.wait_for_decided(kApiPatience));
  Heard<ObjectChangeSet> heard;
  Heard<ObjectChangeSet> of_one;
  const Observation all = a.observe("Task", [&](const ObjectChangeSet& set) { heard.add(set); });
  const Observation one =
      a.observe("Task", "changed", [&](const ObjectChangeSet& set) { of_one.add(set); });
  const Observation nothing =
      a.observe("Notice", [](const ObjectChangeSet&) { ADD_FAILURE() << "no notice changed"; });
  good(a.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.set("Task", "changed", {"title"}, "after"));
    SYNCLINE_TRY(t.set("Task", "changed", {"done"}, true));
    SYNCLINE_TRY(t.set("Task", "same", {"title"}, "same"));
    SYNCLINE_TRY(t.put("Task", task("new", "new")));
    return t.remove("Task", "old");
  }));
  ASSERT_TRUE(heard.until_count(1));
  good(a.wait_for_decided(kApiPatience));
  ASSERT_TRUE(of_one.until_count(1));
  const ObjectChangeSet set = heard.all()[0];
  ASSERT_EQ(set.changes.size(), 3u) << "what is set to what it was did not change";
  EXPECT_FALSE(set.everything);
  EXPECT_EQ(set.changes[0].kind, Change::Kind::deleted);
  EXPECT_EQ(set.changes[0].id, Value("old"));
  EXPECT_EQ(set.changes[0].before, task("old", "old"));
  EXPECT_FALSE(set.changes[0].after.has_value());
  EXPECT_EQ(set.changes[1].kind, Change::Kind::inserted);
  EXPECT_EQ(set.changes[1].after, task("new", "new"));
  EXPECT_EQ(set.changes[2].kind, Change::Kind::modified);
  EXPECT_EQ(set.changes[2].type, "Task");
  EXPECT_THAT(set.changes[2].fields, UnorderedElementsAre("title", "done"));
  EXPECT_EQ(*set.changes[2].before->find("title"), Value("before"));
  ASSERT_EQ(of_one.all()[0].changes.size(), 1u);
  EXPECT_EQ(of_one.all()[0].changes[0].id, Value("changed"));
  // That it was committed changes nothing of what is shown.
  good(put_task(a, "last", "last"));
  ASSERT_TRUE(heard.until_count(2));
  EXPECT_EQ(heard.all()[1].changes[0].id, Value("last"));
}

TEST_F(ApiObserve, TellsWhatOthersChangedAndWhatARefusalUndid) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  Heard<ObjectChangeSet> heard;
  const Observation all = b.observe("Task", [&](const ObjectChangeSet& set) { heard.add(set); });
  good(put_task(a, "t", "from a"));
  ASSERT_TRUE(heard.until_count(1));
  EXPECT_EQ(heard.all()[0].changes[0].kind, Change::Kind::inserted);
  EXPECT_EQ(heard.all()[0].changes[0].after, task("t", "from a"));
  // Shown at once, then refused and undone: two changes.
  good(b.write([](Transaction& t) { return t.set("Task", "t", {"locked"}, true); }));
  ASSERT_TRUE(heard.until_count(3));
  EXPECT_THAT(heard.all()[1].changes[0].fields, ElementsAre("locked"));
  EXPECT_EQ(*heard.all()[1].changes[0].after->find("locked"), Value(true));
  EXPECT_THAT(heard.all()[2].changes[0].fields, ElementsAre("locked"));
  EXPECT_EQ(heard.all()[2].changes[0].after->find("locked"), nullptr);
}

TEST_F(ApiObserve, EndsWithTheObservationAlsoInItsOwnCallback) {
  Node a = fleet_.open_subscribed(a_);
  std::atomic<int> calls{0};
  {
    const Observation ended = a.observe("Task", [&](const ObjectChangeSet&) { ++calls; });
  }
  Heard<int> heard;
  Observation once;
  once = a.observe("Task", [&](const ObjectChangeSet&) {
    once = Observation();
    heard.add(1);
  });
  Heard<ObjectChangeSet> later;
  const Observation last = a.observe("Task", [&](const ObjectChangeSet& set) { later.add(set); });
  good(put_task(a, "a", "a"));
  good(put_task(a, "b", "b"));
  ASSERT_TRUE(later.until_count(2));
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(heard.all().size(), 1u);
}

TEST_F(ApiObserve, IsNotEndedWhileItsCallbackRuns) {
  Node a = fleet_.open_subscribed(a_);
  Heard<int> heard;
  std::atomic<bool> inside{false};
  std::promise<void> go;
  auto observation = std::make_unique<Observation>(a.observe("Task", [&](const ObjectChangeSet&) {
    inside = true;
    heard.add(1);
    go.get_future().wait();
    inside = false;
  }));
  good(put_task(a, "a", "a"));
  ASSERT_TRUE(heard.until_count(1));
  std::thread ender([&] {
    observation.reset();
    EXPECT_FALSE(inside);
  });
  go.set_value();
  ender.join();
}

TEST_F(ApiObserve, MayWriteAndReadInItsCallback) {
  Node a = fleet_.open_subscribed(a_);
  Heard<std::string> heard;
  const Observation echo = a.observe("Task", [&](const ObjectChangeSet& set) {
    for (const Change& change : set.changes) {
      const std::string id = change.id.get<std::string>();
      heard.add(id + "=" + title_of(a, id));
      if (id.size() < 4) good(put_task(a, id + "x", "echo"));
    }
  });
  good(put_task(a, "t", "first"));
  ASSERT_TRUE(heard.until_count(4));
  EXPECT_THAT(heard.all(), ElementsAre("t=first", "tx=echo", "txx=echo", "txxx=echo"));
}

TEST_F(ApiObserve, ThatIsSlowerThanTheChangesIsToldThatEverythingChanged) {
  Node a = fleet_.open_subscribed(a_, {.durability = Durability::relaxed});
  Heard<ObjectChangeSet> heard;
  std::promise<void> go;
  std::shared_future<void> released(go.get_future());
  const Observation slow = a.observe("Task", [&](const ObjectChangeSet& set) {
    released.wait();
    heard.add(set);
  });
  Mirror mirror(&a, "Task");
  for (int i = 0; i < 3000; ++i) good(put_task(a, "t" + std::to_string(i), "t"));
  go.set_value();
  ASSERT_TRUE(heard.until([](const std::vector<ObjectChangeSet>& all) {
    return !all.empty() && all.back().everything;
  }));
  EXPECT_LT(heard.all().size(), 2000u);
  EXPECT_TRUE(mirror.until_equal());
}

TEST_F(ApiObserve, FollowsSubscriptionsThatComeAndGo) {
  Node a = fleet_.open_subscribed(a_);
  for (int i = 0; i < 50; ++i) good(put_task(a, "t" + std::to_string(i), "t"));
  good(a.wait_for_decided(kApiPatience));
  Node b = fleet_.open(b_);
  wait_for_schema(&b);
  EXPECT_THAT(good(b.subscriptions()).list, IsEmpty());
  EXPECT_EQ(b.status().objects, 0u);
  Mirror mirror(&b, "Task");
  const SubscriptionSet set = good(b.subscribe("Task", "", {.name = "mine"}));
  EXPECT_EQ(set.version, 1);
  good(b.wait_for_subscriptions(SubscriptionState::complete, kApiPatience));
  EXPECT_EQ(b.status().objects, 50u);
  EXPECT_TRUE(mirror.until_equal());
  EXPECT_EQ(good(a.state_hash("Task")), good(b.state_hash("Task")));
  good(b.unsubscribe("mine"));
  good(b.wait_for_subscriptions(SubscriptionState::complete, kApiPatience));
  EXPECT_THAT(good(b.subscriptions()).list, IsEmpty());
  EXPECT_EQ(b.status().objects, 0u);
  EXPECT_TRUE(mirror.until_equal());
  EXPECT_FALSE(b.unsubscribe("mine").has_value());
  EXPECT_FALSE(b.subscribe("Tusk").has_value());
}

TEST_F(ApiObserve, TellsStateAndProgress) {
  Node a = fleet_.open_subscribed(a_);
  Heard<NodeStatus> heard;
  const Observation watching =
      a.observe_status([&](const NodeStatus& status) { heard.add(status); });
  const auto has = [](SyncState state) {
    return [state](const std::vector<NodeStatus>& all) {
      return !all.empty() && all.back().state == state;
    };
  };
  EXPECT_EQ(a.status().state, SyncState::live);
  EXPECT_EQ(a.status().user, "manager");
  good(a.pause());
  ASSERT_TRUE(heard.until(has(SyncState::paused)));
  good(a.pause());
  good(put_task(a, "t", "while away"));
  ASSERT_TRUE(heard.until([](const auto& all) { return all.back().pending == 1; }));
  EXPECT_EQ(a.status().not_received, 1u);
  EXPECT_EQ(code_of(a.wait_for_upload(std::chrono::milliseconds(1))), ErrorCode::kTimedOut);
  EXPECT_EQ(code_of(a.wait_for_decided(std::chrono::milliseconds(1))), ErrorCode::kTimedOut);
  EXPECT_EQ(code_of(a.wait_for_download(std::chrono::milliseconds(1))), ErrorCode::kTimedOut);
  good(a.resume());
  good(a.resume());
  ASSERT_TRUE(heard.until([](const auto& all) {
    return all.back().state == SyncState::live && all.back().pending == 0;
  }));
  fleet_.set_connected(a_, false);
  ASSERT_TRUE(heard.until(has(SyncState::offline)));
  fleet_.set_connected(a_, true);
  ASSERT_TRUE(heard.until(has(SyncState::live)));
}

TEST_F(ApiObserve, WaitsForAllThatWasCommittedWhenItAsked) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  for (int i = 0; i < 50; ++i) {
    good(put_task(a, "t", std::to_string(i)));
    good(a.wait_for_decided(kApiPatience));
    good(b.wait_for_download(kApiPatience));
    ASSERT_EQ(title_of(b, "t"), std::to_string(i));
  }
}

TEST_F(ApiObserve, CanBeOpenedWithoutConnecting) {
  fleet_.open_subscribed(a_);
  Node a = fleet_.open(a_, {.connect = false});
  good(put_task(a, "t", "offline"));
  EXPECT_EQ(a.status().state, SyncState::offline);
  EXPECT_EQ(a.status().pending, 1u);
  good(a.resume());
  good(a.wait_for_decided(kApiPatience));
}

}  // namespace
}  // namespace syncline::testing::api
