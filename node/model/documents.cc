#include "node/model/documents.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/model/value_types.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {
namespace {

bool is_composite(const Value& value) { return value.is<List>() || value.is<Document>(); }

const TypeDef* embedded_type(const Schema& schema, const FieldDef& field) {
  return field.type == ScalarType::embedded ? schema.type(field.target) : nullptr;
}

// Makes items of values. `depth` counts the scopes around an item, the object's own among them, as
// the codec does.
class ItemMaker {
 public:
  ItemMaker(const Schema& schema, const ChangesetName& changeset, uint32_t* next_element)
      : schema_(schema), changeset_(changeset), next_element_(next_element) {}

  // The fields of an object or embedded object; `skip` is a field that is left out.
  Result<Scope> object(const TypeDef& type, const Document& document, int depth,
                       std::string_view skip = "") {
    SYNCLINE_TRY(check_depth(depth));
    Scope scope{ScopeKind::object, {}};
    for (const DocumentField& entry : document.fields) {
      if (entry.name == skip) continue;
      const FieldDef* field = type.field(std::string_view(entry.name));
      if (field == nullptr && !type.open) {
        return fail(ErrorCode::kBadData,
                    fmt::format("{} has no field \"{}\", and its schema allows no others; remove "
                                "it or add it to the schema",
                                type.name, entry.name));
      }
      Result<Item> item =
          field == nullptr ? undeclared(entry, depth) : declared(*field, entry.value, depth);
      if (!item) return std::unexpected(item.error().within(entry.name));
      Step step = field == nullptr ? Step(entry.name) : Step(field->number);
      if (scope.find(step) != nullptr) return twice(entry.name);
      scope.put(std::move(step), std::move(*item));
    }
    return scope;
  }

  Result<Item> declared(const FieldDef& field, const Value& value, int depth) {
    switch (field.collection) {
      case Collection::none:
        return one(field, value, depth);
      case Collection::list:
        if (const List* list = value.get_if<List>()) return list_of(field, *list, depth + 1);
        break;
      case Collection::set:
        if (const List* list = value.get_if<List>()) {
          // A composite cannot be a member; such a set is kept as a list for the validator to name.
          if (std::none_of(list->elements.begin(), list->elements.end(), is_composite))
            return set_of(*list);
        }
        break;
      case Collection::dictionary:
        if (const Document* document = value.get_if<Document>())
          return dictionary_of(field, *document, depth + 1);
        break;
    }
    return any(value, depth);
  }

  // As the value is, whatever was declared.
  Result<Item> any(const Value& value, int depth) {
    SYNCLINE_TRY(check_shape(value, depth));
    return item_of(value, changeset_, next_element_);
  }

 private:
  // One leaf or element of the field.
  Result<Item> one(const FieldDef& field, const Value& value, int depth) {
    const TypeDef* type = embedded_type(schema_, field);
    const Document* document = value.get_if<Document>();
    if (type == nullptr || document == nullptr) return any(value, depth);
    SYNCLINE_ASSIGN(Scope scope, object(*type, *document, depth + 1));
    return Item(std::move(scope));
  }

  Result<Item> undeclared(const DocumentField& entry, int depth) {
    SYNCLINE_TRY(check_key(entry.name));
    return any(entry.value, depth);
  }

  Result<Item> list_of(const FieldDef& field, const List& list, int depth) {
    SYNCLINE_TRY(check_depth(depth));
    Scope scope{ScopeKind::list, {}};
    scope.children.reserve(list.elements.size());
    for (size_t i = 0; i < list.elements.size(); ++i) {
      const ElementId id{changeset_, (*next_element_)++};
      Result<Item> item = one(field, list.elements[i], depth);
      if (!item) return std::unexpected(item.error().within(fmt::format("[{}]", i)));
      scope.children.push_back(
          {id, spread_position(i + 1, list.elements.size()), std::move(*item)});
    }
    return Item(std::move(scope));
  }

