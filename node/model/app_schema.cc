#include "node/model/app_schema.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/model/app_field.h"
#include "node/model/app_names.h"
#include "proto/limits.h"

namespace syncline::app {
namespace {

// A schema that says nothing of a type: its collection is not synced.
bool says_nothing(const Json& schema) {
  auto properties = schema.find("properties");
  return schema.empty() || properties == schema.end() ||
         (properties->is_object() && properties->empty());
}

// The titles of objects that have properties, below the root of a schema.
void collect_titles(const Json& schema, bool root, std::set<std::string>* out) {
  if (schema.is_array()) {
    for (const Json& one : schema) collect_titles(one, false, out);
    return;
  }
  if (!schema.is_object()) return;
  auto title = schema.find("title");
  auto properties = schema.find("properties");
  if (!root && title != schema.end() && title->is_string() && properties != schema.end() &&
      properties->is_object() && !properties->empty())
    out->insert(title->get<std::string>());
  for (const auto& [key, value] : schema.items())
    if (key == "properties" || key == "items" || key == "additionalProperties" || !root)
      collect_titles(value, false, out);
}

class SchemasReader {
 public:
  explicit SchemasReader(Loading& load) : load_(load) {}

  TypeDrafts read() {
    for (auto& [name, collection] : load_.collections) {
      if (!is_synced(collection)) continue;
      collect_titles(*collection.schema.value, true, &embedded_titles_);
      name_type(collection);
    }
    std::set<std::string> top_level;
    for (const auto& [name, draft] : types_) top_level.insert(name);
    FieldReader fields(&types_, &top_level, &embedded_titles_);
    for (auto& [name, collection] : load_.collections)
      if (!collection.type.empty()) read_type_of(collection, fields);
    return std::move(types_);
  }

 private:
  // Says so if the collection is not.
  bool is_synced(CollectionFiles& collection) {
    const Part& part = collection.schema;
    collection.why_not_synced = fmt::format("the schema of {} has errors", collection.name());
    if (!part.file) return say_not_synced(collection, "it has no schema");
    collection.schema_unread = !part.value || !part.value->is_object();
    if (!part.value) return false;  // the file did not parse, and its notes say so
    if (!part.value->is_object()) {
      part.file->notes.read_all(part.pointer);
      part.file->notes.error(
          "wrong_kind", part.pointer,
          fmt::format("the schema is {}, expected an object", kind_of(*part.value)),
          "write {\"title\": \"...\", \"bsonType\": \"object\", \"properties\": {...}}");
      return false;
    }
    if (part.value->empty()) return say_not_synced(collection, "its schema is empty");
    if (says_nothing(*part.value))
      return say_not_synced(collection, "its schema has no properties");
    return true;
  }

  // Once, at the file nearest to the cause.
  bool say_not_synced(CollectionFiles& collection, std::string_view why) {
    const std::string text = fmt::format("the collection {} is not synced", collection.name());
    const std::string remedy =
        "to sync it, give it a schema with a title and properties, _id among them";
    collection.why_not_synced = text;
    const Part& schema = collection.schema;
    Part at = schema.file             ? schema
              : collection.rules.file ? collection.rules
                                      : collection.relationships;
    std::string whole = fmt::format("{}: {}", text, why);
    if (at.pointer.empty() && at.file->place.use != Use::collection) {
      at.file->notes.ignore_file(std::move(whole), Severity::warning, "not_synced", remedy);
    } else {
      at.file->notes.read_all("");  // rules and relationships of what is not synced, too
      at.file->notes.set_partly();
      at.file->notes.warning("not_synced", at.pointer, std::move(whole), remedy);
    }
    return false;
  }

  // The title if it can be the type's name. Else there is an error, and what else the schema and
  // the rules say is read all the same, under the collection's name.
  std::string name_of_type(const CollectionFiles& collection) {
    const Json& schema = *collection.schema.value;
    Notes& notes = collection.schema.file->notes;
    const std::string at = below(collection.schema.pointer, "title");
    auto title = schema.find("title");
    if (title == schema.end()) {
      const std::string& name = collection.collection;
      notes.warning(
          "missing_title", collection.schema.pointer,
          fmt::format("no title: the type is named after its collection, {}", shown(name)),
          fmt::format("write \"title\": {}", shown(name)));
      return check_type_name(notes, collection.schema.pointer, name) && is_free(notes, at, name)
                 ? name
                 : collection.name();
    }
    notes.read_all(at);
    if (!title->is_string()) {
      notes.error("wrong_kind", at,
                  fmt::format("\"title\" is {}, expected a string", kind_of(*title)),
                  "name the type");
      return collection.name();
    }
    const std::string& name = title->get_ref<const std::string&>();
    return check_type_name(notes, at, name) && is_free(notes, at, name) ? name : collection.name();
  }

