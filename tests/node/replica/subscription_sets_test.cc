// The states of sets of subscriptions, under a scripted authority.
#include "node/replica/subscription_sets.h"

#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using State = SubscriptionState;

std::vector<std::string> names(const std::vector<SubscriptionInfo>& list) {
  std::vector<std::string> out;
  for (const SubscriptionInfo& one : list)
    out.push_back(one.name.value_or("-") + (one.error.empty() ? "" : "!"));
  return out;
}

class SubscriptionSetsTest : public testing::Test {
 protected:
  SubscriptionSetsTest() : node_(&disk_) {
    node_.open(1);
    greet();
  }

  void greet() { node_.welcome(node_.connect(), authority_); }
  ChangesetName subscribe_to(const std::string& type, const std::string& name) {
    ++node_.now.wall_ms;
    types_[name] = type;
    return node_.write([&](Draft& d) { must(subscribe(&d, node_.id(), name, type, "")); },
                       Durability::commit);
  }
  ChangesetName unsubscribe_from(const std::string& name) {
    return node_.write([&](Draft& d) { must(unsubscribe(&d, node_.id(), name)); },
                       Durability::commit);
  }
  ObjectName object(const std::string& name) const {
    return {system_type::kSubscription,
            must(object_key(Value(to_string(node_.id()) + "/name-" + name)))};
  }
  // As the authority has it.
  Row row_of(const std::string& name, uint64_t seq) {
    namespace field = system_field::subscription;
    Row row;
    row.id = Value(to_string(node_.id()) + "/name-" + name);
    row.born = row.changed = LogSeq(seq);
    row.fields.put(field::kNode, Item(Value(to_string(node_.id()))));
    row.fields.put(field::kName, Item(Value(name)));
    row.fields.put(field::kType, Item(Value(types_[name])));
    row.fields.put(field::kQuery, Item(Value("TRUEPREDICATE")));
    return row;
  }
  // The delta that decides on the changeset, with what stands of it.
  Delta decision(const ChangesetName& name, uint64_t seq, const std::vector<std::string>& there,
                 const std::vector<std::string>& gone = {}) {
    Delta delta = authority_.delta(node_, seq);
    for (const std::string& one : there) {
      delta.objects.push_back(enter(row_of(one, seq), system_type::kSubscription));
    }
    for (const std::string& one : gone) {
      ObjectDelta left;
      left.kind = ObjectDelta::Kind::leave;
      left.object = object(one);
      left.seq = LogSeq(seq);
      delta.objects.push_back(encode_object_delta(left));
    }
    delta.decisions = {committed(name, pending_hash(disk_, name), seq)};
    return delta;
  }
  Delta refusal(const ChangesetName& name, uint64_t seq, const std::string& text) {
    Delta delta = authority_.delta(node_, seq);
    delta.decisions = {refused(name, pending_hash(disk_, name), seq, {0})};
    delta.decisions[0].outcomes[0].text = text;
    return delta;
  }

  SubscriptionSetInfo latest() { return must(read_latest_set(disk_, node_.id())); }
  SubscriptionSetInfo active() { return must(read_active_set(disk_, node_.id())); }
  std::optional<SubscriptionSetInfo> set(int64_t version) {
    return must(read_set(disk_, node_.id(), version));
  }
  // As the last step told them.
  std::vector<std::pair<int64_t, State>> told() {
    std::vector<std::pair<int64_t, State>> out;
    for (const SubscriptionSetRecord& record : node_.last.subscription_sets)
      out.emplace_back(record.version, record.state);
    return out;
  }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
  std::map<std::string, std::string> types_;  // by subscription
};

TEST_F(SubscriptionSetsTest, AreCountedFromTheEmptyOne) {
  EXPECT_EQ(latest().version, 0);
  EXPECT_EQ(latest().state, State::complete);
  EXPECT_THAT(latest().list, IsEmpty());
  node_.write_fridge("f", 1);
  EXPECT_EQ(latest().version, 0) << "no subscription was changed";
  const ChangesetName name = subscribe_to("Fridge", "a");
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{1}, State::pending)));
  EXPECT_EQ(latest().version, 1);
  EXPECT_EQ(latest().state, State::pending);
  EXPECT_EQ(latest().name, name);
  subscribe_to("Note", "b");
  EXPECT_EQ(node_.machine().status().subscription_version, 2);
  EXPECT_THAT(names(latest().list), ElementsAre("a", "b"));
  EXPECT_THAT(names(set(1)->list), ElementsAre("a")) << "the one before goes on being known";
  EXPECT_EQ(active().version, 0);
  EXPECT_THAT(active().list, IsEmpty());
}

