#include "node/query/backlink_table.h"

#include "proto/codec.h"

namespace syncline::query {

bool each_link(const Item& item, absl::FunctionRef<bool(const Value&)> visit) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return visit(item.value());
  for (const Child& child : scope->children) {
    if (scope->kind != ScopeKind::set) {
      if (!each_link(child.item, visit)) return false;
    } else if (const Result<Value> member = decode_value(std::get<Member>(child.step).bytes)) {
      if (!visit(*member)) return false;
    }
  }
  return true;
}

void BacklinkTable::visit(TypeNumber origin, FieldNumber field, const ObjectKey& key, Each each,
                          ObjectSource::Visit visit) {
  const auto [at, is_new] = links_.try_emplace({origin, field});
  if (is_new) {
    each(origin, [&](const std::shared_ptr<const Row>& row) {
      const Child* child = row->fields.find(syncline::Step(field));
      if (child == nullptr) return true;
      return each_link(child->item, [&](const Value& id) {
        if (const Result<ObjectKey> name = object_key(id)) at->second.emplace(name->bytes, row);
        return true;
      });
    });
  }
  const auto [first, last] = at->second.equal_range(key.bytes);
  for (auto one = first; one != last; ++one)
    if (!visit(one->second)) return;
}

}  // namespace syncline::query
