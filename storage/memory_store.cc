#include "storage/memory_store.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "proto/check.h"
#include "proto/planted.h"
#include "storage/change_set.h"
#include "storage/version_map.h"

namespace syncline {
namespace {

// Batches that a crash may take back are kept up to this many bytes; then all are flushed, as
// RocksDB flushes a full memtable.
constexpr size_t kUnsafeBytesMax = 64u << 20;

// A batch since the last flush.
struct Journaled {
  BatchKind kind = BatchKind::logged;
  bool safe = false;
  Batch batch;
  VersionMap::Undo undo;
};

struct Fault {
  uint64_t at = 0;  // the operation's count at which it strikes; 0: none
  bool for_good = false;
  ErrorCode code = ErrorCode::kIo;
};

}  // namespace

struct MemoryStore::Impl {
  class View;
  class Walk;
  class Snapshot;
  class Bare;
  class Run;

  mutable std::shared_mutex mutex;  // guards all below but counts and faults
  VersionMap map;
  std::deque<Journaled> journal;
  size_t journal_bytes = 0;
  std::optional<Error> broken;
  int ingestions = 0;
  std::unique_ptr<Reader> bare;

  mutable std::mutex fault_mutex;
  mutable std::array<uint64_t, 4> counts{};
  std::array<Fault, 4> faults;
  std::set<Bytes, std::less<>> rotten;
  mutable uint64_t refused = 0;

  // A read of this key; its error if it is to fail.
  Status meet_read(BytesView key) const {
    SYNCLINE_TRY(meet(Operation::read));
    const std::lock_guard lock(fault_mutex);
    if (rotten.empty() || !rotten.contains(key)) return {};
    ++refused;
    return fail(ErrorCode::kStoreDamaged,
                "a block of the memory store does not match its checksum");
  }
  void write_over(const Batch& batch) {
    const std::lock_guard lock(fault_mutex);
    if (rotten.empty()) return;
    for (const Batch::Change& change : batch.changes()) {
      if (change.kind != Batch::Change::Kind::erase_range) {
        rotten.erase(change.key);
      } else {
        std::erase_if(rotten, [&](const Bytes& key) {
          return key >= change.key && (change.value.empty() || key < change.value);
        });
      }
    }
  }
  // Counts the operation; its error if it is to fail.
  Status meet(Operation operation) const {
    const std::lock_guard lock(fault_mutex);
    const auto i = static_cast<size_t>(operation);
    const uint64_t count = ++counts[i];
    const Fault& fault = faults[i];
    if (fault.at == 0 || count < fault.at || (count > fault.at && !fault.for_good)) return {};
    return fail(fault.code, fmt::format("the memory store was told to fail this {}",
                                        std::array{"write", "sync", "flush", "read"}[i]));
  }
  Status usable() const {
    if (broken) return std::unexpected(*broken);
    return {};
  }
  // A failed write, sync or flush.
  Status failed(const Status& status) {
    if (status.error().code == ErrorCode::kIo)
      broken = Error(ErrorCode::kIo, "the memory store stopped after a failed write; restart");
    return status;
  }
  Status sync_logged() {
    if (SYNCLINE_PLANTED(lying_sync)) return {};
    if (Status met = meet(Operation::sync); !met) {
      // Whatever the reason: what the disk kept is not known.
      broken = Error(ErrorCode::kIo, "the memory store stopped after a failed sync; restart");
      return std::unexpected(*broken);
    }
    for (Journaled& entry : journal) entry.safe |= entry.kind == BatchKind::logged;
    while (!journal.empty() && journal.front().safe) {
      journal_bytes -= journal.front().batch.bytes();
      journal.pop_front();
    }
    return {};
  }
  Result<std::optional<Bytes>> get(BytesView key, std::optional<uint64_t> sequence) const;
  // Nothing can be taken back any more.
  void flush_all() {
    journal.clear();
    journal_bytes = 0;
  }
  // Back to the last flush, then forward with what survives.
  void crash(Unsafe survive) {
    const std::unique_lock lock(mutex);
    CHECK(!map.in_use() && ingestions == 0, "a store crashed under a reader or ingestion");
    for (auto entry = journal.rbegin(); entry != journal.rend(); ++entry)
      map.undo(std::move(entry->undo));
    for (const Journaled& entry : journal) {
      uint64_t& left = entry.kind == BatchKind::logged ? survive.logged : survive.derived;
      if (!entry.safe && left == 0) continue;
      if (!entry.safe) --left;
      map.apply(entry.batch.changes(), nullptr);
    }
    flush_all();
    broken.reset();
    const std::lock_guard fault_lock(fault_mutex);
    faults = {};
  }
};

// Keeps a sequence readable while it lives.
class MemoryStore::Impl::View {
 public:
  // The present, or the sequence of another view.
  explicit View(Impl* impl, std::optional<uint64_t> sequence = std::nullopt) : impl_(impl) {
    const std::unique_lock lock(impl_->mutex);
    sequence_ = sequence.value_or(impl_->map.now());
    impl_->map.open_view(sequence_);
  }
  View(const View&) = delete;
  ~View() {
    const std::unique_lock lock(impl_->mutex);
    impl_->map.close_view(sequence_);
  }
  uint64_t sequence() const { return sequence_; }

