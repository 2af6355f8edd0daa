#include "node/replica/advice.h"

#include <set>

#include "node/replica/draft.h"

namespace syncline {

using Advice = Advisor::Advice;

Result<Advice> advise(Draft draft, const Advisor& advisor) {
  const std::unique_ptr<Draft::Impl> impl = std::move(draft).take();
  Advice all{Advice::Answer::yes, {}};
  bool any = false;
  for (const DraftObject& object : impl->objects) {
    if (object.group.operations.empty() || is_system(object.group.object.type)) continue;
    any = true;
    std::set<Step> touched;
    std::vector<const Operation*> operations;
    for (const Operation& operation : object.group.operations) {
      if (!operation.path.empty()) touched.insert(operation.path.front());
      operations.push_back(&operation);
    }
    Advice one = advisor.judge(*impl->schema, object.group.object.type, object.group.id,
                               object.before ? &object.before->fields : nullptr,
                               object.image ? &object.image->fields : nullptr,
                               {touched.begin(), touched.end()}, written_places(operations));
    if (one.answer == Advice::Answer::no) return one;
    if (one.answer != Advice::Answer::yes) all = std::move(one);
  }
  if (!any) return fail(ErrorCode::kUsage, "the transaction would change nothing");
  return all;
}

}  // namespace syncline
