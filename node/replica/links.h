// Links of an object: what its fields name, wherever they stand in it. Whether what they name is
// there is for the caller to look up: a link that leads nowhere is not null. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/object.h"
#include "proto/schema.h"
#include "syncline/words.h"

namespace syncline {

struct FoundLink {
  std::string path;  // for a person: "owner", "stops[2].place", "by_day.monday"
  TypeNumber type;   // that it leads to
  Value id;          // Null: it leads nowhere by its author's will
};

// All that the schema declares, in the order of the object's fields.
std::vector<FoundLink> links_of(const Schema& schema, const TypeDef& type, const Document& object);

// The one at the path; null too where nothing stands. kUsage: what stands there does not link;
// kNotFound: no such field.
Result<FoundLink> link_at(const Schema& schema, const TypeDef& type, const Document& object,
                          const UserPath& path);

}  // namespace syncline
