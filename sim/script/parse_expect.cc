// Expectations of a scenario's script.
#include <fmt/format.h>

#include "sim/script/limits.h"
#include "sim/script/measures.h"
#include "sim/script/parse_steps.h"

namespace syncline::sim {
namespace {

using Parsed = Result<Action>;

// A number, or {"at_least": L, "at_most": M}.
Bounds parse_bounds(ObjectReader* read, const char* key) {
  const Value* value = read->value(key);
  if (value->is_integer()) return {value->as_integer(), value->as_integer()};
  ObjectReader inner(*value, read->at(key), "a number, or its bounds,");
  Bounds bounds;
  bounds.at_least = inner.integer("at_least", 0, INT64_MAX, 0);
  bounds.at_most = inner.integer("at_most", 0, INT64_MAX, INT64_MAX);
  read->take(inner.done());
  return bounds;
}

std::optional<Bounds> parse_optional_bounds(ObjectReader* read, const char* key) {
  return read->has(key) ? std::optional(parse_bounds(read, key)) : std::nullopt;
}

// The objects of whole types: {"Fridge": [{...}, ...], ...}.
void parse_types(ObjectReader* read, step::ExpectObjects* objects) {
  const Value* value = read->value("objects");
  const Document* types = value->get_if<Document>();
  if (types == nullptr) return read->wrong("objects", "{TYPE: [OBJECT, ...], ...}");
  ObjectReader each(*value, read->at("objects"), "the expected objects");
  for (const DocumentField& type : types->fields) {
    std::vector<Document> documents;
    each.each(type.name.c_str(), script::kExpectedMax,
              [&](const Value& one, const std::string& at) -> Status {
                const Document* document = one.get_if<Document>();
                if (document == nullptr || document->find("_id") == nullptr)
                  return fail(ErrorCode::kBadData, at + ": expected an object with its _id");
                documents.push_back(*document);
                return {};
              });
    objects->types.emplace_back(type.name, std::move(documents));
  }
  read->take(each.done());
}

Parsed parse_expect_objects(ObjectReader* read) {
  step::ExpectObjects expect;
  expect.place = name_at(read, "node");
  expect.confirmed = read->boolean("confirmed", false);
  expect.named = read->word("fields", {"all", "named"}, "all") == "named";
  expect.unresolved_as_null =
      read->word("unresolved_links", {"as_they_are", "as_null"}, "as_they_are") == "as_null";
  parse_types(read, &expect);
  SYNCLINE_TRY(read->done());
  return expect;
}

Parsed parse_expect_object(ObjectReader* read) {
  step::ExpectObject expect;
  expect.place = name_at(read, "node");
  expect.confirmed = read->boolean("confirmed", false);
  ObjectReader object(*read->value("object"), read->at("object"), "the object");
  expect.type = name_at(&object, "type");
  if (const Value* id = object.value("id")) expect.id = *id;
  SYNCLINE_TRY(object.done());
  if (const Value* is = read->value("is");
      is == nullptr || (!is->is_null() && !is->is<Document>())) {
    read->wrong("is", "the object, or null if it must be absent");
  } else if (!is->is_null()) {
    expect.is = is->get<Document>();
    if (expect.is->find("_id") == nullptr) expect.is->set("_id", expect.id);
  }
  SYNCLINE_TRY(read->done());
  return expect;
}

Parsed parse_expect_counts(ObjectReader* read) {
  step::ExpectCounts expect;
  expect.place = name_at(read, "node");
  const Value* value = read->value("counts");
  ObjectReader counts(*value, read->at("counts"), "the counts");
  if (const Document* types = value->get_if<Document>())
    for (const DocumentField& type : types->fields) {
      counts.has(type.name);
      expect.types.emplace_back(type.name, parse_bounds(&counts, type.name.c_str()));
    }
  read->take(counts.done());
  SYNCLINE_TRY(read->done());
  return expect;
}

Result<step::ExpectedOutcome> parse_outcome(const Value& value, const std::string& pointer) {
  step::ExpectedOutcome outcome;
  ObjectReader read(value, pointer, "an outcome");
  outcome.operation = static_cast<size_t>(read.integer("operation", 0, script::kOperationsMax));
  outcome.verdict = read.word("verdict", {"applied", "superseded", "refused"}, "");
  outcome.reason = read.text("reason", "");
  outcome.text_has = read.text("text_has", "");
  SYNCLINE_TRY(read.done());
  return outcome;
}

Parsed parse_expect_commit(ObjectReader* read) {
  step::ExpectCommit expect;
  expect.label = name_at(read, "commit");
  expect.state =
      read->word("state", {"queued", "durable", "committed", "superseded", "refused"}, "");
  read->each("operations", script::kExpectedMax,
             [&](const Value& value, const std::string& at) -> Status {
               SYNCLINE_ASSIGN(step::ExpectedOutcome outcome, parse_outcome(value, at));
               expect.outcomes.push_back(std::move(outcome));
               return {};
             });
  SYNCLINE_TRY(read->done());
  return expect;
}

Parsed parse_expect_traffic(ObjectReader* read) {
  step::ExpectTraffic expect;
  expect.node = read->text("node", "");
  ObjectReader traffic(*read->value("traffic"), read->at("traffic"), "the traffic");
  expect.messages_up = parse_optional_bounds(&traffic, "messages_up");
  expect.messages_down = parse_optional_bounds(&traffic, "messages_down");
  expect.bytes_up = parse_optional_bounds(&traffic, "bytes_up");
  expect.bytes_down = parse_optional_bounds(&traffic, "bytes_down");
  SYNCLINE_TRY(traffic.done());
  SYNCLINE_TRY(read->done());
  return expect;
}

Parsed parse_expect_measures(ObjectReader* read) {
  step::ExpectMeasures expect;
  const Value* value = read->value("measures");
  ObjectReader measures(*value, read->at("measures"), "the measures");
  std::string all;
  for (const Measure& measure : measure_table()) {
    all += (all.empty() ? "" : ", ") + std::string(measure.name);
    if (measures.has(measure.name))
      expect.measures.emplace_back(measure.name, parse_bounds(&measures, measure.name));
  }
  if (expect.measures.empty()) read->wrong("measures", "some of " + all);
  SYNCLINE_TRY(measures.done());
  SYNCLINE_TRY(read->done());
  return expect;
}

Parsed parse_expect_status(ObjectReader* read) {
  step::ExpectStatus expect;
  expect.node = name_at(read, "node");
  expect.pending = parse_optional_bounds(read, "pending");
  expect.journal = parse_optional_bounds(read, "journal");
  expect.sync =
      read->word("sync", {"offline", "connecting", "catching_up", "live", "paused", "stopped"}, "");
  if (!expect.pending && !expect.journal && expect.sync.empty())
    read->wrong("node",
                "something of it beside: objects, object and is, counts, pending, journal, sync or "
                "traffic");
  SYNCLINE_TRY(read->done());
  return expect;
}

}  // namespace

Result<Action> parse_expect(const Value& value, const std::string& pointer) {
  ObjectReader read(value, pointer, "an expectation");
  const Document* document = value.get_if<Document>();
  const auto says = [&](const char* key) {
    return document != nullptr && document->find(key) != nullptr;
  };
  if (says("commit")) return parse_expect_commit(&read);
  if (says("objects")) return parse_expect_objects(&read);
  if (says("object")) return parse_expect_object(&read);
  if (says("counts")) return parse_expect_counts(&read);
  if (says("traffic")) return parse_expect_traffic(&read);
  if (says("measures")) return parse_expect_measures(&read);
  return parse_expect_status(&read);
}

}  // namespace syncline::sim
