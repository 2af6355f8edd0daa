#include "node/model/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/codec.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

constexpr size_t kShownBytesMax = 60;

// A member of a set by its value.
std::string member_text(const Member& member) {
  const Result<Value> value = decode_value(member.bytes);
  return fmt::format("[{}]", value ? shown(*value) : "?");
}

// Where among its siblings the element stands; its own number if they are not known.
std::string element_text(const Scope* list, const ElementId& element) {
  if (list == nullptr) return fmt::format("[element {}]", element.n);
  const auto at = std::find_if(list->children.begin(), list->children.end(),
                               [&](const Child& child) { return child.step == Step(element); });
  if (at == list->children.end()) return fmt::format("[element {}]", element.n);
  return fmt::format("[{}]", at - list->children.begin());
}

}  // namespace

void Findings::add(std::string_view kind, std::string_view text, Reason reason) {
  if (full()) return;
  violations_.push_back({path_, reason, std::string(kind),
                         fmt::format("{}: {}", path_text(schema_, type_, root_, path_), text)});
}

void Findings::add_at(Step step, std::string_view kind, std::string_view text, Reason reason) {
  const Inside inside(this, std::move(step));
  add(kind, text, reason);
}

Findings Findings::trial() const {
  Findings other(schema_, type_, root_, 1);
  other.path_ = path_;
  return other;
}

std::string path_text(const Schema& schema, const TypeDef& root_type, const Scope* root,
                      const Path& path) {
  std::string out = root_type.name;
  const TypeDef* type = &root_type;
  const FieldDef* collection = nullptr;  // whose elements or values come next
  const Scope* scope = root;
  for (const Step& step : path) {
    const TypeDef* next_type = collection == nullptr ? nullptr : schema.type(collection->target);
    const FieldDef* next_collection = nullptr;
    if (const auto* number = std::get_if<FieldNumber>(&step)) {
      const FieldDef* field = type == nullptr ? nullptr : type->field(*number);
      out += field == nullptr ? fmt::format(".{}", number->value) : "." + field->name;
      if (field != nullptr && field->type == ScalarType::embedded) {
        if (field->collection == Collection::none) {
          next_type = schema.type(field->target);
        } else {
          next_collection = field;
        }
      }
    } else if (const auto* key = std::get_if<std::string>(&step)) {
      out += "." + *key;
    } else if (const auto* element = std::get_if<ElementId>(&step)) {
      out += element_text(scope, *element);
    } else {
      out += member_text(std::get<Member>(step));
    }
    const Child* child = scope == nullptr ? nullptr : scope->find(step);
    scope = child == nullptr ? nullptr : child->item.scope();
    type = next_type;
    collection = next_collection;
  }
  return out;
}

std::string shown(const Value& value) {
  std::string text = print_extended_json(value, JsonForm::relaxed);
  if (text.size() <= kShownBytesMax) return text;
  size_t end = kShownBytesMax;
  while ((static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string shown(const Item& item) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return shown(item.value());
  switch (scope->kind) {
    case ScopeKind::object:
      return "an embedded object";
    case ScopeKind::dictionary:
      return "a document";
    case ScopeKind::list:
      return "an array";
    case ScopeKind::set:
      return "a set";
  }
  return "a collection";
}

}  // namespace syncline
