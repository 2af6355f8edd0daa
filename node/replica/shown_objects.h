// ShownObjects: where links lead, for queries at a node: to what the node shows, its own pending
// writes included. What is not in its store is not there for queries either. Keeps no rows; one
// thread, on a store or a snapshot of it.
#pragma once

#include <map>
#include <optional>

#include "node/query/evaluate.h"
#include "node/replica/index_records.h"
#include "storage/store.h"
#include "syncline/result.h"

namespace syncline {

class ShownObjects : public query::ObjectSource {
 public:
  // reader: outlives it.
  explicit ShownObjects(const Reader& reader) : reader_(reader) {}

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override;
  // By an index that begins with the field, or through all objects of `origin`.
  void visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber target,
                       const ObjectKey& key, Visit visit) override;
  // Whether all could be read: kIo, kStoreDamaged. What could not reads as absent.
  const Status& status() const { return status_; }

 private:
  // The candidates that an index leads to, in order; nothing if there is none.
  Result<std::optional<std::vector<ObjectKey>>> linking(TypeNumber origin, FieldNumber field,
                                                        const ObjectKey& key);

  const Reader& reader_;
  std::map<TypeNumber, std::vector<IndexRecord>> indexes_;  // of the types that were asked for
  Status status_;
};

}  // namespace syncline
