#include "sim/swarm/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/world/sample_fleet.h"

namespace syncline::sim {
namespace {

constexpr uint64_t kDeployPercent = 6;
constexpr uint64_t kUpdatePercent = 8;
constexpr uint64_t kEndPercent = 6;
constexpr int64_t kInForceMs = 60'000;
constexpr uint64_t kWrittenThings = 6;

// Writes to any field that the device's schema has.
class SchemaWriter {
 public:
  SchemaWriter(Random* random, Draft* draft) : random_(random), draft_(draft) {}

  Status operate() {
    const TypeDef* thing = draft_->schema().type("Thing");
    if (thing == nullptr) return {};
    const Value id(fmt::format("t{}", random_->below(kWrittenThings)));
    SYNCLINE_ASSIGN(const std::optional<Row> row, draft_->get(thing->number, id));
    if (!row || random_->chance(8)) return make(*thing, id, row.has_value());
    if (random_->chance(5)) return draft_->remove(thing->number, id);
    const FieldDef& field = thing->fields[1 + random_->below(thing->fields.size() - 1)];
    return change(*thing, id, {}, field);
  }

 private:
  Status make(const TypeDef& thing, const Value& id, bool is_there) {
    Document document{{"_id", id}};
    for (const FieldDef& field : thing.fields)
      if (field.name != "_id" && random_->chance(60)) document.set(field.name, value_of(field));
    return is_there && random_->chance(50) ? draft_->put(thing.number, document)
                                           : draft_->create(thing.number, document);
  }

  Status change(const TypeDef& thing, const Value& id, UserPath path, const FieldDef& field) {
    path.push_back(field.name);
    if (random_->chance(12)) return draft_->unset(thing.number, id, path);
    switch (field.collection) {
      case Collection::list:
        return change_list(thing, id, std::move(path), field);
      case Collection::set:
        return random_->chance(60) ? draft_->add(thing.number, id, path, scalar(field))
                                   : draft_->remove_member(thing.number, id, path, scalar(field));
      case Collection::dictionary:
        path.push_back(word());
        return draft_->set(thing.number, id, path, scalar(field));
      case Collection::none:
        break;
    }
    const TypeDef* inside =
        field.type == ScalarType::embedded ? draft_->schema().type(field.target) : nullptr;
    if (inside != nullptr && random_->chance(60))
      return change(thing, id, std::move(path),
                    inside->fields[random_->below(inside->fields.size())]);
    if (field.type == ScalarType::int64 && random_->chance(40))
      return draft_->increment(thing.number, id, path, random_->between(-5, 5));
    return draft_->set(thing.number, id, path, value_of(field));
  }

  Status change_list(const TypeDef& thing, const Value& id, UserPath path, const FieldDef& field) {
    const TypeDef* inside =
        field.type == ScalarType::embedded ? draft_->schema().type(field.target) : nullptr;
    if (random_->chance(20)) return draft_->set(thing.number, id, path, value_of(field));
    if (inside == nullptr || random_->chance(50)) {
      FieldDef element = field;
      element.collection = Collection::none;
      return draft_->insert(thing.number, id, path, 0, value_of(element));
    }
    path.push_back(uint64_t{0});
    if (random_->chance(20)) return draft_->erase(thing.number, id, path);
    return change(thing, id, std::move(path),
                  inside->fields[random_->below(inside->fields.size())]);
  }

  Value value_of(const FieldDef& field) {
    if (field.collection == Collection::none) return one(field);
    if (field.collection == Collection::dictionary) return Document{{word(), one(field)}};
    List list;
    for (uint64_t n = random_->below(3); n > 0; --n) list.elements.push_back(one(field));
    return list;
  }
  Value one(const FieldDef& field) {
    const TypeDef* inside =
        field.type == ScalarType::embedded ? draft_->schema().type(field.target) : nullptr;
    if (inside == nullptr) return scalar(field);
    Document document;
    for (const FieldDef& part : inside->fields)
      if (random_->chance(70)) document.set(part.name, value_of(part));
    return document;
  }
  Value scalar(const FieldDef& field) {
    switch (field.type) {
      case ScalarType::int64:
        return Value(random_->between(-20, 90));
      case ScalarType::boolean:
        return Value(random_->chance(50));
      case ScalarType::link:
        return Value(fmt::format("t{}", random_->below(kWrittenThings)));
      case ScalarType::mixed:
        return random_->chance(50) ? Value(random_->between(0, 9)) : Value(word());
      default:
        break;
    }
    // One word, two, or a number: what is split, merged and converted.
    if (random_->chance(30)) return Value(std::to_string(random_->below(50)));
    return Value(random_->chance(50) ? word() : word() + " " + word());
  }
  std::string word() {
    static const char* const words[] = {"ash", "birch", "cedar", "elm", "fir", "oak"};
    return words[random_->below(6)];
  }

