// MemoryStore: a Store in memory that can crash and forget, as the simulator's disk and in tests.
//
//   MemoryStore disk;                                   // lives on over crashes: it is the disk
//   disk.fail_at(MemoryStore::Operation::sync, 3, ErrorCode::kIo);
//   ... run a machine on it, destroy the machine ...
//   disk.lose_power({.logged = 2, .derived = 0});       // of what was not synced, the first two
//   logged batches survive
//
// Deterministic: no clock, no randomness; how much survives and what fails is the caller's choice,
// as numbers. Keys have versions, so a snapshot costs a registration and nothing is copied.
// Threads: as Store; crashes, faults and kills from the writing thread while nobody reads.
#pragma once

#include <map>
#include <memory>

#include "storage/store.h"

namespace syncline {

class MemoryStore : public Store {
 public:
  MemoryStore();
  ~MemoryStore() override;

  Result<std::optional<Bytes>> get(BytesView key) const override;
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override;
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override;
  // CHECKs that a single_erase is of a key put exactly once since it was last absent: RocksDB would
  // go wrong silently.
  Status write(const Batch& batch, BatchKind kind, bool sync) override;
  Status sync() override;
  Status flush() override;
  std::unique_ptr<Reader> snapshot() const override;
  Result<std::unique_ptr<Ingestion>> start_ingestion() override;
  Status backup(const std::string& directory) const override;

  // How many batches of each kind a power loss may take: logged ones not synced, derived ones not
  // flushed.
  struct Unsafe {
    uint64_t logged = 0;
    uint64_t derived = 0;
  };
  Unsafe unsafe() const;
  // Power loss: of the unsafe batches, the first so many of each kind survive (all if there are
  // fewer), in their order; the rest never was. Afterwards what is left is durable and the store is
  // as newly opened: healthy, without faults. Requires: no Reader, Iterator or Ingestion on it is
  // alive.
  void lose_power(const Unsafe& survive);
  // The process is killed: all logged batches survive; of the derived ones not flushed, the first
  // so many.
  void kill(uint64_t derived_survive = 0);

  // What can be made to fail: a write (also an ingestion's commit), its or a sync() call's sync, a
  // flush, or a read (a get, or a step of an iterator).
  enum class Operation : uint8_t { write, sync, flush, read };
  // The k-th such operation from now (1: the next) answers `code`: kIo, kStoreFull or
  // kStoreDamaged; and all later ones too if `for_good`. One fault per operation; setting another
  // replaces it. Consequences are those of storage/store.h.
  void fail_at(Operation operation, uint64_t k, ErrorCode code, bool for_good = false);
  void clear_faults();
  // Such operations since the store was made: to enumerate k.
  uint64_t count_of(Operation operation) const;

  // Replaces bytes under the store's feet, as rot would; for tests of what must be noticed above.
  void corrupt(BytesView key, Bytes value);

  // A bit of this key's block flipped, and the block's checksum does not match any more: whoever
  // reads the key, or walks over it, is answered kStoreDamaged. Crashes do not mend it; a write to
  // the key, or mend(), does.
  void rot(BytesView key);
  void mend();
  bool rotten() const;       // something is, and was not written since
  uint64_t refused() const;  // reads that met it, since the store was made

  // Of the keys and values that it holds.
  size_t bytes() const;
  // What the store holds, whatever its faults: for those who judge. Reads of it are not counted.
  const Reader& bare() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
