// What an authority answers: the data commands, its app, its log, how it stands.
#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "node/authority/fold.h"
#include "node/authority/log_proof.h"
#include "node/authority/stored_object.h"
#include "node/cli/app_show.h"
#include "node/cli/cli.h"
#include "node/cli/data_commands.h"
#include "node/cli/fleet_commands.h"
#include "node/cli/rules_explain.h"
#include "node/cli/schema_changes.h"
#include "node/cli/wait_teller.h"
#include "proto/extended_json.h"
#include "proto/uses.h"

namespace syncline {
namespace {

constexpr uint64_t kFaultsToldMax = 100;  // of what `log verify` finds

// Whatever is wrong with an app, what was in force stays so.
Error nothing_deployed(Error error) {
  constexpr std::string_view kNothing = "nothing was deployed: ";
  const bool of_the_app = error.code == ErrorCode::kBadApp || error.code == ErrorCode::kRefused;
  if (of_the_app && !error.message.starts_with(kNothing)) error.message.insert(0, kNothing);
  return error;
}

class AuthorityHandler : public Handler {
 public:
  explicit AuthorityHandler(AuthorityDaemon* authority)
      : authority_(authority), port_(make_data_port(authority)) {}

  Result<int> handle(const Request& request, const Output& output) override {
    static const std::set<std::string> writing = {"put",  "rm",   "apply", "import",
                                                  "user", "node", "app",   "dev-mode"};
    std::optional<WaitTeller> teller;
    if (writing.contains(text_in(request, "command")))
      teller.emplace([this] { return authority_->trouble(); }, output.note);
    if (auto answer = handle_data(port_.get(), request, output)) return *answer;
    const std::string command = text_in(request, "command");
    if (command == "status") return status(request, output);
    if (command == "user") return handle_user(authority_, request, output);
    if (command == "node") return handle_node(authority_, request, output);
    if (command == "app") return app(request, output);
    if (command == "log") return log(request, output);
    if (command == "rules") return explain_rules(request, output);
    if (command == "dev-mode")
      return done(authority_->set_development(text_in(request, "action") == "on"));
    if (command == "schema") return list_quarantine(authority_, flag_in(request, "json"), output);
    if (command == "backup") return backup(request, output);
    if (command == "pause") return done(authority_->pause());
    if (command == "resume") return done(authority_->resume());
    return fail(ErrorCode::kUsage,
                fmt::format("{} is a command for a node's store; this is an authority's", command));
  }

 private:
  static Result<int> done(const Status& status) {
    if (!status) return std::unexpected(status.error());
    return 0;
  }

  Result<int> status(const Request& request, const Output& output) {
    do {
      SYNCLINE_ASSIGN(bool read, status_once(request, output));
      if (!read) return 0;
    } while (flag_in(request, "watch") && wait_to_watch(output));
    return 0;
  }

  Result<uint64_t> count_objects() const {
    uint64_t count = 0;
    auto deployed = authority_->deployed();
    if (deployed == nullptr) return 0;
    for (const TypeDef& type : deployed->schema().types) {
      if (type.embedded || is_system(type.number)) continue;
      auto at = scan_rows(authority_->state(), type.number);
      for (; at->valid(); at->next()) ++count;
      SYNCLINE_TRY(at->status());
    }
    return count;
  }

