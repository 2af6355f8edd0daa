// Where the sets of subscriptions stand (subscriptions.h), as the machine's steps change it.
//
//   pending -> bootstrapping -> complete      decided as applied, and integrated: what the new view
//          \________________/                 covers comes in the same batch as the decision
//                    \-> error                refused; the set before it stays in force
//   any of them -> superseded                 a later one was decided
//
// A set's record is written in the batch of its changeset, and changes in the batch that integrates
// the decision. Kept are the active set, what is pending, and the last one in error if none was
// complete since; superseded ones are dropped. An authority that is restored from an older backup
// takes decisions back: such a set is pending again.
#pragma once

#include <map>
#include <set>

#include "node/replica/draft.h"
#include "node/replica/state.h"
#include "node/replica/subscriptions.h"

namespace syncline {

// The set that the draft makes, if it changes subscriptions. Requires: its images are on today's
// state.
Result<std::optional<SubscriptionSetRecord>> next_set(const ReplicaStep& step,
                                                      const Draft::Impl& draft);

// A part of a delta that leads into a view of that token arrived: if it is another than the node's,
// the sets that the authority has are bootstrapping.
Status note_transfer(ReplicaStep* step, const Hash& token);

// What one delta does to sets.
class SetChanges {
 public:
  // The changeset of that order, which changes subscriptions, is decided. refusal: why, if it was
  // refused.
  void decided(uint64_t order, std::optional<std::string> refusal) {
    decided_[order] = std::move(refusal);
  }
  void taken_back(uint64_t order) { taken_back_.insert(order); }
  // The confirmed row of a subscription looks different now.
  void confirmed(NodeId node, const std::optional<Row>& before, const std::optional<Row>& after);
  // Writes the records to the step's batch and notices. Call once, last.
  Status write(ReplicaStep* step);

 private:
  class Walk;
  std::map<uint64_t, std::optional<std::string>> decided_;
  std::set<uint64_t> taken_back_;
  std::vector<SubscriptionEdit> confirmed_;
};

Bytes encode_subscription_set(const SubscriptionSetRecord& record);
Result<SubscriptionSetRecord> decode_subscription_set(int64_t version, BytesView bytes);
// All that are kept, from the oldest on.
Result<std::vector<SubscriptionSetRecord>> read_set_records(const Reader& reader);

}  // namespace syncline
