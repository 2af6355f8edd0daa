#include "sim/oracles/model_compare.h"

#include <algorithm>

#include "proto/limits.h"

namespace syncline::sim {
namespace {

std::string title(const Step& step) {
  if (const FieldNumber* field = std::get_if<FieldNumber>(&step))
    return "field " + std::to_string(field->value);
  if (const std::string* key = std::get_if<std::string>(&step)) return "\"" + *key + "\"";
  if (const ElementId* id = std::get_if<ElementId>(&step))
    return "element " + to_string(id->changeset) + "/" + std::to_string(id->n);
  return "member " + to_hex(std::get<Member>(step).bytes);
}

bool same_value(const Value& actual, const Place& place) {
  const Value wanted = place.shown();
  if (!actual.is_integer() || !wanted.is_integer()) return actual == wanted;
  return place.adds.size() > limits::kCounterAddsMax || actual.as_integer() == wanted.as_integer();
}

std::optional<std::string> compare_item(const Item& actual, LogSeq seq, Place* place) {
  if (const Scope* scope = actual.scope()) {
    if (!place->kind || *place->kind != scope->kind) return ": is a scope that it should not be";
    return compare(*scope, seq, place);
  }
  if (!place->value) return ": is a value, and should be none";
  if (!same_value(actual.value(), *place)) return ": has another value";
  return std::nullopt;
}

std::optional<std::string> compare_order(const Scope& actual, LogSeq seq, Place* list);

}  // namespace

std::optional<std::string> compare(const Scope& actual, LogSeq seq, Place* place) {
  size_t there = 0;
  for (const auto& [step, inner] : place->inside) there += inner.is_there() ? 1 : 0;
  for (const Child& child : actual.children) {
    auto at = place->inside.find(child.step);
    if (at == place->inside.end() || !at->second.is_there())
      return title(child.step) + ": should not be there";
    if (auto found = compare_item(child.item, seq, &at->second))
      return title(child.step) + " " + *found;
  }
  if (actual.children.size() != there) {
    for (const auto& [step, inner] : place->inside)
      if (inner.is_there() && std::none_of(actual.children.begin(), actual.children.end(),
                                           [&](const Child& child) { return child.step == step; }))
        return title(step) + ": is missing";
  }
  return actual.kind == ScopeKind::list ? compare_order(actual, seq, place) : std::nullopt;
}

namespace {

std::optional<std::string> compare_order(const Scope& actual, LogSeq seq, Place* list) {
  std::vector<ElementId> now;
  std::map<ElementId, size_t> index;
  for (const Child& child : actual.children) {
    const ElementId& id = std::get<ElementId>(child.step);
    index[id] = now.size();
    now.push_back(id);
  }
  const auto place_of = [&](const ElementId& id) -> Place& { return list->inside.at(id); };
  const auto is_new = [&](const ElementId& id) {
    return place_of(id).placed && place_of(id).placed->mark.seq == seq;
  };

  // What nobody moved stands as it stood.
  size_t last = 0;
  for (const ElementId& id : list->order) {
    auto at = index.find(id);
    if (at == index.end() || is_new(id)) continue;
    if (at->second < last) return title(id) + ": moved, and nobody moved it";
    last = at->second;
  }
  list->order = now;

  std::vector<ElementId> placed;
  for (const ElementId& id : now)
    if (is_new(id)) placed.push_back(id);
  std::sort(placed.begin(), placed.end(), [&](const ElementId& a, const ElementId& b) {
    return place_of(a).placed->mark.n < place_of(b).placed->mark.n;
  });
  for (const ElementId& id : placed) {
    Place& place = place_of(id);
    const Writer& writer = *place.placed;
    const size_t at = index.at(id);
    size_t begin = 0;
    if (place.left) {
      auto left = index.find(*place.left);
      // What stood left is gone, or was moved again in this very changeset: anything may be.
      if (left == index.end()) continue;
      const auto& moved = place_of(*place.left).placed;
      if (moved && moved->mark.seq == seq && moved->mark.n > writer.mark.n) continue;
      begin = left->second + 1;
      if (at < begin) return title(id) + ": stands before the element that it was put after";
    }
    // Up to the next that its writer saw there.
    size_t end = begin;
    const auto was_seen = [&](const ElementId& other) {
      const auto& placing = place_of(other).placed;
      const bool after = placing && placing->mark.seq == seq && placing->mark.n > writer.mark.n;
      return other != id && !after && (!placing || writer.saw(placing->mark));
    };
    while (end < now.size() && !was_seen(now[end])) ++end;
    if (at >= end) return title(id) + ": stands behind the next element that its writer saw";
    place.right = end < now.size() ? std::optional(now[end]) : std::nullopt;
    // Of those put into the same gap the earlier stands first.
    for (size_t i = begin; i < end; ++i) {
      const Place& other = place_of(now[i]);
      if (now[i] == id || !other.placed || other.left != place.left || other.right != place.right ||
          writer.own(other.placed->mark) || other.placed->mark.name == writer.mark.name)
        continue;
      const Mark& theirs = other.placed->mark;
      const bool earlier = std::tie(theirs.stamp, theirs.name, now[i]) <
                           std::tie(writer.mark.stamp, writer.mark.name, id);
      if (earlier != (i < at)) return title(id) + ": stands on the wrong side of " + title(now[i]);
    }
  }
  return std::nullopt;
}

}  // namespace
}  // namespace syncline::sim
