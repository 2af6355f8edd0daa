// The schema versions of an app that are in force side by side, and what follows from one to
// another. docs/decisions/0015.
//
// The deployed version is the one that rules are about. Older ones are in force until the operator
// ends them; the next one is made ready while the deployed one is still in force. An object's row
// holds the fields of all of them (node/model/migration.h).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "node/access/policy.h"
#include "node/model/migration.h"
#include "node/model/validator.h"

namespace syncline {

// One of them, ready to use. Its schema's `retired` has what the others have and it has not.
struct SchemaVersion {
  std::shared_ptr<const App> app;
  std::shared_ptr<const Policy>
      policy;  // null: of an older version whose rules do not hold any more
  std::shared_ptr<const Validator> validator;
  std::shared_ptr<const AppFiles> files;  // that it was made of
  uint32_t number() const { return app->schema.version; }
  const Schema& schema() const { return app->schema; }
  // For what outlives a deploy.
  std::shared_ptr<const Schema> shared_schema() const { return {app, &app->schema}; }
};

// An app's record: what was deployed, with the numbers that were given.
struct AppRecord {
  AppFiles files;
  Schema schema;
  int64_t deployments = 0;
};

// As load_app(). kBadApp: the first thing that is wrong, with file, place and remedy, and how many
// there are.
Result<std::shared_ptr<const App>> load_numbered(const AppFiles& files, const Schema* previous,
                                                 uint32_t numbers_from = 0);

// What a migration once said that a required field reads as, is kept from version to version.
void keep_readings(const Schema& recorded, Schema* schema);

class SchemaVersions {
 public:
  // kBadApp: one of them, or what leads from one to the next. `older`: ascending, of consecutive
  // numbers before the deployed one's. All get the highest revision of them.
  static Result<SchemaVersions> compile(const AppRecord& deployed,
                                        const std::vector<AppRecord>& older, const AppRecord* next,
                                        RolesWithoutFilters setting,
                                        std::shared_ptr<const RuleFunctions> functions);

  const SchemaVersion& deployed() const { return versions_[deployed_]; }
  // Being made ready; null: none is.
  const SchemaVersion* next() const {
    return deployed_ + 1 < versions_.size() ? &versions_[deployed_ + 1] : nullptr;
  }
  // Nodes may be of it: the deployed one or an older. Null: none. 0: the deployed one.
  const SchemaVersion* in_force(uint32_t number) const;
  std::vector<uint32_t> numbers() const;  // in force, ascending
  // That objects of the type are judged by: the newest in force that has it; null: none has.
  const SchemaVersion* judging(TypeNumber type) const;
  bool only_one() const { return versions_.size() == 1; }
  // There are others, or were: objects may hold what the deployed one has not.
  bool ever_others() const { return ever_others_; }

  // From each version to the one after it, from the oldest to the newest.
  const std::vector<Migration>& migrations() const { return migrations_; }
  // To the next one. Requires: next() is not null.
  const Migration& to_next() const { return migrations_.back(); }

  // The version that a group was written by: all fields that its operations name are that
  // version's. Of several the `writer`'s, else the newest. Null: none in force.
  const SchemaVersion* version_of(const Group& group, uint32_t writer) const;
  // Is the place another version's, seen from the one that judges the type?
  bool is_foreign(TypeNumber type, const Path& path) const;

  // What rules say of the deployed version's fields, said of the other versions' too: a field may
  // be read (written) if all may that it becomes, or comes from. What the deployed version has
  // dropped may be read as the rules of the last version say that had it, fields and types. What
  // only ended versions had is nobody's.
  void extend(const User& user, Access* access) const;

 private:
  // A place of another version, and what it stands for: places of the deployed version; and such
  // that were dropped on the way there, with the version (in versions_) that had them last.
  struct Counterpart {
    TypeNumber type;
    Path place;
    std::vector<Path> deployed;
    std::vector<std::pair<size_t, Path>> dropped;
  };
  // Of a type, by the rules of each older version.
  using OlderMasks = std::vector<const FieldMask*>;
  void find_counterparts();
  void find_leftovers();
  void follow(TypeNumber type, const Path& place, size_t version, Counterpart* found) const;
  ObjectMask extended(const ObjectMask& mask, TypeNumber type, const OlderMasks& older) const;
  void extend(FieldMask* mask, const TypeDef& type, const OlderMasks& older) const;
  void hide_leftovers(FieldMask* mask, const TypeDef& type, std::set<TypeNumber>* around) const;
  bool reaches_leftovers(const TypeDef& type, std::set<TypeNumber>* around) const;

  std::vector<SchemaVersion> versions_;  // ascending
  size_t deployed_ = 0;
  std::vector<Migration> migrations_;
  bool ever_others_ = false;
  std::vector<Counterpart> counterparts_;
  // Of each type of the deployed version, the numbers that no version has any more.
  std::map<TypeNumber, std::vector<FieldNumber>> leftovers_;
};

}  // namespace syncline
