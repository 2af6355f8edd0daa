// What a node answers: the data commands, and its sync.
#include <algorithm>

#include <fmt/format.h>

#include "node/cli/data_commands.h"
#include "node/cli/query_command.h"
#include "node/cli/watch.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

constexpr auto kWaitDefault = std::chrono::seconds(60);
constexpr double kWaitSecondsMax = 1e6;

nlohmann::json to_json(const NodeStatus& status) {
  nlohmann::json json{{"role", "node"},
                      {"node", to_string(status.node)},
                      {"user", status.user},
                      {"state", name_of(status.state)},
                      {"cursor", status.cursor.value},
                      {"head", status.head.value},
                      {"lag", status.head.value - std::min(status.head.value, status.cursor.value)},
                      {"pending", status.pending},
                      {"pending_bytes", status.pending_bytes},
                      {"journal", status.journal},
                      {"objects", status.objects},
                      {"transfer",
                       {{"done", status.transfer_done},
                        {"total", status.transfer_total},
                        {"done_bytes", status.transfer_done_bytes},
                        {"total_bytes", status.transfer_total_bytes}}}};
  if (status.trouble)
    json["trouble"] = {{"code", name_of(status.trouble->code)},
                       {"message", status.trouble->message}};
  json["schema_differences"] = nlohmann::json::array();
  for (const SchemaDifference& one : status.schema_differences)
    json["schema_differences"].push_back({{"type", one.type},
                                          {"field", one.field},
                                          {"kind", name_of(one.kind)},
                                          {"declared", one.declared},
                                          {"authority", one.authority},
                                          {"remedy", one.remedy},
                                          {"usable", one.usable}});
  return json;
}

std::string to_text(const NodeStatus& status, const std::string& hash) {
  std::string text = fmt::format(
      "node      {}  {}\nuser      {}\ncursor    {} of {}\nobjects   {}\npending   {} ({} "
      "bytes)\njournal   {}\nstate     {}",
      to_string(status.node), name_of(status.state), status.user.empty() ? "-" : status.user,
      status.cursor.value, status.head.value, status.objects, status.pending, status.pending_bytes,
      status.journal, hash);
  if (status.transfer_total > 0)
    text +=
        fmt::format("\ntransfer  {} of {} objects, {} of {} bytes", status.transfer_done,
                    status.transfer_total, status.transfer_done_bytes, status.transfer_total_bytes);
  if (status.trouble) text += fmt::format("\ntrouble   {}", status.trouble->message);
  for (const SchemaDifference& one : status.schema_differences)
    text += fmt::format("\ndiffers   {}", to_text(one));
  return text;
}

std::string_view name_of(IndexKind kind) {
  return kind == IndexKind::text ? "text" : kind == IndexKind::geo ? "geo" : "values";
}

nlohmann::json to_json(const IndexStatus& one) {
  return {{"type", one.index.type}, {"fields", one.index.fields}, {"kind", name_of(one.index.kind)},
          {"ready", one.ready},     {"objects", one.objects},     {"in_schema", one.in_schema},
          {"in_code", one.in_code}};
}

std::string to_text(const IndexStatus& one) {
  std::string fields;
  for (const std::string& field : one.index.fields) fields += (fields.empty() ? "" : ", ") + field;
  return fmt::format("\nindex     {}({}{}){}", one.index.type,
                     one.index.kind == IndexKind::text  ? "words of "
                     : one.index.kind == IndexKind::geo ? "place of "
                                                        : "",
                     fields,
                     one.ready ? "" : fmt::format(", being built: {} objects so far", one.objects));
}

nlohmann::json to_json(const Rejection& rejection) {
  nlohmann::json json{{"name", to_string(rejection.name)},
                      {"seq", rejection.seq.value},
                      {"operations", nlohmann::json::array()}};
  for (const Rejection::Operation& operation : rejection.operations) {
    nlohmann::json one{
        {"op", operation.kind},
        {"type", operation.type},
        {"id", nlohmann::json::parse(print_extended_json(operation.id, JsonForm::relaxed), nullptr,
                                     false)},
        {"path", operation.path},
        {"outcome", operation.outcome.refused ? "refused" : "superseded"},
        {"reason", operation.outcome.reason},
        {"text", operation.outcome.text}};
    if (operation.value)
      one["value"] = nlohmann::json::parse(print_extended_json(*operation.value, JsonForm::relaxed),
                                           nullptr, false);
    json["operations"].push_back(std::move(one));
  }
  return json;
}

