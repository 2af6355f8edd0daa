// Handler: what a command does once its words are parsed: a request in, lines out. The same code
// answers in the process of the command (it opened the store itself) and in the daemon (over the
// store's control socket).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "node/runtime/authority_daemon.h"
#include "syncline/node.h"

namespace syncline {

// {"command": "put", "json": false, ...}: what else, each handler says.
using Request = nlohmann::json;

// Where lines go. Called on the handler's thread.
struct Output {
  std::function<bool(const std::string&)> line;      // to stdout; false: nobody reads any more
  std::function<void(const std::string&)> note;      // to stderr; any thread
  std::function<bool()> open = [] { return true; };  // false: nobody reads any more
};

class Handler {
 public:
  virtual ~Handler() = default;
  // The exit code (0 done, 1 the answer is no), or an error. Any thread, several at once.
  virtual Result<int> handle(const Request& request, const Output& output) = 0;
};

std::unique_ptr<Handler> make_node_handler(Node* node);
std::unique_ptr<Handler> make_authority_handler(AuthorityDaemon* authority);

// ---- reading requests ----
std::string text_in(const Request& request, const char* key);
bool flag_in(const Request& request, const char* key);

// For `status --watch`: waits a second. False: nobody reads any more.
bool wait_to_watch(const Output& output);

}  // namespace syncline
