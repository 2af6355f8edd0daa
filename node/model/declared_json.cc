#include "node/model/declared_json.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "node/model/findings.h"
#include "node/model/schema_comparison.h"
#include "node/model/type_table.h"
#include "proto/limits.h"

namespace syncline {
namespace {

std::unexpected<Error> bad(std::string_view pointer, std::string_view what) {
  return fail(ErrorCode::kBadData, fmt::format("{}: {}", pointer.empty() ? "/" : pointer, what));
}

// One JSON object of the file, read key by key.
class JsonObject {
 public:
  static Result<JsonObject> of(const Value& value, std::string pointer, std::string_view what) {
    const Document* document = value.get_if<Document>();
    if (document == nullptr)
      return bad(pointer,
                 fmt::format("found {} {}; expected {}", type_name(value), shown(value), what));
    return JsonObject(*document, std::move(pointer));
  }

  std::string at(std::string_view key) const { return fmt::format("{}/{}", pointer_, key); }

  Status only(std::initializer_list<std::string_view> known) const {
    for (const DocumentField& entry : document_->fields) {
      if (std::find(known.begin(), known.end(), entry.name) != known.end()) continue;
      std::string names;
      for (const std::string_view name : known)
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
      return bad(at(entry.name), fmt::format("nothing is known by this key; there are {}", names));
    }
    return {};
  }

  Result<std::string> text(std::string_view key, bool needed) const {
    const Value* value = document_->find(key);
    if (value == nullptr && !needed) return std::string();
    if (value == nullptr)
      return bad(pointer_, fmt::format("\"{}\" is missing; expected a string", key));
    const std::string* text = value->get_if<std::string>();
    if (text == nullptr || text->empty())
      return bad(at(key), fmt::format("found {} {}; expected a string with something in it",
                                      type_name(*value), shown(*value)));
    return *text;
  }

  Result<bool> flag(std::string_view key) const {
    const Value* value = document_->find(key);
    if (value == nullptr) return false;
    const bool* flag = value->get_if<bool>();
    if (flag == nullptr)
      return bad(at(key), fmt::format("found {} {}; expected true or false", type_name(*value),
                                      shown(*value)));
    return *flag;
  }

  Result<const List*> list(std::string_view key, size_t most) const {
    const Value* value = document_->find(key);
    const List* list = value == nullptr ? nullptr : value->get_if<List>();
    if (list == nullptr) return bad(at(key), "expected a list");
    if (list->elements.size() > most)
      return bad(at(key), fmt::format("has {} elements; at most {} are possible",
                                      list->elements.size(), most));
    return list;
  }

  const Value* find(std::string_view key) const { return document_->find(key); }