  Result<Item> set_of(const List& list) {
    std::vector<Bytes> members;
    members.reserve(list.elements.size());
    for (const Value& element : list.elements) members.push_back(encode_value(element));
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    Scope scope{ScopeKind::set, {}};
    scope.children.reserve(members.size());
    for (Bytes& member : members) scope.children.push_back({Member{std::move(member)}, {}, {}});
    return Item(std::move(scope));
  }

  Result<Item> dictionary_of(const FieldDef& field, const Document& document, int depth) {
    SYNCLINE_TRY(check_depth(depth));
    Scope scope{ScopeKind::dictionary, {}};
    for (const DocumentField& entry : document.fields) {
      SYNCLINE_TRY(check_key(entry.name));
      Result<Item> item = one(field, entry.value, depth);
      if (!item) return std::unexpected(item.error().within(entry.name));
      if (scope.find(Step(entry.name)) != nullptr) return twice(entry.name);
      scope.put(entry.name, std::move(*item));
    }
    return Item(std::move(scope));
  }

  std::unexpected<Error> twice(std::string_view name) {
    return fail(ErrorCode::kBadData,
                fmt::format("the field \"{}\" is there twice; leave one", name));
  }

  Status check_depth(int depth) {
    if (depth <= limits::kDepthMax) return {};
    return fail(ErrorCode::kTooLarge,
                fmt::format("nested deeper than {} documents and lists", limits::kDepthMax));
  }

  Status check_key(std::string_view key) {
    if (key.size() <= limits::kDictionaryKeyBytesMax) return {};
    return fail(ErrorCode::kTooLarge, fmt::format("a key of {} bytes; at most {} are allowed",
                                                  key.size(), limits::kDictionaryKeyBytesMax));
  }

  Status check_shape(const Value& value, int depth) {
    if (const List* list = value.get_if<List>()) {
      SYNCLINE_TRY(check_depth(depth + 1));
      for (const Value& element : list->elements) SYNCLINE_TRY(check_shape(element, depth + 1));
    } else if (const Document* document = value.get_if<Document>()) {
      SYNCLINE_TRY(check_depth(depth + 1));
      for (const DocumentField& entry : document->fields) {
        SYNCLINE_TRY(check_key(entry.name));
        SYNCLINE_TRY(check_shape(entry.value, depth + 1));
      }
    }
    return {};
  }

  const Schema& schema_;
  const ChangesetName& changeset_;
  uint32_t* next_element_;
};

// ---- objects to documents ----

Value value_of_one(const Schema& schema, const FieldDef& field, const Item& item);

void append_missing_default(const FieldDef& field, Document* out) {
  if (const Value* value = value_when_missing(field)) out->fields.push_back({field.name, *value});
}

// Fields in the schema's order, then the others by name.
void append_fields(const Schema& schema, const TypeDef& type, const Scope& scope,
                   std::string_view skip, Document* out) {
  for (const FieldDef& field : type.fields) {
    if (field.name == skip) continue;
    const Child* child = scope.find(Step(field.number));
    if (reads_as_missing(field, child == nullptr ? nullptr : &child->item)) {
      append_missing_default(field, out);
    } else {
      out->fields.push_back({field.name, value_of_declared(schema, &field, child->item)});
    }
  }
  for (const Child& child : scope.children) {
    if (const auto* key = std::get_if<std::string>(&child.step)) {
      // Kept from before the schema knew the field (of another type, else it were the field's):
      // what was written since stands above it.
      const FieldDef* field = type.field(*key);
      if (field != nullptr && scope.find(Step(field->number)) != nullptr) continue;
      if (Value* missing = field == nullptr ? nullptr : out->find(*key))
        *missing = value_of(child.item);
      else
        out->fields.push_back({*key, value_of(child.item)});
    } else if (const auto* number = std::get_if<FieldNumber>(&child.step);
               number && !type.field(*number) && !type.is_retired(*number)) {
      // Of a schema later than this one: shown by its number rather than hidden.
      out->fields.push_back({fmt::format("{}", number->value), value_of(child.item)});
    }
  }
}

Value value_of_one(const Schema& schema, const FieldDef& field, const Item& item) {
  const Scope* scope = item.scope();
  const TypeDef* type = embedded_type(schema, field);
  if (scope == nullptr || type == nullptr || scope->kind != ScopeKind::object)
    return value_of(item);
  Document document;
  append_fields(schema, *type, *scope, "", &document);
  return document;
}

}  // namespace

