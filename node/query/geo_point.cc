#include "node/query/geo_point.h"

#include "node/query/numbers.h"

namespace syncline::query {

std::optional<GeoPoint> geo_point_of(const Schema& schema, TypeNumber type, const Scope* fields) {
  const TypeDef* def = schema.type(type);
  if (fields == nullptr || def == nullptr) return std::nullopt;
  const FieldDef* kind_field = def->field(std::string_view("type"));
  const FieldDef* place_field = def->field(std::string_view("coordinates"));
  if (kind_field == nullptr || place_field == nullptr) return std::nullopt;
  const Child* kind = fields->find(syncline::Step(kind_field->number));
  const Child* place = fields->find(syncline::Step(place_field->number));
  if (kind == nullptr || kind->item.is_scope() || kind->item.value() != Value("Point"))
    return std::nullopt;
  const Scope* list = place == nullptr ? nullptr : place->item.scope();
  if (list == nullptr || list->children.size() < 2) return std::nullopt;
  double numbers[2];
  for (const size_t i : {0, 1}) {
    const Item& item = list->children[i].item;
    if (item.is_scope() || !is_number(item.value())) return std::nullopt;
    numbers[i] = double_of(item.value());
  }
  const GeoPoint point{numbers[0], numbers[1]};
  return is_place(point) ? std::optional(point) : std::nullopt;
}

}  // namespace syncline::query
