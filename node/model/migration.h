// Migration: what the objects of one schema version are in the next version's terms, and back.
//
//   SYNCLINE_ASSIGN(MigrationPlan plan, read_migration("migrations/1-2.json", text));
//   const Schema base = numbering_base(plan, v1.schema);         // what load_app() numbers by
//   SYNCLINE_ASSIGN(Migration step, Migration::bind(plan, v1, v2));
//
// A number is a meaning (docs/decisions/0014, 0015): what is only renamed keeps its number; what is
// converted, split, merged or moved has a new one beside the old, and an object's row holds both
// for as long as both versions are in force. Who writes one of them writes the other by this.
//
// Every transform is total: it makes something of every value that its version may hold. Pure; any
// thread; all of it is bounded by the app's size.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/model/app.h"
#include "node/model/schema_change.h"
#include "proto/operation.h"

namespace syncline {

// A migrations/<from>-<to>.json as it stands, names and all. docs/migrations.md tells the form.
struct MigrationPlan {
  struct Step {
    enum class Kind : uint8_t { rename, convert, split, merge, move, require, relax, drop };
    Kind kind = Kind::rename;
    std::vector<std::string> before;  // fields of the earlier version; dotted into embedded objects
    std::vector<std::string> after;   // of the later
    // convert, move: what stands for a value that has no counterpart. require: what the later
    // version reads where there is none. drop: what objects made by the later version hold.
    std::optional<Value> otherwise;
    // convert, move: the same on the way back. relax: what the earlier version reads where there is
    // none.
    std::optional<Value> otherwise_back;
    std::vector<std::pair<Value, Value>> values;  // convert: value by value, before the conversion
    std::string separator;                        // split, merge
    std::string pointer;                          // where in the file, for texts
  };
  struct Type {
    std::string before;  // the name in the earlier version; embedded types too
    std::string after;   // in the later; the same where it is not renamed
    bool drop = false;
    std::vector<Step> steps;
    std::string pointer;
  };
  std::string path;
  int from = 0;
  int to = 0;
  std::vector<Type> types;
};

// The version that an app's files are of: the highest that a migration leads to; 1 without one.
int version_of(const AppFiles& files);
std::string migration_path(int from);  // "migrations/1-2.json"

// kBadApp with place and remedy: not JSON, an unknown key, a wrong shape, more than an app can
// have.
Result<MigrationPlan> read_migration(const std::string& path, std::string_view text);

// The earlier version's schema as load_app()'s `previous` for the later: renamed as the plan says,
// and without the fields and types that get a number of their own there or have no place (they are
// retired, under names that nobody can write, so that no later field of their name gets their
// number).
Schema numbering_base(const MigrationPlan& plan, const Schema& before);
// What a type or a field of that version is called once it is retired: no other can be called so,
// hence nothing later is found by it. A name that is retired already is kept.
std::string retired_name(int version, const std::string& name);

class Migration {
 public:
  // kBadApp: every change that the plan does not explain, and every step that does not fit the
  // schemas, each with place and remedy. `after` is numbered by numbering_base().
  static Result<Migration> bind(const MigrationPlan& plan, const App& before, const App& after);

  int from() const { return from_; }
  int to() const { return to_; }

  // What it cannot carry over in either direction, a line each, for a person: "Person.name: what
  // stands after the second space goes to `last` ...".
  const std::vector<std::string>& losses() const { return losses_; }

  // A step that gives numbers of their own to both sides, bound to a type (embedded ones too).
  // Paths are of field numbers, from an object of that type, through embedded objects that are no
  // collections. `after` is empty for a dropped field.
  struct Bound {
    MigrationPlan::Step step;
    TypeNumber type;
    std::vector<Path> before;
    std::vector<Path> after;
    std::vector<FieldDef> before_fields;  // what stands there
    std::vector<FieldDef> after_fields;
    // convert: what the two are made into. A link's are the types of its target's _id.
    std::vector<ScalarType> before_types;
    std::vector<ScalarType> after_types;
  };
  const std::vector<Bound>& steps() const { return steps_; }

  // Fields that one of the two versions may leave out or hold null in, and the other may not: what
  // that version reads instead. Their number is the same.
  struct Reading {
    TypeNumber type;
    FieldNumber field;
    std::optional<Value> earlier;  // what the earlier version reads
    std::optional<Value> later;
  };
  const std::vector<Reading>& readings() const { return readings_; }

  // By type, the fields of either version that hold embedded objects, and of which type: the way to
  // every place that a step is for. Fields that lead to no such place are not in it.
  using Embedding = std::map<TypeNumber, std::map<FieldNumber, TypeNumber>>;
  const Embedding& embedding() const { return embedding_; }

 private:
  friend class MigrationBinder;  // migration_binder.h

  int from_ = 0;
  int to_ = 0;
  Embedding embedding_;
  std::vector<Bound> steps_;
  std::vector<Reading> readings_;
  std::vector<std::string> losses_;
};

// An operation that writes what follows, and the top-level fields that it follows from. None: it
// follows from the object's being there (what a required field of another version holds).
struct Derived {
  Operation operation;
  std::vector<Step> from;
};

// What else changes with what was written. `chain`: migrations of consecutive versions, in order.
// `after`: the object with what was written; what no step leads to from there is not looked at.
// `written`: paths that were written, or around which something was. A step is taken once, away
// from what was written: what was converted up is never converted back; and what agrees already, as
// one side makes the other, stays as it is, in collections element by element. Derived operations
// put absolute values, and only where they change something; their ordinals are 0. Embedded objects
// in collections too.
//
// `version`: which version's fields were written; then steps lead away from it. 0: it is not known,
// and what is there tells (a path around both sides of a step: from the side that is there).
std::vector<Derived> derive(const std::vector<Migration>& chain, TypeNumber type,
                            const Scope& after, const std::vector<Path>& written, int version = 0);

// The whole object in the later version's terms: what deploying it writes.
std::vector<Derived> derive_all(const Migration& step, TypeNumber type, const Scope& fields);

}  // namespace syncline
