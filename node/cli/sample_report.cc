#include "node/cli/sample_report.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline {
namespace {

constexpr size_t kRowsShownMax = 200;  // in text; -o json has all
constexpr size_t kPathColumnMax = 40;
constexpr size_t kTypeColumnMax = 32;

nlohmann::json to_json(const sampling::FieldRow& row) {
  nlohmann::json json{{"path", row.path},         {"type", row.type},
                      {"seen", row.seen},         {"missing", row.missing},
                      {"null", row.null},         {"conflicting", row.conflicting},
                      {"required", row.required}, {"kinds", nlohmann::json::array()}};
  for (const sampling::KindCount& kind : row.kinds)
    json["kinds"].push_back(
        {{"kind", kind.kind}, {"count", kind.count}, {"examples", kind.examples}});
  if (!row.link.empty()) {
    json["link"] = row.link;
    json["resolved"] = row.resolved.resolved;
    json["resolved_of"] = row.resolved.of;
  }
  return json;
}

std::string row_text(const sampling::FieldRow& row, size_t path_width, size_t type_width) {
  std::string flags = row.required ? "required" : "";
  if (!row.link.empty()) flags = "-> " + row.link;
  std::string line =
      fmt::format("  {:<{}}  {:<{}} {:>9} {:>9} {:>9} {:>9}  {}", row.path, path_width, row.type,
                  type_width, row.seen, row.missing, row.null, row.conflicting, flags);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string type_text(const SampleReport::Type& one) {
  const sampling::SampledType& type = *one.type;
  std::string text = fmt::format("{} ({}): {} documents", type.title, one.file, type.documents);
  if (type.sampled != type.documents) text += fmt::format(", {} of them sampled", type.sampled);
  text += "\n";
  size_t path_width = 5, type_width = 4;
  for (const sampling::FieldRow& row : type.rows) {
    path_width = std::max(path_width, std::min(row.path.size(), kPathColumnMax));
    type_width = std::max(type_width, std::min(row.type.size(), kTypeColumnMax));
  }
  text += fmt::format("  {:<{}}  {:<{}} {:>9} {:>9} {:>9} {:>9}\n", "field", path_width, "type",
                      type_width, "seen", "missing", "null", "conflict");
  for (size_t i = 0; i < std::min(type.rows.size(), kRowsShownMax); ++i)
    text += row_text(type.rows[i], path_width, type_width);
  if (type.rows.size() > kRowsShownMax)
    text += fmt::format("  ... {} more (-o json has all)\n", type.rows.size() - kRowsShownMax);
  for (const sampling::SampleMessage& message : type.messages)
    text += fmt::format("  {} {}{}{}{}{}\n", message.warning ? "warning" : "info   ", message.path,
                        message.path.empty() ? "" : ": ", message.text,
                        message.remedy.empty() ? "" : "; ", message.remedy);
  for (const UnreadableLines& lines : one.unreadable) {
    text += fmt::format("  warning {} lines are no documents ({}):\n", lines.count, lines.kind);
    for (const std::string& line : lines.first) text += "    " + line + "\n";
  }
  return text;
}

}  // namespace

nlohmann::json to_json(const SampleReport& report) {
  nlohmann::json json{{"types", nlohmann::json::array()},
                      {"directory", report.directory},
                      {"files", report.written}};
  for (const SampleReport::Type& one : report.types) {
    const sampling::SampledType& type = *one.type;
    nlohmann::json each{{"title", type.title},
                        {"collection", type.collection},
                        {"file", one.file},
                        {"documents", type.documents},
                        {"sampled", type.sampled},
                        {"fields", nlohmann::json::array()},
                        {"messages", nlohmann::json::array()},
                        {"relationships", nlohmann::json::array()},
                        {"unreadable", nlohmann::json::array()}};
    for (const sampling::FieldRow& row : type.rows) {
      each["fields"].push_back(to_json(row));
      if (!row.link.empty())
        each["relationships"].push_back({{"path", row.path},
                                         {"link", row.link},
                                         {"resolved", row.resolved.resolved},
                                         {"resolved_of", row.resolved.of}});
    }
    for (const sampling::SampleMessage& message : type.messages)
      each["messages"].push_back({{"severity", message.warning ? "warning" : "info"},
                                  {"code", message.code},
                                  {"path", message.path},
                                  {"text", message.text},
                                  {"remedy", message.remedy}});
    for (const UnreadableLines& lines : one.unreadable)
      each["unreadable"].push_back(
          {{"kind", lines.kind}, {"count", lines.count}, {"first", lines.first}});
    json["types"].push_back(std::move(each));
  }
  return json;
}

std::string to_text(const SampleReport& report) {
  std::string text;
  for (const SampleReport::Type& one : report.types) text += type_text(one);
  text += fmt::format("{} files written to {}", report.written.size(), report.directory);
  if (report.new_app)
    text += fmt::format(
        "\nIts default_rule.json lets every user read and write everything: narrow it before the "
        "app is deployed. `syncline app check {0}` and `syncline init --authority --app {0}` take "
        "it as it is.",
        report.directory);
  return text;
}

}  // namespace syncline
