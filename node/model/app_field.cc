#include "node/model/app_field.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_names.h"
#include "proto/limits.h"

namespace syncline::app {
namespace {

// The schema without what is for people, so that two places can be compared.
Json shape_of(const Json& schema) {
  if (schema.is_array()) {
    Json out = Json::array();
    for (const Json& one : schema) out.push_back(shape_of(one));
    return out;
  }
  if (!schema.is_object()) return schema;
  Json out = Json::object();
  for (const auto& [key, value] : schema.items()) {
    if (key == "description") continue;
    out[key] = shape_of(value);
    if (key == "required" && value.is_array()) std::sort(out[key].begin(), out[key].end());
  }
  return out;
}

bool has_properties(const Json& schema) {
  auto found = schema.find("properties");
  return found != schema.end() && found->is_object() && !found->empty();
}

// What a field of any value is.
void make_mixed(FieldDraft& field) {
  field.def.type = ScalarType::mixed;
  field.def.nullable = true;
  field.target.clear();
}

}  // namespace

void FieldReader::read_object(Notes& notes, const Json& schema, const std::string& pointer,
                              TypeDraft& type) {
  ObjectView view(notes, schema, pointer);
  type.constraints = Json::object();
  type.constraints["bsonType"] = "object";
  view.get_all("bsonType");  // the caller has read them
  view.get_all("type");
  read_properties(notes, view, type);
  read_required(notes, view, type);
  read_openness(notes, view, type);
  if (type.def.embedded) {
    view.ignore("indexes", "no_effect",
                "\"indexes\" stand in the schema of a collection: there they may name fields of "
                "embedded objects");
  } else {
    read_indexes(notes, view, type);
  }
  view.ignore("default", "no_effect",
              "\"default\" of an object has no effect: give its fields defaults");
  read_keywords(notes, view, schema, &type.constraints);
}

void FieldReader::read_properties(Notes& notes, ObjectView& view, TypeDraft& type) {
  type.constraints["properties"] = Json::object();
  const Json* properties = view.object("properties");
  if (!properties) return;
  const std::string pointer = view.at("properties");
  if (properties->size() > limits::kFieldsPerTypeMax) {
    notes.read_all(pointer);
    notes.error("too_many_fields", pointer,
                fmt::format("{} properties; a type may have {}", properties->size(),
                            limits::kFieldsPerTypeMax),
                "use a dictionary, or split the type");
    return;
  }
  for (const auto& [name, schema] : properties->items()) {
    const std::string at = below(pointer, name);
    notes.read(at);
    if (!check_field_name(notes, at, name)) {
      notes.read_all(at);
      continue;
    }
    Json constraints = Json::object();
    FieldDraft field = read_field({notes, at, type.def.name, name}, schema, &constraints);
    field.def.name = name;
    field.pointer = at;
    type.constraints["properties"][name] = std::move(constraints);
    type.fields.push_back(std::move(field));
  }
}

void FieldReader::read_required(Notes& notes, ObjectView& view, TypeDraft& type) {
  const Json* required = view.array("required");
  if (!required) return;
  if (required->size() > limits::kFieldsPerTypeMax) {
    notes.error("too_many_fields", view.at("required"),
                fmt::format("\"required\" has {} names; a type may have {} fields",
                            required->size(), limits::kFieldsPerTypeMax),
                "name each field once");
    return;
  }
  Json kept = Json::array();
  std::vector<std::string_view> names;
  for (const FieldDraft& field : type.fields) names.push_back(field.def.name);
  for (size_t i = 0; i < required->size(); ++i) {
    const std::string at = below(view.at("required"), i);
    const Json& one = (*required)[i];
    if (!one.is_string()) {
      notes.read_all(at);
      notes.error(
          "wrong_kind", at,
          fmt::format("\"required\" names {}, expected the name of a property", kind_of(one)),
          "list names of properties");
      continue;
    }
    const std::string& name = one.get_ref<const std::string&>();
    FieldDraft* field = type.field(name);
    if (!field) {
      std::string near = notes.has_enough("required_unknown") ? "" : nearest(name, names);
      notes.set_partly();
      notes.warning(
          "required_unknown", at,
          fmt::format("\"required\" names {}, which is no property of {}; it is not required",
                      shown(name), shown(type.def.name)),
          near.empty() ? "remove the name, or add the property"
                       : fmt::format("did you mean \"{}\"?", near));
      continue;
    }
    if (field->def.required) continue;
    field->def.required = true;
    kept.push_back(name);
    bool collection = field->def.collection != Collection::none;
    if (collection)
      notes.warning(
          "required_collection", at,
          fmt::format("the collection {} is required: App Services could not sync that; here "
                      "every object must have it, if only empty",
                      shown(name)),
          "remove the name from \"required\" if objects may lack it");
    else if (field->def.type != ScalarType::mixed && field->def.type != ScalarType::null &&
             !field->null_stated)
      field->def.nullable = false;
    if (!field->def.nullable && !collection && field->def.default_value &&
        field->def.default_value->is_null()) {
      field->def.default_value.reset();
      notes.warning(
          "bad_default", below(field->pointer, "default"),
          fmt::format("the default null of {} does not fit: the field is required and takes no "
                      "null; the default is not used",
                      shown(name)),
          "give it a value of the field's type");
    }
  }
  if (!kept.empty()) type.constraints["required"] = std::move(kept);
}

void FieldReader::read_openness(Notes& notes, ObjectView& view, TypeDraft& type) {
  const Json* more = view.get("additionalProperties");
  if (!more) return;
  const std::string at = view.at("additionalProperties");
  if (more->is_boolean()) {
    type.def.open = more->get<bool>();
    // Open for the names that match; the validator keeps it closed to others.
    const Json* patterns = view.get("patternProperties");
    if (!type.def.open && patterns && patterns->is_object() && !patterns->empty()) {
      type.def.open = true;
      notes.info("open_by_pattern", at,
                 fmt::format("{} allows no fields beyond its own but those whose names match "
                             "\"patternProperties\"",
                             shown(type.def.name)));
    }
    type.constraints["additionalProperties"] = *more;
  } else if (more->is_object()) {
    Json constraints = Json::object();
    TypeDrafts
        scratch;  // fields outside the schema have no declared type: this is a constraint only
    FieldReader(&scratch, top_level_, embedded_titles_)
        .read_field({notes, at, type.def.name, "additionalProperties"}, *more, &constraints);
    type.constraints["additionalProperties"] = std::move(constraints);
  } else {
    notes.read_all(at);
    notes.error("wrong_kind", at,
                fmt::format("\"additionalProperties\" is {}, expected true, false or a schema",
                            kind_of(*more)),
                "write true or false");
  }
}

FieldDraft FieldReader::read_field(const Where& where, const Json& schema, Json* constraints) {
  FieldDraft field;
  make_mixed(field);
  field.pointer = where.pointer;
  if (!schema.is_object()) {
    where.notes.read_all(where.pointer);
    where.notes.error("wrong_kind", where.pointer,
                      fmt::format("the schema of {} is {}, expected an object", shown(where.field),
                                  kind_of(schema)),
                      "write {\"bsonType\": \"...\"}");
    return field;
  }
  ObjectView view(where.notes, schema, where.pointer);
  TypeReading reading = read_type(where.notes, view, schema, false);
  Json name = canonical_bson_type(reading);
  if (!name.is_null()) (*constraints)["bsonType"] = std::move(name);
  field.null_stated = reading.null;
  if (reading.types.size() > 1) {
    union_field(where, reading, view, schema, field, constraints);
  } else if (reading.types.empty()) {
    if (reading.null) field.def.type = ScalarType::null;
  } else if (reading.types[0]->shape == Shape::object) {
    object_field(where, schema, view, field, constraints);
    if (field.def.type == ScalarType::embedded && field.def.collection == Collection::none)
      return field;  // all its keys were read as those of the embedded type
  } else if (reading.types[0]->shape == Shape::array) {
    array_field(where, schema, view, field, constraints);
  } else {
    field.def.type = reading.types[0]->scalar;
  }
  if (reading.null && field.def.collection != Collection::none)
    where.notes.info("nullable_collection", where.pointer,
                     fmt::format("{} may be null where it could be a collection: App Services "
                                 "could not say so",
                                 shown(where.field)));
  read_default(where.notes, view, field);
  read_keywords(where.notes, view, schema, constraints);
  return field;
}

void FieldReader::union_field(const Where& where, const TypeReading& reading, ObjectView& view,
                              const Json& schema, FieldDraft& field, Json* constraints) {
  auto all_of = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::all_of(reading.types, [&](const BsonType* type) {
      return std::ranges::find(names, type->name) != names.end();
    });
  };
  // Checked within mixed values, by the constraints as they stand.
  for (std::string_view key : {"properties", "required", "items", "additionalProperties"})
    if (const Json* value = view.get_all(key)) (*constraints)[std::string(key)] = *value;
  if (all_of({"int", "long"})) {
    field.def.type = ScalarType::int64;
  } else if (all_of({"int", "long", "double", "float", "decimal", "number"})) {
    field.def.type = ScalarType::number;
  } else {
    where.notes.warning(
        "type_union", where.pointer,
        fmt::format("{} may be of several types {}: kept as mixed, each value checked "
                    "against them",
                    shown(where.field), shown((*constraints)["bsonType"])),
        "choose one type, or write \"bsonType\": \"mixed\"");
  }
}

