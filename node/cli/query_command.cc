#include "node/cli/query_command.h"

#include <chrono>

#include <fmt/format.h>

#include "node/cli/commands.h"
#include "node/cli/data_commands.h"
#include "node/cli/loose_files.h"
#include "node/query/backlink_table.h"
#include "node/query/bind.h"
#include "node/query/parse.h"
#include "node/query/run.h"
#include "proto/codec.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using Clock = std::chrono::steady_clock;

// The objects of a store. What cannot be read ends the query: error() has it.
class PortSource : public query::ObjectSource {
 public:
  explicit PortSource(const DataPort& port) : port_(port) {}

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override {
    Result<std::optional<Row>> row = port_.get({type, key});
    if (!row) status_ = std::unexpected(row.error());
    return row && *row ? std::make_shared<const Row>(std::move(**row)) : nullptr;
  }

  void visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber, const ObjectKey& key,
                       Visit visit) override {
    const auto each = [&](TypeNumber type, Visit visit_one) {
      Status read = port_.each(
          type, false, [&](const Row& row) { return visit_one(std::make_shared<const Row>(row)); });
      if (!read) status_ = read;
    };
    backlinks_.visit(origin, field, key, each, visit);
  }

  const Status& status() const { return status_; }

 private:
  const DataPort& port_;
  query::BacklinkTable backlinks_;
  Status status_;
};

std::string text_or_all(const std::string& text) { return text.empty() ? "TRUEPREDICATE" : text; }

// What is told of a query that was run, and of its result.
class Telling {
 public:
  Telling(const QueryOptions& options, const Output& output) : options_(options), output_(output) {}

  template <class Line>
  Result<int> tell(const query::BoundQuery& query, query::Run& run, const SearchCost& cost,
                   const Line& line) {
    const std::vector<std::shared_ptr<const Row>> rows = run.finish();
    if (options_.explain) {
      explain(query, cost, rows.size());
    } else if (options_.count) {
      output_.line(options_.json ? nlohmann::json{{"count", rows.size()}}.dump()
                                 : std::to_string(rows.size()));
    } else {
      for (const auto& row : rows)
        if (!output_.line(options_.keys ? print_extended_json(row->id, JsonForm::relaxed)
                                        : line(*row)))
          break;
    }
    return 0;
  }

 private:
  void explain(const query::BoundQuery& query, const SearchCost& cost, size_t returned) {
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - started_).count();
    if (options_.json) {
      output_.line(nlohmann::json{
          {"query", query.text},
          {"plan", cost.plan},
          {"examined", cost.examined},
          {"matched", cost.matched},
          {"returned", returned},
          {"time_ms",
           ms}}.dump());
      return;
    }
    output_.line(
        fmt::format("query     {}\nplan      {}\nexamined  {}\nmatched   {}\nreturned  {}\ntime    "
                    "  {:.3f} ms",
                    query.text, cost.plan, cost.examined, cost.matched, returned, ms));
  }

  const QueryOptions& options_;
  const Output& output_;
  Clock::time_point started_ = Clock::now();
};

}  // namespace

Result<std::vector<Value>> arguments_of(const std::vector<std::string>& texts) {
  std::vector<Value> out;
  for (const std::string& text : texts) {
    Result<Value> value = parse_extended_json(text);
    if (!value)
      return fail(ErrorCode::kBadQuery, fmt::format("--arg {}: ${} is not Extended JSON: {}", text,
                                                    out.size(), value.error().message));
    out.push_back(std::move(*value));
  }
  return out;
}

Result<std::vector<Value>> arguments_in(const Request& request) {
  std::vector<std::string> texts;
  for (const auto& argument : request.value("arguments", nlohmann::json::array()))
    if (argument.is_string()) texts.push_back(argument.get<std::string>());
  return arguments_of(texts);
}

namespace {

std::unexpected<Error> empty_query() {
  return fail(ErrorCode::kBadQuery,
              "the query is empty; leave it out for all objects, or write TRUEPREDICATE");
}

}  // namespace

