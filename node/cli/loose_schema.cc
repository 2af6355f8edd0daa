#include "node/cli/loose_schema.h"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/cli/commands.h"
#include "node/model/app.h"
#include "node/model/declared_json.h"
#include "node/model/type_table.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

class PlainReader {
 public:
  Result<LooseSchema> read(const Value& value) {
    const Document* whole = value.get_if<Document>();
    const Value* types = whole == nullptr ? nullptr : whole->find("types");
    const List* list = types == nullptr ? nullptr : types->get_if<List>();
    if (list == nullptr) return bad("", "expected {\"types\": [...]}");
    // Names first, so that a type may link to one that comes later.
    for (size_t i = 0; i < list->elements.size(); ++i)
      SYNCLINE_TRY(name_type(list->elements[i], i));
    for (size_t i = 0; i < list->elements.size(); ++i)
      SYNCLINE_TRY(read_type(list->elements[i].get<Document>(), i));
    LooseSchema out;
    schema_.types.insert(schema_.types.begin(), system_types().begin(), system_types().end());
    out.schema = std::make_shared<const Schema>(std::move(schema_));
    out.floats = std::move(floats_);
    return out;
  }

 private:
  static std::unexpected<Error> bad(const std::string& pointer, std::string_view what) {
    return fail(ErrorCode::kBadData, fmt::format("schema{}: {}", pointer, what));
  }

  static std::string text(const Document& in, const char* key) {
    const Value* value = in.find(key);
    const std::string* found = value == nullptr ? nullptr : value->get_if<std::string>();
    return found == nullptr ? "" : *found;
  }
  static bool flag(const Document& in, const char* key) {
    const Value* value = in.find(key);
    return value != nullptr && *value == Value(true);
  }

  TypeDef* named(const std::string& name) {
    for (TypeDef& type : schema_.types)
      if (type.name == name) return &type;
    return nullptr;
  }

  Status name_type(const Value& value, size_t i) {
    const std::string at = fmt::format("/types/{}", i);
    const Document* in = value.get_if<Document>();
    if (in == nullptr || text(*in, "name").empty()) return bad(at, "expected a type with a name");
    if (named(text(*in, "name")) != nullptr) return bad(at, "another type has this name");
    TypeDef type;
    type.number = TypeNumber(system_type::kFirstUser + static_cast<uint32_t>(i));
    type.name = text(*in, "name");
    type.embedded = flag(*in, "embedded");
    schema_.types.push_back(std::move(type));
    return {};
  }

  Status read_type(const Document& in, size_t i) {
    TypeDef& type = schema_.types[i];
    std::string key = text(in, "primary_key");
    const Value* properties = in.find("properties");
    const List* list = properties == nullptr ? nullptr : properties->get_if<List>();
    const std::string at = fmt::format("/types/{}/properties", i);
    if (list == nullptr) return bad(at, "expected a list of properties");
    uint32_t next = system_field::kId.value + 1;
    for (size_t k = 0; k < list->elements.size(); ++k) {
      const std::string place = fmt::format("{}/{}", at, k);
      const Document* property = list->elements[k].get_if<Document>();
      if (property == nullptr || text(*property, "name").empty())
        return bad(place, "expected a property with a name and a type");
      SYNCLINE_ASSIGN(FieldDef field, read_field(*property, place));
      if (type.field(std::string_view(field.name)) != nullptr)
        return bad(place, "another property has this name");
      const bool is_key = field.name == key || (key.empty() && field.name == "_id");
      field.number = is_key ? system_field::kId : FieldNumber(next++);
      if (is_key) type.key_types = {field.type};
      if (text(*property, "type") == "float") floats_.insert({type.number, field.number});
      type.fields.push_back(std::move(field));
    }
    std::sort(type.fields.begin(), type.fields.end(),
              [](const FieldDef& a, const FieldDef& b) { return a.number < b.number; });
    if (!key.empty() && type.field(std::string_view(key)) == nullptr)
      return bad(fmt::format("/types/{}/primary_key", i),
                 fmt::format("there is no property '{}'", key));
    return {};
  }

