#include "node/runtime/list_query.h"

#include <algorithm>

#include "node/query/compare.h"
#include "node/query/evaluate.h"
#include "node/replica/replica.h"
#include "node/replica/shown_objects.h"

namespace syncline {
namespace {

ListStage::Kind kind_of(query::Suffix::Kind kind) {
  switch (kind) {
    case query::Suffix::Kind::sort:
      return ListStage::Kind::sort;
    case query::Suffix::Kind::distinct:
      return ListStage::Kind::distinct;
    case query::Suffix::Kind::limit:
      break;
  }
  return ListStage::Kind::limit;
}

}  // namespace

Result<std::shared_ptr<const ListQuery>> ListQuery::make(std::shared_ptr<const Schema> schema,
                                                         std::string_view type,
                                                         std::string_view query,
                                                         const std::vector<Value>& arguments) {
  const TypeDef* found = schema->type(type);
  if (found == nullptr || found->embedded)
    return fail(ErrorCode::kNotFound, "there is no type " + std::string(type));
  query::Bindings bindings;
  bindings.arguments = arguments;
  SYNCLINE_ASSIGN(auto bound, query::bind(query.empty() ? "TRUEPREDICATE" : query,
                                          std::move(schema), found->number, bindings));
  return std::shared_ptr<const ListQuery>(new ListQuery(std::move(bound)));
}

ListQuery::ListQuery(std::shared_ptr<const query::BoundQuery> query)
    : query_(std::move(query)), type_(query_->schema->type(query_->type)) {
  size_t values = 0;
  for (const query::Stage& stage : query_->stages) {
    ListStage& out = stages_.emplace_back();
    out.kind = kind_of(stage.kind);
    out.limit = stage.limit;
    for (const query::Stage::Key& key : stage.keys) out.keys.push_back({values++, key.ascending});
  }
}

bool ListQuery::follows(TypeNumber other) const {
  const auto& all = query_->reads.follows;
  return std::any_of(all.begin(), all.end(),
                     [other](const query::Follows& one) { return one.other == other; });
}

Result<std::shared_ptr<const ListEntry>> ListQuery::entry_of(const ObjectKey& key, const Row& row,
                                                             const Reader& snapshot) const {
  ShownObjects objects(snapshot);
  std::shared_ptr<const ListEntry> entry;
  if (query::matches(*query_, row, objects)) entry = entry_for(key, row, objects);
  SYNCLINE_TRY(objects.status());
  return entry;
}

std::shared_ptr<const ListEntry> ListQuery::entry_for(const ObjectKey& key, const Row& row,
                                                      query::ObjectSource& objects) const {
  auto entry = std::make_shared<ListEntry>();
  entry->key = key;
  for (const query::Stage& stage : query_->stages)
    for (const query::Stage::Key& by : stage.keys)
      entry->values.push_back(query::comparison_key(
          query::value_at(*query_, by.path, {&row.id, &row.fields}, objects)));
  return entry;
}

Result<ListEntries> ListQuery::run(const Reader& snapshot, query::Needed needed,
                                   SearchCost* cost) const {
  ListEntries found;
  ShownObjects objects(snapshot);
  SearchCost unasked;
  SYNCLINE_TRY(visit_matching(
      snapshot, *query_, objects, needed,
      [&](const FoundObject& object) {
        found.push_back(entry_for(object.key, object.read, objects));
        return objects.status().has_value();
      },
      cost == nullptr ? &unasked : cost));
  SYNCLINE_TRY(objects.status());
  return found;
}

}  // namespace syncline
