#include "proto/object.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/check.h"
#include "proto/codec.h"

namespace syncline {
namespace {

// A list's elements stand by (position, element id), everything else by step.
bool stands_before(ScopeKind kind, const Child& a, const Child& b) {
  if (kind == ScopeKind::list) {
    if (const auto order = a.position <=> b.position; order != 0) return order < 0;
  }
  return a.step < b.step;
}

std::vector<Child>::iterator locate(Scope& scope, const Step& step) {
  auto& children = scope.children;
  if (scope.kind == ScopeKind::list) {
    return std::find_if(children.begin(), children.end(),
                        [&](const Child& child) { return child.step == step; });
  }
  const auto at =
      std::lower_bound(children.begin(), children.end(), step,
                       [](const Child& child, const Step& wanted) { return child.step < wanted; });
  return at != children.end() && at->step == step ? at : children.end();
}

Value document_of(const Scope& scope) {
  Document document;
  document.fields.reserve(scope.children.size());
  for (const Child& child : scope.children) {
    const auto* key = std::get_if<std::string>(&child.step);
    const auto* field = std::get_if<FieldNumber>(&child.step);
    CHECK(key != nullptr || field != nullptr, "a step that is neither key nor field in a document");
    document.fields.push_back(
        {key != nullptr ? *key : fmt::format("{}", field->value), value_of(child.item)});
  }
  return document;
}

}  // namespace

Position spread_position(uint64_t i, uint64_t count) {
  int width = 1;
  while (width < 7 && (count + 1) * 2 > uint64_t{1} << (8 * width)) ++width;
  const uint64_t fraction = (uint64_t{1} << (8 * width)) / (count + 1) * i;
  Position position;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    position.bytes.push_back(static_cast<char>(fraction >> shift));
  }
  while (!position.bytes.empty() && position.bytes.back() == '\0') position.bytes.pop_back();
  return position;
}

Item::Item(Scope scope) : data_(std::make_unique<Scope>(std::move(scope))) {}

Item::Item(const Item& other) { *this = other; }
Item::Item(Item&& other) noexcept = default;

Item& Item::operator=(const Item& other) {
  if (this == &other) return *this;
  if (const Scope* theirs = other.scope()) {
    data_ = std::make_unique<Scope>(*theirs);
  } else {
    data_ = other.value();
  }
  return *this;
}

Item& Item::operator=(Item&& other) noexcept = default;
Item::~Item() = default;

const Scope* Item::scope() const {
  const auto* pointer = std::get_if<std::unique_ptr<Scope>>(&data_);
  return pointer == nullptr ? nullptr : pointer->get();
}

Scope* Item::scope() {
  auto* pointer = std::get_if<std::unique_ptr<Scope>>(&data_);
  return pointer == nullptr ? nullptr : pointer->get();
}

bool Item::operator==(const Item& other) const {
  if (is_scope() != other.is_scope()) return false;
  if (!is_scope()) return value() == other.value();
  const Scope* mine = scope();
  const Scope* theirs = other.scope();
  return mine == theirs || (mine != nullptr && theirs != nullptr && *mine == *theirs);
}

const Child* Scope::find(const Step& step) const { return const_cast<Scope*>(this)->find(step); }

Child* Scope::find(const Step& step) {
  const auto at = locate(*this, step);
  return at == children.end() ? nullptr : &*at;
}

Child& Scope::put(Step step, Item item, Position position) {
  const auto there = locate(*this, step);
  if (there != children.end()) {
    if (there->position == position) {
      there->item = std::move(item);
      return *there;
    }
    children.erase(there);
  }
  Child child{std::move(step), std::move(position), std::move(item)};
  if (children.empty() || stands_before(kind, children.back(), child)) {
    return children.emplace_back(std::move(child));
  }
  const auto at = std::lower_bound(
      children.begin(), children.end(), child,
      [this](const Child& a, const Child& b) { return stands_before(kind, a, b); });
  return *children.insert(at, std::move(child));
}

bool Scope::erase(const Step& step) {
  const auto at = locate(*this, step);
  if (at == children.end()) return false;
  children.erase(at);
  return true;
}

const Item* find_item(const Scope& root, const Path& path) {
  const Scope* scope = &root;
  const Item* item = nullptr;
  for (const Step& step : path) {
    if (scope == nullptr) return nullptr;
    const Child* child = scope->find(step);
    if (child == nullptr) return nullptr;
    item = &child->item;
    scope = item->scope();
  }
  return item;
}

Scope* find_scope(Scope& root, const Path& path) {
  return const_cast<Scope*>(find_scope(std::as_const(root), path));
}

const Scope* find_scope(const Scope& root, const Path& path) {
  if (path.empty()) return &root;
  const Item* item = find_item(root, path);
  return item == nullptr ? nullptr : item->scope();
}

Item item_of(const Value& value, const ChangesetName& changeset, uint32_t* next_element) {
  if (const auto* list = value.get_if<List>()) {
    Scope scope{ScopeKind::list, {}};
    scope.children.reserve(list->elements.size());
    uint64_t i = 0;
    for (const Value& element : list->elements) {
      const ElementId id{changeset, (*next_element)++};
      scope.children.push_back({id, spread_position(++i, list->elements.size()),
                                item_of(element, changeset, next_element)});
    }
    return scope;
  }
  if (const auto* document = value.get_if<Document>()) {
    Scope scope{ScopeKind::dictionary, {}};
    for (const DocumentField& field : document->fields) {
      scope.put(field.name, item_of(field.value, changeset, next_element));
    }
    return scope;
  }
  return value;
}

Value value_of(const Item& item) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return item.value();
  if (scope->kind == ScopeKind::object || scope->kind == ScopeKind::dictionary) {
    return document_of(*scope);
  }
  List list;
  list.elements.reserve(scope->children.size());
  for (const Child& child : scope->children) {
    if (scope->kind == ScopeKind::list) {
      list.elements.push_back(value_of(child.item));
    } else {
      const auto* member = std::get_if<Member>(&child.step);
      CHECK(member != nullptr, "a set's step that is no member");
      auto value = decode_value(member->bytes);
      CHECK(value.has_value(), "a set's member that is no encoded value");
      list.elements.push_back(std::move(*value));
    }
  }
  return list;
}

}  // namespace syncline
