#include "node/access/operand_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/access/pointer.h"
#include "proto/limits.h"

namespace syncline::access_internal {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, Operand::Conversion>, 4> kConversions = {{
    {"%stringToOid", Operand::Conversion::string_to_oid},
    {"%oidToString", Operand::Conversion::oid_to_string},
    {"%stringToUuid", Operand::Conversion::string_to_uuid},
    {"%uuidToString", Operand::Conversion::uuid_to_string},
}};

// Extended JSON's wrappers that make sense in a rule; with them an object is a literal.
constexpr std::array<std::string_view, 9> kWrappers = {
    "$oid",          "$uuid",          "$date",   "$numberInt", "$numberLong",
    "$numberDouble", "$numberDecimal", "$binary", "$timestamp"};

constexpr std::string_view kCall = "%function";
constexpr size_t kArgumentsMax = 16;

constexpr std::string_view kUserText =
    "%%user.id, %%user.type, %%user.data.X, %%user.custom_data.X and %%user.identities";

const Operand::Conversion* conversion_named(std::string_view name) {
  const auto found =
      std::ranges::find(kConversions, name, &decltype(kConversions)::value_type::first);
  return found == kConversions.end() ? nullptr : &found->second;
}

bool is_wrapper(const Json& json) {
  return json.is_object() && json.size() == 1 &&
         std::ranges::find(kWrappers, json.begin().key()) != kWrappers.end();
}

std::vector<std::string> split_dots(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t start = 0;;) {
    const size_t dot = text.find('.', start);
    parts.emplace_back(text.substr(start, dot - start));
    if (dot == std::string_view::npos) return parts;
    start = dot + 1;
  }
}

Operand literal_operand(Value value) {
  Operand operand;
  operand.literal = std::move(value);
  return operand;
}

Operand missing_operand() {
  Operand operand;
  operand.missing = true;
  return operand;
}

// The value at a dotted path inside a configured value. Null: there is none.
const Value* walk(const Value* value, const std::vector<std::string>& path, size_t from) {
  for (size_t i = from; value && i < path.size(); ++i) {
    const Document* document = value->get_if<Document>();
    value = document ? document->find(path[i]) : nullptr;
  }
  return value;
}

}  // namespace

bool OperandParser::is_value(const Json& object) {
  return is_wrapper(object) || (object.size() == 1 && (conversion_named(object.begin().key()) ||
                                                       object.begin().key() == kCall));
}

bool OperandParser::is_document(const Operand& operand) {
  return operand.kind == Operand::Kind::field && operand.name.starts_with("%%") &&
         parts_of(operand.name).path.empty();
}

size_t OperandParser::add_unsupported(Unsupported what) {
  unsupported_.push_back(std::move(what));
  return unsupported_.size() - 1;
}

// What stands on the right, or in a list.
Operand OperandParser::operand(const Json& json, const std::string& pointer, int depth) {
  if (depth > limits::kDepthMax) {
    error("too_deep", pointer, fmt::format("the value nests deeper than {}", limits::kDepthMax),
          "make it flatter");
    return missing_operand();
  }
  if (json.is_string() && json.get_ref<const std::string&>().starts_with("%%"))
    return expansion(json.get_ref<const std::string&>(), pointer);
  if (json.is_array()) return list(json, pointer, depth);
  if (json.is_object() && json.size() == 1 && json.begin().key() == kCall)
    return called(json.begin().value(), pointer_to(pointer, std::string(kCall)), depth + 1);
  if (json.is_object() && !is_wrapper(json)) {
    const Operand::Conversion* conversion =
        json.size() == 1 ? conversion_named(json.begin().key()) : nullptr;
    if (conversion)
      return converted(*conversion, json.begin().key(), json.begin().value(), pointer);
    whole_document(pointer);
    return missing_operand();
  }
  Result<Value> value = value_of_json(json);
  if (value) return literal_operand(std::move(*value));
  error("malformed_expression", pointer, value.error().message,
        "write a JSON or Extended JSON value");
  return missing_operand();
}

