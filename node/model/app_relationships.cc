// relationships.json: which fields hold the _id of another type.
#include <fmt/format.h>

#include "node/model/app_schema.h"

namespace syncline::app {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool holds(const FieldDraft& field, const TypeDef& target) {
  if (field.def.type == ScalarType::mixed) return true;
  for (ScalarType key : target.key_types) {
    if (key == field.def.type) return true;
    bool integers = (key == ScalarType::int32 || key == ScalarType::int64) &&
                    (field.def.type == ScalarType::int32 || field.def.type == ScalarType::int64);
    if (integers) return true;
  }
  return false;
}

class Relationships {
 public:
  Relationships(Loading& load, TypeDrafts& types, CollectionFiles& collection)
      : load_(load),
        types_(types),
        collection_(collection),
        notes_(collection.relationships.file->notes) {}

  void apply() {
    const Json& all = *collection_.relationships.value;
    for (const auto& [path, entry] : all.items()) {
      const std::string at = below(collection_.relationships.pointer, path);
      notes_.read(at);
      if (!entry.is_object()) {
        notes_.read_all(at);
        notes_.error("wrong_kind", at,
                     fmt::format("a relationship is {}, expected an object", kind_of(entry)),
                     "write {\"ref\": \"#/relationship/...\", \"foreign_key\": \"_id\", "
                     "\"is_list\": false}");
        continue;
      }
      apply_one(path, entry, at);
    }
  }

 private:
  void apply_one(const std::string& name, const Json& entry, const std::string& at) {
    ObjectView view(notes_, entry, at);
    std::optional<std::string> ref = view.string("ref");
    std::optional<std::string> source_key = view.string("source_key");
    std::optional<std::string> foreign_key = view.string("foreign_key");
    std::optional<bool> is_list = view.boolean("is_list");
    view.finish({"ref", "source_key", "foreign_key", "is_list"}, Severity::error, "a relationship");
    if (!ref) {
      if (!entry.contains("ref"))
        notes_.error("bad_ref", at, "no \"ref\": the relationship leads nowhere",
                     "write \"ref\": \"#/relationship/<data source>/<database>/<collection>\"");
      return;
    }
    const std::string path = field_path(name, source_key, view.at("source_key"));
    FieldDraft* field = find_source(path, at);
    const CollectionFiles* target = find_target(*ref, view.at("ref"));
    if (!field || !target) return;
    if (foreign_key && *foreign_key != "_id") {
      notes_.set_partly();
      notes_.warning(
          "foreign_key", view.at("foreign_key"),
          fmt::format("the foreign key is {}; links are by _id only: {} stays a plain value",
                      shown(*foreign_key), shown(path)),
          "store the _id of the other object, or remove the relationship");
      return;
    }
    link(path, *field, *target, is_list, view);
  }

  // The relationship's name is the path of its field, or a name of its own beside "source_key".
  std::string field_path(const std::string& name, const std::optional<std::string>& source_key,
                         const std::string& at) {
    if (!source_key || *source_key == name) return name;
    TypeDraft& type = types_.at(collection_.type);
    bool named = type.field(name.substr(0, name.find('.'))) != nullptr;
    notes_.warning(
        "source_key", at,
        fmt::format(
            "the relationship is called {} and its \"source_key\" is {}: {} is taken for the field",
            shown(name), shown(*source_key), shown(named ? name : *source_key)),
        "make the two equal");
    return named ? name : *source_key;
  }

  void link(const std::string& path, FieldDraft& field, const CollectionFiles& target,
            std::optional<bool> is_list, const ObjectView& view) {
    const TypeDraft& type = types_.at(target.type);
    if (field.def.type == ScalarType::link) {  // of an embedded type that several collections share
      if (field.target == target.type) return;
      notes_.error(
          "relationship_conflict", view.pointer(),
          fmt::format("{} links to {} here, and to {} by another relationship of the same embedded "
                      "type",
                      shown(path), shown(target.type), shown(field.target)),
          "give the embedded types different titles");
      return;
    }
    if (!holds(field, type.def)) {
      notes_.error("relationship_type", view.pointer(),
                   fmt::format("{} cannot hold the _id of {}: their types differ", shown(path),
                               shown(target.type)),
                   "give both the same bsonType");
      return;
    }
    bool list = field.def.collection != Collection::none;
    if (is_list && *is_list != list)
      notes_.warning(
          "is_list", view.at("is_list"),
          fmt::format("\"is_list\" is {}, but the schema says that {} is {}, which counts",
                      *is_list, shown(path), list ? "a collection" : "a single value"),
          fmt::format("write \"is_list\": {}", list));
    if (field.def.required && !list)
      notes_.warning(
          "required_link", view.pointer(),
          fmt::format("the link {} is required, so that it cannot be null: App Services could "
                      "not sync that",
                      shown(path)),
          "remove it from \"required\"");
    field.def.type = ScalarType::link;
    field.target = target.type;
    if (field.def.default_value) {
      field.def.default_value.reset();
      notes_.warning("bad_default", field.pointer, "a link takes no default: it is not used",
                     "remove \"default\"");
    }
  }

