#include "node/replica/subscription_query.h"

#include <fmt/format.h>

#include "node/query/bind.h"
#include "node/query/parse.h"
#include "node/query/subscribable.h"

namespace syncline {
namespace {

Status check_length(size_t bytes) {
  if (bytes <= query::kQueryBytesMax) return {};
  return fail(ErrorCode::kBadQuery,
              fmt::format("a subscription's query has {} bytes; at most {} are allowed", bytes,
                          query::kQueryBytesMax));
}

}  // namespace

Result<std::string> subscription_query(const Schema& schema, const TypeDef& type,
                                       std::string_view query,
                                       const std::vector<Value>& arguments) {
  SYNCLINE_TRY(check_length(query.size()));
  query::Bindings bindings;
  bindings.arguments = arguments;
  // Not owned: what is bound lives no longer than this call.
  const std::shared_ptr<const Schema> borrowed(std::shared_ptr<const Schema>(), &schema);
  SYNCLINE_ASSIGN(
      const std::shared_ptr<const query::BoundQuery> bound,
      query::bind(query.empty() ? kEverything : query, borrowed, type.number, bindings));
  SYNCLINE_TRY(check_length(bound->text.size()));
  // What travels is this text: an argument that has none, such as a list in a list, is of no use.
  if (const auto again = query::bind(bound->text, borrowed, type.number); !again)
    return fail(ErrorCode::kBadQuery,
                "an argument cannot be written as a literal of the language, "
                "and a subscription is kept as text: " +
                    again.error().message);
  if (auto why = query::object_to_subscribing(*bound))
    return fail(ErrorCode::kBadQuery, std::move(*why));
  return bound->text;
}

}  // namespace syncline
