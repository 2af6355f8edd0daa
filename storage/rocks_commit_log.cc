#include "storage/rocks_commit_log.h"

#include <fmt/format.h>

#include <mutex>

#include "proto/check.h"
#include "proto/codec.h"
#include "storage/keyspace.h"
#include "storage/log_chain.h"

namespace syncline {
namespace {

// What stands at an index: a record, or of the last one trimmed away only its epoch and hash. So
// one scan that begins one below sees where the chain goes on from, whatever is trimmed meanwhile.
enum class Form : uint8_t { record = 1, trimmed = 2 };

struct Slot {
  Form form = Form::record;
  LogRecord record;  // trimmed: no bytes
};

Bytes record_key(LogIndex index) {
  return KeyBuilder(Keyspace::log_record).u64(index.value).take();
}
Bytes records_end() { return prefix_end(KeyBuilder(Keyspace::log_record).take()); }
Bytes epoch_key() { return KeyBuilder(Keyspace::log_meta).tail("epoch").take(); }

// Form (1 byte), epoch (8, big-endian), hash (32), bytes.
constexpr size_t kSlotHeadBytes = 1 + 8 + 32;

Bytes encode_slot(Form form, FenceEpoch epoch, const Hash& hash, BytesView bytes) {
  Bytes out;
  out.reserve(kSlotHeadBytes + bytes.size());
  out.push_back(static_cast<char>(form));
  put_u64_big_endian(&out, epoch.value);
  out.append(hash.view());
  out.append(bytes);
  return out;
}

Result<Slot> decode_slot(BytesView key, BytesView value) {
  KeyReader reader(key);
  Slot slot;
  slot.record.index = LogIndex(reader.u64());
  const bool form_known = !value.empty() && (value[0] == static_cast<char>(Form::record) ||
                                             value[0] == static_cast<char>(Form::trimmed));
  if (!reader.at_end() || !form_known || value.size() < kSlotHeadBytes)
    return fail(
        ErrorCode::kStoreDamaged,
        fmt::format("the log is damaged at record {}: it does not decode; restore it from a "
                    "backup",
                    slot.record.index.value));
  slot.form = static_cast<Form>(value[0]);
  slot.record.epoch = FenceEpoch(get_u64_big_endian(value.substr(1)));
  value.substr(9, 32).copy(reinterpret_cast<char*>(slot.record.hash.bytes.data()), 32);
  slot.record.bytes = value.substr(kSlotHeadBytes);
  return slot;
}

Result<FenceEpoch> read_epoch(const Reader& reader) {
  SYNCLINE_ASSIGN(const auto bytes, reader.get(epoch_key()));
  if (!bytes) return FenceEpoch();
  if (bytes->size() != 8)
    return fail(ErrorCode::kStoreDamaged,
                "the log's epoch does not decode; restore the log from a backup");
  return FenceEpoch(get_u64_big_endian(*bytes));
}

Error missing(LogIndex index) {
  return Error(ErrorCode::kStoreDamaged,
               fmt::format("the log is damaged at record {}: it is missing; restore the log from a "
                           "backup",
                           index.value));
}

// The first slot of the iterator; nullopt: there is none.
Result<std::optional<Slot>> slot_at(const Iterator& at) {
  SYNCLINE_TRY(at.status());
  if (!at.valid()) return std::nullopt;
  SYNCLINE_ASSIGN(auto slot, decode_slot(at.key(), at.value()));
  return slot;
}

}  // namespace

struct RocksCommitLog::Impl {
  std::unique_ptr<RocksStore> owned;  // null: handed in
  Store* store = nullptr;

  mutable std::mutex mutex;  // guards what follows; not held while writing
  LogHead head;
  LogIndex first{1};
  FenceEpoch epoch;
  Status why_unknown;

  Status load() {
    SYNCLINE_ASSIGN(epoch, read_epoch(*store));
    const Bytes begin = record_key(LogIndex(0)), end = records_end();
    SYNCLINE_ASSIGN(const auto lowest, slot_at(*store->scan(begin, end)));
    if (!lowest) return {};
    if (lowest->form == Form::trimmed) {
      first = LogIndex(lowest->record.index.value + 1);
    } else {
      SYNCLINE_TRY(check_follows(LogHead(), lowest->record));
    }
    auto at = store->scan_back(begin, end);
    SYNCLINE_ASSIGN(const auto highest, slot_at(*at));
    head = head_of(highest->record);
    if (highest->record.index == lowest->record.index) return {};
    at->next();
    SYNCLINE_ASSIGN(const auto before, slot_at(*at));
    return check_follows(head_of(before->record), highest->record);
  }

  AppendAnswer answer_unknown(const Status& why) {
    const std::lock_guard lock(mutex);
    why_unknown = why;
    return AppendAnswer::unknown;
  }

