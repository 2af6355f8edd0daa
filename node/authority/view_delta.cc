#include "node/authority/view_delta.h"

#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

Result<Bytes> projected_row(const Bytes& row, const FieldMask& mask) {
  if (mask.all || SYNCLINE_PLANTED(ignore_mask)) return row;
  Result<Row> decoded = decode_row(row);
  if (!decoded)
    return fail(ErrorCode::kStoreDamaged, "an object's row: " + decoded.error().message);
  decoded->fields = project(mask, decoded->fields);
  return encode_row(*decoded);
}

// What the mask shows of the effects; nullopt if one reaches a place that is visible in part: then
// the whole is told.
std::optional<std::vector<Effect>> projected(const std::vector<Effect>& effects,
                                             const FieldMask& mask) {
  std::vector<Effect> out;
  for (const Effect& effect : effects) {
    if (mask.all) {
      out.push_back(effect);
      continue;
    }
    switch (effect.path.empty() ? FieldMask::Sight::partly : mask.sight(effect.path)) {
      case FieldMask::Sight::whole:
        out.push_back(effect);
        break;
      case FieldMask::Sight::partly:
        return std::nullopt;
      case FieldMask::Sight::none:
        break;
    }
  }
  return out;
}

}  // namespace

Result<std::optional<Bytes>> view_delta(const ObjectName& object, LogSeq seq, const Before& before,
                                        const After& after) {
  ObjectDelta delta;
  delta.object = object;
  delta.seq = seq;
  if (after.row == nullptr) {
    if (before.kind == Before::Kind::absent || SYNCLINE_PLANTED(lose_leave)) return std::nullopt;
    delta.kind = ObjectDelta::Kind::leave;
    return encode_object_delta(delta);
  }
  const bool same_mask = before.mask == after.mask || (before.mask && *before.mask == *after.mask);
  if (before.kind == Before::Kind::known && same_mask) {
    if (after.changes == nullptr) return std::nullopt;
    delta.kind = ObjectDelta::Kind::update;
    if (std::optional<std::vector<Effect>> effects = projected(*after.changes, *after.mask)) {
      if (effects->empty()) return std::nullopt;
      delta.effects = std::move(*effects);
      Bytes update = encode_object_delta(delta);
      // Each effect repeats its path, so an update may be far larger than the object.
      if (update.size() <= limits::kWholeInDeltaBytesMax) return update;
      delta.effects.clear();
    }
  }
  // What the node may hold is replaced whole: an unknown content, or one seen through another mask.
  delta.kind = ObjectDelta::Kind::enter;
  SYNCLINE_ASSIGN(delta.row, projected_row(*after.row, *after.mask));
  return encode_object_delta(delta);
}

}  // namespace syncline
