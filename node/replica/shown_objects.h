// ShownObjects: where links lead, for queries at a node: to what the node shows, its own pending
// writes included. What is not in its store is not there for queries either. Keeps no rows; one
// thread, on a store or a snapshot of it.
#pragma once

#include <optional>

#include "node/query/evaluate.h"
#include "storage/store.h"
#include "syncline/result.h"

namespace syncline {

class ShownObjects : public query::ObjectSource {
 public:
  // reader: outlives it.
  explicit ShownObjects(const Reader& reader) : reader_(reader) {}

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override;
  // Looks through all objects of `origin`.
  void visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber target,
                       const ObjectKey& key, Visit visit) override;
  // Whether all could be read: kIo, kStoreDamaged. What could not reads as absent.
  const Status& status() const { return status_; }

 private:
  const Reader& reader_;
  Status status_;
};

}  // namespace syncline
