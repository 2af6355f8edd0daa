#include "node/runtime/app_directory.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace syncline {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

Status write_app_files(const std::string& directory, const AppFiles& files) {
  for (const auto& [name, text] : files) {
    const fs::path path = (fs::path(directory) / name).lexically_normal();
    const fs::path inside = path.lexically_relative(fs::path(directory).lexically_normal());
    if (inside.empty() || *inside.begin() == "..")
      return fail(ErrorCode::kIo, fmt::format("{} is no name of an app's file", name));
    const auto failed = [&](std::string_view why) {
      return fail(ErrorCode::kIo, fmt::format("{} cannot be written: {}", path.string(), why));
    };
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return failed(error.message());
    if (fs::exists(path, error) && text_of(path) == text) continue;
    const fs::path beside = path.string() + ".new";
    {
      std::ofstream out(beside, std::ios::binary | std::ios::trunc);
      out << text;
      if (!out.flush()) return failed("the disk does not take it");
    }
    fs::rename(beside, path, error);
    if (error) return failed(error.message());
  }
  return {};
}

}  // namespace syncline
