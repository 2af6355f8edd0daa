// Kotlin: classes of the Realm Kotlin SDK (io.realm.kotlin).
#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& kotlin_names() {
  static const NameRules rules = {
      .setters_drop_is = true,
      .keywords = {"as",     "break",     "class",  "continue", "do",        "else",  "false",
                   "for",    "fun",       "if",     "in",       "interface", "is",    "null",
                   "object", "package",   "return", "super",    "this",      "throw", "true",
                   "try",    "typealias", "typeof", "val",      "var",       "when",  "while"},
      .members = {},
      .classes = {"RealmObject",
                  "EmbeddedRealmObject",
                  "AsymmetricRealmObject",
                  "RealmList",
                  "RealmSet",
                  "RealmDictionary",
                  "RealmAny",
                  "RealmInstant",
                  "RealmUUID",
                  "ObjectId",
                  "Decimal128",
                  "String",
                  "Int",
                  "Long",
                  "Boolean",
                  "Double",
                  "ByteArray",
                  "PrimaryKey",
                  "PersistedName",
                  "Any",
                  "Unit",
                  "Nothing"}};
  return rules;
}

class Kotlin final : public Emitter {
 public:
  const NameRules& names() const override { return kotlin_names(); }
  Layout layout() const override { return Layout::file_a_class; }
  std::string extension() const override { return "kt"; }
  std::string flat_stem() const override { return "Models"; }
  bool takes_package() const override { return true; }

  std::string head(const FileContext& file, const std::set<std::string>& imports) const override {
    std::string out;
    if (!file.package.empty()) out = fmt::format("package {}\n", file.package);
    if (file.imports && !imports.empty()) {
      if (!out.empty()) out += "\n";
      for (const std::string& one : imports) out += fmt::format("import {}\n", one);
    }
    return out;
  }

  Piece emit(const Models& models, const Class& one) const override {
    Piece piece;
    Writer out(4);
    const char* base = one.embedded     ? "EmbeddedRealmObject"
                       : one.asymmetric ? "AsymmetricRealmObject"
                                        : "RealmObject";
    piece.imports.insert(fmt::format("io.realm.kotlin.types.{}", base));
    out.block_comment(notes_of(one, 0), "/**", " * ", " */");
    persisted(piece, out, one.name, one.identifier);
    out.open(fmt::format("class {} : {} {{", one.identifier, base));
    for (const Property& property : one.properties) emit_property(models, property, piece, out);
    out.close("}");
    piece.text = out.take();
    return piece;
  }

 private:
  static void persisted(Piece& piece, Writer& out, const std::string& name,
                        const std::string& identifier) {
    if (name == identifier) return;
    piece.imports.insert("io.realm.kotlin.types.annotations.PersistedName");
    out.line(fmt::format("@PersistedName({})", quoted(name, Quoting::kotlin)));
  }

  static std::string type_name(ScalarType type, Piece& piece) {
    const auto realm = [&](const char* name) {
      piece.imports.insert(fmt::format("io.realm.kotlin.types.{}", name));
      return name;
    };
    switch (type) {
      case ScalarType::boolean:
        return "Boolean";
      case ScalarType::int32:
        return "Int";
      case ScalarType::int64:
        return "Long";
      case ScalarType::floating:
        return "Double";
      case ScalarType::string:
        return "String";
      case ScalarType::binary:
        return "ByteArray";
      case ScalarType::date:
        return realm("RealmInstant");
      case ScalarType::uuid:
        return realm("RealmUUID");
      case ScalarType::object_id:
        piece.imports.insert("org.mongodb.kbson.ObjectId");
        return "ObjectId";
      case ScalarType::decimal:
        piece.imports.insert("org.mongodb.kbson.Decimal128");
        return "Decimal128";
      default:
        return realm("RealmAny");
    }
  }

  // What a property that must have a value begins with.
  static std::string first_value(ScalarType type, bool key) {
    switch (type) {
      case ScalarType::boolean:
        return "false";
      case ScalarType::int32:
        return "0";
      case ScalarType::int64:
        return "0L";
      case ScalarType::floating:
        return "0.0";
      case ScalarType::string:
        return "\"\"";
      case ScalarType::binary:
        return "byteArrayOf()";
      case ScalarType::date:
        return "RealmInstant.now()";
      case ScalarType::uuid:
        return "RealmUUID.random()";
      case ScalarType::object_id:
        return "ObjectId()";
      case ScalarType::decimal:
        return "Decimal128(\"0\")";
      default:
        return "null";
    }
  }

  static void emit_property(const Models& models, const Property& property, Piece& piece,
                            Writer& out) {
    const bool written = simple_default(property) != nullptr;
    out.block_comment(notes_of(models, property, {.default_is_code = written}, out.indent()), "/**",
                      " * ", " */");
    if (property.primary_key) {
      piece.imports.insert("io.realm.kotlin.types.annotations.PrimaryKey");
      out.line("@PrimaryKey");
    }
    persisted(piece, out, property.name, property.identifier);
    std::string type = property.names_class() ? models.target(property).identifier
                                              : type_name(property.type, piece);
    const bool any = only_mixed(property.type);
    if (property.collection != Collection::none) {
      const bool dictionary = property.collection == Collection::dictionary;
      const char* name = property.collection == Collection::list  ? "RealmList"
                         : property.collection == Collection::set ? "RealmSet"
                                                                  : "RealmDictionary";
      const char* maker = property.collection == Collection::list  ? "realmListOf"
                          : property.collection == Collection::set ? "realmSetOf"
                                                                   : "realmDictionaryOf";
      // Objects under keys may be null, in lists and sets not.
      const bool optional = property.names_class() ? dictionary : any || property.element_optional;
      piece.imports.insert(fmt::format("io.realm.kotlin.types.{}", name));
      piece.imports.insert(fmt::format("io.realm.kotlin.ext.{}", maker));
      out.line(fmt::format("var {}: {}<{}{}> = {}()", property.identifier, name, type,
                           optional ? "?" : "", maker));
      return;
    }
    const bool optional = property.optional || any;
    std::string value = optional ? "null" : first_value(property.type, property.primary_key);
    if (written) {
      value = literal(property, Quoting::kotlin);
      if (property.type == ScalarType::int64) value += "L";
    }
    out.line(
        fmt::format("var {}: {}{} = {}", property.identifier, type, optional ? "?" : "", value));
  }
};

}  // namespace

std::unique_ptr<Emitter> make_kotlin() { return std::make_unique<Kotlin>(); }

}  // namespace syncline::generate
