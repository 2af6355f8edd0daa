// NodeProcess: a device in the virtual world: the shipped replica and driver on a disk that can
// forget, clocks that can be wrong. start(), kill() and lose_power() are its process's life; the
// disk lives on.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "node/driver/replica_driver.h"
#include "sim/world/clock.h"
#include "sim/world/network.h"
#include "storage/memory_store.h"

namespace syncline::sim {

class NodeProcess {
 public:
  NodeProcess(Clock* clock, Network* network, Random random, const Bytes& server_key);

  NodeId id() const { return identity_.node; }
  const KeyPair& identity() const { return identity_.identity; }
  Status start();
  void kill();
  void lose_power();
  // A virtual machine's image: the disk, and the chance that this life began with. To be taken
  // before the life's first write. resume() starts from it as if nothing had happened since: what
  // the node then writes has names that it has used already.
  struct Image {
    std::vector<std::pair<Bytes, Bytes>> disk;
    std::array<uint8_t, 32> chance;
  };
  Image image() const;
  Status resume(const Image& image);
  bool running() const { return driver_ != nullptr; }

  // Nothing if the body or the commit refused. Requires: running.
  std::optional<ChangesetName> write(Durability durability,
                                     const std::function<Status(Draft&)>& body);
  // Writes again, or lets go of, what stands in the journal under that name. Requires: running.
  std::optional<ChangesetName> retry(const ChangesetName& name);
  bool discard(const ChangesetName& name);
  // What retry and discard took out of it, ever.
  const std::set<ChangesetName>& let_go() const { return let_go_; }
  void input(ReplicaInput input);

  Replica& machine() { return driver_->machine(); }
  const Replica& machine() const { return driver_->machine(); }
  MemoryStore& disk() { return disk_; }
  const MemoryStore& disk() const { return disk_; }
  DeviceClock& clock() { return device_clock_; }

  // For oracles. What a step told, after all of it was made real; a frame that arrived, before the
  // machine has it; a frame that it sends; a write, with its name; the process after it has
  // started, and after it has ended (power: unsynced batches may be lost).
  std::function<void(const ReplicaOutput&)> on_told;
  std::function<void(const Bytes&)> on_frame;
  std::function<void(const Bytes&)> on_send;
  std::function<void(const ChangesetName&, Durability)> on_written;
  std::function<void()> on_up;
  std::function<void(bool power)> on_down;
  Status failure;
  uint64_t restarts = 0;

 private:
  Status start_with(const std::optional<std::array<uint8_t, 32>>& chance);
  std::optional<Result<ChangesetName>> step(ReplicaInput input);
  void end(bool power);
  ReplicaWorld world();

  Clock* clock_;
  Network* network_;
  Random random_;
  ReplicaIdentity identity_;
  MemoryStore disk_;
  DeviceClock device_clock_;
  std::unique_ptr<ReplicaDriver> driver_;
  std::set<ChangesetName> let_go_;
  uint64_t life_ = 0;
  std::array<uint8_t, 32> chance_{};
  std::map<std::string, int64_t> armed_;
  bool sync_posted_ = false;
  uint64_t sync_up_to_ = 0;
};

}  // namespace syncline::sim
