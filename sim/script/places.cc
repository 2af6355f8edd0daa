#include "sim/script/places.h"

#include "node/authority/stored_object.h"
#include "node/model/documents.h"
#include "proto/extended_json.h"

namespace syncline::sim {

std::string text_of_id(const Value& id) { return print_extended_json(id, JsonForm::canonical); }

Result<Documents> documents_of(Fleet* fleet, NodeProcess* node, const std::string& type_name,
                               bool confirmed) {
  const Schema& schema = fleet->schema();
  const TypeDef* type = schema.type(type_name);
  if (type == nullptr || type->embedded)
    return fail(ErrorCode::kNotFound, "the app has no type " + type_name);
  Documents documents;
  const auto add = [&](const Row& row) {
    documents.emplace(text_of_id(row.id), document_of_object(schema, type->number, row));
  };
  if (node != nullptr) {
    SYNCLINE_TRY(visit_objects(node->disk(), type->number, confirmed,
                               [&](const ObjectKey&, const Row& row) { return add(row), true; }));
    return documents;
  }
  auto at = scan_rows(fleet->authority.state(), type->number);
  for (; at->valid(); at->next()) {
    SYNCLINE_ASSIGN(Row row, decode_row(at->value()));
    add(row);
  }
  SYNCLINE_TRY(at->status());
  return documents;
}

}  // namespace syncline::sim
