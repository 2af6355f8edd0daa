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
#include "node/access/object_mask.h"
#include "node/model/app.h"
#include "proto/entry.h"
#include "proto/object.h"
#include "proto/operation.h"

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
  // if read_when holds of it; it is updated if write_when lets it become what it would be
  // (DocumentFilter::lets), inserted if write_when and insert_when do, deleted if write_when and
  // remove_when do.
  using Condition = std::shared_ptr<const DocumentFilter>;  // shared: with views
  Condition read_when;
  Condition write_when;
  Condition insert_when;
  Condition remove_when;
  FieldNumber id_field;  // of _id
  ObjectMask readable;
  ObjectMask writable;  // says nothing of _id, which judge() lets nobody change after creation
};

// A place that an operation wrote to, and what it put there if that is known.
struct WrittenPlace {
  Path path;  // not empty
  const Item* item = nullptr;
};

// Of these operations on an object that is there.
std::vector<WrittenPlace> written_places(const std::vector<const Operation*>& operations);

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
  // `functions`: what %function may name; null: none.
  static Result<std::shared_ptr<const Policy>> compile(
      std::shared_ptr<const App> app, RolesWithoutFilters setting,
      std::shared_ptr<const RuleFunctions> functions = nullptr);
  // Everything compile() would say, as messages by file, for `app check`.
  static void check(const App& app, RolesWithoutFilters setting, AppReport* report,
                    std::shared_ptr<const RuleFunctions> functions = nullptr);
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
  // steps that the group changed; `written`: what its operations wrote, which may be what stood
  // there already: that is refused all the same, for who learned otherwise could guess what is
  // hidden, and would win over what others write at the time. Empty: yes. More refusals than one:
  // fields that are refused alone.
  std::vector<Refusal> judge(const Schema& schema, TypeNumber type, const Value& id,
                             const Scope* before, const Scope* after,
                             const std::vector<Step>& touched,
                             const std::vector<WrittenPlace>& written = {}) const;
  std::map<uint32_t, TypeAccess> types;
  // The authority's own hand (import, users, deploy): everything is allowed.
  static Access everything(const Schema& schema);
};

}  // namespace syncline
