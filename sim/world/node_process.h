// NodeProcess: a device in the virtual world: the shipped replica and driver on a disk that can
// forget, clocks that can be wrong. start(), kill() and lose_power() are its process's life; the
// disk lives on.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "node/driver/replica_driver.h"
#include "sim/world/clock.h"
#include "sim/world/gate.h"
#include "sim/world/network.h"
#include "sim/world/standstill.h"
#include "sim/world/twin_store.h"
#include "storage/memory_store.h"

namespace syncline::sim {

// How a process came to its end.
enum class Ending : uint8_t {
  killed,
  power,   // what was not synced may be gone
  failed,  // by itself: its store failed
};

class NodeProcess {
 public:
  NodeProcess(Clock* clock, Network* network, Random random, const Bytes& server_key);

  // A copy of the device, keys and all; its disk is empty until it restores an image.
  NodeProcess(Clock* clock, Network* network, Random random, const NodeProcess& original,
              uint32_t copy);

  NodeId id() const { return identity_.node; }
  const DeviceId& device() const { return device_; }
  const KeyPair& identity() const { return identity_.identity; }
  Status start();
  // Its program is of another schema version, from its next start on; 0: of whichever is deployed.
  void update_code(uint32_t schema_version) { identity_.schema_version = schema_version; }
  uint32_t schema_version() const { return identity_.schema_version; }
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
  // The same disk, from a backup or another device; its next life has a chance of its own.
  Status restore(const Image& image);
  bool running() const { return driver_ != nullptr; }

  // Stopped for so long, as by a debugger or an overloaded machine; what reaches it waits.
  void stand_still(int64_t for_us);
  void move_on();
  bool still() const { return standstill_.still(); }
  // It dies in the next step that sends something: after its commit, before anything is sent.
  void die_at_send(bool dies) { die_at_send_ = dies; }
  // After each step that writes it stands still for so long.
  int64_t slow_disk_us = 0;

  // Nothing if the body or the commit refused. Requires: running.
  std::optional<ChangesetName> write(Durability durability,
                                     const std::function<Status(Draft&)>& body);
  // The same, saying why not; nothing if the body did nothing. wall_ms: as if the device's clock
  // had shown this as it wrote.
  Result<std::optional<ChangesetName>> commit(Durability durability,
                                              const std::function<Status(Draft&)>& body,
                                              std::optional<int64_t> wall_ms);
  // Writes again, or lets go of, what stands in the journal under that name. Requires: running.
  std::optional<ChangesetName> retry(const ChangesetName& name);
  bool discard(const ChangesetName& name);
  // What these took out of it, ever.
  const std::set<ChangesetName>& let_go() const { return let_go_; }
  void input(ReplicaInput input);

  // While held, changesets stay here and deltas wait, until they are let through one by one. Held
  // frames are lost with their connection.
  void hold(bool held);
  bool held() const { return gate_.held; }
  // Sends the next upload that waits; its changesets. Nothing if none waits.
  std::vector<ChangesetName> upload_next();
  // Takes the next delta that waits (and what waits behind it and is no delta). False: none waits.
  bool deliver_next();
  // Where the next delta would lead; nothing if none waits.
  std::optional<LogSeq> next_delivery() const { return gate_.next_delivery(); }

  Replica& machine() { return driver_->machine(); }
  const Replica& machine() const { return driver_->machine(); }
  MemoryStore& disk() { return disk_; }
  const MemoryStore& disk() const { return disk_; }
  // What its machine stands on: the disk, and its twin if it has one.
  Store& store() { return twin_ ? static_cast<Store&>(*twin_) : disk_; }
  // From now on a twin stands beside the disk. Requires: the disk is empty.
  void run_beside(std::unique_ptr<TwinStore> twin) { twin_ = std::move(twin); }
  const TwinStore* twin() const { return twin_.get(); }
  // What the disk holds, for those who judge: no fault of the disk reaches them.
  const Reader& contents() const { return disk_.bare(); }
  DeviceClock& clock() { return device_clock_; }

  std::function<void(const ReplicaOutput&)> on_told;
  std::function<void(const Bytes&)> on_frame;  // that arrived, before the machine has it
  std::function<void(const Bytes&)> on_send;   // before the network has it
  std::function<void(const ChangesetName&, Durability)> on_written;  // after on_told of its step
  std::function<void()> on_stored;  // after each step's commit, whatever comes then
  std::function<void()> on_up;      // it has started
  std::function<void(Ending)> on_down;
  std::function<void()> on_restored;  // its disk is another's, or an older one; it does not run
  std::function<void()> on_ended;     // by itself: `failure` says why
  std::function<void()> on_died;      // in a step, as die_at_send() wanted
  Status failure;
  bool forgot = false;  // ... and its disk lost what was not synced
  uint64_t restarts = 0;
  uint64_t slow_steps = 0;  // that its disk took long for

 private:
  Status start_with(const std::optional<std::array<uint8_t, 32>>& chance);
  std::optional<Result<ChangesetName>> step(ReplicaInput input,
                                            std::optional<int64_t> wall_ms = std::nullopt);
  void take_frame(Bytes frame);
  ReplicaWorld world();
  void connect_to_network();
  Status set_disk(const Image& image);
  void end(Status why);
  std::optional<Error> stopped_;  // the machine said in this step that it cannot read its store
  void go_down(Ending how);

  Clock* clock_;
  Network* network_;
  Random random_;
  ReplicaIdentity identity_;
  DeviceId device_{NodeId()};
  Standstill standstill_;
  int64_t still_until_us_ = 0;
  bool die_at_send_ = false;
  bool dying_ = false;
  bool failing_ = false;
  MemoryStore disk_;
  std::unique_ptr<TwinStore> twin_;
  DeviceClock device_clock_;
  Gate gate_;
  std::unique_ptr<ReplicaDriver> driver_;
  std::set<ChangesetName> let_go_;
  uint64_t life_ = 0;
  std::array<uint8_t, 32> chance_{};
  std::map<std::string, int64_t> armed_;
  bool sync_posted_ = false;
  uint64_t sync_up_to_ = 0;
};

}  // namespace syncline::sim
