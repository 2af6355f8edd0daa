// Subscriptions: which objects a node wants. They are objects of a system type, written through a
// Draft like any other: so they stand in order with the writes around them, survive, and are
// decided by the authority.
//
//   Draft draft = replica.begin();
//   subscribe(&draft, node, std::nullopt, "Fridge", "");
//   replica.step(now, replica_input::Commit{std::move(draft)});
//
// A node always sees its own subscriptions; an authority decides on them before it tells anything
// after them, so a subscription that is confirmed is in force, and what it covered then is here.
// Any thread with its own Draft or Reader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/replica/transaction.h"

namespace syncline {

enum class SubscriptionState : uint8_t {
  pending,   // written, changed or removed here, not decided yet or its objects not here yet
  complete,  // in force: what it covered when the authority decided on it is here
};

struct SubscriptionInfo {
  std::string id;  // what unsubscribe() takes: the part of _id behind the node
  std::optional<std::string> name;
  std::string type;
  std::string query;  // "TRUEPREDICATE" for a whole type
  SubscriptionState state = SubscriptionState::pending;
  bool operator==(const SubscriptionInfo&) const = default;
};

// Inserts or updates by name; without a name by (type, query): asking twice is asking once. Answers
// its id. kNotFound: no such type. kUsage: a type that cannot be subscribed to. kTooLarge: a name
// or query beyond its limit.
Result<std::string> subscribe(Draft* draft, NodeId node, const std::optional<std::string>& name,
                              const std::string& type, const std::string& query);
// By name or id. kNotFound.
Status unsubscribe(Draft* draft, NodeId node, const std::string& name_or_id);

// As shown: with what is pending. In order of ids.
Result<std::vector<SubscriptionInfo>> read_subscriptions(const Reader& reader, NodeId node);

}  // namespace syncline