Result<ObjectDocument> object_of_document(const Schema& schema, TypeNumber number,
                                          const Document& document, const ChangesetName& changeset,
                                          uint32_t* next_element) {
  const TypeDef* type = schema.type(number);
  if (type == nullptr || type->embedded) {
    return fail(ErrorCode::kBadData,
                fmt::format("type {} is no type of whole objects in the schema", number.value));
  }
  const Value* id = document.find("_id");
  if (id == nullptr) {
    return fail(ErrorCode::kBadData,
                fmt::format("{}: the field _id is missing; every object needs one", type->name));
  }
  SYNCLINE_TRY(check_id(*type, *id));
  uint32_t from_zero = 0;
  ItemMaker maker(schema, changeset, next_element == nullptr ? &from_zero : next_element);
  SYNCLINE_ASSIGN(Scope fields, maker.object(*type, document, 1, "_id"));
  return ObjectDocument{*id, std::move(fields)};
}

Result<Item> item_of_declared(const Schema& schema, const FieldDef* field, const Value& value,
                              const ChangesetName& changeset, uint32_t* next_element) {
  ItemMaker maker(schema, changeset, next_element);
  return field == nullptr ? maker.any(value, 1) : maker.declared(*field, value, 1);
}

Document document_of_object(const Schema& schema, TypeNumber number, const Row& row) {
  Document document;
  document.fields.push_back({"_id", row.id});
  const TypeDef* type = schema.type(number);
  if (type == nullptr) {
    Value fields = value_of(Item(row.fields));
    for (DocumentField& entry : fields.get<Document>().fields)
      document.fields.push_back(std::move(entry));
    return document;
  }
  append_fields(schema, *type, row.fields, "_id", &document);
  return document;
}

Value value_of_declared(const Schema& schema, const FieldDef* field, const Item& item) {
  const Scope* scope = item.scope();
  if (field == nullptr || scope == nullptr || field->type != ScalarType::embedded)
    return value_of(item);
  if (field->collection == Collection::list && scope->kind == ScopeKind::list) {
    List list;
    list.elements.reserve(scope->children.size());
    for (const Child& child : scope->children)
      list.elements.push_back(value_of_one(schema, *field, child.item));
    return list;
  }
  if (field->collection == Collection::dictionary && scope->kind == ScopeKind::dictionary) {
    Document document;
    document.fields.reserve(scope->children.size());
    for (const Child& child : scope->children) {
      if (const auto* key = std::get_if<std::string>(&child.step)) {
        document.fields.push_back({*key, value_of_one(schema, *field, child.item)});
      }
    }
    return document;
  }
  return field->collection == Collection::none ? value_of_one(schema, *field, item)
                                               : value_of(item);
}

Status check_id(const TypeDef& type, const Value& id) {
  if (!is_of_key_type(type.key_types, id)) {
    std::string expected;
    for (const ScalarType key_type : type.key_types) {
      if (!expected.empty()) expected += " or ";
      expected +=
          key_type == ScalarType::mixed ? "a long, string, objectId or uuid" : describe(key_type);
    }
    return fail(ErrorCode::kBadData,
                fmt::format("{}: _id takes {}, not {}", type.name, expected, type_name(id)));
  }
  const Result<ObjectKey> key = object_key(id);
  if (!key) return std::unexpected(key.error().within(type.name + "._id"));
  return {};
}

}  // namespace syncline
