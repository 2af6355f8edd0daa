// Draft: whole objects.
#include "node/replica/transaction.h"

#include <fmt/format.h>

#include "node/model/documents.h"
#include "node/replica/place.h"
#include "node/replica/reading.h"
#include "node/replica/replica.h"
#include "node/replica/whole_value.h"
#include "proto/check.h"
#include "proto/codec.h"

namespace syncline {

Draft::Draft() = default;
Draft::Draft(Draft&&) noexcept = default;
Draft& Draft::operator=(Draft&&) noexcept = default;
Draft::~Draft() = default;

Result<const TypeDef*> Draft::Impl::writable_type(TypeNumber number) const {
  const TypeDef* type = schema->type(number);
  if (type == nullptr)
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no type with number {}; the schema has revision {}{}",
                            number.value, schema->revision,
                            schema->revision == 0 ? ": connect to the authority once" : ""));
  if (type->embedded)
    return fail(ErrorCode::kUsage,
                fmt::format("type {} is embedded: its objects live inside others", type->name));
  return type;
}

namespace {

Error only_inserted(const TypeDef& type) {
  return Error(ErrorCode::kUsage,
               fmt::format("{} is asymmetric: its objects are inserted as a whole, and not changed "
                           "or deleted afterwards; insert one with another _id",
                           type.name));
}

}  // namespace

Result<DraftObject*> Draft::Impl::open(TypeNumber type, const Value& id) {
  SYNCLINE_ASSIGN(ObjectKey key, object_key(id));
  ObjectName object{type, std::move(key)};
  if (const auto at = places.find(object); at != places.end()) return &objects[at->second];
  ShownAndHeld found;
  const TypeDef* def = schema->type(type);
  if (def != nullptr && inserts_only(*def)) {
    // Nothing of it is here.
  } else if (read) {
    SYNCLINE_ASSIGN(found.shown, read(object));
    found.held = found.shown.has_value();
  } else {
    SYNCLINE_ASSIGN(found, read_shown_and_held(*snapshot, object));
  }
  DraftObject opened;
  opened.group.object = object;
  opened.group.id = found.shown ? found.shown->id : id;
  opened.group.blind = !found.held;
  opened.touches = std::move(found.touches);
  opened.image = found.shown;
  opened.before = std::move(found.shown);
  places.emplace(std::move(object), objects.size());
  objects.push_back(std::move(opened));
  return &objects.back();
}

Result<DraftObject*> Draft::Impl::open_present(const TypeDef& type, const Value& id) {
  if (inserts_only(type)) return std::unexpected(only_inserted(type));
  SYNCLINE_ASSIGN(DraftObject * object, open(type.number, id));
  if (!object->image)
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no {} with this _id; create it first", type.name));
  return object;
}

Operation& Draft::Impl::record(DraftObject* object, OperationKind kind, Path path) {
  Operation& operation = object->group.operations.emplace_back();
  operation.kind = kind;
  operation.path = std::move(path);
  operation.ordinal = next_ordinal++;
  return operation;
}

