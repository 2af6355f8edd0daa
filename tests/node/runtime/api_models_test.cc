// The code's types beside the authority's schema, at a node.
#include "syncline/objects.h"

#include "node/runtime/node_impl.h"
#include "node/runtime/node_inside.h"
#include "tests/node/model/typed_fridge.h"
#include "tests/node/runtime/api_fleet.h"
#include "tests/node/runtime/typed_app.h"

namespace syncline::testing::typed {
namespace {

using api::ApiFleet;
using api::code_of;
using api::good;
using api::Heard;
using api::kApiPatience;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = SchemaDifference::Kind;

// Fridge as a later app has it: with a batch.
struct LaterFridge {
  std::string id;
  double celsius = 0;
  std::optional<std::string> batch;
};
constexpr auto schema_of(Model<LaterFridge>) {
  return object_schema("Fridge", field("_id", &LaterFridge::id),
                       field("celsius", &LaterFridge::celsius),
                       field("batch", &LaterFridge::batch));
}

// What the authority requires of a fridge is more than this has.
struct ThinFridge {
  std::string id;
  double celsius = 0;
};
constexpr auto schema_of(Model<ThinFridge>) {
  return object_schema("Fridge", field("_id", &ThinFridge::id),
                       field("celsius", &ThinFridge::celsius));
}

class ApiModels : public ::testing::Test {
 protected:
  Node open(std::optional<DeclaredSchema> declared) {
    NodeOptions options;
    options.models = std::move(declared);
    Node node = fleet_.open(device_, options);
    api::wait_for_schema(&node);
    return node;
  }
  static void subscribe(Node& node) {
    for (const char* type : {"Fridge", "Store"})
      good(node.subscribe(type, "", {.name = type, .wait = WaitMode::first_time}));
  }

  ApiFleet fleet_{typed_app()};
  ApiFleet::Device device_ = fleet_.enrol("a", "worker");
};

TEST_F(ApiModels, ANodeWhoseTypesFitTellsNoDifferences) {
  const Node node = open(models<Fridge, Store>());
  EXPECT_THAT(node.status().schema_differences, IsEmpty());
  EXPECT_TRUE(node.fits<Fridge>().has_value());
}

TEST_F(ApiModels, WhatDiffersIsToldAndTheRestGoesOn) {
  Node node = open(models<LaterFridge, Store>());
  const std::vector<SchemaDifference> differences = node.status().schema_differences;
  ASSERT_FALSE(differences.empty());
  EXPECT_EQ(to_text(differences[0]),
            "Fridge.batch: the code has string, optional, the authority nothing: add \"batch\": "
            "{\"bsonType\": \"string\"} to the properties of Fridge and deploy, or leave the field "
            "out of the code");
  // What the authority requires besides is told too, and does not stand in the way.
  for (size_t i = 1; i < differences.size(); ++i)
    EXPECT_EQ(differences[i].kind, Kind::required_unknown);
  subscribe(node);
  // Not as the struct that does not fit ...
  const auto read = node.get<LaterFridge>("f7");
  EXPECT_EQ(code_of(read), ErrorCode::kSchemaMismatch);
  EXPECT_THAT(read.error().message, HasSubstr("Fridge.batch"));
  EXPECT_THAT(read.error().message, ::testing::Not(HasSubstr("Fridge.label")));
  EXPECT_EQ(code_of(node.query<LaterFridge>()), ErrorCode::kSchemaMismatch);
  EXPECT_EQ(code_of(node.each<LaterFridge>([](const LaterFridge&) { return true; })),
            ErrorCode::kSchemaMismatch);
  EXPECT_EQ(code_of(node.write([](Transaction& t) { return t.put(LaterFridge{"f7", 1, "b"}); })),
            ErrorCode::kSchemaMismatch);
  // ... but as a document, and as another struct; and other types as ever.
  good(node.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put("Fridge", to_document(full_fridge())));
    return t.put(oslo());
  }));
  good(node.wait_for_decided(kApiPatience));
  EXPECT_TRUE(good(node.rejections()).empty());
  EXPECT_TRUE(good(node.get<Fridge>("f7")).has_value());
  EXPECT_TRUE(good(node.get<Store>(oslo().id)).has_value());
}

TEST_F(ApiModels, DifferencesAreToldWhenASchemaComes) {
  NodeOptions options;
  options.models = models<LaterFridge, Store>();
  options.connect = false;
  Node node = fleet_.open(device_, options);
  Heard<NodeStatus> heard;
  const Observation watching =
      node.observe_status([&](const NodeStatus& status) { heard.add(status); });
  good(node.resume());
  ASSERT_TRUE(heard.until([](const std::vector<NodeStatus>& all) {
    return !all.empty() && !all.back().schema_differences.empty();
  }));
  EXPECT_EQ(heard.all().back().schema_differences[0].kind, Kind::field_missing);
}

