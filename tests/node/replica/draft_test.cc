#include "node/merge/overlay.h"
#include "node/replica/shown.h"
#include "proto/limits.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

using Path_ = UserPath;

class DraftTest : public testing::Test {
 protected:
  DraftTest() : node_(&disk_) {
    node_.open(1);
    Hello hello = node_.connect();
    node_.welcome(hello, authority_);
    draft_ = node_.machine().begin();
    must(
        draft_.create(kFridge, Document{{"_id", "f"}, {"celsius", -18.5}, {"opened", int64_t{3}}}));
  }
  Value id() const { return Value("f"); }
  ErrorCode code(const Status& status) {
    EXPECT_FALSE(status.has_value());
    return status ? ErrorCode::kInternal : status.error().code;
  }
  const Item* at(const Path& path) {
    row_ = must(draft_.get(kFridge, id()));
    return row_ ? find_item(row_->fields, path) : nullptr;
  }
  std::vector<std::string> tags() {
    std::vector<std::string> out;
    const Item* item = at({fridge::kTags});
    if (item == nullptr || !item->is_scope()) return out;
    for (const Child& child : item->scope()->children)
      out.push_back(child.item.value().get<std::string>());
    return out;
  }
  // What the machine wrote for the draft.
  Changeset commit() {
    node_.step(replica_input::Commit{std::move(draft_), Durability::group});
    must(*node_.last.committed);
    auto pending = must(read_pending(node_.disk()));
    return pending.back().second;
  }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
  Draft draft_;
  std::optional<Row> row_;
};

TEST_F(DraftTest, RefusesWhatCannotBeRightAndRecordsNothingOfIt) {
  const uint32_t before = draft_.operations();
  EXPECT_EQ(code(draft_.create(TypeNumber(99), Document{{"_id", "x"}})), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.create(kDoor, Document{{"_id", "x"}})), ErrorCode::kUsage);
  EXPECT_EQ(code(draft_.create(kFridge, Document{{"celsius", 1.0}})), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.create(kFridge, Document{{"_id", int32_t{5}}})), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.create(kNote, Document{{"_id", int64_t{5}}, {"colour", "red"}})),
            ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.create(kNote, Document{{"_id", int64_t{5}}, {"text", Null()}})),
            ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"celsius"}, "cold")), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"small"}, int64_t{1} << 40)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"_id"}, "g")), ErrorCode::kUsage);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {}, "g")), ErrorCode::kUsage);
  EXPECT_EQ(code(draft_.set(kFridge, Value("absent"), {"celsius"}, 1.0)), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"door", "color"}, "red")), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"door"}, Document{{"colour", "red"}})),
            ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"tags"}, "door")), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"tags", uint64_t{0}}, "door")), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"celsius", "inner"}, 1.0)), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.set(kFridge, id(), {"any"}, Value("\xff"))), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.insert(kFridge, id(), {"tags"}, 1, "a")), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.insert(kFridge, id(), {"tags"}, 0, 1.0)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.insert(kFridge, id(), {"labels"}, 0, "a")), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.move(kFridge, id(), {"tags"}, 0, 0)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.increment(kFridge, id(), {"celsius"}, 1)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.increment(kFridge, id(), {"small"}, 1)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.unset(kFridge, id(), {"name"})), ErrorCode::kNotFound);
  EXPECT_EQ(code(draft_.add(kFridge, id(), {"labels"}, List())), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.remove_member(kFridge, id(), {"labels"}, "a")), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.clear(kFridge, id(), {"celsius"})), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set_new(kFridge, id(), {"celsius"}, NewScope::list)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.set_new(kFridge, id(), {"any"}, NewScope::embedded)), ErrorCode::kBadData);
  EXPECT_EQ(code(draft_.remove(kFridge, Value("absent"))), ErrorCode::kNotFound);
  EXPECT_EQ(draft_.operations(), before);
  const Changeset written = commit();
  ASSERT_EQ(written.groups.size(), 1u);
  EXPECT_EQ(written.groups[0].operations.size(), 1u);
}

