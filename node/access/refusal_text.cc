#include "node/access/refusal_text.h"

#include <fmt/format.h>

namespace syncline {

std::string text_of_outside_view(std::string_view title) {
  return fmt::format(
      "write to {} not allowed; object is outside of the current query view: subscribe to what it "
      "is about first, or let the authority take such writes (its setting "
      "writes_outside_subscriptions)",
      title);
}

std::string text_of_no_subscription(std::string_view type) {
  return fmt::format("write to {} not allowed: this node has no subscription to {}", type, type);
}

}  // namespace syncline
