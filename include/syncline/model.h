// How a struct says what it is: a function next to it, found by its argument.
//
//   struct Fridge {
//     std::string id;
//     double celsius = 4;
//   };
//   constexpr auto schema_of(syncline::Model<Fridge>) {
//     return syncline::object_schema("Fridge",                      // the type's name: its title
//                                    syncline::field("_id", &Fridge::id),
//                                    syncline::field("celsius", &Fridge::celsius));
//   }
//
// Members that are not listed are the struct's own business and are not stored. Which types of
// members there are is told in objects.h; this header holds only what is common to all.
#pragma once

#include <concepts>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "syncline/declared_schema.h"

namespace syncline {

// Names the struct, where the compiler looks for schema_of().
template <class T>
struct Model {
  using type = T;
};

// An absent value (or null) of this field reads as what the struct's initialiser says.
struct Defaulted {
  explicit Defaulted() = default;
};
inline constexpr Defaulted defaulted{};

template <class Struct, class Member>
struct ModelField {
  using struct_type = Struct;
  using member_type = Member;
  std::string_view name;  // as it is stored
  Member Struct::* member;
  bool defaulted = false;
};

// A stored field: its name, which may differ from the member's, and the member.
template <class Struct, class Member>
constexpr ModelField<Struct, Member> field(std::string_view name, Member Struct::* member) {
  return {name, member, false};
}
template <class Struct, class Member>
constexpr ModelField<Struct, Member> field(std::string_view name, Member Struct::* member,
                                           Defaulted) {
  return {name, member, true};
}

enum class ModelKind : uint8_t { object, embedded, asymmetric };

template <class... Fields>
struct ModelSchema {
  std::string_view name;
  ModelKind kind;
  std::tuple<Fields...> fields;
};

// Objects of their own, with an _id.
template <class... Fields>
constexpr ModelSchema<Fields...> object_schema(std::string_view name, const Fields&... fields) {
  return {name, ModelKind::object, {fields...}};
}
// Objects that live inside others; without an _id.
template <class... Fields>
constexpr ModelSchema<Fields...> embedded_schema(std::string_view name, const Fields&... fields) {
  return {name, ModelKind::embedded, {fields...}};
}
// Objects that are only written: they leave the device once the authority has them.
template <class... Fields>
constexpr ModelSchema<Fields...> asymmetric_schema(std::string_view name, const Fields&... fields) {
  return {name, ModelKind::asymmetric, {fields...}};
}

// A struct that has said what it is.
template <class T>
concept Modelled = requires { schema_of(Model<T>{}); };

// A type as its struct has it, for what is no template. One for each struct, for the whole program.
struct TypeModel {
  DeclaredType type;
  // Of each field in order: the struct that is embedded there, or null. A function, for a struct
  // may hold a list of itself.
  std::vector<const TypeModel& (*)()> embedded;
};
template <class T>
const TypeModel& type_model();  // object_codec.h

// The type's name.
template <class T>
constexpr std::string_view name_of_model() {
  static_assert(Modelled<T>,
                "this struct has no schema: write `constexpr auto schema_of(syncline::Model<It>)` "
                "next to it, in its namespace (syncline/model.h)");
  return schema_of(Model<T>{}).name;
}

namespace detail {

template <class T>
constexpr bool is_key_type =
    std::same_as<T, int64_t> || std::same_as<T, std::string> || std::same_as<T, ObjectId> ||
    std::same_as<T, Uuid> || std::same_as<T, Value>;

// The place of the field named _id; the number of fields if there is none.
template <class T>
constexpr size_t id_index() {
  constexpr auto schema = schema_of(Model<T>{});
  size_t found = std::tuple_size_v<decltype(schema.fields)>;
  size_t at = 0;
  std::apply([&](const auto&... fields) { ((fields.name == "_id" ? found = at++ : at++), ...); },
             schema.fields);
  return found;
}

template <class T>
struct KeyOfModel {
  static_assert(Modelled<T>,
                "this struct has no schema: write `constexpr auto schema_of(syncline::Model<It>)` "
                "next to it, in its namespace (syncline/model.h)");
  using Fields = std::remove_const_t<decltype(schema_of(Model<T>{}).fields)>;
  static_assert(id_index<T>() < std::tuple_size_v<Fields>,
                "objects of their own need a field named \"_id\": list it in the struct's schema, "
                "or make it an embedded_schema");
  using type = typename std::tuple_element_t<id_index<T>(), Fields>::member_type;
  static_assert(is_key_type<type>,
                "an _id is an int64_t, a std::string, a syncline::ObjectId or a syncline::Uuid (or "
                "a syncline::Value for any of them)");
};

}  // namespace detail

// The type of the struct's _id.
template <class T>
using KeyOf = typename detail::KeyOfModel<T>::type;

}  // namespace syncline
