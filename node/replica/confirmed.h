// The confirmed side of one object: what an ObjectDelta makes of it. Pure; any thread.
#pragma once

#include <optional>

#include "proto/messages.h"

namespace syncline {

// Any bytes from anywhere. kMalformed: no delta, or a row that is not the named object's.
struct CheckedDelta {
  ObjectDelta delta;
  std::optional<Row> entered;  // enter: the row
};
Result<CheckedDelta> check_object_delta(BytesView bytes);
// One that was decoded.
Result<CheckedDelta> check_object_delta(ObjectDelta delta);

// kMalformed: an update of what is not held, or effects that find no place.
Status apply_object_delta(CheckedDelta delta, std::optional<Row>* row);

}  // namespace syncline
