// The one operation syntax of `syncline apply` files and simulator scripts (docs/cli.md): Extended
// JSON, one transaction a file.
//
//   [{"op": "set", "type": "Fridge", "id": "f7", "path": ["celsius"], "value": -18.5}]
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/schema.h"
#include "syncline/result.h"
#include "syncline/value.h"
#include "syncline/words.h"

namespace syncline {

struct UserOperation {
  std::string op;  // create set set_default increment insert move erase clear add remove delete,
                   // put (whole object), expect (docs/cli.md)
  std::string type;
  Value id;
  UserPath path;
  std::optional<Value> value;
  std::optional<uint64_t> to;       // move
  std::optional<bool> exists = {};  // expect; else path and value
};

// kBadData: naming the operation's place in the list and what was expected.
Result<std::vector<UserOperation>> parse_operations(const Value& list);

// An ID as the command line takes it: by the type's key types, or Extended JSON. kUsage: it fits
// none of them.
Result<Value> parse_id(const TypeDef& type, const std::string& text);
// A text as an operation's id, where the type's keys are no texts, is read so. kUsage.
Status read_id(const TypeDef& type, UserOperation* operation);

// Does what the operation says, to a Transaction (types by name) or to a Draft (types by number):
// anything with their calls.
template <class Writer, class Type>
Status perform(Writer& writer, const Type& type, const UserOperation& operation) {
  const Value& id = operation.id;
  const auto value = [&] { return operation.value.value_or(Value()); };
  const auto document = [&]() -> Result<Document> {
    Document object;
    if (operation.value)
      if (const Document* given = operation.value->template get_if<Document>()) object = *given;
    if (object.find("_id") == nullptr) object.fields.insert(object.fields.begin(), {"_id", id});
    return object;
  };
  // {"new": "list"} as a value makes a collection or object in place.
  if (operation.op == "set" && operation.value) {
    const Document* given = operation.value->template get_if<Document>();
    const Value* kind =
        given != nullptr && given->fields.size() == 1 ? given->find("new") : nullptr;
    if (kind != nullptr) {
      if (*kind == Value("list")) return writer.set_new(type, id, operation.path, NewScope::list);
      if (*kind == Value("dictionary"))
        return writer.set_new(type, id, operation.path, NewScope::dictionary);
      if (*kind == Value("embedded"))
        return writer.set_new(type, id, operation.path, NewScope::embedded);
    }
  }
  UserPath parent = operation.path;
  uint64_t index = 0;
  if (operation.op == "insert" || operation.op == "move") {
    const uint64_t* last = parent.empty() ? nullptr : std::get_if<uint64_t>(&parent.back());
    if (last == nullptr)
      return fail(ErrorCode::kBadData, operation.op + ": the path must end in a list index");
    index = *last;
    parent.pop_back();
  }
  if (operation.op == "create") {
    SYNCLINE_ASSIGN(Document object, document());
    return writer.create(type, object);
  }
  if (operation.op == "put") {
    SYNCLINE_ASSIGN(Document object, document());
    return writer.put(type, object);
  }
  if (operation.op == "delete") return writer.remove(type, id);
  if (operation.op == "set") return writer.set(type, id, operation.path, value());
  if (operation.op == "set_default") return writer.set_default(type, id, operation.path, value());
  if (operation.op == "increment") {
    const Value by = operation.value.value_or(Value(int32_t{1}));
    if (!by.is_integer())
      return fail(ErrorCode::kBadData, "increment: the value must be a whole number");
    return writer.increment(type, id, operation.path, by.as_integer());
  }
  if (operation.op == "insert") return writer.insert(type, id, parent, index, value());
  if (operation.op == "move") return writer.move(type, id, parent, index, operation.to.value_or(0));
  if (operation.op == "erase") return writer.erase(type, id, operation.path);
  if (operation.op == "clear") return writer.clear(type, id, operation.path);
  if (operation.op == "add") return writer.add(type, id, operation.path, value());
  if (operation.op == "remove") return writer.remove_member(type, id, operation.path, value());
  if (operation.op == "expect") {
    if (!operation.exists) return writer.expect(type, id, operation.path, value());
    return *operation.exists ? writer.expect_present(type, id) : writer.expect_absent(type, id);
  }
  return fail(ErrorCode::kBadData, "unknown op " + operation.op);
}

}  // namespace syncline
