// Store: an ordered map of bytes to bytes with atomic batches and snapshots.
//
// Implemented on RocksDB (rocks_store.h) and in memory (memory_store.h, which can crash and
// forget); one conformance suite runs over both (tests/storage/store_conformance.cc). Keys begin
// with a keyspace byte (keyspace.h).
//
// Two kinds of batch:
// - logged: goes through the write-ahead log. It survives a process kill at once, and a power loss
//   after the next sync.
// - derived: does not. It survives after the next flush; a prefix of the derived batches survives,
//   never a hole. For what can be computed again from a log (the authority's state).
//
// A batch of either kind is atomic, also against crashes.
//
// Full and broken: a write or flush that finds no space answers kStoreFull, changes nothing, and
// may be tried again: the store is usable as soon as there is space. Any other failed write, and
// any failed sync, leaves the store unusable: every later call answers kIo until it is opened again
// (what the disk kept is not known; retrying would hide it).
//
// Threads: any thread may read and take snapshots; writes come from one thread at a time (the
// driver); sync() may be called from another thread beside them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/bytes.h"
#include "syncline/result.h"

namespace syncline {

// Walks keys in ascending order (or descending, see Reader::scan_back). Invalidated by nothing but
// its destruction; sees the state at its making. Must not outlive its Reader.
class Iterator {
 public:
  virtual ~Iterator() = default;
  virtual bool valid() const = 0;
  virtual void next() = 0;
  // Valid until the next call of next().
  virtual BytesView key() const = 0;
  virtual BytesView value() const = 0;
  // kIo or kStoreDamaged if the walk ended early because of one.
  virtual Status status() const = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<std::optional<Bytes>> get(BytesView key) const = 0;
  // Keys in [from, to); an empty `to` means to the end.
  virtual std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const = 0;
  // The same keys, last first.
  virtual std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const = 0;
};

// Changes in order; a later one to the same key wins. Keys are not empty and do not begin with
// 0xff.
class Batch {
 public:
  struct Change {
    enum class Kind : uint8_t { put, erase, single_erase, erase_range };
    Kind kind;
    Bytes key;
    Bytes value;  // put: the value. erase_range: the end (exclusive)
  };

  void put(Bytes key, Bytes value) { add({Change::Kind::put, std::move(key), std::move(value)}); }
  void erase(Bytes key) { add({Change::Kind::erase, std::move(key), {}}); }
  // For a key that was put exactly once since it was last absent, and never removed by erase():
  // cheaper, leaves no tombstone behind. (RocksDB drops an erase below a later put; a put below
  // both would be seen again.)
  void single_erase(Bytes key) { add({Change::Kind::single_erase, std::move(key), {}}); }
  // [from, to); an empty `to` means to the end. Nothing if `to` is not above `from`.
  void erase_range(Bytes from, Bytes to) {
    add({Change::Kind::erase_range, std::move(from), std::move(to)});
  }
  void append(Batch other);
  void add(Change change) {
    bytes_ += change.key.size() + change.value.size();
    changes_.push_back(std::move(change));
  }
  void clear() { changes_.clear(), bytes_ = 0; }
  bool empty() const { return changes_.empty(); }
  size_t bytes() const { return bytes_; }
  const std::vector<Change>& changes() const { return changes_; }
  std::vector<Change> take() && { return std::move(changes_); }

 private:
  std::vector<Change> changes_;
  size_t bytes_ = 0;
};

enum class BatchKind : uint8_t { logged, derived };

class Store : public Reader {
 public:
  // sync: logged batches only; returns once this and all earlier logged batches survive a power
  // loss.
  virtual Status write(const Batch& batch, BatchKind kind, bool sync) = 0;
  // All logged batches written so far survive a power loss afterwards.
  virtual Status sync() = 0;
  // All batches written so far, derived ones too, survive a power loss afterwards.
  virtual Status flush() = 0;
  // A consistent view of now. Release it soon: it keeps old versions alive.
  virtual std::unique_ptr<Reader> snapshot() const = 0;

  // Large sorted runs beside the write path (RocksDB: SST files). add() takes strictly ascending
  // keys, else kBadData; commit() makes them and `batch` visible at once and durable, atomically,
  // and with them all that was written before. `batch` may hold puts, erases and range erases
  // anywhere; where it names a key that was added, the batch wins. Must not outlive its Store.
  // commit() counts as a write: it comes from the writing thread, once.
  class Ingestion {
   public:
    virtual ~Ingestion() = default;
    virtual Status add(BytesView key, BytesView value) = 0;
    virtual Status commit(const Batch& batch) = 0;
  };
  virtual Result<std::unique_ptr<Ingestion>> start_ingestion() = 0;

  // A consistent copy into an empty or absent directory, hard links where possible. kNotSupported
  // in memory.
  virtual Status backup(const std::string& directory) const = 0;
};

// Batches that are decided but not yet committed, above a Store. Newer layers hide older ones and
// the Store. Admission reads through it; the driver merges the lowest layer into the Store once its
// log append is committed. Not thread-safe: owned by the machine's thread.
class Layers : public Reader {
 public:
  explicit Layers(const Store* below);
  ~Layers() override;
  // Starts a new top layer; batches added from now on go there.
  void push();
  // Requires: depth() > 0. Iterators made before do not see it.
  void add(Batch batch);
  // The lowest layer's changes, in order, without puts that a later put hides; it is gone from
  // here. Requires: depth() > 0.
  Batch pop_lowest();
  // Discards everything (fenced).
  void clear();
  size_t depth() const;
  size_t bytes() const;  // of all layers

  Result<std::optional<Bytes>> get(BytesView key) const override;
  std::unique_ptr<Iterator> scan(BytesView from, BytesView to) const override;
  std::unique_ptr<Iterator> scan_back(BytesView from, BytesView to) const override;

 private:
  struct Layer;
  const Store* below_;
  // Lowest first. Shared with the iterators made on them, so that those keep seeing the state at
  // their making.
  std::vector<std::shared_ptr<Layer>> layers_;
};

}  // namespace syncline
