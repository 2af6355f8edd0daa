// Policy: an app's roles, compiled; and what they give one user. The authority's only source of
// "may".
//
// Rules of App Services (spec 5.1-5.3): a collection's own roles, or the default roles if it has
// none (never both); the first whose apply_when holds; none: no access. Deny by default. Immutable
// after compile(); any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/access/document_filter.h"
#include "node/model/app.h"
#include "proto/entry.h"
#include "proto/object.h"

namespace syncline {

// roles_without_filters: what a role without document_filters grants under sync.
enum class RolesWithoutFilters { deny, literal };

struct User {
  std::string id;
  std::string type = "normal";
  Document data;         // %%user.data
  Document custom_data;  // %%user.custom_data
  List identities;       // %%user.identities
};

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

// What one user may do with one type, by the role that applies.
struct TypeAccess {
  std::string role;  // empty: no role applies
  std::string file;  // where the role stands
  std::string pointer;
  std::string why_none;  // no access: the reason for a person ("no role applies", "role X has no
                         // document_filters")
  bool read = false;
  bool write = false;  // any field
  bool insert = false;
  bool remove = false;
  bool write_filter = false;  // document_filters.write holds: if not, that is why `write` is false
  // What must hold of the object itself, beside the flags above; null: nothing. An object is seen
  // if read_when holds of it; it is updated if write_when holds before and after, inserted if of it
  // both write_when and insert_when hold, deleted if of what is there write_when and remove_when
  // do.
  using Condition = std::shared_ptr<const DocumentFilter>;  // shared: with views
  Condition read_when;
  Condition write_when;
  Condition insert_when;
  Condition remove_when;
  FieldNumber id_field;  // of _id
  FieldMask readable;
  FieldMask writable;  // says nothing of _id, which judge() lets nobody change after creation
  bool operator==(const TypeAccess&) const = default;
};

struct Refusal {
  std::vector<Step>
      fields;        // top-level fields whose change is refused alone; empty: the whole group
  std::string text;  // names the role, file and JSON pointer, and the field
};

class Access;

// What a person asks of rules. One role that was tried for a user, and why it applies or does not.
struct RoleAnswer {
  std::string name;
  std::string file;
  std::string pointer;
  bool applies = false;
  std::string why;
};

// What a condition of the user's role says of an object.
struct ClauseAnswer {
  std::string clause;  // "document_filters.read"
  std::string pointer;
  bool holds = false;
  std::string why;
};

class Policy {
 public:
  // kBadApp if a rule cannot be held as it stands: malformed expansions, unknown operators.
  static Result<std::shared_ptr<const Policy>> compile(std::shared_ptr<const App> app,
                                                       RolesWithoutFilters setting);
  // Everything compile() would say, as messages by file, for `app check`.
  static void check(const App& app, RolesWithoutFilters setting, AppReport* report);
  Access access_of(const User& user) const;
  // How the user's role for the type is chosen: the roles that are tried, in their order, the last
  // is the one that applies (or none is).
  std::vector<RoleAnswer> explain_role(const User& user, TypeNumber type) const;
  // What its conditions say of an object, with all values: for who may see everything. Empty: no
  // role, or one that grants nothing under sync.
  std::vector<ClauseAnswer> explain_clauses(const User& user, TypeNumber type, const Value& id,
                                            const Scope& fields) const;
  ~Policy();

 private:
  friend class Access;
  struct Impl;
  explicit Policy(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// What one user may see and do. Plain data made by Policy::access_of; holds no pointer to it.
class Access {
 public:
  const TypeAccess& of(TypeNumber type) const;  // a denying one for unknown types
  // May the user turn `before` into `after`? Null: absent. `id`: of both. `touched`: the top-level
  // steps that the group changed. Empty: yes. More refusals than one: fields that are refused
  // alone.
  std::vector<Refusal> judge(const Schema& schema, TypeNumber type, const Value& id,
                             const Scope* before, const Scope* after,
                             const std::vector<Step>& touched) const;
  std::map<uint32_t, TypeAccess> types;
  // The authority's own hand (import, users, deploy): everything is allowed.
  static Access everything(const Schema& schema);
};

}  // namespace syncline
