#include "tests/process/crash/power_loss.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <vector>

namespace syncline::testing {
namespace {

namespace fs = std::filesystem;

struct File {
  uint64_t size = 0;
  uint64_t synced = 0;
  bool entered = false;  // its directory was synced since it was made
};

// What a rename or a removal took away, until the directory is synced.
struct Gone {
  std::string path;
  std::string kept;
  File file;
  bool known = false;  // the process made it; else all of it was there before
};

class Loss {
 public:
  void play(const std::string& journal) {
    std::ifstream lines(journal);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string verb, a, b, c;
      words >> verb >> a >> b >> c;
      if (verb == "make") files_[a] = {};
      if (verb == "append") files_[a].size += std::stoull(b);
      if (verb == "sync") files_[a].synced = files_[a].size;
      if (verb == "link") files_[b] = files_[a], files_[b].entered = false;
      if (verb == "remove") take(a, b);
      if (verb == "rename") rename(a, b, c);
      if (verb == "directory") enter(a);
    }
  }

  void strike(const std::string& under, uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t n) { return n == 0 ? 0 : random() % n; };
    for (auto& [path, file] : files_) {
      if (!path.starts_with(under) || !fs::exists(path)) continue;
      if (!file.entered && below(2) == 0) {
        fs::remove(path);
        continue;
      }
      const uint64_t unsynced = file.size - file.synced;
      const uint64_t kept = std::array<uint64_t, 3>{0, unsynced, below(unsynced + 1)}[below(3)];
      fs::resize_file(path, file.synced + kept);
    }
    for (const Gone& gone : gone_) {
      if (!gone.path.starts_with(under) || below(2) == 0) continue;
      if (gone.known && !gone.file.entered) continue;
      fs::rename(gone.kept, gone.path);
      if (gone.known) fs::resize_file(gone.path, gone.file.synced);
    }
  }

 private:
  void take(const std::string& path, const std::string& kept) {
    const auto at = files_.find(path);
    const bool known = at != files_.end();
    if (kept != "-") gone_.push_back({path, kept, known ? at->second : File(), known});
    if (known) files_.erase(at);
  }
  void rename(const std::string& from, const std::string& to, const std::string& kept) {
    const File moved = files_[from];
    take(to, kept);
    files_.erase(from);
    files_[to] = moved;
    // One of the two names stands there, whatever happens. And a file system keeps what is done to
    // one directory in its order: what was made there before stands too. RocksDB relies on that, as
    // its CURRENT is renamed to name a new MANIFEST.
    enter_files(fs::path(to).parent_path());
  }
  void enter(const std::string& directory) {
    const fs::path whole = fs::path(directory + "/").parent_path();
    enter_files(whole);
    std::erase_if(gone_,
                  [&](const Gone& gone) { return fs::path(gone.path).parent_path() == whole; });
  }
  void enter_files(const fs::path& directory) {
    for (auto& [path, file] : files_) file.entered |= fs::path(path).parent_path() == directory;
  }

  std::map<std::string, File> files_;
  std::vector<Gone> gone_;
};

}  // namespace

void lose_power(const std::string& journal, const std::string& under, uint64_t seed) {
  Loss loss;
  loss.play(journal);
  loss.strike(under, seed);
}

}  // namespace syncline::testing