void FieldReader::object_field(const Where& where, const Json& schema, ObjectView& view,
                               FieldDraft& field, Json* constraints) {
  const Json* more =
      schema.contains("additionalProperties") ? &schema["additionalProperties"] : nullptr;
  bool closed = more && more->is_boolean() && !more->get<bool>();
  if (has_properties(schema) || closed) {
    field.def.type = ScalarType::embedded;
    field.def.nullable = true;
    field.target = embed(where, schema, constraints);
    return;
  }
  view.get("properties");
  const Json* title = schema.contains("title") ? &schema["title"] : nullptr;
  if (title && title->is_string() && !more && !title->get_ref<const std::string&>().empty()) {
    const std::string& name = title->get_ref<const std::string&>();
    if (embedded_titles_->contains(name) && !top_level_->contains(name)) {
      field.def.type = ScalarType::embedded;
      field.target = name;
      view.get_all("required");
      where.notes.info(
          "embedded_by_name", where.pointer,
          fmt::format("has the title {} and no properties: the embedded type of that name",
                      shown(name)));
      view.get_all("title");
      read_default(where.notes, view, field);
      read_keywords(where.notes, view, schema, constraints);
      return;
    }
    where.notes.warning(
        "object_without_properties", where.pointer,
        fmt::format("{} has the title {} but no properties: kept as a dictionary of any "
                    "values",
                    shown(where.field), shown(name)),
        "list its \"properties\", or write \"additionalProperties\": true");
  }
  dictionary_field(where, view, field, constraints);
}

