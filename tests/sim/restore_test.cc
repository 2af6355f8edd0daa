// An authority is restored from a backup, and nobody notices but in the log: nodes that are ahead
// of it, behind it or away come into the new log, and what they wrote is decided anew, once.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "node/replica/keys.h"
#include "node/replica/subscriptions.h"
#include "sim/oracles/oracles.h"
#include "sim/world/fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kRestoreQuietMs = 120'000;

class Restore : public testing::Test {
 protected:
  void SetUp() override { begin(); }

  void begin() {
    fleet_.authority.on_committed = [this] { oracles_.on_committed(); };
    fleet_.authority.on_restored = [this](const Fork& fork) { oracles_.on_restored(fork); };
    fleet_.authority.on_event = [this](const AuthorityEvent& event) { ++events_[event.name]; };
    for (auto& node : fleet_.nodes) {
      NodeProcess* raw = node.get();
      node->on_told = [this, raw](const ReplicaOutput& out) {
        oracles_.on_told(*raw, out);
        for (const ReceiptRecord& receipt : out.receipts)
          told_[receipt.name].push_back(receipt.state);
        if (out.trouble) troubles_[raw->id()].push_back(out.trouble->message);
      };
      node->on_frame = [this, raw](const Bytes& frame) { oracles_.on_frame(*raw, frame); };
    }
    ASSERT_TRUE(fleet_.begin().has_value());
    settle();
  }
  NodeProcess& node(size_t i) { return *fleet_.nodes[i]; }
  TypeNumber thing() const { return fleet_.type("Thing"); }

  void settle() {
    Status settled = fleet_.settle(kRestoreQuietMs);
    ASSERT_TRUE(settled.has_value()) << settled.error().message;
    ASSERT_EQ(oracles_.complaint(), std::nullopt) << *oracles_.complaint();
  }
  // Settles, and everything that was ever durable is in the log, once; everybody shows the same.
  void settle_and_check() {
    settle();
    oracles_.check_end();
    ASSERT_EQ(oracles_.complaint(), std::nullopt) << *oracles_.complaint();
  }
  AuthorityProcess::Backup backup() {
    AuthorityProcess::Backup backup = fleet_.authority.backup();
    fleet_.run_for(100);
    return backup;
  }
  void restore(const AuthorityProcess::Backup& backup) {
    Status restored = fleet_.authority.restore(backup);
    ASSERT_TRUE(restored.has_value()) << restored.error().message;
    Status started = fleet_.authority.start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }
  // Durable; decided when the fleet is quiet.
  ChangesetName write(size_t i, const std::function<Status(Draft&)>& body) {
    auto name = node(i).write(Durability::commit, body);
    EXPECT_TRUE(name.has_value());
    if (!name) return {};
    oracles_.on_written(node(i), *name, Durability::commit);
    return *name;
  }
  ChangesetName put(size_t i, const std::string& id, const std::string& name) {
    return write(i, [&](Draft& draft) {
      return draft.put(thing(), Document{{"_id", id}, {"name", name}, {"count", int64_t{0}}});
    });
  }
  ChangesetName set(size_t i, const std::string& id, const std::string& name) {
    return write(i, [&](Draft& draft) { return draft.set(thing(), id, {"name"}, name); });
  }
  ChangesetName add(size_t i, const std::string& id, int64_t amount) {
    return write(i, [&](Draft& draft) { return draft.increment(thing(), id, {"count"}, amount); });
  }
  std::string field(size_t i, const std::string& id, std::string_view field) {
    auto key = object_key(Value(id));
    auto row = read_object(node(i).disk(), {thing(), *key});
    if (!row || !*row) return "absent";
    const FieldDef* def = fleet_.schema().type(thing())->field(field);
    const Child* child = def == nullptr ? nullptr : (*row)->fields.find(def->number);
    if (child == nullptr || child->item.is_scope()) return "none";
    const Value& value = child->item.value();
    if (const std::string* text = value.get_if<std::string>()) return *text;
    return std::to_string(value.as_integer());
  }
  ReceiptState receipt(size_t i, const ChangesetName& name) {
    auto record = read_receipt(node(i).disk(), name);
    EXPECT_TRUE(record.has_value() && record->has_value()) << to_string(name);
    return record && *record ? (*record)->state : ReceiptState::queued;
  }
  const Entry* entry(const ChangesetName& name) { return fleet_.history.entry_of(name); }
  void cut(size_t i, bool off) { fleet_.network.set_cut(node(i).id(), off); }

