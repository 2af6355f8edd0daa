// permission: every applied operation was permitted to its author by the rules in force at its
// entry, and judged by the role that they give; lay inside what he subscribes to; and stands on
// what its transaction expects. What was refused for one of the last two does not.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/access/shown_to.h"
#include "node/query/guards.h"

#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

class PermissionOracle : public Oracle {
 public:
  explicit PermissionOracle(Grounds* grounds) : Oracle("permission", grounds) {}

  void on_entry(const Entry& entry) override {
    if (entry.name.origin == fleet().authority.id()) return;
    const LogSeq judged_at(entry.seq.value - 1);
    const Enrolled* author = roster().member(entry.name.origin, judged_at);
    if (author == nullptr || author->removed) {
      if (!entry.objects.empty()) complain(at(entry, "has an effect, and its author is no member"));
      return;
    }
    if (entry.user != author->user) return complain(at(entry, "was judged as another user's"));
    const Access& access = roster().access(author->user, judged_at);
    check_written(entry, access);
    for (const auto& [type, role] : entry.roles)
      if (role != access.of(type).role)
        return complain(at(entry, "was judged by another role than the rules give"));
    Result<Changeset> changeset = changeset_of(grounds(), entry);
    if (changeset) {
      check_guards(entry, *changeset, access);
      check_refused_as_outside(entry, *changeset);
    }
    for (const ObjectEffect& effect : entry.objects) {
      if (effect.change == ObjectEffect::Change::unchanged) continue;
      if (is_system(effect.object.type)) {
        if (effect.object.type != system_type::kSubscription ||
            owner_of_subscription(effect.object.key) != entry.name.origin)
          return complain(at(entry, "changes an object that only the operator may change"));
        continue;
      }
      const Row* before = history().at(effect.object, judged_at);
      const Row* after = history().at(effect.object, entry.seq);
      if (before == nullptr && after == nullptr) continue;
      const Deployed& app = *roster().app(judged_at);
      std::optional<Row> was, is;
      if (before != nullptr) was = *before;
      if (after != nullptr) is = *after;
      if (const Group* group = changeset ? group_of(*changeset, effect.object) : nullptr) {
        if (was) was = as_judged(app, *group, false, std::move(*was));
        if (is) is = as_judged(app, *group, before == nullptr, std::move(*is));
      }
      const std::vector<Refusal> refusals = access.judge(
          *judging_schema(app, effect.object.type), effect.object.type,
          (after == nullptr ? before : after)->id, was ? &was->fields : nullptr,
          is ? &is->fields : nullptr, changed_steps(was ? &*was : nullptr, is ? &*is : nullptr));
      if (!refusals.empty())
        return complain(at(entry, "did what its author may not: " + refusals.front().text));
      if (!is_inside(entry, effect.object.type, before, after))
        return complain(at(entry, "writes to what its author does not subscribe to"));
    }
  }

 private:
  static const Group* group_of(const Changeset& changeset, const ObjectName& object) {
    const auto found = std::ranges::find(changeset.groups, object, &Group::object);
    return found == changeset.groups.end() ? nullptr : &*found;
  }

  // Whether it changed anything or not.
  void check_written(const Entry& entry, const Access& access) {
    const LogSeq judged_at(entry.seq.value - 1);
    Result<Changeset> changeset = changeset_of(grounds(), entry);
    if (!changeset) return;
    std::set<uint32_t> refused;
    for (const Outcome& outcome : entry.outcomes)
      if (outcome.verdict == Verdict::refused) refused.insert(outcome.ordinal);
    for (const Group& group : changeset->groups) {
      const Row* before = history().at(group.object, judged_at);
      const Row* after = history().at(group.object, entry.seq);
      if (before == nullptr || after == nullptr || is_system(group.object.type)) continue;
      std::vector<const Operation*> stand;
      for (const Operation& operation : group.operations)
        if (!refused.contains(operation.ordinal)) stand.push_back(&operation);
      if (stand.empty()) continue;
      const Deployed& app = *roster().app(judged_at);
      const Row was = as_judged(app, group, false, *before);
      const Row is = as_judged(app, group, false, *after);
      const std::vector<Refusal> refusals =
          access.judge(*judging_schema(app, group.object.type), group.object.type, before->id,
                       &was.fields, &is.fields, {}, written_places(stand));
      if (!refusals.empty())
        return complain(at(entry, "wrote what its author may not: " + refusals.front().text));
    }
  }

