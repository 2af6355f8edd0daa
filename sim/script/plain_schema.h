// Plain schemas: the short form of a scenario's types (README.md), turned into an app in the App
// Services layout with one role that may do everything.
#pragma once

#include "node/model/app_load.h"
#include "syncline/value.h"

namespace syncline::sim {

// `types`: the list, at `pointer` in the file. kBadData: naming the pointer and what is allowed.
Result<AppFiles> app_of_plain_types(const Value& types, const std::string& pointer);

}  // namespace syncline::sim
