// Place: whatever stands, or stood, at one step of an object, with every write that still matters:
// no position keys, no effects. The rules are those of docs/conflict-resolution.md.
#pragma once

#include <map>
#include <vector>

#include "proto/operation.h"
#include "sim/model/writer.h"

namespace syncline::sim {

struct Place {
  // The register: the last write of any sort, and whether a default made it.
  std::optional<Writer> write;
  bool by_default = false;
  // What stands here: a value, as the write put it; or a scope; or nothing.
  std::optional<Value> value;
  std::optional<ScopeKind> kind;
  // Every add since anything stood here. Which of them count depends on the write.
  struct Add {
    Mark mark;
    int64_t amount = 0;
  };
  std::vector<Add> adds;

  // Of the scope that stands, or stood last: its birth and what joined it; the last clear or whole
  // assignment; the last write that put something else in its place.
  std::optional<ScopeKind> last_kind;
  std::vector<Mark> creates;
  std::optional<Mark> cleared;
  std::optional<Mark> reset;
  std::map<Step, Place> inside;

  // Of a list's element: the insert or move that put it here, and between which neighbours its
  // writer saw it (nothing: an end).
  std::optional<Writer> placed;
  std::optional<ElementId> left;
  std::optional<ElementId> right;
  // Of a list: its elements as they stood when last looked at.
  std::vector<ElementId> order;

  bool is_there() const { return value || kind; }
  // The value with the adds that count over it; integers as int64.
  Value shown() const;
};

// Answers whether the operation took effect in the object whose root this is.
bool apply(const Writer& writer, const Operation& operation, Place* root);
// Marks of removal and adds at or below the horizon are as if they had never been.
void forget(LogSeq horizon, Place* place);

}  // namespace syncline::sim
