// Python: dataclasses with type hints, and Extended JSON documents in and out. One module that
// needs nothing but the standard library.
#include <fmt/format.h>

#include "node/generate/emitter.h"
#include "node/generate/python_runtime.h"

namespace syncline::generate {
namespace {

const NameRules& python_names() {
  static const NameRules rules = {
      .properties = Casing::snake,
      .word_front = "n",
      .keywords = {"False",  "None",   "True",    "and",      "as",       "assert", "async",
                   "await",  "break",  "class",   "continue", "def",      "del",    "elif",
                   "else",   "except", "finally", "for",      "from",     "global", "if",
                   "import", "in",     "is",      "lambda",   "nonlocal", "not",    "or",
                   "pass",   "raise",  "return",  "try",      "while",    "with",   "yield",
                   "match",  "case"},
      // Of Model, and what stands in type hints.
      .members = {"to_document", "from_document", "extra", "str", "int", "float", "bool", "bytes",
                  "list", "set", "dict", "datetime", "field", "dataclass", "tuple"},
      .classes = {"Any", "Binary", "Callable", "ClassVar", "Decimal", "Int64", "Mapping", "Model",
                  "ObjectId", "TypeVar", "UUID", "Exception", "ValueError", "KeyError", "TypeError",
                  "AttributeError", "ArithmeticError"}};
  return rules;
}

std::string docstring(const std::string& line) {
  std::string out;
  for (const char c : line) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

class Python final : public Emitter {
 public:
  const NameRules& names() const override { return python_names(); }
  Layout layout() const override { return Layout::one_file; }
  std::string extension() const override { return "py"; }
  std::string comment() const override { return "#"; }
  bool takes_any_key() const override { return true; }

  std::string head(const FileContext& file, const std::set<std::string>&) const override {
    std::string out;
    if (file.imports)
      out =
          "from __future__ import annotations\n\n"
          "import base64\nimport json\nimport math\n"
          "from collections.abc import Callable, Mapping\n"
          "from dataclasses import dataclass, field\n"
          "from datetime import datetime, timedelta, timezone\n"
          "from decimal import Decimal\n"
          "from typing import Any, ClassVar, TypeVar\n"
          "from uuid import UUID\n\n";
    return out + std::string(python_runtime());
  }

  Piece emit(const Models& models, const Class& one) const override {
    Writer out(4);
    out.line();
    out.line("@dataclass(kw_only=True)");
    out.open(fmt::format("class {}(Model):", one.identifier));
    std::vector<std::string> lines = notes_of(one, out.indent());
    for (size_t i = 0; i < lines.size(); ++i)
      out.line(fmt::format("{}{}{}", i == 0 ? "\"\"\"" : "", docstring(lines[i]),
                           i + 1 == lines.size() ? "\"\"\"" : ""));
    if (!lines.empty()) out.line();
    for (const Property& property : one.properties) emit_property(models, property, out);
    out.line("extra: dict[str, Any] = field(default_factory=dict, repr=False)");
    out.line();
    out.line(fmt::format("TYPE_NAME: ClassVar[str] = {}", quoted(one.name, Quoting::python)));
    if (one.properties.empty()) {
      out.line("_FIELDS: ClassVar[tuple[_Field, ...]] = ()");
    } else {
      out.open("_FIELDS: ClassVar[tuple[_Field, ...]] = (");
      for (const Property& property : one.properties)
        out.line(fmt::format("_Field({}, {}, {}{}{}),",
                             quoted(property.identifier, Quoting::python),
                             quoted(property.name, Quoting::python), codec_of(models, property),
                             property.required ? ", required=True" : "",
                             property.required && has_default(property) ? ", defaulted=True" : ""));
      out.close(")");
    }
    out.close("");
    std::string text = out.take();
    text.pop_back();
    return {std::move(text), {}};
  }

 private:
  // Collections begin empty.
  static bool has_default(const Property& property) {
    return property.collection != Collection::none || simple_default(property) != nullptr;
  }
  static std::string_view hint_of(ScalarType type) {
    switch (type) {
      case ScalarType::boolean:
        return "bool";
      case ScalarType::int32:
      case ScalarType::int64:
        return "int";
      case ScalarType::floating:
        return "float";
      case ScalarType::string:
        return "str";
      case ScalarType::binary:
        return "bytes";
      case ScalarType::date:
        return "datetime";
      case ScalarType::uuid:
        return "UUID";
      case ScalarType::object_id:
        return "ObjectId";
      case ScalarType::decimal:
        return "Decimal";
      default:
        return "Any";
    }
  }
  static std::string_view scalar_codec(ScalarType type) {
    switch (type) {
      case ScalarType::boolean:
        return "_BOOL";
      case ScalarType::int32:
        return "_INT";
      case ScalarType::int64:
        return "_LONG";
      case ScalarType::floating:
        return "_FLOAT";
      case ScalarType::string:
        return "_STRING";
      case ScalarType::binary:
        return "_BYTES";
      case ScalarType::date:
        return "_DATE";
      case ScalarType::uuid:
        return "_UUID";
      case ScalarType::object_id:
        return "_OBJECT_ID";
      case ScalarType::decimal:
        return "_DECIMAL";
      default:
        return "_ANY";
    }
  }

  // A link is the _id of what it links to.
  static ScalarType held(const Models& models, const Property& property) {
    return property.type == ScalarType::link ? models.key_type(property) : property.type;
  }
  // Any values may be documents, which no set of Python's holds.
  static bool is_set(const Models& models, const Property& property) {
    return property.collection == Collection::set && !only_mixed(held(models, property));
  }

  static std::string codec_of(const Models& models, const Property& property) {
    std::string codec =
        property.type == ScalarType::embedded
            ? fmt::format("_embedded({})",
                          quoted(models.target(property).identifier, Quoting::python))
            : std::string(scalar_codec(held(models, property)));
    if (property.collection == Collection::none) return codec;
    if (property.element_optional) codec = fmt::format("_optional({})", codec);
    if (is_set(models, property)) return fmt::format("_set({})", codec);
    return fmt::format(
        "{}({})", property.collection == Collection::dictionary ? "_dictionary" : "_list", codec);
  }

  static void emit_property(const Models& models, const Property& property, Writer& out) {
    const bool written = simple_default(property) != nullptr;
    std::vector<std::string> lines =
        notes_of(models, property, {.default_is_code = written}, out.indent());
    if (property.type == ScalarType::link)
      lines.push_back(fmt::format("The _id of {} {}.",
                                  property.collection == Collection::none ? "its" : "each",
                                  models.target(property).identifier));
    out.line_comment(lines, "# ");
    const ScalarType type = held(models, property);
    std::string hint = property.type == ScalarType::embedded ? models.target(property).identifier
                                                             : std::string(hint_of(type));
    std::string value;
    if (property.collection != Collection::none) {
      if (property.element_optional && hint != "Any") hint += " | None";
      const char* maker = property.collection == Collection::dictionary ? "dict"
                          : is_set(models, property)                    ? "set"
                                                                        : "list";
      hint = property.collection == Collection::dictionary ? fmt::format("dict[str, {}]", hint)
                                                           : fmt::format("{}[{}]", maker, hint);
      value = fmt::format(" = field(default_factory={})", maker);
    } else {
      if (property.optional && hint != "Any") hint += " | None";
      if (property.optional || hint == "Any") value = " = None";
      if (property.primary_key) value.clear();
      if (written) value = " = " + python_literal(property);
    }
    out.line(fmt::format("{}: {}{}", property.identifier, hint, value));
  }

  static std::string python_literal(const Property& property) {
    const std::string text = literal(property, Quoting::python);
    return text == "true" ? "True" : text == "false" ? "False" : text;
  }
};

}  // namespace

std::unique_ptr<Emitter> make_python() { return std::make_unique<Python>(); }

}  // namespace syncline::generate
