#include "node/cli/loose_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/query/bind.h"
#include "node/query/literals.h"
#include "proto/codec.h"
#include "proto/extended_json.h"
#include "proto/limits.h"
#include "proto/number_text.h"

namespace syncline {
namespace {

constexpr const char* kGivenKey = "_key";

// The value under the wrapper's key; null if the value is no such wrapper.
const Value* wrapped(const Value& value, std::string_view key) {
  const Document* document = value.get_if<Document>();
  return document != nullptr && document->fields.size() == 1 ? document->find(key) : nullptr;
}

std::unexpected<Error> bad_data(std::string message) {
  return fail(ErrorCode::kBadData, std::move(message));
}

}  // namespace

// Makes objects of documents, by the schema.
class LooseReader {
 public:
  explicit LooseReader(const LooseObjects& objects) : objects_(objects) {}

  Result<Scope> object(const TypeDef& type, const Document& document) {
    if (++depth_ > limits::kDepthMax)
      return bad_data("nested too deep, or embedded objects in a circle");
    Scope scope{ScopeKind::object, {}};
    for (const DocumentField& entry : document.fields) {
      const FieldDef* field = type.field(std::string_view(entry.name));
      if (field == nullptr || (field->number == system_field::kId && !type.embedded)) continue;
      Result<Item> item = declared(*field, entry.value);
      if (!item) return std::unexpected(item.error().within(entry.name));
      scope.put(field->number, std::move(*item));
    }
    --depth_;
    return scope;
  }

  // A value in a mixed field, or an element of one.
  Result<Item> any(const Value& value) {
    if (++depth_ > limits::kDepthMax) return bad_data("nested too deep");
    Result<Item> item = any_below(value);
    --depth_;
    return item;
  }

  Result<Value> scalar(const Value& value) {
    if (const Value* number = wrapped(value, "$numberFloat")) {
      const std::string* text = number->get_if<std::string>();
      const std::optional<double> real = text == nullptr ? std::nullopt : parse_double_text(*text);
      if (!real) return bad_data("$numberFloat: expected a string with a number");
      return Value(query::widened(static_cast<float>(*real)));
    }
    return value;
  }

 private:
  Result<Item> any_below(const Value& value) {
    if (const Value* link = wrapped(value, "$link")) {
      SYNCLINE_ASSIGN(const Target target, target_of(*link));
      const Value id = target.line ? objects_.id_of_line(*target.type, *target.line) : Value();
      uint32_t next = 0;
      return item_of(query::object_reference(target.type->name, id), {}, &next);
    }
    if (const Value* dictionary = wrapped(value, "$dict")) {
      if (!dictionary->is<Document>()) return bad_data("$dict: expected an object");
      return entries(nullptr, dictionary->get<Document>());
    }
    const Value* set = wrapped(value, "$set");
    if (const List* list = set != nullptr ? set->get_if<List>() : value.get_if<List>())
      return elements(nullptr, *list);
    SYNCLINE_ASSIGN(Value one, scalar(value));
    if (const Document* document = one.get_if<Document>()) return entries(nullptr, *document);
    return Item(std::move(one));
  }

  Result<Item> declared(const FieldDef& field, const Value& value) {
    switch (field.collection) {
      case Collection::none:
        return one(field, value);
      case Collection::list:
        if (const List* list = value.get_if<List>()) return elements(&field, *list);
        break;
      case Collection::set: {
        const Value* set = wrapped(value, "$set");
        if (const List* list = set != nullptr ? set->get_if<List>() : value.get_if<List>())
          return members(field, *list);
        break;
      }
      case Collection::dictionary: {
        const Value* dictionary = wrapped(value, "$dict");
        const Document* document =
            dictionary != nullptr ? dictionary->get_if<Document>() : value.get_if<Document>();
        if (document != nullptr) return entries(&field, *document);
        break;
      }
    }
    return any(value);
  }

  // One value or element of the field; null: of a mixed one.
  Result<Item> element(const FieldDef* field, const Value& value) {
    return field == nullptr ? any(value) : one(*field, value);
  }

