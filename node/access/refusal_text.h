// Texts of refusals that are no role's: where the subscriptions of a node decide.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace syncline {

// The object is not among what the node's subscriptions ask for and its user may read. `title`: its
// type and _id, as query::title_of() gives it.
std::string text_of_outside_view(std::string_view title);
// The node has no subscription to the type.
std::string text_of_no_subscription(std::string_view type);

}  // namespace syncline
