// History: what the authority's log says, entry by entry, kept apart from the authority: the ground
// that the oracles stand on.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "node/authority/fold.h"
#include "storage/commit_log.h"

namespace syncline::sim {

class History {
 public:
  // Reads what the log has beyond what was read, and tells of each entry once it is in here. A
  // complaint, beginning with "chain: " or "ledger: ": the log contradicts itself.
  std::optional<std::string> follow(const CommitLog& log,
                                    const std::function<void(const Entry&)>& told = {});

  LogSeq head() const { return LogSeq(entries_.size()); }
  // Requires: 1 <= seq <= head().
  const Entry& entry(LogSeq seq) const { return entries_[seq.value - 1].entry; }
  // As the log's own bytes give them; zeros for entry 0.
  Hash chain_at(LogSeq seq) const;
  LogIndex index_at(LogSeq seq) const;
  // Null: the log has no such changeset.
  const Entry* entry_of(const ChangesetName& name) const;
  // The object as it was at that entry; null: absent.
  const Row* at(const ObjectName& name, LogSeq seq) const;
  // Every object of the type that was there at that entry.
  std::map<ObjectKey, const Row*> all_at(TypeNumber type, LogSeq seq) const;
  // Objects that were there once and are absent at `seq`, last removed after `after`.
  std::vector<ObjectKey> gone_at(TypeNumber type, LogSeq seq, LogSeq after) const;
  // Objects of the type that were ever there.
  size_t ever_of(TypeNumber type) const;
  // Every type of which the log ever had an object.
  std::vector<TypeNumber> types() const;

  uint64_t refusals = 0;
  uint64_t conflicts = 0;  // operations that were superseded

 private:
  struct Known {
    Entry entry;
    Hash chain;
    LogIndex index;
  };
  struct Version {
    LogSeq since;
    std::optional<Row> row;
  };
  using Versions = std::vector<Version>;
  static const Version* version_at(const Versions& versions, LogSeq seq);
  std::optional<std::string> add(Entry entry);

  EntryAssembler assembler_;
  LogHead read_;
  std::vector<Known> entries_;
  std::map<ChangesetName, LogSeq> names_;
  std::map<TypeNumber, size_t> counts_;  // of versions_, by type
  std::map<ObjectName, Versions> versions_;
};

}  // namespace syncline::sim
