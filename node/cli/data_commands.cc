#include "node/cli/data_commands.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "node/cli/import_documents.h"
#include "node/cli/query_command.h"
#include "node/model/documents.h"
#include "node/replica/links.h"
#include "node/replica/state_hash.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

constexpr auto kDecisionWait = std::chrono::seconds(30);

struct ObjectArgument {
  const TypeDef* type;
  Value id;
  ObjectName name;
};

// "TYPE/ID".
Result<ObjectArgument> object_argument(const DataPort& port, const Schema& schema,
                                       const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos)
    return fail(ErrorCode::kUsage, fmt::format("{}: expected TYPE/ID", text));
  SYNCLINE_ASSIGN(const TypeDef* type, port.type_of(schema, text.substr(0, slash)));
  SYNCLINE_ASSIGN(Value id, parse_id(*type, text.substr(slash + 1)));
  SYNCLINE_ASSIGN(ObjectKey key, object_key(id));
  return ObjectArgument{type, std::move(id), {type->number, std::move(key)}};
}

WaitFor wait_in(const Request& request) {
  const std::string wait = text_in(request, "wait");
  return wait == "queued"    ? WaitFor::queued
         : wait == "decided" ? WaitFor::decided
                             : WaitFor::durable;
}

class DataCommands {
 public:
  DataCommands(DataPort* port, const Request& request, const Output& output)
      : port_(port), request_(request), output_(output) {}

  std::optional<Result<int>> handle() {
    const std::string command = text_in(request_, "command");
    if (command == "put") return put();
    if (command == "get") return get();
    if (command == "rm") return remove();
    if (command == "ls") return list();
    if (command == "apply") return apply();
    if (command == "query") return query_store(port_, request_, output_);
    if (command == "export") return export_objects();
    if (command == "import") return import_documents(port_, request_, output_);
    if (command == "hash") return hash();
    return std::nullopt;
  }

 private:
  bool json() const { return flag_in(request_, "json"); }

  Result<int> write(std::vector<UserOperation> operations) {
    SYNCLINE_ASSIGN(std::optional<ReceiptStatus> status,
                    port_->write(operations, flag_in(request_, "all_or_nothing"), wait_in(request_),
                                 kDecisionWait));
    return tell_receipt(status, json(), output_, operations.size());
  }

  Result<int> put() {
    SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port_->schema());
    SYNCLINE_ASSIGN(const TypeDef* type, port_->type_of(*schema, text_in(request_, "type")));
    SYNCLINE_ASSIGN(Value value, parse_extended_json(text_in(request_, "value")));
    const Document* document = value.get_if<Document>();
    if (document == nullptr || document->find("_id") == nullptr)
      return fail(ErrorCode::kBadData,
                  "expected an object with an _id, such as {\"_id\": \"f7\", ...}");
    return write({{"put", type->name, *document->find("_id"), {}, value, {}}});
  }

  Result<int> get() {
    SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port_->schema());
    SYNCLINE_ASSIGN(ObjectArgument object,
                    object_argument(*port_, *schema, text_in(request_, "object")));
    SYNCLINE_TRY(port_->can_read(*object.type));
    SYNCLINE_ASSIGN(std::optional<Row> row, port_->get(object.name));
    if (!row)
      return fail(ErrorCode::kNotFound, fmt::format("there is no {}", text_in(request_, "object")));
    if (flag_in(request_, "links")) return links(*schema, *object.type, *row);
    output_.line(document_line(*schema, object.type->number, *row, flag_in(request_, "canonical")));
    return 0;
  }

  // What the object links to, and whether that is in this store.
  Result<int> links(const Schema& schema, const TypeDef& type, const Row& row) {
    for (const FoundLink& link :
         links_of(schema, type, document_of_object(schema, type.number, row))) {
      const char* state = "null";
      if (!link.id.is<Null>()) {
        SYNCLINE_ASSIGN(ObjectKey key, object_key(link.id));
        SYNCLINE_ASSIGN(std::optional<Row> target, port_->get({link.type, std::move(key)}));
        state = target ? "resolved" : "unresolved";
      }
      output_.line(print_extended_json(Value(Document{{"path", link.path},
                                                      {"type", schema.type(link.type)->name},
                                                      {"id", link.id},
                                                      {"state", state}}),
                                       JsonForm::relaxed));
    }
    return 0;
  }

  Result<int> remove() {
    SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port_->schema());
    SYNCLINE_ASSIGN(ObjectArgument object,
                    object_argument(*port_, *schema, text_in(request_, "object")));
    SYNCLINE_ASSIGN(std::optional<Row> row, port_->get(object.name));
    // Where it cannot be read it cannot be removed either, and writing tells more.
    if (!row && port_->can_read(*object.type))
      return fail(ErrorCode::kNotFound, fmt::format("there is no {}", text_in(request_, "object")));
    return write({{"delete", object.type->name, object.id, {}, std::nullopt, {}}});
  }

  Result<int> list() {
    SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port_->schema());
    const std::string wanted = text_in(request_, "type");
    if (wanted.empty()) {
      for (const TypeDef& type : schema->types) {
        if (type.embedded || is_system(type.number) || !port_->can_read(type)) continue;
        uint64_t count = 0;
        SYNCLINE_TRY(port_->each(type.number, false, [&](const Row&) { return ++count, true; }));
        output_.line(json() ? nlohmann::json{{"type", type.name}, {"objects", count}}.dump()
                            : fmt::format("{:<24} {:>10}", type.name, count));
      }
      return 0;
    }
    SYNCLINE_ASSIGN(const TypeDef* type, port_->readable_type_of(*schema, wanted));
    SYNCLINE_TRY(port_->each(type->number, false, [&](const Row& row) {
      return output_.line(print_extended_json(row.id, JsonForm::relaxed));
    }));
    return 0;
  }

  Result<int> apply() {
    SYNCLINE_ASSIGN(Value value, parse_extended_json(text_in(request_, "text")));
    SYNCLINE_ASSIGN(std::vector<UserOperation> operations, parse_operations(value));
    SYNCLINE_ASSIGN(const std::shared_ptr<const Schema> schema, port_->schema());
    for (UserOperation& operation : operations)
      if (const TypeDef* type = schema->type(std::string_view(operation.type)))
        SYNCLINE_TRY(read_id(*type, &operation));
    return write(std::move(operations));
  }

  Result<int> export_objects() {
    SYNCLINE_ASSIGN(std::shared_ptr<const Schema> schema, port_->schema());
    const std::string wanted = text_in(request_, "type");
    const bool confirmed = flag_in(request_, "confirmed");
    std::vector<const TypeDef*> types;
    if (!wanted.empty()) {
      SYNCLINE_ASSIGN(const TypeDef* type, port_->readable_type_of(*schema, wanted));
      types.push_back(type);
    } else {
      for (const TypeDef& type : schema->types)
        if (!type.embedded && !is_system(type.number)) types.push_back(&type);
      std::sort(types.begin(), types.end(),
                [](const TypeDef* a, const TypeDef* b) { return a->name < b->name; });
    }
    for (const TypeDef* type : types) {
      SYNCLINE_TRY(port_->each(type->number, confirmed, [&](const Row& row) {
        return output_.line(
            confirmed ? state_line(*schema, type->number, row)
                      : document_line(*schema, type->number, row, !flag_in(request_, "relaxed")));
      }));
    }
    return 0;
  }

  Result<int> hash() {
    SYNCLINE_ASSIGN(std::string hash, hash_of_objects(*port_, text_in(request_, "type")));
    output_.line(hash);
    return 0;
  }

  DataPort* port_;
  const Request& request_;
  const Output& output_;
};

}  // namespace

