// What it costs to decide on a change and to find those whom it concerns, with 10 sessions and with
// 10,000 of which each subscribes to its own objects: the machine alone, its state in memory.
#include "node/bench/machine.h"

namespace syncline::bench {
namespace {

constexpr uint64_t kSessionsFew = 10;
constexpr uint64_t kSessionsMany = 10'000;
constexpr uint64_t kChanges = 4'000;
// Batches of changes with either number of sessions in turn, so that whatever else the machine does
// meets both.
constexpr uint64_t kRounds = 8;

Status measure(const Emit& emit, const Tell& tell, const char* name,
               const std::function<std::string(uint64_t)>& query) {
  tell(fmt::format("{}: {} sessions greet", name, kSessionsMany));
  const AppFiles app = item_app(kEverythingAllowed);
  SYNCLINE_ASSIGN(auto few, Machine::start(app, {}, kSessionsFew, query));
  SYNCLINE_ASSIGN(auto many, Machine::start(app, {}, kSessionsMany, query));
  double few_s = 0, many_s = 0;
  const uint64_t told_before = few->deltas() + many->deltas();
  for (uint64_t round = 0; round < kRounds; ++round) {
    // Each change concerns one session.
    SYNCLINE_ASSIGN(const double few_now, few->change(kChanges / kRounds, kSessionsFew));
    SYNCLINE_ASSIGN(const double many_now, many->change(kChanges / kRounds, kSessionsMany));
    few_s += few_now, many_s += many_now;
  }
  const uint64_t told = few->deltas() + many->deltas() - told_before;
  if (told != 2 * kChanges)
    return fail(ErrorCode::kInternal,
                fmt::format("{} deltas for {} changes of which each concerns one session", told,
                            2 * kChanges));
  emit({.name = name,
        .value = many_s * 1e6 / kChanges,
        .unit = "us/change",
        .less_is_better = true,
        .limit = few_s * 1e6 / kChanges,
        .limit_of = fmt::format("the same with {} sessions", kSessionsFew),
        .note = fmt::format("{} sessions, {} objects, {} changes of which each concerns one",
                            kSessionsMany, kObjects, kChanges)});
  return {};
}

}  // namespace

Status routing(const Emit& emit, const Tell& tell) {
  SYNCLINE_TRY(measure(emit, tell, "routing_equality",
                       [](uint64_t n) { return fmt::format("owner_id == 'user {}'", n); }));
  return measure(emit, tell, "routing_range",
                 [](uint64_t n) { return fmt::format("lot >= {} AND lot < {}", n, n + 1); });
}

}  // namespace syncline::bench
