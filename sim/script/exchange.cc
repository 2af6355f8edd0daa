// The steps that let a held node's changesets and entries through.
#include <fmt/format.h>

#include <algorithm>

#include "sim/script/actions.h"

namespace syncline::sim {
namespace {

// How long a held message may take to come up, or an upload to be decided.
constexpr int64_t kPatienceMs = 30'000;

Status held(NodeProcess* node, const std::string& name) {
  if (!node->running()) return fail(ErrorCode::kClosed, fmt::format("node {} is down", name));
  if (!node->held())
    return fail(ErrorCode::kUsage,
                fmt::format("node {} is not held: its messages move by themselves", name));
  return {};
}

// Sends one upload and lets the authority decide on it and tell the others, so that the next is an
// entry and a message of its own. Answers how many changesets it brought.
Result<uint64_t> upload_one(Stage* stage, NodeProcess* node, const std::string& name) {
  Fleet& fleet = stage->fleet;
  std::vector<ChangesetName> names;
  if (!stage->wait(kPatienceMs, [&] { return !(names = node->upload_next()).empty(); }))
    return fail(ErrorCode::kTimedOut,
                fmt::format("node {} has no more changesets to upload", name));
  const auto decided = [&] {
    return std::all_of(names.begin(), names.end(), [&](const ChangesetName& changeset) {
      return fleet.history.entry_of(changeset) != nullptr;
    });
  };
  // What is decided beside the log (a clone's changeset, a gap) makes no entry.
  stage->wait(kPatienceMs, decided);
  stage->wait(kPatienceMs, [&] {
    return fleet.authority.running() && !fleet.authority.machine().has_undecided() &&
           fleet.authority.machine().committed().seq == fleet.history.head();
  });
  return names.size();
}

Status deliver_to(Stage* stage, NodeProcess* node, const std::string& name, LogSeq target) {
  for (;;) {
    const LogSeq at = node->machine().status().cursor.seq;
    if (at >= target) return {};
    if (!stage->wait(kPatienceMs, [&] { return node->next_delivery().has_value(); }))
      return fail(
          ErrorCode::kTimedOut,
          fmt::format("node {} is told of no more entries: it is at entry {}, the log's head "
                      "is {}, it was to be at {}",
                      name, at.value, stage->fleet.history.head().value, target.value));
    if (*node->next_delivery() > target)
      return fail(ErrorCode::kBadData,
                  fmt::format("the next message to node {} leads from entry {} to {}: several "
                              "entries at once, beyond {}",
                              name, at.value, node->next_delivery()->value, target.value));
    node->deliver_next();
  }
}

}  // namespace

Status act(Stage* stage, const step::Upload& upload) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(upload.node));
  SYNCLINE_TRY(held(node, upload.node));
  uint64_t done = 0;
  while (done < upload.changesets) {
    SYNCLINE_ASSIGN(const uint64_t more, upload_one(stage, node, upload.node));
    done += more;
    if (done > upload.changesets)
      return fail(
          ErrorCode::kBadData,
          fmt::format("an upload of node {} brought {} changesets at once", upload.node, more));
  }
  for (const std::string& label : upload.through) {
    SYNCLINE_ASSIGN(const LabelledCommit* commit, stage->commit(label));
    if (!commit->name) continue;
    if (commit->node != upload.node)
      return fail(ErrorCode::kUsage,
                  fmt::format("the commit {} is not of node {}", label, upload.node));
    while (stage->fleet.history.entry_of(*commit->name) == nullptr)
      SYNCLINE_TRY(upload_one(stage, node, upload.node));
  }
  return {};
}

Status act(Stage* stage, const step::Deliver& deliver) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(deliver.node));
  SYNCLINE_TRY(held(node, deliver.node));
  LogSeq target(node->machine().status().cursor.seq.value + deliver.entries);
  for (const std::string& label : deliver.through) {
    SYNCLINE_ASSIGN(const LabelledCommit* commit, stage->commit(label));
    if (!commit->name) continue;
    const Entry* entry = stage->fleet.history.entry_of(*commit->name);
    if (entry == nullptr)
      return fail(ErrorCode::kNotFound,
                  fmt::format("the commit {} is not in the log: upload it first", label));
    target = std::max(target, entry->seq);
  }
  return deliver_to(stage, node, deliver.node, target);
}

}  // namespace syncline::sim
