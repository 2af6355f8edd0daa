// The wrappers of Extended JSON: which objects stand for a typed value, such as {"$oid":"..."}.
//
// Used by extended_json_parse.cc alone. Pure; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/extended_json.h"
#include "proto/json_scanner.h"

namespace syncline {

struct JsonObject;

struct JsonField {
  std::string name;
  size_t name_offset = 0;
  size_t value_offset = 0;
  Value value;
  bool wrapped = false;  // the value was written as a wrapper
  // Under a key whose value is part of a wrapper (holds_inner) an object is kept as it was
  // read.
  std::unique_ptr<JsonObject> inner;
};

// An object as it was read, before it is known what it stands for. Names are unique.
struct JsonObject {
  size_t offset = 0;
  std::vector<JsonField> fields;

  const JsonField* find(std::string_view name) const;
};

// Whether the braces or brackets of the key's value belong to the wrapper itself:
// {"$binary":{"base64":...}}.
bool holds_inner(std::string_view key, JsonDialect dialect);

// What the object stands for; nothing if it is a document. An object with a wrapper's key that is
// not that wrapper is an error at its place.
Result<std::optional<Value>> value_of_wrapper(const JsonScanner& scanner, const JsonObject& object,
                                              JsonDialect dialect);

}  // namespace syncline
