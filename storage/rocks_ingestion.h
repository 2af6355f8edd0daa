// RocksIngestion: Store::Ingestion as table files that RocksDB takes in whole. Internal to
// storage/.
//
// Runs below a size go through the write-ahead log instead: cheaper than files and their syncs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/rocks_database.h"

namespace syncline {

// The folder for files on their way in, emptied on opening.
std::string ingestion_directory_of(const std::string& store_directory);

// `store` and `database` outlive it; `store` is for batches and flushes. `serial`: distinct within
// the process.
std::unique_ptr<Store::Ingestion> make_rocks_ingestion(Store* store, RocksDatabase* database,
                                                       uint64_t serial);

}  // namespace syncline
