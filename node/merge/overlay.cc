#include "node/merge/overlay.h"

#include "node/merge/merger.h"

namespace syncline {

std::optional<Row> apply_overlay(const Row* confirmed, const std::vector<const Group*>& pending) {
  const SeesEverything causality;
  merging::Merger merger(confirmed != nullptr ? std::optional<Row>(*confirmed) : std::nullopt, {});
  for (const Group* group : pending) {
    if (group != nullptr) (void)merger.apply(*group, causality, nullptr);
  }
  return std::move(merger.row());
}

}  // namespace syncline