namespace {

// The document's fields as a scope, checked.
Result<Scope> fields_of(Draft::Impl* draft, const TypeDef& type, const Document& document) {
  Scope fields;
  for (const DocumentField& entry : document.fields) {
    if (entry.name == "_id") continue;
    Declared declared{type.field(std::string_view(entry.name)), false};
    if (declared.field == nullptr && !type.open)
      return fail(ErrorCode::kBadData,
                  fmt::format("type {} has no field {}", type.name, entry.name));
    const std::string where = fmt::format("{}.{}", type.name, entry.name);
    if (declared.field == nullptr) SYNCLINE_TRY(check_extra_name(entry.name, where));
    SYNCLINE_TRY(check_value(*draft->schema, declared, entry.value, 1, where));
    SYNCLINE_ASSIGN(Item item, item_at(*draft->schema, declared, entry.value, draft->name,
                                       &draft->next_element));
    const Step step = declared.field != nullptr ? Step(declared.field->number) : Step(entry.name);
    fields.put(step, std::move(item));
  }
  return fields;
}

Result<Value> id_of_document(const TypeDef& type, const Document& document) {
  const Value* id = document.find("_id");
  if (id == nullptr)
    return fail(ErrorCode::kBadData, fmt::format("an object of type {} needs an _id", type.name));
  SYNCLINE_TRY(check_id(type, *id));
  return *id;
}

// What the type says of a field.
Declared declared_in(const TypeDef& type, const Step& step) {
  const auto* number = std::get_if<FieldNumber>(&step);
  return {number == nullptr ? nullptr : type.field(*number), false};
}

void create_in(Draft::Impl* draft, DraftObject* object, const TypeDef& type, Scope fields) {
  draft->record(object, OperationKind::create, {}).item = Item(fields);
  if (!object->image) {
    object->image = Row{object->group.id, {}, {}, std::move(fields)};
    return;
  }
  for (Child& child : fields.children) {
    if (const Child* held = object->image->fields.find(child.step))
      replace_embedded(draft, object, declared_in(type, child.step), {child.step}, held->item,
                       &child.item);
    object->image->fields.put(child.step, std::move(child.item));
  }
}

// Makes the object that stands there have these fields, and of other schema versions' what it had.
void replace_in(Draft::Impl* draft, DraftObject* object, const TypeDef& type, Scope fields) {
  Scope& image = object->image->fields;
  for (const Child& held : image.children) {
    if (fields.find(held.step) == nullptr && is_of_version(&type, held.step))
      draft->record(object, OperationKind::unset, {held.step});
  }
  for (Child& child : fields.children) {
    Child* held = image.find(child.step);
    const Declared declared = declared_in(type, child.step);
    if (held != nullptr && same_in_version(*draft->schema, declared, held->item, child.item)) {
      child.item = std::move(held->item);  // with its element ids
      continue;
    }
    draft->record(object, OperationKind::set, {child.step}).item = child.item;
    if (held != nullptr)
      replace_embedded(draft, object, declared, {child.step}, held->item, &child.item);
  }
  for (Child& held : image.children)
    if (!is_of_version(&type, held.step)) fields.put(held.step, std::move(held.item));
  image = std::move(fields);
}

}  // namespace

Status Draft::create(TypeNumber number, const Document& document) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(const Value id, id_of_document(*type, document));
  SYNCLINE_ASSIGN(Scope fields, fields_of(impl_.get(), *type, document));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open(number, id));
  if (object->image && impl_->inserts_only(*type)) return std::unexpected(only_inserted(*type));
  if (!object->image) object->group.id = id;
  create_in(impl_.get(), object, *type, std::move(fields));
  return {};
}

Status Draft::put(TypeNumber number, const Document& document) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(const Value id, id_of_document(*type, document));
  SYNCLINE_ASSIGN(Scope fields, fields_of(impl_.get(), *type, document));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open(number, id));
  if (!object->image) {
    object->group.id = id;
    create_in(impl_.get(), object, *type, std::move(fields));
    return {};
  }
  if (impl_->inserts_only(*type)) return std::unexpected(only_inserted(*type));
  replace_in(impl_.get(), object, *type, std::move(fields));
  return {};
}

Status Draft::remove(TypeNumber number, const Value& id) {
  SYNCLINE_ASSIGN(const TypeDef* type, impl_->writable_type(number));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open_present(*type, id));
  impl_->record(object, OperationKind::remove_object, {});
  object->image.reset();
  return {};
}

void Draft::set_all_or_nothing(bool all_or_nothing) { impl_->all_or_nothing = all_or_nothing; }

Result<std::optional<Row>> Draft::get(TypeNumber type, const Value& id) const {
  const TypeDef* def = impl_->schema->type(type);
  if (def != nullptr && impl_->inserts_only(*def)) return std::unexpected(not_readable(*def));
  SYNCLINE_ASSIGN(DraftObject * object, impl_->open(type, id));
  return object->image;
}

Result<std::vector<Row>> Draft::all(TypeNumber type) const {
  if (impl_->snapshot == nullptr)
    return fail(ErrorCode::kNotSupported, "this transaction cannot list the objects of a type");
  std::vector<Row> rows;
  SYNCLINE_TRY(
      visit_objects(*impl_->snapshot, type, false, [&](const ObjectKey& key, const Row& row) {
        if (!impl_->places.contains({type, key})) rows.push_back(row);
        return true;
      }));
  for (const DraftObject& object : impl_->objects)
    if (object.group.object.type == type && object.image) rows.push_back(*object.image);
  return rows;
}

bool Draft::empty() const { return impl_ == nullptr || impl_->next_ordinal == 0; }
uint32_t Draft::operations() const { return impl_->next_ordinal; }
const ChangesetName& Draft::name() const { return impl_->name; }
const Schema& Draft::schema() const { return *impl_->schema; }

}  // namespace syncline
