// Java: classes of the Realm Java SDK (io.realm), with getters and setters.
#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& java_names() {
  static const NameRules rules = {
      .keywords = {"abstract",   "assert",       "boolean",    "break",    "byte",      "case",
                   "catch",      "char",         "class",      "const",    "continue",  "default",
                   "do",         "double",       "else",       "enum",     "extends",   "false",
                   "final",      "finally",      "float",      "for",      "goto",      "if",
                   "implements", "import",       "instanceof", "int",      "interface", "long",
                   "native",     "new",          "null",       "package",  "private",   "protected",
                   "public",     "return",       "short",      "static",   "strictfp",  "super",
                   "switch",     "synchronized", "this",       "throw",    "throws",    "transient",
                   "true",       "try",          "void",       "volatile", "while",     "_"},
      // Whose getters RealmObject has, as getRealm and isValid.
      .members = {"realm", "valid", "managed", "loaded", "frozen"},
      .classes = {
          "RealmObject", "RealmList",  "RealmSet",   "RealmDictionary", "RealmAny", "RealmClass",
          "RealmField",  "RealmModel", "PrimaryKey", "Required",        "ObjectId", "Decimal128",
          "Date",        "UUID",       "String",     "Object",          "Boolean",  "Integer",
          "Long",        "Double",     "Override",   "Class",           "Record",   "Enum"}};
  return rules;
}

class Java final : public Emitter {
 public:
  const NameRules& names() const override { return java_names(); }
  Layout layout() const override { return Layout::file_a_class; }
  std::string extension() const override { return "java"; }
  bool takes_flat() const override { return false; }
  bool takes_package() const override { return true; }

  std::string head(const FileContext& file, const std::set<std::string>& imports) const override {
    std::string out;
    if (!file.package.empty()) out = fmt::format("package {};\n", file.package);
    if (file.imports && !imports.empty()) {
      if (!out.empty()) out += "\n";
      for (const std::string& one : imports) out += fmt::format("import {};\n", one);
    }
    return out;
  }

  Piece emit(const Models& models, const Class& one) const override {
    Piece piece;
    Writer out(4);
    piece.imports.insert("io.realm.RealmObject");
    doc(notes_of(one, 0), out);
    std::string said;
    if (one.differs()) said = "name = " + quoted(one.name, Quoting::java);
    if (one.embedded) said += (said.empty() ? "" : ", ") + std::string("embedded = true");
    if (!said.empty()) {
      piece.imports.insert("io.realm.annotations.RealmClass");
      out.line(fmt::format("@RealmClass({})", said));
    }
    out.open(fmt::format("public class {} extends RealmObject {{", one.identifier));
    std::vector<std::string> types;
    for (const Property& property : one.properties)
      types.push_back(emit_field(models, property, piece, out));
    out.line();
    out.line(fmt::format("public {}() {{}}", one.identifier));
    for (size_t i = 0; i < types.size(); ++i) emit_access(one.properties[i], types[i], out);
    out.close("}");
    piece.text = out.take();
    return piece;
  }

 private:
  static void doc(std::vector<std::string> lines, Writer& out) {
    for (std::string& line : lines) line = xml_escaped(line);
    out.block_comment(lines, "/**", " * ", " */");
  }

  // Boxed where it may be null.
  static std::string type_name(ScalarType type, bool boxed, Piece& piece) {
    const auto with = [&](const char* package, const char* name) {
      piece.imports.insert(fmt::format("{}.{}", package, name));
      return name;
    };
    switch (type) {
      case ScalarType::boolean:
        return boxed ? "Boolean" : "boolean";
      case ScalarType::int32:
        return boxed ? "Integer" : "int";
      case ScalarType::int64:
        return boxed ? "Long" : "long";
      case ScalarType::floating:
        return boxed ? "Double" : "double";
      case ScalarType::string:
        return "String";
      case ScalarType::binary:
        return "byte[]";
      case ScalarType::date:
        return with("java.util", "Date");
      case ScalarType::uuid:
        return with("java.util", "UUID");
      case ScalarType::object_id:
        return with("org.bson.types", "ObjectId");
      case ScalarType::decimal:
        return with("org.bson.types", "Decimal128");
      default:
        return with("io.realm", "RealmAny");
    }
  }

  static bool is_primitive(ScalarType type) {
    return type == ScalarType::boolean || type == ScalarType::int32 || type == ScalarType::int64 ||
           type == ScalarType::floating;
  }

  // The field; answers its type.
  static std::string emit_field(const Models& models, const Property& property, Piece& piece,
                                Writer& out) {
    const bool written = simple_default(property) != nullptr;
    doc(notes_of(models, property, {.default_is_code = written}, out.indent()), out);
    const bool any = only_mixed(property.type);
    const bool collection = property.collection != Collection::none;
    if (property.primary_key) {
      piece.imports.insert("io.realm.annotations.PrimaryKey");
      out.line("@PrimaryKey");
    }
    const bool optional = collection ? property.element_optional : property.optional;
    if (!optional && !any && !property.names_class() &&
        (collection || !is_primitive(property.type))) {
      piece.imports.insert("io.realm.annotations.Required");
      out.line("@Required");
    }
    if (property.differs()) {
      piece.imports.insert("io.realm.annotations.RealmField");
      out.line(fmt::format("@RealmField({})", quoted(property.name, Quoting::java)));
    }
    std::string type = property.names_class()
                           ? models.target(property).identifier
                           : type_name(property.type, collection || optional, piece);
    std::string value;
    if (collection) {
      const char* name = property.collection == Collection::list  ? "RealmList"
                         : property.collection == Collection::set ? "RealmSet"
                                                                  : "RealmDictionary";
      piece.imports.insert(fmt::format("io.realm.{}", name));
      type = fmt::format("{}<{}>", name, type);
      value = fmt::format(" = new {}<>()", name);
    } else if (written) {
      value = " = " + literal(property, Quoting::java);
      if (property.type == ScalarType::int64) value += "L";
    }
    out.line(fmt::format("private {} {}{};", type, property.identifier, value));
    return type;
  }

  static void emit_access(const Property& property, const std::string& type, Writer& out) {
    std::string name = property.identifier;
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    out.line();
    out.line(fmt::format("public {} {}{}() {{ return {}; }}", type,
                         type == "boolean" ? "is" : "get", name, property.identifier));
    out.line(fmt::format("public void set{}({} value) {{ this.{} = value; }}", name, type,
                         property.identifier));
  }
};

}  // namespace

std::unique_ptr<Emitter> make_java() { return std::make_unique<Java>(); }

}  // namespace syncline::generate
