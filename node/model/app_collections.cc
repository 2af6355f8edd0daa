// The collections of the synced data source: which files speak of each.
#include <fmt/format.h>

#include "node/model/app_load.h"

namespace syncline::app {
namespace {

static const Json kEmptySchema = Json::object();

CollectionFiles& collection_of(Loading& load, const std::string& database,
                               const std::string& name) {
  CollectionFiles& out = load.collections[database + "." + name];
  out.database = database;
  out.collection = name;
  return out;
}

void add_part(Loading& load, File& file) {
  CollectionFiles& collection = collection_of(load, file.place.database, file.place.collection);
  Part part{&file, "", nullptr};
  if (file.place.use == Use::schema) {
    // An empty file says as much as an empty object.
    if (file.text->find_first_not_of(" \t\r\n") == std::string::npos)
      part.value = &kEmptySchema;
    else if (parse_file(file, &load.app.environment))
      part.value = &file.value;
    collection.schema = part;
    return;
  }
  if (parse_file(file, &load.app.environment)) part.value = &file.value;
  if (file.place.use == Use::relationships) {
    collection.relationships = part;
    return;
  }
  if (part.value && !part.value->is_object()) {
    file.notes.read_all("");
    file.notes.error("wrong_kind", "",
                     fmt::format("rules are {}, expected an object", kind_of(*part.value)),
                     "write {\"roles\": [...]}");
    part.value = nullptr;
  }
  collection.rules = part;
}

// services/<service>/rules/<database>.<collection>.json
void add_whole(Loading& load, File& file) {
  if (!parse_object(load, file)) return;
  std::string database = file.place.database, name = file.place.collection;
  auto stated = [&](const char* key, std::string* out) {
    auto found = file.value.find(key);
    if (found != file.value.end() && found->is_string()) *out = found->get<std::string>();
  };
  stated("database", &database);
  stated("collection", &name);
  if (database.empty() || name.empty()) {
    file.notes.read_all("");
    file.notes.error("no_collection", "",
                     "neither the file's name nor its keys say which collection it is of",
                     "write \"database\" and \"collection\"");
    return;
  }
  CollectionFiles& collection = collection_of(load, database, name);
  if (collection.rules.file) {
    file.notes.read_all("");
    file.notes.error("duplicate_collection", "",
                     fmt::format("{} is about the collection {} too",
                                 collection.rules.file->notes.path(), printable(collection.name())),
                     "keep one of the files");
    return;
  }
  for (const char* key : {"schema", "relationships"}) {
    auto found = file.value.find(key);
    if (found == file.value.end() || found->is_null()) continue;
    Part part{&file, below("", key), &*found};
    (std::string_view(key) == "schema" ? collection.schema : collection.relationships) = part;
  }
  collection.rules = {&file, "", &file.value};
}

}  // namespace

void load_collections(Loading& load) {
  for (auto& [path, file] : load.files) {
    if (file.notes.ignored_file()) continue;
    switch (file.place.use) {
      case Use::schema:
      case Use::rules:
      case Use::relationships:
        add_part(load, file);
        break;
      case Use::collection:
        add_whole(load, file);
        break;
      default:
        break;
    }
  }
}

}  // namespace syncline::app
