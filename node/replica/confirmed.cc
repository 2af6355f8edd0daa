#include "node/replica/confirmed.h"

#include "proto/codec.h"

namespace syncline {

Result<CheckedDelta> check_object_delta(BytesView bytes) {
  SYNCLINE_ASSIGN(ObjectDelta delta, decode_object_delta(bytes));
  return check_object_delta(std::move(delta));
}

Result<CheckedDelta> check_object_delta(ObjectDelta delta) {
  CheckedDelta out;
  out.delta = std::move(delta);
  if (out.delta.kind != ObjectDelta::Kind::enter) return out;
  SYNCLINE_ASSIGN(Row row, decode_row(out.delta.row));
  SYNCLINE_ASSIGN(ObjectKey key, object_key(row.id));
  if (key != out.delta.object.key || row.fields.kind != ScopeKind::object)
    return fail(ErrorCode::kMalformed, "a delta whose row is not the object that it names");
  out.entered = std::move(row);
  return out;
}

Status apply_object_delta(CheckedDelta checked, std::optional<Row>* row) {
  switch (checked.delta.kind) {
    case ObjectDelta::Kind::enter:
      *row = std::move(checked.entered);
      return {};
    case ObjectDelta::Kind::leave:
      row->reset();
      return {};
    case ObjectDelta::Kind::update:
      break;
  }
  if (!*row) return fail(ErrorCode::kMalformed, "a delta updates an object that is not held");
  SYNCLINE_TRY(apply_effects(&(*row)->fields, checked.delta.effects));
  (*row)->changed = checked.delta.seq;
  return {};
}

}  // namespace syncline