Operand OperandParser::list(const Json& json, const std::string& pointer, int depth) {
  Operand out;
  out.kind = Operand::Kind::list;
  for (size_t i = 0; i < json.size(); ++i)
    out.parts.push_back(operand(json[i], pointer_to(pointer, i), depth + 1));
  const bool literal = std::ranges::all_of(
      out.parts, [](const Operand& part) { return part.kind == Operand::Kind::literal; });
  if (!literal) return out;
  List values;
  for (Operand& part : out.parts)
    if (!part.missing) values.elements.push_back(std::move(part.literal));
  return literal_operand(std::move(values));
}

Operand OperandParser::called(const Json& json, const std::string& pointer, int depth) {
  Operand out;
  out.kind = Operand::Kind::call;
  if (json.is_object() && json.contains("name") && json["name"].is_string())
    out.name = json["name"].get<std::string>();
  const bool known_keys =
      json.is_object() && std::ranges::all_of(json.items(), [](const auto& item) {
        return item.key() == "name" || item.key() == "arguments";
      });
  const Json* arguments =
      json.is_object() && json.contains("arguments") ? &json["arguments"] : nullptr;
  if (out.name.empty() || !known_keys ||
      (arguments && (!arguments->is_array() || arguments->size() > kArgumentsMax))) {
    error("malformed_expression", pointer,
          fmt::format("%function takes a name and at most {} arguments", kArgumentsMax),
          "write {\"name\": \"...\", \"arguments\": [ ... ]}");
    return missing_operand();
  }
  for (size_t i = 0; arguments && i < arguments->size(); ++i) {
    out.parts.push_back(
        operand((*arguments)[i], pointer_to(pointer_to(pointer, "arguments"), i), depth + 1));
    if (is_document(out.parts.back())) whole_document(pointer);
  }
  const auto known =
      constants_.functions ? constants_.functions->find(out.name) : RuleFunctions::const_iterator();
  if (!constants_.functions || known == constants_.functions->end())
    return unsupported_operand(
        {"missing_function", pointer,
         fmt::format("the function \"{}\" is not registered with this program", out.name),
         "register a C++ predicate of that name (docs/access.md, Functions), or say it by "
         "%%user.custom_data and operators"});
  out.function = known->second;
  return out;
}

Operand OperandParser::converted(Operand::Conversion conversion, const std::string& name,
                                 const Json& argument, const std::string& parent) {
  const std::string pointer = pointer_to(parent, name);
  if (!argument.is_string() && !is_wrapper(argument)) {
    error("malformed_expression", pointer,
          fmt::format("{} takes one literal or expansion, nothing nested", name),
          "write a string such as \"%%user.id\"");
    return missing_operand();
  }
  Operand from = operand(argument, pointer);
  if (from.kind != Operand::Kind::literal) {
    Operand out;
    out.kind = Operand::Kind::convert;
    out.conversion = conversion;
    out.parts.push_back(std::move(from));
    return out;
  }
  if (from.missing) return from;
  std::optional<Value> value = convert(conversion, from.literal);
  if (value) return literal_operand(std::move(*value));
  error("malformed_expression", pointer, fmt::format("{} cannot convert this literal", name),
        "an objectId is 24 hexadecimal digits, a uuid is 8-4-4-4-12");
  return missing_operand();
}

// What stands on the left: an expansion or a field.
Operand OperandParser::reference(const std::string& key, const std::string& pointer) {
  return key.starts_with("%%") ? expansion(key, pointer) : field(key, pointer);
}

Operand OperandParser::field(std::string_view name, const std::string& pointer) {
  const std::vector<std::string> parts = split_dots(name);
  if (name.find("%%") != std::string_view::npos ||
      std::ranges::any_of(parts, [](const std::string& part) { return part.empty(); })) {
    error("malformed_expression", pointer,
          fmt::format("\"{}\" is neither a field nor an expansion", name),
          "write a field's dotted name, or %%user..., %%values..., %%environment...");
    return missing_operand();
  }
  Operand operand;
  operand.kind = Operand::Kind::field;
  operand.name = name;
  return operand;
}

