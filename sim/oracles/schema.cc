// schema: every object that an entry leaves behind fits the schema in force at that entry.
#include <fmt/format.h>

#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

class SchemaOracle : public Oracle {
 public:
  explicit SchemaOracle(Grounds* grounds) : Oracle("schema", grounds) {}

  void on_entry(const Entry& entry) override {
    const LogSeq judged_at(entry.seq.value - 1);
    for (const ObjectEffect& effect : entry.objects) {
      const ObjectName& object = effect.object;
      const Row* after = history().at(object, entry.seq);
      if (is_system(object.type) || after == nullptr || after->changed != entry.seq) continue;
      const Deployed* deployed = roster().app(judged_at);
      const SchemaVersion* version =
          deployed == nullptr ? nullptr : deployed->versions->judging(object.type);
      if (version == nullptr)
        return complain(fmt::format("entry {} makes an object of no type", entry.seq.value));
      const Row* before = history().at(object, judged_at);
      // What an older schema let in may stay as it is.
      const std::vector<Step> touched = changed_steps(before, after);
      auto violations = version->validator->check(object.type, after->fields,
                                                  before == nullptr ? nullptr : &touched);
      if (after->born == entry.seq)
        for (Violation& violation : version->validator->check_id(object.type, after->id))
          violations.push_back(std::move(violation));
      if (!violations.empty())
        return complain(fmt::format("{} does not fit its schema after entry {}: {}",
                                    title_of(grounds(), object), entry.seq.value,
                                    violations.front().text));
    }
  }
};

}  // namespace

std::unique_ptr<Oracle> make_schema_oracle(Grounds* grounds) {
  return std::make_unique<SchemaOracle>(grounds);
}

}  // namespace syncline::sim