  // The field that the path leads to: "owner", "address.city", "pets.[].toy".
  FieldDraft* find_source(const std::string& path, const std::string& at) {
    TypeDraft* type = &types_.at(collection_.type);
    FieldDraft* field = nullptr;
    bool in_collection = false;  // the last field is a collection, and its "[]" has not come
    for (const std::string& step : split(path, '.')) {
      if (step == "[]") {
        if (!in_collection)
          return wrong_path(path, at, "\"[]\" stands after what is no collection");
        in_collection = false;
        continue;
      }
      if (field) {
        if (in_collection) return wrong_path(path, at, "the elements of a collection are \".[]\"");
        if (field->def.type != ScalarType::embedded)
          return wrong_path(path, at,
                            fmt::format("{} is no embedded object", shown(field->def.name)));
        type = &types_.at(field->target);
      }
      field = type->field(step);
      if (!field) {
        std::vector<std::string_view> names;
        for (const FieldDraft& one : type->fields) names.push_back(one.def.name);
        std::string near = notes_.has_enough("relationship_field") ? "" : nearest(step, names);
        notes_.error("relationship_field", at,
                     fmt::format("{} has no field {}", shown(type->def.name), shown(step)),
                     near.empty() ? "name a field of the schema, or remove the relationship"
                                  : fmt::format("did you mean \"{}\"?", near));
        return nullptr;
      }
      in_collection = field->def.collection != Collection::none;
    }
    if (field && field->def.name == "_id" && type->def.name == collection_.type)
      return wrong_path(path, at, "_id cannot be a link");
    if (field && field->def.type == ScalarType::embedded)
      return wrong_path(path, at, "an embedded object cannot be a link");
    return field;
  }

  FieldDraft* wrong_path(const std::string& path, const std::string& at, std::string why) {
    notes_.error("relationship_field", at,
                 fmt::format("the path {} names no field that can link: {}", shown(path), why),
                 "write the fields joined by \".\", with \"[]\" for the elements of a collection");
    return nullptr;
  }

  const CollectionFiles* find_target(const std::string& ref, const std::string& at) {
    std::vector<std::string> parts = split(ref, '/');
    if (parts.size() != 5 || parts[0] != "#" || parts[1] != "relationship") {
      notes_.error("bad_ref", at, fmt::format("{} is no reference to a collection", shown(ref)),
                   "write \"#/relationship/<data source>/<database>/<collection>\"");
      return nullptr;
    }
    auto plain = [&](std::string why) -> const CollectionFiles* {
      notes_.set_partly();
      notes_.warning("relationship_target", at,
                     fmt::format("{}: the field stays a plain value", why),
                     "name a collection that is synced, or remove the relationship");
      return nullptr;
    };
    if (load_.source && parts[2] != load_.source->name && parts[2] != load_.source->directory)
      return plain(
          fmt::format("the data source {} is not the one that is synced", shown(parts[2])));
    auto found = load_.collections.find(parts[3] + "." + parts[4]);
    if (found == load_.collections.end() || found->second.type.empty())
      return plain(fmt::format("the collection {}.{} is not synced", printable(parts[3]),
                               printable(parts[4])));
    return &found->second;
  }

  Loading& load_;
  TypeDrafts& types_;
  CollectionFiles& collection_;
  Notes& notes_;
};

}  // namespace

void apply_relationships(Loading& load, TypeDrafts& types) {
  for (auto& [name, collection] : load.collections) {
    const Part& part = collection.relationships;
    if (!part.file || !part.value || part.file->notes.ignored_file()) continue;
    if (!part.value->is_object()) {
      part.file->notes.read_all(part.pointer);
      part.file->notes.error(
          "wrong_kind", part.pointer,
          fmt::format("relationships are {}, expected an object", kind_of(*part.value)),
          "write {} if there are none");
    } else if (collection.type.empty()) {
      if (part.file->place.use == Use::relationships)
        part.file->notes.ignore_file(collection.why_not_synced);
      else
        part.file->notes.read_all(part.pointer);
    } else {
      Relationships(load, types, collection).apply();
    }
  }
  for (auto& [name, type] : types) {
    for (FieldDraft& field : type.fields) {
      if (field.def.type != ScalarType::link || !types.at(field.target).def.asymmetric) continue;
      type.notes->error(
          "link_to_asymmetric", field.pointer,
          fmt::format("{} links to the asymmetric type {}, whose objects nodes do not keep",
                      shown(field.def.name), shown(field.target)),
          "remove the relationship, or the type from \"asymmetric_tables\"");
    }
  }
}

}  // namespace syncline::app
