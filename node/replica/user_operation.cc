#include "node/replica/user_operation.h"

#include <charconv>
#include <set>

#include <fmt/format.h>

#include "node/model/documents.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

const std::set<std::string> kOps = {"create", "set",   "set_default", "increment", "insert",
                                    "move",   "erase", "clear",       "add",       "remove",
                                    "delete", "put",   "expect"};
const std::set<std::string> kKeys = {"op", "type", "id", "path", "value", "to", "exists"};

std::unexpected<Error> wrong(size_t place, std::string_view what) {
  return fail(ErrorCode::kBadData, fmt::format("operation {}: {}", place, what));
}

Result<UserPath> parse_path(const Value& value, size_t place) {
  const List* list = value.get_if<List>();
  if (list == nullptr) return wrong(place, "path must be a list of names and indexes");
  UserPath path;
  for (const Value& step : list->elements) {
    if (const std::string* name = step.get_if<std::string>()) {
      path.emplace_back(*name);
    } else if (step.is_integer() && step.as_integer() >= 0) {
      path.emplace_back(static_cast<uint64_t>(step.as_integer()));
    } else {
      return wrong(place, "a path step is a field name, a dictionary key or a list index from 0");
    }
  }
  return path;
}

Result<UserOperation> parse_operation(const Value& value, size_t place) {
  const Document* document = value.get_if<Document>();
  if (document == nullptr) return wrong(place, "expected an object such as {\"op\": \"set\", ...}");
  UserOperation operation;
  for (const DocumentField& field : document->fields)
    if (!kKeys.contains(field.name))
      return wrong(place,
                   fmt::format("unknown key {}; known are op, type, id, path, value, to, exists",
                               field.name));
  const auto text = [&](const char* key) {
    const Value* found = document->find(key);
    const std::string* string = found == nullptr ? nullptr : found->get_if<std::string>();
    return string == nullptr ? std::string() : *string;
  };
  operation.op = text("op");
  operation.type = text("type");
  if (!kOps.contains(operation.op)) {
    std::string all;
    for (const std::string& op : kOps) all += (all.empty() ? "" : ", ") + op;
    return wrong(place, fmt::format("op must be one of {}", all));
  }
  if (operation.type.empty()) return wrong(place, "type is missing");
  if (const Value* v = document->find("value")) operation.value = *v;
  if (const Value* id = document->find("id")) {
    operation.id = *id;
  } else if (const Document* object =
                 operation.value ? operation.value->get_if<Document>() : nullptr;
             object != nullptr && object->find("_id") != nullptr) {
    operation.id = *object->find("_id");
  } else {
    return wrong(place, "id is missing");
  }
  if (const Value* path = document->find("path")) {
    SYNCLINE_ASSIGN(operation.path, parse_path(*path, place));
  }
  if (const Value* to = document->find("to")) {
    if (!to->is_integer() || to->as_integer() < 0)
      return wrong(place, "to must be an index from 0");
    operation.to = static_cast<uint64_t>(to->as_integer());
  }
  if (const Value* exists = document->find("exists")) {
    const bool* there = exists->get_if<bool>();
    if (operation.op != "expect" || there == nullptr)
      return wrong(place, "exists is true or false, and goes with expect");
    operation.exists = *there;
  }
  if (operation.op == "expect" && operation.exists.has_value() == operation.value.has_value())
    return wrong(place, "expect takes a path and a value, or exists");
  return operation;
}

template <class T>
bool parse_whole(const std::string& text, T* out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool takes(const TypeDef& type, ScalarType key) {
  for (ScalarType known : type.key_types)
    if (known == key || known == ScalarType::mixed) return true;
  return false;
}

}  // namespace

Result<std::vector<UserOperation>> parse_operations(const Value& list) {
  const List* operations = list.get_if<List>();
  if (operations == nullptr)
    return fail(ErrorCode::kBadData,
                "expected a list of operations: [{\"op\": ..., \"type\": ..., \"id\": ...}, ...]");
  std::vector<UserOperation> out;
  for (const Value& value : operations->elements) {
    SYNCLINE_ASSIGN(UserOperation operation, parse_operation(value, out.size()));
    out.push_back(std::move(operation));
  }
  return out;
}

Result<Value> parse_id(const TypeDef& type, const std::string& text) {
  if (!text.empty() && (text.front() == '{' || text.front() == '"')) {
    SYNCLINE_ASSIGN(Value id, parse_extended_json(text));
    SYNCLINE_TRY(check_id(type, id));
    return id;
  }
  Bytes bytes;
  if (takes(type, ScalarType::object_id) && text.size() == 24 && from_hex(text, &bytes)) {
    ObjectId id;
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    return Value(id);
  }
  if (takes(type, ScalarType::uuid) && text.size() == 36) {
    if (Result<Value> id = parse_extended_json("{\"$uuid\":\"" + text + "\"}")) return *id;
  }
  int64_t number = 0;
  if ((takes(type, ScalarType::int64) || takes(type, ScalarType::int32)) &&
      parse_whole(text, &number))
    return Value(number);
  if (takes(type, ScalarType::string)) return Value(text);
  return fail(
      ErrorCode::kUsage,
      fmt::format("{} is no _id of {}: give it as Extended JSON, such as {{\"$oid\":\"...\"}}",
                  text, type.name));
}

Status read_id(const TypeDef& type, UserOperation* operation) {
  const std::string* text = operation->id.get_if<std::string>();
  if (text == nullptr || takes(type, ScalarType::string)) return {};
  SYNCLINE_ASSIGN(operation->id, parse_id(type, std::string(*text)));
  return {};
}

}  // namespace syncline