void FieldReader::dictionary_field(const Where& where, ObjectView& view, FieldDraft& field,
                                   Json* constraints) {
  const std::string at = view.at("additionalProperties");
  const Json* more = view.get("additionalProperties");
  if (const Json* required = view.array("required"); required && !required->empty()) {
    (*constraints)["required"] = Json::array();  // keys that every such dictionary has
    for (const Json& key : *required)
      if (key.is_string()) (*constraints)["required"].push_back(key);
  }
  FieldDraft element;
  make_mixed(element);
  if (more && more->is_object()) {
    Json inner = Json::object();
    element = read_field({where.notes, at, where.parent, where.field}, *more, &inner);
    (*constraints)["additionalProperties"] = std::move(inner);
  } else if (more && !more->is_boolean()) {
    where.notes.read_all(at);
    where.notes.error(
        "wrong_kind", at,
        fmt::format("\"additionalProperties\" is {}, expected true, false or a schema",
                    kind_of(*more)),
        "write true for any values, or the values' schema");
  } else if (!more) {
    where.notes.info("open_object", where.pointer,
                     fmt::format("{} is an object without properties: a dictionary of any values",
                                 shown(where.field)));
  }
  set_element(where, element, Collection::dictionary, field);
}

void FieldReader::array_field(const Where& where, const Json& schema, ObjectView& view,
                              FieldDraft& field, Json* constraints) {
  const Json* items = view.get("items");
  FieldDraft element;
  make_mixed(element);
  if (!items) {
    where.notes.warning("missing_items", where.pointer,
                        fmt::format("the array {} has no \"items\": its elements are any values",
                                    shown(where.field)),
                        "write \"items\": {\"bsonType\": \"...\"}");
  } else if (items->is_array()) {
    where.notes.read_all(view.at("items"));
    (*constraints)["items"] = *items;
    where.notes.warning("tuple", view.at("items"),
                        "\"items\" is one schema per position: kept as a list of any values, each "
                        "checked against its own",
                        "write one schema for all elements");
  } else {
    Json inner = Json::object();
    element =
        read_field({where.notes, view.at("items"), where.parent, where.field}, *items, &inner);
    (*constraints)["items"] = std::move(inner);
  }
  auto unique = schema.find("uniqueItems");
  bool set = unique != schema.end() && unique->is_boolean() && unique->get<bool>();
  if (set &&
      (element.def.type == ScalarType::embedded || element.def.collection != Collection::none)) {
    set = false;
    where.notes.warning(
        "set_of_objects", view.at("uniqueItems"),
        "a set cannot hold objects or collections: kept as a list whose elements are "
        "checked to differ",
        "remove \"uniqueItems\"");
  }
  set_element(where, element, set ? Collection::set : Collection::list, field);
}

