#include "node/bench/fleet.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "node/replica/subscriptions.h"
#include "proto/check.h"
#include "proto/uses.h"

namespace syncline::bench {
namespace {

constexpr const char* kUser = "bench";
constexpr uint64_t kFilledAtOnce = 1000;

// Two types of the same fields: Item, and Reading, which is asymmetric.
std::string schema_of(std::string_view type) {
  return fmt::format(R"({{
  "title": "{}", "bsonType": "object", "required": ["_id", "owner", "seq", "value", "note"],
  "properties": {{
    "_id": {{"bsonType": "objectId"}}, "owner": {{"bsonType": "string"}}, "seq": {{"bsonType": "long"}},
    "value": {{"bsonType": "double"}}, "note": {{"bsonType": "string"}}}}}})",
                     type);
}

std::string rules_of(std::string_view collection) {
  return fmt::format(R"({{
  "database": "bench", "collection": "{}",
  "roles": [{{"name": "all", "apply_when": {{}}, "document_filters": {{"read": true, "write": true}},
             "read": true, "write": true, "insert": true, "delete": true, "search": true}}]}})",
                     collection);
}

AppFiles app() {
  const std::string base = "data_sources/mongodb-atlas/";
  return {
      {"root_config.json", R"({"name": "bench", "config_version": 20210101})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "bench/items/schema.json", schema_of("Item")},
      {base + "bench/items/rules.json", rules_of("items")},
      {base + "bench/readings/schema.json", schema_of("Reading")},
      {base + "bench/readings/rules.json", rules_of("readings")},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "bench",
          "asymmetric_tables": ["Reading"]})"}};
}

Status decided(const Result<Decision>& decision) {
  if (!decision) return std::unexpected(decision.error());
  if (decision->state != DecisionState::refused) return {};
  return fail(ErrorCode::kInternal,
              decision->outcomes.empty() ? "refused" : decision->outcomes[0].text);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  const char* base = std::getenv("TMPDIR");
  path_ = fmt::format("{}/syncline-bench-XXXXXX", base == nullptr ? "/tmp" : base);
  CHECK(mkdtemp(path_.data()) != nullptr, "no temporary directory");
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<Fleet>> Fleet::start() {
  std::unique_ptr<Fleet> fleet(new Fleet);
  StoreConfig config;
  config.role = StoreRole::authority;
  config.listen = "tcp://127.0.0.1:*";
  // Some nodes only write, and are told nothing of it.
  config.writes_outside_subscriptions = WritesOutside::accept;
  SYNCLINE_ASSIGN(StoreDirectory directory,
                  create_store_directory(fleet->path() + "/authority", config));
  SYNCLINE_TRY(AuthorityDaemon::initialise(directory, app()));
  SYNCLINE_ASSIGN(fleet->authority_, AuthorityDaemon::open(std::move(directory)));
  SYNCLINE_TRY(fleet->authority_->listen());
  SYNCLINE_TRY(decided(fleet->authority_->write([](Draft& draft) {
    return draft.put(system_type::kUser,
                     Document{{"_id", kUser}, {"data", Document{}}, {"custom_data", Document{}}});
  })));
  return fleet;
}

Fleet::~Fleet() {
  if (authority_ != nullptr) authority_->stop();
}

Result<Enrolled> Fleet::enrol(bool subscribed) {
  StoreConfig config;
  config.role = StoreRole::node;
  config.authority = authority_->endpoint();
  config.server_key = server_key();
  const std::string name = fmt::format("node{}", ++enrolled_);
  SYNCLINE_ASSIGN(StoreDirectory directory, create_store_directory(path() + "/" + name, config));
  const NodeKeys& keys = directory.keys;
  SYNCLINE_TRY(decided(authority_->write([&](Draft& draft) -> Status {
    return draft.put(system_type::kNode,
                     Document{{"_id", to_string(keys.id)},
                              {"name", name},
                              {"user", kUser},
                              {"node_key", to_string(keys.link.public_key)},
                              {"identity_key", identity_key_text(keys.identity_public)}});
  })));
  if (subscribed) {
    SYNCLINE_TRY(decided(authority_->write([&](Draft& draft) -> Status {
      SYNCLINE_TRY(subscribe(&draft, keys.id, std::nullopt, "Item", ""));
      return {};
    })));
  }
  return Enrolled{directory.path, directory.keys};
}

Status Fleet::fill(uint64_t count) {
  for (uint64_t n = 0; n < count;) {
    const uint64_t end = std::min(count, n + kFilledAtOnce);
    const TypeDef* type = authority_->deployed()->schema().type("Item");
    SYNCLINE_TRY(decided(authority_->write([&](Draft& draft) -> Status {
      for (uint64_t i = n; i < end; ++i) SYNCLINE_TRY(draft.create(type->number, item(i)));
      return {};
    })));
    n = end;
  }
  return {};
}

// As drivers make them: the second, five bytes of the process, a count. So they rise.
ObjectId item_id(uint64_t n) {
  constexpr uint32_t kBegin = 0x67000000;
  constexpr uint64_t kASecond = 10'000;
  ObjectId id;
  const uint32_t time = kBegin + static_cast<uint32_t>(n / kASecond);
  for (int i = 0; i < 4; ++i) id.bytes[i] = static_cast<uint8_t>(time >> (24 - 8 * i));
  for (int i = 4; i < 9; ++i) id.bytes[i] = static_cast<uint8_t>(0xb5 + i);
  for (int i = 0; i < 3; ++i) id.bytes[9 + i] = static_cast<uint8_t>(n >> (16 - 8 * i));
  return id;
}

namespace {

// 64 characters that do not compress better than text does.
std::string note_of(uint64_t n) {
  std::string note;
  for (uint64_t i = 1; i <= 4; ++i)
    note += fmt::format("{:016x}", (n + i) * 0xd1342543de82ef95u * i);
  return note;
}

}  // namespace

Document item(uint64_t n) {
  return Document{
      {"_id", item_id(n)},
      {"owner", fmt::format("owner-{:010}", n % 1000)},
      {"seq", static_cast<int64_t>(n)},
      {"value", static_cast<double>(n) * 0.25},
      {"note", note_of(n)},
  };
}

}  // namespace syncline::bench
