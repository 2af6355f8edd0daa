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
  if (mode.write && permission.write.value_or(false)) return true;
  if (mode.read && permission.read.value_or(false)) return true;
  const bool read_silent = mode.read && !permission.read;
  const bool write_silent = mode.write && !permission.write;
  if (read_silent || write_silent) return std::nullopt;
  return false;
}

// The mode inside a place: what was denied by name is denied inside too.
Mode narrowed(const FieldPermission& permission, const Mode& mode) {
  return {mode.read && !permission.read, mode.write && !permission.write};
}

FieldMask build(const Schema& schema, const Fields& fields, const FieldPermission& additional,
                const Mode& mode, const Place& place) {
  FieldMask mask;
  mask.additional = decide(additional, mode).value_or(false);
  bool complete = mask.additional;
  for (const auto& [name, permission] : fields) {
    const FieldDef* field = place.type ? place.type->field(name) : nullptr;
    const Step step = field ? Step(field->number) : Step(name);
    if (field) {
      mask.listed.push_back(field->number);
    } else {
      mask.listed_extra.push_back(name);
    }
    const std::optional<bool> granted = decide(permission, mode);
    if (granted.value_or(false)) {
      if (field) {
        mask.fields.push_back(field->number);
      } else {
        mask.extra.push_back(name);
      }
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

}  // namespace

FieldMask readable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type) {
  FieldMask mask = document_mask(role, schema, type, {.read = true, .write = true});
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

FieldMask writable_mask(const CompiledRole& role, const Schema& schema, const TypeDef& type) {
  return document_mask(role, schema, type, {.read = false, .write = true});
}

}  // namespace syncline