TEST_F(DraftTest, ReadsItsOwnWrites) {
  must(draft_.set(kFridge, id(), {"name"}, "Seven"));
  must(draft_.increment(kFridge, id(), {"opened"}, 4));
  must(draft_.set(kFridge, id(), {"small"}, int32_t{7}));
  must(draft_.increment(kFridge, id(), {"small"}, -2));
  EXPECT_EQ(at({fridge::kName})->value(), Value("Seven"));
  EXPECT_EQ(at({fridge::kOpened})->value(), Value(int64_t{7}));
  EXPECT_EQ(at({fridge::kSmall})->value(), Value(int32_t{5}));
  must(draft_.set_default(kFridge, id(), {"name"}, "Eight"));
  EXPECT_EQ(at({fridge::kName})->value(), Value("Seven"));
  must(draft_.unset(kFridge, id(), {"name"}));
  EXPECT_EQ(at({fridge::kName}), nullptr);
  must(draft_.remove(kFridge, id()));
  EXPECT_FALSE(must(draft_.get(kFridge, id())));
}

TEST_F(DraftTest, SpeaksListIndexesAndRecordsElements) {
  must(draft_.insert(kFridge, id(), {"tags"}, 0, "b"));
  must(draft_.insert(kFridge, id(), {"tags"}, 0, "a"));
  must(draft_.insert(kFridge, id(), {"tags"}, 2, "d"));
  must(draft_.insert(kFridge, id(), {"tags"}, 2, "c"));
  EXPECT_THAT(tags(), testing::ElementsAre("a", "b", "c", "d"));
  must(draft_.move(kFridge, id(), {"tags"}, 0, 3));
  EXPECT_THAT(tags(), testing::ElementsAre("b", "c", "d", "a"));
  must(draft_.move(kFridge, id(), {"tags"}, 3, 1));
  EXPECT_THAT(tags(), testing::ElementsAre("b", "a", "c", "d"));
  must(draft_.set(kFridge, id(), {"tags", uint64_t{2}}, "C"));
  must(draft_.erase(kFridge, id(), {"tags", uint64_t{0}}));
  EXPECT_THAT(tags(), testing::ElementsAre("a", "C", "d"));
  const Changeset written = commit();
  // An absent list is created by the first insert; and no step is an index.
  EXPECT_EQ(written.groups[0].operations[1].kind, OperationKind::create);
  EXPECT_EQ(written.groups[0].operations[2].kind, OperationKind::insert);
  for (const Operation& operation : written.groups[0].operations) {
    if (operation.kind == OperationKind::insert) {
      EXPECT_EQ(std::get<ElementId>(operation.path.back()).changeset,
                *node_.last.committed.value());
    }
  }
}

TEST_F(DraftTest, KeepsAListInOrderThroughThousandsOfInsertsAtOnePlace) {
  for (int i = 0; i < 3000; ++i)
    must(draft_.insert(kFridge, id(), {"tags"}, i / 2, std::to_string(i)));
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) expected.insert(expected.begin() + i / 2, std::to_string(i));
  EXPECT_EQ(tags(), expected);
  const Row row = *must(draft_.get(kFridge, id()));
  EXPECT_TRUE(decode_row(encode_row(row)).has_value());
}

TEST_F(DraftTest, AssigningAnEmbeddedObjectUnsetsWhatItDoesNotName) {
  must(draft_.set(
      kFridge, id(), {"door"},
      Document{{"color", "red"}, {"inner", Document{{"color", "blue"}, {"knocks", int64_t{1}}}}}));
  const uint32_t before = draft_.operations();
  must(draft_.set(kFridge, id(), {"door"},
                  Document{{"knocks", int64_t{2}}, {"inner", Document{{"color", "green"}}}}));
  EXPECT_EQ(at({fridge::kDoorField, door::kColor}), nullptr);
  EXPECT_EQ(at({fridge::kDoorField, door::kInner, door::kKnocks}), nullptr);
  const Changeset written = commit();
  std::vector<Path> unset;
  for (const Operation& operation : written.groups[0].operations) {
    if (operation.ordinal >= before && operation.kind == OperationKind::unset)
      unset.push_back(operation.path);
  }
  EXPECT_THAT(unset,
              testing::UnorderedElementsAre(Path{fridge::kDoorField, door::kColor},
                                            Path{fridge::kDoorField, door::kInner, door::kKnocks}));
}

