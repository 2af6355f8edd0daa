// From what was seen to a schema: one type of App Services, with a row for each field and what has
// to be told.
//
//   EmbeddedNames names({"Order", "Customer"});
//   SampledType order = infer_type("Order", "orders", &orders, &names);
//   suggest_links({&order, &customer}, {&orders, &customers}, "mongodb-atlas/shop");
//
// How types join, what is required, and when documents are dictionaries: docs/cli.md.
// Pure; one thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "node/sampling/sampler.h"

namespace syncline::sampling {

// Keeps the order that files should have: title, type, required, properties.
using SchemaJson = nlohmann::ordered_json;

struct SampleMessage {
  bool warning = true;  // else it is for information
  std::string code;     // stable: "conflicting_types", "only_empty", ...
  std::string path;     // of the field; empty: the type as a whole
  std::string text;
  std::string remedy;
};

struct KindCount {
  std::string kind;
  uint64_t count = 0;
  std::vector<std::string> examples;
};

struct FieldRow {
  std::string path;  // "address.city", "items.[].sku", "prices.[]"
  std::string type;  // for people: "array of string", "mixed"
  uint64_t seen = 0;
  uint64_t missing = 0;  // of the documents it could stand in
  uint64_t null = 0;
  uint64_t conflicting = 0;  // of another type than most
  bool required = false;
  std::vector<KindCount> kinds;  // what was seen; the examples name documents
  std::string link;              // the title of the type it links to
  LinkProbe::Resolved resolved;
};

// A field that might link.
struct LinkCandidate {
  size_t row;
  std::string field;  // its name
  std::string path;   // as relationships name it: without the last "[]"
  std::string type;   // the bsonType of one value
  bool list = false;
  const LinkProbe* probe = nullptr;  // the sampler's
  SchemaJson::json_pointer parent;   // the object schema it stands in, which may require it
};

struct SampledType {
  std::string title;
  std::string collection;
  uint64_t documents = 0;
  uint64_t sampled = 0;
  SchemaJson schema;
  SchemaJson relationships = SchemaJson::object();
  std::vector<FieldRow> rows;
  std::vector<SampleMessage> messages;
  std::vector<LinkCandidate> candidates;
};

// Names of embedded types, each once in the app.
class EmbeddedNames {
 public:
  explicit EmbeddedNames(std::set<std::string> taken) : taken_(std::move(taken)) {}
  std::string name_for(std::string_view parent, std::string_view field);

 private:
  std::set<std::string> taken_;
};

// Once for each sampler.
SampledType infer_type(std::string title, std::string collection, Sampler* sampler,
                       EmbeddedNames* names);

// Fields of which more than kResolvedMin of the values are _ids of one type become links to it; if
// several types could be meant, that which the field is called after. `samplers`: of the types, in
// their order. `place`: the data source and database, as "mongodb-atlas/shop".
void suggest_links(const std::vector<SampledType*>& types,
                   const std::vector<const Sampler*>& samplers, const std::string& place);

}  // namespace syncline::sampling
