// How this folder refuses. Pure; any thread.
#pragma once

#include <string>
#include <utility>

#include "syncline/result.h"

namespace syncline::query {

inline std::unexpected<Error> bad_query(std::string message) {
  return fail(ErrorCode::kBadQuery, std::move(message));
}

}  // namespace syncline::query