  Fleet fleet_{FleetOptions{.seed = 77, .nodes = 3}};
  Oracles oracles_{&fleet_};
  std::map<std::string, int> events_;
  std::map<ChangesetName, std::vector<ReceiptState>> told_;
  std::map<NodeId, std::vector<std::string>> troubles_;
};

TEST_F(Restore, TakesBackWhatNodesAheadOfItWrote) {
  put(0, "a", "before");
  settle();
  const auto old = backup();
  const ChangesetName changed = set(0, "a", "after");
  const ChangesetName created = put(1, "b", "created after");
  settle();
  const LogSeq before = fleet_.history.head();
  restore(old);
  EXPECT_LT(fleet_.history.head(), before);
  EXPECT_EQ(entry(changed), nullptr);
  settle_and_check();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(field(i, "a", "name"), "after");
    EXPECT_EQ(field(i, "b", "name"), "created after");
  }
  ASSERT_NE(entry(changed), nullptr);
  EXPECT_EQ(receipt(0, changed), ReceiptState::committed);
  // Honestly: what was committed became durable again, and was committed anew.
  using enum ReceiptState;
  EXPECT_EQ(told_[created], (std::vector<ReceiptState>{durable, committed, durable, committed}));
  EXPECT_EQ(events_["forked"], 3);
  EXPECT_EQ(events_["fork"], 0);
}

