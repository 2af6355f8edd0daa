#include "node/access/field_mask.h"

#include <algorithm>

namespace syncline {
namespace {

// What a mask shows of an item that is in only in part: a scalar has no parts, so nothing.
std::optional<Item> project_part(const FieldMask& mask, const Item& item) {
  const Scope* scope = item.scope();
  if (!scope || scope->kind == ScopeKind::set) return std::nullopt;
  if (scope->kind != ScopeKind::list) return Item(project(mask, *scope));
  Scope out;
  out.kind = ScopeKind::list;
  for (const Child& child : scope->children) {
    std::optional<Item> part = project_part(mask, child.item);
    if (part) out.children.push_back({child.step, child.position, std::move(*part)});
  }
  return Item(std::move(out));
}

template <class T>
bool sorted_contains(const std::vector<T>& values, const T& value) {
  return std::binary_search(values.begin(), values.end(), value);
}

}  // namespace

bool FieldMask::contains(const Step& step) const {
  if (all) return true;
  if (const FieldNumber* number = std::get_if<FieldNumber>(&step))
    return sorted_contains(fields, *number) || (additional && !sorted_contains(listed, *number));
  if (const std::string* name = std::get_if<std::string>(&step))
    return sorted_contains(extra, *name) || (additional && !sorted_contains(listed_extra, *name));
  return false;
}

const FieldMask* FieldMask::inside(const Step& step) const {
  const auto found = std::ranges::lower_bound(inner, step, {}, &InnerMask::step);
  return found != inner.end() && found->step == step ? &found->mask : nullptr;
}

FieldMask::Sight FieldMask::sight(const Path& path) const {
  const FieldMask* mask = this;
  for (const Step& step : path) {
    if (std::holds_alternative<ElementId>(step)) continue;
    if (mask->contains(step)) return Sight::whole;
    mask = mask->inside(step);
    if (!mask) return Sight::none;
  }
  if (mask->all) return Sight::whole;
  return mask->empty() ? Sight::none : Sight::partly;
}

bool FieldMask::empty() const {
  return !all && !additional && fields.empty() && extra.empty() && inner.empty();
}

bool FieldMask::operator==(const FieldMask& other) const = default;

Scope project(const FieldMask& mask, const Scope& fields) {
  if (mask.all) return fields;
  Scope out;
  out.kind = fields.kind;
  for (const Child& child : fields.children) {
    if (mask.contains(child.step)) {
      out.children.push_back(child);
    } else if (const FieldMask* inside = mask.inside(child.step)) {
      std::optional<Item> part = project_part(*inside, child.item);
      if (part) out.children.push_back({child.step, child.position, std::move(*part)});
    }
  }
  return out;
}

}  // namespace syncline