TEST_F(SubscriptionSetsTest, AreInForceWithTheirDecisionAndThoseBeforeAreDropped) {
  const ChangesetName first = subscribe_to("Fridge", "a");
  const ChangesetName second = subscribe_to("Note", "b");
  const ChangesetName third = unsubscribe_from("a");
  node_.receive(decision(first, 1, {"a"}));
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{1}, State::complete)));
  EXPECT_EQ(active().version, 1);
  EXPECT_THAT(names(active().list), ElementsAre("a"));
  EXPECT_EQ(latest().version, 3);
  EXPECT_THAT(names(latest().list), ElementsAre("b"));
  Delta both = decision(second, 3, {"b"}, {"a"});
  both.decisions.push_back(committed(third, pending_hash(disk_, third), 3));
  node_.receive(both);
  EXPECT_EQ(latest().state, State::complete);
  EXPECT_EQ(set(1), std::nullopt);
  EXPECT_EQ(set(2), std::nullopt);
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{1}, State::superseded),
                                  std::pair(int64_t{2}, State::superseded),
                                  std::pair(int64_t{3}, State::complete)));
  EXPECT_EQ(must(read_set_records(disk_)).size(), 1u);
  EXPECT_THAT(names(active().list), ElementsAre("b"));
}

TEST_F(SubscriptionSetsTest, ThatAreRefusedLeaveTheOneBeforeInForce) {
  node_.receive(decision(subscribe_to("Fridge", "a"), 1, {"a"}));
  const ChangesetName bad = subscribe_to("Note", "b");
  const ChangesetName later = subscribe_to("Note", "c");
  EXPECT_THAT(names(latest().list), ElementsAre("a", "b", "c"));
  node_.receive(refusal(bad, 2, "Invalid query: no"));
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{2}, State::error)));
  EXPECT_EQ(set(2)->error, "Invalid query: no");
  EXPECT_THAT(names(set(2)->list), ElementsAre("a", "b!")) << "what was refused is shown as such";
  EXPECT_EQ(set(2)->list[1].error, "Invalid query: no");
  EXPECT_THAT(names(latest().list), ElementsAre("a", "c")) << "the later stands on what is shown";
  EXPECT_EQ(active().version, 1);
  node_.receive(decision(later, 3, {"c"}));
  EXPECT_EQ(active().version, 3);
  EXPECT_EQ(set(2), std::nullopt);
}

TEST_F(SubscriptionSetsTest, InErrorAreKeptUntilALaterIsDecided) {
  node_.receive(decision(subscribe_to("Fridge", "a"), 1, {"a"}));
  node_.receive(refusal(subscribe_to("Note", "b"), 2, "once"));
  node_.receive(refusal(subscribe_to("Note", "b"), 3, "twice"));
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{2}, State::superseded),
                                  std::pair(int64_t{3}, State::error)));
  EXPECT_EQ(latest().error, "twice");
  EXPECT_THAT(names(active().list), ElementsAre("a"));
}

TEST_F(SubscriptionSetsTest, StandOrFallAsAWhole) {
  const auto is_whole = [&] { return must(read_pending(disk_)).back().second.all_or_nothing; };
  node_.write([&](Draft& d) {
    must(subscribe(&d, node_.id(), "a", "Fridge", ""));
    must(d.put(kFridge, Document{{"_id", "f"}}));
  });
  EXPECT_FALSE(is_whole()) << "one subscription stands or falls whatever becomes of the writes";
  node_.write([&](Draft& d) {
    must(unsubscribe(&d, node_.id(), "a"));
    must(subscribe(&d, node_.id(), "b", "Fridge", ""));
  });
  EXPECT_TRUE(is_whole());
}

