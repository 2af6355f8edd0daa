// FieldMask: which of a type's fields somebody may see or write. Plain data; any thread.
#pragma once

#include <string>
#include <vector>

#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

struct InnerMask;

// Which of a type's fields; and of a field that is in only in part, which of the fields inside it.
struct FieldMask {
  bool all = false;
  std::vector<FieldNumber> fields;        // sorted; if not all
  std::vector<std::string> extra;         // fields outside the schema, sorted; if not all
  bool additional = false;                // every field not listed in `listed` is in too
  std::vector<FieldNumber> listed;        // those the role speaks of by name, sorted
  std::vector<std::string> listed_extra;  // the same of fields outside the schema
  std::vector<InnerMask> inner;  // fields in part, sorted by step; contains() is false for them
  // Is the whole field in? Of a top-level field; _id is in every readable mask that is not empty.
  // Who knows only this hides fields that are readable in part: safe, if less than the role grants.
  bool contains(const Step& step) const;
  // What is in of a field in part; null: nothing, or all of it. In a list the mask is of each
  // element.
  const FieldMask* inside(const Step& step) const;
  enum class Sight { none, partly, whole };
  Sight sight(const Path& path) const;
  bool empty() const;
  bool operator==(const FieldMask&) const;
};

struct InnerMask {
  Step step;
  FieldMask mask;
  bool operator==(const InnerMask&) const = default;
};

// The object as the mask shows it. Requires: an object's root scope.
Scope project(const FieldMask& mask, const Scope& fields);

}  // namespace syncline
