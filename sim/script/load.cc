#include <fstream>
#include <sstream>

#include "sim/script/run.h"

namespace syncline::sim {
namespace {

Status load_app(ScenarioApp* app, const std::string& folder) {
  if (app->directory.empty()) return {};
  const std::string path =
      app->directory.starts_with('/') ? app->directory : folder + "/" + app->directory;
  SYNCLINE_ASSIGN(app->files, read_app_directory(path));
  if (app->files.empty()) return fail(ErrorCode::kBadApp, path + ": there is no app");
  return {};
}

}  // namespace

Status load_apps(Scenario* scenario, const std::string& folder) {
  SYNCLINE_TRY(load_app(&scenario->app, folder));
  for (Step& step : scenario->script)
    if (auto* deploy = std::get_if<step::Deploy>(&step.action))
      SYNCLINE_TRY(load_app(&deploy->app, folder));
  return {};
}

Result<Scenario> read_scenario(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorCode::kBadData, path + ": cannot be read");
  Result<Scenario> scenario = parse_scenario(text.str());
  if (!scenario) return std::unexpected(scenario.error().within(path));
  const size_t slash = path.rfind('/');
  SYNCLINE_TRY(load_apps(&*scenario, slash == std::string::npos ? "." : path.substr(0, slash)));
  return scenario;
}

}  // namespace syncline::sim
