#include "node/cli/rules_explain.h"
#include "node/cli/cli.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/access/explanation.h"
#include "node/access/pointer.h"
#include "node/cli/commands.h"
#include "node/model/documents.h"
#include "node/replica/user_operation.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

// A write that is asked about.
struct AskedWrite {
  std::string field;
  bool allowed = false;
  std::string text;
};

// Sets what the dotted path leads to, through documents.
void set_at(Document* document, std::string_view path, Value value) {
  for (;;) {
    const size_t dot = std::min(path.find('.'), path.size());
    const std::string name(path.substr(0, dot));
    if (dot == path.size()) return document->set(name, std::move(value));
    path.remove_prefix(dot + 1);
    Value* inside = document->find(name);
    if (inside == nullptr || !inside->is<Document>()) {
      document->set(name, Document());
      inside = document->find(name);
    }
    document = &inside->get<Document>();
  }
}

Result<AskedWrite> ask_write(const ExplainQuestion& question, const Access& access,
                             const std::string& asked) {
  const size_t equal = asked.find('=');
  if (equal == std::string::npos || equal == 0)
    return fail(ErrorCode::kUsage, fmt::format("--write {}: expected FIELD=JSON", asked));
  AskedWrite out;
  out.field = asked.substr(0, equal);
  Result<Value> value = parse_extended_json(asked.substr(equal + 1));
  if (!value) return std::unexpected(value.error().within("--write " + out.field));
  // Both images are made in one way, so that they differ in the write alone.
  const Schema& schema = question.app->schema;
  const TypeNumber type = question.type->number;
  Document document = document_of_object(schema, type, question.row);
  const ChangesetName name{NodeId{1}, Epoch{1}, 1};
  SYNCLINE_ASSIGN(const ObjectDocument before, object_of_document(schema, type, document, name));
  const std::string top = out.field.substr(0, out.field.find('.'));
  const FieldDef* field = question.type->field(std::string_view(top));
  const Step step = field == nullptr ? Step(top) : Step(field->number);
  Scope after;
  if (out.field == "_id") {  // an object's _id is no field of it here
    after = before.fields;
    after.put(step, Item(std::move(*value)));
  } else {
    set_at(&document, out.field, std::move(*value));
    SYNCLINE_ASSIGN(ObjectDocument changed, object_of_document(schema, type, document, name));
    after = std::move(changed.fields);
  }
  const std::vector<Refusal> refusals =
      access.judge(schema, type, before.id, &before.fields, &after, {step});
  out.allowed = refusals.empty();
  if (!out.allowed) out.text = refusals.front().text;
  return out;
}

bool sees(const TypeAccess& access, const Row& row) {
  return access.read &&
         (access.read_when == nullptr || access.read_when->holds(row.id, row.fields));
}

std::vector<std::string> visible_fields(const ExplainQuestion& question, const TypeAccess& access) {
  Row shown = question.row;
  shown.fields = project(access.readable.of(shown.id, shown.fields), shown.fields);
  const Document document = document_of_object(question.app->schema, question.type->number, shown);
  std::vector<std::string> out;
  for (const DocumentField& field : document.fields) out.push_back(field.name);
  return out;
}

nlohmann::json json_of(const std::vector<RoleAnswer>& roles,
                       const std::vector<ClauseAnswer>& clauses, const std::string& file) {
  nlohmann::json out{{"roles", nlohmann::json::array()}, {"clauses", nlohmann::json::array()}};
  for (const RoleAnswer& role : roles)
    out["roles"].push_back({{"name", role.name},
                            {"applies", role.applies},
                            {"place", place_of(role.file, role.pointer)},
                            {"why", role.why}});
  for (const ClauseAnswer& clause : clauses)
    out["clauses"].push_back({{"clause", clause.clause},
                              {"holds", clause.holds},
                              {"place", place_of(file, clause.pointer)},
                              {"why", clause.why}});
  return out;
}

