// After the schema: do queryable fields name something that can be queried?
#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_load.h"

namespace syncline::app {
namespace {

enum class Fit { absent, yes, no };

// A scalar, a list of scalars, or an embedded GeoPoint (spec 1.7).
Fit fit_of(const Schema& schema, const TypeDef& type, const std::string& name) {
  const FieldDef* field = type.field(name);
  if (!field) return Fit::absent;
  if (field->collection == Collection::dictionary) return Fit::no;
  if (field->type != ScalarType::embedded) return Fit::yes;
  const TypeDef* target = schema.type(field->target);
  bool point = field->collection == Collection::none && target && target->field("coordinates") &&
               target->field("type");
  return point ? Fit::yes : Fit::no;
}

const TypeDef* find_type(const Loading& load, const std::string& name) {
  const TypeDef* by_collection = nullptr;
  for (const TypeDef& type : load.app.schema.types) {
    if (is_system(type.number) || type.embedded) continue;
    if (type.name == name) return &type;
    if (type.collection.substr(type.collection.find('.') + 1) == name) by_collection = &type;
  }
  return by_collection;
}

class QueryableCheck {
 public:
  explicit QueryableCheck(Loading& load) : load_(load), notes_(load.sync.part.file->notes) {}

  void run() {
    const std::string at = below(load_.sync.part.pointer, "queryable_fields_names");
    for (const std::string& name : load_.app.queryable_fields) check_global(name, at);
    check_collections();
    check_indexed();
  }

 private:
  void check_global(const std::string& name, const std::string& at) {
    bool known = false;
    for (const TypeDef& type : load_.app.schema.types) {
      if (is_system(type.number) || type.embedded) continue;
      Fit fit = fit_of(load_.app.schema, type, name);
      known |= fit != Fit::absent;
      if (fit == Fit::no) say_no(type, name, at);
    }
    // With development mode on, the field may come with a type that is not there yet.
    if (!known && !load_.app.development_mode)
      notes_.warning("queryable_field", at,
                     fmt::format("no type has the queryable field {}", shown(name)),
                     "correct the name, or remove it");
  }

  void say_no(const TypeDef& type, const std::string& name, const std::string& at) {
    notes_.warning(
        "queryable_field", at,
        fmt::format("{} of {} cannot be queryable: only scalars and lists of scalars can",
                    shown(name), shown(type.name)),
        "remove the name");
  }

  void check_collections() {
    const Part& part = load_.sync.queryable_by_collection;
    if (!part.value) return;
    for (const auto& [name, list] : part.value->items()) {
      const std::string at = below(part.pointer, name);
      notes_.read_all(at);
      if (!list.is_array()) {
        notes_.error("wrong_kind", at,
                     fmt::format("it is {}, expected an array of names", kind_of(list)),
                     "write [\"...\"]");
        continue;
      }
      const TypeDef* type = find_type(load_, name);
      if (!type) {
        notes_.set_partly();
        notes_.warning("queryable_field", at,
                       fmt::format("{} is no synced collection", shown(name)),
                       "correct the name, or remove it");
        continue;
      }
      for (size_t i = 0; i < list.size(); ++i) check_one(*type, list[i], below(at, i));
    }
  }

  void check_one(const TypeDef& type, const Json& field, const std::string& at) {
    if (!field.is_string()) {
      notes_.error("wrong_kind", at,
                   fmt::format("the name is {}, expected a string", kind_of(field)),
                   "write a name");
      return;
    }
    std::string name = field.get<std::string>();
    Fit fit = fit_of(load_.app.schema, type, name);
    if (fit == Fit::absent && !load_.app.development_mode)
      notes_.warning("queryable_field", at,
                     fmt::format("{} has no field {}", shown(type.name), shown(name)),
                     "correct the name, or remove it");
    if (fit == Fit::no) say_no(type, name, at);
    load_.app.queryable_by_collection[type.name].push_back(std::move(name));
  }

  void check_indexed() {
    const std::string& name = load_.app.indexed_queryable_field;
    if (name.empty()) return;
    std::optional<ScalarType> first;
    for (const TypeDef& type : load_.app.schema.types) {
      const FieldDef* field = is_system(type.number) || type.embedded ? nullptr : type.field(name);
      if (!field) continue;
      bool fits = field->collection == Collection::none &&
                  (field->type == ScalarType::int32 || field->type == ScalarType::int64 ||
                   field->type == ScalarType::string || field->type == ScalarType::object_id ||
                   field->type == ScalarType::uuid);
      if (!fits || (first && *first != field->type))
        notes_.error(
            "indexed_field", below(load_.sync.part.pointer, "indexed_queryable_fields_names"),
            fmt::format("the indexed field {} has in {} {}", shown(name), shown(type.name),
                        fits ? "another type than elsewhere" : "a type that cannot be indexed"),
            "use one of long, string, objectId and uuid, the same everywhere");
      first = field->type;
    }
  }

  Loading& load_;
  Notes& notes_;
};

}  // namespace

void check_queryable(Loading& load) {
  if (!load.sync.part.file) return;
  QueryableCheck(load).run();
  Notes& notes = load.sync.part.file->notes;
  for (const std::string& name : load.sync.asymmetric) {
    const TypeDef* type = load.app.schema.type(name);
    if (!type || type->embedded)
      notes.warning("asymmetric", below(load.sync.part.pointer, "asymmetric_tables"),
                    fmt::format("{} is no synced type", shown(name)),
                    "correct the name, or remove it");
  }
}

}  // namespace syncline::app

namespace syncline {

bool App::is_queryable(TypeNumber type, FieldNumber number) const {
  const TypeDef* def = schema.type(type);
  const FieldDef* field = def == nullptr ? nullptr : def->field(number);
  if (field == nullptr) return false;
  if (field->name == "_id" || field->name == indexed_queryable_field) return true;
  const auto names = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), field->name) != list.end();
  };
  const auto own = queryable_by_collection.find(def->name);
  return names(queryable_fields) || (own != queryable_by_collection.end() && names(own->second));
}

}  // namespace syncline
