// Numbers for types and fields: given once, and for ever.
#include <algorithm>

#include "node/model/app_schema.h"

namespace syncline::app {
namespace {

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
  for (const T& one : all)
    if (one.name == name) return &one;
  return nullptr;
}

template <class T>
uint32_t next_number(const std::vector<T>& live, const std::vector<T>& retired, uint32_t first) {
  uint32_t next = first;
  for (const T& one : live) next = std::max(next, one.number.value + 1);
  for (const T& one : retired) next = std::max(next, one.number.value + 1);
  return next;
}

template <class T>
void sort_by_number(std::vector<T>& all) {
  std::sort(all.begin(), all.end(), [](const T& a, const T& b) { return a.number < b.number; });
}

// What was there before and is not now.
template <class T>
std::vector<T> gone(const std::vector<T>& live, const std::vector<T>& before,
                    const std::vector<T>& retired_before) {
  std::vector<T> out;
  for (const auto* all : {&before, &retired_before})
    for (const T& one : *all)
      if (!named(live, one.name)) out.push_back(one);
  sort_by_number(out);
  return out;
}

using TypeNumbers = std::map<std::string, TypeNumber>;

TypeDef number_fields(const TypeDraft& draft, TypeNumber number, const TypeNumbers& types,
                      const TypeDef* before, uint32_t numbers_from) {
  static const TypeDef kNone;
  const TypeDef& old = before ? *before : kNone;
  TypeDef type = draft.def;
  type.number = number;
  uint32_t next =
      std::max(numbers_from, next_number(old.fields, old.retired, 2));  // 1 is kept for _id
  for (const FieldDraft& field : draft.fields) {  // sorted by name, as JSON objects are read
    FieldDef def = field.def;
    if (!field.target.empty()) def.target = types.at(field.target);
    const FieldDef* known = named(old.fields, def.name);
    if (!known) known = named(old.retired, def.name);
    if (known)
      def.number = known->number;
    else if (def.name == "_id")
      def.number = FieldNumber(1);
    else
      def.number = FieldNumber(next++);
    type.fields.push_back(std::move(def));
  }
  sort_by_number(type.fields);
  type.retired = gone(type.fields, old.fields, old.retired);
  return type;
}

}  // namespace

void number_types(Loading& load, const TypeDrafts& drafts, const Schema* previous,
                  uint32_t numbers_from) {
  static const Schema kNone;
  const Schema& old = previous ? *previous : kNone;
  auto before = [&](const std::string& name) {
    const TypeDef* found = named(old.types, name);
    return found ? found : named(old.retired, name);
  };
  TypeNumbers numbers;
  uint32_t next =
      std::max(numbers_from, next_number(old.types, old.retired, system_type::kFirstUser));
  for (const auto& [name, draft] : drafts) {
    const TypeDef* known = before(name);
    numbers[name] = known ? known->number : TypeNumber(next++);
  }
  Schema schema;
  schema.revision = old.revision;
  schema.version = load.app.schema.version;
  schema.types = system_types();
  for (const auto& [name, draft] : drafts) {
    TypeNumber number = numbers.at(name);
    schema.types.push_back(number_fields(draft, number, numbers, before(name), numbers_from));
    load.app.constraints[number.value] = std::make_shared<const Json>(draft.constraints);
  }
  sort_by_number(schema.types);
  schema.retired = gone(schema.types, old.types, old.retired);
  if (schema != old) ++schema.revision;
  load.app.schema = std::move(schema);
}

}  // namespace syncline::app
