// ViewAt: what a view shows at one state of the objects. Where an object's own fields do not decide
// alone it looks into the state: at objects that are linked to, at an object's place among others.
//
// Reads its snapshot only; any thread, one at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "node/authority/state_lookup.h"
#include "node/authority/view.h"
#include "node/query/run.h"
#include "storage/store.h"

namespace syncline {

class ViewAt {
 public:
  // Both outlive this.
  ViewAt(const View* view, const Reader* state);
  ~ViewAt();

  // The mask through which the view shows the object, whose row is that in this state; null: it
  // does not. kStoreDamaged.
  Result<const FieldMask*> shows(const ObjectName& name, const StoredRow& row);
  // Reads the row itself.
  Result<const FieldMask*> shows(const ObjectName& name);

  // Whether the view asks for an object of that content, which its user may read: a window's
  // condition counts, its order and limit do not. The row need not be the state's.
  Result<bool> wants(const ObjectName& name, const Row& row);

  // The object is another now: what was read of it, at the end of a link, is read anew.
  void forget(const ObjectName& name);

  // The objects that windows over the type hold; the first call finds them: by an index, else it
  // reads the whole type. Empty: none does.
  Result<const std::set<ObjectKey>*> in_windows(TypeNumber type);

  // The state's indexes.
  StateLookup& lookup() { return lookup_; }

 private:
  class Linked;
  Result<std::set<ObjectKey>> run_windows(const TypeView& type);
  using Window = std::shared_ptr<const query::BoundQuery>;
  Result<bool> run_by_index(const TypeView& type, const Window& window, query::Run* run);
  Result<bool> run_in_order(const TypeView& type, const Window& window, query::Run* run);
  Status run_by_scan(const TypeView& type, std::vector<query::Run*> runs);
  Result<std::shared_ptr<const Row>> shown(const TypeView& type, BytesView bytes) const;

  const View* view_;
  const Reader* state_;
  StateLookup lookup_;
  std::unique_ptr<Linked> linked_;
  std::map<TypeNumber, std::set<ObjectKey>> windows_;
};

}  // namespace syncline