TEST_F(ApiModels, WhetherAStructFitsIsLookedAtAgainWhenTheSchemaIsAnother) {
  const Node node = open(std::nullopt);
  const std::shared_ptr<const Schema> without = node_schema(node);
  const auto with = std::make_shared<Schema>(*without);
  for (TypeDef& type : with->types) {
    if (type.name != "Fridge") continue;
    FieldDef batch;
    batch.number = FieldNumber(900);
    batch.name = "batch";
    batch.type = ScalarType::string;
    type.fields.push_back(batch);
  }
  ModelFits fits;
  EXPECT_EQ(code_of(fits.look(type_model<LaterFridge>(), without)), ErrorCode::kSchemaMismatch);
  EXPECT_EQ(code_of(fits.look(type_model<LaterFridge>(), without)), ErrorCode::kSchemaMismatch);
  good(fits.look(type_model<LaterFridge>(), with));
  good(fits.look(type_model<Store>(), with));
  EXPECT_EQ(code_of(fits.look(type_model<LaterFridge>(), without)), ErrorCode::kSchemaMismatch);
}

TEST_F(ApiModels, TheDifferencesAreKnownAgainAfterARestartWithoutAConnection) {
  {
    const Node node = open(std::nullopt);
  }
  NodeOptions options;
  options.models = models<LaterFridge>();
  options.connect = false;
  const Node node = fleet_.open(device_, options);
  ASSERT_FALSE(node.status().schema_differences.empty());
  EXPECT_EQ(node.status().schema_differences[0].kind, Kind::field_missing);
}

TEST_F(ApiModels, BeforeTheFirstConnectionThereIsNothingToCompare) {
  NodeOptions options;
  options.models = models<Fridge>();
  options.connect = false;
  Node node = fleet_.open(device_, options);
  EXPECT_THAT(node.status().schema_differences, IsEmpty());
  EXPECT_EQ(code_of(node.get<Fridge>("f7")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(node.write([](Transaction& t) { return t.put(full_fridge()); })),
            ErrorCode::kNotFound);
}

TEST_F(ApiModels, AStructNeedNotBeAmongTheModelsOfTheNode) {
  Node node = open(std::nullopt);
  EXPECT_THAT(node.status().schema_differences, IsEmpty());
  EXPECT_TRUE(node.fits<Fridge>().has_value());
  EXPECT_EQ(code_of(node.fits<LaterFridge>()), ErrorCode::kSchemaMismatch);
}

TEST_F(ApiModels, ATypeThatTheCodeDoesNotKnowIsUsableAsDocuments) {
  Node node = open(models<Store>());
  subscribe(node);
  good(node.write([](Transaction& t) { return t.put("Fridge", to_document(full_fridge())); }));
  good(node.wait_for_decided(kApiPatience));
  EXPECT_EQ(*good(node.get("Fridge", "f7"))->find("label"), Value(full_fridge().label));
}

TEST_F(ApiModels, AStructWithLessThanIsRequiredChangesObjectsAndItsCreatesAreRefused) {
  Node node = open(models<ThinFridge>());
  for (const SchemaDifference& difference : node.status().schema_differences)
    EXPECT_EQ(difference.kind, Kind::required_unknown);
  EXPECT_FALSE(node.status().schema_differences.empty());
  subscribe(node);
  good(node.write([](Transaction& t) { return t.put(full_fridge()); }));
  good(node.write([](Transaction& t) { return t.put(ThinFridge{"f7", 3}); }));
  good(node.wait_for_decided(kApiPatience));
  EXPECT_TRUE(good(node.rejections()).empty());
  EXPECT_EQ(good(node.get<Fridge>("f7"))->celsius, 3);
  EXPECT_EQ(good(node.get<Fridge>("f7"))->label, full_fridge().label);
  const Receipt receipt =
      good(node.write([](Transaction& t) { return t.create(ThinFridge{"f8", 3}); }));
  const ReceiptStatus decided = good(receipt.wait(ReceiptState::committed, kApiPatience));
  EXPECT_EQ(decided.state, ReceiptState::refused);
  EXPECT_THAT(decided.outcomes.at(0).text, HasSubstr("required"));
}

TEST_F(ApiModels, ModelsThatContradictEachOtherDoNotOpen) {
  NodeOptions options;
  options.models = models<Fridge, ThinFridge>();
  NodeParts parts{device_.directory, std::make_unique<MemoryStore>(), nullptr};
  const Result<Node> node = open_node(std::move(parts), options);
  EXPECT_EQ(code_of(node), ErrorCode::kUsage);
  EXPECT_THAT(node.error().message,
              HasSubstr("two types that differ are declared with the name Fridge"));
}

}  // namespace
}  // namespace syncline::testing::typed
