#include "node/cli/app_show.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "node/cli/schema_changes.h"

namespace syncline {
namespace {

// Has it been here? One that has takes in what the log holds, and a log is never empty.
bool has_connected(const AuthorityStatus::Peer& peer) {
  return peer.connected || peer.integrated.value > 0;
}

// The names of nodes by the version that their code is written for. Those that say none are of the
// deployed one.
std::map<uint32_t, std::vector<std::string>> nodes_by_version(const AuthorityStatus& status,
                                                              uint32_t deployed) {
  std::map<uint32_t, std::vector<std::string>> names;
  for (const AuthorityStatus::Peer& peer : status.peers) {
    if (peer.removed || (peer.version == 0 && !has_connected(peer))) continue;
    names[peer.version == 0 ? deployed : peer.version].push_back(peer.name);
  }
  for (auto& [version, of_version] : names) std::ranges::sort(of_version);
  return names;
}

constexpr const char* kMadeReady = "being made ready";
constexpr const char* kEnded = "ended";
constexpr size_t kNamesToldMax = 8;

std::string text_of(const std::vector<std::string>& names) {
  if (names.empty()) return "no node";
  const size_t told = std::min(names.size(), kNamesToldMax);
  std::string out = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(told), ", "));
  return names.size() > told ? fmt::format("{} and {} more", out, names.size() - told) : out;
}

// Those in force, and those that are not and have nodes all the same, by number.
nlohmann::json versions_of(const Deployed& deployed, const AuthorityStatus& status) {
  const uint32_t newest = deployed.schema().version;
  auto nodes = nodes_by_version(status, newest);
  std::map<uint32_t, const char*> states;
  for (const auto& [version, names] : nodes) states[version] = kEnded;
  for (const uint32_t version : deployed.versions->numbers())
    states[version] = version == newest ? "deployed" : "in force";
  if (const SchemaVersion* next = deployed.versions->next()) states[next->number()] = kMadeReady;
  nlohmann::json all = nlohmann::json::array();
  for (const auto& [version, state] : states)
    all.push_back({{"version", version}, {"state", state}, {"nodes", nodes[version]}});
  return all;
}

// One version with its nodes.
std::string text_of_version(const nlohmann::json& version) {
  const auto number = version["version"].get<uint32_t>();
  const std::string state = version["state"];
  const std::string nodes = text_of(version["nodes"].get<std::vector<std::string>>());
  if (state == kEnded) return fmt::format("  not in force: version {}: {}", number, nodes);
  return fmt::format("  version {:<4} {:<18} {}", number, state,
                     state == kMadeReady ? std::string() : nodes);
}

}  // namespace

Result<int> tell_deployment(const Deployment& deployment, const Deployed* now, bool json,
                            const Output& output) {
  if (json) {
    nlohmann::json out = json_of(deployment.changes);
    out["version"] = deployment.version;
    out["losses"] = deployment.losses;
    output.line(out.dump());
    return 0;
  }
  SYNCLINE_TRY(tell_changes(deployment.changes, false, output));
  if (!deployment.begins_version()) return 0;
  const bool in_force = now != nullptr && now->schema().version >= deployment.version;
  output.line(fmt::format("schema version {} is {}; version {} stays in force beside it",
                          deployment.version,
                          in_force ? "in force"
                                   : "made ready, and comes into force when every object has its "
                                     "fields (`syncline app show`)",
                          deployment.deployed_version));
  if (deployment.losses.empty()) output.line("nothing is lost on the way there or back");
  for (const std::string& loss : deployment.losses) output.line("  " + loss);
  return 0;
}

Result<int> show_app(const AuthorityDaemon& authority, bool json, const Output& output) {
  const std::shared_ptr<const Deployed> deployed = authority.deployed();
  if (deployed == nullptr) return fail(ErrorCode::kNotFound, "no app is deployed");
  nlohmann::json out{{"name", deployed->app->name},
                     {"version", deployed->schema().version},
                     {"revision", deployed->schema().revision},
                     {"versions", versions_of(*deployed, authority.status())},
                     {"types", nlohmann::json::array()}};
  for (const TypeDef& type : deployed->schema().types)
    if (!is_system(type.number))
      out["types"].push_back({{"name", type.name},
                              {"number", type.number.value},
                              {"collection", type.collection},
                              {"embedded", type.embedded},
                              {"fields", type.fields.size()}});
  if (json) {
    output.line(out.dump());
    return 0;
  }
  output.line(fmt::format("{}schema version {}, revision {}",
                          deployed->app->name.empty() ? "" : deployed->app->name + "  ",
                          deployed->schema().version, deployed->schema().revision));
  if (out["versions"].size() > 1)
    for (const auto& version : out["versions"]) output.line(text_of_version(version));
  for (const auto& type : out["types"])
    output.line(fmt::format(
        "  {:<28} {}", type["name"].get<std::string>(),
        type["embedded"].get<bool>() ? "embedded" : type["collection"].get<std::string>()));
  return 0;
}

}  // namespace syncline