void FieldReader::set_element(const Where& where, const FieldDraft& element, Collection collection,
                              FieldDraft& field) {
  field.def.collection = collection;
  if (element.def.collection != Collection::none) {
    make_mixed(field);
    where.notes.warning(
        "nested_collection", where.pointer,
        fmt::format("{} is a collection of collections: the inner ones are kept as mixed "
                    "values, checked against their schema",
                    shown(where.field)),
        "embed an object that holds the inner collection");
    return;
  }
  field.def.type = element.def.type;
  field.target = element.target;
  // Elements are not optional but where the schema says so; an embedded object under a key may be
  // null.
  field.def.nullable =
      element.null_stated || element.def.type == ScalarType::mixed ||
      element.def.type == ScalarType::null ||
      (collection == Collection::dictionary && element.def.type == ScalarType::embedded);
}

std::string FieldReader::embed(const Where& where, const Json& schema, Json* constraints) {
  Notes& notes = where.notes;
  const std::string own = embedded_name(where.parent, where.field);
  std::string name = own;
  auto title = schema.find("title");
  const std::string title_at = below(where.pointer, "title");
  if (title != schema.end()) {
    notes.read_all(title_at);
    if (title->is_string() &&
        check_type_name(notes, title_at, title->get_ref<const std::string&>()))
      name = title->get<std::string>();
    else if (!title->is_string())
      notes.error("wrong_kind", title_at,
                  fmt::format("\"title\" is {}, expected a string", kind_of(*title)),
                  "name the type");
  }
  Json shape = shape_of(schema);
  for (int n = 1;; ++n) {
    auto known = shapes_.find(name);
    bool taken = top_level_->contains(name);
    if (!taken && known == shapes_.end()) break;
    if (!taken && known->second == shape && types_->contains(name)) {
      notes.read_all(where.pointer);
      *constraints = (*types_)[name].constraints;
      return name;
    }
    std::string next = n == 1 && name != own
                           ? own
                           : embedded_name(where.parent, fmt::format("{}_{}", where.field, n + 1));
    if (name != own || n > 1)
      notes.warning(
          "embedded_renamed", where.pointer,
          fmt::format("the title {} is that of {}: this embedded type is named {}", shown(name),
                      taken ? "a collection" : "an embedded type of another form", shown(next)),
          "give it a title of its own, or make the two equal");
    name = next;
  }
  shapes_[name] = std::move(shape);
  TypeDraft type;
  type.def.name = name;
  type.def.embedded = true;
  type.notes = &notes;
  type.pointer = where.pointer;
  if (depth_ >= limits::kDepthMax) {
    notes.read_all(where.pointer);
    notes.error("too_deep", where.pointer,
                fmt::format("embedded objects {} levels deep; an object may have {}", depth_ + 1,
                            limits::kDepthMax),
                "make inner objects types of their own, and link to them");
    (*types_)[name] = std::move(type);  // without fields
    return name;
  }
  ++depth_;
  read_object(notes, schema, where.pointer, type);
  --depth_;
  *constraints = type.constraints;
  (*types_)[name] = std::move(type);
  return name;
}

}  // namespace syncline::app
