#include "sim/world/twin_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/bytes.h"
#include "proto/check.h"

namespace syncline::sim {
namespace {

constexpr size_t kMemtableBytes = 64u << 10;  // RocksDB takes no less
constexpr uint64_t kFlushEvery = 24;          // batches: memtables of a seed are seldom full
constexpr uint64_t kCompareEvery = 128;       // batches

// Beyond all keyspaces: the engine's own, and not to be seen.
constexpr BytesView kLoggedMark = "\xfelogged";
constexpr BytesView kDerivedMark =
    "\xfe"
    "derived";
bool is_mark(BytesView key) { return key.starts_with('\xfe'); }

void mark(Batch* batch, BytesView key, uint64_t number) {
  Bytes value;
  put_u64_big_endian(&value, number);
  batch->put(Bytes(key), std::move(value));
}

uint64_t read_mark(const Reader& reader, BytesView key) {
  const auto value = reader.get(key);
  return value && *value && (*value)->size() == 8 ? get_u64_big_endian(**value) : 0;
}

std::string text(const Result<std::optional<Bytes>>& value) {
  if (!value) return "the error '" + value.error().message + "'";
  if (!*value) return "nothing";
  return fmt::format("{} bytes, {}", (*value)->size(), to_hex(BytesView(**value).substr(0, 16)));
}

}  // namespace

// Two iterators side by side.
class TwinStore::Walk : public Iterator {
 public:
  Walk(const TwinStore* twin, std::unique_ptr<Iterator> memory, std::unique_ptr<Iterator> rocks)
      : twin_(twin), memory_(std::move(memory)), rocks_(std::move(rocks)) {
    judge();
  }
  bool valid() const override { return memory_->valid(); }
  void next() override {
    memory_->next();
    if (rocks_) rocks_->next();
    judge();
  }
  BytesView key() const override { return memory_->key(); }
  BytesView value() const override { return memory_->value(); }
  Status status() const override { return memory_->status(); }

 private:
  void judge() {
    // A fault of the virtual disk is not the engine's.
    if (!twin_->on() || !memory_->status()) rocks_ = nullptr;
    if (!rocks_) return;
    while (rocks_->valid() && is_mark(rocks_->key())) rocks_->next();
    const bool same = memory_->valid() == rocks_->valid() &&
                      (!valid() || (key() == rocks_->key() && value() == rocks_->value()));
    if (same && rocks_->status()) return;
    const auto here = [](const Iterator& at) {
      return at.valid() ? "at " + to_hex(at.key()) : std::string("at the end");
    };
    twin_->differ(fmt::format("an iterator of the engine is {}, not {}{}", here(*rocks_),
                              here(*memory_),
                              rocks_->status() ? "" : ": " + rocks_->status().error().message));
    rocks_ = nullptr;
  }

  const TwinStore* twin_;
  std::unique_ptr<Iterator> memory_;
  std::unique_ptr<Iterator> rocks_;  // null: not compared any more
};

// Two snapshots side by side.
class TwinStore::View : public Reader {
 public:
  View(const TwinStore* twin, std::unique_ptr<Reader> memory, std::unique_ptr<Reader> rocks)
      : twin_(twin), memory_(std::move(memory)), rocks_(std::move(rocks)) {}
  Result<std::optional<Bytes>> get(BytesView key) const override {
    auto value = memory_->get(key);
    if (rocks_ && twin_->on() && value) twin_->judge(key, value, rocks_->get(key));
    return value;
  }
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override {
    return twin_->walk(memory_->scan(from, to), rocks_ ? rocks_->scan(from, to) : nullptr);
  }
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override {
    return twin_->walk(memory_->scan_back(from, to),
                       rocks_ ? rocks_->scan_back(from, to) : nullptr);
  }

 private:
  const TwinStore* twin_;
  std::unique_ptr<Reader> memory_;
  std::unique_ptr<Reader> rocks_;
};

// One run, ingested three times.
class TwinStore::Run : public Store::Ingestion {
 public:
  Run(TwinStore* twin, std::unique_ptr<Ingestion> memory, std::unique_ptr<Ingestion> shadow,
      std::unique_ptr<Ingestion> rocks)
      : twin_(twin),
        memory_(std::move(memory)),
        shadow_(std::move(shadow)),
        rocks_(std::move(rocks)) {}
  Status add(BytesView key, BytesView value) override {
    SYNCLINE_TRY(memory_->add(key, value));
    if (!twin_->on()) return {};
    (void)twin_->well(shadow_->add(key, value), "staging in the shadow");
    (void)twin_->well(rocks_->add(key, value), "staging");
    return {};
  }
  Status commit(const Batch& batch) override {
    SYNCLINE_TRY(memory_->commit(batch));
    if (!twin_->on()) return {};
    Batch marked = batch;
    mark(&marked, kLoggedMark, twin_->logged_);
    mark(&marked, kDerivedMark, twin_->derived_);
    if (twin_->well(shadow_->commit(batch), "the shadow's ingestion") &&
        twin_->well(rocks_->commit(marked), "an ingestion"))
      twin_->all_safe();
    twin_->compare();
    return {};
  }

