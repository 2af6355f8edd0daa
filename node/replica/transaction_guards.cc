// Draft: what a transaction expects of the state that it is written on.
#include <fmt/format.h>

#include "node/query/guards.h"
#include "node/replica/draft.h"
#include "node/replica/guard_check.h"
#include "node/replica/place.h"
#include "node/replica/reading.h"
#include "node/replica/shown.h"
#include "node/replica/transaction.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// An object can be expected to be something if a node can hold it.
Result<const TypeDef*> type_to_expect(const Draft::Impl& draft, TypeNumber number) {
  SYNCLINE_ASSIGN(const TypeDef* type, draft.writable_type(number));
  if (is_system(number) || draft.inserts_only(*type))
    return fail(ErrorCode::kUsage,
                fmt::format("nothing can be expected of {}: it is {}", type->name,
                            type->asymmetric ? "asymmetric, so that nodes only insert its objects"
                                             : "the system's own"));
  return type;
}

Status check(const Draft::Impl& draft, const Guard& guard, const std::optional<Row>& before) {
  const Row* shown = before ? &*before : nullptr;
  if (query::holds(*draft.schema, guard, shown)) return {};
  return fail(ErrorCode::kPrecondition,
              query::why_not(*draft.schema, guard, shown) + "; nothing was written");
}

// As far as the other side would take it.
Status check_bounds(const Draft::Impl& draft, const Guard& guard) {
  if (draft.guards.size() >= limits::kGuardsPerChangesetMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("a transaction may expect {} things", limits::kGuardsPerChangesetMax));
  Changeset alone;
  alone.guards.push_back(guard);
  if (Result<Changeset> decoded = decode_changeset(encode_changeset(alone)); !decoded)
    return std::unexpected(decoded.error().within("what a transaction expects"));
  return {};
}

Status record_guard(Draft::Impl* draft, Guard guard, const std::optional<Row>& before) {
  SYNCLINE_TRY(check(*draft, guard, before));
  SYNCLINE_TRY(check_bounds(*draft, guard));
  draft->guards.push_back(std::move(guard));
  return {};
}

Status expect_there(Draft::Impl* draft, TypeNumber number, const Value& id, Guard::Kind kind) {
  SYNCLINE_ASSIGN(const TypeDef* type, type_to_expect(*draft, number));
  (void)type;
  SYNCLINE_ASSIGN(DraftObject * object, draft->open(number, id));
  return record_guard(draft, {kind, object->group.object, id, {}, {}}, object->before);
}

Status expect_value(Draft::Impl* draft, TypeNumber number, const Value& id, const UserPath& path,
                    const Value& value) {
  SYNCLINE_ASSIGN(const TypeDef* type, type_to_expect(*draft, number));
  SYNCLINE_ASSIGN(DraftObject * object, draft->open(number, id));
  if (!object->before)
    return fail(ErrorCode::kPrecondition,
                fmt::format("{}: {} is expected to be something, and the object is absent; "
                            "nothing was written",
                            query::title_of(*draft->schema, number, id), to_text(path)));
  Result<Place> place = find_place(*draft->schema, *type, object->before->fields, path);
  if (!place && place.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kPrecondition, place.error().message + "; nothing was written");
  if (!place) return std::unexpected(place.error());
  Guard guard{Guard::Kind::equals, object->group.object, id, place->path, {}};
  // null says that nothing stands there, also where the schema wants something.
  if (!value.is_null()) {
    SYNCLINE_TRY(check_value(*draft->schema, place->declared, value, place->path.size(),
                             where_of(*type, path)));
    // Elements are compared by place: their ids are of no account.
    uint32_t next_element = 0;
    SYNCLINE_ASSIGN(guard.item,
                    item_at(*draft->schema, place->declared, value, draft->name, &next_element));
  }
  return record_guard(draft, std::move(guard), object->before);
}

// What does not stand spoils the whole draft, whether its writer looks at the answer or not.
Status noted(Draft::Impl* draft, Status status) {
  if (!status && !draft->broken) draft->broken = status.error();
  return status;
}

}  // namespace

Status Draft::expect(TypeNumber number, const Value& id, const UserPath& path, const Value& value) {
  return noted(impl_.get(), expect_value(impl_.get(), number, id, path, value));
}
Status Draft::expect_absent(TypeNumber type, const Value& id) {
  return noted(impl_.get(), expect_there(impl_.get(), type, id, Guard::Kind::absent));
}
Status Draft::expect_present(TypeNumber type, const Value& id) {
  return noted(impl_.get(), expect_there(impl_.get(), type, id, Guard::Kind::present));
}

Status check_guards(const Reader& reader, const Draft::Impl& draft) {
  if (draft.broken) return std::unexpected(*draft.broken);
  for (const Guard& guard : draft.guards) {
    const auto known = draft.places.find(guard.object);
    if (known != draft.places.end()) {
      SYNCLINE_TRY(check(draft, guard, draft.objects[known->second].before));
      continue;
    }
    SYNCLINE_ASSIGN(ShownAndHeld found, read_shown_and_held(reader, guard.object));
    SYNCLINE_TRY(check(draft, guard, found.shown));
  }
  return {};
}

}  // namespace syncline
