// What RocksDB is told for each profile. Internal to storage/: called by RocksStore::open and its
// ingestion.
#pragma once

#include <rocksdb/options.h>

#include "storage/rocks_store.h"

namespace syncline {

rocksdb::Options rocks_options_of(const RocksOptions& options);

}  // namespace syncline
