#include "node/runtime/node_table.h"

#include <charconv>

namespace syncline {

void NodeTable::allow(const LinkKey& key, NodeId node) {
  std::lock_guard lock(mutex_);
  if (auto found = by_key_.find(key); found != by_key_.end()) {
    if (found->second.grant.node == node) return;
    valid_.erase(found->second.grant);
    by_key_.erase(found);
  }
  const Grant grant{node, ++last_number_};
  by_key_.emplace(key, Enrolment{grant});
  valid_.insert(grant);
  version_.fetch_add(1, std::memory_order_release);
}

void NodeTable::remove(NodeId node) {
  std::lock_guard lock(mutex_);
  std::erase_if(by_key_, [&](const auto& entry) { return entry.second.grant.node == node; });
  std::erase_if(valid_, [&](const Grant& grant) { return grant.node == node; });
  version_.fetch_add(1, std::memory_order_release);
}

bool NodeTable::ban(const Grant& grant) {
  std::lock_guard lock(mutex_);
  if (valid_.erase(grant) == 0) return false;
  for (auto& [key, enrolment] : by_key_) {
    if (enrolment.grant == grant) enrolment.banned = true;
  }
  version_.fetch_add(1, std::memory_order_release);
  return true;
}

std::optional<NodeTable::Grant> NodeTable::find(const LinkKey& key) const {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second.banned) return std::nullopt;
  return found->second.grant;
}

bool NodeTable::holds(const Grant& grant) const {
  std::lock_guard lock(mutex_);
  return valid_.contains(grant);
}

std::string user_id_of(const NodeTable::Grant& grant) {
  return to_string(grant.node) + "-" + std::to_string(grant.number);
}

std::optional<NodeTable::Grant> parse_user_id(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const Result<NodeId> node = parse_node_id(text.substr(0, dash));
  if (!node) return std::nullopt;
  NodeTable::Grant grant{*node, 0};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + dash + 1, end, grant.number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return grant;
}

}  // namespace syncline
