#include "node/authority/group_judge.h"

#include <gtest/gtest.h>

#include "tests/node/model/app_fixture.h"

namespace syncline {
namespace {

// Everything was seen: nothing is concurrent.
class SawAll : public Causality {
 public:
  SawAll() {
    base = LogSeq(100);
    write = {{NodeId(1), Epoch(1), 1}, LogSeq(101), Stamp(1'000)};
  }
  bool follows(const ChangesetName&) const override { return true; }
};

class GroupJudgeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto deployed = compile_app(test::shop(R"("name": {"bsonType": "string"})"), nullptr,
                                RolesWithoutFilters::deny);
    ASSERT_TRUE(deployed) << deployed.error().message;
    deployed_ = *deployed;
    const TypeDef* item = deployed_->schema().type("Item");
    ASSERT_NE(item, nullptr);
    type_ = item->number;
    name_ = item->field("name")->number;
  }

  // What becomes of `{"_id": id, "name": "n"}` from a node that checks nothing.
  JudgedGroup create(const Value& id) const {
    Group group;
    group.object = {type_, *object_key(id)};
    group.id = id;
    Operation operation;
    operation.kind = OperationKind::create;
    Scope fields;
    fields.put(name_, Item(Value("n")));
    operation.item = Item(std::move(fields));
    group.operations.push_back(std::move(operation));
    GroupContext context;
    context.own_hand = true;
    context.deployed = deployed_.get();
    return judge(group, nullptr, nullptr, SawAll(), context);
  }

  std::shared_ptr<const Deployed> deployed_;
  TypeNumber type_;
  FieldNumber name_;
};

TEST_F(GroupJudgeTest, CreatesAnObjectWhoseIdIsOfItsType) {
  const JudgedGroup judged = create(Value(ObjectId{}));
  ASSERT_TRUE(judged.merged);
  EXPECT_EQ(judged.outcomes.at(0).verdict, Verdict::applied);
}

TEST_F(GroupJudgeTest, RefusesAnIdOfAnotherTypeWithItsReason) {
  for (const Value& id : {Value("text"), Value(int64_t{7}), Value(Uuid{})}) {
    const JudgedGroup judged = create(id);
    EXPECT_FALSE(judged.merged);
    ASSERT_EQ(judged.outcomes.size(), 1u);
    EXPECT_EQ(judged.outcomes[0].verdict, Verdict::refused);
    EXPECT_EQ(judged.outcomes[0].reason, Reason::schema);
    EXPECT_NE(judged.outcomes[0].text.find("_id"), std::string::npos) << judged.outcomes[0].text;
  }
}

}  // namespace
}  // namespace syncline
