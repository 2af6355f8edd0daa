#include "node/query/subscribable.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/limits.h"

namespace syncline::query {
namespace {

bool follows_in(const BoundPath& path) {
  return std::any_of(path.steps.begin(), path.steps.end(), [](const Step& step) {
    return step.kind == Step::Kind::follow || step.kind == Step::Kind::backlinks;
  });
}

std::optional<std::string> object_to_window(const BoundQuery& query) {
  for (const Stage& stage : query.stages) {
    if (stage.kind == Suffix::Kind::distinct)
      return "DISTINCT is not for subscriptions: subscribe to all, and say it in the query on what "
             "is here";
    if (stage.kind == Suffix::Kind::limit && stage.limit > limits::kWindowObjectsMax)
      return fmt::format("LIMIT({}) in a subscription; at most {} are kept up to date", stage.limit,
                         limits::kWindowObjectsMax);
    for (const Stage::Key& key : stage.keys)
      if (follows_in(key.path))
        return "SORT in a subscription goes by the object's own fields, not by those of linked "
               "objects";
  }
  return std::nullopt;
}

std::optional<std::string> object_to_reads(const BoundQuery& query) {
  for (const Follows& follows : query.reads.follows) {
    if (follows.kind == Follows::Kind::backlink)
      return "backlinks (@links) are not for subscriptions: subscribe to the objects that link";
    if (follows.depth > 1)
      return "a subscription may follow one link, not a link of a link: keep what it asks for in "
             "the linked object";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> object_to_subscribing(const BoundQuery& query) {
  if (auto why = object_to_reads(query)) return why;
  return object_to_window(query);
}

}  // namespace syncline::query
