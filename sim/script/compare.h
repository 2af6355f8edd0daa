// Differences between the objects that a scenario expects and those that are there, in words: a
// line for each object and field.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proto/schema.h"
#include "sim/script/places.h"

namespace syncline::sim {

struct Comparison {
  const Schema* schema = nullptr;
  // Only fields that the expected object names count; null, and an empty collection where the
  // schema has one, are as absent.
  bool named = false;
  // Is the object that a link names there? Links to others are then read as null (in a list or set:
  // as not there). Unset: links are as they are.
  std::function<bool(TypeNumber, const Value& id)> resolves;
};

// Of one type, whole. kBadData: an expected object that the type cannot hold.
Result<std::vector<std::string>> differences(const Comparison& how, const std::string& type,
                                             const std::vector<Document>& expected,
                                             const Documents& got);
// Of one object.
Result<std::vector<std::string>> difference(const Comparison& how, const std::string& type,
                                            const Document& expected, const Document& got);

}  // namespace syncline::sim