  Result<Item> one(const FieldDef& field, const Value& value) {
    const Value* link = wrapped(value, "$link");
    if (field.type == ScalarType::link && link != nullptr) {
      SYNCLINE_ASSIGN(const Target target, target_of(*link));
      if (target.type->number != field.target)
        return bad_data(fmt::format("a link to {} where links to another type are declared",
                                    target.type->name));
      return Item(target.line ? objects_.id_of_line(*target.type, *target.line) : Value());
    }
    if (field.type == ScalarType::embedded) {
      const TypeDef& type = *objects_.schema_.type(field.target);
      const Document* document = value.get_if<Document>();
      if (link != nullptr) {
        SYNCLINE_ASSIGN(const Target target, target_of(*link));
        if (!target.line) return Item(Value());
        document = &objects_.types_.at(target.type->number).documents[*target.line];
      }
      if (document == nullptr) return any(value);
      SYNCLINE_ASSIGN(Scope scope, object(type, *document));
      return Item(std::move(scope));
    }
    if (field.type == ScalarType::mixed) return any(value);
    SYNCLINE_ASSIGN(Value plain, scalar(value));
    if (plain.is<List>() || plain.is<Document>()) return any(value);
    return Item(std::move(plain));
  }

  Result<Item> elements(const FieldDef* field, const List& list) {
    Scope scope{ScopeKind::list, {}};
    const uint64_t count = list.elements.size();
    for (uint64_t i = 0; i < count; ++i) {
      SYNCLINE_ASSIGN(Item item, element(field, list.elements[i]));
      scope.children.push_back({ElementId{{}, static_cast<uint32_t>(i)},
                                spread_position(i + 1, count), std::move(item)});
    }
    return Item(std::move(scope));
  }

  Result<Item> members(const FieldDef& field, const List& list) {
    Scope scope{ScopeKind::set, {}};
    for (const Value& value : list.elements) {
      SYNCLINE_ASSIGN(Item item, one(field, value));
      scope.put(Member{encode_value(item.is_scope() ? value_of(item) : item.value())}, Item());
    }
    return Item(std::move(scope));
  }

  Result<Item> entries(const FieldDef* field, const Document& document) {
    Scope scope{ScopeKind::dictionary, {}};
    for (const DocumentField& entry : document.fields) {
      Result<Item> item = element(field, entry.value);
      if (!item) return std::unexpected(item.error().within(entry.name));
      scope.put(entry.name, std::move(*item));
    }
    return Item(std::move(scope));
  }

  struct Target {
    const TypeDef* type = nullptr;
    std::optional<size_t> line;  // nothing: there is no such object
  };
  Result<Target> target_of(const Value& link) {
    const Document* document = link.get_if<Document>();
    const Value* table = document == nullptr ? nullptr : document->find("table");
    const Value* key = document == nullptr ? nullptr : document->find("_key");
    if (key == nullptr && document != nullptr) key = document->find("pk");
    const TypeDef* type = table == nullptr || !table->is<std::string>()
                              ? nullptr
                              : objects_.schema_.type(std::string_view(table->get<std::string>()));
    if (type == nullptr || key == nullptr)
      return bad_data("$link: expected {\"table\": a type, \"_key\": ...}");
    return Target{type, objects_.target_of(*type, *key)};
  }

  const LooseObjects& objects_;
  int depth_ = 0;
  friend class LooseObjects;
};

Status LooseObjects::add(const std::string& name, std::string_view text) {
  const TypeDef* type = schema_.type(std::string_view(name));
  if (type == nullptr || is_system(type->number))
    return fail(ErrorCode::kNotFound, fmt::format("--data: the schema has no type {}", name));
  Lines& lines = types_[type->number];
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    Result<Value> value = parse_extended_json(line);
    if (!value)
      return std::unexpected(value.error().within(fmt::format("{} line {}", name, number)));
    if (!value->is<Document>())
      return bad_data(fmt::format("{} line {}: expected a document", name, number));
    const size_t place = lines.documents.size();
    lines.documents.push_back(std::move(value->get<Document>()));
    lines.lines.emplace_back(line);
    const Value* given = lines.documents.back().find(kGivenKey);
    if (given != nullptr && given->is_integer())
      lines.by_given_key.emplace(given->as_integer(), place);
    if (Result<ObjectKey> key = object_key(id_of_line(*type, place)))
      lines.by_key.emplace(key->bytes, place);
  }
  return {};
}

