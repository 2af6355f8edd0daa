// What a node asks for: subscriptions, and the sets that they form.
//
//   Result<SubscriptionSet> set = node.update_subscriptions([&](Transaction& t) -> Status {
//     SYNCLINE_TRY(t.unsubscribe_type("Reading"));
//     return t.subscribe("Reading", "store == $0", {"OSL-01"}, "my readings");
//   });
//   set = node.wait_for_subscriptions(*set, SubscriptionState::complete, 30s);
//   if (set && set->state == SubscriptionState::error) complain(set->error);
//
// What one transaction makes of the subscriptions is a set. The latest set is what was asked for;
// the active one is in force, and decides what is here. Sets survive restarts. They stand in order
// with the writes around them: what was written before a change of subscriptions is decided before
// it. A set that is refused is in error: the one before it stays in force, and the next is built on
// that. What matches a subscription that goes leaves the node once the set without it is complete,
// unless another one matches it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "syncline/ids.h"
#include "syncline/value.h"
#include "syncline/words.h"

namespace syncline {

struct SubscriptionStatus {
  std::string id;    // what unsubscribe() takes, as it takes the name
  std::string name;  // empty: it has none
  std::string type;
  std::string query;      // with the arguments in their places; TRUEPREDICATE: the whole type
  Date created_at;        // by this device's clock
  Date updated_at;        // when its type or query last changed
  bool complete = false;  // in force as it stands here: what matches is here
  std::string error;      // why it was refused: a later set, or the next try, is without it
};

struct SubscriptionSet {
  // Counts the changes of this store's subscriptions; 0: the empty set before the first. A change
  // that came from the authority counts too (this device was restored from a backup, and had gone
  // on before).
  int64_t version = 0;
  SubscriptionState state = SubscriptionState::complete;
  std::string error;        // why it was refused
  ChangesetName changeset;  // number 0: none of this store's
  // In order of ids. Of a set in error: what is in force, then what was refused. Of one that is
  // superseded: empty.
  std::vector<SubscriptionStatus> list;

  // By name or id; null: there is none.
  const SubscriptionStatus* find(std::string_view name_or_id) const;
};

// Whether a call waits until what it subscribes to is here.
enum class WaitMode : uint8_t {
  never,
  first_time,  // until it is here; at once, if it was
  always,      // and for all that the authority had committed when the call was made
};

struct SubscribeOptions {
  std::string name = {};              // empty: none
  std::vector<Value> arguments = {};  // $0, $1, ...; a list is a list argument
  WaitMode wait = WaitMode::never;
  std::chrono::milliseconds timeout{60'000};
};

}  // namespace syncline
