#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "node/model/constraint.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

using Json = nlohmann::json;

struct TypeName {
  std::string_view name;
  uint32_t bits;
};

constexpr uint32_t kNumberTypes = kTypeInt | kTypeLong | kTypeDouble | kTypeDecimal;

// Both vocabularies, and the short names that people write.
constexpr TypeName kTypeNames[] = {
    {"array", kTypeArray},
    {"binData", kTypeBinary},
    {"bool", kTypeBool},
    {"boolean", kTypeBool},
    {"date", kTypeDate},
    {"decimal", kTypeDecimal},
    {"double", kTypeDouble},
    {"float", kTypeDouble},
    {"int", kTypeInt},
    {"integer", kTypeInteger},
    {"long", kTypeInt | kTypeLong},
    {"mixed", kTypeAny},
    {"null", kTypeNull},
    {"number", kNumberTypes},
    {"object", kTypeObject},
    {"objectId", kTypeObjectId},
    {"regex", kTypeRegex},
    {"string", kTypeString},
    {"timestamp", kTypeTimestamp},
    {"uuid", kTypeUuid},
};

struct TypeBitsOf {
  uint32_t operator()(Null) const { return kTypeNull; }
  uint32_t operator()(bool) const { return kTypeBool; }
  uint32_t operator()(int32_t) const { return kTypeInt | kTypeInteger; }
  // Of either width an int is what fits 32 bits.
  uint32_t operator()(int64_t v) const {
    return v == static_cast<int32_t>(v) ? kTypeInt | kTypeLong | kTypeInteger
                                        : kTypeLong | kTypeInteger;
  }
  uint32_t operator()(double v) const {
    return std::isfinite(v) && std::trunc(v) == v ? kTypeDouble | kTypeInteger : +kTypeDouble;
  }
  uint32_t operator()(const std::string&) const { return kTypeString; }
  uint32_t operator()(Date) const { return kTypeDate; }
  uint32_t operator()(const ObjectId&) const { return kTypeObjectId; }
  uint32_t operator()(const Uuid&) const { return kTypeUuid; }
  uint32_t operator()(const Decimal128&) const { return kTypeDecimal; }
  uint32_t operator()(const Binary&) const { return kTypeBinary; }
  uint32_t operator()(const List&) const { return kTypeArray; }
  uint32_t operator()(const Document&) const { return kTypeObject; }
  uint32_t operator()(Timestamp) const { return kTypeTimestamp; }
  uint32_t operator()(const Regex&) const { return kTypeRegex; }
  uint32_t operator()(const auto&) const { return kTypeOther; }
};

// Compiles one schema and those in it.
class Compiler {
 public:
  Result<ConstraintPointer> compile(const Json& schema, const std::string& pointer, int depth) {
    if (depth > limits::kDepthMax) {
      return fail(ErrorCode::kBadApp,
                  fmt::format("{}: schemas nested deeper than {}", pointer, limits::kDepthMax));
    }
    auto out = std::make_unique<Constraint>();
    if (schema.is_boolean()) {
      out->never = !schema.get<bool>();
      return out;
    }
    if (!schema.is_object()) return wrong(pointer, "a schema");
    SYNCLINE_TRY(read_types(schema, pointer, out.get()));
    SYNCLINE_TRY(read_values(schema, pointer, out.get()));
    SYNCLINE_TRY(read_numbers(schema, pointer, out.get()));
    SYNCLINE_TRY(read_strings(schema, pointer, out.get()));
    SYNCLINE_TRY(read_arrays(schema, pointer, depth, out.get()));
    SYNCLINE_TRY(read_objects(schema, pointer, depth, out.get()));
    SYNCLINE_TRY(read_combinations(schema, pointer, depth, out.get()));
    return out;
  }

 private:
  static std::unexpected<Error> wrong(const std::string& pointer, std::string_view expected) {
    return fail(ErrorCode::kBadApp, fmt::format("{}: expected {}", pointer, expected));
  }
  static const Json* find(const Json& schema, const char* key) {
    const auto at = schema.find(key);
    return at == schema.end() ? nullptr : &*at;
  }
  static std::string below(const std::string& pointer, std::string_view key) {
    std::string out = pointer + "/";
    for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }

