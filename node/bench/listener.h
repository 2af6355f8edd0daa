// Listener: the least that can be told: greets as a node, decodes and verifies what comes, gives
// the credit back, keeps nothing. What it costs is what any receiver pays.
//
// Verified: the session, that every delta begins where the last one ended, and that every object in
// it decodes whole. Threads: its transport's; the counts may be read from any.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "node/runtime/keys.h"
#include "node/runtime/zmq_client.h"
#include "proto/messages.h"

namespace syncline::bench {

struct ListenerOptions {
  std::string endpoint;
  LinkKey server_key;
  NodeKeys keys;
};

class Listener {
 public:
  explicit Listener(ListenerOptions options) : options_(std::move(options)) {}
  ~Listener();
  Status start();

  bool welcomed() const { return welcomed_; }
  uint64_t objects() const { return objects_; }  // told since start()
  uint64_t seq() const { return seq_; }          // where its cursor stands
  uint64_t bytes() const { return bytes_; }
  uint64_t frames() const { return frames_; }
  // What did not verify; empty: all did.
  std::string complaint() const;

 private:
  void greet();
  bool on_frame(const Bytes& frame);
  void on_delta(const Delta& delta, size_t frame_bytes);
  void complain(std::string text);

  ListenerOptions options_;
  ZmqClient transport_;
  SessionNonce session_;  // transport's thread
  Cursor cursor_;         // transport's thread
  uint64_t consumed_ = 0, reported_ = 0;
  std::atomic<bool> welcomed_{false};
  std::atomic<uint64_t> objects_{0}, seq_{0}, bytes_{0}, frames_{0};
  mutable std::mutex mutex_;
  std::string complaint_;  // under mutex_
};

}  // namespace syncline::bench
