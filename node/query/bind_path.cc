// Paths: from names to fields, links, backlinks, elements.
#include <algorithm>

#include <fmt/format.h>

#include "node/query/binder.h"
#include "node/query/fault.h"
#include "node/query/parse.h"

namespace syncline::query {
namespace {

using What = Place::What;

// A mapping may lead to another, and in a circle.
constexpr size_t kExpandedStepsMax = 1'000;
constexpr std::string_view kTablePrefix = "class_";  // the predecessor's tables of classes

bool is_object(ScalarType type) { return type == ScalarType::link || type == ScalarType::embedded; }

bool is_length(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower == "length";
}

bool has_length(ScalarType type) {
  return type == ScalarType::string || type == ScalarType::binary || type == ScalarType::mixed;
}

}  // namespace

void Binder::add(PathEnd* at, Step step) {
  at->path.many |= step.kind == Step::Kind::elements || step.kind == Step::Kind::keys ||
                   step.kind == Step::Kind::backlinks;
  at->path.steps.push_back(std::move(step));
}

const TypeDef* Binder::type_named(const std::string& name) const {
  const auto mapped = bindings_.mapping.types.find(name);
  const std::string& real = mapped == bindings_.mapping.types.end() ? name : mapped->second;
  const TypeDef* found = schema_.type(std::string_view(real));
  if (found == nullptr) found = schema_.type(std::string_view(std::string(kTablePrefix) + real));
  return found;
}

// The steps as they stand for what the schema has: key-path arguments replaced.
Status Binder::expand(const Path& in, std::vector<PathStep>* steps) {
  for (const PathStep& step : in.steps) {
    if (step.kind == PathStep::Kind::argument) {
      SYNCLINE_ASSIGN(const Value* const value,
                      argument(static_cast<uint32_t>(step.index), step.column));
      PathStep index{PathStep::Kind::index, "", 0, step.column};
      if (value->is_integer() && value->as_integer() >= 0) {
        index.index = static_cast<uint64_t>(value->as_integer());
      } else if (const std::string* key = value->get_if<std::string>()) {
        index = {PathStep::Kind::key, *key, 0, step.column};
      } else {
        return bad_at(step.column,
                      fmt::format("argument ${} is used as an index: it must be a string or "
                                  "an integer that is not negative",
                                  step.index));
      }
      steps->push_back(std::move(index));
    } else if (step.kind == PathStep::Kind::key_path) {
      SYNCLINE_ASSIGN(const Value* const value,
                      argument(static_cast<uint32_t>(step.index), step.column));
      const std::string* text = value->get_if<std::string>();
      if (text == nullptr)
        return bad_at(
            step.column,
            fmt::format("argument $K{} is used as a path: it must be a string", step.index));
      Result<Path> path = parse_path(*text);
      if (!path)
        return bad_at(step.column, fmt::format("argument $K{}, '{}': {}", step.index, *text,
                                               path.error().message));
      for (PathStep& part : path->steps) {
        if (part.kind == PathStep::Kind::key_path || part.kind == PathStep::Kind::argument)
          return bad_at(step.column,
                        fmt::format("argument $K{} holds an argument itself", step.index));
        part.column = step.column;
        steps->push_back(std::move(part));
      }
    } else {
      steps->push_back(step);
    }
  }
  return {};
}

Result<PathEnd> Binder::path(const Path& in, bool for_values) {
  std::vector<PathStep> rest;
  SYNCLINE_TRY(expand(in, &rest));
  std::reverse(rest.begin(), rest.end());  // the next is at the back
  PathEnd at;
  at.path.frame = static_cast<uint32_t>(frames_.size() - 1);
  if (rest.back().kind == PathStep::Kind::name && rest.back().text.starts_with('$')) {
    for (size_t i = frames_.size() - 1; i > 0; --i) {
      if (frames_[i].variable != rest.back().text) continue;
      at.path.frame = static_cast<uint32_t>(i);
      rest.pop_back();
      break;
    }
  }
  at.place.type = frames_[at.path.frame].type;
  size_t taken = 0;
  while (!rest.empty()) {
    if (++taken > kExpandedStepsMax)
      return bad_at(in.column, fmt::format("a path of more than {} steps, or a key-path mapping "
                                           "that leads in a circle",
                                           kExpandedStepsMax));
    const PathStep next = std::move(rest.back());
    rest.pop_back();
    SYNCLINE_TRY(step(next, rest.empty(), &at, &rest));
  }
  if (for_values && at.place.what == What::collection && !at.length) enter_element(&at);
  at.path.type = type_at(at.place);
  at.path.reference = at.place.what == What::link;
  return at;
}

ValueType Binder::type_at(const Place& place) const {
  switch (place.what) {
    case What::object:
    case What::link:
      return {ValueType::Base::object, false, place.type};
    case What::mixed:
      return {};
    case What::collection:
    case What::value:
      break;
  }
  if (place.field == nullptr) return {ValueType::Base::string};  // a key of a dictionary
  return type_of_field(*place.field, place.owner, bindings_);
}

Status Binder::step(const PathStep& in, bool last, PathEnd* at, std::vector<PathStep>* rest) {
  if (at->length || at->all_links)
    return bad_at(in.column, fmt::format("expected the end of the path behind {}",
                                         at->length ? "length" : "@links"));
  switch (in.kind) {
    case PathStep::Kind::name:
      return name_step(in, last, at, rest);
    case PathStep::Kind::links:
      return links_step(in, at, rest);
    default:
      return index_step(in, at);
  }
}

// To the elements of a collection.
void Binder::enter_element(PathEnd* at) {
  add(at, {Step::Kind::elements, {}, {}, 0, {}});
  const FieldDef* field = at->place.field;
  Place& place = at->place;
  if (field->type == ScalarType::link) {
    place = {What::link, field->target, true};
  } else if (field->type == ScalarType::embedded) {
    place = {What::object, field->target, true};
  } else if (field->type == ScalarType::mixed) {
    place.what = What::mixed;
  } else {
    place.what = What::value;
  }
}

std::unexpected<Error> Binder::no_property(const PathStep& in, const PathEnd& at,
                                           std::string_view name) const {
  if (at.place.what == What::object || at.place.what == What::link) {
    std::vector<std::string_view> known;
    for (const FieldDef& field : type(at.place.type).fields) known.push_back(field.name);
    return bad_at(in.column,
                  unknown_name(fmt::format("'{}'", type(at.place.type).name), name, known));
  }
  return bad_at(in.column, fmt::format("{} has no property '{}'", shown(at), name));
}

// What a message calls the place: "'Fridge.notes' (a list of string)".
std::string Binder::shown(const PathEnd& at) const {
  if (at.place.field == nullptr) return "a value";
  const bool many = at.place.what == What::collection;
  static constexpr const char* kCollections[] = {"", "list", "set", "dictionary"};
  return fmt::format(
      "'{}.{}' ({}{})", type(at.place.owner).name, at.place.field->name,
      many ? fmt::format("a {} of ", kCollections[static_cast<int>(at.place.field->collection)])
           : "",
      describe(schema_, type_of_field(*at.place.field, at.place.owner, bindings_)));
}

Status Binder::name_step(const PathStep& in, bool last, PathEnd* at, std::vector<PathStep>* rest) {
  Place& place = at->place;
  if (place.what == What::mixed) {
    add(at, {Step::Kind::key, {}, {}, 0, in.text});
    at->indexed = true;
    place.field = nullptr;
    return {};
  }
  if (place.what == What::collection) return element_name_step(in, last, at, rest);
  if (place.what == What::value) return no_property(in, *at, in.text);
  const TypeDef& owner = type(place.type);
  const auto mapped = bindings_.mapping.paths.find(std::pair(owner.name, in.text));
  if (mapped != bindings_.mapping.paths.end()) {
    Result<Path> path = parse_path(mapped->second);
    if (!path)
      return bad_at(in.column,
                    fmt::format("the key-path mapping of '{}': {}", in.text, path.error().message));
    for (auto part = path->steps.rbegin(); part != path->steps.rend(); ++part) {
      part->column = in.column;
      rest->push_back(std::move(*part));
    }
    return {};
  }
  const FieldDef* field = owner.field(std::string_view(in.text));
  if (field == nullptr) return no_property(in, *at, in.text);
  if (place.what == What::link) add(at, {Step::Kind::follow, place.type, {}, 0, {}});
  add(at, {Step::Kind::field, owner.number, field->number, 0, {}});
  const TypeNumber owner_number = owner.number;
  if (field->collection != Collection::none) {
    place = {What::collection, {}, true, field, owner_number};
  } else if (field->type == ScalarType::link) {
    place = {What::link, field->target, true, field, owner_number};
  } else if (field->type == ScalarType::embedded) {
    place = {What::object, field->target, true, field, owner_number};
  } else {
    place = {field->type == ScalarType::mixed ? What::mixed : What::value,
             {},
             true,
             field,
             owner_number};
  }
  return {};
}

// A name behind a collection: a property of its objects, a key of a dictionary, or length.
Status Binder::element_name_step(const PathStep& in, bool last, PathEnd* at,
                                 std::vector<PathStep>* rest) {
  const FieldDef& field = *at->place.field;
  const bool dictionary = field.collection == Collection::dictionary;
  if (is_object(field.type)) {
    const TypeDef& element = type(field.target);
    const bool known = element.field(std::string_view(in.text)) != nullptr ||
                       bindings_.mapping.paths.contains(std::pair(element.name, in.text));
    if (known || !dictionary) {
      enter_element(at);
      return name_step(in, last, at, rest);
    }
  }
  if (dictionary) return index_step({PathStep::Kind::key, in.text, 0, in.column}, at);
  if (last && is_length(in.text) && has_length(field.type)) {
    enter_element(at);
    at->length = true;
    return {};
  }
  return no_property(in, *at, in.text);
}

// @links.Type.property, and @links alone for @links.@count.
Status Binder::links_step(const PathStep& in, PathEnd* at, std::vector<PathStep>* rest) {
  Place& place = at->place;
  if (place.what == What::collection && is_object(place.field->type)) enter_element(at);
  if (place.what != What::object && place.what != What::link)
    return bad_at(in.column, "@links stands behind an object");
  if (place.what == What::link) add(at, {Step::Kind::follow, place.type, {}, 0, {}});
  if (rest->empty()) {
    at->all_links = true;
    place.what = What::object;
    return {};
  }
  const PathStep origin_name = std::move(rest->back());
  rest->pop_back();
  if (origin_name.kind != PathStep::Kind::name || rest->empty() ||
      rest->back().kind != PathStep::Kind::name)
    return bad_at(in.column, "expected @links.Type.property");
  const PathStep property = std::move(rest->back());
  rest->pop_back();
  const TypeDef* origin = type_named(origin_name.text);
  if (origin == nullptr || origin->embedded) {
    std::vector<std::string_view> known;
    for (const TypeDef& one : schema_.types)
      if (!one.embedded && !is_system(one.number)) known.push_back(one.name);
    return bad_at(origin_name.column, unknown_name("the schema", origin_name.text, known));
  }
  const auto mapped = bindings_.mapping.paths.find(std::pair(origin->name, property.text));
  const std::string& name =
      mapped == bindings_.mapping.paths.end() ? property.text : mapped->second;
  const FieldDef* field = origin->field(std::string_view(name));
  if (field == nullptr || field->type != ScalarType::link || field->target != place.type) {
    return bad_at(property.column, fmt::format("'{}' has no property '{}' that links to '{}'",
                                               origin->name, name, type(place.type).name));
  }
  add(at, {Step::Kind::backlinks, origin->number, field->number, 0, {}});
  place = {What::object, origin->number, true, nullptr, {}};
  return {};
}

// [n], [FIRST], [LAST], [*], ['key'], @keys, @values.
Status Binder::index_step(const PathStep& in, PathEnd* at) {
  using Kind = PathStep::Kind;
  Place& place = at->place;
  const bool mixed = place.what == What::mixed;
  const auto collection = [&](Collection kind) {
    return mixed || (place.what == What::collection && place.field->collection == kind);
  };
  const auto refused = [&](std::string_view what) {
    return bad_at(in.column, fmt::format("{} does not support {}", shown(*at), what));
  };
  // What one element is; in a mixed field anything.
  const auto leave = [&](Step step) -> Status {
    at->indexed = true;
    const bool was_many = at->path.many;
    if (!mixed) {
      enter_element(at);  // for the place that it makes; the step itself is another
      at->path.steps.pop_back();
      at->path.many = was_many;
    } else {
      place.field = nullptr;
    }
    add(at, std::move(step));
    return {};
  };
  switch (in.kind) {
    case Kind::index:
    case Kind::first:
    case Kind::last:
      if (!collection(Collection::list))
        return refused(in.kind == Kind::index ? fmt::format("the index {}", in.index) : "an index");
      return leave(
          {in.kind == Kind::last ? Step::Kind::last : Step::Kind::index, {}, {}, in.index, {}});
    case Kind::key:
      if (!collection(Collection::dictionary)) return refused(fmt::format("the key '{}'", in.text));
      return leave({Step::Kind::key, {}, {}, 0, in.text});
    case Kind::every:
      if (!mixed && place.what != What::collection) return refused("[*]: it is no collection");
      return leave({Step::Kind::elements, {}, {}, 0, {}});
    case Kind::values:
      if (!collection(Collection::dictionary)) return refused("@values: it is no dictionary");
      return leave({Step::Kind::elements, {}, {}, 0, {}});
    default:
      break;
  }
  if (!collection(Collection::dictionary)) return refused("@keys: it is no dictionary");
  at->indexed = true;
  add(at, {Step::Kind::keys, {}, {}, 0, {}});
  place = {What::value, {}, true, nullptr, {}};
  return {};
}

}  // namespace syncline::query
