// `syncline query` in its three forms: on a store, on loose files, and of the text alone.
#pragma once

#include <string>
#include <vector>

#include "node/cli/data_port.h"
#include "node/cli/handler.h"

namespace syncline {

struct QueryOptions {
  std::string type;
  std::string text;                    // empty: all objects
  std::vector<std::string> arguments;  // Extended JSON, $0 first
  bool count = false;
  bool keys = false;
  bool explain = false;
  bool json = false;
  // On loose files.
  std::string schema;
  std::vector<std::string> data;  // "TYPE=FILE"
};

// $0, $1, ... of a query, from Extended JSON: as --arg gave them; of a request. kBadQuery.
Result<std::vector<Value>> arguments_of(const std::vector<std::string>& texts);
Result<std::vector<Value>> arguments_in(const Request& request);
// kBadQuery: one is given, and empty. A script's unset variable should not mean everything.
Status check_query_given(const Request& request);

// Whether the text is a query: exit 0, or kBadQuery with the column and what was expected.
Result<int> parse_query(const std::string& text, bool json, const Output& output);
Result<int> query_files(const QueryOptions& options, const Output& output);
// The request's keys: type, query, arguments, count, keys, explain.
Result<int> query_store(DataPort* port, const Request& request, const Output& output);

}  // namespace syncline
