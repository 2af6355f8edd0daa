// Lattice: how the kinds of values that were seen at one place join to the one type that it is
// declared with. Pure; any thread.
#pragma once

#include <string>

#include "node/sampling/place.h"

namespace syncline::sampling {

struct JoinedType {
  enum class Why {
    agrees,       // all values are of the type
    no_values,    // none, or null only: mixed
    no_name,      // a type that schemas have no name for: mixed
    references,   // DBRefs: mixed
    conflicting,  // several: mixed
    inexact,      // integers and doubles, but no double holds the integers: mixed
  };
  std::string bson_type;
  Why why = Why::agrees;
  uint64_t conflicting = 0;  // values of another type than most
};

// int and long are long; int, long and double are double if a double holds every integer; null
// counts for nothing; every other mixture is mixed.
JoinedType join(const Place& place);

}  // namespace syncline::sampling
