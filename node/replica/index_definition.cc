#include "node/replica/index_definition.h"
#include "proto/limits.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline {
namespace {

using query::TermPath;

TermPath::Of what_of(IndexKind kind) {
  return kind == IndexKind::text  ? TermPath::Of::words
         : kind == IndexKind::geo ? TermPath::Of::place
                                  : TermPath::Of::value;
}

IndexKind kind_of(TermPath::Of of) {
  return of == TermPath::Of::words   ? IndexKind::text
         : of == TermPath::Of::place ? IndexKind::geo
                                     : IndexKind::values;
}

}  // namespace

Result<IndexRecord> define_index(const Schema& schema, const Index& index) {
  SYNCLINE_ASSIGN(ResolvedIndex resolved, resolve_index(schema, index));
  IndexRecord out;
  out.type = resolved.type;
  for (IndexColumn& column : resolved.columns)
    out.columns.push_back({std::move(column.fields), column.elements, what_of(resolved.kind)});
  return out;
}

Result<std::vector<IndexRecord>> define_indexes(const Schema& schema,
                                                const std::vector<Index>& indexes) {
  std::vector<IndexRecord> out;
  for (const Index& index : indexes) {
    SYNCLINE_ASSIGN(IndexRecord one, define_index(schema, index));
    size_t of_type = 0;
    bool known = false;
    for (const IndexRecord& other : out) {
      known = known || other.same_index(one);
      of_type += other.type == one.type ? 1 : 0;
    }
    if (known) continue;
    if (of_type == limits::kIndexesPerTypeMax)
      return fail(ErrorCode::kTooLarge, fmt::format("{} has more than {} indexes", index.type,
                                                    limits::kIndexesPerTypeMax));
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<Index> index_of(const Schema& schema, const IndexRecord& record) {
  const TypeDef* type = schema.type(record.type);
  if (type == nullptr) return std::nullopt;
  Index out{type->name, {}, kind_of(record.columns[0].of)};
  for (const TermPath& column : record.columns) {
    const TypeDef* owner = type;
    std::string& path = out.fields.emplace_back();
    for (const FieldNumber number : column.fields) {
      const FieldDef* field = owner == nullptr ? nullptr : owner->field(number);
      if (field == nullptr) return std::nullopt;
      path += (path.empty() ? "" : ".") + field->name;
      owner = schema.type(field->target);
    }
  }
  return out;
}

bool is_same_index_under(const Schema& before, const Schema& now, const IndexRecord& record) {
  for (const TermPath& column : record.columns) {
    TypeNumber type = record.type;
    for (const FieldNumber number : column.fields) {
      const TypeDef* old_owner = before.type(type);
      const TypeDef* owner = now.type(type);
      const FieldDef* old_field = old_owner == nullptr ? nullptr : old_owner->field(number);
      const FieldDef* field = owner == nullptr ? nullptr : owner->field(number);
      if (field == nullptr || old_field == nullptr || !(*field == *old_field)) return false;
      type = field->target;
    }
    if (column.of != TermPath::Of::place) continue;
    const TypeDef* old_point = before.type(type);
    const TypeDef* point = now.type(type);
    if (point == nullptr || old_point == nullptr || !(*point == *old_point)) return false;
  }
  return true;
}

}  // namespace syncline
