#include "node/runtime/restore.h"

#include <fmt/format.h>

#include <filesystem>

#include "node/authority/recovery.h"
#include "node/runtime/clock.h"
#include "node/runtime/file_copy.h"
#include "storage/rocks_commit_log.h"
#include "storage/rocks_store.h"
#include "storage/store_format.h"

namespace syncline {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> databases_of(StoreRole role) {
  if (role == StoreRole::authority) return {"state", "log"};
  return {"objects"};
}

// Whole as far as its files say; what is in them is checked when they are opened.
Result<StoreDirectory> open_backup(const std::string& path) {
  SYNCLINE_ASSIGN(StoreDirectory backup, open_store_directory(path));
  for (const std::string& name : databases_of(backup.config.role)) {
    const std::string database = path + "/" + name;
    SYNCLINE_ASSIGN(std::optional<uint32_t> format, read_store_format(database));
    if (!format)
      return fail(ErrorCode::kStoreDamaged,
                  fmt::format("{} is not whole: it was not finished, or is damaged; take another "
                              "backup",
                              database));
  }
  return backup;
}

// Makes room for the store, marked as unfinished.
Status prepare(const std::string& store) {
  std::error_code error;
  const std::string mark = unfinished_mark(store);
  if (fs::exists(mark, error)) {
    // Left by a restore that did not end; the mark goes last.
    for (const fs::directory_entry& entry : fs::directory_iterator(store, error))
      if (entry.path() != fs::path(mark)) fs::remove_all(entry.path(), error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("cannot clear {}: {}", store, error.message()));
    return {};
  }
  if (fs::exists(store, error) && !(fs::is_directory(store, error) && fs::is_empty(store, error)))
    return fail(
        ErrorCode::kExists,
        fmt::format("{} is not empty: a restore makes a store anew and touches none that is "
                    "there. Stop what runs on it, move it away, and restore again",
                    store));
  fs::create_directories(store, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("{} cannot be made: {}", store, error.message()));
  return make_mark(mark);
}

Incarnation draw_incarnation() {
  const auto random = random_bytes();
  return Incarnation(
      get_u64_big_endian({reinterpret_cast<const char*>(random.data()), random.size()}));
}

// The log may hold more than the state has applied: it forks at the log's end.
Result<Fork> fork_log(const StoreDirectory& directory) {
  SYNCLINE_ASSIGN(auto state, RocksStore::open(directory.state_path(), {}));
  SYNCLINE_ASSIGN(auto log,
                  RocksCommitLog::open(directory.log_path(), {.profile = RocksProfile::log}));
  SYNCLINE_ASSIGN(RecoveryReport recovered, recover(state.get(), *log));
  return begin_incarnation(state.get(), draw_incarnation());
}

}  // namespace

Result<RestoreReport> restore_store(const std::string& backup, const std::string& store) {
  SYNCLINE_ASSIGN(StoreDirectory directory, open_backup(backup));
  SYNCLINE_TRY(prepare(store));
  RestoreReport report{directory.config.role, {}};
  for (const std::string& name : databases_of(report.role))
    SYNCLINE_TRY(copy_directory_durably(backup + "/" + name, store + "/" + name));
  for (const char* file : {"node.keys", "syncline.toml"})
    SYNCLINE_TRY(copy_file_durably(backup + "/" + file, store + "/" + file));
  directory.path = store;
  if (report.role == StoreRole::authority) {
    SYNCLINE_ASSIGN(report.fork, fork_log(directory));
  }
  SYNCLINE_TRY(remove_mark(unfinished_mark(store)));
  return report;
}

}  // namespace syncline
