#include "sim/report/json.h"

namespace syncline::sim {
namespace {

using Json = nlohmann::json;

Json to_json(const ScriptFailure& failure) {
  return {{"step", failure.pointer}, {"why", failure.why}, {"lines", failure.lines}};
}

Json to_json(const std::optional<ScriptFailure>& failure) {
  return failure ? to_json(*failure) : Json();
}

Json to_json(const LinkUse& use) {
  return {{"messages_up", use.messages_up},
          {"messages_down", use.messages_down},
          {"bytes_up", use.bytes_up},
          {"bytes_down", use.bytes_down}};
}

// By kind, those that were used.
Json to_json(const Traffic& traffic) {
  Json out = Json::object();
  for (size_t kind = 0; kind < kMessageKinds; ++kind)
    if (messages_of(traffic.kinds[kind]) > 0)
      out[std::string(name_of_kind(kind))] = to_json(traffic.kinds[kind]);
  return out;
}

Json to_json(const LaneTime& time) {
  Json out = {{"radio_on_ms", time.radio_on_us / 1000}};
  for (size_t i = 0; i < kTroubles; ++i)
    if (time.trouble_us[i] > 0)
      out[std::string(name_of(static_cast<Trouble>(i))) + "_ms"] = time.trouble_us[i] / 1000;
  return out;
}

Json to_json(const Durations& lags) {
  if (lags.count() == 0) return nullptr;
  return {{"integrations", lags.count()},
          {"p50_ms", lags.quantile(0.5)},
          {"p99_ms", lags.quantile(0.99)},
          {"max_ms", lags.max()}};
}

Json to_json(const Bucket& bucket) {
  Json lanes = Json::array();
  for (const LaneTime& time : bucket.lanes) lanes.push_back(to_json(time));
  return {{"ms", bucket.us / 1000},
          {"lag", to_json(bucket.lags)},
          {"entries", bucket.entries},
          {"refused", bucket.refused},
          {"superseded", bucket.superseded},
          {"traffic", to_json(bucket.traffic)},
          {"reconnects", bucket.reconnects},
          {"authority_steps", bucket.authority_steps},
          {"authority_inputs", bucket.authority_inputs},
          {"log_syncs", bucket.log_syncs},
          {"pending_p50", bucket.pending_p50},
          {"pending_max", bucket.pending_max},
          {"pending", bucket.pending},
          {"connected", bucket.connected},
          {"node_bytes", bucket.node_bytes},
          {"node_bytes_max", bucket.node_bytes_max},
          {"state_bytes", bucket.state_bytes},
          {"log_bytes", bucket.log_bytes},
          {"lanes", std::move(lanes)}};
}

Json to_json(const NodeFigures& node, const std::vector<Lane>& lanes) {
  return {{"name", node.name},
          {"lane", lanes[node.lane].name},
          {"traffic", to_json(node.traffic)},
          {"pending", node.pending},
          {"pending_max", node.pending_max},
          {"store_bytes", node.store_bytes},
          {"crashes", node.crashes},
          {"radio_on_ms", node.radio_on_us / 1000},
          {"down_ms", node.down_us / 1000},
          {"lag_max_ms", node.lag_max_ms}};
}

Json to_json(const Outcomes& outcomes) {
  Json reasons = Json::object();
  for (const auto& [reason, count] : outcomes.refused_operations)
    reasons[std::string(name_of(reason))] = count;
  return {{"changesets",
           {{"committed", outcomes.committed},
            {"superseded", outcomes.superseded},
            {"refused", outcomes.refused},
            {"queued", outcomes.queued}}},
          {"operations",
           {{"applied", outcomes.applied_operations},
            {"superseded", outcomes.superseded_operations},
            {"refused", std::move(reasons)}}}};
}

Json to_json(const TimelineMark& mark, const std::vector<Lane>& lanes) {
  return {{"at_ms", mark.at_ms},
          {"lane", lanes[mark.lane].name},
          {"what", mark.what},
          {"text", mark.text},
          {"held", !mark.bad}};
}

}  // namespace

Json to_json(const ScriptReport& run) {
  Json failures = Json::array();
  Json measures = Json::object();
  for (const Measure& measure : measure_table())
    measures[measure.name] = run.measures.*measure.value;
  for (const ScriptFailure& failure : run.failures) failures.push_back(to_json(failure));
  return {{"seed", run.seed},
          {"held", run.held()},
          {"steps", run.steps},
          {"expectations", run.expectations},
          {"failed", run.failed},
          {"failures", std::move(failures)},
          {"broken", to_json(run.broken)},
          {"unrest", to_json(run.unrest)},
          {"complaint", run.complaint.value_or("")},
          {"measures", std::move(measures)},
          {"virtual_ms", run.virtual_ms},
          {"trace", to_hex(run.trace.view())}};
}

Json to_json(const Report& report) {
  Json out = to_json(report.run);
  out["verdict"] = verdict_of(report.run);
  out["title"] = report.title;
  out["question"] = report.question;
  out["finding"] = report.finding;
  out["bucket_ms"] = report.width_us / 1000;
  out["outcomes"] = to_json(report.outcomes);
  Traffic traffic;
  for (const char* list : {"lanes", "buckets", "nodes", "marks"}) out[list] = Json::array();
  for (const Lane& lane : report.lanes)
    out["lanes"].push_back({{"name", lane.name}, {"nodes", lane.nodes}});
  for (const Bucket& bucket : report.buckets) {
    traffic.add(bucket.traffic);
    out["buckets"].push_back(to_json(bucket));
  }
  for (const NodeFigures& node : report.nodes) out["nodes"].push_back(to_json(node, report.lanes));
  for (const TimelineMark& mark : report.marks) out["marks"].push_back(to_json(mark, report.lanes));
  out["traffic"] = to_json(traffic);
  out["marks_left_out"] = report.marks_left_out;
  return out;
}

}  // namespace syncline::sim
