// The file FORMAT in a store's directory: which layout stands there, readable before and without
// RocksDB.
//
// One line, "syncline store 1". Written and synced before the database is made, so a database
// without it is not ours; a backup gets it last, so a directory without it is not a whole backup.
// Called on opening and backing up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "syncline/result.h"

namespace syncline {

inline constexpr uint32_t kStoreFormatVersion = 1;

// nullopt: there is none. kStoreDamaged: it is not in the form above. kStoreTooNew: a later version
// than ours.
Result<std::optional<uint32_t>> read_store_format(const std::string& directory);
// Atomically, and durable on return, the directory's entry included.
Status write_store_format(const std::string& directory);

}  // namespace syncline
