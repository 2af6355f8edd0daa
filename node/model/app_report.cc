// The report of loading an app, for programs and for people.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "node/model/app.h"
#include "node/model/app_json.h"

namespace syncline {
namespace {

using Severity = AppMessage::Severity;

std::string_view name_of_severity(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "info";
}

nlohmann::json to_json(const AppMessage& message) {
  return {{"severity", name_of_severity(message.severity)},
          {"code", message.code},
          {"pointer", app::printable(message.pointer)},
          {"text", app::printable(message.text)},
          {"remedy", app::printable(message.remedy)}};
}

std::string counted(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// One line, and the remedy below what needs one.
void print_message(const AppMessage& message, std::string* out) {
  *out +=
      fmt::format("    {}{}{}: {} [{}]\n",
                  message.severity == Severity::info ? "note" : name_of_severity(message.severity),
                  message.pointer.empty() ? "" : " ", app::printable(message.pointer),
                  app::printable(message.text), message.code);
  if (!message.remedy.empty())
    *out += fmt::format("        -> {}\n", app::printable(message.remedy));
}

// Errors and warnings with the file that they are in.
void print_files(const AppReport& report, Severity severity, std::string* out) {
  for (const AppFileReport& file : report.files) {
    Severity worst = Severity::info;
    for (const AppMessage& message : file.messages) worst = std::min(worst, message.severity);
    if (worst != severity) continue;
    *out += fmt::format("  {} ({}): {}\n", app::printable(file.path), file.kind, file.status);
    for (const AppMessage& message : file.messages)
      if (message.severity != Severity::info) print_message(message, out);
  }
}

// Notes by what they say: an app has many functions, and one thing to say of them.
void print_notes(const AppReport& report, std::string* out) {
  std::map<std::string, std::vector<std::string>> places;  // by text
  for (const AppFileReport& file : report.files)
    for (const AppMessage& message : file.messages)
      if (message.severity == Severity::info)
        places[message.text].push_back(message.pointer.empty() ? file.path
                                                               : file.path + " " + message.pointer);
  for (const auto& [text, at] : places)
    *out += fmt::format("  note: {}{}: {}\n", app::printable(at[0]),
                        at.size() == 1 ? "" : fmt::format(" and {} more", at.size() - 1),
                        app::printable(text));
}

}  // namespace

nlohmann::json to_json(const std::vector<AppReport>& reports) {
  nlohmann::json roots = nlohmann::json::array();
  for (const AppReport& report : reports) {
    nlohmann::json files = nlohmann::json::array();
    for (const AppFileReport& file : report.files) {
      nlohmann::json messages = nlohmann::json::array();
      for (const AppMessage& message : file.messages) messages.push_back(to_json(message));
      files.push_back({{"path", app::printable(file.path)},
                       {"kind", file.kind},
                       {"status", file.status},
                       {"messages", std::move(messages)}});
    }
    roots.push_back({{"root", app::printable(report.root)},
                     {"files", std::move(files)},
                     {"errors", report.errors},
                     {"warnings", report.warnings}});
  }
  return {{"roots", std::move(roots)}};
}

std::string print_report(const std::vector<AppReport>& reports) {
  std::string out;
  int errors = 0, warnings = 0;
  for (const AppReport& report : reports) {
    errors += report.errors;
    warnings += report.warnings;
    out += fmt::format("{}: {}, {}, {}\n", app::printable(report.root),
                       counted(static_cast<int>(report.files.size()), "file"),
                       counted(report.errors, "error"), counted(report.warnings, "warning"));
    print_files(report, Severity::error, &out);
    print_files(report, Severity::warning, &out);
    print_notes(report, &out);
  }
  const bool one = reports.size() == 1;
  std::string wrong;
  for (const AppReport& report : reports)
    if (report.errors > 0) wrong += fmt::format("\n  {}", app::printable(report.root));
  out += fmt::format("{}: {}, {}. {}\n", counted(static_cast<int>(reports.size()), "app"),
                     counted(errors, "error"), counted(warnings, "warning"),
                     reports.empty() ? std::string("No app was found.")
                     : errors == 0   ? (one ? "An authority would start on it."
                                            : "An authority would start on each of them.")
                     : one           ? "An authority would not start on it."
                                     : "An authority would not start on:" + wrong);
  return out;
}

}  // namespace syncline
