#include "sim/model/place.h"

#include <algorithm>
#include <utility>

namespace syncline::sim {
namespace {

bool can_hold(ScopeKind kind, const Step& step) {
  if (kind == ScopeKind::list) return std::holds_alternative<ElementId>(step);
  if (kind == ScopeKind::set) return std::holds_alternative<Member>(step);
  return std::holds_alternative<std::string>(step) ||
         (kind == ScopeKind::object && std::holds_alternative<FieldNumber>(step));
}

bool is_collection(ScopeKind kind) { return kind != ScopeKind::object; }

// Something that somebody wrote on purpose stands here, or stands as absent.
bool is_bound(const Place& place) { return place.write && !place.by_default; }

bool any_own(const Writer& writer, const std::vector<Mark>& marks) {
  return std::ranges::any_of(marks, [&](const Mark& mark) { return writer.own(mark); });
}

void take(const Writer& writer, bool by_default, Place* place) {
  place->write = writer;
  place->by_default = by_default;
}

void empty(Place* place) {
  place->inside.clear();
  place->order.clear();
  place->creates.clear();
}

// A new scope stands here, empty.
void bear(const Writer& writer, ScopeKind kind, bool whole, Place* place) {
  empty(place);
  place->value.reset();
  place->kind = place->last_kind = kind;
  if (!whole) return place->creates.push_back(writer.mark);
  place->reset.reset();
  place->cleared = writer.mark;
}

// What stood in this scope falls.
void bury(const Writer& writer, Place* place) {
  empty(place);
  place->kind.reset();
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

void put(const Writer& writer, const Item& item, bool by_default, Place* place);

void fill(const Writer& writer, const Scope& from, bool by_default, Place* place) {
  std::optional<ElementId> left;
  for (const Child& child : from.children) {
    if (!can_hold(from.kind, child.step) || place->inside.contains(child.step)) continue;
    Place& inner = place->inside[child.step];
    put(writer, child.item, by_default, &inner);
    if (from.kind == ScopeKind::set) inner.value = Value();
    if (from.kind != ScopeKind::list) continue;
    inner.placed = writer;
    inner.left = std::exchange(left, std::get<ElementId>(child.step));
  }
}

// Where nothing stood.
void put(const Writer& writer, const Item& item, bool by_default, Place* place) {
  take(writer, by_default, place);
  const Scope* scope = item.scope();
  if (scope == nullptr) {
    place->value = item.value();
  } else {
    bear(writer, scope->kind, is_collection(scope->kind) && !by_default, place);
    fill(writer, *scope, by_default, place);
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

bool assign(const Writer& writer, const Item& item, bool by_default, Place* place);

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

bool write_value(const Writer& writer, std::optional<Value> value, bool by_default, Place* place) {
  if (loses(writer, by_default, *place)) return false;
  if (place->last_kind) bury(writer, place);
  take(writer, by_default, place);
  place->value = std::move(value);
  return true;
}

bool assign(const Writer& writer, const Item& item, bool by_default, Place* place) {
  const Scope* scope = item.scope();
  if (!scope) return write_value(writer, item.value(), by_default, place);
  return is_collection(scope->kind) ? assign_collection(writer, *scope, by_default, place)
                                    : assign_embedded(writer, *scope, by_default, place);
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

bool insert(const Writer& writer, const Operation& operation, Place* place) {
  put(writer, *operation.item, false, place);
  place->placed = writer;
  place->left = operation.left;
  return true;
}

bool move(const Writer& writer, const Operation& operation, Place* place) {
  if (place->placed && !writer.beats(place->placed->mark)) return false;
  place->placed = writer;
  place->left = operation.left;
  return true;
}

bool create_object(const Writer& writer, const Scope* fields, Place* root) {
  if (root->reset && !writer.saw(*root->reset)) return false;
  // Its writer held the object, and whoever removed it is forgotten: removal wins.
  if (!root->kind && !root->reset && !writer.blind && writer.base < writer.horizon) return false;
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

// One operation in the scope that holds the last step of its path.
bool apply_in(const Writer& writer, const Operation& operation, Place* scope) {
  using Kind = OperationKind;
  const Step& step = operation.path.back();
  if (!can_hold(*scope->kind, step)) return false;
  const bool list = *scope->kind == ScopeKind::list;
  const Kind kind = operation.kind;
  const std::optional<Item>& item = operation.item;
  // Also of what is erased already: erased once.
  if (list && kind == Kind::erase) scope->inside.erase(step);
  if (kind == Kind::erase) return list;
  // An insert makes an element, and nothing else does.
  if (list && scope->inside.contains(step) == (kind == Kind::insert)) return false;
  if ((*scope->kind == ScopeKind::set) != (kind == Kind::add || kind == Kind::remove)) return false;
  Place* place = &scope->inside[step];
  const std::optional<ScopeKind> named =
      item && item->is_scope() ? std::optional(item->scope()->kind) : std::nullopt;
  if (kind == Kind::add) return write_value(writer, Value(), false, place);
  if (kind == Kind::remove) return write_value(writer, std::nullopt, false, place);
  if (kind == Kind::insert) return list && item && insert(writer, operation, place);
  if (kind == Kind::set) return item && assign(writer, *item, false, place);
  if (kind == Kind::increment) return increment(writer, operation.amount, place);
  if (kind == Kind::create) return named && create_scope(writer, *named, false, place);
  if (kind == Kind::clear) return clear_scope(writer, named, place);
  if (kind == Kind::move) return list && move(writer, operation, place);
  if (list) return false;
  if (kind == Kind::unset) return write_value(writer, std::nullopt, false, place);
  return kind == Kind::set_default && item && assign(writer, *item, true, place);
}

}  // namespace

Value Place::shown() const {
  if (!value || !value->is_integer()) return value.value_or(Value());
  auto sum = static_cast<uint64_t>(value->as_integer());
  for (const Add& add : adds)
    if (by_default || (!write->saw(add.mark) && later(add.mark, write->mark)))
      sum += static_cast<uint64_t>(add.amount);
  return static_cast<int64_t>(sum);
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

void forget(LogSeq horizon, Place* place) {
  if (place->reset && place->reset->seq <= horizon) place->reset.reset();
  if (place->cleared && place->cleared->seq <= horizon) place->cleared.reset();
  // Adds rise with the log: those that are forgotten count for ever in the value that stands.
  std::vector<Place::Add> kept;
  for (const Place::Add& add : std::exchange(place->adds, {}))
    (add.mark.seq <= horizon ? place->adds : kept).push_back(add);
  if (!place->adds.empty() && place->value) place->value = place->shown();
  place->adds = std::move(kept);
  if (place->placed && place->placed->mark.seq <= horizon) place->placed.reset();
  if (!place->kind && !place->reset) place->last_kind.reset();
  for (auto& [step, inner] : place->inside) forget(horizon, &inner);
  std::erase_if(place->inside, [&](const auto& child) {
    const Place& inner = child.second;
    return !inner.is_there() && inner.adds.empty() && inner.write &&
           inner.write->mark.seq <= horizon;
  });
}

}  // namespace syncline::sim
