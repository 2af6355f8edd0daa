#include "tests/foreign/case_schema.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/extended_json.h"

namespace syncline::foreign {
namespace {

const Value* only(const Document& document, const char* key) {
  return document.fields.size() == 1 ? document.find(key) : nullptr;
}

bool flag(const Document& document, const char* key) {
  const Value* value = document.find(key);
  return value != nullptr && *value == Value(true);
}

// The predecessor's names of types, as schemas, columns and keys have them.
Result<std::string> plain_type(const std::string& name) {
  static const std::map<std::string, std::string> names = {{"int", "int"},
                                                           {"bool", "bool"},
                                                           {"string", "string"},
                                                           {"float", "float"},
                                                           {"double", "double"},
                                                           {"decimal", "decimal"},
                                                           {"decimal128", "decimal"},
                                                           {"binary", "binary"},
                                                           {"data", "binary"},
                                                           {"date", "date"},
                                                           {"timestamp", "date"},
                                                           {"objectId", "objectId"},
                                                           {"objectid", "objectId"},
                                                           {"object_id", "objectId"},
                                                           {"uuid", "uuid"},
                                                           {"mixed", "mixed"},
                                                           {"link", "link"},
                                                           {"object", "link"},
                                                           {"embedded", "link"}};
  const auto found = names.find(name);
  if (found == names.end())
    return fail(ErrorCode::kBadData, fmt::format("the type {} is not known", name));
  return found->second;
}

std::string key_type(const std::string& name) {
  Result<std::string> plain = plain_type(name);
  const bool good =
      plain && (*plain == "int" || *plain == "string" || *plain == "objectId" || *plain == "uuid");
  return good ? *plain : "mixed";
}

Result<Column> column_of(const Document& document, const char* name) {
  Column column;
  column.name = text_of(document, name);
  SYNCLINE_ASSIGN(column.type, plain_type(text_of(document, "type")));
  column.nullable = flag(document, "nullable");
  column.collection = text_of(document, "collection");
  if (column.collection == "single") column.collection.clear();
  column.target = text_of(document, "target");
  return column;
}

std::string shown(const Value& value) { return print_extended_json(value, JsonForm::canonical); }

}  // namespace

std::string text_of(const Document& document, const char* key) {
  const Value* value = document.find(key);
  const std::string* text = value == nullptr ? nullptr : value->get_if<std::string>();
  return text == nullptr ? "" : *text;
}

const Column* Table::column(std::string_view wanted) const {
  for (const Column& column : columns)
    if (column.name == wanted) return &column;
  return nullptr;
}

const Table* CaseSchema::table(std::string_view name) const {
  auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

Status CaseSchema::add_schema(const Value& schema) {
  const List* list = schema.get_if<List>();
  if (list == nullptr) return fail(ErrorCode::kBadData, "schema is no list");
  for (const Value& one : list->elements) {
    const Document* type = one.get_if<Document>();
    const Value* properties = type == nullptr ? nullptr : type->find("properties");
    if (properties == nullptr || !properties->is<List>())
      return fail(ErrorCode::kBadData, "a type of the schema has no properties");
    Table& table = tables_[text_of(*type, "name")];
    table.name = text_of(*type, "name");
    table.embedded = table.embedded || flag(*type, "embedded");
    table.asymmetric = table.asymmetric || flag(*type, "asymmetric");
    if (table.key.empty()) table.key = text_of(*type, "primary_key");
    for (const Value& property : properties->get<List>().elements) {
      if (!property.is<Document>()) return fail(ErrorCode::kBadData, "a property is no object");
      const Document& column = property.get<Document>();
      if (text_of(column, "name") == table.key) {
        if (table.key_type.empty()) table.key_type = key_type(text_of(column, "type"));
      } else if (table.column(text_of(column, "name")) == nullptr) {
        SYNCLINE_ASSIGN(Column added, column_of(column, "name"));
        table.columns.push_back(std::move(added));
      }
    }
  }
  return {};
}

Status CaseSchema::add_table(const Document& instruction) {
  Table& table = tables_[text_of(instruction, "table")];
  table.name = text_of(instruction, "table");
  table.embedded = table.embedded || flag(instruction, "embedded");
  table.asymmetric = table.asymmetric || flag(instruction, "asymmetric");
  if (table.key.empty()) table.key = text_of(instruction, "primary_key");
  if (table.key_type.empty()) table.key_type = key_type(text_of(instruction, "pk_type"));
  return {};
}

Status CaseSchema::add_column(const Document& instruction) {
  auto table = tables_.find(text_of(instruction, "table"));
  if (table == tables_.end())
    return fail(ErrorCode::kBadData, "a column of a table that is not there");
  const std::string name = text_of(instruction, "field");
  if (name == table->second.key || table->second.column(name) != nullptr) return {};
  SYNCLINE_ASSIGN(Column column, column_of(instruction, "field"));
  table->second.columns.push_back(std::move(column));
  return {};
}

void CaseSchema::note_key(const std::string& name, const Value& key) {
  auto found = tables_.find(name);
  if (found == tables_.end()) return;
  std::string& type = found->second.key_type;
  const bool fits =
      (type == "int" && key.is_integer()) || (type == "string" && key.is<std::string>()) ||
      (type == "objectId" && key.is<ObjectId>()) || (type == "uuid" && key.is<Uuid>());
  if (!fits) type = "mixed";
}

List CaseSchema::plain_types() const {
  List types;
  for (const auto& [name, table] : tables_) {
    List properties;
    if (!table.embedded)
      properties.elements.push_back(
          Document{{"name", "_id"}, {"type", table.key_type.empty() ? "mixed" : table.key_type}});
    for (const Column& column : table.columns) {
      Document property{
          {"name", column.name}, {"type", column.type}, {"nullable", column.nullable}};
      if (!column.collection.empty()) property.set("collection", column.collection);
      if (column.type == "link") property.set("target", column.target);
      properties.elements.push_back(std::move(property));
    }
    Document type{{"name", name}, {"embedded", table.embedded}, {"properties", properties}};
    if (table.asymmetric) type.set("asymmetric", true);
    types.elements.push_back(std::move(type));
  }
  return types;
}

Value CaseSchema::key(const Value& key) {
  if (key.is_integer()) return Value(key.as_integer());
  if (key.is<std::string>() || key.is<ObjectId>() || key.is<Uuid>()) return key;
  if (key.is_null()) return Value(ObjectId{});
  return Value(shown(key));
}

Value CaseSchema::one(const Column* column, const Value& value) const {
  if (value.is_integer()) {
    const bool real = column != nullptr && (column->type == "double" || column->type == "float");
    return real ? Value(static_cast<double>(value.as_integer())) : Value(value.as_integer());
  }
  const Document* document = value.get_if<Document>();
  if (document == nullptr) {
    const List* list = value.get_if<List>();
    if (list == nullptr) return value;
    List out;
    for (const Value& element : list->elements)
      out.elements.push_back(this->value(nullptr, element));
    return out;
  }
  if (const Value* link = only(*document, "$link"); link && link->is<Document>()) {
    const Value* target_key = link->get<Document>().find("pk");
    if (target_key == nullptr) target_key = link->get<Document>().find("_key");
    const Value id = key(target_key == nullptr ? Value() : *target_key);
    if (column != nullptr && column->type == "link") return id;
    return Value(fmt::format("{} {}", text_of(link->get<Document>(), "table"), shown(id)));
  }
  if (const Value* number = only(*document, "$numberFloat")) {
    const std::string* text = number->get_if<std::string>();
    Result<Value> real = parse_extended_json(
        fmt::format(R"({{"$numberDouble": "{}"}})", text == nullptr ? shown(*number) : *text));
    return real ? *real : value;
  }
  const Table* embedded =
      column != nullptr && column->type == "link" ? table(column->target) : nullptr;
  if (embedded != nullptr && embedded->embedded) return object(*embedded, *document);
  Document out;
  for (const DocumentField& field : document->fields)
    out.fields.push_back({field.name, this->value(nullptr, field.value)});
  return out;
}

Value CaseSchema::value(const Column* column, const Value& value) const {
  const Document* document = value.get_if<Document>();
  const Value* dictionary = document == nullptr ? nullptr : only(*document, "$dict");
  if (dictionary != nullptr && dictionary->is<Document>()) {
    Document out;
    for (const DocumentField& entry : dictionary->get<Document>().fields)
      out.fields.push_back({entry.name, this->value(column, entry.value)});
    return out;
  }
  const Value* set = document == nullptr ? nullptr : only(*document, "$set");
  const List* list = set != nullptr ? set->get_if<List>() : value.get_if<List>();
  if (list != nullptr) {
    List out;
    for (const Value& element : list->elements)
      out.elements.push_back(this->value(column, element));
    return out;
  }
  return one(column, value);
}

Document CaseSchema::object(const Table& table, const Document& expected) const {
  Document out;
  for (const DocumentField& field : expected.fields) {
    if (!table.embedded && field.name == table.key) {
      out.set("_id", key(field.value));
    } else {
      out.set(field.name, value(table.column(field.name), field.value));
    }
  }
  return out;
}

}  // namespace syncline::foreign