std::string to_text(const Rejection& rejection) {
  std::string text = fmt::format("{}  entry {}", to_string(rejection.name), rejection.seq.value);
  for (const Rejection::Operation& operation : rejection.operations) {
    text += fmt::format("\n  {} {}/{}{}{}", operation.kind, operation.type,
                        print_extended_json(operation.id, JsonForm::relaxed),
                        operation.path.empty() ? "" : " ", operation.path);
    if (operation.value) text += " = " + print_extended_json(*operation.value, JsonForm::relaxed);
    text +=
        operation.outcome.refused
            ? fmt::format("\n    refused ({}): {}", operation.outcome.reason,
                          operation.outcome.text)
            : fmt::format("\n    superseded by entry {}", operation.outcome.superseded_by.value);
  }
  return text;
}

std::string_view state_of(const SubscriptionSet& set, const SubscriptionStatus& one) {
  if (!one.error.empty()) return name_of(SubscriptionState::error);
  return name_of(one.complete ? SubscriptionState::complete : set.state);
}

int64_t ms_of(const Date& date) { return date.seconds * 1000 + date.nanoseconds / 1'000'000; }

nlohmann::json to_json(const SubscriptionSet& set, const SubscriptionStatus& one) {
  nlohmann::json json{{"id", one.id},
                      {"name", one.name},
                      {"type", one.type},
                      {"query", one.query},
                      {"state", state_of(set, one)},
                      {"version", set.version},
                      {"created_ms", ms_of(one.created_at)},
                      {"updated_ms", ms_of(one.updated_at)}};
  if (!one.error.empty()) json["error"] = one.error;
  return json;
}

std::string to_text(const SubscriptionSet& set, const SubscriptionStatus& one) {
  return fmt::format("{:<24} {:<20} {:<16} {}", one.name.empty() ? one.id : one.name, one.type,
                     one.query, state_of(set, one));
}

class NodeHandler : public Handler {
 public:
  explicit NodeHandler(Node* node) : node_(node), port_(make_data_port(node)) {}

  Result<int> handle(const Request& request, const Output& output) override {
    if (auto answer = handle_data(port_.get(), request, output)) return *answer;
    const std::string command = text_in(request, "command");
    if (command == "status") return status(request, output);
    if (command == "subscribe") return subscribe(request, output);
    if (command == "unsubscribe") return unsubscribe(request, output);
    if (command == "subscriptions") return subscriptions(request, output);
    if (command == "pause") return done(node_->pause());
    if (command == "resume") return done(node_->resume());
    if (command == "wait") return wait(request);
    if (command == "watch") return watch(node_, request, output);
    if (command == "rejections") return rejections(request, output);
    return fail(ErrorCode::kUsage,
                fmt::format("{} is a command for an authority's store; this is a node's", command));
  }

 private:
  static Result<int> done(const Status& status) {
    if (!status) return std::unexpected(status.error());
    return 0;
  }

  Result<int> tell(const Request& request, const Output& output, Result<Receipt> receipt) {
    if (!receipt) return std::unexpected(receipt.error());
    SYNCLINE_ASSIGN(ReceiptStatus status, receipt->status());
    if (flag_in(request, "wait")) {
      SYNCLINE_ASSIGN(status, receipt->wait(ReceiptState::committed, kWaitDefault));
    }
    return tell_receipt(status, flag_in(request, "json"), output);
  }

  Result<int> status(const Request& request, const Output& output) {
    do {
      const NodeStatus status = node_->status();
      const std::string hash = node_->state_hash().value_or("-");
      SYNCLINE_ASSIGN(const std::vector<IndexStatus> indexes, node_->indexes());
      if (flag_in(request, "json")) {
        nlohmann::json json = to_json(status);
        json["state_hash"] = hash;
        json["indexes"] = nlohmann::json::array();
        for (const IndexStatus& one : indexes) json["indexes"].push_back(to_json(one));
        if (!output.line(json.dump())) return 0;
      } else {
        std::string text = to_text(status, hash);
        for (const IndexStatus& one : indexes) text += to_text(one);
        if (!output.line(text)) return 0;
      }
    } while (flag_in(request, "watch") && wait_to_watch(output));
    return 0;
  }

