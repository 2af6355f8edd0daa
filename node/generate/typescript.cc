// TypeScript: classes of realm-js (npm: realm), each with its schema.
#include <algorithm>

#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& typescript_names() {
  static const NameRules rules = {
      .keeps_id = true,
      // Properties may be called as keywords are.
      .keywords = {},
      // Of Realm.Object and Object.
      .members = {"constructor", "keys", "entries", "toJSON", "isValid", "objectSchema",
                  "linkingObjects", "linkingObjectsCount", "addListener", "removeListener",
                  "removeAllListeners", "getPropertyType", "_objectKey", "hasOwnProperty",
                  "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"},
      .classes = {"Realm",   "Object", "Date",    "ArrayBuffer", "Array",    "Map",
                  "Set",     "String", "Number",  "Boolean",     "Symbol",   "Function",
                  "Promise", "Record", "Error",   "Partial",     "Required", "Readonly",
                  "Pick",    "Omit",   "Extract", "Exclude"}};
  return rules;
}

class TypeScript final : public Emitter {
 public:
  const NameRules& names() const override { return typescript_names(); }
  Layout layout() const override { return Layout::file_a_class; }
  std::string extension() const override { return "ts"; }

  std::string head(const FileContext& file, const std::set<std::string>& imports) const override {
    if (!file.imports) return {};
    std::string out = "import Realm from 'realm';\n";
    for (const std::string& one : imports) {
      const bool here = std::ranges::any_of(
          file.classes, [&](const Class* declared) { return declared->identifier == one; });
      if (!here) out += fmt::format("import type {{ {} }} from './{}';\n", one, one);
    }
    return out;
  }

  Piece emit(const Models& models, const Class& one) const override {
    Piece piece;
    Writer out(2);
    out.block_comment(notes_of(one, 0), "/**", " * ", " */");
    out.open(
        fmt::format("export class {} extends Realm.Object<{}> {{", one.identifier, one.identifier));
    for (const Property& property : one.properties) emit_property(models, property, piece, out);
    if (!one.properties.empty()) out.line();
    out.open("static schema: Realm.ObjectSchema = {");
    out.line(fmt::format("name: {},", single_quoted(one.name)));
    if (one.embedded) out.line("embedded: true,");
    if (one.asymmetric) out.line("asymmetric: true,");
    if (const Property* key = one.primary_key())
      out.line(fmt::format("primaryKey: {},", single_quoted(key->identifier)));
    out.open("properties: {");
    for (const Property& property : one.properties)
      out.line(fmt::format("{}: {},", property.identifier, schema_of(models, property)));
    out.close("},");
    out.close("};");
    out.close("}");
    piece.text = out.take();
    return piece;
  }

 private:
  // As TypeScript's users quote; what has a quote in it stays in double ones.
  static std::string single_quoted(const std::string& text) {
    std::string out = quoted(text, Quoting::typescript);
    if (out.find('\'') != std::string::npos || out.find('\\') != std::string::npos) return out;
    out.front() = out.back() = '\'';
    return out;
  }

  struct TypeName {
    std::string_view schema;
    std::string script;
  };
  static TypeName type_name(ScalarType type) {
    switch (type) {
      case ScalarType::boolean:
        return {"bool", "boolean"};
      case ScalarType::int32:
      case ScalarType::int64:
        return {"int", "number"};
      case ScalarType::floating:
        return {"double", "number"};
      case ScalarType::string:
        return {"string", "string"};
      case ScalarType::binary:
        return {"data", "ArrayBuffer"};
      case ScalarType::date:
        return {"date", "Date"};
      case ScalarType::uuid:
        return {"uuid", "Realm.BSON.UUID"};
      case ScalarType::object_id:
        return {"objectId", "Realm.BSON.ObjectId"};
      case ScalarType::decimal:
        return {"decimal128", "Realm.BSON.Decimal128"};
      default:
        return {"mixed", "Realm.Mixed"};
    }
  }

  // A number that JavaScript holds exactly.
  static const Value* written_default(const Property& property) {
    const Value* value = simple_default(property);
    constexpr int64_t kExact = int64_t{1} << 53;
    if (value != nullptr && value->is_integer() &&
        (value->as_integer() > kExact || value->as_integer() < -kExact))
      return nullptr;
    return value;
  }

  static bool element_optional(const Property& property) {
    if (property.names_class()) return property.collection == Collection::dictionary;
    return property.element_optional && !only_mixed(property.type);
  }

  static void emit_property(const Models& models, const Property& property, Piece& piece,
                            Writer& out) {
    out.block_comment(
        notes_of(models, property, {.default_is_code = written_default(property) != nullptr},
                 out.indent()),
        "/**", " * ", " */");
    std::string type = type_name(property.type).script;
    if (property.names_class()) {
      type = models.target(property).identifier;
      piece.imports.insert(type);
    }
    bool optional = property.optional || only_mixed(property.type);
    if (property.collection != Collection::none) {
      optional = false;
      if (element_optional(property)) type += " | null";
      const char* name = property.collection == Collection::list  ? "List"
                         : property.collection == Collection::set ? "Set"
                                                                  : "Dictionary";
      type = fmt::format("Realm.{}<{}>", name, type);
    }
    out.line(fmt::format("{}{}: {};", property.identifier, optional ? "?" : "!", type));
  }

  static std::string schema_of(const Models& models, const Property& property) {
    const bool object = property.names_class();
    const Value* value = written_default(property);
    const bool collection = property.collection != Collection::none;
    const std::string type =
        object ? models.target(property).name : std::string(type_name(property.type).schema);
    const bool optional =
        collection ? element_optional(property) : property.optional && !only_mixed(property.type);
    // The short form has no room for these, and reads the name's own marks.
    const bool odd = object && !std::ranges::all_of(type, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_';
                     });
    if (!property.differs() && value == nullptr && !odd && !(object && optional && collection)) {
      const char* mark = property.collection == Collection::list         ? "[]"
                         : property.collection == Collection::set        ? "<>"
                         : property.collection == Collection::dictionary ? "{}"
                                                                         : "";
      return fmt::format("'{}{}{}'", type, optional ? "?" : "", mark);
    }
    std::string out = "{ type: ";
    if (collection) {
      const char* name = property.collection == Collection::list  ? "list"
                         : property.collection == Collection::set ? "set"
                                                                  : "dictionary";
      out += fmt::format("'{}', objectType: {}", name, single_quoted(type));
    } else if (object) {
      out += fmt::format("'object', objectType: {}", single_quoted(type));
    } else {
      out += fmt::format("'{}'", type);
    }
    if (optional) out += ", optional: true";
    if (value != nullptr)
      out += ", default: " + (value->is<std::string>() ? single_quoted(value->get<std::string>())
                                                       : literal(property, Quoting::typescript));
    if (property.differs()) out += ", mapTo: " + single_quoted(property.name);
    return out + " }";
  }
};

}  // namespace

std::unique_ptr<Emitter> make_typescript() { return std::make_unique<TypeScript>(); }

}  // namespace syncline::generate
