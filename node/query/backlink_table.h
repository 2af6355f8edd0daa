// BacklinkTable: who links to whom, for sources that can only list their objects. Made for a field
// when it is first asked for, and kept: for one snapshot. One thread.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include <absl/functional/function_ref.h>

#include "node/query/evaluate.h"

namespace syncline::query {

// Each link that an item of a linking field holds, alone or in a collection, until visit says
// false; whether it never did.
bool each_link(const Item& item, absl::FunctionRef<bool(const Value&)> visit);

class BacklinkTable {
 public:
  // Lists all objects of a type.
  using Each = absl::FunctionRef<void(TypeNumber, ObjectSource::Visit)>;

  void visit(TypeNumber origin, FieldNumber field, const ObjectKey& key, Each each,
             ObjectSource::Visit visit);

 private:
  using Links = std::multimap<Bytes, std::shared_ptr<const Row>>;  // by the key linked to
  std::map<std::pair<TypeNumber, FieldNumber>, Links> links_;
};

}  // namespace syncline::query
