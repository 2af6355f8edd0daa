#include "tests/foreign/case_operations.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace syncline::foreign {
namespace {

const Value* first_of(const Document& document, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (const Value* value = document.find(key)) return value;
  return nullptr;
}

// "ArrayInsert", "array_insert" and "list insert" are one name.
std::string name_of(const Document& instruction) {
  std::string name;
  for (char c : text_of(instruction, "op"))
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

// What the predecessor starts a field with that takes no null; nothing for the others.
std::optional<Value> zero_of(const Column& column) {
  if (column.nullable || !column.collection.empty()) return std::nullopt;
  if (column.type == "int") return Value(int64_t{0});
  if (column.type == "bool") return Value(false);
  if (column.type == "float" || column.type == "double") return Value(0.0);
  if (column.type == "string") return Value("");
  if (column.type == "binary") return Value(Binary{});
  if (column.type == "date") return Value(Date{});
  if (column.type == "decimal") return Value(Decimal128{0x3040000000000000, 0});
  if (column.type == "objectId") return Value(ObjectId{});
  if (column.type == "uuid") return Value(Uuid{});
  return std::nullopt;
}

class Translation {
 public:
  Translation(const CaseSchema& schema, const Document& instruction)
      : schema_(schema), in_(instruction), table_(schema.table(text_of(instruction, "table"))) {
    if (const Value* key = first_of(in_, {"pk", "_key", "key_of_object"})) id_ = schema.key(*key);
    if (const Value* path = in_.find("path"))
      if (const List* steps = path->get_if<List>()) path_ = *steps;
  }

  Result<List> operations() {
    const std::string name = name_of(in_);
    if (name == "addtable" || name == "addcolumn") return List();
    if (name == "erasetable" || name == "erasecolumn")
      return fail(ErrorCode::kNotSupported, text_of(in_, "op") + " erases schema");
    if (table_ == nullptr)
      return fail(ErrorCode::kBadData,
                  fmt::format("the table {} is not known", text_of(in_, "table")));
    if (name == "createobject" || name == "create" || name == "addobject") {
      Document object;
      if (const Value* given = first_of(in_, {"value", "values", "fields"}))
        if (given->is<Document>()) object = schema_.object(*table_, given->get<Document>());
      object.set("_id", id_);
      return start_object(object);
    }
    if (name == "eraseobject" || name == "deleteobject" || name == "removeobject")
      return add("delete", {}), std::move(out_);
    return at_a_path(name);
  }

  // The object, and each field that it does not name as the predecessor starts it.
  List start_object(const Document& object) {
    id_ = *object.find("_id");
    add("create", {}, object);
    for (const Column& column : table_->columns)
      if (object.find(column.name) == nullptr) start(column, List{column.name});
    return std::move(out_);
  }

 private:
  Result<List> at_a_path(const std::string& name) {
    const auto is = [&](std::initializer_list<std::string_view> names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (const Value* key = first_of(in_, {"key", "index", "ndx"})) path_.elements.push_back(*key);
    if (path_.elements.empty() || !path_.elements.front().is<std::string>())
      return fail(ErrorCode::kNotSupported, fmt::format("{} without a path", text_of(in_, "op")));
    if (is({"update", "set", "dictionaryinsert", "dictinsert", "dictionaryset", "dictset",
            "dictionaryupdate", "listset", "arrayset"}))
      return update(), std::move(out_);
    if (is({"addinteger", "addint", "increment", "add"}))
      return add("increment", path_, whole(value())), std::move(out_);
    if (is({"arrayinsert", "listinsert", "insert"})) return insert(), std::move(out_);
    if (is({"arraymove", "listmove", "move"})) return move(), std::move(out_);
    if (is({"arrayerase", "listerase", "erase", "arrayremove", "listremove", "dictionaryerase",
            "dicterase", "dictionaryremove", "dictremove"}))
      return add("erase", path_), std::move(out_);
    if (is({"clear", "arrayclear", "listclear", "setclear", "dictionaryclear", "dictclear"}))
      return add("clear", path_), std::move(out_);
    if (is({"setinsert", "setadd"})) return add("add", path_, leaf(value())), std::move(out_);
    if (is({"seterase", "setremove"})) return add("remove", path_, leaf(value())), std::move(out_);
    if (is({"setlistvalues", "setvalues", "setlist"}))
      return add("set", path_, schema_.value(column(), value())), std::move(out_);
    return fail(ErrorCode::kNotSupported,
                fmt::format("the instruction {} cannot be translated", text_of(in_, "op")));
  }

  void add(const char* op, const List& path, std::optional<Value> value = std::nullopt) {
    Document operation{{"op", op}, {"type", table_->name}, {"id", id_}};
    if (!path.elements.empty()) operation.set("path", path);
    if (value) operation.set("value", std::move(*value));
    out_.elements.push_back(std::move(operation));
  }

  Value value() const {
    const Value* value = first_of(in_, {"value", "amount"});
    return value == nullptr ? Value() : *value;
  }
  static Value whole(const Value& value) {
    return value.is_integer() ? Value(value.as_integer()) : value;
  }

  // The column that declares what stands at the path, walking through embedded objects; null: a
  // place in a mixed value.
  const Column* column() const {
    const Table* table = table_;
    const Column* column = nullptr;
    bool inside = false;  // of the column's collection
    for (const Value& step : path_.elements) {
      if (column != nullptr && !column->collection.empty() && !inside) {
        inside = true;
        continue;
      }
      if (column != nullptr) table = embedded(column);
      const std::string* name = step.get_if<std::string>();
      column = table == nullptr || name == nullptr ? nullptr : table->column(*name);
      inside = false;
      if (column == nullptr) return nullptr;
    }
    return column;
  }
  const Table* embedded(const Column* column) const {
    const Table* target = column->type == "link" ? schema_.table(column->target) : nullptr;
    return target != nullptr && target->embedded ? target : nullptr;
  }
  Value leaf(const Value& value) const { return schema_.value(column(), value); }

  // What {"$new": KIND} says; empty: it is another value.
  std::string kind_of_new() const {
    const Value given = value();
    const Document* document = given.get_if<Document>();
    const Value* kind =
        document != nullptr && document->fields.size() == 1 ? document->find("$new") : nullptr;
    const std::string* text = kind == nullptr ? nullptr : kind->get_if<std::string>();
    if (text == nullptr) return "";
    return *text == "object" ? "embedded" : *text == "set" ? "list" : *text;
  }
  bool erases() const {
    const Value given = value();
    const Document* document = given.get_if<Document>();
    return kind_of_new() == "erased" ||
           (document != nullptr && document->fields.size() == 1 && document->find("$erased"));
  }

  void update() {
    if (erases()) return add("erase", path_);
    if (const std::string kind = kind_of_new(); !kind.empty()) {
      add("set", path_, Document{{"new", kind}});
      if (kind == "embedded") start_embedded();
      return;
    }
    const Value* by_default = in_.find("is_default");
    const bool defaulted = by_default != nullptr && *by_default == Value(true);
    add(defaulted ? "set_default" : "set", path_, leaf(value()));
  }

  void insert() {
    const std::string kind = kind_of_new();
    if (kind.empty()) return add("insert", path_, leaf(value()));
    add("insert", path_, kind == "list" ? Value(List()) : Value(Document()));
    if (kind == "embedded") start_embedded();
  }

  void move() {
    const Value* to = first_of(in_, {"to", "ndx_2", "to_index", "new_index", "destination"});
    add("move", path_);
    if (to != nullptr) out_.elements.back().get<Document>().set("to", *to);
  }

  // The embedded object that was just made at the path.
  void start_embedded() {
    const Column* declared = column();
    const Table* type = declared == nullptr ? nullptr : embedded(declared);
    if (type == nullptr) return;
    for (const Column& column : type->columns) {
      List path = path_;
      path.elements.push_back(column.name);
      start(column, path);
    }
  }
  void start(const Column& column, const List& path) {
    if (std::optional<Value> zero = zero_of(column)) add("set_default", path, *zero);
    if (!column.collection.empty())
      add("set", path,
          Document{{"new", column.collection == "dictionary" ? "dictionary" : "list"}});
  }

  const CaseSchema& schema_;
  const Document& in_;
  const Table* table_;
  Value id_;
  List path_;
  List out_;
};

}  // namespace

Result<List> operations_of(const CaseSchema& schema, const Document& instruction) {
  return Translation(schema, instruction).operations();
}

List creation_of(const Table& table, const CaseSchema& schema, const Document& object) {
  const Document instruction{{"table", table.name}};
  return Translation(schema, instruction).start_object(object);
}

}  // namespace syncline::foreign