TEST_F(SubscriptionSetsTest, AreRefusedOnlyIfTheirOwnOperationsAre) {
  const ChangesetName name = node_.write([&](Draft& d) {
    must(d.put(kFridge, Document{{"_id", "f"}}));
    must(subscribe(&d, node_.id(), "a", "Fridge", ""));
  });
  Delta delta = decision(name, 1, {"a"});
  delta.decisions[0].outcomes = refused(name, {}, 1, {0}).outcomes;
  node_.receive(delta);
  EXPECT_EQ(latest().state, State::complete);
}

TEST_F(SubscriptionSetsTest, SurviveARestartAndAPowerLoss) {
  node_.receive(decision(subscribe_to("Fridge", "a"), 1, {"a"}));
  node_.receive(refusal(subscribe_to("Note", "b"), 2, "no"));
  node_.sync();
  const ChangesetName name = subscribe_to("Note", "c");
  node_.lose_power();
  node_.open(2);
  EXPECT_EQ(active().version, 1);
  EXPECT_EQ(set(2)->state, State::error);
  EXPECT_EQ(latest().version, 3);
  EXPECT_EQ(latest().state, State::pending);
  authority_.epoch = name.epoch;
  authority_.received = 2;
  greet();
  node_.receive(decision(name, 3, {"c"}));
  EXPECT_EQ(latest().state, State::complete);
  subscribe_to("Fridge", "d");
  EXPECT_EQ(latest().version, 4) << "no version comes twice";
}

TEST_F(SubscriptionSetsTest, AreBootstrappingWhileWhatTheyCoverComes) {
  const ChangesetName first = subscribe_to("Fridge", "a");
  authority_.epoch = first.epoch;
  authority_.received = 1;
  UploadCredit credit{authority_.session, first.epoch, first.number, authority_.credit};
  node_.receive(credit);
  const ChangesetName second = subscribe_to("Note", "b");
  Delta part = authority_.delta(node_, 1);
  part.kind = Delta::Kind::catch_up;
  part.token = hash("token", "the new view");
  part.last = false;
  part.objects = {enter(fridge_row("f", 1, 1))};
  node_.receive(part);
  EXPECT_EQ(set(1)->state, State::bootstrapping);
  EXPECT_EQ(set(2)->state, State::pending) << "the authority does not have it";
  EXPECT_FALSE(node_.shown("f").has_value());
  Delta rest = decision(first, 1, {"a"});
  rest.kind = part.kind;
  rest.token = part.token;
  rest.part = 1;
  node_.receive(rest);
  EXPECT_EQ(set(1)->state, State::complete);
  EXPECT_TRUE(node_.shown("f").has_value()) << "in one batch with what is covered";
  EXPECT_EQ(latest().state, State::pending);
  (void)second;
}

TEST_F(SubscriptionSetsTest, KnowWhenTheirSubscriptionsWereMadeAndChanged) {
  const ChangesetName first = subscribe_to("Fridge", "a");
  const int64_t then = node_.now.wall_ms;
  node_.now.wall_ms += 1000;
  const ChangesetName second = subscribe_to("Note", "b");
  node_.now.wall_ms += 1000;
  const ChangesetName third = subscribe_to("Note", "a");
  const auto times = [&](const SubscriptionSetInfo& set, size_t at) {
    return std::pair(set.list[at].created_wall_ms - then, set.list[at].updated_wall_ms - then);
  };
  const auto as_it_was = [&](const SubscriptionSetInfo& set) {
    EXPECT_EQ(times(set, 0), std::pair(int64_t{0}, int64_t{2002}));
    EXPECT_EQ(times(set, 1), std::pair(int64_t{1001}, int64_t{1001}));
  };
  as_it_was(latest());
  EXPECT_EQ(times(*set(2), 0), std::pair(int64_t{0}, int64_t{0}));
  node_.receive(decision(first, 1, {"a"}));
  as_it_was(latest());
  Delta both = decision(second, 3, {"a", "b"});
  both.decisions.push_back(committed(third, pending_hash(disk_, third), 3));
  node_.receive(both);
  as_it_was(active());
  node_.receive(decision(unsubscribe_from("a"), 4, {}, {"a"}));
  node_.receive(decision(subscribe_to("Fridge", "a"), 5, {"a"}));
  EXPECT_EQ(times(active(), 0), std::pair(int64_t{2003}, int64_t{2003})) << "it is a new one";
}

