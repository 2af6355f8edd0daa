#include "node/access/shown_to.h"

namespace syncline {

std::optional<Row> shown_to(const Access& access, TypeNumber type, const Value& id,
                            const Row& row) {
  const TypeAccess& may = access.of(type);
  if (!may.read || (may.read_when != nullptr && !may.read_when->holds(id, row.fields)))
    return std::nullopt;
  Row shown = row;
  if (!may.readable.all) shown.fields = project(may.readable, row.fields);
  return shown;
}

}  // namespace syncline
