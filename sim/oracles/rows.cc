#include "sim/oracles/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/model/schema_translation.h"
#include "node/replica/keys.h"
#include "proto/limits.h"

namespace syncline::sim {

std::vector<Step> changed_steps(const Row* before, const Row* after) {
  static const Scope kNothing;
  const Scope& from = before == nullptr ? kNothing : before->fields;
  const Scope& to = after == nullptr ? kNothing : after->fields;
  std::set<Step> steps;
  for (const Child& child : from.children)
    if (const Child* other = to.find(child.step); other == nullptr || *other != child)
      steps.insert(child.step);
  for (const Child& child : to.children)
    if (from.find(child.step) == nullptr) steps.insert(child.step);
  return {steps.begin(), steps.end()};
}

std::string title_of(const Grounds& grounds, const ObjectName& object) {
  const Deployed* deployed = grounds.roster.app(grounds.history().head());
  const TypeDef* type = deployed == nullptr ? nullptr : deployed->schema().type(object.type);
  return fmt::format("{} {}", type == nullptr ? std::to_string(object.type.value) : type->name,
                     to_hex(object.key.bytes));
}

Result<Changeset> changeset_of(const Grounds& grounds, const Entry& entry) {
  SYNCLINE_ASSIGN(Changeset changeset, decode_changeset(entry.payload));
  const bool own = entry.envelope.empty() && entry.envelope_back == 0;
  if (const Deployed* deployed = grounds.roster.app(LogSeq(entry.seq.value - 1)); deployed && !own)
    translate(deployed->schema(), entry.name, &changeset);
  return changeset;
}

Decision decided_by(const Entry& entry) {
  Decision decision{entry.name, entry.payload_hash, entry.seq, DecisionState::committed, {}};
  size_t applied = 0, refused = 0, text_bytes = 0;
  for (const Outcome& outcome : entry.outcomes) {
    applied += outcome.verdict == Verdict::applied;
    refused += outcome.verdict == Verdict::refused;
    if (outcome.verdict == Verdict::applied) continue;
    decision.outcomes.push_back(outcome);
    text_bytes += outcome.text.size();
    if (text_bytes > limits::kDecisionTextBytesMax) decision.outcomes.back().text.clear();
  }
  if (applied == 0 && !entry.outcomes.empty())
    decision.state = refused > 0 ? DecisionState::refused : DecisionState::superseded;
  return decision;
}

std::optional<std::string> difference(const Grounds& grounds, const NodeProcess& node,
                                      Incarnation log, LogSeq at, LogSeq view_at,
                                      const std::vector<ObjectName>* only) {
  const History& history = grounds.history().of(log);
  const auto view = grounds.roster_of(log).view(node.id(), view_at);
  SightAt sight(view.get(), node.id(), &history, at);
  const auto complaint = [&](std::string_view what, const ObjectName& object) {
    return fmt::format("node {} {} {} at entry {}", to_string(node.id()), what,
                       title_of(grounds, object), at.value);
  };
  const auto wrong = [&](const ObjectName& object, const Row* held) -> std::optional<std::string> {
    const FieldMask* mask = sight.shows(object);
    const Row* wanted = mask == nullptr ? nullptr : history.at(object, at);
    if (held == nullptr && wanted == nullptr) return std::nullopt;
    if (held == nullptr) return complaint("lacks", object);
    if (wanted == nullptr) return complaint("holds what its view does not show:", object);
    if (held->id != wanted->id || held->fields != project(*mask, wanted->fields))
      return complaint("shows another content than the log of", object);
    return std::nullopt;
  };

  if (only != nullptr) {
    for (const ObjectName& object : *only) {
      Result<std::optional<Row>> held = read_confirmed(node.contents(), object);
      if (!held) return "a node's store cannot be read: " + held.error().message;
      if (auto found = wrong(object, *held ? &**held : nullptr)) return found;
    }
    return std::nullopt;
  }

  std::set<ObjectName> seen;
  const Bytes from = node_keys::all(Keyspace::node_row);
  auto rows = node.contents().scan(from, prefix_end(from));
  for (; rows->valid(); rows->next()) {
    Result<ObjectName> object = node_keys::object_of(rows->key());
    Result<Row> row = decode_row(rows->value());
    if (!object || !row) return "a node's store has a row that does not decode";
    if (auto found = wrong(*object, &*row)) return found;
    seen.insert(std::move(*object));
  }
  if (Status status = rows->status(); !status)
    return "a node's store cannot be read: " + status.error().message;
  std::vector<TypeNumber> types = {system_type::kSubscription};
  for (const auto& [type, queries] : view->queries) types.push_back(type);
  for (TypeNumber type : types)
    for (const auto& [key, row] : history.all_at(type, at))
      if (const ObjectName object{type, key}; !seen.contains(object))
        if (auto found = wrong(object, nullptr)) return found;
  return std::nullopt;
}

const Schema* judging_schema(const Deployed& deployed, TypeNumber type) {
  const SchemaVersion* version = deployed.versions->judging(type);
  return version == nullptr ? nullptr : &version->schema();
}

namespace {

bool wrote(const Group& group, const Path& place) {
  return std::ranges::any_of(group.operations, [&](const Operation& operation) {
    if (operation.path.empty() && operation.item && operation.item->is_scope())
      return operation.item->scope()->find(place.front()) != nullptr;
    const size_t common = std::min(operation.path.size(), place.size());
    return common > 0 && std::equal(place.begin(), place.begin() + static_cast<ptrdiff_t>(common),
                                    operation.path.begin());
  });
}

// `of`: what its author wrote of them stays; null: nothing of them.
void strip(const Deployed& deployed, TypeNumber type, const Group* of, Path* at, Scope* scope) {
  std::vector<Child> kept;
  for (Child& child : scope->children) {
    at->push_back(child.step);
    if (!deployed.versions->is_foreign(type, *at) || (of != nullptr && wrote(*of, *at))) {
      if (Scope* inside = child.item.scope()) strip(deployed, type, of, at, inside);
      kept.push_back(std::move(child));
    }
    at->pop_back();
  }
  scope->children = std::move(kept);
}

}  // namespace

Row as_judged(const Deployed& deployed, const Group& group, bool is_new, Row row) {
  Path at;
  if (deployed.versions->ever_others())
    strip(deployed, group.object.type, is_new ? &group : nullptr, &at, &row.fields);
  return row;
}

}  // namespace syncline::sim
