#include "sim/world/node_process.h"

#include "proto/uses.h"

namespace syncline::sim {
namespace {

constexpr int64_t kGroupSyncUs = 20'000;

}  // namespace

NodeProcess::NodeProcess(Clock* clock, Network* network, Random random, const Bytes& server_key)
    : clock_(clock), network_(network), random_(random) {
  identity_.identity = key_pair_from_seed(random_.bytes());
  identity_.node = node_id_of(identity_.identity.public_key);
  identity_.server_key = server_key;
  identity_.site = site_of(server_key);
  network_->add_device(identity_.node,
                       {[this] { input(replica_input::Connected{}); },
                        [this] {
                          gate_.drop();
                          input(replica_input::Disconnected{});
                        },
                        [this](Bytes frame) {
                          if (!gate_.keeps_down(frame)) take_frame(std::move(frame));
                        }},
                       {});
}

void NodeProcess::take_frame(Bytes frame) {
  if (!running()) return;
  if (on_frame) on_frame(frame);
  input(replica_input::Frame{std::move(frame)});
}

void NodeProcess::hold(bool held) {
  gate_.held = held;
  if (held) return;
  while (!upload_next().empty()) {
  }
  while (deliver_next()) {
  }
}

std::vector<ChangesetName> NodeProcess::upload_next() {
  std::vector<ChangesetName> names;
  for (Bytes& frame : gate_.next_upload(device_clock_.read(clock_->now_ms()).clock(), &names))
    network_->send_to_server(id(), std::move(frame));
  return names;
}

bool NodeProcess::deliver_next() {
  std::vector<Bytes> frames = gate_.take_delivery();
  for (Bytes& frame : frames) take_frame(std::move(frame));
  return !frames.empty();
}

Status NodeProcess::start() { return start_with(std::nullopt); }

Status NodeProcess::start_with(const std::optional<std::array<uint8_t, 32>>& chance) {
  ++life_;
  ++restarts;
  device_clock_.boot = random_.next();
  device_clock_.booted_at_ms = clock_->now_ms();
  SYNCLINE_ASSIGN(auto machine, Replica::open(identity_, &disk_));
  driver_ = std::make_unique<ReplicaDriver>(std::move(machine), &disk_, world());
  armed_.clear();
  sync_posted_ = false;
  sync_up_to_ = 0;
  chance_ = chance ? *chance : random_.bytes();
  input(replica_input::Opened{chance_});
  network_->set_device_up(id(), true);
  return {};
}

NodeProcess::Image NodeProcess::image() const {
  Image image{{}, chance_};
  for (auto at = disk_.scan("", ""); at->valid(); at->next())
    image.disk.emplace_back(at->key(), at->value());
  return image;
}

Status NodeProcess::resume(const Image& image) {
  SYNCLINE_TRY(replace_disk(image));
  return start_with(image.chance);
}

Status NodeProcess::restore(const Image& image) {
  SYNCLINE_TRY(replace_disk(image));
  return start();
}

Status NodeProcess::replace_disk(const Image& image) {
  kill();
  Batch batch;
  for (auto at = disk_.scan("", ""); at->valid(); at->next()) batch.erase(Bytes(at->key()));
  for (const auto& [key, value] : image.disk) batch.put(key, value);
  return disk_.write(batch, BatchKind::logged, true);
}

ReplicaWorld NodeProcess::world() {
  ReplicaWorld world;
  world.send = [this](Bytes frame) {
    if (!gate_.keeps_up(frame)) network_->send_to_server(id(), std::move(frame));
  };
  world.arm = [this](const Timer& timer) {
    armed_[timer.name] = timer.at_monotonic_ms;
    const int64_t in_ms = timer.at_monotonic_ms - device_clock_.read(clock_->now_ms()).monotonic_ms;
    clock_->post_in_us(in_ms * 1000, [this, life = life_, timer] {
      if (life != life_ || !running() || armed_[timer.name] != timer.at_monotonic_ms) return;
      input(replica_input::TimerFired{timer.name});
    });
  };
  world.sync_soon = [this](uint64_t write_number) {
    sync_up_to_ = std::max(sync_up_to_, write_number);
    if (sync_posted_) return;
    sync_posted_ = true;
    clock_->post_in_us(random_.between(0, kGroupSyncUs), [this, life = life_] {
      if (life != life_ || !running()) return;
      sync_posted_ = false;
      const uint64_t up_to = sync_up_to_;
      if (Status synced = disk_.sync(); !synced) {
        failure = synced;
        kill();
        return;
      }
      input(replica_input::Synced{up_to});
    });
  };
  world.tell = [this](ReplicaOutput& out) {
    if (on_told) on_told(out);
  };
  return world;
}

std::optional<Result<ChangesetName>> NodeProcess::step(ReplicaInput input,
                                                       std::optional<int64_t> wall_ms) {
  if (!running()) return std::nullopt;
  auto stepped =
      driver_->step(at_clock(device_clock_.read(clock_->now_ms()), wall_ms), std::move(input));
  if (!stepped) {
    failure = std::unexpected(stepped.error());
    kill();
    return std::nullopt;
  }
  return std::move(*stepped);
}

void NodeProcess::input(ReplicaInput input) { step(std::move(input)); }

std::optional<ChangesetName> NodeProcess::write(Durability durability,
                                                const std::function<Status(Draft&)>& body) {
  Result<std::optional<ChangesetName>> written = commit(durability, body, std::nullopt);
  return written ? *written : std::nullopt;
}

Result<std::optional<ChangesetName>> NodeProcess::commit(Durability durability,
                                                         const std::function<Status(Draft&)>& body,
                                                         std::optional<int64_t> wall_ms) {
  Draft draft = machine().begin();
  SYNCLINE_TRY(body(draft));
  if (draft.empty()) return std::nullopt;
  auto committed = step(replica_input::Commit{std::move(draft), durability}, wall_ms);
  if (!committed) return fail(ErrorCode::kIo, "the node's store failed");
  SYNCLINE_ASSIGN(ChangesetName name, *committed);
  return name;
}

void NodeProcess::kill() {
  if (!running()) return;
  ++life_;
  driver_.reset();
  gate_.drop();
  network_->set_device_up(id(), false);
  disk_.kill();
}

void NodeProcess::lose_power() {
  if (!running()) return;
  ++life_;
  driver_.reset();
  gate_.drop();
  network_->set_device_up(id(), false);
  const uint64_t unsafe = disk_.unsafe().logged;
  disk_.lose_power({unsafe == 0 ? 0 : random_.below(unsafe + 1), 0});
}

}  // namespace syncline::sim
