// Runs: of each entry where it stands in the log, and of each changeset what became of it. There is
// one of either for all that was ever decided, so they stand many behind one key, that of the
// first: consecutive entries, and consecutive changesets of one epoch, as they were decided
// together.
//
// A run is written once, with its layer. Not thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "proto/codec.h"
#include "proto/records.h"
#include "storage/store.h"

namespace syncline {

// nullopt: it is not kept, or never was.
Result<std::optional<EntryMark>> read_entry_mark(const Reader& state, LogSeq seq);
Result<std::optional<Decision>> read_decision(const Reader& state, const ChangesetName& name);

// What the decision takes in a message, at most.
size_t size_of(const Decision& decision);

// Of those that are kept.
struct FirstMark {
  LogSeq seq;
  EntryMark mark;
};
Result<std::optional<FirstMark>> first_entry_mark(const Reader& state);

// The marks of the entries [from, to), in order, those that are kept; until `take` is false.
Status each_entry_mark(const Reader& state, LogSeq from, LogSeq to,
                       const std::function<bool(LogSeq, const EntryMark&)>& take);

// Those below the entry, as far as whole runs are. The first entry whose mark stays.
LogSeq forget_entry_marks(const Reader& state, LogSeq below, Batch* batch);

// Decisions that came with or before the entry that `up_to` gives for their origin, as far as whole
// runs are. Looks at so many runs and no more; *next: where the walk goes on the next time (empty:
// at the first), with the same store.
Status forget_decisions(const Reader& state, const std::function<LogSeq(NodeId)>& up_to,
                        size_t runs_max, Bytes* next, Batch* batch);

// The decisions on an epoch's changesets that came after an entry, in the order of their numbers.
class DecisionsAfter {
 public:
  // state: outlives this. number: the highest of the epoch. Within an epoch numbers rise with seqs.
  static Result<DecisionsAfter> find(const Reader& state, NodeId origin, Epoch epoch,
                                     uint64_t number, LogSeq after);
  Result<std::optional<Decision>> next();

 private:
  LogSeq after_;
  std::unique_ptr<Iterator> at_;  // null: there are none
  std::deque<Decision> taken_;
};

// Those of entries that are decided and not written yet.
class NewRuns {
 public:
  // In the order of seqs.
  void add(LogSeq seq, const EntryMark& mark);
  void add(const Decision& decision);
  std::optional<EntryMark> mark(LogSeq seq) const;
  std::optional<Decision> decision(const ChangesetName& name) const;
  // All of them, into the batch.
  void write(Batch* batch);
  size_t bytes() const { return bytes_; }  // that they take, about

 private:
  LogSeq first_;
  std::vector<EntryMark> marks_;  // of first_ and the entries after it
  std::map<ChangesetName, Decision> decisions_;
  size_t bytes_ = 0;
};

}  // namespace syncline
