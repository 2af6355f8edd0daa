// versions: after every entry each object that it touched says the same in every schema version in
// force: each step of a migration holds in one direction at least; and what was written and took
// effect stands as it was written, while what nobody wrote, nor what it follows from, is as it was.
// So whoever wrote, of whichever version his program is, the others read what he wrote, or what
// stands for it.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "proto/extended_json.h"
#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

// One step of a migration, in every place of an object that it is for.
class StepCheck {
 public:
  StepCheck(const Migration& migration, const Migration::Bound& step, TypeNumber type,
            const Row& row)
      : migration_(migration), step_(step), type_(type), row_(row) {}

  bool holds() { return holds_in(type_, row_.fields); }

 private:
  bool holds_in(TypeNumber type, const Scope& scope) {
    if (type == step_.type && is_housed(step_.before) && is_housed(step_.after) &&
        follows(step_.before) && follows(step_.after))
      return false;
    const auto inside = migration_.embedding().find(type);
    if (inside == migration_.embedding().end()) return true;
    for (const Child& child : scope.children) {
      const FieldNumber* number = std::get_if<FieldNumber>(&child.step);
      const auto target = number == nullptr ? inside->second.end() : inside->second.find(*number);
      if (target == inside->second.end() || !child.item.is_scope()) continue;
      at_.push_back(child.step);
      const bool held = holds_in_item(target->second, *child.item.scope());
      at_.pop_back();
      if (!held) return false;
    }
    return true;
  }

  bool holds_in_item(TypeNumber type, const Scope& scope) {
    if (scope.kind == ScopeKind::object) return holds_in(type, scope);
    for (const Child& element : scope.children) {
      if (!element.item.is_scope() || element.item.scope()->kind != ScopeKind::object) continue;
      at_.push_back(element.step);
      const bool held = holds_in(type, *element.item.scope());
      at_.pop_back();
      if (!held) return false;
    }
    return true;
  }

  // Had these fields been written as they stand, would the other side be another? Nothing follows
  // in an embedded object that is not there.
  bool follows(const std::vector<Path>& written) const {
    std::vector<Path> places;
    for (const Path& field : written) places.push_back(in_object(field));
    return !derive({migration_}, type_, row_.fields, places).empty();
  }
  bool is_housed(const std::vector<Path>& fields) const {
    return std::ranges::all_of(fields, [&](const Path& field) {
      Path around = in_object(field);
      around.pop_back();
      return find_scope(row_.fields, around) != nullptr;
    });
  }
  Path in_object(const Path& field) const {
    Path place = at_;
    place.insert(place.end(), field.begin(), field.end());
    return place;
  }

  const Migration& migration_;
  const Migration::Bound& step_;
  TypeNumber type_;
  const Row& row_;
  Path at_;
};

class VersionsOracle : public Oracle {
 public:
  explicit VersionsOracle(Grounds* grounds) : Oracle("versions", grounds) {}

  void on_entry(const Entry& entry) override {
    const Deployed* app = roster().app(LogSeq(entry.seq.value - 1));
    if (app == nullptr || app->versions->only_one()) return;
    if (Result<Changeset> changeset = changeset_of(grounds(), entry)) {
      // Of the authority's own are the conversions, which write what nobody wrote.
      const bool own = entry.envelope.empty() && entry.envelope_back == 0;
      for (const Group& group : changeset->groups)
        if (!is_system(group.object.type) && !own) check_written(*app, entry, group);
    }
    for (const ObjectEffect& effect : entry.objects) {
      const Row* row = history().at(effect.object, entry.seq);
      if (row != nullptr && !is_system(effect.object.type)) check(*app, effect.object, *row);
    }
  }

  void at_end() override {
    const LogSeq head = history().head();
    const Deployed* app = roster().app(head);
    if (app == nullptr || app->versions->only_one()) return;
    for (const TypeDef& type : app->schema().types)
      if (!is_system(type.number) && !type.embedded)
        for (const auto& [key, row] : history().all_at(type.number, head))
          check(*app, {type.number, key}, *row);
  }

 private:
  static std::string text_of(const Row& row, const std::vector<Path>& places) {
    std::string out;
    for (const Path& place : places) {
      const Item* item = find_item(row.fields, place);
      out += out.empty() ? "" : ", ";
      out += item == nullptr ? std::string("nothing")
                             : print_extended_json(value_of(*item), JsonForm::relaxed);
    }
    return out;
  }

  // Of top-level fields with one value, which nothing else of the group is about. (Onto a number
  // may come increments that its writer had not seen.)
  void check_written(const Deployed& app, const Entry& entry, const Group& group) {
    const Row* row = history().at(group.object, entry.seq);
    const Row* before = history().at(group.object, LogSeq(entry.seq.value - 1));
    if (row == nullptr || before == nullptr) return;
    std::map<Step, size_t> about;
    for (const Operation& operation : group.operations) {
      if (operation.path.empty()) return;
      ++about[operation.path.front()];
    }
    for (const Operation& operation : group.operations) {
      if (operation.kind != OperationKind::set || operation.path.size() != 1 || !operation.item ||
          operation.item->is_scope() || operation.item->value().is_integer() ||
          about[operation.path.front()] != 1)
        continue;
      const auto outcome = std::ranges::find(entry.outcomes, operation.ordinal, &Outcome::ordinal);
      if (outcome == entry.outcomes.end() || outcome->verdict != Verdict::applied) continue;
      const Item* stands = find_item(row->fields, operation.path);
      if (stands == nullptr || *stands != *operation.item)
        return complain(fmt::format("{} was written {} in entry {}, as field {}, and is {}",
                                    title_of(grounds(), group.object),
                                    print_extended_json(operation.item->value(), JsonForm::relaxed),
                                    entry.seq.value,
                                    std::holds_alternative<FieldNumber>(operation.path[0])
                                        ? std::get<FieldNumber>(operation.path[0]).value
                                        : 0,
                                    text_of(*row, {operation.path})));
    }
    std::set<Step> may_follow;
    for (const Migration& migration : app.versions->migrations())
      for (const Migration::Bound& step : migration.steps())
        for (const auto* side : {&step.before, &step.after})
          for (const Path& place : *side)
            if (step.type == group.object.type) may_follow.insert(place.front());
    for (const Step& step : changed_steps(before, row))
      if (!about.contains(step) && !may_follow.contains(step))
        return complain(fmt::format("a field of {} that nobody wrote changes in entry {}",
                                    title_of(grounds(), group.object), entry.seq.value));
  }

  void check(const Deployed& app, const ObjectName& object, const Row& row) {
    const std::vector<Migration>& all = app.versions->migrations();
    // The next one's fields are all there when it comes into force.
    const size_t in_force = all.size() - (app.versions->next() == nullptr ? 0 : 1);
    for (size_t i = 0; i < in_force; ++i)
      for (const Migration::Bound& step : all[i].steps()) {
        // A dropped field stands for nothing.
        if (step.after.empty() || StepCheck(all[i], step, object.type, row).holds()) continue;
        return complain(fmt::format(
            "{} says one thing in schema version {} and another in {}: {}: {} and {}",
            title_of(grounds(), object), all[i].from(), all[i].to(), step.step.before.front(),
            text_of(row, step.before), text_of(row, step.after)));
      }
  }
};

}  // namespace

std::unique_ptr<Oracle> make_versions_oracle(Grounds* grounds) {
  return std::make_unique<VersionsOracle>(grounds);
}

}  // namespace syncline::sim
