// A schema built by hand, with one field of every kind, for the tests of this folder.
#pragma once

#include "proto/schema.h"

namespace syncline::test {

inline constexpr TypeNumber kFridge{16};
inline constexpr TypeNumber kStore{17};
inline constexpr TypeNumber kDoor{18};   // embedded, contains its own type
inline constexpr TypeNumber kPoint{19};  // embedded, a GeoJSON point
inline constexpr TypeNumber kPlain{20};  // closed, keyed by int

inline FieldDef field(uint32_t number, std::string name, ScalarType type,
                      Collection collection = Collection::none) {
  FieldDef def;
  def.number = FieldNumber{number};
  def.name = std::move(name);
  def.type = type;
  def.collection = collection;
  return def;
}

inline FieldDef required(FieldDef def) {
  def.required = true;
  def.nullable = false;
  return def;
}

inline FieldDef of(FieldDef def, TypeNumber target) {
  def.target = target;
  return def;
}

inline FieldDef not_null(FieldDef def) {
  def.nullable = false;
  return def;
}

inline TypeDef type(TypeNumber number, std::string name, std::vector<FieldDef> fields) {
  TypeDef def;
  def.number = number;
  def.name = std::move(name);
  def.fields = std::move(fields);
  return def;
}

inline TypeDef embedded(TypeDef def) {
  def.embedded = true;
  return def;
}

inline TypeDef keyed(TypeDef def, ScalarType key) {
  def.key_types = {key};
  return def;
}

inline Schema fridge_schema() {
  using enum ScalarType;
  FieldDef power = required(field(6, "watts", int32));
  power.default_value = Value(int32_t{60});
  TypeDef plain = keyed(
      type(kPlain, "Plain", {required(field(1, "_id", int32)), field(2, "a", string)}), int32);
  plain.open = false;
  Schema schema;
  schema.types = {
      keyed(type(kFridge, "Fridge",
                 {required(field(1, "_id", string)),
                  required(field(2, "name", string)),
                  field(3, "celsius", floating),
                  field(4, "count", int64),
                  field(5, "size", int32),
                  power,
                  not_null(field(7, "tags", string, Collection::list)),
                  not_null(field(8, "codes", int64, Collection::set)),
                  not_null(field(9, "limits", floating, Collection::dictionary)),
                  of(field(10, "door", ScalarType::embedded), kDoor),
                  not_null(of(field(11, "doors", ScalarType::embedded, Collection::list), kDoor)),
                  of(field(12, "parts", ScalarType::embedded, Collection::dictionary), kDoor),
                  of(field(13, "store", link), kStore),
                  not_null(of(field(14, "stores", link, Collection::list), kStore)),
                  field(15, "extra", mixed),
                  field(16, "at", date),
                  field(17, "price", decimal),
                  field(18, "on", boolean),
                  of(field(19, "place", ScalarType::embedded), kPoint),
                  field(20, "rating", number)}),
            string),
      keyed(type(kStore, "Store", {required(field(1, "_id", object_id)), field(2, "city", string)}),
            object_id),
      test::embedded(type(kDoor, "Door",
                          {required(field(1, "side", string)), field(2, "open", boolean),
                           of(field(3, "inner", ScalarType::embedded), kDoor)})),
      test::embedded(type(kPoint, "Point",
                          {required(field(1, "type", string)),
                           not_null(field(2, "coordinates", floating, Collection::list))})),
      plain,
  };
  return schema;
}

}  // namespace syncline::test