Operand OperandParser::expansion(const std::string& text, const std::string& pointer) {
  const std::string_view inner = std::string_view(text).substr(2);
  const std::vector<std::string> path = split_dots(inner);
  if (inner.find('%') != std::string_view::npos ||
      std::ranges::any_of(path, [](const std::string& part) { return part.empty(); })) {
    error("malformed_expansion", pointer, fmt::format("the expansion \"{}\" is malformed", text),
          "an expansion is %% and dotted names, such as %%user.custom_data.team, with nothing "
          "after");
    return missing_operand();
  }
  const std::string& head = path.front();
  if (head == "true" || head == "false") {
    if (path.size() == 1) return literal_operand(head == "true");
  } else if (head == "user") {
    return user(text, path, pointer);
  } else if (head == "values" && path.size() > 1) {
    return configured(text, constants_.values, path, 1, pointer);
  } else if (head == "environment" && path.size() == 2 && path[1] == "tag") {
    return literal_operand(constants_.environment_tag);
  } else if (head == "environment" && path.size() > 2 && path[1] == "values") {
    return configured(text, constants_.environment, path, 2, pointer);
  } else if (head == "root" || head == "prevRoot") {
    return document(text);
  } else if ((head == "this" || head == "prev") && !this_field_.empty()) {
    const std::string below(inner.substr(head.size()));
    return document((head == "this" ? "%%root." : "%%prevRoot.") + this_field_ + below);
  } else if (head == "this" || head == "prev" || head == "request" || head == "partition" ||
             head == "args") {
    return unsupported_operand({"expansion_not_available", pointer,
                                fmt::format("{} has no value here under sync", text),
                                "use %%user, %%values, %%environment, %%root, %%true or %%false"});
  }
  error("unknown_expansion", pointer, fmt::format("there is no expansion \"{}\"", text),
        "there are %%user, %%values.X, %%environment.tag, %%environment.values.X, %%root, "
        "%%prevRoot, %%true and %%false");
  return missing_operand();
}

Operand OperandParser::document(std::string name) {
  Operand operand;
  operand.kind = Operand::Kind::field;
  operand.name = std::move(name);
  return operand;
}

Operand OperandParser::user(const std::string& text, const std::vector<std::string>& path,
                            const std::string& pointer) {
  const std::string_view what = path.size() > 1 ? std::string_view(path[1]) : "";
  const bool scalar = what == "id" || what == "type";
  const bool tree = what == "data" || what == "custom_data" || what == "identities";
  if (!(scalar && path.size() == 2) && !tree) {
    error("unknown_expansion", pointer, fmt::format("there is no expansion \"{}\"", text),
          fmt::format("there are {}", kUserText));
    return missing_operand();
  }
  Operand operand;
  operand.kind = Operand::Kind::user;
  operand.path.assign(path.begin() + 1, path.end());
  return operand;
}

Operand OperandParser::configured(const std::string& text,
                                  const std::map<std::string, Value>& values,
                                  const std::vector<std::string>& path, size_t name,
                                  const std::string& pointer) {
  const auto found = values.find(path[name]);
  const Value* value = found == values.end() ? nullptr : walk(&found->second, path, name + 1);
  if (value) return literal_operand(*value);
  problems_->push_back({AppMessage::Severity::warning, "unknown_value", pointer,
                        fmt::format("the app has no value for {}, so it matches nothing", text),
                        "add the value, or correct its name"});
  return missing_operand();
}

Operand OperandParser::unsupported_operand(Unsupported what) {
  Operand operand;
  operand.kind = Operand::Kind::unsupported;
  operand.index = add_unsupported(std::move(what));
  return operand;
}

void OperandParser::whole_document(const std::string& pointer) {
  error("malformed_expression", pointer, "a value is compared with a whole document",
        "compare its fields by dotted names, such as \"address.city\": \"Oslo\"");
}

void OperandParser::error(std::string code, const std::string& pointer, std::string text,
                          std::string remedy) {
  failed_ = true;
  problems_->push_back(
      {AppMessage::Severity::error, std::move(code), pointer, std::move(text), std::move(remedy)});
}

}  // namespace syncline::access_internal
