#include "proto/extended_json_wrappers.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "proto/base64.h"
#include "proto/bytes.h"
#include "proto/iso_date.h"
#include "proto/number_text.h"

namespace syncline {
namespace {

constexpr int32_t kNanosecondsPerSecond = 1'000'000'000;
constexpr uint8_t kUuidSubtype = 4;

// One wrapper being read. `key` is the field that makes the object a wrapper.
struct Wrapper {
  const JsonScanner& scanner;
  const JsonObject& object;
  const JsonField& key;
  JsonDialect dialect;

  std::unexpected<Error> wrong(std::string_view expected) const {
    return scanner.error_at(key.value_offset, fmt::format("{}: expected {}", key.name, expected));
  }

  // Refuses fields of the object other than these.
  Status only(const JsonObject& in, std::initializer_list<std::string_view> names) const {
    for (const JsonField& field : in.fields) {
      if (std::find(names.begin(), names.end(), field.name) != names.end()) continue;
      return scanner.error_at(
          field.name_offset,
          fmt::format("{}: a field \"{}\" that does not belong to it; expected {}", key.name,
                      field.name, fmt::join(names, ", ")));
    }
    return {};
  }
  Status alone() const { return only(object, {key.name}); }

  Result<std::string> text() const {
    SYNCLINE_TRY(alone());
    if (!key.value.is<std::string>()) return wrong("a string");
    return key.value.get<std::string>();
  }
  // The object under the key, with exactly these fields.
  Result<const JsonObject*> inner(std::initializer_list<std::string_view> names) const {
    SYNCLINE_TRY(alone());
    const std::string expected = fmt::format("an object with {}", fmt::join(names, " and "));
    if (key.inner == nullptr) return wrong(expected);
    SYNCLINE_TRY(only(*key.inner, names));
    if (key.inner->fields.size() != names.size()) return wrong(expected);
    return key.inner.get();
  }
  // A text in the object under the key. Requires: inner() named it.
  Result<std::string> inner_text(std::string_view name) const {
    const JsonField* field = key.inner->find(name);
    if (!field->value.is<std::string>()) {
      return scanner.error_at(field->value_offset,
                              fmt::format("{}: expected {} to be a string", key.name, name));
    }
    return field->value.get<std::string>();
  }
};

Result<Value> read_oid(const Wrapper& in) {
  SYNCLINE_ASSIGN(const std::string text, in.text());
  ObjectId id;
  Bytes bytes;
  if (text.size() != 2 * id.bytes.size() || !from_hex(text, &bytes))
    return in.wrong("24 hexadecimal digits");
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return Value(id);
}

Result<Value> read_symbol(const Wrapper& in) {
  SYNCLINE_ASSIGN(std::string text, in.text());
  return Value(Symbol{std::move(text)});
}

Result<Value> read_int32(const Wrapper& in) {
  SYNCLINE_ASSIGN(const std::string text, in.text());
  const std::optional<int64_t> value = parse_integer_text(text);
  if (!value || *value < std::numeric_limits<int32_t>::min() ||
      *value > std::numeric_limits<int32_t>::max()) {
    return in.wrong("a string with an integer of 32 bits");
  }
  return Value(static_cast<int32_t>(*value));
}

Result<Value> read_int64(const Wrapper& in) {
  SYNCLINE_ASSIGN(const std::string text, in.text());
  const std::optional<int64_t> value = parse_integer_text(text);
  if (!value) return in.wrong("a string with an integer of 64 bits");
  return Value(*value);
}

Result<Value> read_double(const Wrapper& in) {
  SYNCLINE_ASSIGN(const std::string text, in.text());
  const std::optional<double> value = parse_double_text(text);
  if (!value) return in.wrong("a string with a double, \"NaN\", \"Infinity\" or \"-Infinity\"");
  return Value(*value);
}

Result<Value> read_decimal(const Wrapper& in) {
  SYNCLINE_ASSIGN(const std::string text, in.text());
  const Result<Decimal128> value = parse_decimal128(text);
  if (!value) return in.wrong(fmt::format("a string with a decimal: {}", value.error().message));
  return Value(*value);
}

Result<Value> value_of_binary(const Wrapper& in, std::string_view base64,
                              std::string_view subtype) {
  std::optional<Bytes> bytes = from_base64(base64);
  if (!bytes) return in.wrong("base64 with padding");
  Bytes type;
  const std::string padded =
      subtype.size() == 1 ? fmt::format("0{}", subtype) : std::string(subtype);
  if (padded.size() != 2 || !from_hex(padded, &type)) {
    return in.wrong("a subtype of one or two hexadecimal digits");
  }
  const auto number = static_cast<uint8_t>(type[0]);
  Uuid uuid;
  if (number == kUuidSubtype && bytes->size() == uuid.bytes.size()) {
    std::copy(bytes->begin(), bytes->end(), uuid.bytes.begin());
    return Value(uuid);
  }
  return Value(Binary{number, std::move(*bytes)});
}

Result<Value> read_binary(const Wrapper& in) {
  if (in.dialect == JsonDialect::all && in.key.value.is<std::string>()) {
    const JsonField* type = in.object.find("$type");
    SYNCLINE_TRY(in.only(in.object, {"$binary", "$type"}));
    if (type == nullptr || !type->value.is<std::string>())
      return in.wrong("a field $type beside it, with a string");
    return value_of_binary(in, in.key.value.get<std::string>(), type->value.get<std::string>());
  }
  SYNCLINE_TRY(in.inner({"base64", "subType"}));
  SYNCLINE_ASSIGN(const std::string base64, in.inner_text("base64"));
  SYNCLINE_ASSIGN(const std::string subtype, in.inner_text("subType"));
  return value_of_binary(in, base64, subtype);
}

Result<Value> read_uuid(const Wrapper& in) {
  SYNCLINE_ASSIGN(std::string text, in.text());
  constexpr std::string_view kShape = "00000000-0000-0000-0000-000000000000";
  bool good = text.size() == kShape.size();
  for (size_t i = 0; good && i < kShape.size(); ++i) good = (text[i] == '-') == (kShape[i] == '-');
  std::erase(text, '-');
  Bytes bytes;
  if (!good || !from_hex(text, &bytes)) {
    return in.wrong("a uuid such as \"6b29fc40-ca47-1067-b31d-00dd010662da\"");
  }
  Uuid uuid;
  std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
  return Value(uuid);
}

Result<Value> read_code(const Wrapper& in) {
  SYNCLINE_TRY(in.only(in.object, {"$code", "$scope"}));
  if (!in.key.value.is<std::string>()) return in.wrong("a string");
  Code code{in.key.value.get<std::string>(), std::nullopt};
  if (const JsonField* scope = in.object.find("$scope")) {
    if (!scope->value.is<Document>()) {
      return in.scanner.error_at(scope->value_offset, "$scope: expected a document");
    }
    code.scope = scope->value.get<Document>();
  }
  return Value(std::move(code));
}

Result<Value> read_timestamp(const Wrapper& in) {
  SYNCLINE_ASSIGN(const JsonObject* const inner, in.inner({"t", "i"}));
  Timestamp timestamp;
  for (const auto& [name, target] :
       {std::pair{"t", &timestamp.seconds}, std::pair{"i", &timestamp.increment}}) {
    const JsonField* field = inner->find(name);
    if (field->wrapped || !field->value.is_integer() || field->value.as_integer() < 0 ||
        field->value.as_integer() > std::numeric_limits<uint32_t>::max()) {
      return in.scanner.error_at(
          field->value_offset,
          fmt::format("$timestamp: expected {} to be an integer from 0 to 4294967295", name));
    }
    *target = static_cast<uint32_t>(field->value.as_integer());
  }
  return Value(timestamp);
}

Result<Value> value_of_regex(const Wrapper& in, std::string pattern, std::string options) {
  // BSON keeps both as strings that end at a 0.
  if (pattern.contains('\0') || options.contains('\0'))
    return in.wrong("no U+0000 in pattern or options");
  // All known options are letters; bytes of wide characters must stay together.
  const bool ascii = std::all_of(options.begin(), options.end(),
                                 [](char c) { return static_cast<uint8_t>(c) < 0x80; });
  if (ascii) std::sort(options.begin(), options.end());
  return Value(Regex{std::move(pattern), std::move(options)});
}

Result<Value> read_regular_expression(const Wrapper& in) {
  SYNCLINE_TRY(in.inner({"pattern", "options"}));
  SYNCLINE_ASSIGN(std::string pattern, in.inner_text("pattern"));
  SYNCLINE_ASSIGN(std::string options, in.inner_text("options"));
  return value_of_regex(in, std::move(pattern), std::move(options));
}

Result<Value> read_db_pointer(const Wrapper& in) {
  SYNCLINE_ASSIGN(const JsonObject* const inner, in.inner({"$ref", "$id"}));
  SYNCLINE_ASSIGN(std::string collection, in.inner_text("$ref"));
  const JsonField* id = inner->find("$id");
  if (!id->value.is<ObjectId>()) {
    return in.scanner.error_at(id->value_offset,
                               "$dbPointer: expected $id to be {\"$oid\":\"...\"}");
  }
  return Value(DbPointer{std::move(collection), id->value.get<ObjectId>()});
}

Result<Value> read_date(const Wrapper& in) {
  SYNCLINE_TRY(in.alone());
  if (in.key.wrapped && in.key.value.is<int64_t>()) {
    return Value(date_of_milliseconds(in.key.value.get<int64_t>()));
  }
  if (in.key.value.is<std::string>()) {
    if (const std::optional<Date> date = parse_iso_date(in.key.value.get<std::string>()))
      return Value(*date);
    return in.wrong("an ISO 8601 date and time with zone, such as \"2024-02-29T12:15:30.501Z\"");
  }
  if (in.dialect == JsonDialect::all && !in.key.wrapped && in.key.value.is_integer()) {
    return Value(date_of_milliseconds(in.key.value.as_integer()));
  }
  return in.wrong("{\"$numberLong\":\"milliseconds\"} or an ISO 8601 string");
}

constexpr const char* kTimestampNs =
    "[seconds, nanoseconds] with less than 1000000000 nanoseconds and no two different signs";

Result<Value> read_timestamp_ns(const Wrapper& in) {
  SYNCLINE_TRY(in.alone());
  const List* list = in.key.value.get_if<List>();
  // Seconds may be a string too: what has only doubles for numbers writes 64 bits so.
  std::optional<int64_t> seconds;
  if (list != nullptr && list->elements.size() == 2) {
    const Value& first = list->elements[0];
    if (first.is_integer()) seconds = first.as_integer();
    if (const std::string* text = first.get_if<std::string>()) seconds = parse_integer_text(*text);
  }
  if (!seconds || !list->elements[1].is_integer()) return in.wrong(kTimestampNs);
  const int64_t nanoseconds = list->elements[1].as_integer();
  if (nanoseconds >= 0 && nanoseconds < kNanosecondsPerSecond)
    return Value(Date{*seconds, static_cast<int32_t>(nanoseconds)});
  // Before 1970 the predecessor counts both downward, as its text T-1:-5 does.
  const bool downward = nanoseconds < 0 && nanoseconds > -kNanosecondsPerSecond && *seconds <= 0 &&
                        *seconds > std::numeric_limits<int64_t>::min();
  if (!downward) return in.wrong(kTimestampNs);
  return Value(Date{*seconds - 1, static_cast<int32_t>(kNanosecondsPerSecond + nanoseconds)});
}

// $minKey and $maxKey.
template <class T>
Result<Value> read_end_key(const Wrapper& in) {
  SYNCLINE_TRY(in.alone());
  if (in.key.wrapped || !in.key.value.is_integer() || in.key.value.as_integer() != 1)
    return in.wrong("1");
  return Value(T{});
}

Result<Value> read_undefined(const Wrapper& in) {
  SYNCLINE_TRY(in.alone());
  if (in.key.value != Value(true)) return in.wrong("true");
  return Value(Undefined{});
}

struct WrapperKind {
  std::string_view key;
  Result<Value> (*read)(const Wrapper&);
  bool inner = false;  // its value's own braces or brackets belong to the wrapper
  bool v2 = true;
};

constexpr WrapperKind kWrappers[] = {
    {"$binary", read_binary, true},
    {"$code", read_code},
    {"$date", read_date, true},
    {"$dbPointer", read_db_pointer, true},
    {"$maxKey", read_end_key<MaxKey>},
    {"$minKey", read_end_key<MinKey>},
    {"$numberDecimal", read_decimal},
    {"$numberDouble", read_double},
    {"$numberInt", read_int32},
    {"$numberLong", read_int64},
    {"$oid", read_oid},
    {"$regularExpression", read_regular_expression, true},
    {"$symbol", read_symbol},
    {"$timestamp", read_timestamp, true},
    {"$timestampNs", read_timestamp_ns, true, false},
    {"$undefined", read_undefined},
    {"$uuid", read_uuid},
};

const WrapperKind* find_wrapper(std::string_view key, JsonDialect dialect) {
  if (!key.starts_with('$')) return nullptr;
  for (const WrapperKind& kind : kWrappers) {
    if (kind.key == key) return kind.v2 || dialect == JsonDialect::all ? &kind : nullptr;
  }
  return nullptr;
}

}  // namespace

const JsonField* JsonObject::find(std::string_view name) const {
  for (const JsonField& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

bool holds_inner(std::string_view key, JsonDialect dialect) {
  const WrapperKind* kind = find_wrapper(key, dialect);
  return kind != nullptr && kind->inner;
}

Result<std::optional<Value>> value_of_wrapper(const JsonScanner& scanner, const JsonObject& object,
                                              JsonDialect dialect) {
  for (const JsonField& field : object.fields) {
    if (const WrapperKind* kind = find_wrapper(field.name, dialect)) {
      SYNCLINE_ASSIGN(Value value, kind->read(Wrapper{scanner, object, field, dialect}));
      return std::optional(std::move(value));
    }
  }
  // {"$regex":...} is also a query operator, so only the exact pair of strings is a regular
  // expression.
  if (dialect == JsonDialect::all && object.fields.size() == 2) {
    const JsonField* pattern = object.find("$regex");
    const JsonField* options = object.find("$options");
    if (pattern != nullptr && options != nullptr && pattern->value.is<std::string>() &&
        options->value.is<std::string>()) {
      SYNCLINE_ASSIGN(Value value, value_of_regex(Wrapper{scanner, object, *pattern, dialect},
                                                  pattern->value.get<std::string>(),
                                                  options->value.get<std::string>()));
      return std::optional(std::move(value));
    }
  }
  return std::optional<Value>();
}

}  // namespace syncline
