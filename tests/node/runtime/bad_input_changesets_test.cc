// Changesets that no node of ours writes, in uploads that are well-formed and signed: each is
// refused by its name with its reason, those behind it are taken, and the healthy node is served.
#include "proto/limits.h"
#include "tests/node/runtime/bad_input_fleet.h"

namespace syncline {
namespace {

using BadInputSocketChangesets = testing::BadInputFleet;

// Uploads the bad one with a good one behind it. The bad one's first outcome comes back.
Outcome refused_before_a_good_one(HandNode* hand, Bytes bad, const std::string& id) {
  const uint64_t number = hand->next_number;
  hand->upload({std::move(bad), encode_changeset(hand->creating("Thing", id, {}))});
  const auto refused = hand->wait_decision(number);
  const auto good = hand->wait_decision(number + 1);
  EXPECT_TRUE(refused);
  EXPECT_TRUE(good);
  if (!refused || !good) return {};
  EXPECT_EQ(refused->state, DecisionState::refused);
  EXPECT_EQ(good->state, DecisionState::committed) << "what stood behind it";
  EXPECT_FALSE(refused->outcomes.empty());
  return refused->outcomes.empty() ? Outcome() : refused->outcomes[0];
}

void expect_reason(const Outcome& outcome, Reason reason, const std::string& text) {
  EXPECT_EQ(name_of(outcome.reason), name_of(reason)) << outcome.text;
  EXPECT_NE(outcome.text.find(text), std::string::npos) << outcome.text;
}

TEST_F(BadInputSocketChangesets, OneThatDoesNotDecodeIsRefusedByItsName) {
  const auto intruder = make_intruder();
  expect_reason(refused_before_a_good_one(&intruder->hand, "no changeset at all", "behind"),
                Reason::undecodable, "does not decode");
  expect_served();
}

TEST_F(BadInputSocketChangesets, OneCutShortIsRefusedWhereverItEnds) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  const Bytes whole = encode_changeset(hand.creating("Thing", "cut", {{"name", Value("n")}}));
  std::vector<Bytes> cut;
  for (size_t bytes = 1; bytes < whole.size(); ++bytes) cut.push_back(whole.substr(0, bytes));
  // Some cuts fall between two fields and leave a changeset that does less.
  const uint64_t first = hand.next_number;
  hand.upload(cut);
  size_t undecodable = 0;
  for (size_t i = 0; i < cut.size(); ++i) {
    const auto decision = hand.wait_decision(first + i);
    ASSERT_TRUE(decision) << i;
    if (!decode_changeset(cut[i])) {
      ++undecodable;
      EXPECT_EQ(decision->state, DecisionState::refused) << i;
    }
  }
  EXPECT_GT(undecodable, cut.size() / 2);
  expect_served();
  EXPECT_FALSE(healthy_->get("Thing", "cut").value());
}

TEST_F(BadInputSocketChangesets, OneNestedTooDeepIsRefused) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  Changeset deep = hand.creating("Thing", "deep", {});
  Item item = Value(1);
  for (int i = 0; i < limits::kDepthMax + 5; ++i) {
    Scope scope{ScopeKind::dictionary, {}};
    scope.put("a", std::move(item));
    item = Item(std::move(scope));
  }
  Scope fields{ScopeKind::object, {}};
  fields.put(hand.schema.type("Thing")->field("anything")->number, std::move(item));
  deep.groups[0].operations[0].item = Item(std::move(fields));
  expect_reason(refused_before_a_good_one(&hand, encode_changeset(deep), "behind"),
                Reason::undecodable, "nesting depth: more than 100");
  expect_served();
}

TEST_F(BadInputSocketChangesets, UnknownTypesAndFieldsAreRefused) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  expect_reason(
      refused_before_a_good_one(&hand, encode_changeset(hand.creating("Nothing", "x", {})), "b1"),
      Reason::unknown_type, "type");
  expect_reason(
      refused_before_a_good_one(
          &hand, encode_changeset(hand.creating("Thing", "x", {{"colour", Value("red")}})), "b2"),
      Reason::unknown_field, "field");
  expect_served();
}

TEST_F(BadInputSocketChangesets, WrongTypesAndValuesAreRefusedNamingTheField) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  expect_reason(
      refused_before_a_good_one(
          &hand, encode_changeset(hand.creating("Thing", "x", {{"count", Value("many")}})), "b1"),
      Reason::schema, "count");
  const Value long_name{std::string(41, 'n')};
  expect_reason(
      refused_before_a_good_one(
          &hand, encode_changeset(hand.creating("Thing", "x", {{"name", long_name}})), "b2"),
      Reason::schema, "name");
  expect_served();
  EXPECT_FALSE(healthy_->get("Thing", "x").value());
}

TEST_F(BadInputSocketChangesets, AnObjectBeyondItsLimitIsRefused) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  // In parts of which each fits a frame, whatever zstd makes of it.
  const Bytes whole = encode_changeset(hand.creating(
      "Thing", "x", {{"anything", Value(std::string(limits::kObjectBytesMax, 'l'))}}));
  const uint64_t number = hand.next_number;
  for (size_t at = 0; at < whole.size(); at += 256 << 10)
    hand.send(UploadPart{hand.session,
                         {hand.node, hand.epoch, number},
                         at,
                         whole.size(),
                         whole.substr(at, 256 << 10)});
  Upload upload = hand.make_upload({whole});
  upload.payloads = {""};
  hand.send(upload);
  const auto decision = hand.wait_decision(number);
  ASSERT_TRUE(decision);
  ASSERT_FALSE(decision->outcomes.empty());
  expect_reason(decision->outcomes[0], Reason::too_large, "MiB");
  expect_served();
}

TEST_F(BadInputSocketChangesets, OneNameWithTwoContentsIsACloneAndTheFirstStands) {
  const auto intruder = make_intruder();
  HandNode& hand = intruder->hand;
  hand.upload({encode_changeset(hand.creating("Thing", "first", {}))});
  ASSERT_TRUE(hand.wait_decision(1));
  hand.decisions.clear();
  hand.greet();
  hand.next_number = 1;
  hand.upload({encode_changeset(hand.creating("Thing", "second", {}))});
  expect_event("clone_alarm", "two contents");
  // It is told with the next news.
  expect_served();
  std::optional<Decision> told;
  while (!told || told->state != DecisionState::refused) {
    hand.decisions.clear();
    told = hand.wait_decision(1);
    ASSERT_TRUE(told);
  }
  expect_reason(told->outcomes.at(0), Reason::clone, "used with another content");
  ASSERT_TRUE(healthy_->wait_for_download(testing::kPatience));
  EXPECT_TRUE(healthy_->get("Thing", "first").value());
  EXPECT_FALSE(healthy_->get("Thing", "second").value());
}

}  // namespace
}  // namespace syncline
