#include "sim/model/model.h"

namespace syncline::sim {
namespace {

// One operation in the scope that holds the last step of its path.
bool apply_in(const Writer& writer, const Operation& operation, Place* scope) {
  using Kind = OperationKind;
  const Step& step = operation.path.back();
  if (!can_hold(*scope->kind, step)) return false;
  const bool set = *scope->kind == ScopeKind::set;
  const bool list = *scope->kind == ScopeKind::list;
  const Kind kind = operation.kind;
  const std::optional<Item>& item = operation.item;
  const bool there = scope->inside.contains(step);
  if (kind == Kind::insert) {
    if (!list || there || !item) return false;
    insert(writer, operation, &scope->inside[step]);
    return true;
  }
  if (kind == Kind::erase) {
    // Also of what is erased already: erased once.
    if (list) scope->inside.erase(step);
    return list;
  }
  // Only an insert makes an element.
  if (list && !there) return false;
  if (set != (kind == Kind::add || kind == Kind::remove)) return false;
  Place* place = &scope->inside[step];
  const std::optional<ScopeKind> named =
      item && item->is_scope() ? std::optional(item->scope()->kind) : std::nullopt;
  if (kind == Kind::add) return write_value(writer, Value(), false, place);
  if (kind == Kind::remove) return write_value(writer, std::nullopt, false, place);
  if (kind == Kind::set) return item && assign(writer, *item, false, place);
  if (kind == Kind::increment) return increment(writer, operation.amount, place);
  if (kind == Kind::create) return named && create_scope(writer, *named, false, place);
  if (kind == Kind::clear) return clear_scope(writer, named, place);
  if (kind == Kind::move) return list && move(writer, operation, place);
  if (list) return false;
  if (kind == Kind::unset) return write_value(writer, std::nullopt, false, place);
  return kind == Kind::set_default && item && assign(writer, *item, true, place);
}

bool apply(const Writer& writer, const Operation& operation, Place* root) {
  if (operation.path.empty()) {
    if (operation.kind == OperationKind::create)
      return create_object(writer, operation.item ? operation.item->scope() : nullptr, root);
    return operation.kind == OperationKind::remove_object && remove_object(writer, root);
  }
  // It takes effect only if, for every scope around it, its writer has seen what stands.
  Place* scope = root;
  for (size_t i = 0;; ++i) {
    if (!scope->kind || is_hidden(writer, *scope)) return false;
    if (i + 1 == operation.path.size()) break;
    auto at = scope->inside.find(operation.path[i]);
    if (at == scope->inside.end()) return false;
    scope = &at->second;
  }
  return apply_in(writer, operation, scope);
}

}  // namespace

void Model::add(const ModelInput& input) {
  const Entry& entry = input.entry;
  chains_.add(entry.name, input.changeset.parent);
  std::set<uint32_t> refused;
  for (const Outcome& outcome : entry.outcomes)
    if (outcome.verdict == Verdict::refused) refused.insert(outcome.ordinal);
  effective_.clear();
  uint32_t n = 0;
  for (const Group& group : input.changeset.groups) {
    Writer writer{{entry.name, entry.seq, input.stamp(group)}, input.base, group.blind, &chains_};
    for (const Operation& operation : group.operations) {
      writer.mark.n = n++;
      if (!refused.contains(operation.ordinal) && apply(writer, operation, &objects_[group.object]))
        effective_.insert(operation.ordinal);
    }
  }
}

}  // namespace syncline::sim