Value LooseObjects::id_of_line(const TypeDef& type, size_t line) const {
  const FieldDef* key = type.field(system_field::kId);
  if (key == nullptr) return static_cast<int64_t>(line);
  const Value* value = types_.at(type.number).documents[line].find(key->name);
  if (value == nullptr) return {};
  return value->is_integer() ? Value(value->as_integer()) : *value;
}

std::optional<size_t> LooseObjects::target_of(const TypeDef& type, const Value& key) const {
  const auto found = types_.find(type.number);
  if (found == types_.end()) return std::nullopt;
  const Lines& lines = found->second;
  if (key.is_integer() && !lines.by_given_key.empty()) {
    const auto given = lines.by_given_key.find(key.as_integer());
    return given == lines.by_given_key.end() ? std::nullopt : std::optional(given->second);
  }
  if (const Result<ObjectKey> name = object_key(key)) {
    if (const auto by_key = lines.by_key.find(name->bytes); by_key != lines.by_key.end())
      return by_key->second;
  }
  const bool is_line = key.is_integer() && key.as_integer() >= 0 &&
                       static_cast<uint64_t>(key.as_integer()) < lines.documents.size();
  return is_line ? std::optional(static_cast<size_t>(key.as_integer())) : std::nullopt;
}

Status LooseObjects::link() {
  for (auto& [number, lines] : types_) {
    const TypeDef& type = *schema_.type(number);
    for (size_t i = 0; i < lines.documents.size(); ++i) {
      LooseReader reader(*this);
      Result<Scope> scope = reader.object(type, lines.documents[i]);
      if (!scope)
        return std::unexpected(scope.error().within(fmt::format("{} line {}", type.name, i + 1)));
      auto row = std::make_shared<Row>();
      row->id = id_of_line(type, i);
      row->fields = std::move(*scope);
      lines.objects.push_back({std::move(row), lines.lines[i]});
    }
  }
  return {};
}

const std::vector<LooseObject>& LooseObjects::of(TypeNumber type) const {
  static const std::vector<LooseObject> kNone;
  const auto found = types_.find(type);
  return found == types_.end() ? kNone : found->second.objects;
}

Result<Value> LooseObjects::argument(const Value& value) const {
  if (const List* list = value.get_if<List>()) {
    List out;
    for (const Value& element : list->elements) {
      SYNCLINE_ASSIGN(Value one, argument(element));
      out.elements.push_back(std::move(one));
    }
    return Value(std::move(out));
  }
  if (const Value* set = wrapped(value, "$set")) return argument(*set);
  LooseReader reader(*this);
  if (const Value* link = wrapped(value, "$link")) {
    SYNCLINE_ASSIGN(const LooseReader::Target target, reader.target_of(*link));
    return query::object_reference(target.type->name,
                                   target.line ? id_of_line(*target.type, *target.line) : Value());
  }
  return reader.scalar(value);
}

std::shared_ptr<const Row> LooseObjects::find(TypeNumber type, const ObjectKey& key) {
  const auto lines = types_.find(type);
  if (lines == types_.end()) return nullptr;
  const auto found = lines->second.by_key.find(key.bytes);
  return found == lines->second.by_key.end() ? nullptr : lines->second.objects[found->second].row;
}

void LooseObjects::visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber,
                                   const ObjectKey& key, Visit visit) {
  const auto each = [&](TypeNumber type, Visit visit_one) {
    for (const LooseObject& object : of(type))
      if (!visit_one(object.row)) return;
  };
  backlinks_.visit(origin, field, key, each, visit);
}

}  // namespace syncline
