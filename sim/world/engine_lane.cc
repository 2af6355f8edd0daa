#include "sim/world/engine_lane.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

namespace syncline::sim {

namespace fs = std::filesystem;

Result<std::unique_ptr<EngineLane>> EngineLane::make(TwinStore::OnDifference differs) {
  std::error_code error;
  const fs::path memory = "/dev/shm";
  const fs::path parent =
      access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path(error);
  std::string directory = (parent / "syncline-engine-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr)
    return fail(ErrorCode::kIo, "cannot make a directory for the engine in " + parent.string());
  return std::unique_ptr<EngineLane>(new EngineLane(std::move(directory), std::move(differs)));
}

EngineLane::EngineLane(std::string directory, TwinStore::OnDifference differs)
    : directory_(std::move(directory)), differs_(std::move(differs)) {}

EngineLane::~EngineLane() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::unique_ptr<TwinStore> EngineLane::twin_of(MemoryStore* disk, const std::string& whose) {
  return std::make_unique<TwinStore>(
      disk, fmt::format("{}/{}", directory_, ++twins_),
      [this, whose](const std::string& what) { differs_(whose + ": " + what); });
}

}  // namespace syncline::sim
