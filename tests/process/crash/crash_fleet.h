// An authority and a node as they ship, machines, drivers, threads and RocksDB, in one process, on
// the files of one directory. The connection between them is a loopback.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <optional>
#include <string>

#include "node/runtime/authority_daemon.h"
#include "node/runtime/loopback.h"
#include "syncline/node.h"

namespace syncline::testing {

// Where their databases are, below the fleet's directory.
inline std::string objects_of(const std::string& fleet) { return fleet + "/node/objects"; }
inline std::string state_of(const std::string& fleet) { return fleet + "/authority/state"; }
inline std::string log_of(const std::string& fleet) { return fleet + "/authority/log"; }

// A fleet that has its app, its user, its enrolled and subscribed node, and the counter at 0.
void make_fleet(const std::string& directory);

class CrashFleet {
 public:
  // env: the file system of all three databases; null: the real one.
  static Result<std::unique_ptr<CrashFleet>> open(const std::string& directory, rocksdb::Env* env);
  ~CrashFleet();
  AuthorityDaemon& authority() { return *authority_; }
  Node& node() { return *node_; }
  void close();

  // Write number i: an object of its own, and the counter one higher.
  Result<Receipt> write(int i);
  // Of those objects, which are there; an error if one is not as it was written.
  Result<std::vector<int>> read_writes();
  Result<int64_t> read_counter();

 private:
  LoopbackNetwork network_{LoopbackNetwork::Mode::threaded};
  std::unique_ptr<AuthorityDaemon> authority_;
  std::optional<Node> node_;
};

// The three promises, in turn.
Durability durability_of(int i);

}  // namespace syncline::testing
