// Which schema version a node's code is written for: it says so when it greets, and the log
// remembers it, for names in its subscriptions are that version's.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/authority/authority_impl.h"

namespace syncline {
namespace {

constexpr int64_t kVersionChangeMs = 5'000;

std::string text_of_unknown(const SchemaVersions& versions, uint32_t number) {
  const SchemaVersion* next = versions.next();
  if (next != nullptr && next->number() == number)
    return fmt::format(
        "schema version {} is being made ready: the node is let in when it is in "
        "force",
        number);
  const std::vector<uint32_t> in_force = versions.numbers();
  return fmt::format(
      "the node's code is written for schema version {}, and {} {} in force here: {}", number,
      fmt::join(in_force, ", "), in_force.size() == 1 ? "is" : "are",
      number > in_force.back() ? "deploy it (`syncline app deploy`)"
                               : "update the node's program; what it has pending is "
                                 "kept");
}

}  // namespace

const Schema& Authority::Impl::schema_of(const Session& session) const {
  const SchemaVersions& versions = *directory.deployed()->versions;
  const SchemaVersion* own = versions.in_force(session.version);
  return (own == nullptr ? versions.deployed() : *own).schema();
}

// Else it has been answered, or will be once the log has its version.
bool Authority::Impl::greets_in_version(ConnectionId connection, const Hello& hello,
                                        const KnownNode& node) {
  waiting_hellos.erase(hello.node);
  if (const std::shared_ptr<const Deployed>& deployed = directory.deployed();
      deployed != nullptr && deployed->versions->in_force(hello.schema_version) == nullptr) {
    Error error(ErrorCode::kSchemaMismatch,
                text_of_unknown(*deployed->versions, hello.schema_version));
    event("unknown_schema_version", hello.node, error.message);
    say_goodbye(connection, std::move(error), true);
    return false;
  }
  if (hello.schema_version == node.version) return true;
  if (changes_version_too_often(hello.node)) {
    event("throttled", hello.node, "its schema version changes too often");
    say_goodbye(connection,
                {ErrorCode::kSchemaMismatch,
                 "the node's schema version changes too often: are there two devices with one "
                 "identity, and programs of two versions?"},
                true);
    return false;
  }
  waiting_hellos.insert_or_assign(hello.node, std::pair(connection, hello));
  out.more = true;
  return false;
}

// Each change is an entry in the log.
bool Authority::Impl::changes_version_too_often(NodeId node) {
  const auto last = version_said.find(node);
  return last != version_said.end() && now.monotonic_ms - last->second < kVersionChangeMs;
}

// Decided by the authority's own hand, before what nodes offer.
Status Authority::Impl::note_versions() {
  for (const auto& [id, waiting] : waiting_hellos) {
    const uint32_t version = waiting.second.schema_version;
    const KnownNode* node = deciding.node(id);
    if (node == nullptr || node->version == version || draining || !has_room_in_flight()) continue;
    version_said[id] = now.monotonic_ms;
    Changeset changeset = begin_by_hand();
    Group group;
    group.id = Value(to_string(id));
    group.object = {system_type::kNode, *object_key(group.id)};
    Operation& set = group.operations.emplace_back();
    set.kind = OperationKind::set;
    set.path = {system_field::node::kVersion};
    set.item = Item(Value(static_cast<int32_t>(version)));
    changeset.groups.push_back(std::move(group));
    SYNCLINE_TRY(decide_by_hand(next_hand_name(), std::move(changeset), Offer::Keeps::nothing));
  }
  return {};
}

// That the log has the version of now.
std::optional<Authority::Impl::WaitingHello> Authority::Impl::take_waiting(NodeId id) {
  const auto waiting = waiting_hellos.find(id);
  const KnownNode* node = directory.node(id);
  if (waiting == waiting_hellos.end() ||
      (node != nullptr && node->version != waiting->second.second.schema_version))
    return std::nullopt;
  WaitingHello taken = std::move(waiting->second);
  waiting_hellos.erase(waiting);
  return taken;
}

void Authority::Impl::end_sessions_of_ended_versions() {
  if (directory.deployed() == nullptr) return;
  std::vector<uint64_t> ended;
  const SchemaVersions& versions = *directory.deployed()->versions;
  for (const auto& [connection, session] : sessions)
    if (const KnownNode* node = directory.node(session.node);
        node != nullptr && versions.in_force(node->version) == nullptr)
      ended.push_back(connection);
  for (const uint64_t connection : ended) {
    const uint32_t number = directory.node(sessions.at(connection).node)->version;
    say_goodbye(ConnectionId(connection),
                {ErrorCode::kSchemaMismatch, text_of_unknown(versions, number)}, true);
  }
}

}  // namespace syncline
