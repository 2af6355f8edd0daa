#include "sim/report/report.h"

#include <algorithm>

namespace syncline::sim {

std::string_view name_of(Trouble trouble) {
  static constexpr std::array<std::string_view, kTroubles> kNames = {
      "down", "disconnected", "outage", "flapping", "duty_cycle", "held"};
  return kNames.at(static_cast<size_t>(trouble));
}

void Bucket::merge(Bucket later) {
  us += later.us;
  lags.add(later.lags);
  entries += later.entries;
  refused += later.refused;
  superseded += later.superseded;
  traffic.add(later.traffic);
  reconnects += later.reconnects;
  authority_steps += later.authority_steps;
  authority_inputs += later.authority_inputs;
  log_syncs += later.log_syncs;
  lanes.resize(std::max(lanes.size(), later.lanes.size()));
  for (size_t i = 0; i < later.lanes.size(); ++i) {
    for (size_t t = 0; t < kTroubles; ++t) lanes[i].trouble_us[t] += later.lanes[i].trouble_us[t];
    lanes[i].radio_on_us += later.lanes[i].radio_on_us;
  }
  // How it stood at the end; of what shows a peak, the higher.
  pending_p50 = later.pending_p50;
  pending_max = std::max(pending_max, later.pending_max);
  pending = later.pending;
  connected = later.connected;
  node_bytes = later.node_bytes;
  node_bytes_max = later.node_bytes_max;
  state_bytes = later.state_bytes;
  log_bytes = later.log_bytes;
}

std::string_view verdict_of(const ScriptReport& run) {
  if (run.failed > 0 || run.broken || run.complaint) return "failed";
  if (run.unrest) return "not quiet";
  return run.differed ? "differs" : "held";
}

}  // namespace syncline::sim
