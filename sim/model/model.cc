#include "sim/model/model.h"

namespace syncline::sim {
void Model::add(const ModelInput& input) {
  const Entry& entry = input.entry;
  chains_.add(entry.name, input.changeset.parent);
  std::set<uint32_t> refused;
  for (const Outcome& outcome : entry.outcomes)
    if (outcome.verdict == Verdict::refused) refused.insert(outcome.ordinal);
  effective_.clear();
  uint32_t n = 0;
  for (const Group& group : input.changeset.groups) {
    Writer writer{{entry.name, entry.seq, input.stamp(group)},
                  input.base,
                  group.blind && input.changeset.guards.empty(),
                  input.horizon,
                  &chains_};
    Place& root = objects_[group.object];
    forget(input.horizon, &root);
    for (const Operation& operation : group.operations) {
      writer.mark.n = n++;
      if (!refused.contains(operation.ordinal) && apply(writer, operation, &root))
        effective_.insert(operation.ordinal);
    }
  }
}

}  // namespace syncline::sim
