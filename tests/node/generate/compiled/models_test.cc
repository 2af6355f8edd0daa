// Generated C++: it compiles, says what the app says, and objects go through it and come back, by
// documents and by a node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generated/cold_chain/models.h"
#include "generated/every_type/models.h"
#include "generated/hostile/models.h"
#include "node/model/app.h"
#include "node/model/documents.h"
#include "node/model/schema_comparison.h"
#include "node/model/validator.h"
#include "tests/node/runtime/api_fleet.h"

namespace syncline::generate {
namespace {

using ::testing::IsEmpty;

namespace every = every_type_models;
namespace cold = cold_chain_models;

const std::string kApps = SYNCLINE_SOURCE_DIR "/tests/node/generate/apps/";
const std::string kColdChain = SYNCLINE_SOURCE_DIR "/examples/cold_chain";

std::shared_ptr<const App> app_in(const std::string& directory) {
  AppReport report;
  std::shared_ptr<const App> app = load_app(*read_app_directory(directory), &report);
  EXPECT_NE(app, nullptr) << print_report({report});
  return app;
}

// What code and app disagree about, a line each.
std::string differences(const DeclaredSchema& declared, const std::string& directory) {
  const Status sound = check_declared(declared);
  std::string text = sound ? "" : sound.error().message + "\n";
  for (const SchemaDifference& one : compare_schemas(declared, app_in(directory)->schema))
    text += to_text(one) + "\n";
  return text;
}

// Through the store's form of an object and back; what the schema finds wrong is told.
template <class T>
T stored(const App& app, const T& object) {
  const TypeDef* type = app.schema.type(name_of_model<T>());
  const Result<ObjectDocument> made =
      object_of_document(app.schema, type->number, to_document(object), {});
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  if (!made) return {};
  const auto validator = Validator::compile(app);
  for (const Violation& violation : (*validator)->check(type->number, made->fields))
    ADD_FAILURE() << violation.text;
  const Row row{made->id, LogSeq(1), LogSeq(1), made->fields};
  const Result<T> back = from_document<T>(document_of_object(app.schema, type->number, row));
  EXPECT_TRUE(back.has_value()) << (back ? "" : back.error().message);
  return back.value_or(T{});
}

every::Everything everything() {
  const ObjectId oid{{1, 2, 3}};
  const Uuid uuid{{4, 5, 6}};
  const Binary bytes{0, std::string("a\0b", 3)};
  const Date date{-1, 999'000'000};
  const Decimal128 decimal{0x3040000000000000, 42};
  every::Everything all;
  all.id = oid;
  all.required_bool = true;
  all.required_int = -7;
  all.required_long = 9'007'199'254'740'993;
  all.required_double = 0.1;
  all.required_string = "\"quoted\"";
  all.required_binary = bytes;
  all.required_date = date;
  all.required_object_id = oid;
  all.required_uuid = uuid;
  all.required_decimal = decimal;
  all.optional_bool = false;
  all.optional_int = 1;
  all.optional_date = date;
  all.optional_decimal = decimal;
  all.list_of_bool = {true, false};
  all.list_of_int = {1, 1};
  all.list_of_uuid = {uuid};
  all.list_of_binary = {bytes, bytes};
  all.set_of_string = {"a", "b"};
  all.set_of_uuid = {uuid};
  all.set_of_date = {date};
  all.dictionary_of_long = {{"a", 1}, {"b", -1}};
  all.dictionary_of_decimal = {{"a", decimal}};
  all.anything = Document{{"a", List{1, "b", Null()}}};
  all.list_of_anything = {Value(1), Value("a"), Value()};
  all.dictionary_of_anything = {{"a", Value(int64_t{1})}, {"b", Value()}};
  all.list_of_maybe_string = {"a", std::nullopt};
  all.dictionary_of_maybe_double = {{"a", 1.5}, {"b", std::nullopt}};
  all.any_number = decimal;
  all.moment = Timestamp{1, 2};
  all.pattern = Regex{"a", "i"};
  return all;
}

every::Person ada() {
  every::Person person;
  person.id = "ada";
  person.name = "Ada";
  person.best_friend = Link<every::Person>::to(std::string("grace"));
  person.friends = {Link<every::Person>::to(std::string("grace")),
                    Link<every::Person>::to(std::string("grace"))};
  person.colleagues = {Link<every::Person>::to(std::string("edith"))};
  person.relatives = {{"mother", Link<every::Person>::to(std::string("anne"))}};
  person.home =
      every::Person_home{.rooms = {{.name = "library", .square_metres = 40.5}}, .street = {}};
  person.position = every::Position{.coordinates = {-0.13, 51.5}};
  person.phones = {{"home", every::Phone{.number = "1", .owner = person}}};
  person.visits = 3;
  return person;
}

TEST(GeneratedModels, SayWhatTheAppSays) {
  EXPECT_THAT(differences(models<every::Everything, every::Person, every::Measurement,
                                 every::Setting, every::Date, every::OrderItems>(),
                          kApps + "every_type"),
              IsEmpty());
  EXPECT_THAT(differences(models<cold::Alert, cold::Fridge, cold::Member, cold::Reading,
                                 cold::Store, cold::WorkOrder>(),
                          kColdChain),
              IsEmpty());
}

TEST(GeneratedModels, OfEveryTypeComeBack) {
  const auto app = app_in(kApps + "every_type");
  EXPECT_EQ(stored(*app, everything()), everything());
  EXPECT_EQ(stored(*app, ada()), ada());
  EXPECT_EQ(stored(*app, every::Setting{}).greeting, "say \"hi\" for $5\\now\n");
}

TEST(GeneratedModels, OfTheExampleComeBack) {
  const auto app = app_in(kColdChain);
  cold::Alert alert;
  alert.kind = "too_warm";
  alert.severity = "info";
  alert.comments = {{.at = Date{1, 0}, .author = {}, .text = "warm"}};
  EXPECT_EQ(alert.state, "open");
  EXPECT_EQ(stored(*app, alert), alert);
}

TEST(GeneratedModels, OfAHostileAppAreOnlyNames) {
  const auto app = app_in(kApps + "hostile");
  hostile_models::ItSQuotedX object;
  object.id = "a";
  object.quote_name = "b";
  EXPECT_EQ(object.described00, "*/ int broken; /*");
  EXPECT_EQ(to_document(object).find("quote\" name")->get<std::string>(), "b");
}

TEST(GeneratedModels, GoThroughANode) {
  testing::api::ApiFleet fleet(*read_app_directory(kApps + "every_type"));
  const auto device = fleet.enrol("laptop", "worker");
  NodeOptions options;
  options.models = models<every::Everything, every::Person>();
  Node node = fleet.open(device, options);
  testing::api::wait_for_schema(&node);
  for (const char* type : {"Everything", "Person"}) {
    SubscribeOptions subscribe;
    subscribe.wait = WaitMode::first_time;
    subscribe.timeout = testing::api::kApiPatience;
    testing::api::good(node.subscribe(type, "", subscribe));
  }
  const Receipt receipt = testing::api::good(node.write([](Transaction& transaction) -> Status {
    SYNCLINE_TRY(transaction.put(everything()));
    return transaction.put(ada());
  }));
  const ReceiptStatus status =
      testing::api::good(receipt.wait(ReceiptState::committed, testing::api::kApiPatience));
  EXPECT_EQ(status.state, ReceiptState::committed);
  EXPECT_EQ(testing::api::good(node.get<every::Everything>(everything().id)), everything());
  EXPECT_EQ(testing::api::good(node.get<every::Person>("ada")), ada());
}

}  // namespace
}  // namespace syncline::generate
