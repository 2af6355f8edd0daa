// Node: where links lead.
#include <fmt/format.h>

#include "node/model/documents.h"
#include "node/replica/links.h"
#include "node/runtime/node_impl.h"

namespace syncline {

Result<LinkTarget> Node::follow(std::string_view type, const Value& id,
                                const UserPath& path) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(const TypeNumber number, impl_->readable_type(type));
  const std::shared_ptr<const Schema> schema = impl_->seen().schema;
  const std::unique_ptr<Reader> snapshot = impl_->store->snapshot();
  SYNCLINE_ASSIGN(ObjectKey key, object_key(id));
  SYNCLINE_ASSIGN(const std::optional<Row> row, read_object(*snapshot, {number, std::move(key)}));
  if (!row)
    return fail(ErrorCode::kNotFound, fmt::format("there is no {} with this _id here", type));
  SYNCLINE_ASSIGN(const FoundLink found, link_at(*schema, *schema->type(number),
                                                 document_of_object(*schema, number, *row), path));
  LinkTarget link;
  link.type = schema->type(found.type)->name;
  if (found.id.is<Null>()) return link;
  link.state = LinkTarget::State::unresolved;
  link.id = found.id;
  SYNCLINE_ASSIGN(ObjectKey target, object_key(found.id));
  SYNCLINE_ASSIGN(const std::optional<Row> there,
                  read_object(*snapshot, {found.type, std::move(target)}));
  if (!there) return link;
  link.state = LinkTarget::State::resolved;
  link.target = document_of_object(*schema, found.type, *there);
  return link;
}

}  // namespace syncline
