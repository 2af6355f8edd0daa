// Asymmetric types as a user of the API has them.
#include "tests/node/runtime/api_fleet.h"

#include "node/authority/stored_object.h"
#include "syncline/objects.h"

namespace syncline::testing::api {
namespace {

using ::testing::HasSubstr;

struct Reading {
  std::string id;
  double celsius = 0;
};
constexpr auto schema_of(Model<Reading>) {
  return asymmetric_schema("Reading", field("_id", &Reading::id),
                           field("celsius", &Reading::celsius));
}

AppFiles app_with_readings() {
  AppFiles app = api_app();
  const std::string folder = "data_sources/mongodb-atlas/api/readings/";
  app[folder + "schema.json"] = R"({
    "title": "Reading", "bsonType": "object", "required": ["_id", "celsius"],
    "properties": {"_id": {"bsonType": "string"}, "celsius": {"bsonType": "double"}}})";
  app[folder + "rules.json"] = R"({"database": "api", "collection": "readings", "roles": [
    {"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": true},
     "read": true, "write": true, "insert": true, "delete": true}]})";
  std::string& sync = app.at("sync/config.json");
  sync.insert(sync.rfind('}'), R"(, "asymmetric_tables": ["Reading"])");
  return app;
}

class ApiAsymmetric : public ::testing::Test {
 protected:
  template <class R>
  void refuses(const R& answer, const char* text) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::kUsage);
    EXPECT_THAT(answer.error().message, HasSubstr("Reading is asymmetric"));
    EXPECT_THAT(answer.error().message, HasSubstr(text));
  }
  bool is_at_authority(const std::string& id) {
    const TypeDef* type = fleet_.authority().deployed()->schema().type("Reading");
    const ObjectName name{type->number, good(object_key(Value(id)))};
    return good(get_row(fleet_.authority().state(), name)).has_value();
  }

  ApiFleet fleet_{app_with_readings()};
  ApiFleet::Device a_ = fleet_.enrol("a", "manager");
  ApiFleet::Device b_ = fleet_.enrol("b", "worker");
};

TEST_F(ApiAsymmetric, IsInsertedOfflineAndGoneOnceCommitted) {
  ChangesetName name;
  {
    Node a = fleet_.open_subscribed(a_);
    fleet_.set_connected(a_, false);
    const Receipt receipt = good(
        a.write(Durability::commit, [](Transaction& t) { return t.create(Reading{"r1", 4.5}); }));
    name = receipt.name();
    EXPECT_EQ(good(a.pending()).size(), 1u);
    EXPECT_EQ(a.status().objects, 0u);
  }
  fleet_.set_connected(a_, true);
  Node a = fleet_.open(a_);
  Node b = fleet_.open_subscribed(b_);
  const ReceiptStatus decided =
      good(good(a.receipt(name)).wait(ReceiptState::committed, kApiPatience));
  EXPECT_EQ(decided.state, ReceiptState::committed);
  EXPECT_TRUE(is_at_authority("r1"));
  EXPECT_TRUE(good(a.pending()).empty());
  good(b.wait_for_download(kApiPatience));
  EXPECT_EQ(a.status().objects, 0u);
  EXPECT_EQ(b.status().objects, 0u);
}

TEST_F(ApiAsymmetric, OfTwoWithOneIdTheSecondIsInItsNodesJournal) {
  Node a = fleet_.open_subscribed(a_);
  Node b = fleet_.open_subscribed(b_);
  const auto insert = [](Transaction& t) { return t.put(Reading{"r1", 4.5}); };
  EXPECT_EQ(good(a.confirm(insert, kApiPatience)).state, ReceiptState::committed);
  const ReceiptStatus second = good(b.confirm(insert, kApiPatience));
  EXPECT_EQ(second.state, ReceiptState::refused);
  EXPECT_EQ(second.outcomes.at(0).reason, "insert_only");
  const std::vector<Rejection> rejections = good(b.rejections());
  ASSERT_EQ(rejections.size(), 1u);
  EXPECT_EQ(rejections[0].operations.at(0).type, "Reading");
  EXPECT_TRUE(rejections[0].operations.at(0).value.has_value());
}

TEST_F(ApiAsymmetric, IsNotChangedReadOrSubscribedTo) {
  Node a = fleet_.open_subscribed(a_);
  good(a.write([&](Transaction& t) -> Status {
    SYNCLINE_TRY(t.create(Reading{"r1", 4.5}));
    refuses(t.set("Reading", "r1", {"celsius"}, 9.0), "insert one with another _id");
    refuses(t.remove<Reading>("r1"), "insert one with another _id");
    refuses(t.update<Reading>("r1", [](Reading& r) { r.celsius = 9; }), "nothing can be read");
    refuses(t.create(Reading{"r1", 9}), "insert one with another _id");
    EXPECT_EQ(t.operations(), 1u);
    return {};
  }));
  refuses(a.get("Reading", "r1"), "read it at the authority");
  refuses(a.get<Reading>("r1"), "read it at the authority");
  refuses(a.each("Reading", [](const Document&) { return true; }), "read it at the authority");
  refuses(a.query("Reading", "celsius > 1"), "read it at the authority");
  refuses(a.state_hash("Reading"), "read it at the authority");
  const auto subscribed = a.subscribe("Reading", "");
  ASSERT_FALSE(subscribed.has_value());
  EXPECT_THAT(subscribed.error().message, HasSubstr("that needs no subscription"));
  EXPECT_EQ(good(a.can([](Transaction& t) { return t.create(Reading{"r2", 4.5}); })).answer,
            Advice::Answer::yes);
}

}  // namespace
}  // namespace syncline::testing::api
