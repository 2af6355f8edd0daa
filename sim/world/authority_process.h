// AuthorityProcess: an authority in the virtual world: the shipped machine and driver on disks that
// can forget and a log that can be slow. start() and kill() are its process's life; the disks live
// on.
#pragma once

#include <functional>
#include <memory>

#include "node/driver/authority_draft.h"
#include "node/driver/authority_driver.h"
#include "sim/world/clock.h"
#include "sim/world/network.h"
#include "sim/world/standstill.h"
#include "sim/world/twin_store.h"
#include "storage/memory_commit_log.h"
#include "storage/memory_store.h"

namespace syncline::sim {

class AuthorityProcess {
 public:
  AuthorityProcess(Clock* clock, Network* network, Random random);

  // An empty authority with this app, before the fleet starts.
  Status initialise(const AppFiles& app);
  Status start();
  void kill();
  void lose_power();
  bool running() const { return driver_ != nullptr; }

  // Stopped for so long; what reaches it waits. Its log may answer meanwhile.
  void stand_still(int64_t for_us);
  void move_on();
  bool still() const { return standstill_.still(); }
  // It dies at the next such moment.
  enum class Moment : uint8_t {
    never,
    send,    // its state is written, and nobody is told
    append,  // the log has taken an append, and its answer has not come
  };
  void die_at(Moment moment) { die_at_ = moment; }
  // An append takes so much longer.
  int64_t slow_log_us = 0;
  // A copy of both disks, durable elsewhere; the machine is told so. Requires: running.
  struct Backup {
    std::vector<std::pair<Bytes, Bytes>> state;
    MemoryCommitLog::Copy log;
  };
  Backup backup();
  // The process ends, its disks are as in the backup, and its log begins a new incarnation. Not
  // started.
  Status restore(const Backup& backup);
  // The same by hand: as if somebody had copied the files back.
  Status copy_back(const Backup& backup);

  // One transaction of the authority's own hand. kClosed: it is down.
  Status write(const std::function<Status(Draft&)>& body);
  // The same; wall_ms: as if its clock had shown this as it was written. Answers its name, nothing
  // if the body did nothing.
  Result<std::optional<ChangesetName>> commit(const std::function<Status(Draft&)>& body,
                                              std::optional<int64_t> wall_ms);
  // Adds the user, or gives it other data.
  Status add_user(const std::string& id, const Document& custom_data, const Document& data = {});
  Status add_node(NodeId node, const std::string& user, const PublicKey& identity);
  // From now on its changes are refused and it may not connect.
  Status remove_node(NodeId node);
  Status deploy(const AppFiles& app);

  Authority& machine() { return driver_->machine(); }
  NodeId id() const { return id_; }
  const Bytes& server_key() const { return server_key_; }
  MemoryStore& state() { return state_; }
  // What its machine stands on: the state, and its twin if it has one.
  Store& store() { return twin_ ? static_cast<Store&>(*twin_) : state_; }
  // From now on a twin stands beside the state. Requires: the state is empty.
  void run_beside(std::unique_ptr<TwinStore> twin) { twin_ = std::move(twin); }
  const TwinStore* twin() const { return twin_.get(); }
  // What the state holds, for those who judge: no fault of the disk reaches them.
  const Reader& contents() const { return state_.bare(); }
  MemoryCommitLog& log() { return log_; }
  DeviceClock& clock() { return device_clock_; }

  // Frames that it sent, each with its addressee, before the network has them: for oracles.
  std::function<void(ConnectionId, BytesView)> on_send;
  std::function<void()> on_committed;  // the log has grown, or may have: it started again
  std::function<void()> on_up;         // it has started: its state is as recovered
  std::function<void(const Fork&)> on_restored;
  std::function<void(const AuthorityEvent&)> on_event;
  std::function<void()> on_ended;  // by itself: `failure` says why
  std::function<void()> on_died;   // at the moment that die_at() wanted
  Status failure;                  // why it ended by itself, if it did
  uint64_t restarts = 0;
  uint64_t steps = 0;
  uint64_t inputs_taken = 0;  // by these steps
  uint64_t appends = 0;       // of its log, each made durable before it is answered
  uint64_t flushes = 0;
  uint64_t trims = 0;
  uint64_t slow_appends = 0;
  uint64_t unknown_appends = 0;  // that the log did not answer clearly
  uint64_t layers_ahead = 0;     // that were begun while an older one was not committed
  // How long its log takes to make an append durable.
  int64_t append_us_min = 100;
  int64_t append_us_max = 8'000;
  // From the next start() on; nullopt: as shipped.
  std::optional<uint64_t> retention_bytes;
  std::optional<int64_t> retention_ms;
  std::optional<int64_t> retention_every_ms;
  std::optional<int64_t> safe_after_ms;   // likewise
  std::optional<int64_t> create_wait_ms;  // likewise
  std::optional<size_t> entries_per_layer_max;

 private:
  void step(std::vector<AuthorityInput> inputs);
  AuthorityWorld world();
  void answer(AppendAnswer answer);
  void end(Status why);
  // Runs it in this life, when the process moves.
  void pass(std::function<void()> event);

  Clock* clock_;
  Network* network_;
  Random random_;
  Bytes server_key_;
  NodeId id_{0xA0'7401'7e};
  MemoryStore state_;
  std::unique_ptr<TwinStore> twin_;
  MemoryCommitLog log_;
  DeviceClock device_clock_;
  std::unique_ptr<AuthorityDriver> driver_;
  uint64_t life_ = 0;  // events of an earlier life are void
  Standstill standstill_;
  int64_t still_until_us_ = 0;
  Moment die_at_ = Moment::never;
  bool dying_ = false;
  std::map<std::string, int64_t> armed_;
  std::vector<AuthorityInput> inbox_;
  bool step_posted_ = false;
  size_t layers_in_flight_ = 0;
  void post_step();
};

}  // namespace syncline::sim