  Result<bool> status_once(const Request& request, const Output& output) {
    const AuthorityStatus status = authority_->status();
    const std::optional<Error> trouble = authority_->trouble();
    SYNCLINE_ASSIGN(std::string hash, hash_of_objects(*port_, ""));
    SYNCLINE_ASSIGN(const uint64_t objects, count_objects());
    if (flag_in(request, "json")) {
      nlohmann::json json{{"role", "authority"},
                          {"endpoint", authority_->endpoint()},
                          {"seq", status.head.seq.value},
                          {"cursor", status.head.seq.value},
                          {"objects", objects},
                          {"pending", status.queued_offers},
                          {"incarnation", fmt::format("{:016x}", status.head.incarnation.value)},
                          {"horizon", status.horizon.value},
                          {"sessions", status.sessions},
                          {"paused", status.paused},
                          {"development", status.development},
                          {"state_hash", hash},
                          {"safe", status.safe.value},
                          {"peers", nlohmann::json::array()}};
      if (trouble)
        json["trouble"] = {{"code", name_of(trouble->code)}, {"message", trouble->message}};
      if (status.restored) {
        json["restored"] = {{"parent", fmt::format("{:016x}", status.restored->parent.value)},
                            {"fork", status.restored->seq.value}};
        if (status.told_beyond > status.restored->seq)
          json["restored"]["safe_before"] = status.told_beyond.value;
      }
      for (const AuthorityStatus::Peer& peer : status.peers)
        json["peers"].push_back({{"node", to_string(peer.node)},
                                 {"name", peer.name},
                                 {"user", peer.user},
                                 {"connected", peer.connected},
                                 {"removed", peer.removed},
                                 {"cursor", peer.integrated.value},
                                 {"lag", status.head.seq.value - std::min(status.head.seq.value,
                                                                          peer.integrated.value)}});
      return output.line(json.dump());
    }
    std::string text = fmt::format(
        "authority {}{}\nentries   {}\nobjects   {}\nsessions  {}\nstate     {}",
        authority_->endpoint().empty() ? authority_->directory().config.listen + "  not running"
                                       : authority_->endpoint(),
        std::string(status.paused ? "  paused" : "") +
            (status.development ? "  in development mode" : ""),
        status.head.seq.value, objects, status.sessions, hash);
    if (status.restored) {
      text += fmt::format("\nrestored  after entry {}", status.restored->seq.value);
      if (status.told_beyond > status.restored->seq)
        text += fmt::format(
            "; nodes had been told that entries up to {} were safe, and may lack their own of "
            "these",
            status.told_beyond.value);
    }
    if (trouble) text += fmt::format("\ntrouble   {}", trouble->message);
    for (const AuthorityStatus::Peer& peer : status.peers)
      text += fmt::format("\n  {:<16} {} {:<12} {:<10} at {}", peer.name, to_string(peer.node),
                          peer.user,
                          peer.removed     ? "removed"
                          : peer.connected ? "connected"
                                           : "away",
                          peer.integrated.value);
    return output.line(text);
  }

  Result<int> app(const Request& request, const Output& output) {
    if (text_in(request, "action") == "deploy") {
      AppFiles files;
      const nlohmann::json given = request.value("files", nlohmann::json::object());
      for (const auto& [path, text] : given.items())
        if (text.is_string()) files[path] = text.get<std::string>();
      const Result<Deployment> deployment = authority_->deploy(files);
      if (!deployment) return std::unexpected(nothing_deployed(deployment.error()));
      return tell_deployment(*deployment, authority_->deployed().get(), flag_in(request, "json"),
                             output);
    }
    if (text_in(request, "action") == "retire")
      return done(authority_->end_version(request.value("version", uint32_t{0})));
    return show_app(*authority_, flag_in(request, "json"), output);
  }

  Result<int> explain_rules(const Request& request, const Output& output) {
    const auto deployed = authority_->deployed();
    if (deployed == nullptr) return fail(ErrorCode::kNotFound, "no app is deployed");
    SYNCLINE_ASSIGN(const Directory directory,
                    Directory::load(authority_->state(), rule_functions()));
    const std::string id = text_in(request, "user");
    const std::optional<User> user = directory.user_of(id);
    if (!user)
      return fail(ErrorCode::kNotFound,
                  fmt::format("there is no user {}, who may therefore do nothing", id));
    ExplainQuestion question;
    question.app = deployed->app.get();
    question.policy = deployed->policy.get();
    question.user = *user;
    const std::string object = text_in(request, "object");
    question.object = object;
    const size_t slash = object.find('/');
    if (slash == std::string::npos) return fail(ErrorCode::kUsage, "--object takes TYPE/ID");
    SYNCLINE_ASSIGN(question.type, port_->type_of(deployed->schema(), object.substr(0, slash)));
    SYNCLINE_ASSIGN(const Value key, parse_id(*question.type, object.substr(slash + 1)));
    SYNCLINE_ASSIGN(ObjectKey name, object_key(key));
    SYNCLINE_ASSIGN(std::optional<Row> row, port_->get({question.type->number, std::move(name)}));
    if (!row) return fail(ErrorCode::kNotFound, fmt::format("there is no {}", object));
    question.row = std::move(*row);
    for (const auto& write : request.value("writes", nlohmann::json::array()))
      if (write.is_string()) question.writes.push_back(write.get<std::string>());
    question.json = flag_in(request, "json");
    return tell_explanation(question, output);
  }