 private:
  JsonObject(const Document& document, std::string pointer)
      : document_(&document), pointer_(std::move(pointer)) {}
  const Document* document_;
  std::string pointer_;
};

Result<Collection> collection_in(const JsonObject& in) {
  SYNCLINE_ASSIGN(const std::string text, in.text("collection", false));
  if (text.empty()) return Collection::none;
  if (text == "list") return Collection::list;
  if (text == "set") return Collection::set;
  if (text == "dictionary") return Collection::dictionary;
  return bad(in.at("collection"),
             fmt::format("\"{}\" is no collection; expected list, set or dictionary", text));
}

Result<DeclaredField> read_field(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(const JsonObject in,
                  JsonObject::of(value, pointer, "a property: {\"name\", \"type\", ...}"));
  SYNCLINE_TRY(in.only({"name", "type", "nullable", "collection", "target", "counter", "default"}));
  DeclaredField field;
  SYNCLINE_ASSIGN(field.name, in.text("name", true));
  SYNCLINE_ASSIGN(const std::string type, in.text("type", true));
  const std::optional<ScalarType> known = type_of_plain_name(type);
  if (!known)
    return bad(in.at("type"), fmt::format("\"{}\" is no type; expected {}", type, plain_names()));
  field.type = *known;
  SYNCLINE_ASSIGN(field.nullable, in.flag("nullable"));
  SYNCLINE_ASSIGN(field.collection, collection_in(in));
  SYNCLINE_ASSIGN(field.counter, in.flag("counter"));
  if (field.counter && (field.type != ScalarType::int64 || field.collection != Collection::none))
    return bad(in.at("counter"), "only a single \"int\" is counted");
  const bool leads = field.type == ScalarType::link || field.type == ScalarType::embedded;
  SYNCLINE_ASSIGN(field.target, in.text("target", leads));
  if (!leads && !field.target.empty())
    return bad(in.at("target"), "only a \"link\" or \"embedded\" has a target");
  if (field.type == ScalarType::embedded && field.collection == Collection::set)
    return bad(in.at("collection"), "a set cannot hold embedded objects; expected a list");
  if (const Value* initial = in.find("default")) field.default_value = *initial;
  // As in C++: these hold nothing without saying so.
  if (field.type == ScalarType::link || field.type == ScalarType::mixed) field.nullable = true;
  return field;
}

Result<DeclaredType> read_type(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(const JsonObject in,
                  JsonObject::of(value, pointer, "a type: {\"name\", \"properties\", ...}"));
  SYNCLINE_TRY(in.only({"name", "primary_key", "embedded", "asymmetric", "properties"}));
  DeclaredType type;
  SYNCLINE_ASSIGN(type.name, in.text("name", true));
  SYNCLINE_ASSIGN(type.embedded, in.flag("embedded"));
  SYNCLINE_ASSIGN(type.asymmetric, in.flag("asymmetric"));
  SYNCLINE_ASSIGN(const std::string key, in.text("primary_key", false));
  if (!key.empty() && (key != "_id" || type.embedded))
    return bad(in.at("primary_key"), type.embedded ? "embedded objects have no key; leave it out"
                                                   : "the key of what is synced is called \"_id\"");
  SYNCLINE_ASSIGN(const List* properties, in.list("properties", limits::kFieldsPerTypeMax));
  for (size_t i = 0; i < properties->elements.size(); ++i) {
    SYNCLINE_ASSIGN(DeclaredField field, read_field(properties->elements[i],
                                                    fmt::format("{}/{}", in.at("properties"), i)));
    type.fields.push_back(std::move(field));
  }
  return type;
}

std::string_view name_of(Collection collection) {
  return collection == Collection::list  ? "list"
         : collection == Collection::set ? "set"
                                         : "dictionary";
}

}  // namespace

Result<DeclaredSchema> read_declared_schema(const Value& json) {
  SYNCLINE_ASSIGN(const JsonObject in, JsonObject::of(json, "", "{\"types\": [...]}"));
  SYNCLINE_TRY(in.only({"types"}));
  SYNCLINE_ASSIGN(const List* types, in.list("types", limits::kTypesMax));
  DeclaredSchema declared;
  for (size_t i = 0; i < types->elements.size(); ++i) {
    SYNCLINE_ASSIGN(DeclaredType type,
                    read_type(types->elements[i], fmt::format("{}/{}", in.at("types"), i)));
    declared.types.push_back(std::move(type));
  }
  if (Status whole = check_declared(declared); !whole)
    return fail(ErrorCode::kBadData, whole.error().message);
  return declared;
}

Value print_declared_schema(const DeclaredSchema& declared) {
  List types;
  for (const DeclaredType& type : declared.types) {
    Document out{{"name", type.name}};
    if (type.embedded) out.set("embedded", true);
    if (type.asymmetric) out.set("asymmetric", true);
    if (!type.embedded) out.set("primary_key", "_id");
    List properties;
    for (const DeclaredField& field : type.fields) {
      Document property{{"name", field.name}, {"type", row_of(field.type).plain}};
      if (field.nullable) property.set("nullable", true);
      if (field.collection != Collection::none)
        property.set("collection", name_of(field.collection));
      if (!field.target.empty()) property.set("target", field.target);
      if (field.counter) property.set("counter", true);
      if (field.default_value) property.set("default", *field.default_value);
      properties.elements.push_back(std::move(property));
    }
    out.set("properties", std::move(properties));
    types.elements.push_back(std::move(out));
  }
  return Document{{"types", std::move(types)}};
}

DeclaredSchema declared_schema_of(const Schema& schema) {
  DeclaredSchema declared;
  for (const TypeDef& def : schema.types) {
    if (is_system(def.number)) continue;
    DeclaredType type{def.name, def.embedded, def.asymmetric, {}};
    for (const FieldDef& there : def.fields) {
      DeclaredField field;
      field.name = there.name;
      field.type = there.type;
      field.collection = there.collection;
      field.nullable =
          there.collection == Collection::none ? !there.required || there.nullable : there.nullable;
      if (there.type == ScalarType::link || there.type == ScalarType::mixed) field.nullable = true;
      if (there.name == "_id" && !def.embedded) {
        field.type = def.key_types.size() == 1 ? def.key_types[0] : ScalarType::mixed;
        field.nullable = field.type == ScalarType::mixed;
      }
      if (const TypeDef* target = schema.type(there.target))
        if (there.type == ScalarType::link || there.type == ScalarType::embedded)
          field.target = target->name;
      type.fields.push_back(std::move(field));
    }
    declared.types.push_back(std::move(type));
  }
  return declared;
}

}  // namespace syncline