  static Status read_types(const Json& schema, const std::string& pointer, Constraint* out) {
    const char* key = schema.contains("bsonType") ? "bsonType" : "type";
    const Json* names = find(schema, key);
    if (names == nullptr) return {};
    const std::string at = below(pointer, key);
    if (!names->is_string() && !names->is_array())
      return wrong(at, "the name of a type, or an array of them");
    out->types = 0;
    for (const Json& name : names->is_array() ? *names : Json::array({*names})) {
      if (!name.is_string()) return wrong(at, "names of types");
      const auto& text = name.get_ref<const std::string&>();
      const auto known = std::find_if(std::begin(kTypeNames), std::end(kTypeNames),
                                      [&](const TypeName& type) { return type.name == text; });
      if (known == std::end(kTypeNames))
        return wrong(at, fmt::format("the name of a BSON type, not \"{}\"", text));
      out->types |= known->bits;
      if (!out->type_names.empty()) out->type_names += " or ";
      out->type_names += text;
    }
    return {};
  }

  // Through Extended JSON, so that {"$numberLong":"5"} and {"$oid":...} mean what they mean in
  // data.
  static Result<Value> value_of(const Json& json, const std::string& pointer) {
    Result<Value> value =
        parse_extended_json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (!value)
      return fail(ErrorCode::kBadApp, fmt::format("{}: {}", pointer, value.error().message));
    return value;
  }

  static Status read_values(const Json& schema, const std::string& pointer, Constraint* out) {
    if (const Json* list = find(schema, "enum")) {
      if (!list->is_array()) return wrong(below(pointer, "enum"), "an array of values");
      out->one_of_values.emplace();
      for (const Json& one : *list) {
        SYNCLINE_ASSIGN(Value value, value_of(one, below(pointer, "enum")));
        out->one_of_values->push_back(std::move(value));
      }
    }
    if (const Json* one = find(schema, "const")) {
      SYNCLINE_ASSIGN(Value value, value_of(*one, below(pointer, "const")));
      out->constant = std::move(value);
    }
    return {};
  }

  static Result<std::optional<Value>> read_number(const Json& schema, const char* key,
                                                  const std::string& pointer) {
    const Json* json = find(schema, key);
    if (json == nullptr) return std::optional<Value>();
    SYNCLINE_ASSIGN(Value value, value_of(*json, below(pointer, key)));
    if (!is_number(value)) return wrong(below(pointer, key), "a number");
    return std::optional(std::move(value));
  }

  // minimum or maximum with its exclusive keyword: true or false (draft 4), or a bound of its own
  // (later drafts).
  static Status read_bound(const Json& schema, const char* key, const char* exclusive_key,
                           const std::string& pointer, std::optional<NumberBound>* bound,
                           std::optional<NumberBound>* exclusive_bound) {
    SYNCLINE_ASSIGN(std::optional<Value> limit, read_number(schema, key, pointer));
    if (limit) *bound = NumberBound{std::move(*limit), false};
    const Json* exclusive = find(schema, exclusive_key);
    if (exclusive == nullptr) return {};
    if (exclusive->is_boolean()) {
      if (*bound) (*bound)->exclusive = exclusive->get<bool>();
      return {};
    }
    SYNCLINE_ASSIGN(std::optional<Value> own, read_number(schema, exclusive_key, pointer));
    if (own) exclusive_bound->emplace(std::move(*own), true);
    return {};
  }

  static Status read_numbers(const Json& schema, const std::string& pointer, Constraint* out) {
    SYNCLINE_TRY(read_bound(schema, "minimum", "exclusiveMinimum", pointer, &out->minimum,
                            &out->exclusive_minimum));
    SYNCLINE_TRY(read_bound(schema, "maximum", "exclusiveMaximum", pointer, &out->maximum,
                            &out->exclusive_maximum));
    SYNCLINE_ASSIGN(out->multiple_of, read_number(schema, "multipleOf", pointer));
    if (!out->multiple_of) return {};
    out->exact_multiple_of = ExactNumber::of(*out->multiple_of);
    if (!out->exact_multiple_of || compare_numbers(*out->multiple_of, Value(0)) <= 0) {
      return wrong(below(pointer, "multipleOf"), "a number above 0");
    }
    return {};
  }

