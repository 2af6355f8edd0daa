// C: plain structs that own what they point to, and a function for each that frees it.
#include <fmt/format.h>

#include "node/generate/emitter.h"

namespace syncline::generate {
namespace {

const NameRules& c_names() {
  static const NameRules rules = {
      .properties = Casing::snake,
      .word_front = "n",
      // C's, C++'s, so that the header can be included there, and what GCC and the standard headers
      // define in lower case.
      .keywords = {"alignas",
                   "alignof",
                   "and",
                   "and_eq",
                   "asm",
                   "auto",
                   "bitand",
                   "bitor",
                   "bool",
                   "break",
                   "case",
                   "catch",
                   "char",
                   "char8_t",
                   "char16_t",
                   "char32_t",
                   "class",
                   "compl",
                   "concept",
                   "const",
                   "consteval",
                   "constexpr",
                   "constinit",
                   "const_cast",
                   "continue",
                   "co_await",
                   "co_return",
                   "co_yield",
                   "decltype",
                   "default",
                   "delete",
                   "do",
                   "double",
                   "dynamic_cast",
                   "else",
                   "enum",
                   "explicit",
                   "export",
                   "extern",
                   "false",
                   "float",
                   "for",
                   "friend",
                   "goto",
                   "if",
                   "inline",
                   "int",
                   "long",
                   "mutable",
                   "namespace",
                   "new",
                   "noexcept",
                   "not",
                   "not_eq",
                   "nullptr",
                   "operator",
                   "or",
                   "or_eq",
                   "private",
                   "protected",
                   "public",
                   "register",
                   "reinterpret_cast",
                   "requires",
                   "restrict",
                   "return",
                   "short",
                   "signed",
                   "sizeof",
                   "static",
                   "static_assert",
                   "static_cast",
                   "struct",
                   "switch",
                   "template",
                   "this",
                   "thread_local",
                   "throw",
                   "true",
                   "try",
                   "typedef",
                   "typeid",
                   "typename",
                   "typeof",
                   "union",
                   "unsigned",
                   "using",
                   "virtual",
                   "void",
                   "volatile",
                   "wchar_t",
                   "while",
                   "xor",
                   "xor_eq",
                   "linux",
                   "unix",
                   "i386",
                   "errno",
                   "stdin",
                   "stdout",
                   "stderr",
                   "assert",
                   "offsetof",
                   "noreturn",
                   "complex",
                   "imaginary"},
      .members = {},
      .classes = {"FILE", "NULL", "EOF", "DIR", "BUFSIZ", "RAND_MAX", "EXIT_SUCCESS",
                  "EXIT_FAILURE", "INT_MAX", "INT_MIN", "SIZE_MAX"}};
  return rules;
}

constexpr std::string_view kValues = R"c(#ifndef SYNCLINE_C_VALUES
#define SYNCLINE_C_VALUES
typedef struct { uint8_t bytes[12]; } syncline_object_id;
typedef struct { uint8_t bytes[16]; } syncline_uuid;
/* IEEE 754-2008 decimal128, binary integer encoding. */
typedef struct { uint64_t high; uint64_t low; } syncline_decimal;
/* Since 1970, UTC; 0 <= nanoseconds < 1000000000. */
typedef struct { int64_t seconds; int32_t nanoseconds; } syncline_date;
/* `bytes` is owned; NULL if size is 0. */
typedef struct { uint8_t *bytes; size_t size; } syncline_binary;
#endif
)c";

struct TypeName {
  std::string_view text;
  bool pointer = false;  // NULL says that there is none; it is freed
  bool binary = false;   // its bytes are freed
};

TypeName type_name(ScalarType type) {
  switch (type) {
    case ScalarType::boolean:
      return {"bool"};
    case ScalarType::int32:
      return {"int32_t"};
    case ScalarType::int64:
      return {"int64_t"};
    case ScalarType::floating:
      return {"double"};
    case ScalarType::string:
      return {"char *", true};
    case ScalarType::binary:
      return {"syncline_binary", false, true};
    case ScalarType::date:
      return {"syncline_date"};
    case ScalarType::uuid:
      return {"syncline_uuid"};
    case ScalarType::object_id:
      return {"syncline_object_id"};
    case ScalarType::decimal:
      return {"syncline_decimal"};
    default:
      return {"char *", true};  // Extended JSON
  }
}

std::string declared(std::string_view type, std::string_view name) {
  return fmt::format("{}{}{}", type, type.ends_with('*') ? "" : " ", name);
}

class C final : public Emitter {
 public:
  const NameRules& names() const override { return c_names(); }
  Layout layout() const override { return Layout::one_file; }
  std::string extension() const override { return "h"; }
  bool takes_any_key() const override { return true; }

  std::string head(const FileContext& file, const std::set<std::string>&) const override {
    std::string out =
        "/*\n * A struct owns all that it points to: strings, arrays, embedded objects. All memory "
        "is of\n"
        " * malloc; syncline_clear_<Type>() frees what an object owns, and leaves it empty. An "
        "object\n"
        " * that is all zeros is empty: Fridge fridge = {0};\n */\n";
    out += "#pragma once\n\n";
    if (file.imports)
      out +=
          "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdlib.h>\n"
          "#include <string.h>\n\n";
    out += kValues;
    if (!file.classes.empty()) out += "\n";
    for (const Class* one : file.classes)
      out += fmt::format("typedef struct {0} {0};\n", one->identifier);
    return out;
  }

