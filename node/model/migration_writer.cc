#include "node/model/migration_writer.h"

#include <algorithm>
#include <list>

#include "node/model/migration_transform.h"

namespace syncline {
namespace {

Path inside(const Path& path, const Step& step) {
  Path out = path;
  out.push_back(step);
  return out;
}

}  // namespace

void PathTree::add(const Path& path) {
  PathTree* at = this;
  for (const Step& step : path) at = &at->inside_[step];
  at->ends_ = true;
}

const PathTree* PathTree::find(const Step& step) const {
  const auto found = inside_.find(step);
  return found == inside_.end() ? nullptr : &found->second;
}

PathTree::Where PathTree::where(const Path& path, const Path& below) const {
  const PathTree* at = this;
  Where out = Where::apart;
  for (const Path* part : {&path, &below})
    for (const Step& step : *part) {
      if (at->ends_) out = Where::around;
      at = at->find(step);
      if (at == nullptr) return out;
    }
  return Where::at;
}

void DerivedWriter::say(OperationKind kind, Path path, std::optional<Item> item) {
  Derived one;
  one.operation.kind = kind;
  one.operation.path = std::move(path);
  one.operation.item = std::move(item);
  one.from = from_;
  out_.push_back(std::move(one));
}

void DerivedWriter::put(const ObjectPlace& object, const Path& below, std::optional<Item> wanted,
                        std::vector<Step> from) {
  from_ = std::move(from);
  Path path = object.path;
  path.insert(path.end(), below.begin(), below.end());
  const Item* have = find_item(*object.scope, below);
  if (!wanted) {
    if (have == nullptr) return;
    say(OperationKind::unset, path);
    find_scope(*object.scope, Path(below.begin(), below.end() - 1))->erase(below.back());
    return touched_->add(path);
  }
  if (have != nullptr && same_item(*have, *wanted)) return;
  Scope* around = create_around(object, below);
  const Child* there = around->find(below.back());
  write(path, *wanted, there == nullptr ? nullptr : &there->item);
  around->put(below.back(), std::move(*wanted));
  touched_->add(path);
}

Scope* DerivedWriter::create_around(const ObjectPlace& object, const Path& below) {
  Scope* scope = object.scope;
  Path around = object.path;
  for (size_t i = 0; i + 1 < below.size(); ++i) {
    around.push_back(below[i]);
    Child* child = scope->find(below[i]);
    if (child == nullptr || !child->item.is_scope()) {
      say(OperationKind::create, around, Item(Scope{}));
      touched_->add(around);
      child = &scope->put(below[i], Item(Scope{}));
    }
    scope = child->item.scope();
  }
  return scope;
}

void DerivedWriter::write(const Path& path, const Item& wanted, const Item* have) {
  const Scope* scope = wanted.scope();
  if (scope == nullptr) return say(OperationKind::set, path, wanted);
  const Scope* there = have == nullptr ? nullptr : have->scope();
  const Scope empty{scope->kind, {}};
  if (there == nullptr || there->kind != scope->kind) {
    say(OperationKind::create, path, Item(empty));
    there = &empty;
  }
  if (scope->kind == ScopeKind::list) return write_list(path, *scope, *there);
  if (scope->kind == ScopeKind::set) return write_members(path, *scope, *there);
  write_fields(path, *scope, *there);
}

void DerivedWriter::write_fields(const Path& path, const Scope& wanted, const Scope& have) {
  for (const Child& child : have.children)
    if (wanted.find(child.step) == nullptr) say(OperationKind::unset, inside(path, child.step));
  for (const Child& child : wanted.children) {
    const Child* there = have.find(child.step);
    if (there == nullptr || !same_item(there->item, child.item))
      write(inside(path, child.step), child.item, there == nullptr ? nullptr : &there->item);
  }
}

void DerivedWriter::write_members(const Path& path, const Scope& wanted, const Scope& have) {
  for (const Child& child : have.children)
    if (wanted.find(child.step) == nullptr) say(OperationKind::remove, inside(path, child.step));
  for (const Child& child : wanted.children)
    if (have.find(child.step) == nullptr) say(OperationKind::add, inside(path, child.step));
}

// Elements keep their names, so that what both have is the same element.
void DerivedWriter::write_list(const Path& path, const Scope& wanted, const Scope& have) {
  std::map<Step, const Child*> kept;
  for (const Child& child : wanted.children) kept[child.step] = nullptr;
  std::list<Step> order;  // as the operations so far leave it, from the next wanted one on
  std::map<Step, std::list<Step>::iterator> at;
  for (const Child& child : have.children) {
    if (!kept.contains(child.step)) {
      say(OperationKind::erase, inside(path, child.step));
      continue;
    }
    kept[child.step] = &child;
    at[child.step] = order.insert(order.end(), child.step);
  }
  const Child* left = nullptr;
  const auto stands_after_left = [&] {
    Operation& operation = out_.back().operation;
    if (left == nullptr) return;
    operation.left = std::get<ElementId>(left->step);
    operation.left_position = left->position;
  };
  for (const Child& child : wanted.children) {
    const Path element = inside(path, child.step);
    if (const Child* there = kept[child.step]; there == nullptr) {
      say(OperationKind::insert, element, child.item);
      stands_after_left();
    } else {
      const auto stands = at[child.step];
      if (stands != order.begin()) {
        say(OperationKind::move, element);
        stands_after_left();
      }
      order.erase(stands);
      if (!same_item(there->item, child.item)) write(element, child.item, &there->item);
    }
    left = &child;
  }
}

}  // namespace syncline
