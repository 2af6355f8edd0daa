// Restore: a store made anew from a backup (AuthorityDaemon::backup(), or a copy of a node's store
// that nothing had open).
//
// An authority's log begins a new incarnation where the backup ends, so that its nodes know which
// of what they have is of a log that is lost. Blocking file I/O; any thread.
#pragma once

#include <optional>
#include <string>

#include "node/runtime/store_directory.h"
#include "proto/lineage.h"

namespace syncline {

struct RestoreReport {
  StoreRole role = StoreRole::node;
  std::optional<Fork> fork;  // of an authority
};

// `store` is absent or empty, or was left by a restore that did not end: that is begun anew. A
// crash on the way leaves a store that says so and is not opened. kExists: something is there,
// which is not touched. kNotFound, kStoreDamaged: `backup` is none, or not a whole one.
Result<RestoreReport> restore_store(const std::string& backup, const std::string& store);

}  // namespace syncline
