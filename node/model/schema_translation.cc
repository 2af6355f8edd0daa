#include "node/model/schema_translation.h"

#include "node/model/documents.h"
#include "proto/check.h"

namespace syncline {
namespace {

const TypeDef* embedded_in(const Schema& schema, const FieldDef& field) {
  return field.type == ScalarType::embedded ? schema.type(field.target) : nullptr;
}

// The field that the schema declares under the name of a step that is none of its numbers.
const FieldDef* named_by(const TypeDef* type, const Step& step) {
  const std::string* name = std::get_if<std::string>(&step);
  return type == nullptr || name == nullptr ? nullptr : type->field(*name);
}

const FieldDef* declared_by(const TypeDef* type, const Step& step) {
  const FieldNumber* number = std::get_if<FieldNumber>(&step);
  return type == nullptr || number == nullptr ? nullptr : type->field(*number);
}

bool names_declared(const Schema& schema, const TypeDef& type, const Scope& scope);

// In what a field holds: an embedded object, or a collection of them.
bool names_declared(const Schema& schema, const FieldDef& field, const Item& item) {
  const TypeDef* inside = embedded_in(schema, field);
  const Scope* scope = item.scope();
  if (inside == nullptr || scope == nullptr) return false;
  if (scope->kind == ScopeKind::object) return names_declared(schema, *inside, *scope);
  for (const Child& child : scope->children)
    if (const Scope* one = child.item.scope();
        one != nullptr && one->kind == ScopeKind::object && names_declared(schema, *inside, *one))
      return true;
  return false;
}

bool names_declared(const Schema& schema, const TypeDef& type, const Scope& scope) {
  for (const Child& child : scope.children) {
    if (named_by(&type, child.step) != nullptr) return true;
    const FieldDef* known = declared_by(&type, child.step);
    if (known != nullptr && names_declared(schema, *known, child.item)) return true;
  }
  return false;
}

// On the way along the path.
bool names_declared(const Schema& schema, const TypeDef& root, const Path& path, const Item* item) {
  const TypeDef* type = &root;
  const FieldDef* field = nullptr;
  for (const Step& step : path) {
    if (type != nullptr) {
      if (named_by(type, step) != nullptr) return true;
      field = declared_by(type, step);
      if (field == nullptr) return false;
      type = field->collection == Collection::none ? embedded_in(schema, *field) : nullptr;
      if (type == nullptr && field->collection == Collection::none) return false;
    } else {
      type = embedded_in(schema, *field);
      if (type == nullptr) return false;
    }
  }
  return field != nullptr && item != nullptr && names_declared(schema, *field, *item);
}

// Rewrites the operations of one changeset.
class Translator {
 public:
  Translator(const Schema& schema, const ChangesetName& name) : schema_(schema), name_(name) {}

  void translate(Group* group) {
    const TypeDef* type = schema_.type(group->object.type);
    if (type == nullptr) return;
    for (Operation& operation : group->operations) {
      if (operation.path.empty()) {
        if (operation.item && operation.item->is_scope()) fields(*type, operation.item->scope());
        continue;
      }
      place(*type, &operation.path, operation.item ? &*operation.item : nullptr);
    }
  }

  void translate(Guard* guard) {
    const TypeDef* type = schema_.type(guard->object.type);
    if (type != nullptr && !guard->path.empty()) place(*type, &guard->path, &guard->item);
  }

 private:
  // A path from an object of the type, and what is written at its end.
  void place(const TypeDef& root, Path* path, Item* item) {
    const TypeDef* type = &root;
    const FieldDef* field = nullptr;  // that the place is in, once it was found by name
    bool by_name = false;
    for (size_t i = 0; i < path->size(); ++i) {
      Step& step = (*path)[i];
      if (type != nullptr) {
        if (const FieldDef* known = named_by(type, step)) {
          step = known->number;
          field = known;
          by_name = true;
        } else {
          field = declared_by(type, step);
        }
        if (field == nullptr) return;  // outside the schema, still
        type = field->collection == Collection::none ? embedded_in(schema_, *field) : nullptr;
        if (type == nullptr && field->collection == Collection::none && i + 1 < path->size())
          return;  // inside a mixed value
        continue;
      }
      // An element, key or member of the field's collection.
      if (field == nullptr) return;
      type = embedded_in(schema_, *field);
      if (i + 1 == path->size()) {
        if (item == nullptr) return;
        if (by_name)
          *item = element(*field, *item);
        else
          inside(*field, item);
        return;
      }
      if (type == nullptr) return;
    }
    if (field == nullptr || item == nullptr) return;
    if (by_name)
      *item = whole(*field, *item);
    else
      inside(*field, item);
  }

