#include "tests/node/query/people.h"

#include <gtest/gtest.h>

#include "node/model/documents.h"
#include "node/query/run.h"
#include "proto/extended_json.h"

namespace syncline::test {
namespace {

FieldDef field(uint32_t number, std::string name, ScalarType type,
               Collection collection = Collection::none, TypeNumber target = {}) {
  FieldDef def;
  def.number = FieldNumber{number};
  def.name = std::move(name);
  def.type = type;
  def.collection = collection;
  def.target = target;
  return def;
}

TypeDef type(TypeNumber number, std::string name, std::vector<FieldDef> fields) {
  TypeDef def;
  def.number = number;
  def.name = std::move(name);
  def.fields = std::move(fields);
  return def;
}

}  // namespace

std::shared_ptr<const Schema> people_schema() {
  using enum ScalarType;
  using enum Collection;
  Schema schema;
  schema.types = system_types();
  TypeDef person = type(kPerson, "Person",
                        {field(1, "_id", int64),
                         field(2, "name", string),
                         field(3, "nick", string),
                         field(4, "age", int64),
                         field(5, "height", floating),
                         field(6, "balance", decimal),
                         field(7, "ok", boolean),
                         field(8, "born", date),
                         field(9, "token", uuid),
                         field(10, "oid", object_id),
                         field(11, "photo", binary),
                         field(12, "extra", mixed),
                         field(13, "tags", string, list),
                         field(14, "scores", int64, list),
                         field(15, "lucky", int64, set),
                         field(16, "limits", int64, dictionary),
                         field(17, "things", mixed, list),
                         field(18, "home", embedded, none, kAddress),
                         field(19, "places", embedded, list, kAddress),
                         field(20, "spot", embedded, none, kPoint),
                         field(21, "best", link, none, kPerson),
                         field(22, "dogs", link, list, kDog)});
  person.key_types = {int64};
  TypeDef dog =
      type(kDog, "Dog",
           {field(1, "_id", string), field(2, "name", string), field(3, "weight", floating),
            field(4, "age", int64), field(5, "owner", link, none, kPerson)});
  dog.key_types = {string};
  TypeDef trip =
      type(kTrip, "Trip", {field(1, "_id", int64), field(2, "dogs", link, dictionary, kDog)});
  trip.key_types = {int64};
  TypeDef address = type(kAddress, "Address", {field(1, "city", string), field(2, "zip", int64)});
  address.embedded = true;
  TypeDef point =
      type(kPoint, "Point", {field(1, "type", string), field(2, "coordinates", floating, list)});
  point.embedded = true;
  for (TypeDef* one : {&person, &dog, &address, &point, &trip})
    schema.types.push_back(std::move(*one));
  return std::make_shared<const Schema>(std::move(schema));
}

void People::add(TypeNumber type, const std::string& json) {
  Result<Value> value = parse_extended_json(json);
  ASSERT_TRUE(value) << value.error().message << "\n" << json;
  Result<ObjectDocument> object = object_of_document(*schema_, type, value->get<Document>(), {});
  ASSERT_TRUE(object) << object.error().message;
  auto row = std::make_shared<Row>();
  row->id = object->id;
  row->fields = std::move(object->fields);
  rows_[type].push_back(std::move(row));
}

std::shared_ptr<const query::BoundQuery> People::bind(const std::string& text,
                                                      std::vector<Value> arguments,
                                                      TypeNumber type) {
  query::Bindings bindings;
  bindings.arguments = std::move(arguments);
  auto bound = query::bind(text, schema_, type, bindings);
  if (!bound) {
    ADD_FAILURE() << text << ": " << bound.error().message;
    return nullptr;
  }
  return *bound;
}

std::string People::find(const std::string& text, std::vector<Value> arguments, TypeNumber type) {
  query::Bindings bindings;
  bindings.arguments = std::move(arguments);
  auto bound = query::bind(text, schema_, type, bindings);
  if (!bound) return "!" + bound.error().message;
  query::Run run(*bound, *this);
  for (const auto& row : rows_[type])
    if (!run.take(row)) break;
  std::string ids;
  for (const auto& row : run.finish()) {
    if (!ids.empty()) ids += " ";
    ids += row->id.is<std::string>() ? row->id.get<std::string>()
                                     : std::to_string(row->id.as_integer());
  }
  return ids;
}

std::shared_ptr<const Row> People::find(TypeNumber type, const ObjectKey& key) {
  for (const auto& row : rows_[type]) {
    const Result<ObjectKey> own = object_key(row->id);
    if (own && *own == key) return row;
  }
  return nullptr;
}

void People::visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber, const ObjectKey& key,
                             Visit visit) {
  for (const auto& row : rows_[origin]) {
    const Child* child = row->fields.find(Step(field));
    if (child == nullptr) continue;
    std::vector<const Item*> links;
    if (const Scope* scope = child->item.scope())
      for (const Child& one : scope->children) links.push_back(&one.item);
    else
      links.push_back(&child->item);
    for (const Item* link : links) {
      const Result<ObjectKey> to = object_key(link->value());
      if (to && *to == key && !visit(row)) return;
    }
  }
}

std::string refusal(const std::string& text, std::vector<Value> arguments, TypeNumber type) {
  People people;
  std::string found = people.find(text, std::move(arguments), type);
  EXPECT_TRUE(found.starts_with("!")) << text << " is taken";
  return found.empty() ? found : found.substr(1);
}

}  // namespace syncline::test
