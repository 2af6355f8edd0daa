#include "sim/report/write.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "sim/report/json.h"
#include "sim/report/page.h"

namespace syncline::sim {
namespace {

namespace fs = std::filesystem;

Status write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (file.flush()) return {};
  return fail(ErrorCode::kIo,
              fmt::format("cannot write {}: the report needs a directory that can be written, with "
                          "room for some megabytes",
                          path.string()));
}

}  // namespace

Status prepare_report(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory))
    return fail(ErrorCode::kIo,
                fmt::format("cannot make the directory {} for the report: {}", directory,
                            error ? error.message() : "a file is in its place"));
  const fs::path probe = fs::path(directory) / "report.json";
  std::ofstream file(probe, std::ios::app);
  if (!file) return write_file(probe, "");
  return {};
}

Status write_report(const Report& report, const std::string& directory) {
  SYNCLINE_TRY(prepare_report(directory));
  SYNCLINE_TRY(write_file(
      fs::path(directory) / "report.json",
      to_json(report).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"));
  return write_file(fs::path(directory) / "report.html", to_html(report));
}

}  // namespace syncline::sim
