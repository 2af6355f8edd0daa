// Walker: follows bound paths through an object's tree and from object to object. The evaluator's
// lower half. One thread; lives for one evaluation.
#pragma once

#include <forward_list>
#include <memory>
#include <vector>

#include <absl/container/inlined_vector.h>
#include <absl/functional/function_ref.h>

#include "node/query/evaluate.h"

namespace syncline::query {

// What a path has reached: an object, or an item, or a value that is no item.
struct Reached {
  ObjectView object;  // fields not null: an object
  const Item* item = nullptr;
  const Value* value = nullptr;  // of a scalar item, or by itself
  const Scope* scope() const {
    return object.fields != nullptr ? object.fields : item == nullptr ? nullptr : item->scope();
  }
};

using Values = absl::InlinedVector<const Value*, 4>;

// Whether a dictionary in a mixed field is a link: {"$ref": type, "$id": its _id}.
bool is_reference(const Scope& scope);

class Walker {
 public:
  Walker(const Schema& schema, const ObjectView& object, ObjectSource& source)
      : schema_(schema), source_(source) {
    frames_.push_back(object);
  }

  using Visit = absl::FunctionRef<bool(const Reached&)>;
  // Each thing that the path reaches, until visit says false.
  void walk(const BoundPath& path, Visit visit);
  // The values of what it reaches; one null if it leads to one value and breaks off.
  void values(const BoundPath& path, Values* out);
  // The same, from where another path has led.
  void values_from(const Reached& at, const BoundPath& path, Values* out);
  // What was reached as a value. Composites are made one.
  const Value* value_of(const Reached& reached);

  // A value that lives as long as the walker.
  const Value* keep(Value value) { return &values_.emplace_front(std::move(value)); }

  const Schema& schema() const { return schema_; }
  void push_frame(const ObjectView& object) { frames_.push_back(object); }
  void pop_frame() { frames_.pop_back(); }

 private:
  bool step(const BoundPath& path, size_t i, const Reached& at, Visit visit);
  bool arrive(const BoundPath& path, const Reached& at, Visit visit);
  bool field(const BoundPath& path, size_t i, const Reached& at, Visit visit);
  bool elements(const BoundPath& path, size_t i, const Scope& scope, Visit visit);
  std::shared_ptr<const Row> find(TypeNumber type, const Value& id);

  const Schema& schema_;
  ObjectSource& source_;
  absl::InlinedVector<ObjectView, 2> frames_;
  std::vector<std::shared_ptr<const Row>> rows_;  // of the objects gone to, so that they stay
  std::forward_list<Value> values_;               // kept; costs nothing while it is empty
};

}  // namespace syncline::query
