// Any bytes as a migration: read, or refused with a reason.
#include <cstdint>
#include <string_view>

#include "node/model/migration.h"
#include "proto/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace syncline;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<MigrationPlan> plan = read_migration(migration_path(1), text);
  if (!plan) {
    CHECK(plan.error().code == ErrorCode::kBadApp && !plan.error().message.empty(),
          "refused with a reason");
    return 0;
  }
  CHECK(plan->from == 1 && plan->to == 2, "the name says between which versions");
  for (const MigrationPlan::Type& type : plan->types)
    for (const MigrationPlan::Step& step : type.steps)
      CHECK(!step.before.empty(), "each step is of a field");
  (void)numbering_base(*plan, Schema{});
  return 0;
}
