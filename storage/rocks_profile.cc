#include "storage/rocks_profile.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>

#include "storage/write_pacer.h"

namespace syncline {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

// Debian builds all of them in; another build may not.
rocksdb::CompressionType available(rocksdb::CompressionType wanted) {
  const auto all = rocksdb::GetSupportedCompressions();
  return std::find(all.begin(), all.end(), wanted) != all.end() ? wanted : rocksdb::kNoCompression;
}

// RocksDB would poll for free space in a thread of its own, and refuse to be resumed meanwhile. We
// take it up again at the next write.
class NoAutomaticRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* automatic) override {
    *automatic = false;
  }
};

// What the promises of storage/store.h need, whatever the profile.
void set_safety(rocksdb::Options* o) {
  o->paranoid_checks = true;
  // A torn tail is what a power loss leaves and is cut; damage before it stops the opening. The
  // other modes were seen to refuse a torn tail, or to drop synced records silently after a flipped
  // bit.
  o->wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // The replayed tail is written to synced tables before open() returns.
  o->avoid_flush_during_recovery = false;
  // Closing leaves what a kill leaves: one path to test, and a quick stop. Who wants more calls
  // flush().
  o->avoid_flush_during_shutdown = true;
  // One column family: a memtable holds a run of whole batches, so what is flushed is a prefix.
  // Said all the same.
  o->atomic_flush = true;
  o->listeners.push_back(std::make_shared<NoAutomaticRecovery>());
  o->max_bgerror_resume_count = 0;
  o->allow_mmap_reads = false;
  o->allow_mmap_writes = false;
}

void set_quiet(rocksdb::Options* o) {
  o->stats_dump_period_sec = 0;
  o->stats_persist_period_sec = 0;
}

rocksdb::BlockBasedTableOptions table_options(size_t cache_bytes, size_t block_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(cache_bytes, /*num_shard_bits=*/2);
  table.block_size = block_bytes;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

// Half of all reads ask for what is not there: they should not search the whole memtable.
void set_memtables(rocksdb::Options* o) {
  o->memtable_whole_key_filtering = true;
  o->memtable_prefix_bloom_size_ratio = 0.05;
}

void set_std(rocksdb::Options* o) {
  // Larger memtables were measured slower with random keys: the skip list misses the CPU's caches.
  o->write_buffer_size = 32 * kMiB;
  o->max_write_buffer_number = 3;
  o->db_write_buffer_size = 64 * kMiB;
  o->target_file_size_base = 32 * kMiB;
  o->max_bytes_for_level_base = 128 * kMiB;
  o->max_background_jobs = 2;
  o->max_open_files = 512;
  o->max_total_wal_size = 128 * kMiB;
  o->bytes_per_sync = 1 * kMiB;
  o->wal_bytes_per_sync = 512 * kKiB;
  // What is flushed is read again soon, by its next compaction at the latest.
  const auto below = available(rocksdb::kLZ4Compression);
  o->compression_per_level = {rocksdb::kNoCompression, below};
  o->compression = below;
  o->level_compaction_dynamic_level_bytes = true;
  o->max_manifest_file_size = 4 * kMiB;
  auto table = table_options(32 * kMiB, 8 * kKiB);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  o->table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

// Measured at 22 MB resident under load, for 3.5 bytes written per user byte instead of 1.3.
void set_tiny(rocksdb::Options* o) {
  o->write_buffer_size = 1 * kMiB;
  o->max_write_buffer_number = 2;
  o->target_file_size_base = 4 * kMiB;
  o->max_bytes_for_level_base = 16 * kMiB;
  o->max_background_jobs = 2;
  o->max_open_files = 64;
  o->max_total_wal_size = 4 * kMiB;
  o->bytes_per_sync = 512 * kKiB;
  o->wal_bytes_per_sync = 256 * kKiB;
  o->compression = available(rocksdb::kLZ4Compression);
  o->bottommost_compression = available(rocksdb::kZSTD);
  o->level_compaction_dynamic_level_bytes = true;
  o->max_manifest_file_size = 1 * kMiB;
  o->periodic_compaction_seconds = 0;
  o->rate_limiter = std::make_shared<WritePacer>(4 * kMiB);
  auto table = table_options(4 * kMiB, 16 * kKiB);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Memtables count against the cache, so that both together stay within it.
  o->write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(4 * kMiB, table.block_cache);
  o->table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

// Rising keys: tables never overlap, so compaction moves them without rewriting. That needs one
// compression throughout.
void set_log(rocksdb::Options* o) {
  o->write_buffer_size = 16 * kMiB;
  o->max_write_buffer_number = 3;
  o->target_file_size_base = 16 * kMiB;
  o->max_bytes_for_level_base = 256 * kMiB;
  o->max_background_jobs = 2;
  o->max_open_files = 256;
  o->bytes_per_sync = 1 * kMiB;
  o->compression = available(rocksdb::kLZ4Compression);
  o->max_manifest_file_size = 4 * kMiB;
  o->table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(8 * kMiB, 32 * kKiB)));
}

void set_small(size_t memtable_bytes, rocksdb::Options* o) {
  o->write_buffer_size = memtable_bytes;
  o->target_file_size_base = memtable_bytes;
  o->max_bytes_for_level_base = 4 * memtable_bytes;
  o->level0_file_num_compaction_trigger = 2;
}

}  // namespace

rocksdb::Options rocks_options_of(const RocksOptions& options) {
  rocksdb::Options o;
  if (options.env != nullptr) o.env = options.env;
  set_safety(&o);
  set_quiet(&o);
  set_memtables(&o);
  switch (options.profile) {
    case RocksProfile::std:
      set_std(&o);
      break;
    case RocksProfile::tiny:
      set_tiny(&o);
      break;
    case RocksProfile::log:
      set_log(&o);
      break;
  }
  if (options.memtable_bytes > 0) set_small(options.memtable_bytes, &o);
  return o;
}

}  // namespace syncline
