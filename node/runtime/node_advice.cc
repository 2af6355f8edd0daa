// Node: what the authority would say.
#include <fmt/format.h>

#include "node/replica/advice.h"
#include "node/replica/draft.h"
#include "node/replica/place.h"
#include "node/runtime/node_impl.h"
#include "node/runtime/node_inside.h"

namespace syncline {
namespace {

Advice advice_of(Advisor::Advice advice) {
  using From = Advisor::Advice::Answer;
  Advice out;
  out.answer = advice.answer == From::yes  ? Advice::Answer::yes
               : advice.answer == From::no ? Advice::Answer::no
                                           : Advice::Answer::authority_decides;
  out.reason = std::move(advice.reason);
  return out;
}

}  // namespace

Result<Advice> Node::can(const std::function<Status(Transaction&)>& body) const {
  SYNCLINE_TRY(impl_->not_in_write("can()"));
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  std::lock_guard lock(impl_->machine_mutex);
  SYNCLINE_TRY(impl_->go_on());
  Transaction::Impl inside = impl_->begin();
  Transaction transaction = NodeInside::transaction(&inside);
  {
    const WritingHere here(&impl_->writing);
    if (Status done = body(transaction); !done) {
      // Of a type that nothing is subscribed to.
      if (done.error().code != ErrorCode::kRefused) return std::unexpected(done.error());
      return Advice{Advice::Answer::no, done.error().message};
    }
  }
  const std::shared_ptr<const Advisor> advisor = impl_->driver->machine().advisor();
  if (advisor == nullptr) return Advice();
  SYNCLINE_ASSIGN(Advisor::Advice advice, advise(std::move(inside.draft), *advisor));
  return advice_of(std::move(advice));
}

Result<Advice> Node::can_write(std::string_view type, const Value& id, const UserPath& path) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(const TypeNumber number, impl_->readable_type(type));
  const NodeSeen seen = impl_->seen();
  SYNCLINE_ASSIGN(ObjectKey key, object_key(id));
  SYNCLINE_ASSIGN(std::optional<Row> row, read_object(*impl_->store, {number, std::move(key)}));
  if (!row) return fail(ErrorCode::kNotFound, fmt::format("there is no such {} here", type));
  SYNCLINE_ASSIGN(const Place place,
                  find_place(*seen.schema, *seen.schema->type(number), row->fields, path));
  if (seen.advisor == nullptr) return Advice();
  return advice_of(
      seen.advisor->judge_place(*seen.schema, number, row->id, row->fields, place.path));
}

Result<std::string> Node::role(std::string_view type) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(const TypeNumber number, impl_->type_number(type));
  const std::shared_ptr<const Advisor> advisor = impl_->seen().advisor;
  return advisor == nullptr ? std::string() : advisor->role(number);
}

}  // namespace syncline
