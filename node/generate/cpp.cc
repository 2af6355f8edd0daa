// C++: Syncline's own object models (include/syncline/objects.h): a struct for each type, and its
// schema_of() beside it.
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "node/generate/emitter.h"
#include "node/generate/rings.h"

namespace syncline::generate {
namespace {

const NameRules& cpp_names() {
  static const NameRules rules = {
      .properties = Casing::snake,
      .word_front = "n",
      .keywords = {"alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool",
                   "break", "case", "catch", "char", "char8_t", "char16_t", "char32_t", "class",
                   "compl", "concept", "const", "consteval", "constexpr", "constinit", "const_cast",
                   "continue", "co_await", "co_return", "co_yield", "decltype", "default", "delete",
                   "do", "double", "dynamic_cast", "else", "enum", "explicit", "export", "extern",
                   "false", "float", "for", "friend", "goto", "if", "inline", "int", "long",
                   "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr",
                   "operator", "or", "or_eq", "private", "protected", "public", "register",
                   "reinterpret_cast", "requires", "return", "short", "signed", "sizeof", "static",
                   "static_assert", "static_cast", "struct", "switch", "template", "this",
                   "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "union",
                   "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor",
                   "xor_eq",
                   // What compilers and standard headers define as macros.
                   "linux", "unix", "i386", "errno", "stdin", "stdout", "stderr", "assert",
                   "offsetof", "major", "minor"},
      // Namespaces that members' types are looked up in, and types without one.
      .members = {"std", "syncline", "int32_t", "int64_t", "uint8_t"},
      .classes = {"FILE", "NULL", "EOF", "DIR", "BUFSIZ", "RAND_MAX", "EXIT_SUCCESS",
                  "EXIT_FAILURE", "INT_MAX", "INT_MIN", "SIZE_MAX"}};
  return rules;
}

// What embeds what.
class Embedding {
 public:
  explicit Embedding(const Models& models) : models_(models) {
    std::vector<std::vector<size_t>> tight(models.classes.size());
    std::vector<std::vector<size_t>> all(models.classes.size());
    for (size_t i = 0; i < models.classes.size(); ++i) {
      for (const Property& property : models.classes[i].properties) {
        if (property.type != ScalarType::embedded) continue;
        all[i].push_back(property.target);
        if (property.collection != Collection::list) tight[i].push_back(property.target);
      }
    }
    tight_rings_ = rings_of(tight);
    rings_ = rings_of(all);
  }

  // A struct cannot hold one of its own kind, but a list of them: std::vector takes what is not
  // complete yet.
  bool impossible(const Class& one, const Property& property) const {
    return property.type == ScalarType::embedded && property.collection != Collection::list &&
           tight_rings_[place_of(one)] == tight_rings_[property.target];
  }
  // A list of what cannot stand before it.
  bool declared_ahead(const Class& one, const Property& property) const {
    return property.type == ScalarType::embedded && property.collection == Collection::list &&
           rings_[place_of(one)] == rings_[property.target];
  }

  // What is embedded before what embeds it.
  std::vector<const Class*> order() const {
    std::vector<const Class*> out;
    std::vector<bool> seen(models_.classes.size());
    std::vector<std::pair<size_t, bool>> open;
    for (size_t i = models_.classes.size(); i-- > 0;) open.push_back({i, false});
    while (!open.empty()) {
      const auto [at, done] = open.back();
      open.pop_back();
      const Class& one = models_.classes[at];
      if (done) {
        out.push_back(&one);
        continue;
      }
      if (seen[at]) continue;
      seen[at] = true;
      open.push_back({at, true});
      for (size_t i = one.properties.size(); i-- > 0;) {
        const Property& property = one.properties[i];
        if (property.type == ScalarType::embedded && !impossible(one, property) &&
            !declared_ahead(one, property))
          open.push_back({property.target, false});
      }
    }
    return out;
  }

 private:
  size_t place_of(const Class& one) const {
    return static_cast<size_t>(&one - models_.classes.data());
  }

  const Models& models_;
  std::vector<size_t> tight_rings_;  // outside of lists
  std::vector<size_t> rings_;
};

class Cpp final : public Emitter {
 public:
  const NameRules& names() const override { return cpp_names(); }
  Layout layout() const override { return Layout::one_file; }
  std::string extension() const override { return "h"; }
  bool takes_any_key() const override { return true; }
  bool takes_package() const override { return true; }
  std::vector<const Class*> order(const Models& models) const override {
    return embedding_->order();
  }

  std::string head(const FileContext& file, const std::set<std::string>& imports) const override {
    std::string out = "#pragma once\n";
    if (file.imports)
      out +=
          "\n#include <cstdint>\n#include <map>\n#include <optional>\n#include <set>\n"
          "#include <string>\n#include <vector>\n\n#include \"syncline/objects.h\"\n";
    if (!file.package.empty()) out += fmt::format("\nnamespace {} {{\n", scoped(file.package));
    // Targets of links and of some lists, which may stand below.
    if (!imports.empty()) out += "\n";
    for (const std::string& target : imports) out += fmt::format("struct {};\n", target);
    return out;
  }
  std::string tail(const FileContext& file) const override {
    return file.package.empty() ? "" : fmt::format("\n}}  // namespace {}\n", scoped(file.package));
  }

  void prepare(const Models& models) override { embedding_.emplace(models); }

