// TwinStore: a virtual disk and, beside it in lock step, the engine that is shipped: every batch
// goes to a MemoryStore and to a RocksStore, and every read is made of both and compared.
//
// What the MemoryStore says is what counts, faults included: a run is the same with and without
// its twin. The engine gets its crashes, too. A kill closes it as a kill would leave it; a power
// loss cuts its write-ahead log behind the last batch that survives, within the next one. What it
// then holds must be a prefix of its batches with all that was safe: more of them than the
// MemoryStore chose may have been flushed by then. That is compared with a shadow that keeps as
// many, and then the engine is led to what the MemoryStore chose. What RocksDB makes of lost tables
// and directories is not tested here but on real processes (tests/process).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "sim/world/engine_files.h"
#include "storage/memory_store.h"
#include "storage/rocks_store.h"

namespace syncline::sim {

class TwinStore : public Store {
 public:
  using OnDifference = std::function<void(const std::string&)>;

  // Requires: the memory is empty and outlives it; the directory is there and empty.
  // differs: called once, with what was seen; afterwards the engine is left alone.
  TwinStore(MemoryStore* memory, std::string directory, OnDifference differs);
  ~TwinStore() override;

  Result<std::optional<Bytes>> get(BytesView key) const override;
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override;
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override;
  Status write(const Batch& batch, BatchKind kind, bool sync) override;
  Status sync() override;
  Status flush() override;
  std::unique_ptr<Reader> snapshot() const override;
  Result<std::unique_ptr<Ingestion>> start_ingestion() override;
  Status backup(const std::string& directory) const override;

  // As MemoryStore's, for both.
  void lose_power(const MemoryStore::Unsafe& survive);
  void kill(uint64_t derived_survive);
  // The whole content.
  void compare() const;

 private:
  class Walk;
  class View;
  class Run;

  bool on() const { return rocks_ != nullptr && !differs_; }
  void differ(const std::string& what) const;
  // An answer of the engine that must be well.
  bool well(const Status& status, std::string_view what) const;
  void judge(BytesView key, const Result<std::optional<Bytes>>& memory,
             const Result<std::optional<Bytes>>& rocks) const;
  std::unique_ptr<Iterator> walk(std::unique_ptr<Iterator> memory,
                                 std::unique_ptr<Iterator> rocks) const;
  bool compare_with(const Reader& expected, std::string_view when) const;
  void open();
  void all_safe();
  void crash(uint64_t logged_survive);
  void cut_logs(uint64_t logged_survive);
  void follow_memory();

  MemoryStore* const memory_;
  const std::string directory_;
  const OnDifference on_difference_;
  mutable bool differs_ = false;
  EngineFiles files_;
  std::unique_ptr<RocksStore> rocks_;
  MemoryStore shadow_;  // what the engine is to hold
  // Batches of each kind so far; each writes its number along.
  uint64_t logged_ = 0, derived_ = 0;
  EngineFiles::LogEnd safe_end_;
  std::deque<EngineFiles::LogEnd> unsafe_ends_;  // of the logged batches that are not synced
  uint64_t crashes_ = 0;
};

}  // namespace syncline::sim