  // ---- the log ----

  static nlohmann::json entry_json(const Entry& entry) {
    nlohmann::json json{{"seq", entry.seq.value},
                        {"name", to_string(entry.name)},
                        {"origin", to_string(entry.name.origin)},
                        {"user", entry.user},
                        {"arrival_ms", entry.arrival_ms},
                        {"outcomes", nlohmann::json::object()},
                        {"objects", nlohmann::json::array()}};
    for (const Outcome& outcome : entry.outcomes) {
      const char* verdict = outcome.verdict == Verdict::applied   ? "applied"
                            : outcome.verdict == Verdict::refused ? "refused"
                                                                  : "superseded";
      json["outcomes"][verdict] = json["outcomes"].value(verdict, 0) + 1;
    }
    for (const ObjectEffect& effect : entry.objects) {
      static const char* const changes[] = {"", "born", "updated", "removed", "unchanged"};
      json["objects"].push_back(
          {{"type", effect.object.type.value},
           {"id", nlohmann::json::parse(print_extended_json(effect.id, JsonForm::relaxed), nullptr,
                                        false)},
           {"change", changes[static_cast<int>(effect.change)]}});
    }
    return json;
  }

  Result<int> each_entry(uint64_t from_seq, const std::function<bool(const Entry&)>& visit) {
    SYNCLINE_ASSIGN(LogIndex at, authority_->log().first());
    EntryAssembler assembler;
    for (;;) {
      SYNCLINE_ASSIGN(std::vector<LogRecord> records, authority_->log().read(at, 4u << 20));
      if (records.empty()) return 0;
      for (const LogRecord& record : records) {
        SYNCLINE_ASSIGN(std::optional<Entry> entry, assembler.add(record.bytes));
        if (entry && entry->seq.value >= from_seq && !visit(*entry)) return 0;
      }
      at = LogIndex(records.back().index.value + 1);
    }
  }

  // The chain (as the log reads itself), and who wrote what.
  Result<int> verify(const Request& request, const Output& output) {
    SYNCLINE_ASSIGN(const Directory directory,
                    Directory::load(authority_->state(), rule_functions()));
    const NodeKeys& keys = authority_->directory().keys;
    const auto& server_key = keys.link.public_key.value;
    LogProof proof(keys.id, site_of(Bytes(server_key.begin(), server_key.end())),
                   [&](NodeId id) -> std::optional<PublicKey> {
                     const KnownNode* node = directory.node(id);
                     return node == nullptr ? std::nullopt : std::optional(node->identity_key);
                   });
    uint64_t entries = 0;
    uint64_t faults = 0;
    LogSeq first;
    nlohmann::json told = nlohmann::json::array();
    SYNCLINE_TRY(each_entry(0, [&](const Entry& entry) {
      if (entries++ == 0) first = entry.seq;
      if (std::optional<std::string> fault = proof.add(entry); fault && ++faults <= kFaultsToldMax)
        told.push_back(std::move(*fault));
      return true;
    }));
    if (flag_in(request, "json")) {
      nlohmann::json json{{"entries", entries}, {"from", first.value}, {"ok", faults == 0}};
      if (faults > 0) json["faults"] = faults, json["told"] = told;
      output.line(json.dump());
      return faults == 0 ? 0 : 1;
    }
    for (const auto& fault : told) output.line(fault.get<std::string>());
    output.line(
        faults == 0
            ? fmt::format(
                  "{} entries{}, chain, contents and signatures as they were written", entries,
                  first.value > 1 ? fmt::format(" from {} on, where history begins", first.value)
                                  : "")
            : fmt::format("{} of {} entries do not hold: somebody else than the authority wrote "
                          "to this log. Bring the log and the state back from a backup that "
                          "verifies",
                          faults, entries));
    return faults == 0 ? 0 : 1;
  }

