#include "sim/swarm/workload.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/model/documents.h"
#include "sim/world/sample_fleet.h"

namespace syncline::sim {
namespace {

constexpr int kThings = 6;
constexpr int kRules = 3;
constexpr size_t kManyOperations = 40;
constexpr int64_t kRemovedMax = 1;
constexpr int kGuardedPercent = 8;
constexpr int kUndeclaredPercent = 20;
constexpr int kReadingPercent = 15;

class Writer {
 public:
  Writer(Fleet* fleet, Random* random, Draft* draft)
      : random_(random), draft_(draft), thing_(fleet->type("Thing")), rule_(fleet->type("Rule")) {}

  Status operate() {
    if (random_->chance(12)) return write_rule();
    if (random_->chance(20)) return write_inside();
    const Value id(fmt::format("t{}", random_->below(kThings)));
    SYNCLINE_ASSIGN(std::optional<Row> row, draft_->get(thing_, id));
    if (!row) return draft_->create(thing_, new_thing(id));
    switch (random_->below(16)) {
      case 0:
        return draft_->remove(thing_, id);
      case 1:
        return draft_->create(thing_, new_thing(id));
      case 2:
        return draft_->put(thing_, new_thing(id));
      case 3:
        return draft_->set(thing_, id, {"checked"}, true);
      case 4:
        // Too long for the schema, now and then.
        return draft_->set(thing_, id, {"name"},
                           random_->chance(15) ? std::string(60, 'x') : word());
      case 5:
        return draft_->unset(thing_, id, {"name"});
      case 6:
        return draft_->increment(thing_, id, {"count"}, random_->between(-5, 5));
      case 7:
        return draft_->set(thing_, id, {"count"}, int64_t(random_->below(100)));
      case 8:
        return draft_->insert(thing_, id, {"notes"}, 0, word());
      case 9:
        return random_->chance(50) ? draft_->erase(thing_, id, {"notes", uint64_t{0}})
                                   : draft_->move(thing_, id, {"notes"}, 0, 1);
      case 10:
        return draft_->add(thing_, id, {"tags"}, word());
      case 11:
        return draft_->remove_member(thing_, id, {"tags"}, word());
      case 12: {
        const auto value = int64_t(random_->below(10));
        return draft_->set(thing_, id, {"labels", word()}, value);
      }
      case 13:
        return draft_->set(thing_, id, {"place"},
                           Document{{"shelf", int64_t(random_->below(9))}, {"row", word()}});
      case 14:
        return draft_->clear(thing_, id, {random_->chance(50) ? "notes" : "labels"});
      default:
        return draft_->set(thing_, id, {"anything"}, anything());
    }
  }

 private:
  // Embedded objects in lists, links, defaults, and values inside a mixed field.
  Status write_inside() {
    const Value id(fmt::format("t{}", random_->below(kThings)));
    switch (random_->below(10)) {
      case 0:
        return draft_->insert(thing_, id, {"parts"}, 0,
                              Document{{"code", word()}, {"amount", int64_t(1)}});
      case 1:
        return draft_->set(thing_, id, {"parts", uint64_t{0}, "code"}, word());
      case 2:
        return draft_->increment(thing_, id, {"parts", uint64_t{0}, "amount"},
                                 random_->between(1, 9));
      case 3:
        return draft_->insert(thing_, id, {"parts", uint64_t{0}, "marks"}, 0, word());
      case 4:
        return draft_->erase(thing_, id, {"parts", uint64_t{0}});
      case 5:
        return draft_->set(thing_, id, {"next"}, fmt::format("t{}", random_->below(kThings)));
      case 6: {
        const std::string value = word();
        return draft_->set_default(thing_, id, {random_->chance(50) ? "name" : "secret"}, value);
      }
      case 7:
        return draft_->set(thing_, id, {"anything", "a"}, word());
      case 8:
        return draft_->set(thing_, id, {"place", "row"}, word());
      default:
        return random_->chance(50)
                   ? draft_->unset(thing_, id, {"place"})
                   : draft_->set_new(thing_, id, {"anything"},
                                     random_->chance(50) ? NewScope::list : NewScope::dictionary);
    }
  }
  std::string word() {
    static const char* const words[] = {"ash", "birch", "cedar", "elm", "fir", "oak"};
    return words[random_->below(6)];
  }
  Value anything() {
    switch (random_->below(4)) {
      case 0:
        return Value();
      case 1:
        return int64_t(random_->below(50));
      case 2:
        return List{word(), int64_t(1)};
      default:
        return Document{{"a", word()}, {"b", List{word()}}};
    }
  }
  Document new_thing(const Value& id) {
    Document thing{{"_id", id}, {"name", word()}, {"count", int64_t(random_->below(10))}};
    if (random_->chance(60)) thing.set("notes", List{word(), word()});
    if (random_->chance(60)) thing.set("tags", List{word()});
    if (random_->chance(60)) thing.set("labels", Document{{word(), int64_t(1)}});
    if (random_->chance(10)) thing.set("secret", word());
    if (random_->chance(40)) thing.set("next", fmt::format("t{}", random_->below(kThings)));
    return thing;
  }
  Status write_rule() {
    const Value id(int64_t(random_->below(kRules)));
    SYNCLINE_ASSIGN(std::optional<Row> row, draft_->get(rule_, id));
    if (!row) return draft_->create(rule_, Document{{"_id", id}, {"text", word()}});
    if (random_->chance(30)) return draft_->remove(rule_, id);
    return random_->chance(60) ? draft_->set(rule_, id, {"text"}, word())
                               : draft_->set(rule_, id, {"count"}, int64_t(random_->below(9)));
  }

