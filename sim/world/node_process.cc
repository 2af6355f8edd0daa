#include "sim/world/node_process.h"

#include "proto/uses.h"

namespace syncline::sim {
namespace {

constexpr int64_t kGroupSyncUs = 20'000;

bool is_of_store(ErrorCode code) {
  return code == ErrorCode::kIo || code == ErrorCode::kStoreDamaged ||
         code == ErrorCode::kStoreFull;
}

}  // namespace

NodeProcess::NodeProcess(Clock* clock, Network* network, Random random, const Bytes& server_key)
    : clock_(clock), network_(network), random_(random) {
  identity_.identity = key_pair_from_seed(random_.bytes());
  identity_.node = node_id_of(identity_.identity.public_key);
  identity_.server_key = server_key;
  identity_.site = site_of(server_key);
  device_ = DeviceId(identity_.node);
  connect_to_network();
}

NodeProcess::NodeProcess(Clock* clock, Network* network, Random random, const NodeProcess& original,
                         uint32_t copy)
    : clock_(clock),
      network_(network),
      random_(random),
      identity_(original.identity_),
      device_(original.id(), copy) {
  connect_to_network();
}

void NodeProcess::connect_to_network() {
  const auto pass = [this](std::function<void()> event) {
    standstill_.pass([this, life = life_, event = std::move(event)] {
      if (life == life_ && running()) event();
    });
  };
  network_->add_device(device_,
                       {[this, pass] { pass([this] { input(replica_input::Connected{}); }); },
                        [this, pass] {
                          pass([this] {
                            gate_.drop();
                            input(replica_input::Disconnected{});
                          });
                        },
                        [this, pass](Bytes frame) {
                          pass([this, frame = std::move(frame)]() mutable {
                            if (!gate_.keeps_down(frame)) take_frame(std::move(frame));
                          });
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
    network_->send_to_server(device_, std::move(frame));
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
  SYNCLINE_ASSIGN(auto machine, Replica::open(identity_, &store()));
  driver_ = std::make_unique<ReplicaDriver>(std::move(machine), &store(), world());
  armed_.clear();
  sync_posted_ = false;
  sync_up_to_ = 0;
  die_at_send_ = dying_ = false;
  chance_ = chance ? *chance : random_.bytes();
  input(replica_input::Opened{chance_});
  if (on_up && running()) on_up();
  network_->set_device_up(device_, true);
  return {};
}

NodeProcess::Image NodeProcess::image() const {
  Image image{{}, chance_};
  for (auto at = contents().scan("", ""); at->valid(); at->next())
    image.disk.emplace_back(at->key(), at->value());
  return image;
}

Status NodeProcess::set_disk(const Image& image) {
  kill();
  Batch batch;
  batch.erase_range({}, {});
  for (const auto& [key, value] : image.disk) batch.put(key, value);
  SYNCLINE_TRY(store().write(batch, BatchKind::logged, true));
  if (on_restored) on_restored();
  return {};
}

Status NodeProcess::resume(const Image& image) {
  SYNCLINE_TRY(set_disk(image));
  return start_with(image.chance);
}

Status NodeProcess::restore(const Image& image) {
  SYNCLINE_TRY(set_disk(image));
  return start();
}

ReplicaWorld NodeProcess::world() {
  ReplicaWorld world;
  world.send = [this](Bytes frame) {
    dying_ = dying_ || die_at_send_;
    if (dying_) return;
    if (on_send) on_send(frame);
    if (!gate_.keeps_up(frame)) network_->send_to_server(device_, std::move(frame));
  };
  world.arm = [this](const Timer& timer) {
    armed_[timer.name] = timer.at_monotonic_ms;
    const int64_t in_us = device_clock_.until_us(timer.at_monotonic_ms, clock_->now_ms());
    clock_->post_in_us(in_us, [this, life = life_, timer] {
      if (life != life_) return;
      standstill_.pass([this, life, timer] {
        if (life != life_ || !running() || armed_[timer.name] != timer.at_monotonic_ms) return;
        input(replica_input::TimerFired{timer.name});
      });
    });
  };
  world.sync_soon = [this](uint64_t write_number) {
    sync_up_to_ = std::max(sync_up_to_, write_number);
    if (sync_posted_) return;
    sync_posted_ = true;
    clock_->post_in_us(random_.between(0, kGroupSyncUs) + slow_disk_us, [this, life = life_] {
      if (life != life_) return;
      standstill_.pass([this, life] {
        if (life != life_ || !running()) return;
        sync_posted_ = false;
        const uint64_t up_to = sync_up_to_;
        if (Status synced = store().sync(); !synced) return end(std::move(synced));
        input(replica_input::Synced{up_to});
      });
    });
  };
  world.tell = [this](ReplicaOutput& out) {
    if (out.trouble && is_of_store(out.trouble->code)) stopped_ = *out.trouble;
    if (on_stored) on_stored();
    if (on_told && !dying_) on_told(out);
  };
  return world;
}

// It ends by itself: its store failed. What the disk holds of what was not synced, nobody knows.
void NodeProcess::end(Status why) {
  failure = std::move(why);
  forgot = failure.error().code == ErrorCode::kIo && random_.chance(50);
  failing_ = true;
  forgot ? lose_power() : kill();
  failing_ = false;
  if (on_ended) on_ended();
}

std::optional<Result<ChangesetName>> NodeProcess::step(ReplicaInput input,
                                                       std::optional<int64_t> wall_ms) {
  if (!running()) return std::nullopt;
  const uint64_t writes = disk_.count_of(MemoryStore::Operation::write);
  auto stepped =
      driver_->step(at_clock(device_clock_.read(clock_->now_ms()), wall_ms), std::move(input));
  if (!stepped) {
    end(std::unexpected(stepped.error()));
    return std::nullopt;
  }
  if (stopped_) {
    // It stands and says so; whoever looks after the device starts it again.
    end(std::unexpected(*std::exchange(stopped_, std::nullopt)));
    return std::nullopt;
  }
  if (dying_) {
    kill();
    if (on_died) on_died();
    return std::nullopt;
  }
  if (slow_disk_us > 0 && disk_.count_of(MemoryStore::Operation::write) != writes) {
    ++slow_steps;
    stand_still(slow_disk_us);
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
  if (still()) return fail(ErrorCode::kTimedOut, "the node's process stands still");
  Draft draft = machine().begin();
  SYNCLINE_TRY(body(draft));
  if (draft.empty()) return std::nullopt;
  auto committed = step(replica_input::Commit{std::move(draft), durability}, wall_ms);
  if (!committed) return fail(ErrorCode::kIo, "the node's process ended");
  SYNCLINE_ASSIGN(ChangesetName name, *committed);
  if (on_written) on_written(name, durability);
  return name;
}

std::optional<ChangesetName> NodeProcess::retry(const ChangesetName& name) {
  let_go_.insert(name);
  auto committed = step(replica_input::RetryJournal{name});
  if (!committed || !*committed) return std::nullopt;
  if (on_written) on_written(**committed, Durability::group);
  return **committed;
}

bool NodeProcess::discard(const ChangesetName& name) {
  let_go_.insert(name);
  // It answers only why not.
  return !step(replica_input::DiscardJournal{name}).has_value() && running();
}

void NodeProcess::stand_still(int64_t for_us) {
  if (!running()) return;
  still_until_us_ = std::max(still() ? still_until_us_ : 0, clock_->now_us() + for_us);
  clock_->post_in_us(for_us, [this, life = life_] {
    if (life == life_ && clock_->now_us() >= still_until_us_) move_on();
  });
  if (still()) return;
  standstill_.begin();
  network_->set_still(device_, true);
}

void NodeProcess::move_on() {
  if (!still()) return;
  network_->set_still(device_, false);
  standstill_.end();
}

void NodeProcess::go_down(Ending how) {
  if (!running()) return;
  ++life_;
  driver_.reset();
  if (still()) network_->set_still(device_, false);
  standstill_.clear();
  gate_.drop();
  network_->set_device_up(device_, false, how == Ending::power ? Loss::silent : Loss::closed);
  if (how == Ending::power) {
    const uint64_t unsafe = disk_.unsafe().logged;
    const MemoryStore::Unsafe survive{unsafe == 0 ? 0 : random_.below(unsafe + 1), 0};
    twin_ ? twin_->lose_power(survive) : disk_.lose_power(survive);
  } else {
    twin_ ? twin_->kill(0) : disk_.kill();
  }
  if (on_down) on_down(failing_ ? Ending::failed : how);
}

void NodeProcess::kill() { go_down(Ending::killed); }

void NodeProcess::lose_power() { go_down(Ending::power); }

}  // namespace syncline::sim