TEST_F(Restore, LetsNodesBehindItGoOn) {
  put(0, "a", "one");
  settle();
  cut(2, true);
  put(0, "b", "two");
  fleet_.run_for(3'000);
  const auto old = backup();
  set(0, "b", "three");
  fleet_.run_for(3'000);
  restore(old);
  put(0, "c", "four");
  settle_and_check();
  EXPECT_EQ(field(2, "a", "name"), "one");
  EXPECT_EQ(field(2, "b", "name"), "three");
  EXPECT_EQ(field(2, "c", "name"), "four");
  EXPECT_EQ(events_["forked"], 2);
}

TEST_F(Restore, BringsNodesIntoTheNewLogEvenIfNothingWasLost) {
  put(0, "a", "one");
  settle();
  restore(backup());
  settle_and_check();
  const Incarnation now = fleet_.authority.machine().committed().incarnation;
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(node(i).machine().status().cursor.incarnation, now);
    EXPECT_EQ(node(i).machine().status().pending, 0u);
  }
  EXPECT_EQ(events_["forked"], 0);
}

TEST_F(Restore, ReachesNodesThatWereOfflineThroughIt) {
  put(0, "a", "one");
  settle();
  const auto old = backup();
  const ChangesetName decided = set(1, "a", "two");
  settle();
  cut(1, true);
  restore(old);
  set(0, "a", "three");
  fleet_.run_for(30'000);
  const ChangesetName offline = put(1, "b", "offline");
  EXPECT_EQ(entry(decided), nullptr);
  cut(1, false);
  settle_and_check();
  ASSERT_NE(entry(decided), nullptr);
  ASSERT_NE(entry(offline), nullptr);
  EXPECT_LT(entry(decided)->seq, entry(offline)->seq);
}

TEST_F(Restore, TakesAwayWhatItsLogNeverSaw) {
  put(0, "gone", "by the operator");
  put(0, "stays", "here");
  settle();
  const auto old = backup();
  // The operator's own writes after the backup are lost with it: nobody keeps them.
  ASSERT_TRUE(fleet_.authority
                  .write([&](Draft& draft) -> Status {
                    SYNCLINE_TRY(draft.put(thing(), Document{{"_id", "extra"}, {"name", "x"}}));
                    SYNCLINE_TRY(draft.remove(thing(), "gone"));
                    return draft.set(thing(), "stays", {"name"}, "changed");
                  })
                  .has_value());
  settle();
  EXPECT_EQ(field(1, "extra", "name"), "x");
  EXPECT_EQ(field(1, "gone", "name"), "absent");
  restore(old);
  settle_and_check();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(field(i, "extra", "name"), "absent");
    EXPECT_EQ(field(i, "gone", "name"), "by the operator");
    EXPECT_EQ(field(i, "stays", "name"), "here");
  }
}

TEST_F(Restore, CanHappenTwice) {
  put(0, "a", "one");
  settle();
  const auto first = backup();
  const ChangesetName two = set(0, "a", "two");
  settle();
  restore(first);
  settle();
  const auto second = backup();
  const ChangesetName three = set(1, "a", "three");
  settle();
  restore(second);
  settle_and_check();
  EXPECT_NE(entry(two), nullptr);
  EXPECT_NE(entry(three), nullptr);
  EXPECT_EQ(field(2, "a", "name"), "three");
  EXPECT_EQ(fleet_.authority.machine().committed().incarnation,
            fleet_.authority.machine().status().restored->incarnation);
}

TEST_F(Restore, CanHappenTwiceFromOneBackup) {
  put(0, "a", "one");
  settle();
  const auto old = backup();
  const ChangesetName two = set(0, "a", "two");
  settle();
  restore(old);
  settle();
  // Node 2 has seen only the first restore's log when it goes away.
  const ChangesetName three = put(2, "b", "three");
  settle();
  cut(2, true);
  const ChangesetName edited = set(2, "a", "edited offline");
  restore(old);
  fleet_.run_for(10'000);
  cut(2, false);
  settle_and_check();
  for (const ChangesetName& name : {two, three, edited}) EXPECT_NE(entry(name), nullptr);
  // Its base lies in a log that this authority never heard of; the node says where that came from.
  EXPECT_EQ(receipt(2, edited), ReceiptState::committed);
  EXPECT_EQ(field(0, "a", "name"), "edited offline");
}

TEST_F(Restore, RefusesACopyThatIsNoRestore) {
  put(0, "a", "one");
  settle();
  const auto old = backup();
  set(0, "a", "two");
  settle();
  ASSERT_TRUE(fleet_.authority.copy_back(old).has_value());
  fleet_.history = History();
  ASSERT_TRUE(fleet_.authority.start().has_value());
  fleet_.run_for(5'000);
  EXPECT_GT(events_["fork"], 0);
  EXPECT_EQ(node(0).machine().status().state, SyncState::stopped);
  ASSERT_TRUE(node(0).machine().status().trouble.has_value());
  EXPECT_EQ(node(0).machine().status().trouble->code, ErrorCode::kFork);
  EXPECT_NE(node(0).machine().status().trouble->message.find("syncline restore"),
            std::string::npos);
  // And once it has grown beyond the nodes' place: another entry stands there.
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(fleet_.authority
                    .write([&](Draft& draft) {
                      return draft.put(thing(), Document{{"_id", "x" + std::to_string(i)}});
                    })
                    .has_value());
  const int before = events_["fork"];
  node(0).input(replica_input::Resume{});
  fleet_.run_for(5'000);
  EXPECT_GT(events_["fork"], before);
}

TEST_F(Restore, KeepsWhatIsPendingAndDecidesItAfterWhatCameBefore) {
  put(0, "a", "one");
  settle();
  const auto old = backup();
  const ChangesetName decided = set(0, "a", "two");
  settle();
  cut(0, true);
  const ChangesetName pending = set(0, "a", "three");
  const ChangesetName more = put(0, "b", "four");
  restore(old);
  fleet_.run_for(2'000);
  EXPECT_EQ(field(0, "a", "name"), "three");
  cut(0, false);
  settle_and_check();
  ASSERT_TRUE(entry(decided) && entry(pending) && entry(more));
  EXPECT_LT(entry(decided)->seq, entry(pending)->seq);
  EXPECT_LT(entry(pending)->seq, entry(more)->seq);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(field(i, "a", "name"), "three");
}

TEST_F(Restore, FindsTheCreateWhicheverNodeComesFirst) {
  for (const bool editor_first : {false, true}) {
    const std::string id = editor_first ? "x" : "y";
    put(0, "anchor" + id, "z");
    settle();
    const auto old = backup();
    const ChangesetName created = put(0, id, "created");
    settle();
    const ChangesetName edited = set(1, id, "edited");
    settle();
    cut(0, editor_first);
    cut(1, !editor_first);
    restore(old);
    fleet_.run_for(20'000);
    if (editor_first) {
      EXPECT_EQ(entry(edited), nullptr) << "decided before its create came";
    }
    cut(0, false);
    cut(1, false);
    settle_and_check();
    EXPECT_EQ(receipt(0, created), ReceiptState::committed);
    EXPECT_EQ(receipt(1, edited), ReceiptState::committed);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(field(i, id, "name"), "edited");
  }
}

TEST_F(Restore, JournalsAnEditWhoseCreateNeverComes) {
  fleet_.authority.create_wait_ms = 60'000;
  put(0, "anchor", "z");
  settle();
  const auto old = backup();
  ASSERT_TRUE(fleet_.authority
                  .write([&](Draft& draft) {
                    return draft.put(thing(), Document{{"_id", "x"}, {"name", "operator's"}});
                  })
                  .has_value());
  settle();
  const ChangesetName edited = set(1, "x", "edited");
  const ChangesetName behind = put(1, "own", "waits behind it");
  settle();
  restore(old);
  fleet_.run_for(30'000);
  EXPECT_EQ(entry(edited), nullptr);
  EXPECT_EQ(entry(behind), nullptr) << "a node's changesets are decided in its order";
  // A lost connection does not begin the wait anew.
  cut(1, true);
  fleet_.run_for(5'000);
  cut(1, false);
  fleet_.run_for(35'000);
  EXPECT_NE(entry(behind), nullptr);
  settle_and_check();
  EXPECT_EQ(receipt(1, edited), ReceiptState::refused);
  EXPECT_EQ(receipt(1, behind), ReceiptState::committed);
  auto journal = read_journal(node(1).disk());
  ASSERT_TRUE(journal.has_value());
  ASSERT_EQ(journal->size(), 1u);
  EXPECT_EQ(journal->front().name, edited);
  EXPECT_EQ(journal->front().outcomes.front().reason, Reason::create_lost);
  EXPECT_EQ(journal->front().changeset.groups.size(), 1u);
}

TEST_F(Restore, DoesNotDoubleCounters) {
  put(0, "a", "one");
  settle();
  add(0, "a", 1);
  settle();
  const auto old = backup();
  for (size_t i = 0; i < 3; ++i) add(i, "a", 10);
  settle();
  EXPECT_EQ(field(1, "a", "count"), "31");
  cut(2, true);
  add(2, "a", 100);
  EXPECT_EQ(field(2, "a", "count"), "131");
  restore(old);
  fleet_.run_for(10'000);
  cut(2, false);
  settle_and_check();
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(field(i, "a", "count"), "131");
}

TEST_F(Restore, ShowsTheSameThroughTheWholeOfIt) {
  put(0, "a", "one");
  settle();
  const auto old = backup();
  add(0, "a", 5);
  settle();
  // The instant the node comes into the new log its own is pending on top: nothing flickers.
  NodeProcess& writer = node(0);
  const auto previous = writer.on_told;
  std::set<std::string> seen;
  writer.on_told = [&](const ReplicaOutput& out) {
    previous(out);
    seen.insert(field(0, "a", "count"));
  };
  restore(old);
  settle_and_check();
  EXPECT_EQ(seen, std::set<std::string>{"5"});
  writer.on_told = previous;
}

TEST_F(Restore, SurvivesPowerLossWhileNodesOfferAgain) {
  for (int round = 0; round < 12; ++round) {
    const std::string id = "r" + std::to_string(round);
    put(0, id, "one");
    settle();
    const auto old = backup();
    for (int i = 0; i < 5; ++i) add(0, id, 1);
    settle();
    restore(old);
    // Each round a little later: before, while and after it is taken back, offered, decided.
    fleet_.run_for(20 + round * 23);
    node(0).lose_power();
    fleet_.authority.lose_power();
    settle_and_check();
    EXPECT_EQ(field(1, id, "count"), "5") << "round " << round;
  }
}

TEST_F(Restore, JournalsWhatIsRefusedTheSecondTime) {
  const TypeNumber rule = fleet_.type("Rule");
  write(0, [&](Draft& draft) {
    return draft.put(rule, Document{{"_id", int64_t{1}}, {"text", "one"}});
  });
  settle();
  const auto old = backup();
  const ChangesetName written =
      write(0, [&](Draft& draft) { return draft.set(rule, int64_t{1}, {"text"}, "as manager"); });
  settle();
  EXPECT_EQ(receipt(0, written), ReceiptState::committed);
  restore(old);
  // Before the node is back it is a worker's, who may not write rules.
  ASSERT_TRUE(fleet_.authority
                  .write([&](Draft& draft) {
                    return draft.set(system_type::kNode, to_string(node(0).id()), {"user"},
                                     "worker");
                  })
                  .has_value());
  settle_and_check();
  ASSERT_NE(entry(written), nullptr);
  EXPECT_EQ(receipt(0, written), ReceiptState::refused);
  auto journal = read_journal(node(0).disk());
  ASSERT_TRUE(journal.has_value());
  ASSERT_EQ(journal->size(), 1u);
  EXPECT_EQ(journal->front().name, written);
  EXPECT_EQ(journal->front().outcomes.front().reason, Reason::permission);
  EXPECT_EQ(journal->front().changeset.groups.size(), 1u);
}

TEST_F(Restore, LetsNodesForgetWhatABackupHolds) {
  put(0, "a", "one");
  set(0, "a", "two");
  settle();
  const auto kept = [&] {
    auto mark = node(0).disk().get(node_keys::meta::kept());
    EXPECT_TRUE(mark && *mark);
    auto decoded = decode_kept_mark(**mark);
    EXPECT_TRUE(decoded.has_value());
    return decoded->count;
  };
  EXPECT_GE(kept(), 2u);
  (void)backup();
  // It hears of it with the next news.
  put(1, "b", "three");
  settle();
  EXPECT_EQ(kept(), 0u);
  set(0, "a", "three");
  settle();
  EXPECT_EQ(kept(), 1u);
}

TEST_F(Restore, ToBeforeWhatWasSafeSaysSo) {
  put(0, "a", "one");
  settle();
  const auto old = backup();
  const ChangesetName lost = set(0, "a", "two");
  settle();
  (void)backup();  // this one is lost too
  put(1, "b", "three");
  settle();
  restore(old);
  settle();
  EXPECT_GT(events_["restored_beyond_safe"], 0);
  const AuthorityStatus status = fleet_.authority.machine().status();
  ASSERT_TRUE(status.restored.has_value());
  EXPECT_GT(status.told_beyond, status.restored->seq);
  EXPECT_EQ(entry(lost), nullptr);
  ASSERT_FALSE(troubles_[node(0).id()].empty());
  EXPECT_NE(troubles_[node(0).id()].back().find("is lost"), std::string::npos);
  EXPECT_TRUE(troubles_[node(2).id()].empty()) << "it has lost nothing";
}

TEST_F(Restore, CountsOldEntriesAsSafe) {
  fleet_.authority.safe_after_ms = 3'600'000;
  fleet_.authority.kill();
  ASSERT_TRUE(fleet_.authority.start().has_value());
  put(0, "a", "one");
  settle();
  fleet_.run_for(3'600'000 + 120'000);
  const LogSeq safe = fleet_.authority.machine().status().safe;
  EXPECT_EQ(safe, fleet_.authority.machine().committed().seq);
}

}  // namespace
}  // namespace syncline::sim
