// Foreign query cases: datasets, and queries with the objects that they found there; texts that the
// predecessor's parser takes or refuses. README.md tells how they are read.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/cli/loose_files.h"
#include "node/cli/loose_schema.h"

namespace syncline::foreign {

struct QueryCase {
  std::string name;  // its id, and what it asks
  std::string dataset;
  std::string table;
  std::string query;
  List arguments;
  bool error = false;  // an error is expected
  std::vector<int64_t> keys;
  bool ordered = false;
};

struct Dataset {
  LooseSchema schema;
  std::unique_ptr<LooseObjects> objects;
  std::map<std::string, std::vector<int64_t>> keys;  // by table: _key of each line
};

// Both read results.json. kBadData.
Result<std::map<std::string, Dataset>> read_datasets(const Document& results);
Result<std::vector<QueryCase>> read_query_cases(const Document& results);

// What differs from what the case expects; empty: nothing.
std::string difference(const QueryCase& test, Dataset& dataset);
// The same for one text of valid.json or invalid.json.
std::string parse_difference(const std::string& query, bool valid);

}  // namespace syncline::foreign
