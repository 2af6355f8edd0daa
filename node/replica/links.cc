#include "node/replica/links.h"

#include <fmt/format.h>

namespace syncline {
namespace {

class LinkWalk {
 public:
  explicit LinkWalk(const Schema& schema) : schema_(schema) {}

  void walk_fields(const TypeDef& type, const Document& object, const std::string& before) {
    for (const DocumentField& entry : object.fields)
      if (const FieldDef* field = type.field(std::string_view(entry.name)))
        walk_field(*field, entry.value, before + entry.name);
  }
  std::vector<FoundLink> take() && { return std::move(found_); }

 private:
  void walk_field(const FieldDef& field, const Value& value, const std::string& path) {
    if (const List* list = value.get_if<List>(); list != nullptr && is_collection(field)) {
      for (size_t i = 0; i < list->elements.size(); ++i)
        walk_leaf(field, list->elements[i], fmt::format("{}[{}]", path, i));
    } else if (const Document* entries = value.get_if<Document>();
               entries != nullptr && is_collection(field)) {
      for (const DocumentField& entry : entries->fields)
        walk_leaf(field, entry.value, fmt::format("{}.{}", path, entry.name));
    } else {
      walk_leaf(field, value, path);
    }
  }
  void walk_leaf(const FieldDef& field, const Value& value, const std::string& path) {
    if (field.type == ScalarType::link) found_.push_back({path, field.target, value});
    const Document* inner = value.get_if<Document>();
    const TypeDef* embedded =
        field.type == ScalarType::embedded ? schema_.type(field.target) : nullptr;
    if (inner != nullptr && embedded != nullptr) walk_fields(*embedded, *inner, path + ".");
  }
  static bool is_collection(const FieldDef& field) { return field.collection != Collection::none; }

  const Schema& schema_;
  std::vector<FoundLink> found_;
};

std::string text_of_step(const PathStep& step) {
  if (const uint64_t* index = std::get_if<uint64_t>(&step)) return fmt::format("[{}]", *index);
  return std::get<std::string>(step);
}

// What stands behind the step; null: nothing.
const Value* child_of(const Value* parent, const PathStep& step) {
  if (parent == nullptr) return nullptr;
  if (const uint64_t* index = std::get_if<uint64_t>(&step)) {
    const List* list = parent->get_if<List>();
    return list != nullptr && *index < list->elements.size() ? &list->elements[*index] : nullptr;
  }
  const Document* document = parent->get_if<Document>();
  return document == nullptr ? nullptr : document->find(std::get<std::string>(step));
}

}  // namespace

std::vector<FoundLink> links_of(const Schema& schema, const TypeDef& type, const Document& object) {
  LinkWalk walk(schema);
  walk.walk_fields(type, object, "");
  return std::move(walk).take();
}

Result<FoundLink> link_at(const Schema& schema, const TypeDef& type, const Document& object,
                          const UserPath& path) {
  const Value whole(object);
  const Value* at = &whole;
  const TypeDef* in = &type;        // whose field comes next; null: an element or entry does
  const FieldDef* field = nullptr;  // the last
  std::string text;
  for (const PathStep& step : path) {
    text += (text.empty() || text_of_step(step)[0] == '[' ? "" : ".") + text_of_step(step);
    at = child_of(at, step);
    if (in != nullptr) {
      const std::string* name = std::get_if<std::string>(&step);
      field = name == nullptr ? nullptr : in->field(std::string_view(*name));
      if (field == nullptr)
        return fail(ErrorCode::kNotFound,
                    fmt::format("type {} has no field {}", in->name, text_of_step(step)));
      in = field->collection == Collection::none && field->type == ScalarType::embedded
               ? schema.type(field->target)
               : nullptr;
      if (field->collection != Collection::none) continue;
    } else if (field->type == ScalarType::embedded) {
      in = schema.type(field->target);
    }
    if (field->type == ScalarType::link && &step == &path.back())
      return FoundLink{text, field->target, at == nullptr ? Value(Null()) : *at};
  }
  return fail(ErrorCode::kUsage, fmt::format("{} of type {} is not a link", text, type.name));
}

}  // namespace syncline
