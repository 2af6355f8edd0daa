#include "node/replica/place.h"

#include <fmt/format.h>

#include "proto/limits.h"
#include "proto/utf8.h"

namespace syncline {
namespace {

std::string where(const TypeDef& type, const UserPath& path, size_t steps) {
  return where_of(type, UserPath(path.begin(), path.begin() + steps));
}

ScopeKind kind_of(Collection collection) {
  switch (collection) {
    case Collection::list:
      return ScopeKind::list;
    case Collection::set:
      return ScopeKind::set;
    default:
      return ScopeKind::dictionary;
  }
}

// One step from a scope. `type`: of the scope, if it is a declared object. `inside`: of the scope
// otherwise.
struct Walk {
  const Schema& schema;
  const TypeDef& root;
  const UserPath& path;
  const TypeDef* type;
  Declared inside;

  // From the place to the scope that stands there, or will.
  Status descend(Place* place, size_t i, ScopeKind* kind) {
    Scope* scope = place->scope();
    const Declared declared = place->declared;
    const std::optional<ScopeKind> wanted = declared.scope_kind();
    if (scope == nullptr) {
      const bool nothing = place->child == nullptr || place->child->item.value().is_null();
      if (!nothing || !wanted || *wanted == ScopeKind::object || place->parent == nullptr)
        return fail(
            ErrorCode::kNotFound,
            fmt::format("{} holds no object or collection; create it first", where(root, path, i)));
      place->parent_kind = *wanted;
      place->parent_of_parent = place->parent;
    }
    *kind = scope != nullptr ? scope->kind : *wanted;
    type = *kind == ScopeKind::object ? embedded_at(schema, declared) : nullptr;
    inside = declared.field == nullptr || declared.scalar_here() ? Declared{} : declared;
    place->parent = scope;
    return {};
  }

  Status enter(Place* place, size_t i, ScopeKind kind) {
    const bool is_index = std::holds_alternative<uint64_t>(path[i]);
    if (kind == ScopeKind::set)
      return fail(ErrorCode::kUsage,
                  fmt::format("{} is a set: its members have no path; use add and remove",
                              where(root, path, i)));
    if (is_index != (kind == ScopeKind::list))
      return fail(ErrorCode::kBadData,
                  fmt::format("{} is {}; expected {}", where(root, path, i),
                              kind == ScopeKind::list ? "a list" : "no list",
                              kind == ScopeKind::list ? "an index after it" : "a name after it"));
    if (kind == ScopeKind::list) return enter_list(place, i);
    const std::string& name = std::get<std::string>(path[i]);
    if (name.size() > limits::kDictionaryKeyBytesMax || !is_utf8(name))
      return fail(ErrorCode::kBadData,
                  fmt::format("a name in {} is too long or no UTF-8", where(root, path, i)));
    if (kind == ScopeKind::object && type != nullptr) return enter_field(place, i, name);
    if (name.empty() && kind == ScopeKind::object)
      return fail(ErrorCode::kBadData, "a field without a name");
    place->path.push_back(name);
    place->declared = {inside.field, inside.field != nullptr};
    return {};
  }

  Status enter_field(Place* place, size_t i, const std::string& name) {
    if (i == 0 && name == "_id")
      return fail(ErrorCode::kUsage, "_id cannot be changed; create another object");
    const FieldDef* field = type->field(std::string_view(name));
    if (field == nullptr && !type->open)
      return fail(ErrorCode::kBadData, fmt::format("type {} has no field {}", type->name, name));
    if (field != nullptr) {
      place->path.push_back(field->number);
    } else {
      place->path.push_back(name);
    }
    place->declared = {field, false};
    return {};
  }

  Status enter_list(Place* place, size_t i) {
    const uint64_t index = std::get<uint64_t>(path[i]);
    const size_t size = place->parent == nullptr ? 0 : place->parent->children.size();
    if (index >= size)
      return fail(ErrorCode::kNotFound, fmt::format("{} has {} elements; there is none at index {}",
                                                    where(root, path, i), size, index));
    place->path.push_back(place->parent->children[index].step);
    place->declared = {inside.field, inside.field != nullptr};
    return {};
  }
};

}  // namespace

std::optional<ScopeKind> Declared::scope_kind() const {
  if (field == nullptr) return std::nullopt;
  if (!scalar_here()) return kind_of(field->collection);
  if (field->type == ScalarType::embedded) return ScopeKind::object;
  return std::nullopt;
}

const TypeDef* embedded_at(const Schema& schema, const Declared& declared) {
  const bool embeds = declared.field != nullptr && declared.scalar_here() &&
                      declared.field->type == ScalarType::embedded;
  return embeds ? schema.type(declared.field->target) : nullptr;
}

Result<Place> find_place(const Schema& schema, const TypeDef& type, Scope& fields,
                         const UserPath& path) {
  if (path.empty()) return fail(ErrorCode::kUsage, fmt::format("a path in {} is empty", type.name));
  if (path.size() >= limits::kPathStepsMax)
    return fail(ErrorCode::kTooLarge, fmt::format("a path of {} steps; at most {} are allowed",
                                                  path.size(), limits::kPathStepsMax - 1));
  Place place;
  place.parent = &fields;
  Walk walk{schema, type, path, &type, {}};
  ScopeKind kind = ScopeKind::object;
  for (size_t i = 0; i < path.size(); ++i) {
    if (i > 0) SYNCLINE_TRY(walk.descend(&place, i, &kind));
    SYNCLINE_TRY(walk.enter(&place, i, kind));
    if (place.parent == nullptr) {
      place.child = nullptr;
    } else if (kind == ScopeKind::list) {
      place.child = &place.parent->children[std::get<uint64_t>(path[i])];
    } else {
      place.child = place.parent->find(place.path.back());
    }
  }
  return place;
}

std::string where_of(const TypeDef& type, const UserPath& path) {
  return fmt::format("{}.{}", type.name, to_text(path));
}

std::string to_text(const UserPath& path) {
  std::string out;
  for (const PathStep& step : path) {
    if (const auto* index = std::get_if<uint64_t>(&step)) {
      out += fmt::format("[{}]", *index);
    } else {
      if (!out.empty()) out += '.';
      out += std::get<std::string>(step);
    }
  }
  return out;
}

}  // namespace syncline
