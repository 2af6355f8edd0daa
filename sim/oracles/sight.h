// Sight: what a node is to hold of the log, by brute force: every subscription's query run over
// every object, with the rules of the entry. Shares the query evaluator with the authority, and
// nothing of how that finds out what has changed.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/authority/view.h"
#include "node/query/evaluate.h"
#include "sim/world/history.h"

namespace syncline::sim {

struct Sight {
  // Of each type that its role may read, subscribed to or not: which fields.
  std::map<TypeNumber, ObjectMask> readable;
  // Of the types among them of which not all objects may be read: which.
  std::map<TypeNumber, TypeAccess::Condition> rules;
  // Of the types among them that it is subscribed to: the queries.
  std::map<TypeNumber, std::set<std::string>> queries;
  std::map<TypeNumber, std::vector<std::shared_ptr<const query::BoundQuery>>> bound;
  bool operator==(const Sight& other) const {
    return readable == other.readable && queries == other.queries &&
           std::ranges::equal(rules, other.rules, [](const auto& a, const auto& b) {
             return a.first == b.first && *a.second == *b.second;
           });
  }
  bool may_read(TypeNumber type, const Row& row) const {
    const auto rule = rules.find(type);
    return rule == rules.end() || rule->second->holds(row.id, row.fields);
  }
  // Null: it shows nothing of the type.
  const ObjectMask* covers(TypeNumber type) const;
  bool shows_all_of(TypeNumber type) const;
};

class SightAt {
 public:
  // All outlive this.
  SightAt(const Sight* sight, NodeId node, const History* history, LogSeq at)
      : sight_(sight), node_(node), history_(history), at_(at) {}

  // The mask through which the object is shown at that entry; null: it is not, or is absent.
  const FieldMask* shows(const ObjectName& name);
  // Whether a query asks for an object of that content, whatever its place among others. Linked
  // objects are those of the entry.
  bool wants(TypeNumber type, const Row& row) const;

 private:
  const std::set<ObjectKey>& members(TypeNumber type);

  const Sight* sight_;
  NodeId node_;
  const History* history_;
  LogSeq at_;
  std::map<TypeNumber, std::set<ObjectKey>> members_;
};

}  // namespace syncline::sim
