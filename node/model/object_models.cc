// What the headers of object models (include/syncline/objects.h) need that is no template.
#include <algorithm>

#include <fmt/format.h>

#include "node/model/findings.h"
#include "node/model/type_table.h"
#include "syncline/conditions.h"
#include "syncline/object_codec.h"

namespace syncline {

const DeclaredField* DeclaredType::field(std::string_view name) const {
  for (const DeclaredField& one : fields)
    if (one.name == name) return &one;
  return nullptr;
}

const DeclaredType* DeclaredSchema::type(std::string_view name) const {
  for (const DeclaredType& one : types)
    if (one.name == name) return &one;
  return nullptr;
}

std::string_view name_of(SchemaDifference::Kind kind) {
  using enum SchemaDifference::Kind;
  switch (kind) {
    case type_missing:
      return "type_missing";
    case embedded:
      return "embedded";
    case asymmetric:
      return "asymmetric";
    case key_type:
      return "key_type";
    case field_missing:
      return "field_missing";
    case collection:
      return "collection";
    case field_type:
      return "field_type";
    case target:
      return "target";
    case nullability:
      return "nullability";
    case required_unknown:
      return "required_unknown";
  }
  return "unknown";
}

std::string to_text(const SchemaDifference& difference) {
  const std::string place =
      difference.field.empty() ? difference.type : difference.type + "." + difference.field;
  const auto side = [](const std::string& text) {
    return text.empty() ? std::string("nothing") : text;
  };
  return fmt::format("{}: the code has {}, the authority {}: {}", place, side(difference.declared),
                     side(difference.authority), difference.remedy);
}

namespace detail {
namespace {

std::string text_of(const ReadPlace& place) {
  if (place.outer == nullptr) {
    std::string text(place.name);
    if (place.id != nullptr)
      text += "/" + (place.id->is<std::string>() ? place.id->get<std::string>() : shown(*place.id));
    return text;
  }
  std::string text = text_of(*place.outer);
  if (place.index) return fmt::format("{}[{}]", text, *place.index);
  return fmt::format("{}{}{}", text, place.outer->outer == nullptr ? ": " : ".", place.name);
}

}  // namespace

std::unexpected<Error> misfit(const ReadPlace& place, ScalarType expected, const Value& found) {
  return misfit(place, row_of(expected).phrase, found);
}

std::unexpected<Error> misfit(const ReadPlace& place, std::string_view expected,
                              const Value& found) {
  if (found.is_null())
    return fail(ErrorCode::kBadData,
                fmt::format("{}: expected {}, found nothing", text_of(place), expected));
  return fail(ErrorCode::kBadData, fmt::format("{}: expected {}, found {} {}", text_of(place),
                                               expected, type_name(found), shown(found)));
}

bool id_less(const Value& a, const Value& b) {
  const auto rank = [](const Value& id) {
    return id.is_integer()        ? 1
           : id.is<std::string>() ? 2
           : id.is<ObjectId>()    ? 3
           : id.is<Uuid>()        ? 4
                                  : 0;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  switch (rank(a)) {
    case 1:
      return a.as_integer() < b.as_integer();
    case 2:
      return a.get<std::string>() < b.get<std::string>();
    case 3:
      return a.get<ObjectId>() < b.get<ObjectId>();
    case 4:
      return a.get<Uuid>() < b.get<Uuid>();
    default:
      return false;
  }
}

void add_model(const TypeModel& model, DeclaredSchema* schema) {
  // Two structs of one name that say the same are one; others are told by check_declared().
  if (std::find(schema->types.begin(), schema->types.end(), model.type) != schema->types.end())
    return;
  schema->types.push_back(model.type);
  for (const auto inner : model.embedded)
    if (inner != nullptr) add_model(inner(), schema);
}

std::string numbered(std::string_view text) {
  std::string out;
  size_t next = 0;
  for (const char c : text) {
    if (c == kArgument) {
      out += fmt::format("${}", next++);
    } else {
      out += c;
    }
  }
  return out;
}

std::string query_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    out += c;
    if (c == '`') out += c;
  }
  return out + "`";
}

}  // namespace detail
}  // namespace syncline
