// Node: the code's types beside the authority's schema.
#include "node/model/schema_comparison.h"
#include "node/runtime/node_impl.h"
#include "syncline/object_codec.h"

namespace syncline {
namespace {

Status fit_of(const TypeModel& model, const Schema& schema) {
  DeclaredSchema declared;
  detail::add_model(model, &declared);
  SYNCLINE_TRY(check_declared(declared));
  return check_fit(declared, model.type.name, compare_schemas(declared, schema));
}

}  // namespace

Status ModelFits::look(const TypeModel& model, const std::shared_ptr<const Schema>& schema) {
  std::lock_guard lock(mutex_);
  if (schema_ != schema) {
    schema_ = schema;
    known_.clear();
  }
  const auto found = known_.find(&model);
  if (found != known_.end()) return found->second;
  return known_.emplace(&model, fit_of(model, *schema)).first->second;
}

void Node::Impl::check_models() {
  if (!options.models) return;
  const std::shared_ptr<const Schema> schema = seen().schema;
  auto differences = std::make_shared<const std::vector<SchemaDifference>>(
      schema == nullptr || schema->revision == 0 ? std::vector<SchemaDifference>()
                                                 : compare_schemas(*options.models, *schema));
  std::lock_guard lock(seen_mutex);
  seen_.differences = std::move(differences);
}

Status Node::fits(const TypeModel& model) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const std::shared_ptr<const Schema> schema = impl_->seen().schema;
  if (schema == nullptr || schema->revision == 0)
    return fail(ErrorCode::kNotFound, "no schema yet: it comes with the first connection");
  return impl_->fits.look(model, schema);
}

Status Transaction::fits(const TypeModel& model) const {
  if (impl_->draft.schema().revision == 0)
    return fail(ErrorCode::kNotFound, "no schema yet: it comes with the first connection");
  return impl_->fits->look(model, impl_->schema);
}

}  // namespace syncline
