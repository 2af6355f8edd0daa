#include "node/replica/whole_value.h"

#include <fmt/format.h>

#include "node/replica/shown.h"
#include "proto/limits.h"
#include "proto/utf8.h"

namespace syncline {
namespace {

std::string_view text_of(ScopeKind kind) {
  switch (kind) {
    case ScopeKind::object:
      return "an embedded object";
    case ScopeKind::dictionary:
      return "a dictionary";
    case ScopeKind::list:
      return "a list";
    case ScopeKind::set:
      return "a set";
  }
  return "a scope";
}

// What is declared at a step inside a place. `type`: of the embedded object there, if it is one.
Declared declared_inside(const Declared& around, const TypeDef* type, const Step& step) {
  if (type != nullptr) {
    const auto* number = std::get_if<FieldNumber>(&step);
    return {number == nullptr ? nullptr : type->field(*number), false};
  }
  if (around.field == nullptr || around.scalar_here()) return {};
  return {around.field, true};
}

}  // namespace

bool is_of_version(const TypeDef* type, const Step& step) {
  const auto* number = std::get_if<FieldNumber>(&step);
  return type == nullptr || number == nullptr || !type->is_retired(*number);
}

void replace_embedded(Draft::Impl* draft, DraftObject* object, const Declared& declared,
                      const Path& path, const Item& held, Item* value) {
  const Scope* before = held.scope();
  Scope* after = value->scope();
  if (before == nullptr || after == nullptr || before->kind != ScopeKind::object ||
      after->kind != ScopeKind::object)
    return;
  const TypeDef* type = embedded_at(*draft->schema, declared);
  for (const Child& child : before->children) {
    Path inner = path;
    inner.push_back(child.step);
    if (Child* named = after->find(child.step)) {
      replace_embedded(draft, object, declared_inside(declared, type, child.step), inner,
                       child.item, &named->item);
    } else if (is_of_version(type, child.step)) {
      draft->record(object, OperationKind::unset, std::move(inner));
    } else {
      after->put(child.step, child.item);
    }
  }
}

bool same_in_version(const Schema& schema, const Declared& declared, const Item& held,
                     const Item& value) {
  const Scope* before = held.scope();
  const Scope* after = value.scope();
  if (before == nullptr || after == nullptr || before->kind != after->kind)
    return same_content(held, value);
  const TypeDef* type = before->kind == ScopeKind::object ? embedded_at(schema, declared) : nullptr;
  auto is = after->children.begin();
  for (const Child& child : before->children) {
    if (!is_of_version(type, child.step)) continue;
    if (is == after->children.end()) return false;
    // Elements of lists are told apart by where they stand.
    if (before->kind != ScopeKind::list && child.step != is->step) return false;
    const Declared inside = declared_inside(declared, type, child.step);
    if (!same_in_version(schema, inside, child.item, is->item)) return false;
    ++is;
  }
  return is == after->children.end();
}

Scope* ensure_parent(Draft::Impl* draft, DraftObject* object, Place* place) {
  if (place->parent == nullptr) {
    Path path = place->parent_path();
    const Step step = path.back();
    const Scope empty{place->parent_kind, {}};
    draft->record(object, OperationKind::create, std::move(path)).item = Item(empty);
    place->parent = place->parent_of_parent->put(step, Item(empty)).item.scope();
  }
  return place->parent;
}

Result<Scope*> ensure_collection(Draft::Impl* draft, DraftObject* object, Place* place,
                                 ScopeKind kind, std::string_view where) {
  if (Scope* scope = place->scope()) {
    if (scope->kind != kind)
      return fail(ErrorCode::kBadData,
                  fmt::format("{} is {}, not {}", where, text_of(scope->kind), text_of(kind)));
    return scope;
  }
  const bool nothing = place->child == nullptr || place->child->item.value().is_null();
  if (!nothing || place->declared.scope_kind() != kind)
    return fail(
        ErrorCode::kNotFound,
        fmt::format("{} holds no collection that is {}; create it first", where, text_of(kind)));
  Scope* parent = ensure_parent(draft, object, place);
  const Scope empty{kind, {}};
  draft->record(object, OperationKind::create, place->path).item = Item(empty);
  place->child = &parent->put(place->path.back(), Item(empty));
  return place->child->item.scope();
}

Status check_extra_name(const std::string& name, std::string_view where) {
  if (name.size() > limits::kDictionaryKeyBytesMax || !is_utf8(name))
    return fail(ErrorCode::kBadData,
                fmt::format("{}: a field's name is longer than {} bytes or no UTF-8", where,
                            limits::kDictionaryKeyBytesMax));
  return {};
}

}  // namespace syncline
