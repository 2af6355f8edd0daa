// History: what the authority's log says, entry by entry, kept apart from the authority: the ground
// that the oracles stand on.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/authority/fold.h"
#include "storage/commit_log.h"

namespace syncline::sim {

class History {
 public:
  // Reads what the log has beyond what was read. A complaint: the log contradicts itself.
  std::optional<std::string> follow(const CommitLog& log);

  // The authority was restored: what lies above the fork is another's history from now on.
  void restored(const Fork& fork);
  // The history of that log, also of one that is lost.
  const History& of(Incarnation incarnation) const;

  LogSeq head() const { return head_; }
  const Entry* entry_of(const ChangesetName& name) const;
  // Of the entry; null: there is none.
  const ChangesetName* name_at(LogSeq seq) const;
  // The object as it was at that entry; nullopt: absent.
  std::optional<Row> at(const ObjectName& name, LogSeq seq) const;
  // Every object of the type that was there at that entry.
  std::map<ObjectKey, Row> all_at(TypeNumber type, LogSeq seq) const;

  uint64_t refusals = 0;
  uint64_t conflicts = 0;  // operations that were superseded

 private:
  std::optional<std::string> add(Entry entry);
  EntryAssembler assembler_;
  LogIndex next_{1};
  LogSeq head_;
  Incarnation incarnation_;
  std::map<LogSeq, LogIndex> last_record_;  // of each entry
  // Shared by the histories that came after them.
  std::map<Incarnation, std::shared_ptr<const History>> lost_;
  std::map<ChangesetName, Entry> entries_;
  std::vector<ChangesetName> names_;  // by seq, from 1
  std::map<ObjectName, std::vector<std::pair<LogSeq, std::optional<Row>>>> versions_;
};

}  // namespace syncline::sim
