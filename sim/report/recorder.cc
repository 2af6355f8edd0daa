#include "sim/report/recorder.h"

#include <algorithm>

#include "sim/script/step_words.h"
#include "sim/world/hook.h"

namespace syncline::sim {
namespace {

// A run has about so many pieces of time if it takes as long as its steps say.
constexpr int64_t kBucketsWanted = 400;

int64_t nice_width_us(int64_t least_us) {
  constexpr int64_t kMs = 1'000, kS = 1'000 * kMs, kMin = 60 * kS, kHour = 60 * kMin;
  for (int64_t width :
       {10 * kMs,  20 * kMs,  50 * kMs, 100 * kMs, 200 * kMs, 500 * kMs, kS,        2 * kS,
        5 * kS,    10 * kS,   15 * kS,  30 * kS,   kMin,      2 * kMin,  5 * kMin,  10 * kMin,
        15 * kMin, 30 * kMin, kHour,    2 * kHour, 3 * kHour, 6 * kHour, 12 * kHour})
    if (width >= least_us) return width;
  constexpr int64_t kDay = 24 * kHour;
  return (least_us + kDay - 1) / kDay * kDay;
}

Trouble trouble_of(Stage::Cut why) {
  switch (why) {
    case Stage::Cut::step:
      return Trouble::disconnected;
    case Stage::Cut::outage:
      return Trouble::outage;
    case Stage::Cut::flapping:
      return Trouble::flapping;
    case Stage::Cut::duty_cycle:
      return Trouble::duty_cycle;
  }
  return Trouble::disconnected;
}

}  // namespace

int64_t Recorder::now_us() const {
  return stage_->fleet.clock.now_us() - stage_->started_ms * 1000;
}

size_t Recorder::lane_of(const std::string& name) const {
  if (name == kAuthorityName) return authority_lane();
  auto lane = lane_by_node_.find(name);
  return lane == lane_by_node_.end() ? script_lane() : lane->second;
}

LaneTime& Recorder::lane_time(size_t lane) {
  std::vector<LaneTime>& lanes = buckets_->current().lanes;
  if (lanes.size() < report_.lanes.size()) lanes.resize(report_.lanes.size());
  return lanes[lane];
}

Recorder::Counters Recorder::counters() const {
  const Fleet& fleet = stage_->fleet;
  return {fleet.network.reconnects, fleet.authority.steps, fleet.authority.inputs_taken,
          fleet.authority.appends};
}

void Recorder::make_lanes(const Scenario& scenario) {
  std::map<std::string, size_t> group_of;
  for (const Member& member : scenario.members) group_of[member.node] = member.group;
  std::map<std::string, size_t> known;  // lanes by name
  for (const FleetNode& node : scenario.nodes) {
    auto group = group_of.find(node.name);
    std::string name = group == group_of.end() ? node.name : scenario.groups[group->second].name;
    if (!known.contains(name) && known.size() + 1 >= kLanesMax) name = "others";
    auto [lane, fresh] = known.emplace(name, report_.lanes.size());
    if (fresh) report_.lanes.push_back({name, 0});
    ++report_.lanes[lane->second].nodes;
    lane_by_node_[node.name] = lane->second;
  }
  report_.lanes.push_back({kAuthorityName, 0});
  report_.lanes.push_back({"script", 0});
}

void Recorder::on_fleet(const Scenario& scenario, Stage* stage) {
  stage_ = stage;
  report_.title = scenario.title;
  report_.question = scenario.question;
  report_.finding = scenario.finding;
  make_lanes(scenario);
  for (auto& process : stage->fleet.nodes) {
    NodeFigures figures;
    figures.name = stage->fleet.plan_of(*process).name;
    figures.lane = lane_of(figures.name);
    nodes_[process->id()] = {process.get(), {}, 0, 0, report_.nodes.size()};
    report_.nodes.push_back(std::move(figures));
  }
  const int64_t width_us = nice_width_us(planned_ms(scenario) * 1000 / kBucketsWanted);
  report_.width_us = width_us;
}

void Recorder::on_begin() {
  buckets_.emplace(report_.width_us, kBucketsMax);
  counted_ = counters();
  for (auto& [id, node] : nodes_) {
    node.troubled[static_cast<size_t>(Trouble::down)] = !node.process->running();
    node.troubled[static_cast<size_t>(Trouble::held)] = node.process->held();
    node.radio_on_ms = stage_->radio_on_ms(*node.process);
  }
  set_hooks();
}

void Recorder::set_hooks() {
  stage_->fleet.network.on_sent = [this](DeviceId device, bool up, BytesView frame) {
    const size_t kind = kind_of(frame);
    buckets_->current().traffic.add(kind, frame.size(), up);
    if (auto node = nodes_.find(device.node); node != nodes_.end())
      figures(node->second).traffic.add(kind, frame.size(), up);
  };
  also_call(&stage_->on_cut, [this](const NodeProcess& process, Stage::Cut why, bool cut) {
    set_trouble(&nodes_.at(process.id()), trouble_of(why), cut);
  });
  for (auto& [id, node] : nodes_) {
    also_call(&node.process->on_down, [this, node = &node](Ending how) {
      set_trouble(node, Trouble::down, true);
      ++figures(*node).crashes;
      mark(now_us() / 1000, figures(*node).lane, std::string(word_of(how)), figures(*node).name);
    });
    also_call(&node.process->on_up, [this, node = &node] {
      set_trouble(node, Trouble::down, false);
      mark(now_us() / 1000, figures(*node).lane, "start", figures(*node).name);
    });
  }
  stage_->fleet.clock.watch([this] { return on_time(); });
}

int64_t Recorder::on_time() {
  while (now_us() >= buckets_->end_us()) {
    end_bucket();
    buckets_->close();
  }
  return stage_->started_ms * 1000 + buckets_->end_us();
}

void Recorder::set_trouble(Node* node, Trouble trouble, bool on) {
  count_time(node);
  node->troubled[static_cast<size_t>(trouble)] = on;
}

// Of the node's troubles, up to now, to the current bucket.
void Recorder::count_time(Node* node) {
  const int64_t us = now_us() - node->counted_us;
  node->counted_us += us;
  NodeFigures& figure = figures(*node);
  LaneTime& time = lane_time(figure.lane);
  for (size_t i = 0; i < kTroubles; ++i)
    if (node->troubled[i]) time.trouble_us[i] += us;
  if (node->troubled[static_cast<size_t>(Trouble::down)]) figure.down_us += us;
}

// The authority says nothing of its end: it is looked at after each step and each piece of time.
void Recorder::count_authority_time() {
  const int64_t us = now_us() - authority_counted_us_;
  authority_counted_us_ += us;
  if (authority_down_)
    lane_time(authority_lane()).trouble_us[static_cast<size_t>(Trouble::down)] += us;
  authority_down_ = !stage_->fleet.authority.running();
}

void Recorder::end_bucket() {
  Bucket& bucket = buckets_->current();
  bucket.us = now_us() - buckets_->begin_us();
  for (auto& [id, node] : nodes_) {
    count_time(&node);
    const int64_t radio_on_ms = stage_->radio_on_ms(*node.process);
    const int64_t us = (radio_on_ms - node.radio_on_ms) * 1000;
    node.radio_on_ms = radio_on_ms;
    figures(node).radio_on_us += us;
    lane_time(figures(node).lane).radio_on_us += us;
  }
  count_authority_time();
  take_gauges(&bucket);
  const Counters now = counters();
  bucket.reconnects = now.reconnects - counted_.reconnects;
  bucket.authority_steps = now.steps - counted_.steps;
  bucket.authority_inputs = now.inputs - counted_.inputs;
  bucket.log_syncs = now.appends - counted_.appends;
  counted_ = now;
}

void Recorder::take_gauges(Bucket* bucket) {
  Fleet& fleet = stage_->fleet;
  std::vector<uint64_t> pending;
  for (auto& [id, node] : nodes_) {
    NodeFigures& figure = figures(node);
    // One that is down has what it had.
    if (node.process->running()) figure.pending = node.process->machine().status().pending;
    figure.pending_max = std::max(figure.pending_max, figure.pending);
    figure.store_bytes = node.process->disk().bytes();
    pending.push_back(figure.pending);
    bucket->pending += figure.pending;
    bucket->connected += fleet.network.connected(node.process->device());
    bucket->node_bytes += figure.store_bytes;
    bucket->node_bytes_max = std::max(bucket->node_bytes_max, figure.store_bytes);
  }
  if (!pending.empty()) {
    const auto middle = pending.begin() + static_cast<ptrdiff_t>(pending.size() / 2);
    std::nth_element(pending.begin(), middle, pending.end());
    bucket->pending_p50 = *middle;
    bucket->pending_max = *std::max_element(pending.begin(), pending.end());
  }
  bucket->state_bytes = fleet.authority.state().bytes();
  bucket->log_bytes = fleet.authority.log().bytes();
}

void Recorder::on_entry(const Entry& entry) {
  if (!buckets_) return;
  Bucket& bucket = buckets_->current();
  Outcomes& outcomes = report_.outcomes;
  uint64_t superseded = 0;
  uint64_t refused = 0;
  for (const Outcome& outcome : entry.outcomes) {
    switch (outcome.verdict) {
      case Verdict::applied:
        ++outcomes.applied_operations;
        break;
      case Verdict::superseded:
        ++superseded;
        break;
      case Verdict::refused:
        ++refused;
        ++outcomes.refused_operations[outcome.reason];
        break;
    }
  }
  ++bucket.entries;
  bucket.superseded += superseded;
  bucket.refused += refused;
  outcomes.superseded_operations += superseded;
  ++(refused > 0 ? outcomes.refused : superseded > 0 ? outcomes.superseded : outcomes.committed);
}

void Recorder::on_lag(const NodeProcess& reader, int64_t ms) {
  buckets_->current().lags.add(ms);
  int64_t& most = figures(nodes_.at(reader.id())).lag_max_ms;
  most = std::max(most, ms);
}

void Recorder::on_end(const ScriptReport& run) {
  report_.run = run;
  if (!buckets_) return;
  end_bucket();
  report_.width_us = buckets_->width_us();
  report_.buckets = buckets_->all();
  // Rates of a moment say nothing: what is left over goes to the last whole piece.
  if (Bucket& last = report_.buckets.back();
      report_.buckets.size() > 1 && last.us < report_.width_us / 2) {
    Bucket rest = std::move(last);
    report_.buckets.pop_back();
    report_.buckets.back().merge(std::move(rest));
  }
  for (Bucket& bucket : report_.buckets) bucket.lanes.resize(report_.lanes.size());
  for (const NodeFigures& figure : report_.nodes) report_.outcomes.queued += figure.pending;
}

}  // namespace syncline::sim
