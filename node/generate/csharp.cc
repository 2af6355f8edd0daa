// C#: partial classes of the Realm .NET SDK, for its source generator, with nullable annotations.
#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& csharp_names() {
  static const NameRules rules = {
      .properties = Casing::pascal,
      .class_is_member = true,
      // Its keywords are in lower case, and names here begin with a capital or "_".
      .keywords = {},
      .members =
          {"Equals",          "GetHashCode",        "GetType",         "ToString",
           "MemberwiseClone", "Finalize",           "ReferenceEquals", "Realm",
           "IsValid",         "IsManaged",          "IsFrozen",        "ObjectSchema",
           "DynamicApi",      "BacklinksCount",     "Accessor",        "PropertyChanged",
           "RealmSchema",     "SetManagedAccessor", "GetTypeInfo",     "RaisePropertyChanged",
           "OnManaged"},
      .classes = {"IRealmObject",
                  "IEmbeddedObject",
                  "IAsymmetricObject",
                  "RealmValue",
                  "ObjectId",
                  "Decimal128",
                  "Guid",
                  "DateTimeOffset",
                  "IList",
                  "ISet",
                  "IDictionary",
                  "List",
                  "HashSet",
                  "Dictionary",
                  "PrimaryKey",
                  "MapTo",
                  "PrimaryKeyAttribute",
                  "MapToAttribute",
                  "Realm",
                  "Realms",
                  "System",
                  "MongoDB",
                  "RealmObject",
                  "EmbeddedObject",
                  "AsymmetricObject"}};
  return rules;
}

class CSharp final : public Emitter {
 public:
  const NameRules& names() const override { return csharp_names(); }
  Layout layout() const override { return Layout::file_a_class; }
  std::string extension() const override { return "cs"; }
  std::string flat_stem() const override { return "Models"; }
  bool takes_package() const override { return true; }

  std::string head(const FileContext& file, const std::set<std::string>& imports) const override {
    std::string out = "#nullable enable\n";
    if (file.imports) {
      out += "\n";
      for (const std::string& one : imports) out += fmt::format("using {};\n", one);
      out += "using Realms;\n";
    }
    if (!file.package.empty()) out += fmt::format("\nnamespace {}\n{{\n", file.package);
    return out;
  }
  std::string tail(const FileContext& file) const override {
    return file.package.empty() ? "" : "}\n";
  }

  Piece emit(const Models& models, const Class& one) const override {
    Piece piece;
    Writer out(4);
    summary(notes_of(one, 0), out);
    if (one.differs()) out.line(fmt::format("[MapTo({})]", quoted(one.name, Quoting::csharp)));
    out.line(fmt::format("public partial class {} : {}", one.identifier,
                         one.embedded     ? "IEmbeddedObject"
                         : one.asymmetric ? "IAsymmetricObject"
                                          : "IRealmObject"));
    out.open("{");
    for (size_t i = 0; i < one.properties.size(); ++i) {
      if (i > 0) out.line();
      emit_property(models, one.properties[i], piece, out);
    }
    out.close("}");
    piece.text = out.take();
    return piece;
  }

 private:
  static void summary(const std::vector<std::string>& lines, Writer& out) {
    if (lines.empty()) return;
    if (lines.size() == 1)
      return out.line(fmt::format("/// <summary>{}</summary>", xml_escaped(lines[0])));
    out.line("/// <summary>");
    for (const std::string& line : lines) out.line("/// " + xml_escaped(line));
    out.line("/// </summary>");
  }

  struct TypeName {
    std::string text;
    bool reference = false;  // of a reference type, which begins as null
  };

  static TypeName type_name(ScalarType type, Piece& piece) {
    const auto with = [&](const char* import, const char* name) {
      piece.imports.insert(import);
      return TypeName{name};
    };
    switch (type) {
      case ScalarType::boolean:
        return {"bool"};
      case ScalarType::int32:
        return {"int"};
      case ScalarType::int64:
        return {"long"};
      case ScalarType::floating:
        return {"double"};
      case ScalarType::string:
        return {"string", true};
      case ScalarType::binary:
        return {"byte[]", true};
      case ScalarType::date:
        return with("System", "DateTimeOffset");
      case ScalarType::uuid:
        return with("System", "Guid");
      case ScalarType::object_id:
        return with("MongoDB.Bson", "ObjectId");
      case ScalarType::decimal:
        return with("MongoDB.Bson", "Decimal128");
      default:
        return {"RealmValue"};
    }
  }

  static void emit_property(const Models& models, const Property& property, Piece& piece,
                            Writer& out) {
    const bool written = simple_default(property) != nullptr;
    summary(notes_of(models, property, {.default_is_code = written}, out.indent()), out);
    if (property.primary_key) out.line("[PrimaryKey]");
    if (property.differs())
      out.line(fmt::format("[MapTo({})]", quoted(property.name, Quoting::csharp)));
    TypeName type = property.names_class() ? TypeName{models.target(property).identifier, true}
                                           : type_name(property.type, piece);
    const bool any = only_mixed(property.type);
    if (property.collection != Collection::none) {
      piece.imports.insert("System.Collections.Generic");
      const bool dictionary = property.collection == Collection::dictionary;
      if (property.names_class() ? dictionary : !any && property.element_optional) type.text += "?";
      const std::string whole = property.collection == Collection::list
                                    ? fmt::format("IList<{}>", type.text)
                                : property.collection == Collection::set
                                    ? fmt::format("ISet<{}>", type.text)
                                    : fmt::format("IDictionary<string, {}>", type.text);
      out.line(fmt::format("public {} {} {{ get; }} = null!;", whole, property.identifier));
      return;
    }
    const bool optional = property.optional && !any;
    std::string value;
    if (written)
      value = fmt::format(" = {};", literal(property, Quoting::csharp));
    else if (type.reference && !optional)
      value = " = null!;";
    out.line(fmt::format("public {}{} {} {{ get; set; }}{}", type.text, optional ? "?" : "",
                         property.identifier, value));
  }
};

}  // namespace

std::unique_ptr<Emitter> make_csharp() { return std::make_unique<CSharp>(); }

}  // namespace syncline::generate
