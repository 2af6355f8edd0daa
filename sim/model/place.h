// Place: whatever stands, or ever stood, at one step of an object, with every write that still
// matters, kept for ever: no horizon, no position keys, no effects. The rules are those of
// docs/conflict-resolution.md.
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

// Each answers whether the operation took effect. The place's own enclosing scopes were asked
// already.
bool assign(const Writer& writer, const Item& item, bool by_default, Place* place);
bool write_value(const Writer& writer, std::optional<Value> value, bool by_default, Place* place);
bool create_scope(const Writer& writer, ScopeKind kind, bool by_default, Place* place);
bool clear_scope(const Writer& writer, std::optional<ScopeKind> kind, Place* place);
bool increment(const Writer& writer, int64_t amount, Place* place);
// A new element; the place is empty.
void insert(const Writer& writer, const Operation& operation, Place* place);
bool move(const Writer& writer, const Operation& operation, Place* place);
// The object itself.
bool create_object(const Writer& writer, const Scope* fields, Place* root);
bool remove_object(const Writer& writer, Place* root);
bool can_hold(ScopeKind kind, const Step& step);
// May nothing of the writer's take effect inside this scope?
bool is_hidden(const Writer& writer, const Place& scope);

}  // namespace syncline::sim
