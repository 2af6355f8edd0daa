// Draft: lists, sets and clearing.
#include <fmt/format.h>

#include "node/replica/place.h"
#include "node/replica/shown.h"
#include "node/replica/transaction.h"
#include "node/replica/whole_value.h"
#include "proto/check.h"
#include "proto/codec.h"

namespace syncline {
namespace {

// What the schema says about the elements of a collection at the place.
Declared elements_of(const Declared& declared) {
  if (declared.field == nullptr || declared.scalar_here()) return {};
  return {declared.field, true};
}

Path with(const Path& path, Step step) {
  Path out = path;
  out.push_back(std::move(step));
  return out;
}

// The neighbour to stand after, for an element that has `index` elements before it.
void name_left(Operation* operation, const Scope& list, size_t index) {
  if (index == 0) return;
  const Child& left = list.children[index - 1];
  const auto* id = std::get_if<ElementId>(&left.step);
  CHECK(id != nullptr, "a list's element without an element id");
  operation->left = *id;
  operation->left_position = left.position;
}

std::unexpected<Error> no_index(std::string_view where, uint64_t index, size_t size) {
  return fail(ErrorCode::kNotFound,
              fmt::format("{} has {} elements; there is no place at index {}", where, size, index));
}

}  // namespace

Status Draft::insert(TypeNumber number, const Value& id, const UserPath& path, uint64_t index,
                     const Value& value) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  const std::string where = where_of(*type, path);
  const Scope* there = place.scope();
  const size_t size = there == nullptr ? 0 : there->children.size();
  if (index > size) return no_index(where, index, size);
  const Declared declared = elements_of(place.declared);
  SYNCLINE_TRY(check_value(*impl_->schema, declared, value, place.path.size() + 1, where));
  const ElementId element{impl_->name, impl_->next_element++};
  SYNCLINE_ASSIGN(Item item,
                  item_at(*impl_->schema, declared, value, impl_->name, &impl_->next_element));
  SYNCLINE_ASSIGN(Scope * list,
                  ensure_collection(impl_.get(), object, &place, ScopeKind::list, where));
  Operation& operation = impl_->record(object, OperationKind::insert, with(place.path, element));
  operation.item = item;
  name_left(&operation, *list, index);
  insert_element(list, index, element, std::move(item));
  return {};
}

Status Draft::move(TypeNumber number, const Value& id, const UserPath& path, uint64_t from,
                   uint64_t to) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  Scope* list = place.scope();
  if (list == nullptr || list->kind != ScopeKind::list)
    return fail(ErrorCode::kBadData, fmt::format("{} is no list", where_of(*type, path)));
  const size_t size = list->children.size();
  if (from >= size || to >= size)
    return no_index(where_of(*type, path), from >= size ? from : to, size);
  if (from == to) return {};
  Child moved = std::move(list->children[from]);
  list->children.erase(list->children.begin() + static_cast<ptrdiff_t>(from));
  const ElementId element = std::get<ElementId>(moved.step);
  Operation& operation = impl_->record(object, OperationKind::move, with(place.path, element));
  name_left(&operation, *list, to);
  insert_element(list, to, element, std::move(moved.item));
  return {};
}

Status Draft::erase(TypeNumber number, const Value& id, const UserPath& path) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  if (place.child == nullptr)
    return fail(ErrorCode::kNotFound, fmt::format("{} is absent already", where_of(*type, path)));
  if (place.parent->kind == ScopeKind::list) {
    impl_->record(object, OperationKind::erase, place.path);
    auto& children = place.parent->children;
    children.erase(children.begin() + (place.child - children.data()));
  } else {
    impl_->record(object, OperationKind::unset, place.path);
    place.parent->erase(place.path.back());
  }
  return {};
}

Status Draft::add(TypeNumber number, const Value& id, const UserPath& path, const Value& member) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  const std::string where = where_of(*type, path);
  if (member.is<List>() || member.is<Document>())
    return fail(ErrorCode::kBadData, fmt::format("{}: members of a set are single values", where));
  SYNCLINE_TRY(check_value(*impl_->schema, elements_of(place.declared), member,
                           place.path.size() + 1, where));
  SYNCLINE_ASSIGN(Scope * set,
                  ensure_collection(impl_.get(), object, &place, ScopeKind::set, where));
  const Member step{encode_value(member)};
  impl_->record(object, OperationKind::add, with(place.path, step));
  set->put(step, Item());
  return {};
}

Status Draft::remove_member(TypeNumber number, const Value& id, const UserPath& path,
                            const Value& member) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  Scope* set = place.scope();
  if (set == nullptr || set->kind != ScopeKind::set)
    return fail(ErrorCode::kBadData, fmt::format("{} is no set", where_of(*type, path)));
  const Member step{encode_value(member)};
  if (set->find(step) == nullptr)
    return fail(ErrorCode::kNotFound, fmt::format("{} has no such member", where_of(*type, path)));
  impl_->record(object, OperationKind::remove, with(place.path, step));
  set->erase(step);
  return {};
}

Status Draft::clear(TypeNumber number, const Value& id, const UserPath& path) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  SYNCLINE_ASSIGN(Place place, find_place(*impl_->schema, *type, object->image->fields, path));
  const std::string where = where_of(*type, path);
  const Scope* there = place.scope();
  const std::optional<ScopeKind> kind =
      there != nullptr ? there->kind : place.declared.scope_kind();
  if (!kind || *kind == ScopeKind::object)
    return fail(ErrorCode::kBadData, fmt::format("{} is no collection", where));
  SYNCLINE_ASSIGN(Scope * collection, ensure_collection(impl_.get(), object, &place, *kind, where));
  impl_->record(object, OperationKind::clear, place.path);
  collection->children.clear();
  return {};
}

}  // namespace syncline
