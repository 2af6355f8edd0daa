// GeoJSON points in objects: what geoWithin looks at, and what an index of places keeps. Pure; any
// thread.
#pragma once

#include <optional>

#include "node/query/geo.h"
#include "proto/object.h"
#include "proto/schema.h"

namespace syncline::query {

// The place that an embedded object of the type is: its string `type` is "Point", its list
// `coordinates` begins with two numbers, and it lies on the globe. fields: null is none.
std::optional<GeoPoint> geo_point_of(const Schema& schema, TypeNumber type, const Scope* fields);

}  // namespace syncline::query
