// The indexes that a collection's schema declares. A keyword of Syncline's own: nodes keep them
// over what they hold.
//
//   "indexes": ["region", ["owner_id", "due"], {"text": "body"}, {"geo": "position"}]
#include <fmt/format.h>

#include "node/model/app_schema.h"
#include "node/model/index_declaration.h"
#include "proto/limits.h"

namespace syncline::app {
namespace {

constexpr std::string_view kRemedy =
    R"(write a field, fields in an array, {"text": field} or {"geo": field})";

// One index; nothing if it is none.
std::optional<IndexDef> index_in(const Json& value) {
  if (value.is_string()) return IndexDef{IndexKind::values, {value.get<std::string>()}};
  if (value.is_object() && value.size() == 1 && value.begin()->is_string()) {
    const std::string& key = value.begin().key();
    const std::string field = value.begin()->get<std::string>();
    if (key == "text") return IndexDef{IndexKind::text, {field}};
    if (key == "geo") return IndexDef{IndexKind::geo, {field}};
  }
  if (!value.is_array() || value.empty()) return std::nullopt;
  IndexDef out;
  for (const Json& field : value) {
    if (!field.is_string()) return std::nullopt;
    out.fields.push_back(field.get<std::string>());
  }
  return out;
}

}  // namespace

void read_indexes(Notes& notes, ObjectView& schema, TypeDraft& type) {
  const Json* value = schema.get_all("indexes");
  if (value == nullptr) return;
  const std::string at = schema.at("indexes");
  if (!value->is_array()) {
    notes.error("wrong_kind", at,
                fmt::format("\"indexes\" is {}, expected an array", kind_of(*value)),
                std::string(kRemedy));
    return;
  }
  if (value->size() > limits::kIndexesPerTypeMax) {
    notes.error(
        "too_many_indexes", at,
        fmt::format("{} indexes; a type may have {}", value->size(), limits::kIndexesPerTypeMax),
        "each costs every write: keep those that queries need");
    return;
  }
  bool bad = false;
  for (size_t i = 0; i < value->size(); ++i) {
    if (std::optional<IndexDef> index = index_in((*value)[i])) {
      type.def.indexes.push_back(std::move(*index));
    } else {
      bad = true;
      notes.error("bad_index", below(at, i), fmt::format("{} is no index", shown((*value)[i])),
                  std::string(kRemedy));
    }
  }
  // The others are held against the types once all are right.
  if (bad) type.def.indexes.clear();
}

void check_indexes(Loading& load, const TypeDrafts& types) {
  for (const auto& [name, draft] : types)
    for (size_t i = 0; i < draft.def.indexes.size(); ++i) {
      const IndexDef& index = draft.def.indexes[i];
      const auto fits = resolve_index(load.app.schema, {name, index.fields, index.kind});
      if (fits) continue;
      draft.notes->error("bad_index", below(below(draft.pointer, "indexes"), i),
                         fits.error().message, "correct the index, or remove it");
    }
}

}  // namespace syncline::app