void tell_text(const ExplainQuestion& question, const TypeAccess& access,
               const std::vector<RoleAnswer>& roles, const std::vector<ClauseAnswer>& clauses,
               const std::vector<AskedWrite>& writes, const Output& output) {
  const bool read = sees(access, question.row);
  for (const RoleAnswer& role : roles)
    output.line(fmt::format("role      {} {}: {} ({})", role.name,
                            role.applies ? "applies" : "does not apply", role.why,
                            place_of(role.file, role.pointer)));
  if (!access.why_none.empty()) output.line("          " + access.why_none);
  output.line(fmt::format("read      {}: {} {} {}", read ? "yes" : "no", question.user.id,
                          read ? "reads" : "does not read", question.object));
  for (const ClauseAnswer& clause : clauses)
    if (clause.clause.starts_with("document_filters"))
      output.line(fmt::format("          {} {}: {} ({})", clause.clause,
                              clause.holds ? "holds" : "does not hold", clause.why,
                              place_of(access.file, clause.pointer)));
  if (read)
    output.line(fmt::format("fields    {}", fmt::join(visible_fields(question, access), ", ")));
  for (const AskedWrite& write : writes)
    output.line(
        fmt::format("write     {}: {}{}", write.field, write.allowed ? "yes" : "no: ", write.text));
}

}  // namespace

Result<int> tell_explanation(const ExplainQuestion& question, const Output& output) {
  const Access all = question.policy->access_of(question.user);
  const TypeAccess& access = all.of(question.type->number);
  const std::vector<RoleAnswer> roles =
      question.policy->explain_role(question.user, question.type->number);
  const std::vector<ClauseAnswer> clauses = question.policy->explain_clauses(
      question.user, question.type->number, question.row.id, question.row.fields);
  std::vector<AskedWrite> writes;
  for (const std::string& asked : question.writes) {
    SYNCLINE_ASSIGN(AskedWrite write, ask_write(question, all, asked));
    writes.push_back(std::move(write));
  }
  const bool read = sees(access, question.row);
  const bool yes = read && std::ranges::all_of(writes, &AskedWrite::allowed);
  if (!question.json) {
    tell_text(question, access, roles, clauses, writes, output);
    return yes ? 0 : 1;
  }
  nlohmann::json json = json_of(roles, clauses, access.file);
  json["user"] = question.user.id;
  json["object"] = question.object;
  json["role"] = access.role.empty() ? nlohmann::json() : nlohmann::json(access.role);
  json["read"] = read;
  if (!access.why_none.empty()) json["why"] = access.why_none;
  json["visible_fields"] =
      read ? nlohmann::json(visible_fields(question, access)) : nlohmann::json::array();
  json["writes"] = nlohmann::json::array();
  for (const AskedWrite& write : writes)
    json["writes"].push_back(
        {{"field", write.field}, {"allowed", write.allowed}, {"text", write.text}});
  output.line(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return yes ? 0 : 1;
}

namespace {

Result<Document> document_option(const char* name, const std::string& text) {
  if (text.empty()) return Document();
  Result<Value> value = parse_extended_json(text);
  if (!value) return std::unexpected(value.error().within(name));
  if (Document* document = value->get_if<Document>()) return std::move(*document);
  return fail(ErrorCode::kBadData, fmt::format("{} must be a JSON object", name));
}

// The documents of the given files, by the name of their type.
class LooseDocuments {
 public:
  explicit LooseDocuments(const App& app) : app_(app) {}

  Status add(const std::string& data) {
    const size_t equal = data.find('=');
    if (equal == std::string::npos)
      return fail(ErrorCode::kUsage, fmt::format("--data {}: expected TYPE=FILE", data));
    const std::string name = data.substr(0, equal);
    const TypeDef* type = app_.schema.type(std::string_view(name));
    if (type == nullptr || type->embedded || is_system(type->number))
      return fail(ErrorCode::kNotFound, fmt::format("--data: the app has no type {}", name));
    SYNCLINE_ASSIGN(const std::string text, read_input(data.substr(equal + 1)));
    std::istringstream in(text);
    size_t number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      Result<Value> value = parse_extended_json(line);
      if (!value)
        return std::unexpected(value.error().within(fmt::format("{} line {}", name, number)));
      if (!value->is<Document>())
        return fail(ErrorCode::kBadData,
                    fmt::format("{} line {}: expected a document", name, number));
      documents_[type->number].push_back(std::move(value->get<Document>()));
    }
    return {};
  }

  Result<Row> find(const TypeDef& type, const Value& id) const {
    SYNCLINE_ASSIGN(const ObjectKey wanted, object_key(id));
    const auto found = documents_.find(type.number);
    if (found != documents_.end())
      for (const Document& document : found->second) {
        const Value* own = document.find("_id");
        const Result<ObjectKey> key =
            own == nullptr ? fail(ErrorCode::kBadData, "no _id") : object_key(*own);
        if (!key || *key != wanted) continue;
        SYNCLINE_ASSIGN(
            ObjectDocument object,
            object_of_document(app_.schema, type.number, document, {NodeId{1}, Epoch{1}, 1}));
        return Row{std::move(object.id), {}, {}, std::move(object.fields)};
      }
    return fail(ErrorCode::kNotFound,
                fmt::format("the files have no {}/{}: --data {}=FILE gives its objects", type.name,
                            print_extended_json(id, JsonForm::relaxed), type.name));
  }

  // Of the collection that holds it; empty: it has none of the user.
  Document custom_data(const std::string& user) const {
    const CustomUserData& custom = app_.custom_user_data;
    for (const TypeDef& type : app_.schema.types) {
      if (!custom.enabled || type.collection != custom.collection || type.embedded) continue;
      const auto found = documents_.find(type.number);
      if (found == documents_.end()) continue;
      for (const Document& document : found->second) {
        const Value* id = document.find(custom.user_id_field);
        if (id != nullptr && *id == Value(user)) return document;
      }
    }
    return {};
  }

 private:
  const App& app_;
  std::map<TypeNumber, std::vector<Document>> documents_;
};

}  // namespace

