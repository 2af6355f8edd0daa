#include "node/access/shown_to.h"

namespace syncline {

std::optional<Row> shown_to(const Access& access, TypeNumber type, const Value& id,
                            const Row& row) {
  const TypeAccess& may = access.of(type);
  if (!may.read || (may.read_when != nullptr && !may.read_when->holds(id, row.fields)))
    return std::nullopt;
  Row shown = row;
  const FieldMask& mask = may.readable.of(id, row.fields);
  if (!mask.all) shown.fields = project(mask, row.fields);
  return shown;
}

}  // namespace syncline
