// permission: every applied operation was permitted to its author by the rules in force at its
// entry, and judged by the role that they give.
#include <fmt/format.h>

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
    for (const auto& [type, role] : entry.roles)
      if (role != access.of(type).role)
        return complain(at(entry, "was judged by another role than the rules give"));
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
      const std::vector<Refusal> refusals = access.judge(
          roster().app(judged_at)->schema(), effect.object.type,
          (after == nullptr ? before : after)->id, before == nullptr ? nullptr : &before->fields,
          after == nullptr ? nullptr : &after->fields, changed_steps(before, after));
      if (!refusals.empty())
        return complain(at(entry, "did what its author may not: " + refusals.front().text));
    }
  }

 private:
  static std::string at(const Entry& entry, std::string_view what) {
    return fmt::format("entry {} of {} {}", entry.seq.value, to_string(entry.name), what);
  }
};

}  // namespace

std::unique_ptr<Oracle> make_permission_oracle(Grounds* grounds) {
  return std::make_unique<PermissionOracle>(grounds);
}

}  // namespace syncline::sim
