#include "sim/swarm/workload.h"

#include <fmt/format.h>

namespace syncline::sim {
namespace {

constexpr int kThings = 6;
constexpr int kRules = 3;

class Writer {
 public:
  Writer(Fleet* fleet, Random* random, Draft* draft)
      : random_(random), draft_(draft), thing_(fleet->type("Thing")), rule_(fleet->type("Rule")) {}

  Status operate() {
    if (random_->chance(12)) return write_rule();
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
        return draft_->set(thing_, id, {"name"}, word());
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
      case 12:
        return draft_->set(thing_, id, {"labels", word()}, int64_t(random_->below(10)));
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
    return thing;
  }
  Status write_rule() {
    const Value id(int64_t(random_->below(kRules)));
    SYNCLINE_ASSIGN(std::optional<Row> row, draft_->get(rule_, id));
    if (!row) return draft_->create(rule_, Document{{"_id", id}, {"text", word()}});
    return random_->chance(30) ? draft_->remove(rule_, id)
                               : draft_->set(rule_, id, {"text"}, word());
  }

  Random* random_;
  Draft* draft_;
  TypeNumber thing_;
  TypeNumber rule_;
};

}  // namespace

Status write_something(Fleet* fleet, NodeProcess*, Random* random, Draft* draft) {
  Writer writer(fleet, random, draft);
  const uint64_t operations = 1 + random->below(4);
  for (uint64_t i = 0; i < operations; ++i)
    (void)writer.operate();  // what makes no sense locally is left out
  return {};
}

}  // namespace syncline::sim
