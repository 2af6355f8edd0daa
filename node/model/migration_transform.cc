#include "node/model/migration_transform.h"

#include <algorithm>
#include <set>
#include <span>

#include "node/model/migration_values.h"
#include "proto/codec.h"

namespace syncline {
namespace {

using PlanStep = MigrationPlan::Step;
using StepKind = PlanStep::Kind;
using MaybeItem = std::optional<Item>;

// One side of a step, as what the other side is made into.
struct Side {
  std::span<const FieldDef> fields;
  std::span<const ScalarType> types;
  const std::optional<Value>& otherwise;
};

Side earlier(const Migration::Bound& step) {
  return {step.before_fields, step.before_types, step.step.otherwise_back};
}
Side later(const Migration::Bound& step) {
  return {step.after_fields, step.after_types, step.step.otherwise};
}

// What a field holds where nothing can be made for it.
MaybeItem nothing_in(const FieldDef& field, const std::optional<Value>& otherwise) {
  if (!field.required) return std::nullopt;
  if (otherwise) return Item(*otherwise);
  if (field.default_value && !field.default_value->is<List>() &&
      !field.default_value->is<Document>())
    return Item(*field.default_value);
  if (field.nullable) return Item();
  if (field.collection == Collection::list) return Item(Scope{ScopeKind::list, {}});
  if (field.collection == Collection::set) return Item(Scope{ScopeKind::set, {}});
  if (field.collection == Collection::dictionary) return Item(Scope{ScopeKind::dictionary, {}});
  if (field.type == ScalarType::string) return Item(Value(""));
  return std::nullopt;  // bind() has seen to it that there is something
}

MaybeItem without_counterpart(const FieldDef& field, const std::optional<Value>& otherwise) {
  return otherwise ? MaybeItem(Item(*otherwise)) : nothing_in(field, otherwise);
}

const Value* mapped(const PlanStep& step, bool up, const Value& value) {
  for (const auto& [early, late] : step.values)
    if (same_value(up ? early : late, value)) return up ? &late : &early;
  return nullptr;
}

// A value of a field that is no collection, or of one of a collection's elements.
MaybeItem convert_value(const PlanStep& step, bool up, const Side& to, const Item& item) {
  const FieldDef& field = to.fields[0];
  const Value value = value_of(item);
  if (const Value* other = mapped(step, up, value)) return Item(*other);
  if (value.is_null()) return field.nullable ? MaybeItem(Item()) : nothing_in(field, to.otherwise);
  const std::optional<Value> made = converted(to.types, value);
  if (!made) return without_counterpart(field, to.otherwise);
  if (item.is_scope()) return item;  // of a mixed field, as it is
  return Item(*made);
}

// One way of a `convert`, for the elements of a collection.
class ElementConversion {
 public:
  ElementConversion(const Migration::Bound& step, bool up)
      : step_(step.step), up_(up), side_(up ? later(step) : earlier(step)), one_(side_.fields[0]) {
    one_.collection = Collection::none;
    one_.required = true;  // an element becomes an element
    one_.default_value.reset();
    side_.fields = {&one_, 1};
  }
  ElementConversion(const ElementConversion&) = delete;
  ElementConversion& operator=(const ElementConversion&) = delete;

  MaybeItem item(const Item& from) const { return convert_value(step_, up_, side_, from); }

  // Nothing too where it would be no member.
  std::optional<Step> member(const Step& from) const {
    const Member* member = std::get_if<Member>(&from);
    const Result<Value> value = decode_value(member == nullptr ? Bytes() : member->bytes);
    if (!value) return std::nullopt;
    const MaybeItem made = item(Item(*value));
    if (!made || made->is_scope()) return std::nullopt;
    return Member{encode_value(made->value())};
  }

