#include "sim/model/place.h"

#include <algorithm>

namespace syncline::sim {
namespace {

bool is_collection(ScopeKind kind) { return kind != ScopeKind::object; }

// Something that somebody wrote on purpose stands here, or stands as absent.
bool is_bound(const Place& place) { return place.write && !place.by_default; }

bool any_own(const Writer& writer, const std::vector<Mark>& marks) {
  return std::any_of(marks.begin(), marks.end(), [&](const Mark& m) { return writer.own(m); });
}

void take(const Writer& writer, bool by_default, Place* place) {
  place->write = writer;
  place->by_default = by_default;
}

// A new scope stands here, empty.
void bear(const Writer& writer, ScopeKind kind, bool whole, Place* place) {
  place->value.reset();
  place->kind = place->last_kind = kind;
  place->inside.clear();
  place->order.clear();
  place->creates.clear();
  if (whole) {
    place->reset.reset();
    place->cleared = writer.mark;
  } else {
    place->creates.push_back(writer.mark);
  }
}

// What stood in this scope falls.
void bury(const Writer& writer, Place* place) {
  place->kind.reset();
  place->inside.clear();
  place->order.clear();
  place->creates.clear();
  place->cleared.reset();
  place->reset = writer.mark;
}

void put_new(const Writer& writer, ScopeKind kind, bool by_default, bool whole, Place* place) {
  if (!place->kind && is_bound(*place) && !whole) place->reset = place->write->mark;
  bear(writer, kind, whole && !by_default, place);
  take(writer, by_default, place);
}

// Creating what is there raises the register to the later of the two.
void raise(const Writer& writer, bool by_default, Place* place) {
  const bool over_default = place->by_default && !by_default;
  if (!place->write || over_default || writer.beats(place->write->mark))
    take(writer, by_default, place);
}

void join(const Writer& writer, Place* scope) {
  if (scope->creates.empty() || writer.saw(scope->creates.front())) return;
  if (!any_own(writer, scope->creates)) scope->creates.push_back(writer.mark);
}

// A value, removal or whole collection against what stands.
bool loses(const Writer& writer, bool by_default, const Place& place) {
  if (by_default) return is_bound(place) || (place.write && !writer.beats(place.write->mark));
  if (!is_bound(place)) return false;
  if (!place.kind) return !writer.beats(place.write->mark);
  return (place.reset && !writer.beats(*place.reset)) ||
         (place.cleared && !writer.beats(*place.cleared));
}

void fill(const Writer& writer, const Scope& from, bool by_default, Place* place) {
  std::optional<ElementId> left;
  for (const Child& child : from.children) {
    if (!can_hold(from.kind, child.step) || place->inside.contains(child.step)) continue;
    Place& inner = place->inside[child.step];
    take(writer, by_default, &inner);
    if (const ElementId* id = std::get_if<ElementId>(&child.step)) {
      inner.placed = writer;
      inner.left = std::exchange(left, *id);
    }
    if (const Scope* scope = child.item.scope()) {
      bear(writer, scope->kind, is_collection(scope->kind) && !by_default, &inner);
      fill(writer, *scope, by_default, &inner);
    } else {
      inner.value = from.kind == ScopeKind::set ? Value() : child.item.value();
    }
  }
}

bool assign_collection(const Writer& writer, const Scope& items, bool by_default, Place* place) {
  if (loses(writer, by_default, *place)) return false;
  const bool binds = is_bound(*place) && !by_default;
  const bool over_other = place->kind && *place->kind != items.kind;
  if (binds && over_other && !writer.beats(place->write->mark)) return false;
  bear(writer, items.kind, !by_default, place);
  if (!binds || writer.beats(place->write->mark)) place->write = writer;
  place->by_default = by_default;
  fill(writer, items, by_default, place);
  return true;
}

bool assign_embedded(const Writer& writer, const Scope& fields, bool by_default, Place* place) {
  if (!create_scope(writer, ScopeKind::object, by_default, place)) return false;
  bool none = true, won = false;
  for (const Child& child : fields.children) {
    if (!can_hold(ScopeKind::object, child.step)) continue;
    none = false;
    won |= assign(writer, child.item, by_default, &place->inside[child.step]);
  }
  return none || won;
}

}  // namespace

bool can_hold(ScopeKind kind, const Step& step) {
  if (kind == ScopeKind::list) return std::holds_alternative<ElementId>(step);
  if (kind == ScopeKind::set) return std::holds_alternative<Member>(step);
  return std::holds_alternative<std::string>(step) ||
         (kind == ScopeKind::object && std::holds_alternative<FieldNumber>(step));
}

Value Place::shown() const {
  if (!value || !value->is_integer()) return value.value_or(Value());
  auto sum = static_cast<uint64_t>(value->as_integer());
  for (const Add& add : adds)
    if (by_default || (!write->saw(add.mark) && later(add.mark, write->mark)))
      sum += static_cast<uint64_t>(add.amount);
  return static_cast<int64_t>(sum);
}

bool write_value(const Writer& writer, std::optional<Value> value, bool by_default, Place* place) {
  if (loses(writer, by_default, *place)) return false;
  if (place->last_kind) bury(writer, place);
  take(writer, by_default, place);
  place->value = std::move(value);
  return true;
}

bool assign(const Writer& writer, const Item& item, bool by_default, Place* place) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return write_value(writer, item.value(), by_default, place);
  return is_collection(scope->kind) ? assign_collection(writer, *scope, by_default, place)
                                    : assign_embedded(writer, *scope, by_default, place);
}

