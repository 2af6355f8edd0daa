// Comparison keys back: as text for people who read plans, and as the keys of objects that an _id
// with them has. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "proto/bytes.h"
#include "proto/ids.h"

namespace syncline::query {

// As a literal of the language where there is one; long texts are cut. Never fails.
std::string key_text(BytesView comparison_key);
// The object whose _id has that key; nothing if no _id can.
std::optional<ObjectKey> object_of_key(BytesView comparison_key);

}  // namespace syncline::query