 private:
  TwinStore* twin_;
  std::unique_ptr<Ingestion> memory_, shadow_, rocks_;
};

TwinStore::TwinStore(MemoryStore* memory, std::string directory, OnDifference differs)
    : memory_(memory), directory_(std::move(directory)), on_difference_(std::move(differs)) {
  open();
  all_safe();
}
TwinStore::~TwinStore() = default;

void TwinStore::open() {
  auto rocks = RocksStore::open(directory_, {.profile = RocksProfile::tiny,
                                             .create_if_missing = true,
                                             .env = files_.env(),
                                             .memtable_bytes = kMemtableBytes});
  if (!rocks) return differ("it does not open: " + rocks.error().message);
  rocks_ = std::move(*rocks);
}

void TwinStore::differ(const std::string& what) const {
  if (differs_) return;
  differs_ = true;
  on_difference_(what);
}

bool TwinStore::well(const Status& status, std::string_view what) const {
  if (!status) differ(fmt::format("{} failed: {}", what, status.error().message));
  return status.has_value();
}

void TwinStore::judge(BytesView key, const Result<std::optional<Bytes>>& memory,
                      const Result<std::optional<Bytes>>& rocks) const {
  if (rocks && *rocks == *memory) return;
  differ(fmt::format("under {} the engine has {}, not {}", to_hex(key), text(rocks), text(memory)));
}

std::unique_ptr<Iterator> TwinStore::walk(std::unique_ptr<Iterator> memory,
                                          std::unique_ptr<Iterator> rocks) const {
  if (!on() || !rocks) return memory;
  return std::make_unique<Walk>(this, std::move(memory), std::move(rocks));
}

Result<std::optional<Bytes>> TwinStore::get(BytesView key) const {
  auto value = memory_->get(key);
  if (on() && value) judge(key, value, rocks_->get(key));
  return value;
}

std::unique_ptr<Iterator> TwinStore::scan(BytesView from, BytesView to) const {
  return walk(memory_->scan(from, to), on() ? rocks_->scan(from, to) : nullptr);
}

std::unique_ptr<Iterator> TwinStore::scan_back(BytesView from, BytesView to) const {
  return walk(memory_->scan_back(from, to), on() ? rocks_->scan_back(from, to) : nullptr);
}

std::unique_ptr<Reader> TwinStore::snapshot() const {
  return std::make_unique<View>(this, memory_->snapshot(), on() ? rocks_->snapshot() : nullptr);
}

Status TwinStore::write(const Batch& batch, BatchKind kind, bool sync) {
  CHECK(kind == BatchKind::logged || !sync, "only logged batches are synced");
  // In two steps, as the engine: a failed sync leaves a batch that was written.
  SYNCLINE_TRY(memory_->write(batch, kind, false));
  if (on() && !batch.empty()) {
    const bool logged = kind == BatchKind::logged;
    Batch marked = batch;
    mark(&marked, logged ? kLoggedMark : kDerivedMark, logged ? ++logged_ : ++derived_);
    if (well(shadow_.write(batch, kind, false), "the shadow's write") &&
        well(rocks_->write(marked, kind, false), "a write") && logged)
      unsafe_ends_.push_back(files_.log_end());
    if ((logged_ + derived_) % kFlushEvery == 0) (void)well(rocks_->flush(), "a flush");
    if ((logged_ + derived_) % kCompareEvery == 0) compare();
  }
  return sync ? this->sync() : Status();
}

Status TwinStore::sync() {
  SYNCLINE_TRY(memory_->sync());
  if (on() && well(shadow_.sync(), "the shadow's sync") && well(rocks_->sync(), "a sync"))
    all_safe();
  return {};
}

Status TwinStore::flush() {
  SYNCLINE_TRY(memory_->flush());
  if (on() && well(shadow_.flush(), "the shadow's flush") && well(rocks_->flush(), "a flush"))
    all_safe();
  return {};
}

// Of the logged batches.
void TwinStore::all_safe() {
  safe_end_ = files_.log_end();
  unsafe_ends_.clear();
}

Result<std::unique_ptr<Store::Ingestion>> TwinStore::start_ingestion() {
  SYNCLINE_ASSIGN(auto memory, memory_->start_ingestion());
  if (!on()) return memory;
  auto shadow = shadow_.start_ingestion();
  auto rocks = rocks_->start_ingestion();
  if (!rocks || !shadow) {
    differ("no ingestion begins");
    return memory;
  }
  return std::make_unique<Run>(this, std::move(memory), std::move(*shadow), std::move(*rocks));
}

Status TwinStore::backup(const std::string& directory) const { return memory_->backup(directory); }

void TwinStore::compare() const {
  if (on()) (void)compare_with(memory_->bare(), "");
}

bool TwinStore::compare_with(const Reader& expected, std::string_view when) const {
  auto at = expected.scan("", "");
  auto rocks = rocks_->scan("", "");
  for (;; at->next(), rocks->next()) {
    while (rocks->valid() && is_mark(rocks->key())) rocks->next();
    if (!at->valid() || !rocks->valid() || at->key() != rocks->key() ||
        at->value() != rocks->value())
      break;
  }
  if (!well(rocks->status(), "reading all of it")) return false;
  if (!at->valid() && !rocks->valid()) return true;
  const bool lacks = at->valid() && (!rocks->valid() || at->key() < rocks->key());
  const bool more = rocks->valid() && (!at->valid() || rocks->key() < at->key());
  differ(fmt::format("{}the engine {} {}", when,
                     lacks  ? "lacks"
                     : more ? "still has"
                            : "has another value under",
                     to_hex(more ? rocks->key() : at->key())));
  return false;
}

void TwinStore::lose_power(const MemoryStore::Unsafe& survive) {
  memory_->lose_power(survive);
  if (!on()) return;
  rocks_.reset();
  const uint64_t logged = std::min<uint64_t>(survive.logged, unsafe_ends_.size());
  cut_logs(logged);
  crash(logged);
}

void TwinStore::kill(uint64_t derived_survive) {
  memory_->kill(derived_survive);
  if (!on()) return;
  rocks_.reset();
  crash(unsafe_ends_.size());
}

// Behind the last batch that survives; of the next one a part is torn off, and not always one.
void TwinStore::cut_logs(uint64_t logged_survive) {
  const EngineFiles::LogEnd end =
      logged_survive == 0 ? safe_end_ : unsafe_ends_[logged_survive - 1];
  uint64_t torn = 0;
  if (logged_survive < unsafe_ends_.size()) {
    const EngineFiles::LogEnd& next = unsafe_ends_[logged_survive];
    if (next.path == end.path) torn = (next.bytes - end.bytes) * (crashes_ % 4) / 4;
  }
  EngineFiles::cut_logs(directory_, end, torn);
}

void TwinStore::crash(uint64_t logged_survive) {
  ++crashes_;
  open();
  if (!on()) return;
  const MemoryStore::Unsafe unsafe = shadow_.unsafe();
  const uint64_t logged = read_mark(*rocks_, kLoggedMark);
  const uint64_t derived = read_mark(*rocks_, kDerivedMark);
  const uint64_t may_lose = unsafe_ends_.size() - logged_survive;
  if (logged + may_lose < logged_ || derived + unsafe.derived < derived_)
    return differ(fmt::format(
        "after a crash the engine has {} of {} logged and {} of {} derived batches, and may lack "
        "{} and {}",
        logged, logged_, derived, derived_, may_lose, unsafe.derived));
  shadow_.lose_power({unsafe.logged - (logged_ - logged), unsafe.derived - (derived_ - derived)});
  logged_ = logged;
  derived_ = derived;
  if (compare_with(shadow_.bare(), "after a crash ")) follow_memory();
}

// From what the engine kept to what the MemoryStore did.
void TwinStore::follow_memory() {
  Batch batch;
  auto want = memory_->bare().scan("", "");
  auto have = shadow_.bare().scan("", "");
  while (want->valid() || have->valid()) {
    const bool lacks = want->valid() && (!have->valid() || want->key() < have->key());
    const bool more = have->valid() && (!want->valid() || have->key() < want->key());
    if (more || lacks || want->value() != have->value()) {
      // Erased first, so that each is put once: single erases may follow. As a range, for after a
      // plain erase they may not (Batch::single_erase).
      const Bytes key(more ? have->key() : want->key());
      batch.erase_range(key, key + '\0');
      if (!more) batch.put(Bytes(want->key()), Bytes(want->value()));
    }
    if (!lacks) have->next();
    if (!more) want->next();
  }
  want.reset();
  have.reset();
  Batch marked = batch;
  mark(&marked, kLoggedMark, logged_);
  mark(&marked, kDerivedMark, derived_);
  if (well(shadow_.write(batch, BatchKind::logged, false), "the shadow's write") &&
      well(shadow_.flush(), "the shadow's flush") &&
      well(rocks_->write(marked, BatchKind::logged, false), "a write") &&
      well(rocks_->flush(), "a flush"))
    all_safe();
}

}  // namespace syncline::sim