  Random* random_;
  Draft* draft_;
};

}  // namespace

Status write_by_schema(Random* random, Draft* draft) {
  SchemaWriter writer(random, draft);
  for (uint64_t n = 1 + random->below(4); n > 0; --n)
    (void)writer.operate();  // what makes no sense locally is left out
  if (random->chance(6)) draft->set_all_or_nothing(true);
  return {};
}

Versions::Versions(Fleet* fleet, uint64_t seed)
    : fleet_(fleet), random_(seed ^ 0x7665'7273'696f'6e) {}

void Versions::begin() {
  for (auto& node : fleet_->nodes)
    if (random_.chance(85)) node->update_code(1);
}

uint32_t Versions::deployed() {
  const auto deployed = fleet_->authority.machine().deployed();
  return deployed == nullptr ? 0 : deployed->schema().version;
}

bool Versions::is_preparing() {
  const auto deployed = fleet_->authority.machine().deployed();
  return deployed != nullptr && deployed->versions->next() != nullptr;
}

void Versions::equip(NodeProcess* node) {
  const std::vector<uint32_t> in_force = numbers();
  node->update_code(in_force.empty() ? 1 : in_force[random_.below(in_force.size())]);
}

std::optional<std::string> Versions::act() {
  if (!fleet_->authority.running() || fleet_->authority.still()) return std::nullopt;
  highest = std::max(highest, deployed());
  if (random_.chance(kDeployPercent) && !is_preparing() && deployed() < kLast) {
    const uint32_t next = deployed() + 1;
    // Refused by a full disk, it is tried again another time.
    if (!fleet_->authority.deploy(sample_app_version(next))) return std::nullopt;
    return fmt::format("the operator deploys schema version {}", next);
  }
  if (random_.chance(kUpdatePercent)) return update_one();
  if (random_.chance(kEndPercent)) return end_oldest();
  return std::nullopt;
}

// If no device is of it; what one has written under it may still be on its way.
std::optional<std::string> Versions::end_oldest() {
  const std::vector<uint32_t> in_force = numbers();
  if (in_force.size() < 2 || is_preparing()) return std::nullopt;
  const uint32_t oldest = in_force.front();
  for (const auto& node : fleet_->nodes)
    if (node->schema_version() == oldest) return std::nullopt;
  const Status ended = fleet_->authority.write([&](Draft& draft) {
    return draft.remove(system_type::kApp, Value(id_of_older_app(oldest)));
  });
  if (!ended) return std::nullopt;
  return fmt::format("the operator ends schema version {}", oldest);
}

std::vector<uint32_t> Versions::numbers() {
  const auto deployed = fleet_->authority.machine().deployed();
  return deployed == nullptr ? std::vector<uint32_t>() : deployed->versions->numbers();
}

// To any version in force, an older one too.
std::optional<std::string> Versions::update_one() {
  NodeProcess& node = *fleet_->nodes[random_.below(fleet_->nodes.size())];
  std::vector<uint32_t> wanted = numbers();
  wanted.push_back(0);
  const uint32_t version = wanted[random_.below(wanted.size())];
  if (!node.running() || node.still() || node.schema_version() == version) return std::nullopt;
  node.kill();
  node.update_code(version);
  // A fault of its disk may keep it down for a while.
  if (!node.start()) return fmt::format("node {} does not start again", to_string(node.id()));
  return fmt::format(
      "node {} gets a program of {}", to_string(node.id()),
      version == 0 ? std::string("no schema version") : fmt::format("schema version {}", version));
}

Status Versions::come_to_rest() {
  uint32_t wanted = 0;
  std::map<NodeId, uint32_t> first;
  for (const auto& node : fleet_->nodes) {
    wanted = std::max(wanted, node->schema_version());
    // Two devices with one identity and programs of two versions never come to rest.
    const uint32_t known = first.emplace(node->id(), node->schema_version()).first->second;
    if (known == node->schema_version()) continue;
    if (node->running()) node->kill();
    node->update_code(known);
  }
  const int64_t until = fleet_->clock.now_ms() + kInForceMs;
  while (fleet_->clock.now_ms() < until) {
    if (!fleet_->authority.running()) SYNCLINE_TRY(fleet_->authority.start());
    highest = std::max(highest, deployed());
    if (deployed() >= wanted && !is_preparing()) return {};
    if (!is_preparing()) SYNCLINE_TRY(fleet_->authority.deploy(sample_app_version(deployed() + 1)));
    fleet_->run_for(1'000);
  }
  return fail(ErrorCode::kTimedOut,
              fmt::format("schema version {} does not come into force", wanted));
}

}  // namespace syncline::sim