std::optional<Result<int>> handle_data(DataPort* port, const Request& request,
                                       const Output& output) {
  return DataCommands(port, request, output).handle();
}

std::string text_in(const Request& request, const char* key) {
  auto it = request.find(key);
  return it != request.end() && it->is_string() ? it->get<std::string>() : std::string();
}

bool wait_to_watch(const Output& output) {
  std::this_thread::sleep_for(std::chrono::seconds(1));
  return output.open();
}

bool flag_in(const Request& request, const char* key) {
  auto it = request.find(key);
  return it != request.end() && it->is_boolean() && it->get<bool>();
}

std::string document_line(const Schema& schema, TypeNumber type, const Row& row, bool canonical) {
  return print_extended_json(Value(document_of_object(schema, type, row)),
                             canonical ? JsonForm::canonical : JsonForm::relaxed);
}

nlohmann::json to_json(const ReceiptStatus& status) {
  nlohmann::json json{{"name", to_string(status.name)},
                      {"state", name_of(status.state)},
                      {"seq", status.seq.value},
                      {"outcomes", nlohmann::json::array()}};
  for (const OperationOutcome& outcome : status.outcomes) {
    nlohmann::json one{{"operation", outcome.operation},
                       {"outcome", outcome.refused ? "refused" : "superseded"}};
    if (outcome.refused) one["reason"] = outcome.reason, one["text"] = outcome.text;
    if (!outcome.refused) one["superseded_by"] = outcome.superseded_by.value;
    json["outcomes"].push_back(std::move(one));
  }
  return json;
}

namespace {

// Once decided, every operation has an outcome: what was neither refused nor superseded stands.
void add_applied(const ReceiptStatus& status, size_t operations, nlohmann::json* outcomes) {
  if (status.state != ReceiptState::committed) return;
  std::vector<bool> told(operations);
  for (const OperationOutcome& outcome : status.outcomes)
    if (outcome.operation < operations) told[outcome.operation] = true;
  for (size_t i = 0; i < operations; ++i)
    if (!told[i]) outcomes->push_back({{"operation", i}, {"outcome", "applied"}});
  std::stable_sort(outcomes->begin(), outcomes->end(),
                   [](const nlohmann::json& a, const nlohmann::json& b) {
                     return a["operation"].get<uint64_t>() < b["operation"].get<uint64_t>();
                   });
}

}  // namespace

Result<int> tell_receipt(const std::optional<ReceiptStatus>& status, bool json,
                         const Output& output, size_t operations) {
  if (!status) {
    const nlohmann::json unchanged{{"name", nullptr},
                                   {"state", "unchanged"},
                                   {"seq", 0},
                                   {"outcomes", nlohmann::json::array()}};
    output.line(json ? unchanged.dump() : "unchanged: all of it is so already");
    return 0;
  }
  if (json) {
    nlohmann::json receipt = to_json(*status);
    add_applied(*status, operations, &receipt["outcomes"]);
    output.line(receipt.dump());
  } else {
    output.line(to_text(*status));
  }
  return status->state == ReceiptState::refused ? 1 : 0;
}

std::string to_text(const ReceiptStatus& status) {
  std::string text = fmt::format("{} {}", to_string(status.name), name_of(status.state));
  for (const OperationOutcome& outcome : status.outcomes)
    text += outcome.refused ? fmt::format("\n  operation {} refused ({}): {}", outcome.operation,
                                          outcome.reason, outcome.text)
                            : fmt::format("\n  operation {} superseded by entry {}",
                                          outcome.operation, outcome.superseded_by.value);
  return text;
}

}  // namespace syncline
