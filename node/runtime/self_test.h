// Shows that a CURVE server turns strangers away, before it is opened to the world.
#pragma once

#include <chrono>
#include <string>

#include "node/runtime/keys.h"

namespace syncline {

// Knocks at `endpoint` with a key drawn at random. OK only if the server said no; kInternal if it
// let the key in, or gave no answer in time. Blocks; makes a context of its own.
Status check_rejects_strangers(const std::string& endpoint, const LinkKey& server_key,
                               std::chrono::milliseconds time_max);

}  // namespace syncline
