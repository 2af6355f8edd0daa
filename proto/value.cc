#include "syncline/value.h"

#include <algorithm>
#include <bit>

namespace syncline {

bool List::operator==(const List& other) const { return elements == other.elements; }

const Value* Document::find(std::string_view name) const {
  for (const DocumentField& field : fields) {
    if (field.name == name) return &field.value;
  }
  return nullptr;
}

Value* Document::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));
}

void Document::set(std::string name, Value value) {
  if (Value* there = find(name)) {
    *there = std::move(value);
  } else {
    fields.push_back({std::move(name), std::move(value)});
  }
}

bool Document::erase(std::string_view name) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [&](const DocumentField& field) { return field.name == name; });
  if (at == fields.end()) return false;
  fields.erase(at);
  return true;
}

bool Document::operator==(const Document& other) const { return fields == other.fields; }

bool Code::operator==(const Code& other) const {
  return text == other.text && scope == other.scope;
}

bool Value::operator==(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  return std::visit(
      [&]<class T>(const T& mine) {
        const T& theirs = std::get<T>(other.data_);
        if constexpr (std::same_as<T, double>) {
          return std::bit_cast<uint64_t>(mine) == std::bit_cast<uint64_t>(theirs);
        } else {
          return mine == theirs;
        }
      },
      data_);
}

std::string_view type_name(const Value& value) {
  // In the order of Value::Variant; BSON's aliases, as $type and schemas spell them.
  static constexpr std::string_view kNames[] = {
      "null",     "bool",       "int",       "long",    "double",    "string",   "date",
      "objectId", "uuid",       "decimal",   "binData", "array",     "document", "timestamp",
      "regex",    "javascript", "dbPointer", "symbol",  "undefined", "minKey",   "maxKey"};
  static_assert(std::size(kNames) == std::variant_size_v<Value::Variant>);
  const auto* code = value.get_if<Code>();
  if (code != nullptr && code->scope) return "javascriptWithScope";
  return kNames[value.data().index()];
}

}  // namespace syncline