  Result<int> subscribe(const Request& request, const Output& output) {
    SYNCLINE_TRY(check_query_given(request));
    SYNCLINE_TRY(port_->schema());  // without one no type is known, and that is why
    SubscribeOptions options;
    options.name = text_in(request, "name");
    SYNCLINE_ASSIGN(options.arguments, arguments_in(request));
    SYNCLINE_ASSIGN(const SubscriptionSet before, node_->subscriptions());
    SYNCLINE_ASSIGN(const SubscriptionSet set,
                    node_->subscribe(text_in(request, "type"), text_in(request, "query"), options));
    return tell_set(request, output, before, set);
  }

  Result<int> unsubscribe(const Request& request, const Output& output) {
    SYNCLINE_ASSIGN(const SubscriptionSet before, node_->subscriptions());
    SYNCLINE_ASSIGN(const SubscriptionSet set, node_->unsubscribe(text_in(request, "name")));
    return tell_set(request, output, before, set);
  }

  // The receipt of its changeset. Who waits wants what it covers to be here, and all that has been
  // committed until then.
  Result<int> tell_set(const Request& request, const Output& output, const SubscriptionSet& before,
                       const SubscriptionSet& set) {
    const bool wait = flag_in(request, "wait");
    if (wait)
      SYNCLINE_TRY(node_->wait_for_subscriptions(set, SubscriptionState::complete, kWaitDefault));
    std::optional<ReceiptStatus> status;
    if (set.version != before.version) {
      SYNCLINE_ASSIGN(const Receipt receipt, node_->receipt(set.changeset));
      SYNCLINE_ASSIGN(status, receipt.status());
    }
    Result<int> exit = tell_receipt(status, flag_in(request, "json"), output);
    if (!exit || *exit != 0 || !wait) return exit;
    return done(node_->wait_for_download(kWaitDefault));
  }

  Result<int> subscriptions(const Request& request, const Output& output) {
    SYNCLINE_ASSIGN(const SubscriptionSet set, node_->subscriptions());
    const bool json = flag_in(request, "json");
    if (!json)
      output.line(fmt::format("set {}: {}{}{}", set.version, name_of(set.state),
                              set.error.empty() ? "" : ": ", set.error));
    for (const SubscriptionStatus& one : set.list)
      output.line(json ? to_json(set, one).dump() : to_text(set, one));
    return 0;
  }

  Result<int> wait(const Request& request) {
    const auto given = request.find("timeout_s");
    const double seconds = given != request.end() && given->is_number()
                               ? given->get<double>()
                               : static_cast<double>(kWaitDefault.count());
    if (!(seconds >= 0 && seconds <= kWaitSecondsMax))
      return fail(ErrorCode::kUsage, fmt::format("--timeout takes seconds from 0 to {}",
                                                 static_cast<int64_t>(kWaitSecondsMax)));
    const auto timeout = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
    const std::string what = text_in(request, "for");
    if (what == "upload") return done(node_->wait_for_upload(timeout));
    if (what == "download") return done(node_->wait_for_download(timeout));
    if (what == "decided") return done(node_->wait_for_decided(timeout));
    return fail(ErrorCode::kUsage, "wait for upload, download or decided");
  }

  Result<int> rejections(const Request& request, const Output& output) {
    const std::string action = text_in(request, "action");
    SYNCLINE_ASSIGN(std::vector<Rejection> all, node_->rejections());
    if (action == "list") {
      for (const Rejection& rejection : all)
        output.line(flag_in(request, "json") ? to_json(rejection).dump() : to_text(rejection));
      return 0;
    }
    SYNCLINE_ASSIGN(ChangesetName name, parse_changeset_name(text_in(request, "name")));
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const Rejection& one) { return one.name == name; });
    if (found == all.end())
      return fail(ErrorCode::kNotFound,
                  fmt::format("the journal has no {}: `syncline rejections list` shows what it has",
                              to_string(name)));
    if (action == "show") {
      output.line(flag_in(request, "json") ? to_json(*found).dump() : to_text(*found));
      return 0;
    }
    if (action == "retry") return tell(request, output, node_->retry(name));
    return done(node_->discard(name));
  }

  Node* node_;
  std::unique_ptr<DataPort> port_;
};

}  // namespace

std::unique_ptr<Handler> make_node_handler(Node* node) {
  return std::make_unique<NodeHandler>(node);
}

}  // namespace syncline
