// Swift: classes of RealmSwift, with @Persisted properties.
#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& swift_names() {
  static const NameRules rules = {.keeps_id = true,
                                  .keywords = {"associatedtype",
                                               "class",
                                               "deinit",
                                               "enum",
                                               "extension",
                                               "fileprivate",
                                               "func",
                                               "import",
                                               "init",
                                               "inout",
                                               "internal",
                                               "let",
                                               "open",
                                               "operator",
                                               "private",
                                               "precedencegroup",
                                               "protocol",
                                               "public",
                                               "rethrows",
                                               "static",
                                               "struct",
                                               "subscript",
                                               "typealias",
                                               "var",
                                               "break",
                                               "case",
                                               "catch",
                                               "continue",
                                               "default",
                                               "defer",
                                               "do",
                                               "else",
                                               "fallthrough",
                                               "for",
                                               "guard",
                                               "if",
                                               "in",
                                               "repeat",
                                               "return",
                                               "throw",
                                               "switch",
                                               "where",
                                               "while",
                                               "as",
                                               "any",
                                               "await",
                                               "false",
                                               "is",
                                               "nil",
                                               "self",
                                               "Self",
                                               "super",
                                               "throws",
                                               "true",
                                               "try",
                                               "Type",
                                               "Protocol",
                                               "async",
                                               "actor"},
                                  // Of NSObject, RealmSwiftObject and Object.
                                  .members = {"description",
                                              "debugDescription",
                                              "hash",
                                              "superclass",
                                              "isProxy",
                                              "isEqual",
                                              "copy",
                                              "mutableCopy",
                                              "dealloc",
                                              "realm",
                                              "objectSchema",
                                              "isInvalidated",
                                              "isFrozen",
                                              "isSameObject",
                                              "dynamicList",
                                              "dynamicMutableSet",
                                              "dynamicMap",
                                              "observe",
                                              "freeze",
                                              "thaw",
                                              "primaryKey",
                                              "ignoredProperties",
                                              "indexedProperties",
                                              "propertiesMapping",
                                              "objectWillChange",
                                              "className",
                                              "sharedSchema",
                                              "zone",
                                              "version",
                                              "perform",
                                              "observationInfo"},
                                  .classes = {"Object",     "EmbeddedObject", "AsymmetricObject",
                                              "ObjectBase", "List",           "MutableSet",
                                              "Map",        "AnyRealmValue",  "ObjectId",
                                              "Decimal128", "Date",           "Data",
                                              "UUID",       "String",         "Int",
                                              "Double",     "Bool",           "Persisted",
                                              "Realm",      "Results",        "Any",
                                              "AnyObject",  "Optional",       "Array",
                                              "Set",        "Dictionary",     "Error",
                                              "Result"}};
  return rules;
}

class Swift final : public Emitter {
 public:
  const NameRules& names() const override { return swift_names(); }
  Layout layout() const override { return Layout::file_a_class; }
  std::string extension() const override { return "swift"; }
  std::string flat_stem() const override { return "Models"; }

  std::string head(const FileContext& file, const std::set<std::string>&) const override {
    return file.imports ? "import Foundation\nimport RealmSwift\n" : "";
  }

  Piece emit(const Models& models, const Class& one) const override {
    Writer out(4);
    out.line_comment(notes_of(one, 0), "/// ");
    const char* base = one.embedded     ? "EmbeddedObject"
                       : one.asymmetric ? "AsymmetricObject"
                                        : "Object";
    out.open(fmt::format("class {}: {} {{", one.identifier, base));
    for (const Property& property : one.properties) emit_property(models, property, out);
    emit_mappings(one, out);
    out.close("}");
    return {out.take(), {}};
  }

 private:
  static void emit_mappings(const Class& one, Writer& out) {
    std::vector<const Property*> mapped;
    for (const Property& property : one.properties)
      if (property.differs()) mapped.push_back(&property);
    if (!mapped.empty()) {
      out.line();
      out.open("override class func propertiesMapping() -> [String: String] {");
      out.open("[");
      for (size_t i = 0; i < mapped.size(); ++i)
        out.line(fmt::format("{}: {}{}", quoted(mapped[i]->identifier, Quoting::swift),
                             quoted(mapped[i]->name, Quoting::swift),
                             i + 1 < mapped.size() ? "," : ""));
      out.close("]");
      out.close("}");
    }
    if (one.differs()) {
      out.line();
      out.open("override class func _realmObjectName() -> String? {");
      out.line(quoted(one.name, Quoting::swift));
      out.close("}");
    }
  }

  static std::string type_name(ScalarType type) {
    switch (type) {
      case ScalarType::boolean:
        return "Bool";
      case ScalarType::int32:
      case ScalarType::int64:
        return "Int";
      case ScalarType::floating:
        return "Double";
      case ScalarType::string:
        return "String";
      case ScalarType::binary:
        return "Data";
      case ScalarType::date:
        return "Date";
      case ScalarType::uuid:
        return "UUID";
      case ScalarType::object_id:
        return "ObjectId";
      case ScalarType::decimal:
        return "Decimal128";
      default:
        return "AnyRealmValue";
    }
  }

  static void emit_property(const Models& models, const Property& property, Writer& out) {
    const bool written = simple_default(property) != nullptr;
    out.line_comment(notes_of(models, property, {.default_is_code = written}, out.indent()),
                     "/// ");
    std::string type =
        property.names_class() ? models.target(property).identifier : type_name(property.type);
    const bool any = only_mixed(property.type);
    if (property.collection != Collection::none) {
      const bool dictionary = property.collection == Collection::dictionary;
      const bool optional = property.names_class() ? dictionary : !any && property.element_optional;
      if (optional) type += "?";
      type = property.collection == Collection::list  ? fmt::format("List<{}>", type)
             : property.collection == Collection::set ? fmt::format("MutableSet<{}>", type)
                                                      : fmt::format("Map<String, {}>", type);
    } else if (property.optional && !any) {
      type += "?";
    }
    out.line(fmt::format("@Persisted{} var {}: {}{}",
                         property.primary_key ? "(primaryKey: true)" : "", property.identifier,
                         type, written ? " = " + literal(property, Quoting::swift) : ""));
  }
};

}  // namespace

std::unique_ptr<Emitter> make_swift() { return std::make_unique<Swift>(); }

}  // namespace syncline::generate