 private:
  Impl* impl_;
  uint64_t sequence_;
};

class MemoryStore::Impl::Walk : public Iterator {
 public:
  Walk(Impl* impl, std::optional<uint64_t> sequence, BytesView from, BytesView to, bool back,
       bool bare = false)
      : impl_(impl), view_(impl, sequence), from_(from), to_(to), back_(back), bare_(bare) {
    const std::shared_lock lock(impl_->mutex);
    place_ = impl_->map.end();
    if (!bare_) status_ = impl_->usable();
    if (!status_ || !before_end(from_, to_)) return;
    const VersionMap& map = impl_->map;
    arrive(back_ ? map.last_before(to_, view_.sequence())
                 : map.first_from(from_, view_.sequence()));
  }
  bool valid() const override { return value_ != nullptr; }
  void next() override {
    CHECK(valid(), "next() on an iterator at its end");
    const std::shared_lock lock(impl_->mutex);
    const VersionMap& map = impl_->map;
    arrive(back_ ? map.before(place_, view_.sequence()) : map.after(place_, view_.sequence()));
  }
  BytesView key() const override { return place_->first; }
  BytesView value() const override { return *value_; }
  Status status() const override { return status_; }

 private:
  void arrive(VersionMap::Place place) {
    place_ = place;
    value_ = nullptr;
    const bool inside = place != impl_->map.end() &&
                        (back_ ? place->first >= from_ : before_end(place->first, to_));
    if (!bare_) status_ = inside ? impl_->meet_read(place->first) : impl_->meet(Operation::read);
    if (!status_ || !inside) return;
    value_ = impl_->map.value_at(place, view_.sequence());
  }
  Impl* impl_;
  const View view_;
  const Bytes from_, to_;
  const bool back_;
  const bool bare_;
  VersionMap::Place place_;
  const Bytes* value_ = nullptr;
  Status status_;
};

class MemoryStore::Impl::Snapshot : public Reader {
 public:
  explicit Snapshot(Impl* impl) : impl_(impl), view_(impl) {}
  Result<std::optional<Bytes>> get(BytesView key) const override {
    return impl_->get(key, view_.sequence());
  }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    return std::make_unique<Walk>(impl_, view_.sequence(), from, to, false);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    return std::make_unique<Walk>(impl_, view_.sequence(), from, to, true);
  }

 private:
  Impl* impl_;
  const View view_;
};

class MemoryStore::Impl::Bare : public Reader {
 public:
  explicit Bare(Impl* impl) : impl_(impl) {}
  Result<std::optional<Bytes>> get(BytesView key) const override {
    const std::shared_lock lock(impl_->mutex);
    const Bytes* value = impl_->map.find(key, impl_->map.now());
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    return std::make_unique<Walk>(impl_, std::nullopt, from, to, false, true);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    return std::make_unique<Walk>(impl_, std::nullopt, from, to, true, true);
  }

 private:
  Impl* impl_;
};

class MemoryStore::Impl::Run : public Store::Ingestion {
 public:
  explicit Run(Impl* impl) : impl_(impl) {
    const std::unique_lock lock(impl_->mutex);
    ++impl_->ingestions;
  }
  ~Run() override {
    const std::unique_lock lock(impl_->mutex);
    --impl_->ingestions;
  }
  Status add(BytesView key, BytesView value) override {
    CHECK(!committed_, "Ingestion::add after commit");
    if (key.empty() || key[0] == '\xff' || (!run_.empty() && key <= run_.changes().back().key))
      return fail(ErrorCode::kBadData, "keys of an ingestion must rise strictly");
    run_.put(Bytes(key), Bytes(value));
    return {};
  }
  Status commit(const Batch& batch) override {
    CHECK(!committed_, "Ingestion::commit twice");
    committed_ = true;
    const std::unique_lock lock(impl_->mutex);
    SYNCLINE_TRY(impl_->usable());
    if (Status met = impl_->meet(Operation::write); !met) return impl_->failed(met);
    run_.append(batch);
    impl_->write_over(run_);
    impl_->map.apply(run_.changes(), nullptr);
    impl_->flush_all();
    return {};
  }

 private:
  Impl* impl_;
  Batch run_;
  bool committed_ = false;
};

MemoryStore::MemoryStore() : impl_(std::make_unique<Impl>()) {
  impl_->bare = std::make_unique<Impl::Bare>(impl_.get());
}
MemoryStore::~MemoryStore() = default;