  // Subscriptions that the entry itself makes may count, and those that it ends.
  bool is_inside(const Entry& entry, TypeNumber type, const Row* before, const Row* after) const {
    const LogSeq judged_at(entry.seq.value - 1);
    if (takes_writes_outside(judged_at)) return true;
    // Nobody can subscribe to an asymmetric type.
    const TypeDef* def = roster().app(judged_at)->schema().type(type);
    if (def != nullptr && def->asymmetric) return true;
    for (LogSeq view_at : {judged_at, entry.seq}) {
      const auto sight = roster().view(entry.name.origin, view_at);
      // What was there is seen as it was, and what is made with all that is made beside it: of
      // that, some may have been judged before what it links to changed.
      for (LogSeq linked_at : {judged_at, entry.seq})
        if ((before == nullptr || linked_at == judged_at) &&
            SightAt(sight.get(), entry.name.origin, &history(), linked_at)
                .wants(type, before != nullptr ? *before : *after))
          return true;
    }
    return false;
  }

  bool takes_writes_outside(LogSeq at) const {
    const Result<ObjectKey> key = object_key(Value("writes_outside_subscriptions"));
    const Row* setting = key ? history().at({system_type::kSetting, *key}, at) : nullptr;
    const Child* value =
        setting == nullptr ? nullptr : setting->fields.find(system_field::setting::kValue);
    return value != nullptr && value->item == Item(Value("accept"));
  }

  void check_guards(const Entry& entry, const Changeset& changeset, const Access& access) {
    const Deployed* app = roster().app(LogSeq(entry.seq.value - 1));
    if (app == nullptr || changeset.guards.empty()) return;
    bool all = true;
    for (const Guard& guard : changeset.guards) {
      const Row* row = history().at(guard.object, LogSeq(entry.seq.value - 1));
      std::optional<Row> shown;
      if (row != nullptr) shown = shown_to(access, guard.object.type, row->id, *row);
      all = all && query::holds(app->schema(), guard, shown ? &*shown : nullptr);
    }
    if (!all && !entry.objects.empty())
      complain(at(entry, "has an effect, and what it expects does not stand"));
    const bool refused_for_it =
        !entry.outcomes.empty() &&
        std::all_of(
            entry.outcomes.begin(), entry.outcomes.end(),
            [](const Outcome& outcome) { return outcome.reason == Reason::precondition; }) &&
        entry.outcomes[0].text.find("is expected to be") != std::string::npos;
    if (all && refused_for_it) complain(at(entry, "is refused, and what it expects stands"));
  }

  void check_refused_as_outside(const Entry& entry, const Changeset& changeset) {
    std::set<uint32_t> outside;
    for (const Outcome& outcome : entry.outcomes)
      if (outcome.reason == Reason::outside_view) outside.insert(outcome.ordinal);
    if (outside.empty()) return;
    const LogSeq judged_at(entry.seq.value - 1);
    const auto sight = roster().view(entry.name.origin, judged_at);
    for (const Group& group : changeset.groups) {
      if (group.object.type == system_type::kSubscription) return;
      if (group.operations.empty() || !outside.contains(group.operations[0].ordinal)) continue;
      const Row* row = history().at(group.object, judged_at);
      if (row != nullptr && SightAt(sight.get(), entry.name.origin, &history(), judged_at)
                                .wants(group.object.type, *row))
        return complain(at(entry, "is refused as outside of what its author subscribes to"));
    }
  }

  static std::string at(const Entry& entry, std::string_view what) {
    return fmt::format("entry {} of {} {}", entry.seq.value, to_string(entry.name), what);
  }
};

}  // namespace

std::unique_ptr<Oracle> make_permission_oracle(Grounds* grounds) {
  return std::make_unique<PermissionOracle>(grounds);
}

}  // namespace syncline::sim