 private:
  const PlanStep& step_;
  bool up_;
  Side side_;
  FieldDef one_;
};

// The elements of a list or a dictionary by name: a list's own order does not find them.
class ByName {
 public:
  explicit ByName(const Scope& scope) {
    sorted_.reserve(scope.children.size());
    for (const Child& child : scope.children) sorted_.push_back(&child);
    if (scope.kind == ScopeKind::list) std::ranges::sort(sorted_, {}, &Child::step);
  }
  const Item* find(const Step& step) const {
    const auto found = std::ranges::lower_bound(sorted_, step, {}, &Child::step);
    return found == sorted_.end() || (*found)->step != step ? nullptr : &(*found)->item;
  }

 private:
  std::vector<const Child*> sorted_;
};

// Of a list or a dictionary: under the same names and in the same order.
Scope convert_elements(const ElementConversion& on, const ElementConversion& back,
                       const Scope& from, const Scope& there) {
  const ByName stands(there);
  Scope out{from.kind, {}};
  out.children.reserve(from.children.size());
  for (const Child& child : from.children) {
    MaybeItem made = on.item(child.item);
    if (const Item* old = stands.find(child.step); old != nullptr && !(made && *made == *old))
      if (const MaybeItem again = back.item(*old); again && same_item(*again, child.item))
        made = *old;
    if (made) out.children.push_back({child.step, child.position, std::move(*made)});
  }
  return out;
}

Scope convert_members(const ElementConversion& on, const ElementConversion& back, const Scope& from,
                      const Scope& there) {
  std::vector<Step> members;
  std::set<const Child*> answered;  // what a member that stands converts to
  for (const Child& child : there.children) {
    const std::optional<Step> again = back.member(child.step);
    const Child* source = again ? from.find(*again) : nullptr;
    if (source == nullptr) continue;
    answered.insert(source);
    members.push_back(child.step);
  }
  for (const Child& child : from.children)
    if (std::optional<Step> made = on.member(child.step);
        made && (!answered.contains(&child) || there.find(*made) != nullptr))
      members.push_back(std::move(*made));
  std::ranges::sort(members);
  const auto twice = std::ranges::unique(members);
  members.erase(twice.begin(), twice.end());
  Scope out{ScopeKind::set, {}};
  out.children.reserve(members.size());
  for (Step& member : members) out.children.push_back({std::move(member), {}, Item()});
  return out;
}

// `there`: the collection that stands there, or an empty one.
Item convert_collection(const Migration::Bound& step, bool up, const Scope& from,
                        const Scope& there) {
  const ElementConversion on(step, up);
  const ElementConversion back(step, !up);
  return from.kind == ScopeKind::set ? convert_members(on, back, from, there)
                                     : convert_elements(on, back, from, there);
}

MaybeItem convert(const Migration::Bound& step, bool up, const Side& to, const Item* item) {
  const FieldDef& field = to.fields[0];
  if (field.collection == Collection::none)
    return item != nullptr ? convert_value(step.step, up, to, *item)
                           : nothing_in(field, to.otherwise);
  const Scope* scope = item == nullptr ? nullptr : item->scope();
  if (scope == nullptr) return nothing_in(field, std::nullopt);
  return convert_collection(step, up, *scope, Scope{scope->kind, {}});
}

MaybeItem move(const Side& to, const Item* item) {
  const FieldDef& field = to.fields[0];
  if (item == nullptr) return nothing_in(field, to.otherwise);
  if (!item->is_scope() && item->value().is_null() && !field.nullable)
    return nothing_in(field, to.otherwise);
  return *item;
}

const std::string* text_in(const Item* item) {
  return item != nullptr && !item->is_scope() ? item->value().get_if<std::string>() : nullptr;
}

// As many parts as there are fields; the last has the rest.
Contents split(const std::string& separator, const Side& to, const Item* item) {
  Contents out;
  const std::string* text = text_in(item);
  std::optional<std::string_view> rest;
  if (text != nullptr) rest = *text;
  for (size_t i = 0; i < to.fields.size(); ++i) {
    if (!rest) {
      out.push_back(nothing_in(to.fields[i], std::nullopt));
      continue;
    }
    const size_t end = i + 1 < to.fields.size() ? rest->find(separator) : std::string_view::npos;
    out.push_back(Item(Value(rest->substr(0, end))));
    if (end == std::string_view::npos)
      rest.reset();
    else
      rest->remove_prefix(end + separator.size());
  }
  return out;
}

// Parts that are missing are empty; empty ones at the end are left out.
Contents join(const std::string& separator, const Side& to, const View& parts) {
  size_t used = 0;
  bool any = false;
  for (size_t i = 0; i < parts.size(); ++i)
    if (const std::string* text = text_in(parts[i])) {
      any = true;
      if (!text->empty()) used = i + 1;
    }
  if (!any) return {nothing_in(to.fields[0], std::nullopt)};
  std::string out;
  for (size_t i = 0; i < used; ++i) {
    if (i > 0) out += separator;
    if (const std::string* text = text_in(parts[i])) out += *text;
  }
  return {Item(Value(std::move(out)))};
}

// Whatever stands there.
Contents made(const Migration::Bound& step, bool up, const View& from) {
  const Side to = up ? later(step) : earlier(step);
  const std::string& separator = step.step.separator;
  switch (step.step.kind) {
    case StepKind::convert:
      return {convert(step, up, to, from[0])};
    case StepKind::move:
      return {move(to, from[0])};
    case StepKind::split:
      return up ? split(separator, to, from[0]) : join(separator, to, from);
    case StepKind::merge:
      return up ? join(separator, to, from) : split(separator, to, from[0]);
    case StepKind::drop:
      return {nothing_in(to.fields[0], step.step.otherwise)};
    default:
      return Contents(to.fields.size());
  }
}

bool same(const Contents& a, const View& b) {
  return std::ranges::equal(a, b, [](const MaybeItem& one, const Item* other) {
    return one.has_value() == (other != nullptr) && (!one || same_item(*one, *other));
  });
}

// Is something there, and all that must be?
bool is_filled(std::span<const FieldDef> fields, const View& view) {
  bool any = false;
  for (size_t i = 0; i < view.size(); ++i) {
    if (view[i] == nullptr && fields[i].required) return false;
    any |= view[i] != nullptr;
  }
  return any;
}

// The collection that a converted field holds; null: it is none, or does not hold one.
const Scope* collection_in(const Migration::Bound& step, const View& view) {
  const bool converted = step.step.kind == StepKind::convert;
  return converted && step.before_fields[0].collection != Collection::none && view[0] != nullptr
             ? view[0]->scope()
             : nullptr;
}

Contents carried(const Migration::Bound& step, bool up, const View& from, const View& there) {
  if (step.step.kind == StepKind::drop) return made(step, up, from);
  const Scope* source = collection_in(step, from);
  const Scope* stands = collection_in(step, there);
  if (source != nullptr && stands != nullptr && source->kind == stands->kind)
    return {convert_collection(step, up, *source, *stands)};
  const Side of = up ? earlier(step) : later(step);
  const Side to = up ? later(step) : earlier(step);
  const bool agrees = is_filled(of.fields, from) && is_filled(to.fields, there) &&
                      same(made(step, !up, there), from);
  if (!agrees) return made(step, up, from);
  Contents out;
  for (const Item* item : there) out.push_back(item ? MaybeItem(*item) : std::nullopt);
  return out;
}

}  // namespace

Contents carried_up(const Migration::Bound& step, const View& before, const View& there) {
  return carried(step, true, before, there);
}

Contents carried_down(const Migration::Bound& step, const View& after, const View& there) {
  return carried(step, false, after, there);
}

bool same_item(const Item& a, const Item& b) {
  const Scope* in_a = a.scope();
  const Scope* in_b = b.scope();
  if (in_a == nullptr || in_b == nullptr) return a == b;
  return in_a->kind == in_b->kind && std::ranges::equal(in_a->children, in_b->children,
                                                        [](const Child& one, const Child& other) {
                                                          return one.step == other.step &&
                                                                 same_item(one.item, other.item);
                                                        });
}

}  // namespace syncline