  static Status read_count(const Json& schema, const char* key, const std::string& pointer,
                           std::optional<uint64_t>* out) {
    SYNCLINE_ASSIGN(const std::optional<Value> value, read_number(schema, key, pointer));
    if (!value) return {};
    const double* whole = value->get_if<double>();
    if (value->is_integer() && value->as_integer() >= 0) {
      *out = static_cast<uint64_t>(value->as_integer());
    } else if (whole != nullptr && *whole >= 0 && *whole < 0x1p53 &&
               *whole == static_cast<double>(static_cast<uint64_t>(*whole))) {
      *out = static_cast<uint64_t>(*whole);
    } else {
      return wrong(below(pointer, key), "a whole number of at least 0");
    }
    return {};
  }

  static Result<Pattern> compile_pattern(const std::string& text, const std::string& pointer) {
    RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_unique<RE2>(text, options);
    if (!compiled->ok()) {
      return fail(
          ErrorCode::kBadApp,
          fmt::format(
              "{}: \"{}\" is no pattern of RE2's syntax, which has no look-around and no back "
              "references: {}",
              pointer, text, compiled->error()));
    }
    return Pattern{text, std::move(compiled)};
  }

  static Status read_strings(const Json& schema, const std::string& pointer, Constraint* out) {
    SYNCLINE_TRY(read_count(schema, "minLength", pointer, &out->min_length));
    SYNCLINE_TRY(read_count(schema, "maxLength", pointer, &out->max_length));
    if (const Json* pattern = find(schema, "pattern")) {
      if (!pattern->is_string()) return wrong(below(pointer, "pattern"), "a string");
      SYNCLINE_ASSIGN(out->pattern,
                      compile_pattern(pattern->get<std::string>(), below(pointer, "pattern")));
    }
    return {};
  }

  Status read_schema(const Json& schema, const char* key, const std::string& pointer, int depth,
                     ConstraintPointer* out) {
    const Json* inner = find(schema, key);
    if (inner == nullptr) return {};
    SYNCLINE_ASSIGN(*out, compile(*inner, below(pointer, key), depth + 1));
    return {};
  }

  Status read_schemas(const Json& schema, const char* key, const std::string& pointer, int depth,
                      std::vector<ConstraintPointer>* out) {
    const Json* list = find(schema, key);
    if (list == nullptr) return {};
    const std::string at = below(pointer, key);
    if (!list->is_array()) return wrong(at, "an array of schemas");
    for (size_t i = 0; i < list->size(); ++i) {
      SYNCLINE_ASSIGN(ConstraintPointer one,
                      compile((*list)[i], below(at, std::to_string(i)), depth + 1));
      out->push_back(std::move(one));
    }
    return {};
  }

  Status read_arrays(const Json& schema, const std::string& pointer, int depth, Constraint* out) {
    const Json* items = find(schema, "items");
    if (items != nullptr && items->is_array()) {
      SYNCLINE_TRY(read_schemas(schema, "items", pointer, depth, &out->tuple));
      SYNCLINE_TRY(read_schema(schema, "additionalItems", pointer, depth, &out->additional_items));
    } else {
      SYNCLINE_TRY(read_schema(schema, "items", pointer, depth, &out->items));
    }
    SYNCLINE_TRY(read_schema(schema, "contains", pointer, depth, &out->contains));
    SYNCLINE_TRY(read_count(schema, "minItems", pointer, &out->min_items));
    SYNCLINE_TRY(read_count(schema, "maxItems", pointer, &out->max_items));
    if (const Json* unique = find(schema, "uniqueItems")) {
      if (!unique->is_boolean()) return wrong(below(pointer, "uniqueItems"), "true or false");
      out->unique_items = unique->get<bool>();
    }
    return {};
  }

  static Status read_names(const Json& list, const std::string& pointer,
                           std::vector<std::string>* out) {
    if (!list.is_array()) return wrong(pointer, "an array of names");
    for (const Json& name : list) {
      if (!name.is_string()) return wrong(pointer, "an array of names");
      out->push_back(name.get<std::string>());
    }
    return {};
  }

