#include "tests/foreign/query_case.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/query/bind.h"
#include "node/query/parse.h"
#include "node/query/run.h"
#include "proto/extended_json.h"
#include "tests/foreign/case_schema.h"

namespace syncline::foreign {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kBadData, std::move(message));
}

Result<Dataset> read_dataset(const Document& in) {
  Dataset out;
  const Value* schema = in.find("schema");
  const Value* objects = in.find("objects");
  if (schema == nullptr || objects == nullptr || !objects->is<Document>())
    return bad("no schema or objects");
  SYNCLINE_ASSIGN(out.schema, plain_schema(Document{{"types", *schema}}));
  out.objects = std::make_unique<LooseObjects>(*out.schema.schema);
  for (const DocumentField& table : objects->get<Document>().fields) {
    if (!table.value.is<List>()) return bad(table.name + ": expected a list");
    std::string text;
    for (const Value& object : table.value.get<List>().elements) {
      const Value* key = object.is<Document>() ? object.get<Document>().find("_key") : nullptr;
      if (key == nullptr || !key->is_integer()) return bad(table.name + ": an object without _key");
      out.keys[table.name].push_back(key->as_integer());
      text += print_extended_json(object, JsonForm::exact) + "\n";
    }
    SYNCLINE_TRY(out.objects->add(table.name, text));
  }
  SYNCLINE_TRY(out.objects->link());
  return out;
}

struct Answer {
  std::vector<int64_t> keys;
  std::string text;  // canonical
};

Result<Answer> ask(const QueryCase& test, Dataset& dataset, const std::string& query,
                   bool with_arguments) {
  const TypeDef* type = dataset.schema.schema->type(std::string_view(test.table));
  if (type == nullptr) return bad("no table " + test.table);
  query::Bindings bindings;
  bindings.floats = dataset.schema.floats;
  if (with_arguments)
    for (const Value& argument : test.arguments.elements) {
      SYNCLINE_ASSIGN(Value value, dataset.objects->argument(argument));
      bindings.arguments.push_back(std::move(value));
    }
  SYNCLINE_ASSIGN(auto bound, query::bind(query, dataset.schema.schema, type->number, bindings));
  Answer out{{}, bound->text};
  query::Run run(bound, *dataset.objects);
  std::map<const Row*, int64_t> keys;
  const std::vector<LooseObject>& objects = dataset.objects->of(type->number);
  for (size_t i = 0; i < objects.size(); ++i) {
    keys[objects[i].row.get()] = dataset.keys[test.table][i];
    run.take(objects[i].row);
  }
  for (const auto& row : run.finish()) out.keys.push_back(keys.at(row.get()));
  return out;
}

}  // namespace

Result<std::map<std::string, Dataset>> read_datasets(const Document& results) {
  std::map<std::string, Dataset> out;
  const Value* datasets = results.find("datasets");
  if (datasets == nullptr || !datasets->is<Document>()) return bad("no datasets");
  for (const DocumentField& field : datasets->get<Document>().fields) {
    if (!field.value.is<Document>()) return bad("a dataset is no object");
    Result<Dataset> dataset = read_dataset(field.value.get<Document>());
    if (!dataset) return std::unexpected(dataset.error().within("dataset " + field.name));
    out.emplace(field.name, std::move(*dataset));
  }
  return out;
}

Result<std::vector<QueryCase>> read_query_cases(const Document& results) {
  std::vector<QueryCase> out;
  const Value* cases = results.find("cases");
  if (cases == nullptr || !cases->is<List>()) return bad("no cases");
  for (const Value& value : cases->get<List>().elements) {
    if (!value.is<Document>()) return bad("a case is no object");
    const Document& in = value.get<Document>();
    QueryCase test;
    const Value* id = in.find("id");
    const Value* dataset = in.find("dataset");
    test.dataset = dataset != nullptr && dataset->is_integer()
                       ? std::to_string(dataset->as_integer())
                       : text_of(in, "dataset");
    test.table = text_of(in, "table");
    test.query = text_of(in, "query");
    test.name = fmt::format("{} ({}: {})", id != nullptr && id->is_integer() ? id->as_integer() : 0,
                            test.table, test.query);
    if (const Value* arguments = in.find("args"); arguments != nullptr && arguments->is<List>())
      test.arguments = arguments->get<List>();
    test.error = in.find("expect_error") != nullptr;
    if (const Value* keys = in.find("expect_keys"); keys != nullptr && keys->is<List>())
      for (const Value& key : keys->get<List>().elements)
        test.keys.push_back(key.is_integer() ? key.as_integer() : -1);
    const Value* ordered = in.find("ordered");
    test.ordered = ordered != nullptr && *ordered == Value(true);
    out.push_back(std::move(test));
  }
  return out;
}

std::string difference(const QueryCase& test, Dataset& dataset) {
  Result<Answer> answer = ask(test, dataset, test.query, true);
  if (test.error) return answer ? "an error is expected" : "";
  if (!answer) return answer.error().message;
  std::vector<int64_t> wanted = test.keys;
  std::vector<int64_t> found = answer->keys;
  if (!test.ordered) {
    std::sort(wanted.begin(), wanted.end());
    std::sort(found.begin(), found.end());
  }
  if (found != wanted)
    return fmt::format("found [{}], expected [{}]", fmt::join(found, ", "),
                       fmt::join(wanted, ", "));
  // The canonical text asks the same, without arguments.
  Result<Answer> again = ask(test, dataset, answer->text, false);
  if (!again) return fmt::format("its canonical text {}: {}", answer->text, again.error().message);
  if (again->keys != answer->keys || again->text != answer->text)
    return fmt::format("its canonical text {} means {}", answer->text, again->text);
  return "";
}

std::string parse_difference(const std::string& text, bool valid) {
  const Result<query::Query> parsed = query::parse(text);
  if (parsed && !valid) return "it is taken, and must be refused";
  if (!parsed && valid) return parsed.error().message;
  return "";
}

}  // namespace syncline::foreign
