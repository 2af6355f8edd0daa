#include "node/replica/subscriptions.h"

#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

class SubscriptionsTest : public testing::Test {
 protected:
  SubscriptionsTest() : node_(&disk_) {
    node_.open(1);
    node_.welcome(node_.connect(), authority_);
  }
  std::vector<SubscriptionInfo> list() { return must(read_latest_set(disk_, node_.id())).list; }
  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(SubscriptionsTest, AreWrittenInOneStreamWithEverythingElseAndDecided) {
  std::string id;
  const ChangesetName name = node_.write([&](Draft& d) {
    id = must(subscribe(&d, node_.id(), "cold", "Fridge", ""));
    must(d.put(kFridge, Document{{"_id", "a"}}));
  });
  const int64_t at = node_.now.wall_ms;
  EXPECT_THAT(list(), testing::ElementsAre(SubscriptionInfo{id, "cold", "Fridge", "TRUEPREDICATE",
                                                            at, at, false, ""}));
  const ObjectName object{system_type::kSubscription,
                          must(object_key(Value(to_string(node_.id()) + "/" + id)))};
  Row row = *must(read_object(disk_, object));
  EXPECT_EQ(find_item(row.fields, {system_field::subscription::kNode})->value(),
            Value(to_string(node_.id())));
  row.born = row.changed = LogSeq(1);
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(row, system_type::kSubscription)};
  delta.decisions = {committed(name, pending_hash(disk_, name), 1)};
  node_.receive(delta);
  ASSERT_EQ(list().size(), 1u);
  EXPECT_TRUE(list()[0].complete);
  node_.write([&](Draft& d) { must(unsubscribe(&d, node_.id(), "cold")); });
  EXPECT_TRUE(list().empty());
}

TEST_F(SubscriptionsTest, AskingTwiceIsAskingOnce) {
  std::string first;
  std::string second;
  node_.write([&](Draft& d) {
    first = must(subscribe(&d, node_.id(), std::nullopt, "Fridge", ""));
    second = must(subscribe(&d, node_.id(), std::nullopt, "Fridge", "TRUEPREDICATE"));
  });
  EXPECT_EQ(first, second);
  EXPECT_EQ(list().size(), 1u);
  node_.write([&](Draft& d) { must(subscribe(&d, node_.id(), "n", "Fridge", "")); });
  node_.write([&](Draft& d) { must(subscribe(&d, node_.id(), "n", "Note", "")); });
  const auto all = list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].type, "Note") << "a name is updated";
  node_.write([&](Draft& d) { must(unsubscribe(&d, node_.id(), first)); });
  EXPECT_EQ(list().size(), 1u);
}

TEST_F(SubscriptionsTest, GoByQueryByTypeAndAllTogether) {
  const auto types = [&](const Draft& draft) { return must(subscribed_types(draft, node_.id())); };
  node_.write([&](Draft& d) {
    EXPECT_THAT(types(d), testing::IsEmpty());
    must(subscribe(&d, node_.id(), "n", "Fridge", ""));
    must(subscribe(&d, node_.id(), std::nullopt, "Fridge", ""));
    must(subscribe(&d, node_.id(), std::nullopt, "Note", ""));
    EXPECT_THAT(types(d), testing::ElementsAre("Fridge", "Note")) << "its own changes";
  });
  node_.write([&](Draft& d) { must(unsubscribe_query(&d, node_.id(), "Fridge", "", {})); });
  ASSERT_EQ(list().size(), 2u);
  EXPECT_EQ(list()[0].name, "n") << "one with a name goes by its name";
  Draft draft = node_.machine().begin();
  EXPECT_EQ(unsubscribe_query(&draft, node_.id(), "Fridge", "", {}).error().code,
            ErrorCode::kNotFound);
  must(unsubscribe_all(&draft, node_.id(), false));
  EXPECT_THAT(types(draft), testing::ElementsAre("Fridge"));
  must(unsubscribe_type(&draft, node_.id(), "Fridge"));
  EXPECT_THAT(types(draft), testing::IsEmpty());
  EXPECT_EQ(draft.operations(), 2u);
  node_.write([&](Draft& d) { must(unsubscribe_all(&d, node_.id(), true)); });
  EXPECT_THAT(list(), testing::IsEmpty());
}

TEST_F(SubscriptionsTest, RefusesWhatCannotBeSubscribedTo) {
  Draft draft = node_.machine().begin();
  auto code = [&](const std::string& type, std::optional<std::string> name = std::nullopt) {
    return subscribe(&draft, node_.id(), name, type, "").error().code;
  };
  EXPECT_EQ(code("Nothing"), ErrorCode::kNotFound);
  EXPECT_EQ(code("Door"), ErrorCode::kUsage);
  EXPECT_EQ(code(schema()->type(system_type::kNode)->name), ErrorCode::kUsage);
  EXPECT_EQ(code("Fridge", std::string(101, 'n')), ErrorCode::kTooLarge);
  EXPECT_EQ(code("Fridge", ""), ErrorCode::kTooLarge);
  EXPECT_EQ(unsubscribe(&draft, node_.id(), "nothing").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(draft.empty());
}

}  // namespace
}  // namespace syncline::test
