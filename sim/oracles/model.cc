// model: every object is, after every entry, what an independent model computes from the changesets
// (sim/model), each operation had effect or not as its outcome says, and stamps lie above all that
// their writer saw. Until the authority is restored.
#include <fmt/format.h>

#include "node/authority/state_keys.h"
#include "sim/oracles/model_compare.h"
#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

// Stamps of groups whose writer did not hold the object are not the entry's: their writes tell.
class StampFinder {
 public:
  explicit StampFinder(const ChangesetName& name) : name_(name) {}
  std::optional<Stamp> in(const ObjectEffect& effect) {
    if (effect.merge) look(effect.merge->root);
    for (const ObjectEffect::MergeEffect& change : effect.merge_effects) {
      if (change.slot) look(*change.slot);
      if (change.marks) look(*change.marks);
    }
    return found_;
  }

 private:
  void look(const std::optional<Write>& write) {
    // What followed in other schema versions may bear a later one.
    if (write && write->name == name_)
      found_ = std::min(found_.value_or(write->stamp), write->stamp);
  }
  void look(const MergeSlot& slot) {
    look(slot.write), look(slot.placed);
    for (const CounterAdd& add : slot.adds) look(std::optional(add.write));
    if (slot.scope) look(*slot.scope);
  }
  void look(const MergeScope& scope) {
    for (const Write& create : scope.creates) look(std::optional(create));
    look(scope.reset), look(scope.cleared);
    for (const MergeSlot& slot : scope.slots) look(slot);
  }

  ChangesetName name_;
  std::optional<Stamp> found_;
};

class ModelOracle : public Oracle {
 public:
  explicit ModelOracle(Grounds* grounds) : Oracle("model", grounds) {}

  // What was seen in a log that is lost is beyond the model.
  void on_fork(const Fork&) override { restored_ = true; }

  void on_entry(const Entry& entry) override {
    // The model forgets nothing; once the authority has let marks of removal go, they may differ.
    if (restored_ || past_horizon()) return;
    Result<Changeset> changeset = changeset_of(grounds(), entry);
    if (!changeset) return;
    const LogSeq base = base_of(entry, *changeset);
    check_stamp(entry, base);
    note_converted(*changeset);
    model_.add({entry, *changeset, base, horizon(), [&](const Group& group) {
                  return changeset->guards.empty() ? stamp_of(entry, group) : entry.stamp;
                }});
    for (const Outcome& outcome : entry.outcomes) {
      if (beyond_.contains(outcome.ordinal)) continue;
      const bool effective = model_.effective().contains(outcome.ordinal);
      if (effective == (outcome.verdict == Verdict::applied)) continue;
      return complain(fmt::format("{} of entry {} was {}, and by the model {}",
                                  title_of(*changeset, outcome.ordinal), entry.seq.value,
                                  name_of(outcome.verdict),
                                  effective ? "takes effect" : "does not take effect"));
    }
    for (const Group& group : changeset->groups) check(group.object, entry.seq);
  }

 private:
  // What schema versions make of one another is beyond the model: versions.cc holds that.
  void note_converted(const Changeset& changeset) {
    const Deployed* app = roster().app(history().head());
    if (app != nullptr && !app->versions->only_one()) note_converted(*app);
    beyond_.clear();
    for (const Group& group : changeset.groups)
      for (const Operation& operation : group.operations)
        if (!operation.path.empty() &&
            converted_[group.object.type].contains(operation.path.front()))
          beyond_.insert(operation.ordinal);
  }

  void note_converted(const Deployed& app) {
    std::set<TypeNumber> embedded;  // that steps are about
    for (const Migration& migration : app.versions->migrations())
      for (const Migration::Bound& step : migration.steps()) {
        embedded.insert(step.type);
        for (const auto* side : {&step.before, &step.after})
          for (const Path& place : *side) converted_[step.type].insert(place.front());
      }
    for (const uint32_t number : app.versions->numbers())
      for (const TypeDef& type : app.versions->in_force(number)->schema().types)
        for (const FieldDef& field : type.fields)
          if (field.type == ScalarType::embedded && embedded.contains(field.target))
            converted_[type.number].insert(field.number);
  }

  bool past_horizon() {
    if (past_horizon_) return true;
    auto bytes = fleet().authority.contents().get(state_keys::applied());
    if (!bytes || !*bytes) return false;
    const Result<Applied> applied = decode_applied(**bytes);
    past_horizon_ = applied && applied->horizon.value > 0;
    return past_horizon_;
  }

