// A fleet as a user of the API has it: one AuthorityDaemon and its Nodes, with their real threads,
// in one process. Over the loopback transport and stores in memory, where the thread sanitizer sees
// everything; or over ZeroMQ and RocksDB.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "node/runtime/authority_daemon.h"
#include "node/runtime/loopback.h"
#include "node/runtime/node_parts.h"
#include "storage/memory_commit_log.h"
#include "storage/memory_store.h"
#include "syncline/node.h"
#include "tests/storage/temp_directory.h"

namespace syncline::testing::api {

// Long enough that only a fault reaches it.
inline constexpr std::chrono::milliseconds kApiPatience{30'000};

template <class T>
T good(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  if (!result) std::abort();
  return std::move(*result);
}
inline void good(const Status& status) {
  EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
}
template <class R>
ErrorCode code_of(const R& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode() : result.error().code;
}

// What an observer on another thread says, and waiting for it.
template <class T>
class Heard {
 public:
  void add(const T& one) {
    std::lock_guard lock(mutex_);
    all_.push_back(one);
    changed_.notify_all();
  }
  // Waits until all that was heard is as wanted.
  [[nodiscard]] bool until(const std::function<bool(const std::vector<T>&)>& wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kApiPatience, [&] { return wanted(all_); });
  }
  [[nodiscard]] bool until_count(size_t count) {
    return until([count](const std::vector<T>& all) { return all.size() >= count; });
  }
  std::vector<T> all() {
    std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> all_;
};

// A store in memory that outlives the node that has it open: the disk.
class DiskStore : public Store {
 public:
  explicit DiskStore(std::shared_ptr<MemoryStore> disk) : disk_(std::move(disk)) {}
  Result<std::optional<Bytes>> get(BytesView key) const override { return disk_->get(key); }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    return disk_->scan(from, to);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    return disk_->scan_back(from, to);
  }
  Status write(const Batch& batch, BatchKind kind, bool sync) override {
    return disk_->write(batch, kind, sync);
  }
  Status sync() override { return disk_->sync(); }
  Status flush() override { return disk_->flush(); }
  std::unique_ptr<Reader> snapshot() const override { return disk_->snapshot(); }
  Result<std::unique_ptr<Ingestion>> start_ingestion() override { return disk_->start_ingestion(); }
  Status backup(const std::string& directory) const override { return disk_->backup(directory); }

 private:
  std::shared_ptr<MemoryStore> disk_;  // shared: the test opens it again
};

// The app: Task objects that everybody reads and writes, but `locked`, which only managers write;
// Notice objects that only managers write.
AppFiles api_app();

class ApiFleet {
 public:
  explicit ApiFleet(const AppFiles& app = api_app());
  ~ApiFleet();

  struct Device {
    StoreDirectory directory;
    std::shared_ptr<MemoryStore> disk = std::make_shared<MemoryStore>();
  };
  // Enrolled for the user ("manager" or "worker").
  Device enrol(const std::string& name, const std::string& user);
  Node open(const Device& device, NodeOptions options = {});
  // Open, with the schema, subscribed to both types and with all that is there.
  Node open_subscribed(const Device& device, NodeOptions options = {});
  void set_connected(const Device& device, bool connected) {
    network_.set_connected(device.directory.keys.link.public_key, connected);
  }
  AuthorityDaemon& authority() { return *authority_; }

 private:
  LoopbackNetwork network_{LoopbackNetwork::Mode::threaded};
  StoreDirectory directory_;
  std::unique_ptr<AuthorityDaemon> authority_;
};

// Users "manager" and "worker", whose rights the app's rules tell apart.
void add_users(AuthorityDaemon* authority);
void enrol_node(AuthorityDaemon* authority, const std::string& name, const std::string& user,
                const NodeKeys& keys);
void wait_for_schema(Node* node);
void subscribe_all(Node* node);

inline Document task(const std::string& id, const std::string& title) {
  return Document{{"_id", id}, {"title", title}};
}
inline Status put_task(Node& node, const std::string& id, const std::string& title) {
  auto receipt = node.write([&](Transaction& t) { return t.put("Task", task(id, title)); });
  if (!receipt) return std::unexpected(receipt.error());
  return {};
}
inline std::string title_of(const Node& node, const std::string& id) {
  auto object = good(node.get("Task", id));
  if (!object) return "(none)";
  const Value* title = object->find("title");
  return title == nullptr ? "(no title)" : title->get<std::string>();
}

}  // namespace syncline::testing::api
