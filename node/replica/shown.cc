#include "node/replica/shown.h"

#include "node/merge/merge.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// Evenly, in five bytes: room for a million million elements.
void spread_positions(Scope* list) {
  const uint64_t gap = (uint64_t{1} << 40) / (list->children.size() + 1);
  uint64_t at = 0;
  for (Child& child : list->children) {
    at += gap;
    Bytes bytes;
    for (int shift = 32; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(at >> shift));
    while (!bytes.empty() && bytes.back() == '\0') bytes.pop_back();
    child.position.bytes = std::move(bytes);
  }
}

}  // namespace

bool same_content(const Item& a, const Item& b) {
  if (a.is_scope() != b.is_scope()) return false;
  return a.is_scope() ? same_content(*a.scope(), *b.scope()) : a.value() == b.value();
}

bool same_content(const Scope& a, const Scope& b) {
  if (a.kind != b.kind || a.children.size() != b.children.size()) return false;
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (a.kind != ScopeKind::list && a.children[i].step != b.children[i].step) return false;
    if (!same_content(a.children[i].item, b.children[i].item)) return false;
  }
  return true;
}

bool same_shown(const std::optional<Row>& a, const std::optional<Row>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->id == b->id && same_content(a->fields, b->fields);
}

size_t shown_bytes(const Scope& scope) {
  size_t bytes = sizeof(Scope) + scope.children.capacity() * sizeof(Child);
  for (const Child& child : scope.children) {
    if (const Scope* inner = child.item.scope()) {
      bytes += shown_bytes(*inner);
    } else if (const auto* text = child.item.value().get_if<std::string>()) {
      bytes += text->size();
    } else if (const auto* binary = child.item.value().get_if<Binary>()) {
      bytes += binary->bytes.size();
    }
  }
  return bytes;
}

Child& insert_element(Scope* list, size_t index, ElementId id, Item item) {
  auto& children = list->children;
  const Position left = index == 0 ? Position() : children[index - 1].position;
  const Position right = index == children.size() ? Position() : children[index].position;
  // Elements of concurrent writers may share a position until the authority has placed them.
  const bool room = index == children.size() || left < right;
  Position position = room ? position_between(left, right) : left;
  const bool spread = !room || position.bytes.size() > limits::kPositionBytesMax;
  children.insert(children.begin() + index, Child{id, std::move(position), std::move(item)});
  if (spread) spread_positions(list);
  return children[index];
}

}  // namespace syncline