  // Do the run's bytes stand at its place, which is not above the head?
  AppendAnswer compare(const std::vector<LogRecord>& run) {
    const auto there = store->get(record_key(run.back().index));
    if (!there) return answer_unknown(std::unexpected(there.error()));
    if (!*there) return AppendAnswer::fenced;  // trimmed away: nobody can say any more
    const auto slot = decode_slot(record_key(run.back().index), **there);
    // The last hash covers all before it.
    return slot && slot->record.hash == run.back().hash ? AppendAnswer::exists
                                                        : AppendAnswer::fenced;
  }
};

Result<std::unique_ptr<RocksCommitLog>> RocksCommitLog::open(const std::string& directory,
                                                             const RocksOptions& options) {
  SYNCLINE_ASSIGN(auto store, RocksStore::open(directory, options));
  SYNCLINE_ASSIGN(auto log, open_on(store.get()));
  log->impl_->owned = std::move(store);
  return log;
}

Result<std::unique_ptr<RocksCommitLog>> RocksCommitLog::open_on(Store* store) {
  auto impl = std::make_unique<Impl>();
  impl->store = store;
  SYNCLINE_TRY(impl->load());
  return std::unique_ptr<RocksCommitLog>(new RocksCommitLog(std::move(impl)));
}

RocksCommitLog::RocksCommitLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksCommitLog::~RocksCommitLog() = default;

Result<FenceEpoch> RocksCommitLog::acquire() {
  // Above the records' too, should the epoch's key have been lost.
  const FenceEpoch epoch(std::max(impl_->epoch, impl_->head.epoch).value + 1);
  Bytes value;
  put_u64_big_endian(&value, epoch.value);
  Batch batch;
  batch.put(epoch_key(), std::move(value));
  SYNCLINE_TRY(impl_->store->write(batch, BatchKind::logged, /*sync=*/true));
  const std::lock_guard lock(impl_->mutex);
  impl_->epoch = epoch;
  return epoch;
}

AppendAnswer RocksCommitLog::append(const LogAppend& append) {
  LogHead head;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->why_unknown = {};
    if (append.epoch() != impl_->epoch || impl_->epoch == FenceEpoch()) return AppendAnswer::fenced;
    head = impl_->head;
  }
  if (append.first().value == 0 || append.first().value > head.index.value + 1)
    return AppendAnswer::fenced;
  const std::vector<LogRecord>& run = append.records();
  CHECK(!run.empty(), "an append of no records");
  if (append.first() <= head.index)
    return run.back().index <= head.index ? impl_->compare(run) : AppendAnswer::fenced;
  if (append.previous() != head.hash) return AppendAnswer::fenced;
  Batch batch;
  for (const LogRecord& record : run)
    batch.put(record_key(record.index),
              encode_slot(Form::record, record.epoch, record.hash, record.bytes));
  if (Status written = impl_->store->write(batch, BatchKind::logged, /*sync=*/true); !written)
    return impl_->answer_unknown(written);
  const std::lock_guard lock(impl_->mutex);
  impl_->head = head_of(run.back());
  return AppendAnswer::committed;
}

Status RocksCommitLog::why_unknown() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->why_unknown;
}

Result<std::vector<LogRecord>> RocksCommitLog::read(LogIndex from, size_t max_bytes) const {
  SYNCLINE_ASSIGN(const LogHead head, this->head());
  std::vector<LogRecord> out;
  if (from > head.index) return out;
  const LogIndex below(from.value == 0 ? 0 : from.value - 1);
  const auto at = impl_->store->scan(record_key(below), records_end());
  SYNCLINE_ASSIGN(auto slot, slot_at(*at));
  if (!slot) return std::unexpected(missing(from));
  if (from.value == 0 || (slot->form == Form::trimmed && slot->record.index >= from))
    return fail(ErrorCode::kNotFound,
                fmt::format("record {} of the log is not kept any more", from.value));
  LogHead previous;
  if (below.value > 0) {
    if (slot->record.index != below) return std::unexpected(missing(below));
    previous = head_of(slot->record);
    at->next();
  }
  size_t bytes = 0;
  // Above the head there may be a run whose sync is under way.
  while (previous.index < head.index) {
    SYNCLINE_ASSIGN(slot, slot_at(*at));
    if (!slot || slot->form != Form::record)
      return std::unexpected(missing(LogIndex(previous.index.value + 1)));
    SYNCLINE_TRY(check_follows(previous, slot->record));
    bytes += slot->record.bytes.size();
    if (!out.empty() && bytes > max_bytes) break;
    previous = head_of(slot->record);
    out.push_back(std::move(slot->record));
    at->next();
  }
  return out;
}

Result<LogHead> RocksCommitLog::head() const {
  // Asks the store, so that a log on a broken disk says so.
  SYNCLINE_TRY(impl_->store->get(epoch_key()));
  const std::lock_guard lock(impl_->mutex);
  return impl_->head;
}

Result<LogIndex> RocksCommitLog::first() const {
  SYNCLINE_TRY(impl_->store->get(epoch_key()));
  const std::lock_guard lock(impl_->mutex);
  return impl_->first;
}

Status RocksCommitLog::trim(LogIndex to) {
  if (to > impl_->head.index)
    return fail(ErrorCode::kUsage, fmt::format("the log ends at {}, it cannot be trimmed to {}",
                                               impl_->head.index.value, to.value));
  if (to < impl_->first) return {};
  SYNCLINE_ASSIGN(const auto value, impl_->store->get(record_key(to)));
  if (!value) return std::unexpected(missing(to));
  SYNCLINE_ASSIGN(const Slot slot, decode_slot(record_key(to), *value));
  Batch batch;
  batch.erase_range(record_key(LogIndex(0)), record_key(to));
  batch.put(record_key(to), encode_slot(Form::trimmed, slot.record.epoch, slot.record.hash, {}));
  // Synced, for the files go next.
  SYNCLINE_TRY(impl_->store->write(batch, BatchKind::logged, /*sync=*/true));
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->first = LogIndex(to.value + 1);
  }
  if (!impl_->owned) return {};
  return impl_->owned->reclaim(record_key(LogIndex(0)), record_key(to));
}

Status RocksCommitLog::backup(const std::string& directory) const {
  return impl_->store->backup(directory);
}

}  // namespace syncline