  Random* random_;
  Draft* draft_;
  TypeNumber thing_;
  TypeNumber rule_;
};

// Some transactions expect something: what is there, as people who want to be the only one do. From
// a stream of its own, so that nothing else is drawn otherwise.
void expect_something(Fleet* fleet, Draft* draft) {
  const ChangesetName& name = draft->name();
  Random random(name.epoch.value * 0x9e3779b97f4a7c15 + name.number);
  if (!random.chance(kGuardedPercent)) return;
  const TypeNumber thing = fleet->type("Thing");
  for (uint64_t i = 1 + random.below(2); i > 0; --i) {
    const Value id(fmt::format("t{}", random.below(kThings)));
    Result<std::optional<Row>> row = draft->get(thing, id);
    if (!row) return;
    if (!*row || random.chance(20)) {
      (void)(*row ? draft->expect_present(thing, id) : draft->expect_absent(thing, id));
      continue;
    }
    static const char* const kFields[] = {"count", "name", "secret", "notes", "place", "anything"};
    const char* field = kFields[random.below(std::size(kFields))];
    const Document shown = document_of_object(draft->schema(), thing, **row);
    const Value* value = shown.find(field);
    (void)draft->expect(thing, id, {field}, value == nullptr ? Value() : *value);
  }
}

// Fields that are outside the schema until it grows. From a stream of its own, likewise.
void write_what_may_be_declared(Fleet* fleet, Draft* draft) {
  const ChangesetName& name = draft->name();
  Random random(name.epoch.value * 0xbf58476d1ce4e5b9 + name.number);
  if (!random.chance(kUndeclaredPercent)) return;
  const TypeNumber thing = fleet->type("Thing");
  const Value id(fmt::format("t{}", random.below(kThings)));
  static const char* const kColours[] = {"red", "green", "blue"};
  const Value colour = random.chance(85) ? Value(kColours[random.below(3)])
                                         : Value(static_cast<int64_t>(random.below(4)));
  if (random.chance(25)) {
    (void)draft->set(thing, id, {"parts", uint64_t{0}, "made"}, colour);
  } else if (random.chance(80)) {
    (void)draft->set(thing, id, {"colour"}, colour);
  } else if (random.chance(50)) {
    (void)draft->unset(thing, id, {"colour"});
  } else {
    (void)draft->set(thing, id, {"grade"}, static_cast<int64_t>(random.below(9)));
  }
}

// Some transactions insert readings, of which two nodes may choose one _id. From a stream of its
// own, likewise.
void insert_readings(Fleet* fleet, Draft* draft) {
  const ChangesetName& name = draft->name();
  Random random(name.epoch.value * 0xd6e8feb86659fd93 + name.number);
  if (!random.chance(kReadingPercent)) return;
  const TypeNumber reading = fleet->type("Reading");
  for (uint64_t i = 1 + random.below(3); i > 0; --i) {
    const std::string id = random.chance(25) ? fmt::format("r{}", random.below(6))
                                             : fmt::format("{}/{}", to_string(name), i);
    (void)draft->create(reading, Document{{"_id", id},
                                          {"celsius", int64_t(random.below(100))},
                                          {"marks", List{"cold", "wet"}}});
    // Which the node refuses.
    if (random.chance(20)) (void)draft->remove(reading, Value(id));
  }
}

// Once it has grown it stays so: less would break devices.
bool grows(const Fleet& fleet) {
  if (fleet.schema().type("Thing")->field("colour") != nullptr) return true;
  return Random(static_cast<uint64_t>(fleet.clock.now_ms()) * 0x94d049bb133111eb).chance(50);
}

}  // namespace

Status write_something(Fleet* fleet, bool growing, Random* random, Draft* draft) {
  expect_something(fleet, draft);
  if (growing) write_what_may_be_declared(fleet, draft);
  Writer writer(fleet, random, draft);
  const uint64_t operations = random->chance(3) ? kManyOperations : 1 + random->below(4);
  for (uint64_t i = 0; i < operations; ++i)
    (void)writer.operate();  // what makes no sense locally is left out
  insert_readings(fleet, draft);
  if (random->chance(6)) draft->set_all_or_nothing(true);
  return {};
}

void look_at_journal(NodeProcess* node, Random* random) {
  Result<std::vector<JournalRecord>> journal = read_journal(node->contents());
  if (!journal || journal->empty()) return;
  const ChangesetName name = (*journal)[random->below(journal->size())].name;
  if (random->chance(50)) {
    node->retry(name);
  } else {
    node->discard(name);
  }
}

std::optional<std::string> operate_fleet(Fleet* fleet, bool filtering, Random* random) {
  if (!fleet->authority.running() || fleet->authority.still()) return std::nullopt;
  if (filtering && random->chance(30)) {
    const bool filtered = random->chance(60);
    const bool grown = grows(*fleet);
    if (!fleet->deploy(sample_app(filtered, grown))) return std::nullopt;
    return fmt::format("rules {} are deployed{}",
                       filtered ? "with conditions" : "without conditions",
                       grown ? ", with more fields" : "");
  }
  if (random->chance(80)) {
    const bool manager = random->chance(50);
    if (!fleet->set_user({kWorker, {}, Document{{"manager", manager}}})) return std::nullopt;
    return fmt::format("workers are {}", manager ? "managers now" : "workers again");
  }
  // The first three stay: somebody has to be left.
  const int64_t removed =
      std::count_if(fleet->nodes.begin(), fleet->nodes.end(),
                    [&](const auto& node) { return fleet->is_removed(node->id()); });
  if (fleet->nodes.size() <= 3 || removed >= kRemovedMax) return std::nullopt;
  NodeProcess& node = *fleet->nodes.back();
  if (!fleet->remove(node)) return std::nullopt;
  return fmt::format("node {} is removed", to_string(node.id()));
}

}  // namespace syncline::sim
