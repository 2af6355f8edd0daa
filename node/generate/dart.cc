// Dart: models of the Realm Flutter and Dart SDK (package:realm), from which its generator makes
// classes: _Fridge becomes Fridge.
#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& dart_names() {
  static const NameRules rules = {
      .word_front = "n",  // what begins with an underscore is private, and not kept
      // Reserved words, and built-in identifiers that a declaration could begin with.
      .keywords = {"abstract", "as",        "assert",   "await",    "break",      "case",
                   "catch",    "class",     "const",    "continue", "covariant",  "default",
                   "deferred", "do",        "dynamic",  "else",     "enum",       "export",
                   "extends",  "extension", "external", "factory",  "false",      "final",
                   "finally",  "for",       "get",      "if",       "implements", "import",
                   "in",       "interface", "is",       "late",     "library",    "mixin",
                   "new",      "null",      "operator", "part",     "required",   "rethrow",
                   "return",   "set",       "static",   "super",    "switch",     "this",
                   "throw",    "true",      "try",      "typedef",  "var",        "void",
                   "while",    "with",      "yield"},
      // Of Object and RealmObjectBase, and what the generator adds.
      .members = {"hashCode", "runtimeType", "toString", "noSuchMethod", "realm", "isValid",
                  "isManaged", "isFrozen", "freeze", "changes", "changesFor", "objectSchema",
                  "instanceSchema", "schema", "parent", "toEJson", "fromEJson", "toJson",
                  "getBacklinks", "accessor", "handle",
                  // Types that fields are declared with.
                  "int", "double", "bool"},
      .classes = {"Object",      "List",           "Set",
                  "Map",         "String",         "DateTime",
                  "Uuid",        "ObjectId",       "Decimal128",
                  "RealmValue",  "Uint8List",      "RealmModel",
                  "RealmObject", "EmbeddedObject", "AsymmetricObject",
                  "ObjectType",  "Realm",          "MapTo",
                  "PrimaryKey",  "Type",           "Future",
                  "Stream",      "Function",       "Null",
                  "Never",       "Record",         "Enum",
                  "Iterable",    "Symbol",         "Duration",
                  "RegExp",      "Error",          "Exception"}};
  return rules;
}

class Dart final : public Emitter {
 public:
  const NameRules& names() const override { return dart_names(); }
  // Models are private to their library, so those that refer to each other share a file.
  Layout layout() const override { return Layout::one_file; }
  std::string extension() const override { return "dart"; }

  std::string head(const FileContext& file, const std::set<std::string>& imports) const override {
    if (!file.imports) return {};
    std::string out;
    for (const std::string& one : imports) out += fmt::format("import '{}';\n", one);
    if (!out.empty()) out += "\n";
    return fmt::format("{}import 'package:realm/realm.dart';\n\npart '{}.realm.dart';\n", out,
                       file.stem);
  }

  Piece emit(const Models& models, const Class& one) const override {
    Piece piece;
    Writer out(2);
    out.line_comment(notes_of(one, 0), "/// ");
    out.line(fmt::format("@RealmModel({})", one.embedded     ? "ObjectType.embeddedObject"
                                            : one.asymmetric ? "ObjectType.asymmetricObject"
                                                             : ""));
    if (one.differs()) out.line(fmt::format("@MapTo({})", quoted(one.name, Quoting::dart)));
    out.open(fmt::format("class _{} {{", one.identifier));
    for (const Property& property : one.properties) emit_property(models, property, piece, out);
    out.close("}");
    piece.text = out.take();
    return piece;
  }

 private:
  static std::string type_name(ScalarType type, Piece& piece) {
    switch (type) {
      case ScalarType::boolean:
        return "bool";
      case ScalarType::int32:
      case ScalarType::int64:
        return "int";
      case ScalarType::floating:
        return "double";
      case ScalarType::string:
        return "String";
      case ScalarType::binary:
        piece.imports.insert("dart:typed_data");
        return "Uint8List";
      case ScalarType::date:
        return "DateTime";
      case ScalarType::uuid:
        return "Uuid";
      case ScalarType::object_id:
        return "ObjectId";
      case ScalarType::decimal:
        return "Decimal128";
      default:
        return "RealmValue";
    }
  }

  static void emit_property(const Models& models, const Property& property, Piece& piece,
                            Writer& out) {
    const bool written = simple_default(property) != nullptr;
    out.line_comment(notes_of(models, property, {.default_is_code = written}, out.indent()),
                     "/// ");
    if (property.primary_key) out.line("@PrimaryKey()");
    if (property.differs())
      out.line(fmt::format("@MapTo({})", quoted(property.name, Quoting::dart)));
    std::string type = property.names_class() ? "_" + models.target(property).identifier
                                              : type_name(property.type, piece);
    const bool any = only_mixed(property.type);
    if (property.collection != Collection::none) {
      const bool dictionary = property.collection == Collection::dictionary;
      if (property.names_class() ? dictionary : !any && property.element_optional) type += "?";
      type = property.collection == Collection::list  ? fmt::format("List<{}>", type)
             : property.collection == Collection::set ? fmt::format("Set<{}>", type)
                                                      : fmt::format("Map<String, {}>", type);
      out.line(fmt::format("late {} {};", type, property.identifier));
      return;
    }
    const bool optional = property.optional && !any;
    // What may be null begins as null; the rest is set before it is read.
    out.line(fmt::format("{}{}{} {}{};", optional || written ? "" : "late ", type,
                         optional ? "?" : "", property.identifier,
                         written ? " = " + literal(property, Quoting::dart) : ""));
  }
};

}  // namespace

std::unique_ptr<Emitter> make_dart() { return std::make_unique<Dart>(); }

}  // namespace syncline::generate
