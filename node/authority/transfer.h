// Transfer: everything between a node's cursor and the state at one snapshot: catch-up after an
// absence, a changed view, a bootstrap. Costs objects, not updates.
//
// Every object goes through view_delta(). What may have left the view is settled by a have-list:
// the node is asked what it holds in the hash buckets concerned, and leaves come back as positions
// in its answer, so nothing unheld is ever named.
//
// Pure but for reading its snapshot; no state shared with anything: may run on any thread, one at a
// time.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "node/authority/totals.h"
#include "node/authority/view_at.h"
#include "node/authority/view_delta.h"
#include "proto/codec.h"
#include "proto/records.h"
#include "storage/store.h"

namespace syncline {

// The objects that a view's windows hold, by type.
using Windows = std::map<TypeNumber, std::set<ObjectKey>>;

struct TransferPlan {
  Cursor from;                         // what the node has
  Cursor to;                           // what the snapshot is
  bool everything = false;             // the node's cursor is of no use: bootstrap
  std::optional<View> old_view;        // under which it has it; nullopt with everything
  std::optional<Windows> old_windows;  // of old_view, at `from`; nullopt: unknown
  std::shared_ptr<const View> view;    // which it is to have
  std::optional<Hello::Resume>
      resume;  // of an interrupted bootstrap of the same token, at or above the horizon
  // The node stands above the fork in a log that this one left, under the same view: what it holds
  // is known from a complete have-list with the seq of each row, unless everything is told.
  std::optional<LogSeq> fork;
  uint64_t salt = 0;  // of the buckets
};

class Transfer {
 public:
  Transfer(std::unique_ptr<Reader> snapshot, TransferPlan plan);
  ~Transfer();

  // Collects what may have left. An ask: wait for answer() before next(). Call once, first.
  Result<std::optional<HaveAsk>> begin(SessionNonce session, uint64_t request);
  // A part of the node's answer; true once it is complete. kMalformed: not what was asked for.
  Result<bool> answer(const HaveList& list);

  struct Chunk {
    std::vector<Bytes> objects;
    // A piece of a large object, with nothing beside it.
    Bytes fragment;
    uint64_t fragment_offset = 0;
    uint64_t fragment_total = 0;
    std::vector<Leaves> leaves;
    std::vector<Decision> decisions;
    bool last = false;
  };
  // About `bytes` more.
  Result<Chunk> next(size_t bytes);

  const TransferPlan& plan() const { return plan_; }
  // It is a bootstrap: as planned, or because a have-list left too much to tell.
  bool everything() const { return plan_.everything; }
  uint64_t request() const { return request_; }  // as begin() was given it
  // Of the view, in the snapshot.
  Result<Windows> windows();
  uint64_t done_objects() const { return done_; }
  uint64_t total_objects() const { return total_; }
  // The same in bytes of objects as they are stored; the total is exact where a type is told whole.
  uint64_t done_bytes() const { return done_bytes_; }
  uint64_t total_bytes() const { return std::max(total_bytes_, done_bytes_); }

 private:
  struct Part;  // one range of keys to walk
  class Comparison;
  Status plan_parts();
  Status plan_type(TypeNumber type);
  Result<StateLookup::Keys> found_by_index(TypeNumber type);
  Status collect_candidates();
  Status collect_changed(const Part& part);
  Result<bool> collect_dependent(const Part& part);
  using ChangedTargets = std::map<TypeNumber, std::set<ObjectKey>>;
  Result<bool> find_linking(const Part& part, const ChangedTargets& changed,
                            std::set<ObjectKey>* linking) const;
  Result<bool> collect_linking(const Part& part, std::set<ObjectKey>* linking) const;
  Status tell_dependent(size_t bytes, Chunk* chunk);
  void ask_for(const ObjectName& name);
  Status open_bucket(const HaveList::Bucket& bucket, bool first_of_message);
  HaveAsk ask_everything(SessionNonce session);
  Status become_bootstrap();
  bool may_hold(const ObjectName& name) const;  // under the old view
  bool can_resume() const;
  bool changed_since_resume(TypeNumber type) const;
  Status collect_staged();
  Result<StoredRow> indexed_row(const ObjectName& name) const;
  Result<std::optional<std::vector<Step>>> newer_of_same_member(const Part& part,
                                                                const ObjectName& name) const;
  Result<Before> before_of(const Part& part, const ObjectName& name, const StoredRow& row) const;
  Result<std::optional<Bytes>> tell_row(const Part& part, const ObjectName& name,
                                        const StoredRow& row);
  Status tell_by_seq(const Part& part, BytesView key, BytesView value, Chunk* chunk);
  Status walk(Part* part, size_t bytes, Chunk* chunk);
  Status tell_next(Part* part, Chunk* chunk);
  Status tell_differing(size_t bytes, Chunk* chunk);
  void take(std::optional<Bytes> told, Chunk* chunk);
  void cut_fragment(size_t bytes, Chunk* chunk);
  Status open_decisions();
  Status add_decisions(size_t bytes, Chunk* chunk);
  TypeTotal total_of(TypeNumber type) const;
  void expect(TypeNumber type, uint64_t objects);
  void expect(const std::vector<ObjectName>& names);
  void pass_over(TypeNumber type, uint64_t objects);
  uint64_t count_between(const Bytes& from, const Bytes& to) const;

  std::unique_ptr<Reader> snapshot_;
  TransferPlan plan_;
  mutable ViewAt now_;  // plan_.view in the snapshot
  std::vector<Part> parts_;
  size_t part_ = 0;
  std::map<TypeNumber, std::set<uint32_t>> candidates_;
  std::set<TypeNumber> asked_whole_;  // types of which all that is held is asked for
  // Not changed since the cursor, but shown now and perhaps not then.
  std::vector<ObjectName> dependent_;
  size_t dependent_told_ = 0;
  uint32_t bucket_bits_ = 0;
  uint64_t request_ = 0;
  std::vector<Leaves> leaves_;
  std::unique_ptr<Comparison> comparison_;  // with the complete have-list; null: none is asked for
  size_t differing_told_ = 0;
  Bytes large_;  // an object that is being told in fragments
  size_t large_told_ = 0;
  // What of the node's own changesets is left to be told: a walk for each of its epochs.
  std::optional<std::deque<DecisionsAfter>> decisions_;
  // How far the have-list has come: its present bucket, and in that.
  std::optional<std::pair<TypeNumber, uint32_t>> answering_;
  size_t answered_ = 0;  // buckets
  uint32_t position_ = 0;
  ObjectKey last_key_;
  uint64_t keys_listed_ = 0;
  uint64_t keys_listed_max_ = 0;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  uint64_t done_bytes_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace syncline
