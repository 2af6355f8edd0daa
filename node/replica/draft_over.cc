#include "node/replica/draft_over.h"

#include "node/replica/draft.h"

namespace syncline {

Draft Draft::over(std::unique_ptr<Impl> impl) {
  Draft draft;
  draft.impl_ = std::move(impl);
  return draft;
}

std::unique_ptr<Draft::Impl> Draft::take() && { return std::move(impl_); }

Draft draft_over(std::shared_ptr<const Schema> schema, const ChangesetName& name,
                 const Cursor& base,
                 std::function<Result<std::optional<Row>>(const ObjectName&)> read) {
  auto impl = std::make_unique<Draft::Impl>();
  impl->schema = std::move(schema);
  impl->name = name;
  impl->base = base;
  impl->read = std::move(read);
  return Draft::over(std::move(impl));
}

Changeset take_changeset(Draft draft, const WriteClock& written) {
  const std::unique_ptr<Draft::Impl> impl = std::move(draft).take();
  Changeset changeset;
  changeset.base = impl->base;
  changeset.written = written;
  changeset.all_or_nothing = impl->all_or_nothing || !impl->guards.empty();
  changeset.guards = std::move(impl->guards);
  changeset.schema_mark = impl->schema->mark();
  for (DraftObject& object : impl->objects)
    if (!object.group.operations.empty()) changeset.groups.push_back(std::move(object.group));
  return changeset;
}

}  // namespace syncline
