#include "sim/oracles/oracles.h"

#include <fmt/format.h>

namespace syncline::sim {

void Grounds::complain(std::string_view oracle, std::string_view what) {
  if (!complaint_)
    complaint_ = fmt::format("at {} ms: {}: {}", fleet->clock.now_ms(), oracle, what);
}

const Roster& Grounds::roster_of(Incarnation incarnation) const {
  auto it = lost_rosters_.find(incarnation);
  return it == lost_rosters_.end() ? roster : it->second;
}

void Grounds::restored(const Fork& fork) {
  lost_rosters_.try_emplace(history().incarnation(), roster);
  roster.restored(fork.seq);
  fleet->history.restored(fork);
}

void Grounds::note(BytesView bytes) {
  const auto mix = [this](uint64_t word) {
    trace = (trace ^ word) * 0x9e3779b97f4a7c15;
    trace ^= trace >> 32;
  };
  mix(static_cast<uint64_t>(fleet->clock.now_us()));
  mix(bytes.size());
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) mix(get_u64_big_endian(bytes.substr(at)));
  for (; at < bytes.size(); ++at) mix(static_cast<uint8_t>(bytes[at]));
}

Oracles::Oracles(Fleet* fleet, bool frames) : grounds_(fleet), frames_(frames) {
  for (auto make :
       {make_engine_oracle, make_proof_oracle, make_permission_oracle, make_schema_oracle,
        make_versions_oracle, make_insert_only_oracle, make_model_oracle, make_leak_oracle,
        make_bounds_oracle, make_crash_oracle, make_ledger_oracle, make_journal_oracle,
        make_prefix_oracle, make_shown_oracle, make_state_oracle, make_convergence_oracle})
    oracles_.push_back(make(&grounds_));
}

Oracles::~Oracles() = default;

void Oracles::watch_all() {
  AuthorityProcess& authority = grounds_.fleet->authority;
  authority.on_committed = [this] { follow_log(); };
  authority.on_up = [this] {
    for (auto& oracle : oracles_) oracle->on_authority_up();
  };
  authority.on_restored = [this](const Fork& fork) {
    grounds_.restored(fork);
    for (auto& oracle : oracles_) oracle->on_fork(fork);
  };
  if (frames_) {
    authority.on_send = [this](ConnectionId to, BytesView frame) {
      grounds_.note(frame);
      const std::optional<DeviceId> device = grounds_.fleet->network.device_of(to);
      Result<Message> message = decode_message(frame);
      if (!message) return grounds_.complain("bounds", "the authority sent what does not decode");
      if (!device) return;
      for (auto& oracle : oracles_) oracle->on_sent_to(*device, to, *message, frame.size());
    };
  }
  for (auto& node : grounds_.fleet->nodes) watch(node.get());
}

void Oracles::watch(NodeProcess* node) {
  node->on_written = [this, node](const ChangesetName& name, Durability durability) {
    for (auto& oracle : oracles_) oracle->on_written(*node, name, durability);
  };
  node->on_told = [this, node](const ReplicaOutput& out) {
    for (auto& oracle : oracles_) oracle->on_told(*node, out);
  };
  node->on_up = [this, node] {
    for (auto& oracle : oracles_) oracle->on_up(*node);
  };
  node->on_down = [this, node](Ending how) {
    for (auto& oracle : oracles_) oracle->on_down(*node, how);
  };
  node->on_stored = [this, node] {
    for (auto& oracle : oracles_) oracle->on_stored(*node);
  };
  node->on_restored = [this, node] {
    for (auto& oracle : oracles_) oracle->on_restored(*node);
  };
  if (!frames_) return;
  node->on_send = [this, node](const Bytes& frame) {
    grounds_.note(frame);
    Result<Message> message = decode_message(frame);
    if (!message) return grounds_.complain("bounds", "a node sent what does not decode");
    for (auto& oracle : oracles_) oracle->on_sent_by(*node, *message, frame.size());
  };
}

void Oracles::follow_log() {
  auto complaint =
      grounds_.fleet->history.follow(grounds_.fleet->authority.log(), [this](const Entry& entry) {
        grounds_.note(grounds_.history().chain_at(entry.seq).view());
        grounds_.roster.add(entry, grounds_.history());
        for (auto& oracle : oracles_) oracle->on_entry(entry);
      });
  if (!complaint) return;
  const size_t colon = complaint->find(": ");
  grounds_.complain(complaint->substr(0, colon), complaint->substr(colon + 2));
}

void Oracles::check_end() {
  follow_log();
  for (auto& oracle : oracles_)
    if (!complaint()) oracle->at_end();
}

}  // namespace syncline::sim
