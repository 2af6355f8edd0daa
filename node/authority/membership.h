// Membership: which objects of a type a view holds: of those that the user's role lets the user
// read, the union of the subscriptions' queries, evaluated on the fields that may be read.
// DESIGN 6.
//
// Three reaches. `own`: an object's own fields decide, so an entry's images before and after tell
// who enters and leaves. `links`: fields of objects that it links to decide too. `window`: the
// object's place among others (SORT ... LIMIT) does. The last two need a state to look into
// (view_at.h), and are told by transfers.
//
// Immutable; any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <absl/functional/function_ref.h>

#include "node/access/policy.h"
#include "node/authority/stored_row.h"
#include "node/query/bind.h"
#include "node/query/evaluate.h"
#include "proto/planted.h"

namespace syncline {

class Membership {
 public:
  enum class Reach : uint8_t { own, links, window };

  // Every object of the type.
  static const std::shared_ptr<const Membership>& everything();
  // The union of the queries, of what the rule lets be read; null: of everything. kBadQuery: one of
  // them is not what object_to_query() lets pass.
  using Rule = TypeAccess::Condition;
  static Result<std::shared_ptr<const Membership>> of(std::shared_ptr<const Schema> schema,
                                                      TypeNumber type,
                                                      const std::vector<std::string>& queries,
                                                      Rule rule);

  // Normalised: equal queries, equal members. First what is matched one by one, then windows.
  const std::vector<std::string>& queries() const { return queries_; }
  bool is_everything() const { return everything_ && rule_ == nullptr; }
  // Every object that the rule lets be read.
  bool is_all_readable() const { return everything_; }
  const Rule& rule() const { return rule_; }
  // May the object be read? Requires: it is there.
  Result<bool> may_read(const StoredRow& row) const;
  bool may_read(const Row& row) const {
    return rule_ == nullptr || SYNCLINE_PLANTED(forget_rule) || rule_->holds(row.id, row.fields);
  }
  Reach reach() const { return reach_; }
  // May a change of this top-level step make an object a member, or no member any more?
  bool reads(const Step& step) const;
  // Types whose objects are linked to from members and decide on them; sorted.
  const std::vector<TypeNumber>& followed() const { return followed_; }
  // The entry's objects of this type may change who is a member.
  bool depends_on(TypeNumber own, TypeNumber changed) const;

  // The object with that content, as far as the mask shows it; an absent one is no member.
  // Requires: reach() is own. kStoreDamaged.
  Result<bool> holds(const FieldMask& mask, const StoredRow& row) const;

  // Does the object, of the type itself, follow a link to one of these?
  bool links_to(const Row& row, const std::map<TypeNumber, std::set<ObjectKey>>& targets) const;

  // What is matched one by one; null: nothing is, or everything.
  const query::BoundQuery* filter() const { return filter_.get(); }
  const std::vector<std::shared_ptr<const query::BoundQuery>>& windows() const { return windows_; }
  // Does the filter match, with linked objects from the source? Requires: filter() is not null.
  Result<bool> matches(const FieldMask& mask, const StoredRow& row,
                       query::ObjectSource& source) const;

  bool operator==(const Membership& other) const {
    return queries_ == other.queries_ && version_ == other.version_ &&
           (rule_ == nullptr) == (other.rule_ == nullptr) &&
           (rule_ == nullptr || *rule_ == *other.rule_);
  }

 private:
  Membership() = default;
  bool everything_ = false;
  Rule rule_;
  std::shared_ptr<const query::BoundQuery> filter_;
  std::vector<std::shared_ptr<const query::BoundQuery>> windows_;
  std::vector<std::string> queries_;
  uint32_t version_ = 0;  // of the schema that they are written by; 0: there are none
  std::vector<TypeNumber> followed_;
  Reach reach_ = Reach::own;
};

// Which fields of a type subscriptions may ask for, by number.
using IsQueryable = absl::FunctionRef<bool(TypeNumber, FieldNumber)>;

// Why a node may not subscribe with this text, for a person; nullopt: it may. The language of
// subscriptions is that of queries without what cannot be kept up to date object by object
// (docs/queries.md).
std::optional<std::string> object_to_query(const std::shared_ptr<const Schema>& schema,
                                           TypeNumber type, std::string_view query,
                                           IsQueryable is_queryable);

// The row as the mask shows it, for queries: `fields` itself, or a copy in `storage`; valid as long
// as these. A hidden field is missing, here as on the node: one that is required then reads as its
// default.
const Scope& shown_to_query(const FieldMask& mask, const query::BoundQuery& query,
                            const Scope& fields, Scope* storage);

}  // namespace syncline
