// Replays the corpus of every fuzz target, and inputs derived from it: cut short, and with single
// bytes changed. A target that finds a fault ends the process, as under the fuzzer.
#include "tests/fuzz/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace syncline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDerivedPerInput = 64;

std::vector<fs::path> corpus_of(const std::string& target) {
  std::vector<fs::path> files;
  const fs::path folder = fs::path(SYNCLINE_SOURCE_DIR) / "tests/fuzz/corpus" / target;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const FuzzTarget& target, const std::string& input) {
  target.run(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

class FuzzReplay : public ::testing::TestWithParam<FuzzTarget> {};

INSTANTIATE_TEST_SUITE_P(Of, FuzzReplay, ::testing::ValuesIn(fuzz_targets()),
                         [](const auto& info) { return info.param.name; });

TEST_P(FuzzReplay, HoldsOnItsCorpusAndNearIt) {
  const FuzzTarget& target = GetParam();
  run(target, "");
  const std::vector<fs::path> files = corpus_of(target.name);
  EXPECT_FALSE(files.empty()) << "tests/fuzz/corpus/" << target.name << " is empty";
  std::mt19937_64 random(1);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.string());
    const std::string input = contents_of(file);
    run(target, input);
    for (size_t i = 0; i < kDerivedPerInput && !input.empty(); ++i) {
      std::string changed = input;
      changed[random() % changed.size()] = static_cast<char>(random());
      run(target, changed);
      run(target, input.substr(0, random() % input.size()));
    }
  }
}

}  // namespace
}  // namespace syncline
