#include "node/access/refusal_text.h"

#include <fmt/format.h>

#include "proto/extended_json.h"

namespace syncline {

std::string text_of_outside_view(std::string_view type, const Value& id) {
  return fmt::format(
      "write to {} {} not allowed; object is outside of the current query view: subscribe to it "
      "before writing it",
      type, print_extended_json(id, JsonForm::relaxed));
}

std::string text_of_no_subscription(std::string_view type) {
  return fmt::format("write to {} not allowed: this node has no subscription to {}", type, type);
}

}  // namespace syncline