  // Did it change the object, or try to? What was refused whole has no effects.
  static bool is_about(const Entry& entry, const ObjectName& object) {
    const auto names_it = [&](const auto& one) { return one.object == object; };
    if (std::ranges::any_of(entry.objects, names_it)) return true;
    const Result<Changeset> changeset = decode_changeset(entry.payload);
    return changeset && std::ranges::any_of(changeset->groups, names_it);
  }

  Result<int> log(const Request& request, const Output& output) {
    const std::string action = text_in(request, "action");
    if (action == "verify") return verify(request, output);
    SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port_->schema());
    const std::string user = text_in(request, "user");
    const std::string object = text_in(request, "object");
    std::optional<ObjectName> wanted;
    if (!object.empty()) {
      const size_t slash = object.find('/');
      if (slash == std::string::npos) return fail(ErrorCode::kUsage, "--object takes TYPE/ID");
      SYNCLINE_ASSIGN(const TypeDef* type, port_->type_of(*schema, object.substr(0, slash)));
      SYNCLINE_ASSIGN(Value id, parse_id(*type, object.substr(slash + 1)));
      SYNCLINE_ASSIGN(ObjectKey key, object_key(id));
      wanted = ObjectName{type->number, std::move(key)};
    }
    uint64_t from = request.value("from", uint64_t{0});
    if (action == "tail" && from == 0) {
      const uint64_t head = authority_->status().head.seq.value;
      from = head > 20 ? head - 19 : 1;
    }
    return each_entry(from, [&](const Entry& entry) {
      if (!user.empty() && entry.user != user) return true;
      if (wanted && !is_about(entry, *wanted)) return true;
      nlohmann::json json = entry_json(entry);
      for (auto& one : json["objects"])
        if (const TypeDef* type = schema->type(TypeNumber(one["type"].get<uint32_t>())))
          one["type"] = type->name;
      // By which role of which type it was judged; the authority's own hand by none.
      json["roles"] = nlohmann::json::array();
      std::string roles;
      for (const auto& [number, role] : entry.roles) {
        const TypeDef* type = schema->type(number);
        json["roles"].push_back(
            {{"type", type == nullptr ? std::to_string(number.value) : type->name},
             {"role", role}});
        roles += fmt::format("{}{}", roles.empty() ? "" : ", ", role);
      }
      if (flag_in(request, "json")) return output.line(json.dump());
      std::string objects;
      for (const auto& one : json["objects"])
        objects += fmt::format(
            " {} {}/{}", one["change"].get<std::string>(),
            one["type"].is_string() ? one["type"].get<std::string>() : one["type"].dump(),
            one["id"].dump());
      return output.line(fmt::format(
          "{:>8}  {}  {:<12}{}{}  {}", entry.seq.value, to_string(entry.name.origin),
          entry.user.empty() ? "-" : entry.user, roles.empty() ? "" : fmt::format(" as {}:", roles),
          objects, json["outcomes"].dump()));
    });
  }

  Result<int> backup(const Request& request, const Output& output) {
    const std::string directory = text_in(request, "directory");
    SYNCLINE_TRY(authority_->backup(directory));
    output.line(flag_in(request, "json") ? nlohmann::json{{"directory", directory}}.dump()
                                         : fmt::format("backed up to {}", directory));
    return 0;
  }

  AuthorityDaemon* authority_;
  std::unique_ptr<DataPort> port_;
};

}  // namespace

std::unique_ptr<Handler> make_authority_handler(AuthorityDaemon* authority) {
  return std::make_unique<AuthorityHandler>(authority);
}

}  // namespace syncline
