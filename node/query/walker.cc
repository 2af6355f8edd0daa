#include "node/query/walker.h"

#include <algorithm>

#include "node/query/bind.h"
#include "node/query/compare.h"
#include "proto/codec.h"

namespace syncline::query {
namespace {

using TreeStep = syncline::Step;

const Value kNullValue;
// An embedded object is a value too, if only one that is not null.
const Value kObjectValue{Document{}};

Reached reached_item(const Item& item) {
  Reached out;
  out.item = &item;
  if (!item.is_scope()) {
    out.value = &item.value();
  } else if (item.scope()->kind == ScopeKind::object) {
    out.object = {nullptr, item.scope()};
  }
  return out;
}

Reached reached_value(const Value* value) {
  Reached out;
  out.value = value;
  return out;
}

// The parts of a link in a mixed field, {"$ref": type, "$id": its _id}; false if it is none.
bool is_reference(const Scope& scope, std::string_view* type, const Value** id) {
  if (scope.kind != ScopeKind::dictionary) return false;
  const Child* ref = scope.find(TreeStep(std::string("$ref")));
  const Child* key = scope.find(TreeStep(std::string("$id")));
  if (ref == nullptr || key == nullptr || ref->item.is_scope() || key->item.is_scope())
    return false;
  const std::string* name = ref->item.value().get_if<std::string>();
  if (name == nullptr) return false;
  *type = *name;
  *id = &key->item.value();
  return true;
}

// Whether the i-th step, a key that a dictionary lacks, makes null: as it does of one object, so of
// each of many. Behind [*] and the like, and before a property, what is missing is nothing.
bool is_null_where_missing(const BoundPath& path, size_t i) {
  const auto is_key = [](const Step& step) { return step.kind == Step::Kind::key; };
  if (!path.many || path.type.base == ValueType::Base::object) return false;
  if (!std::all_of(path.steps.begin() + static_cast<std::ptrdiff_t>(i), path.steps.end(), is_key))
    return false;
  while (i > 0 && is_key(path.steps[i - 1])) --i;
  return i > 0 && path.steps[i - 1].kind == Step::Kind::field;
}

}  // namespace

bool is_reference(const Scope& scope) {
  std::string_view type;
  const Value* id = nullptr;
  return is_reference(scope, &type, &id);
}

std::shared_ptr<const Row> Walker::find(TypeNumber type, const Value& id) {
  if (id.is_null()) return nullptr;
  const Result<ObjectKey> key = object_key(id);
  return key ? source_.find(type, *key) : nullptr;
}

void Walker::walk(const BoundPath& path, Visit visit) {
  Reached at;
  at.object = frames_[path.frame];
  step(path, 0, at, visit);
}

bool Walker::arrive(const BoundPath& path, const Reached& at, Visit visit) {
  if (path.reference && at.object.fields == nullptr) {
    if (at.value == nullptr || find(path.type.object, *at.value) == nullptr) return true;
  }
  return visit(at);
}

// Goes on from `at` with the i-th step. False: visit wants no more.
bool Walker::step(const BoundPath& path, size_t i, const Reached& at, Visit visit) {
  if (i == path.steps.size()) return arrive(path, at, visit);
  const Step& next = path.steps[i];
  const Scope* scope = at.object.fields == nullptr ? at.scope() : nullptr;
  switch (next.kind) {
    case Step::Kind::field:
      return at.object.fields == nullptr || field(path, i, at, visit);
    case Step::Kind::follow: {
      std::shared_ptr<const Row> row = at.value == nullptr ? nullptr : find(next.type, *at.value);
      if (row == nullptr) return true;
      Reached there;
      there.object = {&row->id, &row->fields};
      rows_.push_back(std::move(row));
      return step(path, i + 1, there, visit);
    }
    case Step::Kind::backlinks: {
      if (at.object.id == nullptr) return true;
      const Result<ObjectKey> key = object_key(*at.object.id);
      if (!key) return true;
      bool more = true;
      // The target's type is what the linking field says.
      const TypeNumber target = schema_.type(next.type)->field(next.field)->target;
      source_.visit_backlinks(next.type, next.field, target, *key,
                              [&](const std::shared_ptr<const Row>& row) {
                                Reached there;
                                there.object = {&row->id, &row->fields};
                                rows_.push_back(row);
                                return more = step(path, i + 1, there, visit);
                              });
      return more;
    }
    case Step::Kind::elements:
      return scope == nullptr || elements(path, i, *scope, visit);
    case Step::Kind::keys:
      if (scope == nullptr || scope->kind != ScopeKind::dictionary) return true;
      for (const Child& child : scope->children)
        if (!step(path, i + 1, reached_value(keep(std::get<std::string>(child.step))), visit))
          return false;
      return true;
    case Step::Kind::index:
    case Step::Kind::last: {
      if (scope == nullptr || scope->kind != ScopeKind::list || scope->children.empty())
        return true;
      const uint64_t index =
          next.kind == Step::Kind::last ? scope->children.size() - 1 : next.index;
      return index >= scope->children.size() ||
             step(path, i + 1, reached_item(scope->children[index].item), visit);
    }
    case Step::Kind::key:
      break;
  }
  const Child* child = scope == nullptr || scope->kind != ScopeKind::dictionary
                           ? nullptr
                           : scope->find(TreeStep(next.key));
  if (child != nullptr) return step(path, i + 1, reached_item(child->item), visit);
  return !is_null_where_missing(path, i) || visit(reached_value(&kNullValue));
}

bool Walker::field(const BoundPath& path, size_t i, const Reached& at, Visit visit) {
  const Step& next = path.steps[i];
  if (at.object.id != nullptr && next.field == system_field::kId)
    return step(path, i + 1, reached_value(at.object.id), visit);
  const Child* child = at.object.fields->find(TreeStep(next.field));
  const TypeDef* type = schema_.type(next.type);
  const FieldDef* def = type == nullptr ? nullptr : type->field(next.field);
  const Item* item = child == nullptr ? nullptr : &child->item;
  if (item != nullptr && (def == nullptr || !reads_as_missing(*def, item)))
    return step(path, i + 1, reached_item(*item), visit);
  // As documents show it: what is required and missing has its default.
  const Value* missing = def == nullptr ? nullptr : value_when_missing(*def);
  if (missing != nullptr) return step(path, i + 1, reached_value(missing), visit);
  const bool key = i + 1 < path.steps.size() && path.steps[i + 1].kind == Step::Kind::key;
  return !key || !is_null_where_missing(path, i + 1) || visit(reached_value(&kNullValue));
}

bool Walker::elements(const BoundPath& path, size_t i, const Scope& scope, Visit visit) {
  if (scope.kind != ScopeKind::set) {
    for (const Child& child : scope.children)
      if (!step(path, i + 1, reached_item(child.item), visit)) return false;
    return true;
  }
  Values members;
  for (const Child& child : scope.children) {
    Result<Value> value = decode_value(std::get<Member>(child.step).bytes);
    if (value) members.push_back(keep(std::move(*value)));
  }
  // A set shows its members in their order, not in that of their bytes.
  std::sort(members.begin(), members.end(),
            [](const Value* a, const Value* b) { return order(*a, *b) < 0; });
  for (const Value* member : members)
    if (!step(path, i + 1, reached_value(member), visit)) return false;
  return true;
}

const Value* Walker::value_of(const Reached& at) {
  if (at.value != nullptr) return at.value;
  if (at.object.fields != nullptr) return at.object.id != nullptr ? at.object.id : &kObjectValue;
  if (at.item == nullptr || at.scope() == nullptr) return &kNullValue;
  std::string_view type;
  const Value* id = nullptr;
  if (is_reference(*at.scope(), &type, &id)) return keep(object_reference(type, *id));
  return keep(syncline::value_of(*at.item));
}

void Walker::values(const BoundPath& path, Values* out) {
  Reached at;
  at.object = frames_[path.frame];
  values_from(at, path, out);
}

void Walker::values_from(const Reached& from, const BoundPath& path, Values* out) {
  const size_t before = out->size();
  step(path, 0, from, [&](const Reached& at) {
    out->push_back(value_of(at));
    return true;
  });
  if (!path.many && out->size() == before) out->push_back(&kNullValue);
}

}  // namespace syncline::query
