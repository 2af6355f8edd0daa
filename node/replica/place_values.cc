// What may stand where: the part of validation that needs no rules, only the schema's types.
#include <fmt/format.h>

#include "node/model/documents.h"
#include "node/model/value_types.h"
#include "node/replica/place.h"
#include "proto/limits.h"
#include "proto/utf8.h"

namespace syncline {
namespace {

// As the codec counts them: the object, and what the path leads into, are levels too.
constexpr size_t kDepthMax = limits::kDepthMax;

std::unexpected<Error> wrong(std::string_view where, std::string_view expected,
                             const Value& found) {
  return fail(ErrorCode::kBadData,
              fmt::format("{} takes {}, not {}", where, expected, type_name(found)));
}

// What no schema can allow: too deep, keys too long, text that is no UTF-8.
Status check_shape(const Value& value, std::string_view where, size_t depth) {
  if (depth > kDepthMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("{} is nested deeper than {} levels", where, kDepthMax));
  auto text = [&](std::string_view s) -> Status {
    if (!is_utf8(s))
      return fail(ErrorCode::kBadData, fmt::format("{} holds text that is no UTF-8", where));
    return {};
  };
  if (const auto* s = value.get_if<std::string>()) return text(*s);
  if (const auto* list = value.get_if<List>()) {
    for (const Value& element : list->elements)
      SYNCLINE_TRY(check_shape(element, where, depth + 1));
  } else if (const auto* document = value.get_if<Document>()) {
    for (const DocumentField& field : document->fields) {
      if (field.name.size() > limits::kDictionaryKeyBytesMax)
        return fail(ErrorCode::kTooLarge,
                    fmt::format("{} holds a key of {} bytes; at most {} are allowed", where,
                                field.name.size(), limits::kDictionaryKeyBytesMax));
      SYNCLINE_TRY(text(field.name));
      SYNCLINE_TRY(check_shape(field.value, where, depth + 1));
    }
  } else if (const auto* code = value.get_if<Code>(); code != nullptr && code->scope) {
    SYNCLINE_TRY(text(code->text));
    return check_shape(*code->scope, where, depth + 1);
  }
  return {};
}

Status check_embedded(const Schema& schema, const TypeDef& type, const Document& document,
                      std::string_view where);

Status check_one(const Schema& schema, const FieldDef& field, const Value& value,
                 std::string_view where) {
  if (value.is_null()) {
    if (field.nullable || field.type == ScalarType::mixed || field.type == ScalarType::null)
      return {};
    return wrong(where, describe(field.type), value);
  }
  if (field.type != ScalarType::embedded) {
    if (is_of_type(schema, field.type, field.target, value)) return {};
    return wrong(where, describe(field.type), value);
  }
  if (!value.is<Document>()) return wrong(where, "a document", value);
  const TypeDef* type = schema.type(field.target);
  return type == nullptr ? Status() : check_embedded(schema, *type, value.get<Document>(), where);
}

Status check_field(const Schema& schema, const FieldDef& field, const Value& value,
                   std::string_view where) {
  // Whether its schema lets a collection be null is not known here: the authority says.
  if (field.collection != Collection::none && !field.required && value.is_null()) return {};
  switch (field.collection) {
    case Collection::none:
      return check_one(schema, field, value, where);
    case Collection::list:
    case Collection::set: {
      const auto* list = value.get_if<List>();
      if (list == nullptr) return wrong(where, "an array", value);
      for (const Value& element : list->elements)
        SYNCLINE_TRY(check_one(schema, field, element, where));
      return {};
    }
    case Collection::dictionary: {
      const auto* document = value.get_if<Document>();
      if (document == nullptr) return wrong(where, "a document of keys and values", value);
      for (const DocumentField& entry : document->fields)
        SYNCLINE_TRY(check_one(schema, field, entry.value, where));
      return {};
    }
  }
  return {};
}

Status check_embedded(const Schema& schema, const TypeDef& type, const Document& document,
                      std::string_view where) {
  for (const DocumentField& entry : document.fields) {
    const FieldDef* field = type.field(std::string_view(entry.name));
    const std::string inner = fmt::format("{}.{}", where, entry.name);
    if (field == nullptr) {
      if (!type.open)
        return fail(ErrorCode::kBadData,
                    fmt::format("type {} has no field {}", type.name, entry.name));
      continue;
    }
    SYNCLINE_TRY(check_field(schema, *field, entry.value, inner));
  }
  return {};
}

}  // namespace

Status check_value(const Schema& schema, const Declared& declared, const Value& value, size_t depth,
                   std::string_view where) {
  SYNCLINE_TRY(check_shape(value, where, depth));
  if (declared.field == nullptr) return {};
  return declared.element ? check_one(schema, *declared.field, value, where)
                          : check_field(schema, *declared.field, value, where);
}

Result<Item> item_at(const Schema& schema, const Declared& declared, const Value& value,
                     const ChangesetName& changeset, uint32_t* next_element) {
  if (declared.field == nullptr) return item_of(value, changeset, next_element);
  if (!declared.element)
    return item_of_declared(schema, declared.field, value, changeset, next_element);
  FieldDef element = *declared.field;
  element.collection = Collection::none;
  return item_of_declared(schema, &element, value, changeset, next_element);
}

}  // namespace syncline
