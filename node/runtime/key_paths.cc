#include "node/runtime/key_paths.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/replica/shown.h"

namespace syncline {
namespace {

Result<Path> path_of(const Schema& schema, const TypeDef& type, std::string_view text) {
  Path path;
  const TypeDef* in = &type;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (in == nullptr)
      return fail(
          ErrorCode::kBadQuery,
          fmt::format("key path {}: {} is beyond the object; observe its own type", text, name));
    const FieldDef* field = in->field(name);
    if (field == nullptr && !in->open)
      return fail(ErrorCode::kBadQuery,
                  fmt::format("key path {}: type {} has no field {}", text, in->name, name));
    path.push_back(field != nullptr ? Step(field->number) : Step(std::string(name)));
    const bool embeds = field != nullptr && field->type == ScalarType::embedded &&
                        field->collection == Collection::none;
    in = embeds ? schema.type(field->target) : nullptr;
  }
  if (path.empty()) return fail(ErrorCode::kBadQuery, "a key path is empty");
  return path;
}

bool same(const Item* before, const Item* after) {
  if (before == nullptr || after == nullptr) return before == after;
  return same_content(*before, *after);
}

}  // namespace

Result<KeyPaths> KeyPaths::parse(const Schema& schema, const TypeDef& type,
                                 const std::vector<std::string>& paths) {
  KeyPaths out;
  for (const std::string& text : paths) {
    SYNCLINE_ASSIGN(Path path, path_of(schema, type, text));
    out.paths_.push_back(std::move(path));
  }
  return out;
}

bool KeyPaths::differ(const Row& before, const Row& after) const {
  if (paths_.empty()) return !same_content(before.fields, after.fields);
  return std::any_of(paths_.begin(), paths_.end(), [&](const Path& path) {
    return !same(find_item(before.fields, path), find_item(after.fields, path));
  });
}

}  // namespace syncline
