// Objects with fields of other schema versions: what is written under this one leaves them alone.
#include "node/model/documents.h"
#include "node/replica/shown.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

Scope door_of(const std::string& color, const std::string& paint) {
  Scope door{ScopeKind::object, {}};
  door.put(door::kColor, Item(Value(color)));
  door.put(door::kPaint, Item(Value(paint)));
  return door;
}

// A fridge that nodes of both versions wrote. In the door, and in its inner one, `paint` is the
// other version's.
Row fridge_of_both_versions() {
  Row row = fridge_row("f", -18, 1);
  row.fields.put(fridge::kFahrenheit, Item(Value(-0.4)));
  row.fields.put(fridge::kName, Item(Value("Seven")));
  Scope door = door_of("red", "RAL 3020");
  door.put(door::kInner, Item(door_of("blue", "RAL 5015")));
  row.fields.put(fridge::kDoorField, Item(std::move(door)));
  Scope doors{ScopeKind::list, {}};
  for (uint32_t i = 0; i < 2; ++i)
    doors.children.push_back(
        {ElementId{{}, i}, spread_position(i + 1, 2), Item(door_of("grey", "RAL 7001"))});
  row.fields.put(fridge::kDoors, Item(std::move(doors)));
  return row;
}

class OtherVersionsTest : public testing::Test {
 protected:
  OtherVersionsTest() : node_(&disk_) {
    node_.open(1);
    const Hello hello = node_.connect();
    node_.welcome(hello, authority_);
    Delta delta = authority_.delta(node_, 1);
    delta.objects = {enter(fridge_of_both_versions())};
    node_.receive(delta);
    draft_ = node_.machine().begin();
  }

  Document shown() {
    return document_of_object(*schema(), kFridge, *must(draft_.get(kFridge, Value("f"))));
  }
  // What the draft recorded, committed; what it showed is what the node shows then.
  std::vector<Operation> commit() {
    const std::optional<Row> image = must(draft_.get(kFridge, Value("f")));
    node_.step(replica_input::Commit{std::move(draft_), Durability::group});
    must(*node_.last.committed);
    EXPECT_TRUE(same_shown(image, node_.shown("f")));
    return must(read_pending(node_.disk())).back().second.groups[0].operations;
  }
  std::string text_at(const Path& path) {
    const std::optional<Row> row = node_.shown("f");
    const Item* item = row ? find_item(row->fields, path) : nullptr;
    return item == nullptr || item->is_scope() ? "" : item->value().get<std::string>();
  }
  void expect_paint_kept() {
    EXPECT_EQ(text_at({fridge::kDoorField, door::kPaint}), "RAL 3020");
    EXPECT_EQ(text_at({fridge::kDoorField, door::kInner, door::kPaint}), "RAL 5015");
  }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
  Draft draft_;
};

TEST_F(OtherVersionsTest, ShowsNothingOfThem) {
  const Document document = shown();
  for (const DocumentField& field : document.fields)
    EXPECT_NE(schema()->type(kFridge)->field(field.name), nullptr) << field.name;
  EXPECT_EQ(*document.find("door"),
            Value(Document{{"color", "red"}, {"inner", Document{{"color", "blue"}}}}));
}

TEST_F(OtherVersionsTest, AWholePutLeavesThemAlone) {
  must(draft_.put(kFridge, Document{{"_id", "f"},
                                    {"celsius", -20.0},
                                    {"door", Document{{"inner", Document{{"color", "green"}}}}}}));
  std::vector<Path> unset;
  for (const Operation& operation : commit())
    if (operation.kind == OperationKind::unset) unset.push_back(operation.path);
  EXPECT_THAT(unset, testing::UnorderedElementsAre(Path{fridge::kName}, Path{fridge::kDoors},
                                                   Path{fridge::kDoorField, door::kColor}));
  const Row row = *node_.shown("f");
  const Item* fahrenheit = find_item(row.fields, {fridge::kFahrenheit});
  ASSERT_NE(fahrenheit, nullptr);
  EXPECT_EQ(fahrenheit->value(), Value(-0.4));
  expect_paint_kept();
}

TEST_F(OtherVersionsTest, AnEmbeddedObjectThatIsAssignedWholeKeepsThem) {
  must(draft_.set(kFridge, Value("f"), {"door"},
                  Document{{"knocks", int64_t{2}}, {"inner", Document{{"color", "green"}}}}));
  must(draft_.set(kFridge, Value("f"), {"doors", uint64_t{1}}, Document{{"color", "black"}}));
  commit();
  expect_paint_kept();
  const Row row = *node_.shown("f");
  const Scope* doors = find_scope(row.fields, {fridge::kDoors});
  ASSERT_NE(doors, nullptr);
  EXPECT_EQ(text_at({fridge::kDoors, doors->children[1].step, door::kPaint}), "RAL 7001");
}

TEST_F(OtherVersionsTest, CreatingWhatIsThereKeepsThem) {
  must(draft_.create(
      kFridge,
      Document{{"_id", "f"}, {"door", Document{{"inner", Document{{"color", "green"}}}}}}));
  commit();
  expect_paint_kept();
}

TEST_F(OtherVersionsTest, PuttingBackWhatIsShownWritesNothing) {
  must(draft_.put(kFridge, shown()));
  EXPECT_EQ(draft_.operations(), 0u);
  // One field more, and that alone is written: the lists keep their elements.
  Document document = shown();
  document.fields.push_back({"small", int32_t{7}});
  must(draft_.put(kFridge, document));
  const std::vector<Operation> written = commit();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].path, Path{fridge::kSmall});
  expect_paint_kept();
}

}  // namespace
}  // namespace syncline::test
