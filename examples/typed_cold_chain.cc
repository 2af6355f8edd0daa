// Objects as structs: a technician's visit to a fridge of examples/cold_chain.
//
//   typed_cold_chain STORE     a directory that `syncline init --node` made, of a node enrolled for
//                              a manager
//
// The structs know a part of what the authority's types have, which is enough.
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "syncline/objects.h"

namespace cold_chain {

using syncline::field;

struct Range {
  double low = 1;
  double high = 5;
};
constexpr auto schema_of(syncline::Model<Range>) {
  return syncline::embedded_schema("TemperatureRange", field("low", &Range::low),
                                   field("high", &Range::high));
}

struct Shelf {
  std::optional<std::string> label;
  std::optional<int32_t> litres;
  std::vector<std::string> products;
};
constexpr auto schema_of(syncline::Model<Shelf>) {
  return syncline::embedded_schema("Shelf", field("label", &Shelf::label),
                                   field("litres", &Shelf::litres),
                                   field("products", &Shelf::products));
}

struct Store {
  std::string id;
  std::string name;
  std::string region;
};
constexpr auto schema_of(syncline::Model<Store>) {
  return syncline::object_schema("Store", field("_id", &Store::id), field("name", &Store::name),
                                 field("region", &Store::region));
}

struct Fridge {
  std::string id;
  std::string name;
  std::string kind;
  bool in_service = true;
  syncline::Link<Store> store;
  std::optional<std::chrono::system_clock::time_point> installed;
  std::optional<Range> range;
  std::optional<double> celsius;
  syncline::Counter door_openings;
  std::vector<Shelf> shelves;
  std::map<std::string, syncline::Value> settings;
  std::set<std::string> tags;
};
constexpr auto schema_of(syncline::Model<Fridge>) {
  using syncline::defaulted;
  return syncline::object_schema(
      "Fridge", field("_id", &Fridge::id), field("name", &Fridge::name),
      field("kind", &Fridge::kind), field("in_service", &Fridge::in_service),
      field("store", &Fridge::store), field("installed", &Fridge::installed),
      field("range", &Fridge::range), field("last_celsius", &Fridge::celsius),
      field("door_openings", &Fridge::door_openings, defaulted), field("shelves", &Fridge::shelves),
      field("settings", &Fridge::settings), field("tags", &Fridge::tags));
}

}  // namespace cold_chain

using namespace std::chrono_literals;
using namespace syncline;
using cold_chain::Fridge;
using cold_chain::Store;

// Visits the first fridge that is in service, and says what became of it.
static Result<ReceiptStatus> run(const char* directory) {
  NodeOptions options;
  options.models = models<Fridge, Store>();
  SYNCLINE_ASSIGN(Node node, Node::open(directory, std::move(options)));
  SYNCLINE_TRY(node.wait_for_download(30s));
  for (const SchemaDifference& difference : node.status().schema_differences)
    std::printf("differs: %s\n", to_text(difference).c_str());
  SYNCLINE_TRY(node.subscribe("Store", "", {.name = "stores", .wait = WaitMode::always}));
  SYNCLINE_TRY(node.subscribe(where(&Fridge::in_service) == true,
                              {.name = "in service", .wait = WaitMode::always}));

  SYNCLINE_ASSIGN(const TypedResults<Fridge> cold,
                  node.query<Fridge>(where(&Fridge::celsius) < 5.0 && any(&Fridge::tags) != ""));
  SYNCLINE_ASSIGN(const uint64_t count, cold.size());
  std::printf("%d with a tag are below five degrees\n", static_cast<int>(count));

  SYNCLINE_ASSIGN(const TypedResults<Fridge> all, node.query<Fridge>());
  SYNCLINE_ASSIGN(const std::optional<Fridge> first, all.first());
  if (!first) return fail(ErrorCode::kNotFound, "there is no fridge in service");
  SYNCLINE_ASSIGN(const std::optional<Store> store, node.follow(first->store));
  std::printf("%s of %s, opened %lld times\n", first->name.c_str(),
              store ? store->name.c_str() : "no store",
              static_cast<long long>(first->door_openings.value()));

  // What it changes is written, and nothing else: what others change meanwhile stands beside it.
  SYNCLINE_ASSIGN(const Receipt receipt, node.write([&](Transaction& transaction) {
    return transaction.update<Fridge>(first->id, [](Fridge& fridge) {
      fridge.celsius = 3.5;
      fridge.door_openings += 2;
      fridge.tags.insert("visited");
      fridge.settings["fan"] = "low";
      fridge.shelves.push_back({.label = "door", .litres = 20, .products = {"milk"}});
    });
  }));
  return receipt.wait(ReceiptState::committed, 30s);
}

int main(int count, char** arguments) {
  const Result<ReceiptStatus> done = run(count > 1 ? arguments[1] : ".");
  if (!done) {
    std::fprintf(stderr, "typed_cold_chain: %s\n", done.error().message.c_str());
    return exit_code_of(done.error().code);
  }
  std::printf("%s\n", std::string(name_of(done->state)).c_str());
  for (const OperationOutcome& outcome : done->outcomes) std::printf("%s\n", outcome.text.c_str());
}