Result<int> explain_files(const ExplainOptions& options, const Output& output) {
  SYNCLINE_ASSIGN(const AppFiles files, read_one_app(options.app));
  SYNCLINE_ASSIGN(const auto deployed,
                  compile_app(files, nullptr, RolesWithoutFilters::deny, rule_functions()));
  LooseDocuments documents(*deployed->app);
  for (const std::string& data : options.data) SYNCLINE_TRY(documents.add(data));
  ExplainQuestion question;
  question.app = deployed->app.get();
  question.policy = deployed->policy.get();
  question.user.id = options.user;
  SYNCLINE_ASSIGN(question.user.data, document_option("--user-data", options.user_data));
  SYNCLINE_ASSIGN(question.user.custom_data, document_option("--custom-data", options.custom_data));
  if (options.custom_data.empty()) question.user.custom_data = documents.custom_data(options.user);
  question.object = options.object;
  const size_t slash = options.object.find('/');
  if (slash == std::string::npos) return fail(ErrorCode::kUsage, "--object takes TYPE/ID");
  const std::string name = options.object.substr(0, slash);
  question.type = deployed->schema().type(std::string_view(name));
  if (question.type == nullptr || question.type->embedded || is_system(question.type->number))
    return fail(ErrorCode::kNotFound, fmt::format("the app has no type {}", name));
  SYNCLINE_ASSIGN(const Value id, parse_id(*question.type, options.object.substr(slash + 1)));
  SYNCLINE_ASSIGN(question.row, documents.find(*question.type, id));
  question.writes = options.writes;
  question.json = options.json;
  return tell_explanation(question, output);
}

}  // namespace syncline
