// Apps made of schemas in a test's own text.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "node/generate/generate.h"
#include "node/model/app.h"

namespace syncline::testing {

// A collection's name to its schema.json. links: to its relationships.json.
inline std::shared_ptr<const App> app_of(const std::map<std::string, std::string>& schemas,
                                         const std::map<std::string, std::string>& links = {}) {
  AppFiles files;
  files["root_config.json"] = R"({"name": "test"})";
  files["sync/config.json"] =
      R"({"type": "flexible", "state": "enabled", "service_name": "s", "database_name": "d"})";
  files["data_sources/s/config.json"] = R"({"name": "s", "type": "mongodb-atlas", "config": {}})";
  for (const auto& [name, schema] : schemas)
    files["data_sources/s/d/" + name + "/schema.json"] = schema;
  for (const auto& [name, relationships] : links)
    files["data_sources/s/d/" + name + "/relationships.json"] = relationships;
  AppReport report;
  std::shared_ptr<const App> app = load_app(files, &report);
  EXPECT_NE(app, nullptr) << print_report({report});
  return app;
}

// The app in a directory of this one's apps.
inline std::shared_ptr<const App> app_in(const std::string& directory) {
  const Result<AppFiles> files = read_app_directory(directory);
  EXPECT_TRUE(files.has_value()) << (files ? "" : files.error().message);
  AppReport report;
  std::shared_ptr<const App> app = load_app(files.value_or(AppFiles()), &report);
  EXPECT_NE(app, nullptr) << print_report({report});
  return app;
}

inline std::string text_of(const App& app, const generate::Options& options) {
  const auto files = generate::generate(app, options);
  EXPECT_TRUE(files.has_value()) << (files ? "" : files.error().message);
  return files ? generate::joined(*files, options.language) : "";
}

inline Error error_of(const App& app, const generate::Options& options) {
  const auto files = generate::generate(app, options);
  EXPECT_FALSE(files.has_value());
  return files ? Error() : files.error();
}

}  // namespace syncline::testing
