// The control socket: how a command reaches the daemon of its store. A Unix socket in the store's
// directory, closed to other users; one request a connection, JSON lines both ways:
//
//   -> {"command": "get", ...}
//   <- {"out": "a line"}*  {"note": "a line"}*  then {"exit": 0} or {"error": {"code": "...",
//   "message": "..."}}
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "node/cli/handler.h"

namespace syncline {

class ControlServer {
 public:
  // kPortInUse: another daemon answers on it. A socket left by a dead one is replaced.
  static Result<std::unique_ptr<ControlServer>> start(const std::string& path, Handler* handler);
  ~ControlServer();

 private:
  ControlServer(std::string path, int socket, Handler* handler);
  void accept_loop();
  void serve(int connection);

  std::string path_;
  int socket_;
  Handler* handler_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::set<int> open_;
  std::atomic<int> serving_{0};
  std::thread accepting_;
};

// nullopt: no daemon listens there.
std::optional<int> connect_control(const std::string& path);
// Sends the request over the connection (and closes it) and hands on what comes back.
Result<int> ask_daemon(int connection, const Request& request, const Output& output);

}  // namespace syncline
