#include "node/replica/shown_objects.h"

#include <algorithm>

#include "node/query/backlink_table.h"
#include "node/query/compare.h"
#include "node/replica/index_entries.h"
#include "node/replica/replica.h"

namespace syncline {
namespace {

bool leads_to(const Value& link, const ObjectKey& key) {
  const Result<ObjectKey> target = object_key(link);
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

Result<std::optional<std::vector<ObjectKey>>> ShownObjects::linking(TypeNumber origin,
                                                                    FieldNumber field,
                                                                    const ObjectKey& key) {
  auto known = indexes_.find(origin);
  if (known == indexes_.end()) {
    SYNCLINE_ASSIGN(std::vector<IndexRecord> all, read_indexes(reader_, origin));
    known = indexes_.emplace(origin, std::move(all)).first;
  }
  std::vector<ObjectKey> out;
  for (const IndexRecord& index : known->second) {
    const query::TermPath& first = index.columns[0];
    if (!index.ready || first.of != query::TermPath::Of::value ||
        first.fields != std::vector{field})
      continue;
    SYNCLINE_ASSIGN(const Value id, id_of(key));
    const auto [from, to] = entry_range(index.number, {{query::comparison_key(id)}, std::nullopt});
    auto walk = reader_.scan(from, to);
    for (; walk->valid(); walk->next()) {
      SYNCLINE_ASSIGN(out.emplace_back(), object_of_entry(walk->key(), index.columns.size()));
    }
    SYNCLINE_TRY(walk->status());
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return std::optional(std::move(out));
  }
  return std::optional<std::vector<ObjectKey>>();
}

void ShownObjects::visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber,
                                   const ObjectKey& key, Visit visit) {
  // Whether to go on.
  const auto look_at = [&](const Row& row) {
    const Child* child = row.fields.find(field);
    if (child == nullptr) return true;
    std::shared_ptr<const Row> shared;
    return query::each_link(child->item, [&](const Value& link) {
      if (!leads_to(link, key)) return true;
      if (shared == nullptr) shared = std::make_shared<const Row>(row);
      return visit(shared);
    });
  };
  const auto candidates = linking(origin, field, key);
  if (!candidates) {
    status_ = std::unexpected(candidates.error());
  } else if (!*candidates) {
    const Status read = visit_objects(
        reader_, origin, false, [&](const ObjectKey&, const Row& row) { return look_at(row); });
    if (!read) status_ = read;
  } else {
    for (const ObjectKey& candidate : **candidates) {
      const std::shared_ptr<const Row> row = find(origin, candidate);
      if (row != nullptr && !look_at(*row)) break;
    }
  }
}

}  // namespace syncline
