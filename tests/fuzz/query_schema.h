// What the query fuzz targets ask about: one type with a field of each kind, by short names.
#pragma once

#include <memory>

#include "node/query/bind.h"

namespace syncline {

inline constexpr TypeNumber kFuzzType{16};

// T: _id int; s string; i int; d double; m decimal; b bool; t date; x mixed; l list of ints; c set
// of strings; k dictionary of ints; e embedded E {s, i}; a link to T; z list of links to T.
inline const std::shared_ptr<const Schema>& fuzz_schema() {
  static const std::shared_ptr<const Schema> schema = [] {
    constexpr TypeNumber kEmbedded{17};
    using enum ScalarType;
    const auto field = [](uint32_t number, const char* name, ScalarType type,
                          Collection collection = Collection::none, TypeNumber target = {}) {
      FieldDef def;
      def.number = FieldNumber(number);
      def.name = name;
      def.type = type;
      def.collection = collection;
      def.target = target;
      return def;
    };
    Schema out;
    out.types = system_types();
    TypeDef type;
    type.number = kFuzzType;
    type.name = "T";
    type.key_types = {int64};
    type.fields = {field(1, "_id", int64),
                   field(2, "s", string),
                   field(3, "i", int64),
                   field(4, "d", floating),
                   field(5, "m", decimal),
                   field(6, "b", boolean),
                   field(7, "t", date),
                   field(8, "x", mixed),
                   field(9, "l", int64, Collection::list),
                   field(10, "c", string, Collection::set),
                   field(11, "k", int64, Collection::dictionary),
                   field(12, "e", embedded, Collection::none, kEmbedded),
                   field(13, "a", link, Collection::none, kFuzzType),
                   field(14, "z", link, Collection::list, kFuzzType)};
    TypeDef part;
    part.number = kEmbedded;
    part.name = "E";
    part.embedded = true;
    part.fields = {field(1, "s", string), field(2, "i", int64)};
    out.types.push_back(std::move(type));
    out.types.push_back(std::move(part));
    return std::make_shared<const Schema>(std::move(out));
  }();
  return schema;
}

inline query::Bindings fuzz_bindings() {
  query::Bindings bindings;
  bindings.arguments = {Value(int64_t{1}), Value("x"), Value(List{1, "a", Null{}}), Value(1.5)};
  return bindings;
}

}  // namespace syncline
