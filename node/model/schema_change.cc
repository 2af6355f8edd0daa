#include "node/model/schema_change.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/model/type_table.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using ChangeKind = SchemaChange::Kind;
using ChangeClass = SchemaChange::Class;

constexpr const char* kNewVersion =
    "keep what there is, and add what is new beside it, under another name";

constexpr const char* kOldName = "devices know it by its old name: leave that in the schema";

std::string json_text(const Value& value) { return print_extended_json(value, JsonForm::relaxed); }

// Keywords that say what a field is; the others restrict what it may hold.
bool is_structure(std::string_view keyword) {
  static constexpr std::string_view kStructure[] = {
      "bsonType", "properties",  "required", "items",       "additionalProperties",
      "title",    "description", "default",  "uniqueItems", "indexes"};
  return std::ranges::find(kStructure, keyword) != std::end(kStructure);
}

// The keywords of one schema that restrict values, without those inside its properties, which are
// compared field by field.
nlohmann::json restrictions(const nlohmann::json* schema) {
  nlohmann::json out = nlohmann::json::object();
  if (schema == nullptr || !schema->is_object()) return out;
  for (const auto& [key, value] : schema->items())
    if (!is_structure(key)) out[key] = value;
  for (const char* inside : {"items", "additionalProperties"})
    if (const auto at = schema->find(inside); at != schema->end() && at->is_object())
      if (nlohmann::json below = restrictions(&*at); !below.empty()) out[inside] = std::move(below);
  return out;
}

const nlohmann::json* constraint_of(const App& app, TypeNumber type) {
  const auto found = app.constraints.find(type.value);
  return found == app.constraints.end() ? nullptr : found->second.get();
}

const nlohmann::json* property_of(const nlohmann::json* schema, const std::string& name) {
  if (schema == nullptr) return nullptr;
  const auto properties = schema->find("properties");
  if (properties == schema->end() || !properties->is_object()) return nullptr;
  const auto found = properties->find(name);
  return found == properties->end() ? nullptr : &*found;
}

class ChangeFinder {
 public:
  ChangeFinder(const App& before, const App& after) : before_(before), after_(after) {}

  std::vector<SchemaChange> run() {
    for (const TypeDef& type : before_.schema.types)
      if (!is_system(type.number) && after_.schema.type(type.number) == nullptr)
        say(ChangeKind::type_removed, ChangeClass::breaking, type.name, "",
            type.embedded ? "the embedded type is gone" : "the type is gone",
            "devices that use it hold objects of it: leave its schema where it is; nobody need "
            "subscribe to it");
    for (const TypeDef& type : after_.schema.types) {
      if (is_system(type.number)) continue;
      if (const TypeDef* was = before_.schema.type(type.number))
        compare(*was, type);
      else
        say(ChangeKind::type_added, ChangeClass::safe, type.name, "",
            type.embedded ? "a new embedded type" : "a new type", "");
    }
    return std::move(changes_);
  }

 private:
  void say(ChangeKind kind, ChangeClass meaning, const std::string& type, std::string field,
           std::string text, std::string remedy) {
    changes_.push_back({kind, meaning, type, std::move(field), std::move(text), std::move(remedy)});
  }

  void compare(const TypeDef& was, const TypeDef& is) {
    if (was.name != is.name)
      say(ChangeKind::type_renamed, ChangeClass::breaking, is.name, "",
          fmt::format("was called {}", was.name), kOldName);
    if (was.embedded != is.embedded)
      say(ChangeKind::type_kind, ChangeClass::breaking, is.name, "",
          is.embedded ? "its objects stood for themselves, and are now embedded in others"
                      : "its objects were embedded in others, and now stand for themselves",
          kNewVersion);
    if (was.asymmetric != is.asymmetric)
      say(ChangeKind::type_kind, ChangeClass::breaking, is.name, "",
          is.asymmetric ? "it was synced both ways, and is now asymmetric"
                        : "it was asymmetric, and is now synced both ways",
          kNewVersion);
    if (!was.embedded && !is.embedded && was.key_types != is.key_types)
      say(ChangeKind::key_type, ChangeClass::breaking, is.name, "_id", "the type of _id is another",
          "objects are known by their _id, which never changes: make a new type");
    for (const FieldDef& field : was.fields)
      if (is.field(field.number) == nullptr)
        say(ChangeKind::field_removed, ChangeClass::breaking, is.name, field.name,
            fmt::format("was {}, and is gone", text_of_field(before_.schema, field)),
            "devices that have it write it: leave it in the schema. A field of another name is a "
            "new one, beside it");
    for (const FieldDef& field : is.fields) {
      if (const FieldDef* old = was.field(field.number))
        compare_field(is, *old, field);
      else
        added(is, field);
    }
    if (was.open != is.open)
      say(ChangeKind::openness, ChangeClass::safe, is.name, "",
          is.open ? "fields outside the schema are kept from now on"
                  : "fields outside the schema are refused from now on",
          is.open ? ""
                  : "what documents have of them stays; `syncline schema quarantine` lists it");
    compare_restrictions(is, "", constraint_of(before_, was.number),
                         constraint_of(after_, is.number));
    if (was.indexes != is.indexes)
      say(ChangeKind::indexes, ChangeClass::safe, is.name, "", "its indexes on devices are others",
          "");
  }

  void added(const TypeDef& type, const FieldDef& field) {
    const std::string what = text_of_field(after_.schema, field);
    if (!field.required)
      return say(ChangeKind::field_added, ChangeClass::safe, type.name, field.name,
                 fmt::format("new, {}", what), "");
    say(ChangeKind::field_added, ChangeClass::safe_with_default, type.name, field.name,
        fmt::format("new, {}, required", what),
        field.default_value
            ? fmt::format("documents that lack it read as {}", json_text(*field.default_value))
            : "documents that lack it stay, without it: `syncline schema quarantine` lists them, "
              "and a \"default\" would say what to read instead");
  }

