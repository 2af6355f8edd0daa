#include "node/query/parse.h"

#include <fmt/format.h>

#include "node/query/actions.h"
#include "node/query/expectations.h"
#include "node/query/fault.h"

namespace syncline::query {
namespace {

// Lazy: only offsets are asked for, never lines.
using Input = pegtl::memory_input<pegtl::tracking_mode::lazy, pegtl::eol::lf, std::string_view>;

// Runs the grammar from `Rule` on; `take` gets the builder when all of it has matched.
template <class Rule, class Take>
auto run(std::string_view text, const Take& take)
    -> Result<decltype(take(std::declval<Builder&>()))> {
  if (text.size() > kQueryBytesMax)
    return bad_query(
        fmt::format("a query of {} bytes; at most {} are read. Pass long values as arguments",
                    text.size(), kQueryBytesMax));
  if (!is_utf8(text)) return bad_query("a query is UTF-8 text; this one has bytes that are not");
  Builder builder(text);
  try {
    Input input(text, "query");
    if (!pegtl::parse<Rule, Action, Control>(input, builder)) return bad_query("not a query");
    return take(builder);
  } catch (const SyntaxFault& fault) {
    return bad_query(fmt::format("column {}: expected {}, found {}", builder.column(fault.offset),
                                 fault.expected, builder.found(fault.offset)));
  } catch (const pegtl::parse_error& error) {
    // The only error that is PEGTL's own: limit_depth.
    const size_t at = error.positions().front().byte;
    return bad_query(
        fmt::format("column {}: nested deeper than {} levels", builder.column(at), kQueryDepthMax));
  }
}

}  // namespace

Result<Query> parse(std::string_view text) {
  return run<g::query>(text, [](Builder& builder) { return builder.finish(); });
}

Result<Path> parse_path(std::string_view text) {
  return run<g::lone_path>(text, [](Builder& builder) { return std::move(builder.path); });
}

Result<Region> parse_region(std::string_view text) {
  return run<g::lone_region>(text, [](Builder& builder) { return std::move(builder.region); });
}

bool is_plain_name(std::string_view name) {
  Input input(name, "name");
  return !name.contains('\\') && pegtl::parse<g::lone_name>(input);
}

}  // namespace syncline::query
