// Draft: fields and dictionary keys.
#include <fmt/format.h>

#include "node/replica/place.h"
#include "node/replica/transaction.h"
#include "node/replica/whole_value.h"

namespace syncline {
namespace {

void put_in(Scope* parent, Place* place, Item item) {
  if (place->child != nullptr) {
    place->child->item = std::move(item);
  } else {
    place->child = &parent->put(place->path.back(), std::move(item));
  }
}

Result<Item> empty_scope(const Declared& declared, NewScope kind, std::string_view where) {
  const std::optional<ScopeKind> wanted = declared.scope_kind();
  auto answer = [&](ScopeKind scope) -> Result<Item> { return Item(Scope{scope, {}}); };
  switch (kind) {
    case NewScope::list:
      if (wanted == ScopeKind::list || wanted == ScopeKind::set) return answer(*wanted);
      if (declared.anything()) return answer(ScopeKind::list);
      break;
    case NewScope::dictionary:
      if (wanted == ScopeKind::dictionary || declared.anything())
        return answer(ScopeKind::dictionary);
      break;
    case NewScope::embedded:
      if (wanted == ScopeKind::object) return answer(ScopeKind::object);
      break;
  }
  return fail(ErrorCode::kBadData,
              fmt::format("{} is not declared to hold this kind of collection or object", where));
}

}  // namespace

Status Draft::set(TypeNumber number, const Value& id, const UserPath& path, const Value& value) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  SYNCLINE_TRY(
      check_value(*impl_->schema, place.declared, value, place.path.size(), where_of(*type, path)));
  SYNCLINE_ASSIGN(
      Item item, item_at(*impl_->schema, place.declared, value, impl_->name, &impl_->next_element));
  Scope* parent = ensure_parent(impl_.get(), object, &place);
  impl_->record(object, OperationKind::set, place.path).item = item;
  if (place.child != nullptr)
    replace_embedded(impl_.get(), object, place.declared, place.path, place.child->item, &item);
  put_in(parent, &place, std::move(item));
  return {};
}

Status Draft::set_default(TypeNumber number, const Value& id, const UserPath& path,
                          const Value& value) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  SYNCLINE_TRY(
      check_value(*impl_->schema, place.declared, value, place.path.size(), where_of(*type, path)));
  SYNCLINE_ASSIGN(
      Item item, item_at(*impl_->schema, place.declared, value, impl_->name, &impl_->next_element));
  Scope* parent = ensure_parent(impl_.get(), object, &place);
  impl_->record(object, OperationKind::set_default, place.path).item = item;
  if (place.child == nullptr) put_in(parent, &place, std::move(item));
  return {};
}

Status Draft::set_new(TypeNumber number, const Value& id, const UserPath& path, NewScope kind) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  SYNCLINE_TRY(
      check_value(*impl_->schema, {}, Document(), place.path.size(), where_of(*type, path)));
  SYNCLINE_ASSIGN(Item item, empty_scope(place.declared, kind, where_of(*type, path)));
  Scope* parent = ensure_parent(impl_.get(), object, &place);
  impl_->record(object, OperationKind::create, place.path).item = item;
  // Creating what is there in the same kind resets nothing.
  if (place.scope() == nullptr || place.scope()->kind != item.scope()->kind)
    put_in(parent, &place, std::move(item));
  return {};
}

Status Draft::unset(TypeNumber number, const Value& id, const UserPath& path) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  if (place.child == nullptr)
    return fail(ErrorCode::kNotFound, fmt::format("{} is absent already", where_of(*type, path)));
  if (place.parent->kind == ScopeKind::list)
    return fail(ErrorCode::kUsage,
                fmt::format("{} is an element of a list; erase it", where_of(*type, path)));
  impl_->record(object, OperationKind::unset, place.path);
  place.parent->erase(place.path.back());
  return {};
}

Status Draft::increment(TypeNumber number, const Value& id, const UserPath& path, int64_t amount) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  const FieldDef* field = place.declared.field;
  const bool counts = place.declared.anything() ||
                      (place.declared.scalar_here() &&
                       (field->type == ScalarType::int32 || field->type == ScalarType::int64));
  if (!counts)
    return fail(ErrorCode::kBadData,
                fmt::format("{} is not declared as an integer", where_of(*type, path)));
  if (place.child == nullptr || place.child->item.is_scope() ||
      !place.child->item.value().is_integer())
    return fail(ErrorCode::kBadData,
                fmt::format("{} holds no integer to add to; set it first", where_of(*type, path)));
  Value& held = place.child->item.value();
  impl_->record(object, OperationKind::increment, place.path).amount = amount;
  // As the authority does it: modulo 2^64, and the width stays while the number fits.
  const auto sum = static_cast<int64_t>(static_cast<uint64_t>(held.as_integer()) +
                                        static_cast<uint64_t>(amount));
  if (held.is<int32_t>() && sum >= INT32_MIN && sum <= INT32_MAX) {
    held = Value(static_cast<int32_t>(sum));
  } else {
    held = Value(sum);
  }
  return {};
}

}  // namespace syncline
