#include "node/model/index_declaration.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/model/app_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string near = app::nearest(name, known);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

Result<const TypeDef*> type_of(const Schema& schema, const std::string& name) {
  const TypeDef* type = schema.type(std::string_view(name));
  if (type != nullptr && !type->embedded && !is_system(type->number)) return type;
  std::vector<std::string_view> known;
  for (const TypeDef& one : schema.types)
    if (!one.embedded && !is_system(one.number)) known.push_back(one.name);
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no type '{}'{}", name, did_you_mean(name, known)));
}

Result<const FieldDef*> field_of(const TypeDef& type, std::string_view name) {
  if (const FieldDef* field = type.field(name)) return field;
  std::vector<std::string_view> known;
  known.reserve(type.fields.size());
  for (const FieldDef& one : type.fields) known.push_back(one.name);
  return fail(ErrorCode::kNotFound,
              fmt::format("'{}' has no field '{}'{}", type.name, name, did_you_mean(name, known)));
}

bool is_point(const Schema& schema, const FieldDef& field) {
  const TypeDef* type = schema.type(field.target);
  if (field.type != ScalarType::embedded || type == nullptr) return false;
  const FieldDef* kind = type->field(std::string_view("type"));
  const FieldDef* place = type->field(std::string_view("coordinates"));
  return kind != nullptr && place != nullptr && place->collection == Collection::list;
}

Status check_kind(const Schema& schema, const FieldDef& field, const std::string& path,
                  IndexKind kind) {
  switch (kind) {
    case IndexKind::values:
      if (field.type == ScalarType::embedded)
        return fail(ErrorCode::kUsage,
                    fmt::format("'{0}' is an object: an index is of one of its fields, as in "
                                "'{0}.name'{1}",
                                path, is_point(schema, field) ? ", or an index of kind geo" : ""));
      return {};
    case IndexKind::text:
      if (field.type != ScalarType::string && field.type != ScalarType::mixed)
        return fail(ErrorCode::kUsage,
                    fmt::format("'{}' is no string: an index of kind text is of one", path));
      return {};
    case IndexKind::geo:
      break;
  }
  if (!is_point(schema, field))
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no GeoJSON point: an index of kind geo is of an embedded "
                            "object with a string 'type' and a list 'coordinates'",
                            path));
  return {};
}

// "address.city", from the type on.
Result<IndexColumn> resolve_path(const Schema& schema, const TypeDef& type, const std::string& path,
                                 IndexKind kind) {
  IndexColumn out;
  const TypeDef* owner = &type;
  for (size_t from = 0;;) {
    const size_t dot = std::min(path.find('.', from), path.size());
    SYNCLINE_ASSIGN(const FieldDef* field, field_of(*owner, path.substr(from, dot - from)));
    out.fields.push_back(field->number);
    if (dot == path.size()) {
      SYNCLINE_TRY(check_kind(schema, *field, path, kind));
      out.elements = field->collection != Collection::none;
      return out;
    }
    if (field->type != ScalarType::embedded || field->collection != Collection::none)
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}': an index reaches through embedded objects, and '{}' is none",
                              path, field->name));
    owner = schema.type(field->target);
    if (owner == nullptr)
      return fail(ErrorCode::kUsage, fmt::format("'{}' leads to no type of the schema", path));
    from = dot + 1;
  }
}

Status check_columns(const Index& index, const std::vector<IndexColumn>& columns) {
  if (index.kind != IndexKind::values && columns.size() != 1)
    return fail(ErrorCode::kUsage, "an index of kind text or geo is of one field");
  if (columns.size() == 1 && columns[0].fields == std::vector{system_field::kId})
    return fail(ErrorCode::kUsage, "objects are found by _id without an index");
  if (std::count_if(columns.begin(), columns.end(),
                    [](const IndexColumn& column) { return column.elements; }) > 1)
    return fail(ErrorCode::kUsage, "an index is of one list, set or dictionary at most");
  for (size_t i = 0; i < columns.size(); ++i)
    if (std::count(columns.begin(), columns.end(), columns[i]) > 1)
      return fail(ErrorCode::kUsage, fmt::format("'{}' is there twice", index.fields[i]));
  return {};
}

Result<ResolvedIndex> resolve(const Schema& schema, const Index& index) {
  if (index.fields.empty() || index.fields.size() > limits::kIndexColumnsMax)
    return fail(ErrorCode::kTooLarge, fmt::format("an index is of 1 to {} fields, not of {}",
                                                  limits::kIndexColumnsMax, index.fields.size()));
  SYNCLINE_ASSIGN(const TypeDef* type, type_of(schema, index.type));
  ResolvedIndex out{type->number, index.kind, {}};
  for (const std::string& path : index.fields) {
    if (path.size() > limits::kIndexPathBytesMax)
      return fail(ErrorCode::kTooLarge, fmt::format("a path of {} bytes; at most {} are allowed",
                                                    path.size(), limits::kIndexPathBytesMax));
    SYNCLINE_ASSIGN(out.columns.emplace_back(), resolve_path(schema, *type, path, index.kind));
  }
  SYNCLINE_TRY(check_columns(index, out.columns));
  return out;
}

}  // namespace

Result<ResolvedIndex> resolve_index(const Schema& schema, const Index& index) {
  Result<ResolvedIndex> out = resolve(schema, index);
  if (out) return out;
  std::string fields;
  for (const std::string& field : index.fields) fields += (fields.empty() ? "" : ", ") + field;
  return std::unexpected(out.error().within(fmt::format("the index {}({})", index.type, fields)));
}

}  // namespace syncline
