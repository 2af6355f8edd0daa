// One delta becoming visible: confirmed rows, decided changesets leaving pending, overlays, what
// observers see; all in the step's one batch. Lives for one step.
#pragma once

#include <map>
#include <set>

#include "node/replica/confirmed.h"
#include "node/replica/kept.h"
#include "node/replica/overlay_store.h"
#include "node/replica/receipts.h"
#include "node/replica/staging.h"
#include "node/replica/subscription_sets.h"

namespace syncline {

// Changes listed for observers in one step, in objects and in bytes of their rows: beyond, they are
// told that anything may have changed.
inline constexpr size_t kChangesListedMax = 50'000;
inline constexpr size_t kChangesBytesMax = 64u << 20;
// Staged rows beyond this go in as an ingestion instead of a batch.
inline constexpr uint64_t kBatchRowsMax = 4096;
inline constexpr uint64_t kBatchBytesMax = 8u << 20;

class Integration {
 public:
  Integration(ReplicaStep* step, StagedView view)
      : step_(step),
        view_(view),
        kept_orders_(step->state.store, step->state.kept_end),
        written_(step->state.store, prefix_end(node_keys::all(Keyspace::node_written))),
        rows_(step->state.store, prefix_end(node_keys::all(Keyspace::node_row))),
        overlays_(step->state.store, prefix_end(node_keys::all(Keyspace::node_overlay))),
        cache_(step->state.store) {}

  // A changeset that is pending again.
  Status take_back(const TakenBack& one);
  Status leave(const ObjectName& name);
  Status apply(BytesView object_delta);
  // A decision of one of the node's own changesets; ignored if that is not pending (any more).
  Status decide(const Decision& decision);
  // The staged decisions and rows.
  Status take_staged();
  // Writes everything to the step. Call once, last.
  Status finish();

 private:
  // An object that needs a look of its own.
  struct Work {
    std::optional<Row> before;  // confirmed, as in the store
    std::optional<Row> after;
    Bytes encoded;  // of after, if known
    // What came is the overlay's image to the byte: `after` is that row, and not decoded yet.
    bool undecoded = false;
    std::optional<Bytes> overlay;  // as in the store, once it was read
    bool overlay_read = false;
    bool confirmed_changed = false;
    std::vector<uint64_t> decided;  // orders of changesets that touched it and leave pending
    std::vector<Touch> taken_back;  // by changesets that come back
  };

  Result<Work*> open(const ObjectName& name);
  Status decode_after(Work* work);
  Status read_overlay(const ObjectName& name, Work* work);
  Status settle(uint64_t order, const WrittenView& written, const Decision& decision);
  Status finish_object(const ObjectName& name, Work* work);
  // The touches with those that come back; those listed may be more than kListedMax.
  static Touches with_taken_back(Touches touches, const Work& work);
  // As they are kept: those beyond kListedMax go into the batch.
  Touches keep_listed(const ObjectName& name, Touches touches);
  // What touches the object still, once what was decided is taken out, from the batch too.
  Touches remaining(const ObjectName& name, Touches touches, const Work& work);
  // The shown image before; and after, with the overlay written as it must be.
  Status finish_overlay(const ObjectName& name, Work* work, std::optional<Row>* shown_before,
                        std::optional<Row>* shown_after);
  // For observers, if it looks different.
  void list_if_changed(const ObjectName& name, std::optional<Row> before, std::optional<Row> after);
  Status open_overlaid();
  Status open_subscriptions();
  // Why the changeset's subscriptions were refused; nullopt: they were not.
  Result<std::optional<std::string>> refusal_of_set(uint64_t order, const Decision& decision);
  Status move_staged_rows(bool ingest);
  Status remove_staged_gone();
  Status remove_not_staged();
  Status remove_confirmed(const ObjectName& name);
  bool listing() const { return !step_->out.everything_changed; }

  ReplicaStep* step_;
  StagedView view_;
  KeptOrders kept_orders_;        // as the store has them: none of this step
  std::set<uint64_t> came_back_;  // by this step: pending again, and kept as the store has it
  RunReader written_, rows_, overlays_;
  PendingCache cache_;
  NewReceipts receipts_;
  NewKept kept_;
  SetChanges sets_;
  using Works = std::map<ObjectName, Work>;
  // Which may be new. Objects mostly come in their order.
  std::pair<Works::iterator, bool> find_or_add(const ObjectName& name);

  Works work_;
  Works::iterator last_ = work_.end();  // that was asked for
  std::set<uint64_t> decided_;
  size_t listed_bytes_ = 0;
};

}  // namespace syncline
