// Node: the indexes of its store, declared and listed. They are kept by the machine.
#include "node/replica/index_definition.h"
#include "node/runtime/node_impl.h"

namespace syncline {

Status Node::Impl::declare_own_indexes() {
  if (!options.indexes) return {};
  SYNCLINE_TRY(step(replica_input::DeclareIndexes{*options.indexes}));
  check_own_indexes();
  return {};
}

void Node::Impl::check_own_indexes() {
  const std::shared_ptr<const Schema> schema = driver->machine().schema();
  std::optional<Error> wrong;
  if (options.indexes && schema != nullptr)
    if (auto fit = define_indexes(*schema, *options.indexes); !fit) wrong = fit.error();
  std::lock_guard lock(seen_mutex);
  seen_.indexes = std::move(wrong);
}

Status Node::declare_indexes(const std::vector<Index>& indexes) {
  SYNCLINE_TRY(impl_->not_in_write("declare_indexes()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  std::lock_guard lock(impl_->machine_mutex);
  if (const auto schema = impl_->driver->machine().schema())
    SYNCLINE_TRY(define_indexes(*schema, indexes));
  impl_->options.indexes = indexes;
  return impl_->declare_own_indexes();
}

Result<std::vector<IndexStatus>> Node::indexes() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const std::shared_ptr<const Schema> schema = impl_->seen().schema;
  std::vector<IndexStatus> out;
  if (schema == nullptr) return out;
  SYNCLINE_ASSIGN(const std::vector<IndexRecord> records, read_indexes(*impl_->store));
  for (const IndexRecord& record : records)
    if (std::optional<Index> index = index_of(*schema, record))
      out.push_back(
          {std::move(*index), record.ready, record.objects, record.in_schema, record.in_code});
  return out;
}

}  // namespace syncline