Status check_query_given(const Request& request) {
  if (request.contains("query") && text_in(request, "query").empty()) return empty_query();
  return {};
}

Result<int> parse_query(const std::string& text, bool json, const Output& output) {
  const Result<query::Query> parsed = query::parse(text);
  if (!parsed) return std::unexpected(parsed.error());
  if (json) output.line(nlohmann::json{{"valid", true}}.dump());
  return 0;
}

Result<int> query_files(const QueryOptions& options, const Output& output) {
  SYNCLINE_ASSIGN(const LooseSchema schema, read_loose_schema(options.schema));
  const TypeDef* type = schema.schema->type(std::string_view(options.type));
  if (type == nullptr || type->embedded)
    return fail(ErrorCode::kBadQuery, fmt::format("{} has no type {} with objects of its own",
                                                  options.schema, options.type));
  LooseObjects objects(*schema.schema);
  for (const std::string& data : options.data) {
    const size_t equal = data.find('=');
    if (equal == std::string::npos)
      return fail(ErrorCode::kUsage, fmt::format("--data {}: expected TYPE=FILE", data));
    SYNCLINE_ASSIGN(const std::string text, read_input(data.substr(equal + 1)));
    SYNCLINE_TRY(objects.add(data.substr(0, equal), text));
  }
  SYNCLINE_TRY(objects.link());
  query::Bindings bindings;
  bindings.floats = schema.floats;
  SYNCLINE_ASSIGN(const std::vector<Value> arguments, arguments_of(options.arguments));
  for (const Value& given : arguments) {
    SYNCLINE_ASSIGN(Value argument, objects.argument(given));
    bindings.arguments.push_back(std::move(argument));
  }
  Telling telling(options, output);
  SYNCLINE_ASSIGN(const auto bound,
                  query::bind(text_or_all(options.text), schema.schema, type->number, bindings));
  query::Run run(bound, objects);
  std::map<const Row*, const std::string*> lines;
  for (const LooseObject& object : objects.of(type->number)) {
    lines[object.row.get()] = &object.line;
    if (!run.take(object.row)) break;
  }
  const SearchCost cost{"scan", run.examined(), run.matched()};
  return telling.tell(*bound, run, cost, [&](const Row& row) { return *lines.at(&row); });
}

Result<int> query_store(DataPort* port, const Request& request, const Output& output) {
  QueryOptions options;
  options.type = text_in(request, "type");
  options.count = flag_in(request, "count");
  options.keys = flag_in(request, "keys");
  options.explain = flag_in(request, "explain");
  options.json = flag_in(request, "json");
  SYNCLINE_ASSIGN(const std::shared_ptr<const Schema> schema, port->schema());
  SYNCLINE_TRY(check_query_given(request));
  const Result<const TypeDef*> known = port->type_of(*schema, options.type);
  if (!known) return fail(ErrorCode::kBadQuery, known.error().message);
  const TypeDef* type = *known;
  SYNCLINE_TRY(port->can_read(*type));
  query::Bindings bindings;
  SYNCLINE_ASSIGN(bindings.arguments, arguments_in(request));
  Telling telling(options, output);
  SYNCLINE_ASSIGN(const auto bound, query::bind(text_or_all(text_in(request, "query")), schema,
                                                type->number, bindings));
  PortSource source(*port);
  query::Run run(bound, source);
  // What is shown is decoded whole; else what the query reads is enough.
  const bool shown = !options.count && !options.keys && !options.explain;
  SearchCost cost;
  Status decoded;
  SYNCLINE_TRY(port->matching(
      *bound, source,
      [&](const FoundObject& found) {
        Result<Row> row = shown ? decode_row(found.stored) : Result<Row>(found.read);
        if (!row) decoded = std::unexpected(row.error());
        return row && source.status() &&
               run.take_matching(std::make_shared<const Row>(std::move(*row)));
      },
      &cost));
  SYNCLINE_TRY(decoded);
  SYNCLINE_TRY(source.status());
  return telling.tell(*bound, run, cost, [&](const Row& row) {
    return document_line(*schema, type->number, row, false);
  });
}

}  // namespace syncline
