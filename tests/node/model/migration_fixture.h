// Versions of a small app, the migrations between them, and objects that go through both.
#pragma once

#include <gmock/gmock.h>

#include "node/model/documents.h"
#include "node/model/migration.h"
#include "proto/extended_json.h"
#include "tests/node/model/app_fixture.h"

namespace syncline::test {

// shop.Item with these properties beside _id; `required` beside _id too: "\"a\", \"b\"".
inline AppFiles items(const std::string& properties, const std::string& required = "") {
  AppFiles files = shop(properties);
  if (required.empty()) return files;
  std::string& schema = files[kSchemaPath];
  const std::string had = R"("required": ["_id"])";
  schema.replace(schema.find(had), had.size(), R"("required": ["_id", )" + required + "]");
  return files;
}

inline AppFiles with_type(AppFiles files, const std::string& name, const std::string& properties) {
  files["data_sources/mongodb-atlas/shop/" + name + "/schema.json"] =
      R"({"title": ")" + name + R"(", "bsonType": "object", "required": ["_id"], "properties": {
      "_id": {"bsonType": "objectId"})" +
      (properties.empty() ? "" : ", " + properties) + "}}";
  return files;
}

// The migration of Item alone.
inline std::string steps(const std::string& fields) {
  return R"({"types": {"Item": {"fields": [)" + fields + "]}}}";
}

// Versions 1, 2, ... and what leads from each to the next.
class Versions {
 public:
  explicit Versions(const AppFiles& first) { add(first, nullptr); }

  // The error of reading or binding, or empty.
  std::string next(const AppFiles& files, const std::string& migration) {
    const int from = static_cast<int>(apps_.size());
    Result<MigrationPlan> plan = read_migration(migration_path(from), migration);
    if (!plan) return plan.error().message;
    const Schema base = numbering_base(*plan, apps_.back()->schema);
    AppFiles all = files;
    all[migration_path(from)] = migration;
    add(all, &base);
    Result<Migration> bound = Migration::bind(*plan, *apps_[from - 1], *apps_[from]);
    if (!bound) return bound.error().message;
    chain_.push_back(std::move(*bound));
    return "";
  }

  const std::vector<Migration>& chain() const { return chain_; }
  const Schema& schema(int version) const { return apps_[version - 1]->schema; }
  const TypeDef& type(int version, const std::string& name = "Item") const {
    return *schema(version).type(name);
  }
  FieldNumber number(int version, const std::string& field,
                     const std::string& name = "Item") const {
    const FieldDef* found = type(version, name).field(field);
    EXPECT_NE(found, nullptr) << field;
    return found == nullptr ? FieldNumber(0) : found->number;
  }

 private:
  void add(const AppFiles& files, const Schema* previous) {
    const LoadedApp loaded = load(files, previous);
    EXPECT_NE(loaded.app, nullptr) << print_report({loaded.report});
    apps_.push_back(loaded.app);
  }

  std::vector<std::shared_ptr<const App>> apps_;
  std::vector<Migration> chain_;
};

// An object of type Item as the authority holds it.
class Held {
 public:
  explicit Held(const Versions& versions, bool tell_version = true)
      : versions_(versions), tell_version_(tell_version) {}

  // A node of that version creates it so.
  Held& create(int version, const std::string& json) {
    fields = made(version, json);
    follow(version, {Path()});
    return *this;
  }

  // ... writes these fields: null unsets.
  Held& write(int version, const std::string& json) {
    std::vector<Path> written;
    const Scope scope = made(version, json);
    for (const Child& child : scope.children) {
      written.push_back({child.step});
      if (!child.item.is_scope() && child.item.value().is_null())
        fields.erase(child.step);
      else
        fields.put(child.step, child.item);
    }
    follow(version, written);
    return *this;
  }

  void follow(int version, const std::vector<Path>& written) {
    derived = derive(versions_.chain(), versions_.type(version).number, fields, written,
                     tell_version_ ? version : 0);
    for (const Derived& one : derived) apply(one.operation);
  }

  // As a node of the version sees it, without _id.
  std::string seen(int version) const {
    Row row;
    row.fields = fields;
    Document document =
        document_of_object(versions_.schema(version), versions_.type(version).number, row);
    document.erase("_id");
    return print_extended_json(without_numbers(Value(document)), JsonForm::relaxed);
  }

  Scope made(int version, const std::string& json) {
    Value value = *parse_extended_json(json);
    value.get<Document>().set("_id", Value(ObjectId{}));
    const TypeNumber type = versions_.type(version).number;
    const ChangesetName name{NodeId(7), Epoch(1), ++writes_};
    Result<ObjectDocument> object =
        object_of_document(versions_.schema(version), type, value.get<Document>(), name);
    EXPECT_TRUE(object.has_value()) << (object ? "" : object.error().message);
    return object ? object->fields : Scope{};
  }

  Scope fields;
  std::vector<Derived> derived;

 private:
  // What document_of_object shows of the other versions' fields.
  static Value without_numbers(const Value& value) {
    if (const List* list = value.get_if<List>()) {
      List out;
      for (const Value& one : list->elements) out.elements.push_back(without_numbers(one));
      return out;
    }
    const Document* document = value.get_if<Document>();
    if (document == nullptr) return value;
    Document out;
    for (const DocumentField& field : document->fields)
      if (field.name[0] < '0' || field.name[0] > '9')
        out.fields.push_back({field.name, without_numbers(field.value)});
    return out;
  }

  void apply(const Operation& operation) {
    const Path around(operation.path.begin(), operation.path.end() - 1);
    const Step& step = operation.path.back();
    Scope* scope = find_scope(fields, around);
    ASSERT_NE(scope, nullptr) << "an operation that finds no place";
    switch (operation.kind) {
      case OperationKind::create:
      case OperationKind::set:
        scope->put(step, *operation.item, position_of(*scope, step));
        break;
      case OperationKind::unset:
      case OperationKind::erase:
      case OperationKind::remove:
        EXPECT_TRUE(scope->erase(step)) << "nothing to take away";
        break;
      case OperationKind::insert:
        place(scope, operation, *operation.item);
        break;
      case OperationKind::move:
        place(scope, operation, Item(scope->find(step)->item));
        break;
      case OperationKind::add:
        scope->put(step, Item());
        break;
      default:
        ADD_FAILURE() << "an operation that migrations do not use";
    }
    EXPECT_EQ(operation.ordinal, 0u);
  }

  static Position position_of(const Scope& scope, const Step& step) {
    const Child* child = scope.find(step);
    return child == nullptr ? Position{} : child->position;
  }

  // Right behind `left`, with all positions given anew.
  static void place(Scope* list, const Operation& operation, const Item& item) {
    list->erase(operation.path.back());
    auto at = list->children.begin();
    if (operation.left)
      while (at != list->children.end() && (at++)->step != Step(*operation.left)) continue;
    list->children.insert(at, Child{operation.path.back(), {}, item});
    for (size_t i = 0; i < list->children.size(); ++i)
      list->children[i].position = spread_position(i + 1, list->children.size());
  }

  const Versions& versions_;
  bool tell_version_;
  uint64_t writes_ = 0;
};

}  // namespace syncline::test