  Piece emit(const Models& models, const Class& one) const override {
    Piece piece;
    Writer out(2);
    out.line_comment(notes_of(one, 0), "// ");
    out.open(fmt::format("struct {} {{", one.identifier));
    std::vector<const Property*> listed;
    for (const Property& property : one.properties) {
      const std::string why = left_out(one, property);
      if (!why.empty()) {
        out.line_comment(
            comment_lines(fmt::format("{} is left out: {}", property.name, why), out.indent()),
            "// ");
        continue;
      }
      if (embedding_->declared_ahead(one, property) &&
          property.target != static_cast<size_t>(&one - models.classes.data()))
        piece.imports.insert(models.target(property).identifier);
      emit_member(models, property, piece, out);
      listed.push_back(&property);
    }
    out.line();
    out.line(fmt::format("bool operator==(const {}&) const = default;", one.identifier));
    out.close("};");
    emit_schema(one, listed, out);
    piece.text = out.take();
    return piece;
  }

 private:
  static std::string scoped(const std::string& package) {
    std::string out;
    for (const char c : package) out += c == '.' ? "::" : std::string(1, c);
    return out;
  }

  static std::string type_name(ScalarType type) {
    switch (type) {
      case ScalarType::boolean:
        return "bool";
      case ScalarType::int32:
        return "int32_t";
      case ScalarType::int64:
        return "int64_t";
      case ScalarType::floating:
        return "double";
      case ScalarType::string:
        return "std::string";
      case ScalarType::binary:
        return "syncline::Binary";
      case ScalarType::date:
        return "syncline::Date";
      case ScalarType::uuid:
        return "syncline::Uuid";
      case ScalarType::object_id:
        return "syncline::ObjectId";
      case ScalarType::decimal:
        return "syncline::Decimal128";
      case ScalarType::timestamp:
        return "syncline::Timestamp";
      case ScalarType::regex:
        return "syncline::Regex";
      default:
        return "syncline::Value";
    }
  }

  static bool holds_null(ScalarType type) {
    return type == ScalarType::link || type == ScalarType::mixed || type == ScalarType::number ||
           type == ScalarType::null;
  }

  // Why no member can hold the property, or "". Fields that a struct does not list stay as they
  // are.
  std::string left_out(const Class& one, const Property& property) const {
    if (property.collection == Collection::set && holds_null(property.type) &&
        property.type != ScalarType::link)
      return "a set of any values has no member of C++; use Transaction and paths";
    if (embedding_->impossible(one, property))
      return "a struct cannot hold one of its own kind but in a list; use Transaction and paths";
    return {};
  }

  static void emit_member(const Models& models, const Property& property, Piece& piece,
                          Writer& out) {
    const bool written = simple_default(property) != nullptr;
    out.line_comment(notes_of(models, property,
                              {.default_is_code = written,
                               .tells_stored = property.type == ScalarType::number ||
                                               property.type == ScalarType::null},
                              out.indent()),
                     "// ");
    std::string type = type_name(property.type);
    if (property.type == ScalarType::embedded) type = models.target(property).identifier;
    if (property.type == ScalarType::link) {
      type = fmt::format("syncline::Link<{}>", models.target(property).identifier);
      piece.imports.insert(models.target(property).identifier);
    }
    // Keys are 64 bits wide.
    if (property.primary_key && property.type == ScalarType::int32) type = "int64_t";
    const bool optional =
        property.collection == Collection::none ? property.optional : property.element_optional;
    if (optional && !holds_null(property.type)) type = fmt::format("std::optional<{}>", type);
    if (property.collection == Collection::list) type = fmt::format("std::vector<{}>", type);
    if (property.collection == Collection::set) type = fmt::format("std::set<{}>", type);
    if (property.collection == Collection::dictionary)
      type = fmt::format("std::map<std::string, {}>", type);
    std::string value;
    if (written) {
      value = " = " + literal(property, Quoting::c);
    } else if (property.collection == Collection::none && !optional &&
               (property.type == ScalarType::boolean || property.type == ScalarType::int32 ||
                property.type == ScalarType::int64 || property.type == ScalarType::floating)) {
      value = property.type == ScalarType::boolean ? " = false" : " = 0";
    }
    out.line(fmt::format("{} {}{};", type, property.identifier, value));
  }

  static void emit_schema(const Class& one, const std::vector<const Property*>& listed,
                          Writer& out) {
    const char* kind = one.embedded ? "embedded" : one.asymmetric ? "asymmetric" : "object";
    out.open(fmt::format("constexpr auto schema_of(syncline::Model<{}>) {{", one.identifier));
    std::string line =
        fmt::format("return syncline::{}_schema({}", kind, quoted(one.name, Quoting::c));
    for (const Property* property : listed) {
      out.line(line + ",");
      // Beyond the bracket, as it is aligned by hand.
      const bool defaulted = simple_default(*property) != nullptr && !property->optional;
      line = fmt::format("    syncline::field({}, &{}::{}{})", quoted(property->name, Quoting::c),
                         one.identifier, property->identifier,
                         defaulted ? ", syncline::defaulted" : "");
    }
    out.line(line + ");");
    out.close("}");
  }

  std::optional<Embedding> embedding_;
};

}  // namespace

std::unique_ptr<Emitter> make_cpp() { return std::make_unique<Cpp>(); }

}  // namespace syncline::generate
