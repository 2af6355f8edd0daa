#include "node/replica/shown_objects.h"

#include "node/replica/replica.h"

namespace syncline {
namespace {

bool leads_to(const Item& link, const ObjectKey& key) {
  if (link.is_scope() || link.value().is<Null>()) return false;
  const Result<ObjectKey> target = object_key(link.value());
  return target && *target == key;
}

}  // namespace

std::shared_ptr<const Row> ShownObjects::find(TypeNumber type, const ObjectKey& key) {
  Result<std::optional<Row>> row = read_object(reader_, {type, key});
  if (!row) {
    status_ = std::unexpected(row.error());
    return nullptr;
  }
  if (!*row) return nullptr;
  return std::make_shared<const Row>(std::move(**row));
}

void ShownObjects::visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber,
                                   const ObjectKey& key, Visit visit) {
  const Status read = visit_objects(reader_, origin, false, [&](const ObjectKey&, const Row& row) {
    const Child* child = row.fields.find(field);
    if (child == nullptr) return true;
    std::shared_ptr<const Row> shared;
    const auto told = [&](const Item& link) {
      if (!leads_to(link, key)) return true;
      if (shared == nullptr) shared = std::make_shared<const Row>(row);
      return visit(shared);
    };
    const Scope* links = child->item.scope();
    if (links == nullptr) return told(child->item);
    for (const Child& one : links->children)
      if (!told(one.item)) return false;
    return true;
  });
  if (!read) status_ = read;
}

}  // namespace syncline