bool create_scope(const Writer& writer, ScopeKind kind, bool by_default, Place* place) {
  if (by_default && loses(writer, true, *place)) return false;
  // A value, null or removal in its place beats it, whatever the time, unless it was seen.
  const bool bound = is_bound(*place);
  if (!place->kind && bound && !writer.saw(place->write->mark)) return false;
  if (place->kind && bound && place->reset && !writer.saw(*place->reset)) return false;
  if (place->kind != kind) {
    if (place->kind && bound && !writer.beats(place->write->mark)) return false;
    put_new(writer, kind, by_default, false, place);
    return true;
  }
  raise(writer, by_default, place);
  if (place->creates.empty() && place->cleared && !writer.saw(*place->cleared)) return false;
  join(writer, place);
  return true;
}

bool clear_scope(const Writer& writer, std::optional<ScopeKind> kind, Place* place) {
  if (!place->kind) {
    // A later clear that has not seen the value in the collection's place brings it back, empty.
    const ScopeKind meant = kind.value_or(place->last_kind.value_or(ScopeKind::object));
    const bool revives = place->last_kind && is_collection(meant) && is_bound(*place) &&
                         !writer.saw(place->write->mark) && writer.beats(place->write->mark);
    if (revives) put_new(writer, meant, false, true, place);
    return revives;
  }
  // Without a kind it can only mean one that its writer has seen.
  const bool saw_reset = !place->reset || writer.saw(*place->reset);
  if (!kind && !place->creates.empty() && !writer.saw(place->creates.front()) &&
      !any_own(writer, place->creates) && saw_reset)
    return false;
  const ScopeKind meant = kind.value_or(*place->kind);
  if (!is_collection(meant) || loses(writer, false, *place)) return false;
  if (meant != *place->kind &&
      (!place->write || writer.saw(place->write->mark) || !writer.beats(place->write->mark)))
    return false;
  bear(writer, meant, true, place);
  raise(writer, false, place);
  return true;
}

bool increment(const Writer& writer, int64_t amount, Place* place) {
  if (loses(writer, false, *place)) return false;
  place->adds.push_back({writer.mark, amount});
  return place->value && place->value->is_integer();
}

void insert(const Writer& writer, const Operation& operation, Place* place) {
  take(writer, false, place);
  place->placed = writer;
  place->left = operation.left;
  if (const Scope* scope = operation.item->scope()) {
    bear(writer, scope->kind, is_collection(scope->kind), place);
    fill(writer, *scope, false, place);
  } else {
    place->value = operation.item->value();
  }
}

bool move(const Writer& writer, const Operation& operation, Place* place) {
  if (place->placed && !writer.beats(place->placed->mark)) return false;
  place->placed = writer;
  place->left = operation.left;
  return true;
}

bool create_object(const Writer& writer, const Scope* fields, Place* root) {
  if (root->reset && !writer.saw(*root->reset)) return false;
  root->kind ? join(writer, root) : bear(writer, ScopeKind::object, false, root);
  for (const Child& child : fields == nullptr ? std::vector<Child>() : fields->children)
    if (can_hold(ScopeKind::object, child.step))
      assign(writer, child.item, false, &root->inside[child.step]);
  return true;
}

bool remove_object(const Writer& writer, Place* root) {
  if (root->reset && !writer.beats(*root->reset)) return false;
  bury(writer, root);
  return true;
}

bool is_hidden(const Writer& writer, const Place& scope) {
  const auto unseen = [&](const std::optional<Mark>& mark) { return mark && !writer.saw(*mark); };
  if (scope.creates.empty()) return unseen(scope.cleared ? scope.cleared : scope.reset);
  if (any_own(writer, scope.creates)) return false;
  return unseen(scope.reset) || !writer.saw(scope.creates.front());
}

}  // namespace syncline::sim