  bool is_free(Notes& notes, const std::string& at, const std::string& name) {
    auto taken = types_.find(name);
    if (taken == types_.end()) return true;
    notes.error("duplicate_title", at,
                fmt::format("the title {} is also that of the collection {} ({})", shown(name),
                            taken->second.def.collection, taken->second.notes->path()),
                "give one of them another title: a title names one type in the whole data source");
    return false;
  }

  void name_type(CollectionFiles& collection) {
    std::string name = name_of_type(collection);
    while (types_.contains(name)) name += '\'';  // another's title, and there is an error already
    TypeDraft& draft = types_[name];
    draft.def.name = name;
    draft.def.collection = collection.name();
    draft.notes = &collection.schema.file->notes;
    draft.pointer = collection.schema.pointer;
    collection.type = name;
  }

  void read_type_of(CollectionFiles& collection, FieldReader& fields) {
    TypeDraft draft = types_[collection.type];
    const Json& schema = *collection.schema.value;
    ObjectView view(*draft.notes, schema, draft.pointer);
    TypeReading reading = read_type(*draft.notes, view, schema, true);
    if (reading.types.size() != 1 || reading.types[0]->shape != Shape::object || reading.null)
      draft.notes->error("wrong_kind", view.at(schema.contains("bsonType") ? "bsonType" : "type"),
                         "the type of a collection's documents is not \"object\"",
                         "write \"bsonType\": \"object\"");
    fields.read_object(*draft.notes, schema, draft.pointer, draft);
    read_key(draft);
    types_[collection.type] = std::move(draft);
  }

  void read_key(TypeDraft& draft) {
    FieldDraft* id = draft.field("_id");
    if (!id) {
      draft.notes->error(
          "missing_id", below(draft.pointer, "properties"),
          fmt::format("{} has no _id: objects of a synced type are known by it",
                      shown(draft.def.name)),
          "add \"_id\": {\"bsonType\": \"objectId\"} to properties and \"_id\" to required; "
          "or empty the schema if the collection is not to be synced");
      return;
    }
    switch (id->def.type) {
      case ScalarType::int32:
      case ScalarType::int64:
      case ScalarType::string:
      case ScalarType::object_id:
      case ScalarType::uuid:
        draft.def.key_types = {id->def.type};
        break;
      case ScalarType::mixed:
        draft.def.key_types = {ScalarType::int64, ScalarType::string, ScalarType::object_id,
                               ScalarType::uuid};
        break;
      default:
        break;
    }
    if (draft.def.key_types.empty() || id->def.collection != Collection::none) {
      draft.def.key_types.clear();
      draft.notes->error("bad_id_type", id->pointer, "an _id of this type cannot be a key",
                         "use objectId, string, long, int, uuid, or mixed for any of these");
    }
    if (id->def.default_value) {
      id->def.default_value.reset();
      draft.notes->warning("bad_default", below(id->pointer, "default"),
                           "_id takes no default: each object has its own", "remove \"default\"");
    }
    if (!id->def.required)
      draft.notes->info("id_required", id->pointer,
                        "_id is not in \"required\"; it is required always");
    id->def.required = true;
    id->def.nullable = false;
  }

  Loading& load_;
  TypeDrafts types_;
  std::set<std::string> embedded_titles_;
};

}  // namespace

namespace {

// Fields that name an embedded type which nothing defines, because what does is itself wrong.
void check_targets(TypeDrafts& types) {
  for (auto& [name, type] : types) {
    for (FieldDraft& field : type.fields) {
      if (field.def.type != ScalarType::embedded || types.contains(field.target)) continue;
      type.notes->error("lost_embedded", field.pointer,
                        fmt::format("has the title {} and no properties, and the object of that "
                                    "title that has some is in error",
                                    shown(field.target)),
                        "correct that one, or list the properties here");
      field.def.type = ScalarType::mixed;
      field.def.nullable = true;
      field.target.clear();
    }
  }
}

}  // namespace

FieldDraft* TypeDraft::field(std::string_view name) {
  for (FieldDraft& field : fields)
    if (field.def.name == name) return &field;
  return nullptr;
}

TypeDrafts read_schemas(Loading& load) {
  TypeDrafts types = SchemasReader(load).read();
  check_targets(types);
  if (types.size() > limits::kTypesMax)
    types.begin()->second.notes->error(
        "too_many_types", "",
        fmt::format("the app has {} types; it may have {}", types.size(), limits::kTypesMax),
        "split the app");
  return types;
}

}  // namespace syncline::app
