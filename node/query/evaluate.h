// Does an object fulfil a query? The evaluator over object trees, links and backlinks.
//
//   class Held : public query::ObjectSource { ... };
//   if (query::matches(*query, row, held)) ...
//
// Pure but for what the source does; as safe on threads as the source is. Keeps nothing between
// calls.
#pragma once

#include <memory>

#include <absl/functional/function_ref.h>

#include "node/query/bound.h"
#include "proto/object.h"

namespace syncline::query {

// Where linked objects come from. What a source does not answer reads as null: it decides what of a
// link leads nowhere and what only may not be seen, and remembers its own errors.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  // Null: there is none, or none that may be seen. Shared: the evaluator holds several while it
  // walks, and a source may keep them.
  virtual std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) = 0;
  // The objects of `origin` whose field holds links to the object, alone or in a collection; one
  // for each link. Ends early if visit says false.
  using Visit = absl::FunctionRef<bool(const std::shared_ptr<const Row>&)>;
  virtual void visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber target,
                               const ObjectKey& key, Visit visit) = 0;
};

// A source without objects: for queries that read the object alone.
class NoObjects : public ObjectSource {
 public:
  std::shared_ptr<const Row> find(TypeNumber, const ObjectKey&) override { return nullptr; }
  void visit_backlinks(TypeNumber, FieldNumber, TypeNumber, const ObjectKey&, Visit) override {}
};

// An object, or an embedded one, which has no _id.
struct ObjectView {
  const Value* id = nullptr;
  const Scope* fields = nullptr;
};

bool matches(const BoundQuery& query, const Row& row, ObjectSource& source);
bool matches(const BoundQuery& query, const ObjectView& object, ObjectSource& source);

// The one value at a path that leads to one, for sorting: null if the path breaks off. What is no
// single value there counts as null too. Requires: !path.many.
Value value_at(const BoundQuery& query, const BoundPath& path, const ObjectView& object,
               ObjectSource& source);

}  // namespace syncline::query