TEST_F(DraftTest, PutWritesOnlyWhatDiffers) {
  must(draft_.set(kFridge, id(), {"tags"}, List{"a", "b"}));
  must(draft_.set(kFridge, id(), {"name"}, "Seven"));
  const uint32_t before = draft_.operations();
  must(draft_.put(
      kFridge,
      Document{
          {"_id", "f"}, {"celsius", -18.5}, {"tags", List{"a", "b"}}, {"opened", int64_t{4}}}));
  const Changeset written = commit();
  std::vector<std::pair<OperationKind, Step>> ops;
  for (const Operation& operation : written.groups[0].operations) {
    if (operation.ordinal >= before) ops.emplace_back(operation.kind, operation.path.back());
  }
  EXPECT_THAT(ops,
              testing::UnorderedElementsAre(std::pair(OperationKind::unset, Step(fridge::kName)),
                                            std::pair(OperationKind::set, Step(fridge::kOpened))));
}

TEST_F(DraftTest, MarksObjectsThatItDidNotHoldAsBlind) {
  const Changeset first = commit();
  EXPECT_TRUE(first.groups[0].blind);
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(fridge_row("g", 1, 1))};
  node_.receive(delta);
  draft_ = node_.machine().begin();
  must(draft_.set(kFridge, Value("g"), {"celsius"}, 2.0));
  must(draft_.set(kFridge, Value("f"), {"celsius"}, 2.0));
  const Changeset second = commit();
  EXPECT_FALSE(second.groups[0].blind);
  EXPECT_TRUE(second.groups[1].blind);
  EXPECT_EQ(second.base, authority_.cursor(1));
}

TEST_F(DraftTest, BaseIsTheCursorThatTheTransactionReadAt) {
  commit();
  Draft early = node_.machine().begin();
  must(early.set(kFridge, Value("f"), {"celsius"}, 5.0));
  Delta delta = authority_.delta(node_, 1);
  delta.objects = {enter(fridge_row("f", 1, 1))};
  node_.receive(delta);
  draft_ = std::move(early);
  const Changeset written = commit();
  EXPECT_EQ(written.base, Cursor());
  EXPECT_EQ(node_.celsius("f"), 5.0);
}

TEST_F(DraftTest, OfTwoThatBeganTogetherOnlyTheFirstIsCommitted) {
  Draft other = node_.machine().begin();
  must(other.create(kFridge, Document{{"_id", "g"}}));
  commit();
  node_.step(replica_input::Commit{std::move(other), Durability::group});
  ASSERT_TRUE(node_.last.committed.has_value());
  EXPECT_EQ(node_.last.committed->error().code, ErrorCode::kUsage);
  EXPECT_TRUE(node_.last.batch.empty());
  EXPECT_FALSE(node_.shown("g"));
}

TEST_F(DraftTest, RefusesWhatNoStoreCouldReadBack) {
  // The object is a level too.
  const auto nested = [](int depth) {
    Value value(int32_t{1});
    for (int i = 1; i < depth; ++i) value = Value(Document{{"k", value}});
    return value;
  };
  for (int depth : {limits::kDepthMax + 1, 2 * limits::kDepthMax}) {
    const Status refused = draft_.set(kFridge, id(), {"any"}, nested(depth));
    EXPECT_EQ(code(refused), ErrorCode::kTooLarge);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("deeper than 100 levels"));
  }
  const Value lawful = nested(limits::kDepthMax);
  must(draft_.set(kFridge, id(), {"any"}, lawful));
  const Changeset written = commit();
  EXPECT_EQ(decode_changeset(encode_changeset(written)), written);
  EXPECT_EQ(value_of(*find_item(node_.shown("f")->fields, {fridge::kAny})), lawful);
}

