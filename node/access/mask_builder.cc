#include "node/access/mask_builder.h"

#include <algorithm>

namespace syncline {
namespace {

using Fields = std::map<std::string, FieldPermission>;

// What gives access. Reading is given by permission to read and, where it counts, by permission to
// write.
struct Mode {
  bool read = false;
  bool write = false;
  const std::vector<bool>* holding = nullptr;  // which of the role's field conditions hold

  bool grants(const std::optional<Permission>& said) const {
    return said && (said->condition ? (*holding)[*said->condition] : said->granted);
  }
};

// What stands at a place, as far as the schema says: the fields of `type`, or keys that hold
// objects of `values`, or keys of anything.
struct Place {
  const TypeDef* type = nullptr;
  const TypeDef* values = nullptr;
};

Place inside(const Schema& schema, const FieldDef& field) {
  const TypeDef* target = field.type == ScalarType::embedded ? schema.type(field.target) : nullptr;
  if (field.collection == Collection::dictionary) return {nullptr, target};
  return {target, nullptr};
}

// A statement of the role. Nothing: it is silent, and what is inside decides.
std::optional<bool> decide(const FieldPermission& permission, const Mode& mode) {
  if (mode.write && mode.grants(permission.write)) return true;
  if (mode.read && mode.grants(permission.read)) return true;
  const bool read_silent = mode.read && !permission.read;
  const bool write_silent = mode.write && !permission.write;
  if (read_silent || write_silent) return std::nullopt;
  return false;
}

// The mode inside a place: what was denied by name is denied inside too.
Mode narrowed(const FieldPermission& permission, const Mode& mode) {
  return {mode.read && !permission.read, mode.write && !permission.write, mode.holding};
}

FieldMask build(const Schema& schema, const Fields& fields, const FieldPermission& additional,
                const Mode& mode, const Place& place) {
  FieldMask mask;
  mask.additional = decide(additional, mode).value_or(false);
  bool complete = mask.additional;
  for (const auto& [name, permission] : fields) {
    const FieldDef* field = place.type ? place.type->field(name) : nullptr;
    const Step step = field ? Step(field->number) : Step(name);
    if (field) mask.listed.push_back(field->number);
    // Also of a declared field: an object may hold a value by its name from before.
    mask.listed_extra.push_back(name);
    const std::optional<bool> granted = decide(permission, mode);
    if (granted.value_or(false)) {
      if (field) mask.fields.push_back(field->number);
      mask.extra.push_back(name);
      continue;
    }
    complete = false;
    if (granted) continue;
    const Place below = field ? inside(schema, *field) : Place{place.values, nullptr};
    FieldMask part = build(schema, permission.fields, {}, narrowed(permission, mode), below);
    if (!part.empty()) mask.inner.push_back({step, std::move(part)});
  }
  std::ranges::sort(mask.listed);
  std::ranges::sort(mask.fields);
  std::ranges::sort(mask.inner, {}, &InnerMask::step);
  if (!complete) return mask;
  FieldMask everything;
  everything.all = true;
  return everything;
}

FieldMask document_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                        const Mode& mode) {
  FieldMask mask;
  if (!role.incompatible.empty()) return mask;
  const std::optional<bool> granted = decide(role.document, mode);
  if (!granted) {
    return build(schema, role.document.fields, role.additional, narrowed(role.document, mode),
                 {&type, nullptr});
  }
  mask.all = *granted;
  return mask;
}

FieldMask readable(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                   const std::vector<bool>& holding) {
  FieldMask mask = document_mask(role, schema, type, {true, true, &holding});
  if (mask.all || mask.empty()) return mask;
  if (!mask.additional) {  // equal sights compare equal
    mask.listed.clear();
    mask.listed_extra.clear();
  }
  if (const FieldDef* id = type.field("_id")) {
    const auto at = std::ranges::lower_bound(mask.fields, id->number);
    if (at == mask.fields.end() || *at != id->number) mask.fields.insert(at, id->number);
  }
  return mask;
}

FieldMask writable(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                   const std::vector<bool>& holding) {
  return document_mask(role, schema, type, {false, true, &holding});
}

// Without the condition of that bit, if it changes nothing in any combination.
bool drop_idle(size_t bit, std::vector<FieldMask>* masks) {
  const size_t with = size_t{1} << bit;
  for (size_t i = 0; i < masks->size(); ++i)
    if ((*masks)[i] != (*masks)[i | with]) return false;
  std::vector<FieldMask> left;
  for (size_t i = 0; i < masks->size(); ++i)
    if ((i & with) == 0) left.push_back(std::move((*masks)[i]));
  *masks = std::move(left);
  return true;
}

// A mask for each combination of the conditions that are open and matter.
template <class MaskOf>
ObjectMask object_mask(const Schema& schema, const TypeDef& type,
                       const std::vector<Expression>& conditions,
                       const std::vector<ObjectMask::Places>& places, MaskOf mask_of) {
  std::vector<bool> holding;
  std::vector<size_t> open;
  for (size_t i = 0; i < conditions.size(); ++i) {
    holding.push_back(conditions[i].constant().value_or(false));
    // More than there may be: the role does not load.
    if (!conditions[i].constant() && open.size() < ObjectMask::kConditionsMax) open.push_back(i);
  }
  std::vector<FieldMask> masks;
  for (size_t bits = 0; bits < size_t{1} << open.size(); ++bits) {
    for (size_t i = 0; i < open.size(); ++i) holding[open[i]] = (bits >> i & 1) != 0;
    masks.push_back(mask_of(holding));
  }
  for (size_t i = open.size(); i-- > 0;)
    if (drop_idle(i, &masks)) open.erase(open.begin() + static_cast<ptrdiff_t>(i));
  std::vector<ObjectMask::Condition> filters;
  std::vector<ObjectMask::Places> said_at;
  for (size_t i : open) {
    filters.push_back(std::make_shared<const DocumentFilter>(conditions[i], schema, type.number));
    said_at.push_back(places[i]);
  }
  return ObjectMask(std::move(filters), std::move(masks), std::move(said_at));
}

}  // namespace

ObjectMask readable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                         const std::vector<Expression>& conditions) {
  return object_mask(
      schema, type, conditions, role.field_condition_places,
      [&](const std::vector<bool>& holding) { return readable(role, schema, type, holding); });
}

ObjectMask writable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type,
                         const std::vector<Expression>& conditions) {
  return object_mask(
      schema, type, conditions, role.field_condition_places,
      [&](const std::vector<bool>& holding) { return writable(role, schema, type, holding); });
}

}  // namespace syncline
