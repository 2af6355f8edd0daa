// Judging a group: the operations of one changeset on one object, merged, validated and permitted
// on the image before and after all of them. DESIGN 5, "judged together": fields refused alone are
// taken out and the rest is judged again.
//
// Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/authority/directory.h"
#include "node/merge/merge.h"

namespace syncline {

struct GroupContext {
  bool own_hand = false;  // the authority's own changeset: permitted, still validated
  // What it writes is what other schema versions' fields follow from; false: it is what follows.
  bool derives = true;
  NodeId origin;
  // The schema version that names are of: of the origin's code, or of a subscription's node; 0: the
  // deployed one.
  uint32_t version = 0;
  const Access* access = nullptr;      // of the author; not for own_hand
  const Deployed* deployed = nullptr;  // null: no app yet
  bool base_lost = false;              // the writer saw what a restore has lost
  // Does the author subscribe to an object of that content, and may read it: one that was there, or
  // that is made? Empty: it does not matter.
  enum class Content : uint8_t { before, made };
  std::function<bool(const Row&, Content)> in_view = {};
};

// What there was must lie in the author's view, or what there is now if there was nothing. An
// object outside is refused before its content is looked at, in the same words whether it may not
// be read or is not subscribed to: the refusal tells nothing of it.
//
// Does the group create its object?
bool creates(const Group& group);

struct JudgedGroup {
  std::vector<Outcome> outcomes;      // one for each operation, in their order
  std::optional<MergeOutput> merged;  // null: nothing of it took effect
  std::string role;                   // by which it was judged
};

JudgedGroup judge(const Group& group, const Row* row, const MergeRow* merge,
                  const Causality& causality, const GroupContext& context);

}  // namespace syncline
