// Validator: an app's schema compiled to a check of whole objects.
//
//   SYNCLINE_ASSIGN(std::shared_ptr<const Validator> validator, Validator::compile(*app));
//   for (const Violation& wrong : validator->check(type, row.fields)) ...
//
// Checks types, required fields, nullability, collections, embedded objects and links by the
// numbered Schema, and the JSON-Schema keywords of spec 1.2 by the constraints. The authority asks
// it about every change; nodes and tools may. Immutable after compile(); any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/model/app.h"
#include "proto/entry.h"
#include "proto/object.h"

namespace syncline {

struct Violation {
  Path path;  // where in the object (a missing field: where it would be); empty: the object as a
              // whole
  Reason reason = Reason::schema;
  std::string
      kind;  // spec 1.2's names: "invalid_type", "required", "additional_property_not_allowed", ...
  std::string text;  // for a person: names the field by name, what was expected and what was found
};

class Validator {
 public:
  // kBadApp, naming type and place: a constraint that cannot be checked as it stands.
  static Result<std::shared_ptr<const Validator>> compile(const App& app);
  // Everything wrong with the object, at most `limit` violations; empty if it is valid. The _id is
  // the row's and counts as present; check_id() is about it. `touched`: only the top-level fields
  // that a change touched need be looked at, besides what concerns the whole (required,
  // min/maxProperties, dependencies, combinations); null looks at all.
  std::vector<Violation> check(TypeNumber type, const Scope& fields,
                               const std::vector<Step>* touched = nullptr, size_t limit = 16) const;
  // What is wrong with the _id of a new object.
  std::vector<Violation> check_id(TypeNumber type, const Value& id) const;
  ~Validator();

 private:
  struct Impl;
  explicit Validator(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace syncline