  static std::string_view name_of(Verdict verdict) {
    return verdict == Verdict::applied      ? "applied"
           : verdict == Verdict::superseded ? "superseded"
                                            : "refused";
  }

  std::string title_of(const Changeset& changeset, uint32_t ordinal) const {
    static constexpr const char* kNames[] = {
        "",     "create", "set", "set_default", "unset", "increment",    "insert",
        "move", "erase",  "add", "remove",      "clear", "remove_object"};
    for (const Group& group : changeset.groups)
      for (const Operation& operation : group.operations)
        if (operation.ordinal == ordinal)
          return fmt::format("operation {}, {} at {} steps in {},", ordinal,
                             kNames[static_cast<size_t>(operation.kind)], operation.path.size(),
                             sim::title_of(grounds(), group.object));
    return fmt::format("operation {}", ordinal);
  }

  void check(const ObjectName& object, LogSeq seq) {
    Place& place = model_.object(object);
    const Row* row = history().at(object, seq);
    const auto wrong = [&](std::string_view what) {
      complain(
          fmt::format("{} after entry {} {}", sim::title_of(grounds(), object), seq.value, what));
    };
    if ((row != nullptr) != place.kind.has_value())
      return wrong(row == nullptr ? "is absent, and should be there" : "should be absent");
    if (row == nullptr) return;
    Scope fields = row->fields;
    for (const Step& step : converted_[object.type]) {
      fields.erase(step);
      place.inside.erase(step);
    }
    if (auto found = compare(fields, seq, &place)) wrong(*found);
  }

  // It moves only while nothing is being decided, so the state has it as it was.
  LogSeq horizon() const {
    Result<std::optional<Bytes>> bytes = fleet().authority.contents().get(state_keys::applied());
    Result<Applied> applied = decode_applied(bytes && *bytes ? **bytes : Bytes());
    return applied ? applied->horizon : LogSeq(0);
  }

  // As far as it is of this log.
  LogSeq base_of(const Entry& entry, const Changeset& changeset) const {
    // Who expects something acts on what stands.
    if (!changeset.guards.empty()) return LogSeq(entry.seq.value - 1);
    const Cursor& base = changeset.base;
    const bool ours = base.incarnation == entry.incarnation && base.seq < entry.seq &&
                      base.hash == history().chain_at(base.seq);
    return ours ? base.seq : LogSeq(0);
  }

  Stamp stamp_of(const Entry& entry, const Group& group) const {
    // What the authority moves into a field that the schema has come to know keeps its age.
    const bool moved =
        entry.envelope.empty() && entry.envelope_back == 0 && !is_system(group.object.type);
    if (!group.blind && !moved) return entry.stamp;
    for (const ObjectEffect& effect : entry.objects)
      if (effect.object == group.object)
        if (std::optional<Stamp> found = StampFinder(entry.name).in(effect)) return *found;
    if (moved) return entry.stamp;
    // Nothing of it stands: it was early, how early is nowhere.
    return Stamp();
  }

  void check_stamp(const Entry& entry, LogSeq base) {
    const LogSeq before(entry.seq.value - 1);
    const Stamp high = before.value == 0 ? Stamp() : history().entry(before).stamp_high;
    if (entry.stamp_high != std::max(high, entry.stamp))
      complain(fmt::format("entry {} does not record the highest stamp", entry.seq.value));
    if (base.value > 0 && entry.stamp <= history().entry(base).stamp_high)
      complain(
          fmt::format("the stamp of entry {} is not above what its writer saw", entry.seq.value));
    Stamp& own = own_stamps_[{entry.name.origin, entry.name.epoch}];
    if (entry.stamp <= own)
      complain(
          fmt::format("the stamp of entry {} is not above its writer's last", entry.seq.value));
    own = entry.stamp;
  }

  bool restored_ = false;
  std::map<TypeNumber, std::set<Step>> converted_;  // top-level steps
  std::set<uint32_t> beyond_;                       // operations of this entry that are about them
  Model model_;
  bool past_horizon_ = false;
  std::map<std::pair<NodeId, Epoch>, Stamp> own_stamps_;
};

}  // namespace

std::unique_ptr<Oracle> make_model_oracle(Grounds* grounds) {
  return std::make_unique<ModelOracle>(grounds);
}

}  // namespace syncline::sim