Result<std::optional<Bytes>> MemoryStore::Impl::get(BytesView key,
                                                    std::optional<uint64_t> sequence) const {
  SYNCLINE_TRY(meet_read(key));
  const std::shared_lock lock(mutex);
  SYNCLINE_TRY(usable());
  const Bytes* value = map.find(key, sequence.value_or(map.now()));
  if (value == nullptr) return std::nullopt;
  return *value;
}

Result<std::optional<Bytes>> MemoryStore::get(BytesView key) const {
  return impl_->get(key, std::nullopt);
}

std::unique_ptr<Iterator> MemoryStore::scan(BytesView from, BytesView to) const {
  return std::make_unique<Impl::Walk>(impl_.get(), std::nullopt, from, to, false);
}

std::unique_ptr<Iterator> MemoryStore::scan_back(BytesView from, BytesView to) const {
  return std::make_unique<Impl::Walk>(impl_.get(), std::nullopt, from, to, true);
}

Status MemoryStore::write(const Batch& batch, BatchKind kind, bool sync) {
  CHECK(kind == BatchKind::logged || !sync, "only logged batches are synced");
  const std::unique_lock lock(impl_->mutex);
  SYNCLINE_TRY(impl_->usable());
  if (!batch.empty()) {
    if (Status met = impl_->meet(Operation::write); !met) return impl_->failed(met);
    impl_->write_over(batch);
    Journaled entry{kind, false, batch, {}};
    impl_->map.apply(batch.changes(), &entry.undo);
    impl_->journal.push_back(std::move(entry));
    impl_->journal_bytes += batch.bytes();
    if (impl_->journal_bytes > kUnsafeBytesMax) impl_->flush_all();
  }
  return sync ? impl_->sync_logged() : Status();
}

Status MemoryStore::sync() {
  const std::unique_lock lock(impl_->mutex);
  SYNCLINE_TRY(impl_->usable());
  return impl_->sync_logged();
}

Status MemoryStore::flush() {
  const std::unique_lock lock(impl_->mutex);
  SYNCLINE_TRY(impl_->usable());
  if (Status met = impl_->meet(Operation::flush); !met) return impl_->failed(met);
  impl_->flush_all();
  return {};
}

std::unique_ptr<Reader> MemoryStore::snapshot() const {
  return std::make_unique<Impl::Snapshot>(impl_.get());
}

Result<std::unique_ptr<Store::Ingestion>> MemoryStore::start_ingestion() {
  return std::make_unique<Impl::Run>(impl_.get());
}

Status MemoryStore::backup(const std::string& directory) const {
  return fail(ErrorCode::kNotSupported, "a store in memory cannot be backed up to " + directory);
}

size_t MemoryStore::bytes() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->map.bytes();
}

MemoryStore::Unsafe MemoryStore::unsafe() const {
  const std::shared_lock lock(impl_->mutex);
  Unsafe out;
  for (const Journaled& entry : impl_->journal)
    if (!entry.safe) ++(entry.kind == BatchKind::logged ? out.logged : out.derived);
  return out;
}

void MemoryStore::lose_power(const Unsafe& survive) { impl_->crash(survive); }

void MemoryStore::kill(uint64_t derived_survive) {
  impl_->crash({.logged = UINT64_MAX, .derived = derived_survive});
}

void MemoryStore::fail_at(Operation operation, uint64_t k, ErrorCode code, bool for_good) {
  CHECK(k > 0, "operations are counted from 1");
  const std::lock_guard lock(impl_->fault_mutex);
  const auto i = static_cast<size_t>(operation);
  impl_->faults[i] = {impl_->counts[i] + k, for_good, code};
}

void MemoryStore::clear_faults() {
  const std::lock_guard lock(impl_->fault_mutex);
  impl_->faults = {};
}

uint64_t MemoryStore::count_of(Operation operation) const {
  const std::lock_guard lock(impl_->fault_mutex);
  return impl_->counts[static_cast<size_t>(operation)];
}

void MemoryStore::corrupt(BytesView key, Bytes value) {
  Batch batch;
  batch.put(Bytes(key), std::move(value));
  const std::unique_lock lock(impl_->mutex);
  // Under everything that may still be undone.
  impl_->flush_all();
  impl_->map.apply(batch.changes(), nullptr);
}

void MemoryStore::rot(BytesView key) {
  const std::lock_guard lock(impl_->fault_mutex);
  impl_->rotten.insert(Bytes(key));
}

void MemoryStore::mend() {
  const std::lock_guard lock(impl_->fault_mutex);
  impl_->rotten.clear();
}

bool MemoryStore::rotten() const {
  const std::lock_guard lock(impl_->fault_mutex);
  return !impl_->rotten.empty();
}

uint64_t MemoryStore::refused() const {
  const std::lock_guard lock(impl_->fault_mutex);
  return impl_->refused;
}

const Reader& MemoryStore::bare() const { return *impl_->bare; }

}  // namespace syncline
