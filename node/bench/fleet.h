// A fleet in one process for the benchmarks: an authority, nodes and light listeners, in a
// temporary directory. Private to this folder; one thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "node/runtime/authority_daemon.h"
#include "syncline/node.h"

namespace syncline::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Long enough that only a fault reaches it.
inline constexpr std::chrono::minutes kPatience{5};

// A directory of its own, removed with everything in it when this goes.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What a node is before it is one: keys in a directory, and a name.
struct Enrolled {
  std::string directory;
  NodeKeys keys;
};

class Fleet {
 public:
  static Result<std::unique_ptr<Fleet>> start();
  ~Fleet();

  // A store for a node that the authority knows, subscribed to Item if asked.
  Result<Enrolled> enrol(bool subscribed);
  // Objects of the authority's own hand, in transactions of a thousand.
  Status fill(uint64_t count);

  AuthorityDaemon& authority() { return *authority_; }
  const std::string& path() const { return directory_.path(); }
  const LinkKey& server_key() const { return authority_->directory().keys.link.public_key; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<AuthorityDaemon> authority_;
  int enrolled_ = 0;
};

// The record that all suites write: about 180 bytes. `n` makes its _id: object ids that rise, as a
// device makes them.
Document item(uint64_t n);
ObjectId item_id(uint64_t n);

}  // namespace syncline::bench
