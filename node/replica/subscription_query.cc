#include "node/replica/subscription_query.h"

#include <fmt/format.h>

namespace syncline {
namespace {

// As App Services has it.
constexpr size_t kQueryBytesMax = 256u << 10;

}  // namespace

Result<std::string> subscription_query(const Schema&, const TypeDef& type, std::string_view query,
                                       const std::vector<Value>& arguments) {
  if (query.size() > kQueryBytesMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("a subscription's query has {} bytes; at most {} are allowed",
                            query.size(), kQueryBytesMax));
  if (!arguments.empty() || (!query.empty() && query != kEverything))
    return fail(ErrorCode::kNotSupported,
                fmt::format("subscriptions to whole types only are supported yet: subscribe to {} "
                            "without a query",
                            type.name));
  return std::string(kEverything);
}

}  // namespace syncline