  Result<FieldDef> read_field(const Document& in, const std::string& at) {
    FieldDef field;
    field.name = text(in, "name");
    field.nullable = flag(in, "nullable");
    const std::string name = text(in, "type");
    const std::optional<ScalarType> known = type_of_plain_name(name);
    if (!known)
      return bad(at + "/type", fmt::format("'{}' is no type; expected {}", name, plain_names()));
    field.type = *known;
    const std::string collection = text(in, "collection");
    if (collection == "list")
      field.collection = Collection::list;
    else if (collection == "set")
      field.collection = Collection::set;
    else if (collection == "dictionary")
      field.collection = Collection::dictionary;
    else if (!collection.empty() && collection != "single")
      return bad(at + "/collection", "expected list, set or dictionary");
    if (field.type != ScalarType::link && field.type != ScalarType::embedded) return field;
    const TypeDef* target = named(text(in, "target"));
    if (target == nullptr)
      return bad(at + "/target", fmt::format("there is no type '{}'", text(in, "target")));
    field.target = target->number;
    field.type = target->embedded ? ScalarType::embedded : ScalarType::link;
    return field;
  }

  Schema schema_;
  std::set<std::pair<TypeNumber, FieldNumber>> floats_;
};

// An app with this one schema and nothing else.
AppFiles app_of_schema(const std::string& text, const std::string& title) {
  const std::string source = "data_sources/mongodb-atlas/";
  return {{"realm_config.json", R"({"config_version": 20210101, "name": "loose"})"},
          {"sync/config.json",
           R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas",
                                   "database_name": "loose"})"},
          {source + "config.json",
           R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}})"},
          {source + "loose/" + title + "/schema.json", text}};
}

Result<LooseSchema> schema_of_app(const AppFiles& files) {
  AppReport report;
  std::shared_ptr<const App> app = load_app(files, &report);
  if (app == nullptr) return fail(ErrorCode::kBadApp, print_report({report}));
  return LooseSchema{std::shared_ptr<const Schema>(app, &app->schema), {}};
}

}  // namespace

Result<LooseSchema> plain_schema(const Value& value) { return PlainReader().read(value); }

Result<DeclaredFile> read_declared_file(const std::string& path) {
  if (!std::filesystem::is_directory(path)) {
    SYNCLINE_ASSIGN(const std::string text, read_input(path));
    const Result<Value> value = parse_extended_json(text);
    if (!value) return std::unexpected(value.error().within(path));
    const Document* document = value->get_if<Document>();
    // What has properties is an App Services schema.
    if (document == nullptr || document->find("properties") == nullptr) {
      Result<DeclaredSchema> declared = read_declared_schema(*value);
      if (!declared) return std::unexpected(declared.error().within(path));
      return DeclaredFile{std::move(*declared), 1};
    }
  }
  SYNCLINE_ASSIGN(const LooseSchema loose, read_loose_schema(path));
  return DeclaredFile{declared_schema_of(*loose.schema), loose.schema->version};
}

Result<LooseSchema> read_loose_schema(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    SYNCLINE_ASSIGN(const AppFiles files, read_one_app(path));
    return schema_of_app(files);
  }
  SYNCLINE_ASSIGN(const std::string text, read_input(path));
  Result<Value> value = parse_extended_json(text);
  if (!value) return std::unexpected(value.error().within(path));
  const Document* document = value->get_if<Document>();
  if (document != nullptr && document->find("types") == nullptr &&
      document->find("properties") != nullptr) {
    const Value* title = document->find("title");
    return schema_of_app(app_of_schema(
        text, title != nullptr && title->is<std::string>() ? title->get<std::string>() : "Loose"));
  }
  Result<LooseSchema> schema = plain_schema(*value);
  if (!schema) return std::unexpected(schema.error().within(path));
  return schema;
}

}  // namespace syncline
