// Any bytes as the files of an app: loaded or refused, and every file and key is in the report.
//
// The input is "path", newline, text, NUL, and so on; without a newline it is a schema.
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "node/model/app.h"
#include "proto/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace syncline;
  AppFiles files;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::string_view file = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(file.size() < rest.size() ? file.size() + 1 : rest.size());
    const size_t line = file.find('\n');
    if (line == std::string_view::npos)
      files["data_sources/mongodb-atlas/d/c/schema.json"] = file;
    else
      files[std::string(file.substr(0, line))] = file.substr(line + 1);
  }
  AppReport report;
  const std::shared_ptr<const App> app = load_app(files, &report);
  CHECK(report.files.size() == files.size(), "every file has a row");
  CHECK((app == nullptr) == (report.errors > 0), "refused if and only if there is an error");
  for (const AppFileReport& file : report.files)
    for (const AppMessage& message : file.messages)
      CHECK(message.code != "unaccounted_key", "every key is accounted for");
  (void)to_json({report}).dump();
  (void)print_report({report});
  if (!app) return 0;
  AppReport again;
  const std::shared_ptr<const App> same = load_app(files, &again, &app->schema);
  CHECK(same && same->schema == app->schema, "numbers stay with their names");
  return 0;
}
