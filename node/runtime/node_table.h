// NodeTable: which link keys are enrolled, and for which node. The one thing that the ZAP handler
// and the network thread both ask.
//
// Each enrolment is a grant with a number of its own. What was connected under a grant that was
// withdrawn stays shut out even if the same key is enrolled again: it has to prove itself anew.
//
// Threads: any. The lock is held for a look-up only. version() lets the network thread check each
// frame without it.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "node/runtime/keys.h"

namespace syncline {

class NodeTable {
 public:
  struct Grant {
    NodeId node;
    uint64_t number = 0;  // never reused
    auto operator<=>(const Grant&) const = default;
  };

  // Enrols the key; withdraws what it was enrolled for before. Nothing changes, a ban neither, if
  // that is the same node.
  void allow(const LinkKey& key, NodeId node);
  void remove(NodeId node);
  // Shuts out one grant until its node is removed and allowed again. False if it was shut out or
  // withdrawn already.
  bool ban(const Grant& grant);

  std::optional<Grant> find(const LinkKey& key) const;
  bool holds(const Grant& grant) const;
  // Grows after every change that may withdraw a grant.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  struct Enrolment {
    Grant grant;
    bool banned = false;
  };
  mutable std::mutex mutex_;
  std::map<LinkKey, Enrolment> by_key_;
  std::set<Grant> valid_;
  uint64_t last_number_ = 0;
  std::atomic<uint64_t> version_{1};
};

// A grant as libzmq carries it with every frame (ZAP's User-Id): "NODE-NUMBER", the node as 16
// hexadecimal digits.
std::string user_id_of(const NodeTable::Grant& grant);
std::optional<NodeTable::Grant> parse_user_id(std::string_view text);

}  // namespace syncline
