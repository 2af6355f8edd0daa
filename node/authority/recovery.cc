#include "node/authority/recovery.h"

#include <fmt/format.h>

#include "node/authority/directory.h"
#include "node/authority/fold.h"
#include "node/authority/state_keys.h"
#include "proto/planted.h"

namespace syncline {
namespace {

constexpr size_t kReadBytes = 4u << 20;
constexpr size_t kBatchBytes = 4u << 20;

// Replays whole entries; a batch holds as many as fit, each with the mark that says how far it is.
class Replay {
 public:
  Replay(Store* state, Applied applied, StateIndexes indexes)
      : state_(state),
        layers_(state),
        totals_(state),
        indexes_(std::move(indexes)),
        applied_(applied),
        log_bytes_(applied.log_bytes) {
    layers_.push();
  }

  Status add(const LogRecord& record) {
    log_bytes_ += record.bytes.size();
    SYNCLINE_ASSIGN(std::optional<Entry> entry, assembler_.add(record.bytes));
    if (!entry) return {};
    if (entry->incarnation != applied_.incarnation && applied_.seq.value > 0)
      return fail(ErrorCode::kStoreDamaged, "the log is of another incarnation than the state");
    if (entry->seq.value != applied_.seq.value + 1)
      return fail(ErrorCode::kStoreDamaged, fmt::format("the log has entry {} where {} should be",
                                                        entry->seq.value, applied_.seq.value + 1));
    SYNCLINE_ASSIGN(Folded folded, fold(layers_, *entry, {record.index, record.hash, log_bytes_},
                                        &totals_, indexes_));
    applied_.incarnation = entry->incarnation;
    applied_.seq = entry->seq;
    applied_.index = record.index;
    applied_.hash = record.hash;
    applied_.stamp_high = entry->stamp_high;
    applied_.synced_index = record.index;
    applied_.log_bytes = log_bytes_;
    folded.batch.put(state_keys::applied(), encode_applied(applied_));
    if (SYNCLINE_PLANTED(skip_in_recovery) && record.index.value % 4 == 0) folded.batch = {};
    layers_.add(folded.batch);
    ++entries_;
    return layers_.bytes() + totals_.bytes() > kBatchBytes ? write() : Status();
  }

  Status write() {
    Batch totals;
    totals_.write(&totals);
    layers_.add(std::move(totals));
    SYNCLINE_TRY(state_->write(layers_.pop_lowest(), BatchKind::derived, false));
    layers_.push();
    return {};
  }

  const Applied& applied() const { return applied_; }
  uint64_t entries() const { return entries_; }

 private:
  Store* state_;
  Layers layers_;
  Totals totals_;
  const StateIndexes indexes_;
  Applied applied_;
  uint64_t log_bytes_;  // as Applied, of the records too that no entry is whole with yet
  EntryAssembler assembler_;
  uint64_t entries_ = 0;
};

// With the schema of the app that the state has. Under a later one in the log the indexes are built
// anew, once the authority is open.
Result<StateIndexes> load_indexes(const Reader& state) {
  SYNCLINE_ASSIGN(const std::shared_ptr<const Schema> schema, deployed_schema(state));
  return StateIndexes::load(state, schema);
}

}  // namespace

Status initialise_state(Store* state, Incarnation incarnation) {
  SYNCLINE_ASSIGN(std::optional<Bytes> there, state->get(state_keys::applied()));
  if (there)
    return fail(ErrorCode::kExists,
                "the store has the state of an authority already: it is not made anew");
  Applied applied;
  applied.incarnation = incarnation;
  Batch batch;
  batch.put(state_keys::applied(), encode_applied(applied));
  SYNCLINE_TRY(state->write(batch, BatchKind::derived, false));
  return state->flush();
}

Result<Fork> begin_incarnation(Store* state, Incarnation incarnation) {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state->get(state_keys::applied()));
  if (!bytes) return fail(ErrorCode::kStoreDamaged, "the store has no state of an authority");
  SYNCLINE_ASSIGN(Applied applied, decode_applied(*bytes));
  const Fork fork{incarnation, applied.incarnation, applied.seq};
  learn_forks(&applied.forks, {fork});
  applied.incarnation = incarnation;
  Batch batch;
  batch.put(state_keys::applied(), encode_applied(applied));
  SYNCLINE_TRY(state->write(batch, BatchKind::derived, false));
  SYNCLINE_TRY(state->flush());
  return fork;
}

Result<RecoveryReport> recover(Store* state, const CommitLog& log,
                               const std::function<void(uint64_t, uint64_t)>& progress) {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state->get(state_keys::applied()));
  if (!bytes)
    return fail(ErrorCode::kStoreDamaged,
                "the store has no state of an authority: `syncline init --authority` makes one");
  SYNCLINE_ASSIGN(Applied applied, decode_applied(*bytes));
  SYNCLINE_ASSIGN(LogHead head, log.head());
  SYNCLINE_ASSIGN(LogIndex first, log.first());
  if (head.index < applied.synced_index)
    return fail(
        ErrorCode::kStoreDamaged,
        fmt::format("the log ends at record {}, but {} were committed: committed entries are "
                    "missing. Bring the "
                    "log's directory back from the disk or a backup; do not delete the state",
                    head.index.value, applied.synced_index.value));
  if (applied.index.value + 1 < first.value && head.index > applied.index)
    return fail(ErrorCode::kStoreDamaged,
                fmt::format("the state stands at record {}, but the log begins at {}",
                            applied.index.value, first.value));
  SYNCLINE_ASSIGN(StateIndexes indexes, load_indexes(*state));
  Replay replay(state, applied, std::move(indexes));
  for (LogIndex at(applied.index.value + 1); at <= head.index;) {
    SYNCLINE_ASSIGN(std::vector<LogRecord> records, log.read(at, kReadBytes));
    if (records.empty())
      return fail(ErrorCode::kStoreDamaged, fmt::format("log record {} is missing", at.value));
    for (const LogRecord& record : records) SYNCLINE_TRY(replay.add(record));
    at = LogIndex(records.back().index.value + 1);
    if (progress) progress(at.value - applied.index.value, head.index.value - applied.index.value);
  }
  SYNCLINE_TRY(replay.write());
  if (replay.applied().index != head.index)
    return fail(ErrorCode::kStoreDamaged,
                fmt::format("the log's last entry is not whole: it ends at record {} of {}",
                            replay.applied().index.value, head.index.value));
  return RecoveryReport{replay.entries(), replay.applied(), head};
}

}  // namespace syncline