// What the draft shows is what its operations mean to the merger.
TEST_F(DraftTest, ItsImageIsTheOverlayOfItsOperations) {
  uint64_t state = 42;
  auto random = [&](uint64_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
  };
  uint64_t done = 0;
  for (int round = 0; round < 300; ++round) {
    Draft draft = node_.machine().begin();
    const std::string name = "r" + std::to_string(random(3));
    const Value object(name);
    const std::optional<Row> before = node_.shown(name);
    if (!before || random(4) == 0)
      (void)draft.put(kFridge, Document{{"_id", name}, {"celsius", 1.5}});
    const int count = 1 + static_cast<int>(random(20));
    for (int i = 0; i < count; ++i) {
      Status status;
      const std::optional<Row> now = must(draft.get(kFridge, object));
      const Scope* list = now ? find_scope(now->fields, {fridge::kTags}) : nullptr;
      const uint64_t index = random(list == nullptr ? 2 : list->children.size() + 1);
      switch (random(18)) {
        case 0:
          status = draft.set(kFridge, object, {"name"}, "n" + std::to_string(i));
          break;
        case 1:
          status = draft.unset(kFridge, object, {"name"});
          break;
        case 2:
          status = draft.insert(kFridge, object, {"tags"}, index, "t" + std::to_string(i));
          break;
        case 3:
          status = draft.move(kFridge, object, {"tags"}, index, random(index + 2));
          break;
        case 4:
          status = draft.erase(kFridge, object, {"tags", index});
          break;
        case 5:
          status = draft.set(kFridge, object, {"tags", index}, "s");
          break;
        case 6:
          status = draft.add(kFridge, object, {"labels"}, std::to_string(index));
          break;
        case 7:
          status = draft.remove_member(kFridge, object, {"labels"}, std::to_string(index));
          break;
        case 8:
          status = draft.set(kFridge, object, {"limits", "k" + std::to_string(index)}, 2.5);
          break;
        case 9:
          status = draft.erase(kFridge, object, {"limits", "k" + std::to_string(index)});
          break;
        case 10:
          status = draft.clear(kFridge, object, {random(2) ? "tags" : "limits"});
          break;
        case 11:
          status =
              draft.set(kFridge, object, {"door"}, Document{{"color", "c" + std::to_string(i)}});
          break;
        case 12:
          status = draft.set(kFridge, object, {"door", "knocks"}, static_cast<int64_t>(index));
          break;
        case 13:
          status = draft.increment(kFridge, object, {"door", "knocks"}, 5);
          break;
        case 14:
          status =
              draft.set(kFridge, object, {"any"},
                        random(2) ? Value(List{int32_t{1}, Document{{"x", "y"}}}) : Value("s"));
          break;
        case 15:
          status = draft.insert(kFridge, object, {"any"}, 0, 2.5);
          break;
        case 16:
          status = draft.set_new(kFridge, object, {"any"},
                                 random(2) ? NewScope::list : NewScope::dictionary);
          break;
        case 17:
          status = draft.remove(kFridge, object);
          if (status && random(2) == 0)
            status = draft.create(kFridge, Document{{"_id", name}, {"name", "again"}});
          break;
      }
      done += status.has_value();
    }
    const std::optional<Row> image = must(draft.get(kFridge, object));
    if (draft.empty()) continue;
    draft_ = std::move(draft);
    const Changeset written = commit();
    ASSERT_EQ(written.groups.size(), 1u);
    const std::optional<Row> overlaid =
        apply_overlay(before ? &*before : nullptr, {&written.groups[0]});
    ASSERT_TRUE(same_shown(image, overlaid)) << "round " << round;
    ASSERT_TRUE(same_shown(image, node_.shown(name)));
  }
  EXPECT_GT(done, 500u);
}

}  // namespace
}  // namespace syncline::test
