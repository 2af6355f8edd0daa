// Indexes: what a node keeps in order beside its objects, so that a query need not look at each.
//
//   NodeOptions options;
//   options.indexes = {{"Task", {"owner_id", "due"}},
//                      {"Note", {"body"}, IndexKind::text},
//                      {"Store", {"position"}, IndexKind::geo}};
//
// An index is of one node's store and of what that node shows, its own undecided writes included.
// It changes how fast a query is and never what it finds: Results::explain() says which was used.
// It is built while the node works; until it is ready, queries do without.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace syncline {

enum class IndexKind : uint8_t {
  values,  // equality, IN, ranges, BEGINSWITH, and SORT with LIMIT; of collections the elements
  text,    // the words of a text, for TEXT
  geo,     // GeoJSON points, for geoWithin
};

struct Index {
  std::string type;
  // "due", "address.city"; an index of several has them in this order, and serves queries that ask
  // for the first of them by equality and for the next by a range or an order.
  std::vector<std::string> fields;
  IndexKind kind = IndexKind::values;
  bool operator==(const Index&) const = default;
};

// An index of a node's store, and how it stands.
struct IndexStatus {
  Index index;
  bool ready = false;
  uint64_t objects = 0;    // looked at while it is built; then how many there are, about
  bool in_schema = false;  // the app declares it
  bool in_code = false;    // NodeOptions::indexes did, at this open or before
};

// What a query cost, and how it was answered.
struct Explanation {
  std::string query;      // canonical
  std::string plan;       // "scan", "index Task(owner_id, due): owner_id == 'u7', due > 3"
  uint64_t examined = 0;  // objects read
  uint64_t matched = 0;
  uint64_t returned = 0;  // after DISTINCT and LIMIT
  double ms = 0;
};

}  // namespace syncline
