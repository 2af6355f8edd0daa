#include "sim/oracles/oracles.h"

#include <fmt/format.h>

#include "node/authority/state_keys.h"
#include "node/authority/view.h"

namespace syncline::sim {
namespace {

// Whether the node is subscribed to the type at that entry.
bool subscribed(const History& history, const NodeProcess& node, std::string_view type,
                LogSeq seq) {
  for (const auto& [key, row] : history.all_at(system_type::kSubscription, seq)) {
    const std::string* id = row.id.get_if<std::string>();
    if (id == nullptr || !id->starts_with(subscription_prefix(node.id()))) continue;
    const Child* name = row.fields.find(system_field::subscription::kType);
    if (name != nullptr && !name->item.is_scope() && name->item.value() == Value(type)) return true;
  }
  return false;
}

ReceiptState receipt_of(DecisionState state) {
  switch (state) {
    case DecisionState::superseded:
      return ReceiptState::superseded;
    case DecisionState::refused:
      return ReceiptState::refused;
    default:
      return ReceiptState::committed;
  }
}

}  // namespace

Oracles::Oracles(Fleet* fleet) : fleet_(fleet) {}

void Oracles::complain(std::string what) {
  if (!complaint_) complaint_ = fmt::format("at {} ms: {}", fleet_->clock.now_ms(), what);
}

void Oracles::on_written(const NodeProcess& node, const ChangesetName& name,
                         Durability durability) {
  if (durability == Durability::commit) {
    durable_[node.device()].insert(name);
  } else if (!durable_[node.device()].contains(name)) {
    written_[node.device()].insert(name);
  }
}

void Oracles::on_told(NodeProcess& node, const ReplicaOutput& out) {
  for (const ReceiptRecord& receipt : out.receipts) {
    if (receipt.state == ReceiptState::queued) continue;
    if (durable_[node.device()].insert(receipt.name).second) ++durable_writes;
    written_[node.device()].erase(receipt.name);
  }
  check_prefix(node);
}

void Oracles::on_frame(const NodeProcess& node, const Bytes& frame) {
  Result<Message> message = decode_message(frame);
  const Delta* delta = message ? std::get_if<Delta>(&*message) : nullptr;
  if (delta == nullptr) return;
  for (const Bytes& bytes : delta->objects) {
    Result<ObjectDelta> object = decode_object_delta(bytes);
    if (!object) return complain("leak: an object of a delta cannot be read");
    check_leak(node, *object);
  }
}

void Oracles::check_leak(const NodeProcess& node, const ObjectDelta& delta) {
  if (is_system(delta.object.type)) {
    const Result<Value> id = id_of(delta.object.key);
    const std::string* text = id ? id->get_if<std::string>() : nullptr;
    const bool own = text != nullptr && text->starts_with(subscription_prefix(node.id()));
    if (delta.object.type != system_type::kSubscription || !own)
      complain(fmt::format("leak: node {} was sent an object of system type {}",
                           to_string(node.id()), delta.object.type.value));
    return;
  }
  const FieldMask* mask = fleet_->mask_of(node, delta.object.type);
  if (mask == nullptr)
    return complain(
        fmt::format("leak: node {} was sent an object of type {}, which it may not read",
                    to_string(node.id()), delta.object.type.value));
  bool leaks = false;
  if (delta.kind == ObjectDelta::Kind::enter) {
    Result<Row> row = decode_row(delta.row);
    leaks = !row || project(*mask, row->fields) != row->fields;
  }
  for (const Effect& effect : delta.effects) {
    if (!effect.path.empty()) {
      leaks = leaks || !mask->contains(effect.path.front());
    } else if (effect.item.is_scope()) {
      leaks = leaks || project(*mask, *effect.item.scope()) != *effect.item.scope();
    }
  }
  if (leaks)
    complain(fmt::format("leak: node {} was sent a field of type {} that it may not read",
                         to_string(node.id()), delta.object.type.value));
}

void Oracles::on_power_lost(const NodeProcess& node) { written_[node.device()].clear(); }

void Oracles::on_restored(const NodeProcess& node) {
  written_[node.device()].clear();
  std::set<ChangesetName> there;
  if (auto pending = read_pending_names(node.contents()))
    there.insert(pending->begin(), pending->end());
  std::erase_if(durable_[node.device()], [&](const ChangesetName& name) {
    if (there.contains(name)) return false;
    auto receipt = read_receipt(node.contents(), name);
    return !receipt || !*receipt;
  });
}

void Oracles::on_committed() {
  if (auto complaint = fleet_->history.follow(fleet_->authority.log()))
    complain("ledger: " + *complaint);
}

void Oracles::on_restored(const Fork& fork) { fleet_->history.restored(fork); }

void Oracles::check_prefix(NodeProcess& node) {
  if (!node.running() || complaint_) return;
  const Cursor cursor = node.machine().status().cursor;
  if (cursor == checked_[node.device()] || cursor.seq.value == 0) return;
  checked_[node.device()] = cursor;
  ++prefixes_checked;
  const History& history = fleet_->history.of(cursor.incarnation);
  if (cursor.seq > history.head())
    return complain(fmt::format("prefix: node {} is ahead of the log", to_string(node.id())));
  check_rows(node, history, cursor.seq, "prefix");
}

void Oracles::check_rows(NodeProcess& node, const History& history, LogSeq seq,
                         std::string_view when) {
  for (std::string_view name : {"Thing", "Rule"}) {
    const TypeNumber type = fleet_->type(name);
    const FieldMask* mask = fleet_->mask_of(node, type);
    std::map<ObjectKey, Row> expected;
    if (mask != nullptr && subscribed(history, node, name, seq))
      expected = history.all_at(type, seq);
    Status visited =
        visit_objects(node.contents(), type, true, [&](const ObjectKey& key, const Row& row) {
          auto wanted = expected.find(key);
          if (wanted == expected.end()) {
            complain(fmt::format("{}: node {} holds a {} at entry {} that its view does not show",
                                 when, to_string(node.id()), name, seq.value));
            return false;
          }
          if (row.id != wanted->second.id || row.fields != project(*mask, wanted->second.fields)) {
            complain(
                fmt::format("{}: node {} shows another content of {} {} at entry {} than the log",
                            when, to_string(node.id()), name, to_hex(key.bytes), seq.value));
            return false;
          }
          expected.erase(wanted);
          return true;
        });
    if (!visited) complain("a node's store cannot be read: " + visited.error().message);
    if (!complaint_ && !expected.empty())
      complain(fmt::format("{}: node {} lacks {} objects of {} at entry {}", when,
                           to_string(node.id()), expected.size(), name, seq.value));
  }
}

void Oracles::check_ledger(NodeProcess& node) {
  for (const ChangesetName& name : durable_[node.device()]) {
    const Entry* entry = fleet_->history.entry_of(name);
    Result<std::optional<ReceiptRecord>> receipt = read_receipt(node.contents(), name);
    if (entry == nullptr)
      return complain(fmt::format(
          "ledger: {} was durable and is not in the log; its receipt says {}", to_string(name),
          receipt && *receipt ? name_of((*receipt)->state) : "nothing"));
    if (!receipt || !*receipt)
      return complain(fmt::format("ledger: {} has no receipt", to_string(name)));
    if ((*receipt)->state != receipt_of(state_of(entry->outcomes)))
      return complain(fmt::format("ledger: the receipt of {} says {}, the log another thing",
                                  to_string(name), name_of((*receipt)->state)));
  }
}

// The authority's own rows, against what the log says.
void Oracles::check_authority() {
  for (std::string_view name : {"Thing", "Rule"}) {
    const TypeNumber type = fleet_->type(name);
    std::map<ObjectKey, Row> expected = fleet_->history.all_at(type, fleet_->history.head());
    const Bytes from = state_keys::rows_of(type);
    auto at = fleet_->authority.contents().scan(from, prefix_end(from));
    for (; at->valid(); at->next()) {
      const ObjectKey key = state_keys::key_of_row(at->key());
      Result<Row> row = decode_row(at->value());
      auto wanted = expected.find(key);
      if (!row || wanted == expected.end() || row->fields != wanted->second.fields)
        return complain(fmt::format("convergence: the authority's {} {} is not what the log says",
                                    name, to_hex(key.bytes)));
      expected.erase(wanted);
    }
    if (!expected.empty())
      complain(fmt::format("convergence: the authority lacks {} objects of {} that the log has",
                           expected.size(), name));
  }
}

void Oracles::check_end() {
  on_committed();
  check_authority();
  for (auto& node : fleet_->nodes) {
    if (complaint_) return;
    check_ledger(*node);
    check_rows(*node, fleet_->history, fleet_->history.head(), "convergence");
  }
}

}  // namespace syncline::sim