TEST_F(SubscriptionSetsTest, ThatTheAuthorityBringsAreCountedToo) {
  node_.receive(decision(subscribe_to("Fridge", "a"), 1, {"a"}));
  // What another self of this device did, before it was restored from a backup.
  Delta delta = authority_.delta(node_, 2);
  types_["y"] = types_["z"] = "Fridge";
  delta.objects = {enter(row_of("z", 2), system_type::kSubscription)};
  node_.receive(delta);
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{1}, State::superseded),
                                  std::pair(int64_t{2}, State::complete)));
  EXPECT_EQ(latest().version, 2);
  EXPECT_EQ(latest().name.number, 0u);
  EXPECT_THAT(names(latest().list), ElementsAre("a", "z"));
  EXPECT_EQ(latest().list[1].updated_wall_ms, node_.now.wall_ms);
  // With something undecided it is taken in by that.
  const ChangesetName own = subscribe_to("Note", "b");
  Delta more = authority_.delta(node_, 3);
  more.objects = {enter(row_of("y", 3), system_type::kSubscription)};
  node_.receive(more);
  EXPECT_THAT(told(), ElementsAre(std::pair(int64_t{3}, State::pending))) << "has other members";
  EXPECT_THAT(names(latest().list), ElementsAre("a", "b", "y", "z"));
  node_.receive(decision(own, 4, {"b"}));
  EXPECT_EQ(latest().version, 3);
  EXPECT_EQ(latest().state, State::complete);
}

TEST_F(SubscriptionSetsTest, AreUndecidedAgainWhenTheAuthorityIsRestored) {
  node_.receive(decision(subscribe_to("Fridge", "a"), 1, {"a"}));
  const ChangesetName lost = subscribe_to("Note", "b");
  node_.receive(decision(lost, 2, {"b"}));
  EXPECT_EQ(active().version, 2);
  // A new incarnation that left the old log after entry 1.
  const Authority old = authority_;
  authority_.incarnation = Incarnation(78);
  authority_.session = SessionNonce(501);
  node_.step(replica_input::Disconnected{});
  const Hello hello = node_.connect();
  Welcome welcome = authority_.welcome(hello);
  welcome.head = LogSeq(2);
  welcome.forks = {{Incarnation(78), old.incarnation, LogSeq(1)}};
  node_.receive(welcome);
  Delta delta = authority_.delta(node_, 2);
  delta.kind = Delta::Kind::bootstrap;
  delta.objects = {enter(row_of("a", 1), system_type::kSubscription)};
  node_.receive(delta);
  EXPECT_EQ(latest().version, 2);
  EXPECT_EQ(latest().state, State::pending);
  EXPECT_THAT(names(latest().list), ElementsAre("a", "b"));
  EXPECT_EQ(active().version, 0)
      << "the record of the one before is gone; its subscriptions are not";
  EXPECT_THAT(names(active().list), ElementsAre("a"));
  node_.receive(decision(lost, 3, {"b"}));
  EXPECT_EQ(active().version, 2);
  EXPECT_THAT(names(active().list), ElementsAre("a", "b"));
}

TEST(SubscriptionSetRecords, ReadBackAndAreDamagedOtherwise) {
  SubscriptionSetRecord record;
  record.version = 7;
  record.order = 12;
  record.name = {NodeId(1), Epoch(2), 3};
  record.state = State::error;
  record.error = "no";
  record.edits = {{{"name-a", "a", "Fridge", "TRUEPREDICATE", 5, 6, false, ""}, false},
                  {{"query-1", std::nullopt, "Note", "TRUEPREDICATE", 7, 8, false, ""}, true}};
  const Bytes bytes = encode_subscription_set(record);
  EXPECT_EQ(must(decode_subscription_set(7, bytes)), record);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = decode_subscription_set(7, BytesView(bytes).substr(0, size));
    EXPECT_TRUE(cut.has_value() || cut.error().code == ErrorCode::kStoreDamaged);
  }
}

}  // namespace
}  // namespace syncline::test