  void compare_field(const TypeDef& type, const FieldDef& was, const FieldDef& is) {
    const std::string before = text_of_field(before_.schema, was);
    const std::string after = text_of_field(after_.schema, is);
    if (was.name != is.name)
      say(ChangeKind::field_renamed, ChangeClass::breaking, type.name, is.name,
          fmt::format("was called {}", was.name), kOldName);
    if (was.type != is.type || was.collection != is.collection || was.target != is.target) {
      if (is.name == "_id" && !type.embedded) return;  // said of the key
      say(ChangeKind::field_type, ChangeClass::breaking, type.name, is.name,
          fmt::format("was {}, is now {}", before, after),
          "keep it, and add a field of another name");
      return;
    }
    if (is.type == ScalarType::mixed) {
      const auto types = [](const nlohmann::json* property) {
        std::string out;
        for (int depth = 0; property != nullptr && property->is_object() && depth < 2; ++depth) {
          out += property->value("bsonType", nlohmann::json()).dump();
          const auto items = property->find("items");
          property = items == property->end() ? nullptr : &*items;
        }
        return out;
      };
      const std::string had = types(property_of(constraint_of(before_, type.number), was.name));
      const std::string has = types(property_of(constraint_of(after_, type.number), is.name));
      if (had != has)
        return say(ChangeKind::field_type, ChangeClass::breaking, type.name, is.name,
                   fmt::format("took {}, now takes {}", had, has),
                   "keep it as it is, and add a field of another name");
    }
    if (was.required != is.required)
      say(ChangeKind::required, ChangeClass::breaking, type.name, is.name,
          is.required ? "was optional, and is now required" : "was required, and is now optional",
          is.required ? "devices may leave it out: keep it optional"
                      : "devices that read it as always there may not find it: keep it required");
    else if (was.nullable != is.nullable)
      say(ChangeKind::nullability, ChangeClass::breaking, type.name, is.name,
          is.nullable ? "takes null now, and did not" : "took null, and does not any more",
          kNewVersion);
    if (was.default_value != is.default_value) changed_default(type, was, is);
    compare_restrictions(type, is.name, property_of(constraint_of(before_, type.number), was.name),
                         property_of(constraint_of(after_, type.number), is.name));
  }

  void changed_default(const TypeDef& type, const FieldDef& was, const FieldDef& is) {
    const auto text = [](const FieldDef& field) {
      return field.default_value ? json_text(*field.default_value) : std::string("none");
    };
    say(ChangeKind::default_value, is.required ? ChangeClass::safe_with_default : ChangeClass::safe,
        type.name, is.name, fmt::format("its default was {}, is now {}", text(was), text(is)),
        is.required ? "documents that lack it read as that" : "");
  }

  void compare_restrictions(const TypeDef& type, const std::string& field,
                            const nlohmann::json* was, const nlohmann::json* is) {
    const nlohmann::json before = restrictions(was);
    const nlohmann::json after = restrictions(is);
    std::vector<std::string> keys;
    for (const auto& [key, value] : before.items())
      if (after.value(key, nlohmann::json()) != value) keys.push_back(key);
    for (const auto& [key, value] : after.items())
      if (!before.contains(key)) keys.push_back(key);
    for (const std::string& key : keys)
      say(ChangeKind::constraint, ChangeClass::safe, type.name, field,
          after.contains(key) ? fmt::format("\"{}\" is now {}", key, after[key].dump())
                              : fmt::format("\"{}\" is gone", key),
          after.contains(key) ? "what does not fit it stays; `syncline schema quarantine` lists it"
                              : "");
  }

  const App& before_;
  const App& after_;
  std::vector<SchemaChange> changes_;
};

}  // namespace

std::string_view name_of(SchemaChange::Kind kind) {
  static constexpr std::string_view kNames[] = {
      "type_added", "type_removed", "type_renamed",  "type_kind",     "key_type",
      "openness",   "field_added",  "field_removed", "field_renamed", "field_type",
      "required",   "nullability",  "default",       "constraint",    "indexes"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view name_of(SchemaChange::Class meaning) {
  static constexpr std::string_view kNames[] = {"safe", "safe with default", "breaking"};
  return kNames[static_cast<size_t>(meaning)];
}

std::vector<SchemaChange> schema_changes(const App& before, const App& after) {
  return ChangeFinder(before, after).run();
}

bool any_breaking(const std::vector<SchemaChange>& changes) {
  return std::ranges::any_of(
      changes, [](const SchemaChange& change) { return change.meaning == ChangeClass::breaking; });
}

void note_migration(const std::string& path, std::vector<SchemaChange>* changes) {
  for (SchemaChange& change : *changes)
    if (change.meaning == ChangeClass::breaking) change.remedy = path + " says what becomes of it";
}

std::string line_of(const SchemaChange& change) {
  std::string out = change.type;
  if (!change.field.empty()) out += "." + change.field;
  out += fmt::format(": {} ({})", change.text, name_of(change.meaning));
  if (!change.remedy.empty()) out += fmt::format(": {}", change.remedy);
  return out;
}

std::string text_of_field(const Schema& schema, const FieldDef& field) {
  const TypeDef* target = schema.type(field.target);
  return text_of_type(field.type, field.collection, false,
                      target == nullptr ? std::string_view("?") : std::string_view(target->name));
}

}  // namespace syncline
