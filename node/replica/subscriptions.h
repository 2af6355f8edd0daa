// Subscriptions: which objects a node wants. They are objects of a system type, written through a
// Draft like any other: so they stand in order with the writes around them, survive, and are
// decided by the authority.
//
//   Draft draft = replica.begin();
//   subscribe(&draft, node, std::nullopt, "Fridge", "");
//   replica.step(now, replica_input::Commit{std::move(draft)});
//
// What one transaction made of them is a *set*; its version counts from 1, and 0 is the empty set
// before the first. The set that is in force is the active one: what is confirmed. The latest is
// what was asked for: what is shown. A node always sees its own subscriptions; an authority decides
// on them before it tells anything after them, so a set that is confirmed is in force, and what it
// covered then is here. Any thread with its own Draft or Reader.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/replica/transaction.h"
#include "proto/entry.h"

namespace syncline {

struct SubscriptionInfo {
  std::string id;  // what unsubscribe() takes: the part of _id behind the node
  std::optional<std::string> name;
  std::string type;
  std::string query;  // "TRUEPREDICATE" for a whole type
  int64_t created_wall_ms = 0;
  int64_t updated_wall_ms = 0;
  bool complete = false;  // in force as it stands here
  std::string error;      // asked for, and refused: why
  bool operator==(const SubscriptionInfo&) const = default;
};

// What a set did to one subscription.
struct SubscriptionEdit {
  SubscriptionInfo subscription;  // as the set leaves it
  bool removed = false;
  bool operator==(const SubscriptionEdit&) const = default;
};

// What is written down of a set. Which subscriptions it has is not: the rows say that, and what is
// refused meanwhile, or comes from elsewhere, is in them.
struct SubscriptionSetRecord {
  int64_t version = 0;
  uint64_t order = 0;  // of its changeset; 0: it came from the authority, and no one here wrote it
  ChangesetName name;  // number 0: likewise
  SubscriptionState state = SubscriptionState::pending;
  std::string error;  // why it was refused
  // What it changed; once it is complete, all that is known of the subscriptions.
  std::vector<SubscriptionEdit> edits;
  bool operator==(const SubscriptionSetRecord&) const = default;
};

struct SubscriptionSetInfo {
  int64_t version = 0;
  SubscriptionState state = SubscriptionState::complete;
  std::string error;
  ChangesetName name;
  std::vector<SubscriptionInfo> list;  // in order of ids; then what was refused of this set
};

// ---- in a transaction ----

// Inserts or updates by name; without a name by (type, query): asking twice is asking once. Answers
// its id. kNotFound: no such type. kUsage: a type that cannot be subscribed to. kBadQuery.
// kTooLarge: a name or query beyond its limit.
Result<std::string> subscribe(Draft* draft, NodeId node, const std::optional<std::string>& name,
                              const std::string& type, const std::string& query,
                              const std::vector<Value>& arguments = {});
// By name or id. kNotFound.
Status unsubscribe(Draft* draft, NodeId node, const std::string& name_or_id);
// The unnamed one with that query. kNotFound.
Status unsubscribe_query(Draft* draft, const NodeId& node, const std::string& type,
                         const std::string& query, const std::vector<Value>& arguments);
// All of the type; all of them, or those without a name. None is fine.
Status unsubscribe_type(Draft* draft, NodeId node, const std::string& type);
Status unsubscribe_all(Draft* draft, NodeId node, bool named_too);
// The names of the types that are subscribed to, as the transaction sees it.
Result<std::set<std::string, std::less<>>> subscribed_types(const Draft& draft, NodeId node);

// ---- reading ----

// On a snapshot: several records belong together.
Result<SubscriptionSetInfo> read_latest_set(const Reader& snapshot, NodeId node);
Result<SubscriptionSetInfo> read_active_set(const Reader& snapshot, NodeId node);
// nullopt: superseded, or there was none yet.
Result<std::optional<SubscriptionSetInfo>> read_set(const Reader& snapshot, NodeId node,
                                                    int64_t version);
Result<std::optional<SubscriptionSetRecord>> read_set_record(const Reader& reader, int64_t version);
Result<int64_t> latest_set_version(const Reader& reader);

// Why a changeset that changes subscriptions was refused, for a person. subscribing: which of its
// operations do; empty: it is not known.
std::string why_refused(const std::vector<Outcome>& outcomes,
                        const std::set<uint32_t>& subscribing);

// What the row of a subscription says; nullopt: it is another node's.
std::optional<SubscriptionInfo> subscription_of(const Row& row, NodeId node);

}  // namespace syncline
