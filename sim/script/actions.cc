#include "sim/script/actions.h"

#include <fmt/format.h>

#include "node/replica/subscriptions.h"

namespace syncline::sim {
namespace {

// A settle step looks so often whether all is quiet.
constexpr int64_t kLookMs = 100;

Status running(NodeProcess* node, const std::string& name) {
  if (node == nullptr || node->running()) return {};
  return fail(ErrorCode::kClosed, fmt::format("node {} is down", name));
}

Status one(Stage* stage, const std::string& name, step::Nodes::What what) {
  using What = step::Nodes::What;
  Fleet& fleet = stage->fleet;
  if (name == kAuthorityName) {
    switch (what) {
      case What::crash:
        fleet.authority.kill();
        return {};
      case What::lose_power:
        fleet.authority.lose_power();
        return {};
      case What::restart:
        if (fleet.authority.running()) fleet.authority.kill();
        return fleet.authority.start();
      default:
        return fail(ErrorCode::kUsage, "only crash, lose_power and restart are for the authority");
    }
  }
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(name));
  switch (what) {
    case What::hold:
      node->hold(true);
      return {};
    case What::release:
      node->hold(false);
      return {};
    case What::connect:
      stage->set_cut(node, Stage::Cut::step, false);
      return {};
    case What::disconnect:
      stage->set_cut(node, Stage::Cut::step, true);
      return {};
    case What::crash:
      node->kill();
      return {};
    case What::lose_power:
      node->lose_power();
      return {};
    case What::restart:
      node->kill();
      return node->start();
    case What::remove:
      stage->removed.insert(node->id());
      return fleet.authority.remove_node(node->id());
  }
  return {};
}

}  // namespace

Status perform_all(const std::vector<UserOperation>& operations, Draft* draft,
                   std::vector<std::pair<uint32_t, uint32_t>>* ordinals) {
  for (size_t i = 0; i < operations.size(); ++i) {
    const UserOperation& operation = operations[i];
    const TypeDef* type = draft->schema().type(operation.type);
    const uint32_t from = draft->operations();
    Status done = type == nullptr ? fail(ErrorCode::kNotFound, "there is no type " + operation.type)
                                  : perform(*draft, type->number, operation);
    if (!done) return std::unexpected(done.error().within(fmt::format("operation {}", i)));
    if (ordinals != nullptr) ordinals->emplace_back(from, draft->operations());
  }
  return {};
}

Status act(Stage* stage, const step::Commit& commit) {
  stage->last_commit.reset();
  SYNCLINE_ASSIGN(NodeProcess * node, stage->place(commit.node));
  SYNCLINE_TRY(running(node, commit.node));
  LabelledCommit done{commit.node, std::nullopt, {}};
  const auto body = [&](Draft& draft) -> Status {
    draft.set_all_or_nothing(commit.all_or_nothing);
    return perform_all(commit.operations, &draft, &done.ordinals);
  };
  std::optional<int64_t> wall_ms;
  if (commit.clock_ms) wall_ms = DeviceClock::kEpochMs + stage->started_ms + *commit.clock_ms;
  Result<std::optional<ChangesetName>> name = node == nullptr
                                                  ? stage->fleet.authority.commit(body, wall_ms)
                                                  : node->commit(commit.durability, body, wall_ms);
  if (!commit.fails.empty()) {
    if (name) return fail(ErrorCode::kBadData, "it was to fail, and was committed");
    if (name.error().message.find(commit.fails) == std::string::npos)
      return fail(ErrorCode::kBadData,
                  fmt::format("it was to fail with \"{}\", and failed with: {}", commit.fails,
                              name.error().message));
    return {};
  }
  if (!name) return std::unexpected(name.error());
  done.name = stage->last_commit = *name;
  if (!commit.label.empty() && !stage->commits.emplace(commit.label, std::move(done)).second)
    return fail(ErrorCode::kExists, fmt::format("two commits are called {}", commit.label));
  return {};
}

Status act(Stage* stage, const step::Nodes& nodes) {
  for (const std::string& name : nodes.names) SYNCLINE_TRY(one(stage, name, nodes.what));
  return {};
}

Status act(Stage* stage, const step::BackUp& back_up) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(back_up.node));
  stage->backups[back_up.as] = node->image();
  return {};
}

Status act(Stage* stage, const step::Restore& restore) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(restore.node));
  auto image = stage->backups.find(restore.backup);
  if (image == stage->backups.end())
    return fail(ErrorCode::kNotFound, fmt::format("there is no backup {}", restore.backup));
  return restore.clone ? node->resume(image->second) : node->restore(image->second);
}

Status act(Stage* stage, const step::SetUser& set) { return stage->fleet.set_user(set.user); }

Status act(Stage* stage, const step::Deploy& deploy) {
  return stage->fleet.deploy(deploy.app.files);
}

Status act(Stage* stage, const step::Subscribe& wish) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(wish.node));
  SYNCLINE_TRY(running(node, wish.node));
  const auto body = [&](Draft& draft) -> Status {
    SYNCLINE_TRY(subscribe(&draft, node->id(), wish.subscription.name, wish.subscription.type,
                           wish.subscription.query));
    return {};
  };
  SYNCLINE_TRY(node->commit(Durability::commit, body, std::nullopt));
  return {};
}

Status act(Stage* stage, const step::Unsubscribe& wish) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(wish.node));
  SYNCLINE_TRY(running(node, wish.node));
  const auto body = [&](Draft& draft) { return unsubscribe(&draft, node->id(), wish.name); };
  SYNCLINE_TRY(node->commit(Durability::commit, body, std::nullopt));
  return {};
}

Status act(Stage* stage, const step::Trim& trim) {
  AuthorityProcess& authority = stage->fleet.authority;
  authority.kill();
  authority.retention_bytes = trim.keep_bytes;
  SYNCLINE_TRY(authority.start());
  stage->fleet.run_for(kTrimMs);
  return {};
}

Status act(Stage* stage, const step::Disk& step) {
  using Operation = MemoryStore::Operation;
  using Is = step::Disk::Is;
  SYNCLINE_ASSIGN(NodeProcess * node, stage->place(step.node));
  AuthorityProcess& authority = stage->fleet.authority;
  MemoryStore& disk = node == nullptr ? authority.state() : node->disk();
  disk.clear_faults();
  (node == nullptr ? authority.slow_log_us : node->slow_disk_us) = step.by_ms * 1000;
  if (step.is == Is::full) disk.fail_at(Operation::write, 1, ErrorCode::kStoreFull, true);
  if (step.is == Is::failing) disk.fail_at(Operation::sync, 1, ErrorCode::kIo, true);
  if (step.is == Is::full || step.is == Is::failing)
    stage->may_end.insert(node == nullptr ? authority.id() : node->id());
  return {};
}

Status act(Stage* stage, const step::Run& run) {
  stage->fleet.run_for(run.ms);
  return {};
}

Status act(Stage* stage, const step::Settle& settle) {
  const int64_t until = stage->now_ms() + settle.at_most_ms;
  std::string unrest;
  do {
    stage->fleet.run_for(kLookMs);
    unrest = stage->unrest();
  } while (!unrest.empty() && stage->now_ms() < until);
  if (unrest.empty()) return {};
  return fail(ErrorCode::kTimedOut, "not quiet: " + unrest);
}

Status act(Stage* stage, const step::CountTraffic&) {
  for (auto& node : stage->fleet.nodes)
    stage->links.at(node->id()).counted_from = stage->fleet.network.use_of(node->id());
  return {};
}

}  // namespace syncline::sim
