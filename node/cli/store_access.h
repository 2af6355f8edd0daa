// How a command reaches its store: over the daemon's socket if one runs, by opening the store
// itself if none does.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "node/cli/handler.h"

namespace syncline {

// An opened store with its handler, in this process.
struct OpenStore {
  std::unique_ptr<Node> node;
  std::unique_ptr<AuthorityDaemon> authority;
  std::unique_ptr<Handler> handler;
};
// connect: a node opened for this one command talks to its authority too.
Result<OpenStore> open_store(const std::string& path, bool connect);

// Answers the request, wherever the store is open.
Result<int> ask_store(const std::string& path, const Request& request, const Output& output);

// What a daemon reports on its events, on stderr.
void log_event(const AuthorityEvent& event);

}  // namespace syncline
