// Binds a plan to the two schemas that it leads between: Migration::bind. One thread; lives for one
// binding.
#pragma once

#include <set>

#include "node/model/migration.h"
#include "node/model/migration_paths.h"

namespace syncline {

// Beyond it they are counted.
inline constexpr size_t kMigrationFaultsToldMax = 20;

class MigrationBinder {
 public:
  MigrationBinder(const MigrationPlan& plan, const App& before, const App& after)
      : plan_(plan), before_(before), after_(after) {}

  Result<Migration> run();

 private:
  using PlanStep = MigrationPlan::Step;
  // A field of one version that a step speaks of: from an object of a type, by a path.
  using Claim = std::pair<TypeNumber, Path>;
  using Leaf = std::pair<TypeNumber, FieldNumber>;  // by the type that has the field
  struct Claims {
    std::set<Claim> places;
    std::map<Leaf, std::set<Claim>> leaves;
  };
  // A type as a step finds it in the two versions.
  struct Pair {
    const TypeDef* before;
    const TypeDef* after;
  };
  using Bound = Migration::Bound;

  // migration_bind.cc: the steps.
  void bind_type(const MigrationPlan::Type& planned);
  void bind_step(const Pair& type, const PlanStep& step);
  void bind_rename(const Pair& type, const PlanStep& step);
  void bind_reading(const Pair& type, const PlanStep& step);
  bool find_sides(const Pair& type, const PlanStep& step, Bound* bound);
  bool add_side(const Pair& type, const PlanStep& step, bool earlier, const std::string& name,
                Bound* bound);
  bool check_kind(const PlanStep& step, Bound* bound);
  bool check_convert(Bound* bound);
  bool check_values(Bound* bound);
  bool check_texts(const Bound& bound);
  bool check_move(Bound* bound);
  bool check_drop(Bound* bound);
  // Does the side that is made have something for whatever the other has?
  bool check_total(const Bound& bound, bool up, bool always);
  bool fit_otherwise(const Bound& bound, const FieldDef& field,
                     const std::vector<ScalarType>& types, std::optional<Value>* value);
  void check_created();

  // migration_explain.cc: the changes of the schema.
  void explain_changes();
  bool is_explained(const SchemaChange& change) const;
  std::string step_that_explains(const SchemaChange& change) const;
  bool is_claimed_everywhere(bool earlier, TypeNumber type, const Path& path, int depth) const;
  void compare_fields(const TypeDef& was, const TypeDef& is);
  void compare_field(const TypeDef& type, const FieldDef& was, const FieldDef& is);
  std::optional<Value> value_read(const FieldDef& field, const Schema& schema,
                                  const std::optional<Value>& stated, const PlanStep* step);
  void embed();
  // Whether an object of the one type, in either version, can have one of the other in it, or is
  // one.
  bool can_hold(TypeNumber outer, TypeNumber wanted) const;

  // migration_losses.cc
  void tell_losses(const TypeDef& type, const Bound& bound);

  const Schema& schema(bool earlier) const { return earlier ? before_.schema : after_.schema; }
  int version(bool earlier) const { return earlier ? plan_.from : plan_.to; }
  std::vector<ScalarType> types_of(const Schema& schema, const FieldDef& field) const;
  void fault(const std::string& pointer, const std::string& text, const std::string& remedy);

  const MigrationPlan& plan_;
  const App& before_;
  const App& after_;
  Migration out_;
  Claims sources_;
  Claims targets_;
  std::set<TypeNumber> dropped_;
  std::map<Leaf, const PlanStep*> readings_;
  std::vector<std::string> faults_;
  size_t faults_seen_ = 0;
};

}  // namespace syncline
