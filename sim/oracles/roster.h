// Roster: who belongs to the fleet, and may see and do what, at each entry of the log. Made of the
// log alone, beside the authority's own Directory.
//
// A set of versions for each node, user and app, each standing from its entry on. "At an entry" is
// after it; what an entry was judged by stands at the one before.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "node/authority/directory.h"
#include "sim/oracles/sight.h"
#include "sim/world/history.h"

namespace syncline::sim {

struct Enrolled {
  std::string user;
  PublicKey identity{};
  bool removed = false;
  uint32_t version = 0;  // the schema version of its code; 0: the deployed one
};

class Roster {
 public:
  // Requires: history has the entry, and it is the next one.
  void add(const Entry& entry, const History& history);

  // The authority was restored: what came after the fork never was.
  void restored(LogSeq fork);

  // Null: nothing of the kind stood at that entry.
  const Enrolled* member(NodeId node, LogSeq at) const;
  const Deployed* app(LogSeq at) const;
  // What a user may do; one that denies everything for a user that nobody knows.
  const Access& access(const std::string& user, LogSeq at) const;
  // What the node is to hold. Never null.
  std::shared_ptr<const Sight> view(NodeId node, LogSeq at) const;
  // The last entry at or before `at` that changed the node's view.
  LogSeq view_since(NodeId node, LogSeq at) const;

 private:
  template <class T>
  using Versions = std::map<LogSeq, T>;
  template <class T>
  static const T* last(const Versions<T>& versions, LogSeq at);

  void read_app(LogSeq at, const History& history);
  void read_access(const std::string& user, LogSeq at, const History& history);
  void read_view(NodeId node, LogSeq at, const History& history);
  TypeNumber custom_data_type(LogSeq at) const;
  std::set<std::string> users_of(const ObjectName& object, LogSeq at, const History& history) const;

  Versions<std::shared_ptr<const Deployed>> apps_;
  std::map<NodeId, Versions<Enrolled>> members_;
  std::map<std::string, Versions<Access>> access_;
  std::map<NodeId, Versions<std::shared_ptr<const Sight>>> views_;
  std::map<NodeId, std::set<ObjectKey>> subscriptions_;  // that it ever had
  std::set<std::string> users_;                          // of all nodes, ever
};

}  // namespace syncline::sim
