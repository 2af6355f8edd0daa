#include "node/replica/whole_value.h"

#include <fmt/format.h>

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

}  // namespace

void unset_unnamed(Draft::Impl* draft, DraftObject* object, const Path& path, const Item& held,
                   const Item& value) {
  const Scope* before = held.scope();
  const Scope* after = value.scope();
  if (before == nullptr || after == nullptr || before->kind != ScopeKind::object ||
      after->kind != ScopeKind::object)
    return;
  for (const Child& child : before->children) {
    Path inner = path;
    inner.push_back(child.step);
    if (const Child* named = after->find(child.step)) {
      unset_unnamed(draft, object, inner, child.item, named->item);
    } else {
      draft->record(object, OperationKind::unset, std::move(inner));
    }
  }
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
