// The keywords of a schema: which constrain, which are for people, which have no effect.
#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "node/model/app_schema.h"

namespace syncline::app {
namespace {

// Takes the value if it is what the keyword needs; else says what that is.
using Check = std::string_view (*)(const Json& value);

std::string_view is_number(const Json& value) { return value.is_number() ? "" : "a number"; }
std::string_view is_count(const Json& value) {
  return value.is_number_unsigned() ? "" : "a whole number of at least 0";
}
std::string_view is_boolean(const Json& value) { return value.is_boolean() ? "" : "true or false"; }
// Draft 4 has booleans, later drafts numbers; the service's engine took both.
std::string_view is_exclusive(const Json& value) {
  return value.is_boolean() || value.is_number() ? "" : "true or false";
}
std::string_view is_positive(const Json& value) {
  return value.is_number() && value.get<double>() > 0 ? "" : "a number above 0";
}
std::string_view is_list(const Json& value) {
  return value.is_array() && !value.empty() ? "" : "an array with at least one value";
}
std::string_view is_any(const Json&) { return ""; }
std::string_view is_schema(const Json& value) {
  return value.is_object() || value.is_boolean() ? "" : "a schema";
}
std::string_view is_schemas(const Json& value) {
  if (!value.is_array() || value.empty()) return "an array of schemas";
  for (const Json& one : value)
    if (!one.is_object() && !one.is_boolean()) return "an array of schemas";
  return "";
}
std::string_view is_dependencies(const Json& value) {
  if (!value.is_object()) return "an object";
  for (const Json& one : value) {
    if (one.is_object()) continue;
    if (!one.is_array()) return "an object of arrays of names, or of schemas";
    for (const Json& name : one)
      if (!name.is_string()) return "an object of arrays of names, or of schemas";
  }
  return "";
}
std::string_view is_pattern(const Json& value) {
  if (!value.is_string()) return "a regular expression in a string";
  RE2::Options options;
  options.set_log_errors(false);
  return RE2(value.get_ref<const std::string&>(), options).ok()
             ? ""
             : "a regular expression of RE2's syntax (no look-around, no back references)";
}
std::string_view is_patterns(const Json& value) {
  if (!value.is_object()) return "an object of regular expressions to schemas";
  for (const auto& [pattern, schema] : value.items()) {
    if (!is_pattern(Json(pattern)).empty())
      return "an object of regular expressions of RE2's syntax";
    if (!is_schema(schema).empty()) return "an object of regular expressions to schemas";
  }
  return "";
}

struct Constraint {
  std::string_view name;
  Check check;
};

constexpr Constraint kConstraints[] = {
    {"enum", is_list},
    {"const", is_any},
    {"multipleOf", is_positive},
    {"minimum", is_number},
    {"maximum", is_number},
    {"exclusiveMinimum", is_exclusive},
    {"exclusiveMaximum", is_exclusive},
    {"minLength", is_count},
    {"maxLength", is_count},
    {"pattern", is_pattern},
    {"minItems", is_count},
    {"maxItems", is_count},
    {"uniqueItems", is_boolean},
    {"additionalItems", is_schema},
    {"contains", is_schema},
    {"minProperties", is_count},
    {"maxProperties", is_count},
    {"patternProperties", is_patterns},
    {"dependencies", is_dependencies},
    {"allOf", is_schemas},
    {"anyOf", is_schemas},
    {"oneOf", is_schemas},
    {"not", is_schema},
};

struct Idle {
  std::string_view name;
  std::string_view reason;
};

// Seen in exports, and without effect there as here.
constexpr Idle kIdle[] = {
    {"primaryKey", "\"primaryKey\" is no keyword of App Services: the key of a type is its _id"},
    {"readOnly", "\"readOnly\" is no keyword of App Services: who may write is said in rules"},
    {"writeOnly", "\"writeOnly\" is no keyword of App Services: who may read is said in rules"},
    {"example", "\"example\" is for people and has no effect"},
    {"examples", "\"examples\" is for people and has no effect"},
    {"$comment", "\"$comment\" is for people and has no effect"},
    {"$schema", "\"$schema\" has no effect: the keywords are those of App Services"},
    {"$id", "\"$id\" has no effect"},
    {"id", "\"id\" has no effect"},
    {"index", "\"index\" is no keyword: \"indexes\" of the collection's schema declares them"},
    {"indexed", "\"indexed\" is no keyword: \"indexes\" of the collection's schema declares them"},
    {"unique", "\"unique\" is no keyword of App Services: nothing but _id is held unique"},
    {"nullable", "\"nullable\" is no keyword of App Services: what is not required takes null"},
    {"ref", "\"ref\" in a schema has no effect: links are said in relationships.json"},
    {"encrypt", "client-side encryption is done by the client; \"encrypt\" has no effect"},
};

// They would change what is valid, and nothing here checks them.
constexpr Idle kUnchecked[] = {
    {"validate", "\"validate\" expressions are not run: sync cannot use what they refer to"},
    {"format", "\"format\" is not checked"},
    {"if", "\"if\" is not checked"},
    {"then", "\"then\" is not checked"},
    {"else", "\"else\" is not checked"},
    {"propertyNames", "\"propertyNames\" is not checked"},
    {"$ref", "\"$ref\" is not followed"},
    {"definitions", "\"definitions\" are not used"},
    {"$defs", "\"$defs\" are not used"},
};

void read_constraint(Notes& notes, ObjectView& schema, const Constraint& constraint, Json* out) {
  const Json* value = schema.get_all(constraint.name);
  if (!value) return;
  std::string_view expected = constraint.check(*value);
  if (expected.empty()) {
    (*out)[std::string(constraint.name)] = *value;
    return;
  }
  notes.error("bad_keyword", schema.at(constraint.name),
              fmt::format("\"{}\" is {}, expected {}", constraint.name, shown(*value), expected),
              "correct the value, or remove the keyword");
}

}  // namespace

void read_keywords(Notes& notes, ObjectView& schema, const Json& value, Json* out) {
  for (const Constraint& constraint : kConstraints) read_constraint(notes, schema, constraint, out);
  schema.get_all("title");
  // For people who read models that are made of the app (node/generate); constrains nothing.
  if (const Json* text = schema.get_all("description"); text && text->is_string())
    (*out)["description"] = *text;
  for (const Idle& idle : kIdle) schema.ignore(idle.name, "no_effect", std::string(idle.reason));
  for (const Idle& unchecked : kUnchecked) {
    if (!schema.get_all(unchecked.name)) continue;
    notes.set_partly();
    notes.warning("unchecked_keyword", schema.at(unchecked.name), std::string(unchecked.reason),
                  "remove it, or check it where the data is made");
  }
  // Which of these mean something depends on the type; a reader of that type has asked for them
  // before.
  for (std::string_view name : {"properties", "required", "items", "additionalProperties"}) {
    if (!value.is_object() || !value.contains(name)) continue;
    std::string reason = fmt::format("\"{}\" has no effect on a value of this type", name);
    if (name == "required" && !value.at("required").is_array())
      reason += "; a field is required by its name in the \"required\" of the object that it is in";
    if (!notes.is_read(schema.at(name))) schema.ignore(name, "no_effect", std::move(reason));
  }
  schema.finish({"bsonType",
                 "type",
                 "title",
                 "description",
                 "properties",
                 "required",
                 "items",
                 "additionalProperties",
                 "default",
                 "enum",
                 "multipleOf",
                 "minimum",
                 "maximum",
                 "exclusiveMinimum",
                 "exclusiveMaximum",
                 "minLength",
                 "maxLength",
                 "pattern",
                 "minItems",
                 "maxItems",
                 "uniqueItems",
                 "additionalItems",
                 "minProperties",
                 "maxProperties",
                 "patternProperties",
                 "dependencies",
                 "indexes"},
                Severity::warning, "a schema");
}

}  // namespace syncline::app