  Status read_objects(const Json& schema, const std::string& pointer, int depth, Constraint* out) {
    if (const Json* properties = find(schema, "properties")) {
      const std::string at = below(pointer, "properties");
      if (!properties->is_object()) return wrong(at, "an object of names to schemas");
      for (const auto& [name, inner] : properties->items()) {
        SYNCLINE_ASSIGN(ConstraintPointer one, compile(inner, below(at, name), depth + 1));
        out->properties.emplace_back(name, std::move(one));
      }
      std::sort(out->properties.begin(), out->properties.end(),
                [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    if (const Json* patterns = find(schema, "patternProperties")) {
      const std::string at = below(pointer, "patternProperties");
      if (!patterns->is_object()) return wrong(at, "an object of patterns to schemas");
      for (const auto& [text, inner] : patterns->items()) {
        SYNCLINE_ASSIGN(Pattern pattern, compile_pattern(text, at));
        SYNCLINE_ASSIGN(ConstraintPointer one, compile(inner, below(at, text), depth + 1));
        out->pattern_properties.emplace_back(std::move(pattern), std::move(one));
      }
    }
    SYNCLINE_TRY(
        read_schema(schema, "additionalProperties", pointer, depth, &out->additional_properties));
    if (const Json* names = find(schema, "required")) {
      SYNCLINE_TRY(read_names(*names, below(pointer, "required"), &out->required));
    }
    SYNCLINE_TRY(read_count(schema, "minProperties", pointer, &out->min_properties));
    SYNCLINE_TRY(read_count(schema, "maxProperties", pointer, &out->max_properties));
    return read_dependencies(schema, pointer, depth, out);
  }

  Status read_dependencies(const Json& schema, const std::string& pointer, int depth,
                           Constraint* out) {
    const Json* dependencies = find(schema, "dependencies");
    if (dependencies == nullptr) return {};
    const std::string at = below(pointer, "dependencies");
    if (!dependencies->is_object()) return wrong(at, "an object");
    for (const auto& [key, needs] : dependencies->items()) {
      Dependency dependency;
      dependency.key = key;
      if (needs.is_array()) {
        SYNCLINE_TRY(read_names(needs, below(at, key), &dependency.names));
      } else {
        SYNCLINE_ASSIGN(dependency.schema, compile(needs, below(at, key), depth + 1));
      }
      out->dependencies.push_back(std::move(dependency));
    }
    return {};
  }

  Status read_combinations(const Json& schema, const std::string& pointer, int depth,
                           Constraint* out) {
    SYNCLINE_TRY(read_schemas(schema, "allOf", pointer, depth, &out->all_of));
    SYNCLINE_TRY(read_schemas(schema, "anyOf", pointer, depth, &out->any_of));
    SYNCLINE_TRY(read_schemas(schema, "oneOf", pointer, depth, &out->exactly_one_of));
    return read_schema(schema, "not", pointer, depth, &out->negated);
  }
};

}  // namespace

Constraint::Constraint() = default;
Constraint::~Constraint() = default;

bool Constraint::is_empty() const {
  return !never && !one_of_values && !constant && !minimum && !maximum && !exclusive_minimum &&
         !exclusive_maximum && !multiple_of && !min_length && !max_length && !pattern && !items &&
         tuple.empty() && !contains && !min_items && !max_items && !unique_items &&
         properties.empty() && pattern_properties.empty() && !additional_properties &&
         required.empty() && dependencies.empty() && !min_properties && !max_properties &&
         all_of.empty() && any_of.empty() && exactly_one_of.empty() && !negated;
}

const Constraint* Constraint::property(std::string_view name) const {
  const auto at =
      std::lower_bound(properties.begin(), properties.end(), name,
                       [](const auto& one, std::string_view wanted) { return one.first < wanted; });
  return at != properties.end() && at->first == name ? at->second.get() : nullptr;
}

Result<ConstraintPointer> compile_constraint(const nlohmann::json& schema,
                                             const std::string& pointer) {
  return Compiler().compile(schema, pointer, 1);
}

uint32_t type_bit_of(const Value& scalar) { return std::visit(TypeBitsOf(), scalar.data()); }

}  // namespace syncline