  std::string tail(const FileContext& file) const override {
    std::string out = "\n";
    for (const Class* one : file.classes)
      out += fmt::format("static inline void syncline_clear_{0}({0} *object);\n", one->identifier);
    for (const Class* one : file.classes) out += clear(*file.models, *one);
    return out;
  }

  Piece emit(const Models& models, const Class& one) const override {
    Writer out(4);
    std::vector<std::string> lines = notes_of(one, 0);
    if (one.differs()) lines.push_back(stored_as(one.name));
    comment(lines, out);
    out.open(fmt::format("struct {} {{", one.identifier));
    for (const Property& property : one.properties) emit_property(models, property, out);
    if (one.properties.empty()) out.line("char unused; /* C has no empty structs */");
    out.close("};");
    return {out.take(), {}};
  }

 private:
  static void comment(const std::vector<std::string>& lines, Writer& out) {
    out.block_comment(lines, "/*", " * ", " */");
  }

  static std::string stored_as(const std::string& name) {
    return fmt::format("Stored as {}.", comment_line(quoted(name, Quoting::c)));
  }

  static ScalarType held(const Models& models, const Property& property) {
    return property.type == ScalarType::link ? models.key_type(property) : property.type;
  }

  static void emit_property(const Models& models, const Property& property, Writer& out) {
    std::vector<std::string> lines = notes_of(models, property, {}, out.indent());
    const ScalarType type = held(models, property);
    const bool object = property.type == ScalarType::embedded;
    const bool any = !object && only_mixed(type);
    if (property.type == ScalarType::link)
      lines.push_back(fmt::format("The _id of {} {}.",
                                  property.collection == Collection::none ? "its" : "each",
                                  models.target(property).identifier));
    if (any) lines.emplace_back("Any value, as Extended JSON.");
    if (property.differs()) lines.push_back(stored_as(property.name));
    comment(lines, out);
    const TypeName scalar = type_name(type);
    const std::string text = object ? models.target(property).identifier : std::string(scalar.text);
    const bool pointer = object || scalar.pointer;
    if (property.collection == Collection::none) {
      if (object) {
        out.line(fmt::format("{} *{}; /* NULL: none */", text, property.identifier));
      } else if (property.optional && !pointer) {
        out.line(
            fmt::format("struct {{ bool present; {} value; }} {};", text, property.identifier));
      } else {
        out.line(declared(text, property.identifier) + ";" +
                 (property.optional || any ? " /* NULL: none */" : ""));
      }
      return;
    }
    // Arrays of what may still be incomplete here: its place in memory is not needed yet.
    const bool optional = property.element_optional && !pointer;
    if (property.collection == Collection::dictionary) {
      out.line(fmt::format("struct {{ size_t count; struct {{ char *key; {}{}; }} *entries; }} {};",
                           optional ? "bool present; " : "",
                           declared(object ? text + " *" : text, "value"), property.identifier));
    } else if (optional) {
      out.line(
          fmt::format("struct {{ size_t count; struct {{ bool present; {} value; }} *items; }} {};",
                      text, property.identifier));
    } else {
      out.line(fmt::format("struct {{ size_t count; {}; }} {};",
                           declared(text + (text.ends_with('*') ? "*" : " *"), "items"),
                           property.identifier));
    }
  }

  static std::string clear(const Models& models, const Class& one) {
    Writer out(4);
    out.line();
    out.open(fmt::format("static inline void syncline_clear_{0}({0} *object) {{", one.identifier));
    for (const Property& property : one.properties) clear_property(models, property, out);
    out.line("memset(object, 0, sizeof *object);");
    out.close("}");
    return out.take();
  }

  static void clear_property(const Models& models, const Property& property, Writer& out) {
    const bool object = property.type == ScalarType::embedded;
    const TypeName type = type_name(held(models, property));
    const std::string clearing =
        object ? "syncline_clear_" + models.target(property).identifier : std::string();
    const std::string member = "object->" + property.identifier;
    if (property.collection == Collection::none) {
      if (object) {
        out.line(fmt::format("if ({0}) {1}({0});", member, clearing));
        out.line(fmt::format("free({});", member));
      } else if (type.pointer) {
        out.line(fmt::format("free({});", member));
      } else if (type.binary) {
        out.line(fmt::format("free({}{}.bytes);", member, property.optional ? ".value" : ""));
      }
      return;
    }
    const bool dictionary = property.collection == Collection::dictionary;
    const char* array = dictionary ? "entries" : "items";
    const bool wrapped = property.element_optional && !object && !type.pointer;
    const std::string element =
        fmt::format("{}.{}[i]{}", member, array, dictionary || wrapped ? ".value" : "");
    std::vector<std::string> frees;
    if (dictionary) frees.push_back(fmt::format("free({}.entries[i].key);", member));
    if (object && dictionary) {
      frees.push_back(fmt::format("if ({0}) {1}({0});", element, clearing));
      frees.push_back(fmt::format("free({});", element));
    } else if (object) {
      frees.push_back(fmt::format("{}(&{});", clearing, element));
    } else if (type.pointer) {
      frees.push_back(fmt::format("free({});", element));
    } else if (type.binary) {
      frees.push_back(fmt::format("free({}.bytes);", element));
    }
    if (!frees.empty()) {
      out.open(fmt::format("for (size_t i = 0; i < {}.count; ++i) {{", member));
      for (const std::string& line : frees) out.line(line);
      out.close("}");
    }
    out.line(fmt::format("free({}.{});", member, array));
  }
};

}  // namespace

std::unique_ptr<Emitter> make_c() { return std::make_unique<C>(); }

}  // namespace syncline::generate