  // What a field holds under its number already: an embedded object, or a collection of them.
  void inside(const FieldDef& field, Item* item) {
    const TypeDef* type = embedded_in(schema_, field);
    Scope* scope = item->scope();
    if (type == nullptr || scope == nullptr) return;
    if (scope->kind == ScopeKind::object) return fields(*type, scope);
    for (Child& child : scope->children)
      if (Scope* one = child.item.scope(); one != nullptr && one->kind == ScopeKind::object)
        fields(*type, one);
  }

  Item whole(const FieldDef& field, const Item& item) {
    Result<Item> held = item_of_declared(schema_, &field, value_of(item), name_, &next_element_);
    return held ? std::move(*held) : item;
  }

  Item element(const FieldDef& field, const Item& item) {
    FieldDef one = field;
    one.collection = Collection::none;
    return whole(one, item);
  }

  void fields(const TypeDef& type, Scope* scope) {
    std::vector<Child> found;
    for (Child& child : scope->children) {
      if (const FieldDef* field = named_by(&type, child.step)) {
        if (scope->find(Step(field->number)) == nullptr)
          found.push_back({child.step, {}, whole(*field, child.item)});
      } else if (const FieldDef* known = declared_by(&type, child.step)) {
        inside(*known, &child.item);
      }
    }
    for (Child& child : found) {
      const FieldDef* field = named_by(&type, child.step);
      scope->erase(child.step);
      scope->put(field->number, std::move(child.item));
    }
  }

  const Schema& schema_;
  const ChangesetName& name_;
  // Above all that the changeset's author counted: what is held anew here has names of its own.
  uint32_t next_element_ = uint32_t{1} << 31;
};

// Finds what lies outside the schema, down into embedded objects.
class Finder {
 public:
  Finder(const Schema& schema, const ChangesetName& name, uint32_t* next_element)
      : schema_(schema), name_(name), next_element_(next_element) {}

  void object(const TypeDef& type, const Scope& scope) {
    for (const Child& child : scope.children) {
      path_.push_back(child.step);
      if (const FieldDef* field = named_by(&type, child.step)) {
        if (scope.find(Step(field->number)) == nullptr) adopt(*field, child.item);
      } else if (const FieldDef* known = declared_by(&type, child.step)) {
        if (const TypeDef* inside = embedded_in(schema_, *known); inside != nullptr)
          embedded(*known, *inside, child.item);
      }
      path_.pop_back();
    }
  }

  std::vector<Adoptable> take() { return std::move(found_); }

 private:
  void embedded(const FieldDef& field, const TypeDef& inside, const Item& item) {
    const Scope* scope = item.scope();
    if (scope == nullptr) return;
    if (field.collection == Collection::none) {
      if (scope->kind == ScopeKind::object) object(inside, *scope);
      return;
    }
    for (const Child& child : scope->children) {
      const Scope* one = child.item.scope();
      if (one == nullptr || one->kind != ScopeKind::object) continue;
      path_.push_back(child.step);
      object(inside, *one);
      path_.pop_back();
    }
  }

  void adopt(const FieldDef& field, const Item& item) {
    Result<Item> held = item_of_declared(schema_, &field, value_of(item), name_, next_element_);
    if (!held) return;
    Path to = path_;
    to.back() = field.number;
    found_.push_back({path_, std::move(to), std::move(*held)});
  }

  const Schema& schema_;
  const ChangesetName& name_;
  uint32_t* next_element_;
  Path path_;
  std::vector<Adoptable> found_;
};

}  // namespace

void translate(const Schema& schema, const ChangesetName& name, Changeset* changeset) {
  Translator translator(schema, name);
  for (Group& group : changeset->groups) translator.translate(&group);
  for (Guard& guard : changeset->guards) translator.translate(&guard);
}

bool names_declared(const Schema& schema, const Changeset& changeset) {
  for (const Group& group : changeset.groups) {
    const TypeDef* type = schema.type(group.object.type);
    if (type == nullptr) continue;
    for (const Operation& operation : group.operations) {
      if (names_declared(schema, *type, operation.path,
                         operation.item ? &*operation.item : nullptr))
        return true;
      if (operation.path.empty() && operation.item && operation.item->is_scope() &&
          names_declared(schema, *type, *operation.item->scope()))
        return true;
    }
  }
  for (const Guard& guard : changeset.guards)
    if (const TypeDef* type = schema.type(guard.object.type);
        type != nullptr && names_declared(schema, *type, guard.path, &guard.item))
      return true;
  return false;
}

std::vector<Adoptable> adoptable_in(const Schema& schema, TypeNumber number, const Scope& fields,
                                    const ChangesetName& name, uint32_t* next_element) {
  Finder finder(schema, name, next_element);
  if (const TypeDef* type = schema.type(number)) finder.object(*type, fields);
  return finder.take();
}

std::vector<Operation> adopting_operations(const Adoptable& one) {
  Operation set;
  set.kind = OperationKind::set;
  set.path = one.to;
  set.item = one.item;
  Operation unset;
  unset.kind = OperationKind::unset;
  unset.path = one.from;
  return {std::move(set), std::move(unset)};
}

}  // namespace syncline
