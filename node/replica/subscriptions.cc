#include "node/replica/subscriptions.h"

#include <fmt/format.h>

#include "node/replica/subscription_query.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// An id is derived, so that two writers of one subscription write one object.
constexpr std::string_view kNamed = "name-";
constexpr std::string_view kUnnamed = "query-";

std::string id_of_unnamed(const std::string& type, const std::string& query) {
  Bytes what(type);
  what.push_back('\0');
  what += query;
  return fmt::format("{}{}", kUnnamed, to_hex(hash("subscription", what).view().substr(0, 8)));
}

Value object_id_of(NodeId node, const std::string& id) {
  return Value(fmt::format("{}/{}", to_string(node), id));
}

std::string text_of(const Scope& fields, FieldNumber number) {
  const Child* child = fields.find(number);
  if (child == nullptr || child->item.is_scope()) return {};
  const auto* text = child->item.value().get_if<std::string>();
  return text == nullptr ? std::string() : *text;
}

Result<const TypeDef*> subscribable_type(const Schema& schema, const std::string& name) {
  const TypeDef* type = schema.type(std::string_view(name));
  if (type == nullptr)
    return fail(ErrorCode::kNotFound, fmt::format("there is no type {}; the schema has revision {}",
                                                  name, schema.revision));
  if (type->asymmetric)
    return fail(ErrorCode::kUsage,
                fmt::format("type {} cannot be subscribed to: it is asymmetric, so that nodes only "
                            "insert its objects; that needs no subscription",
                            name));
  if (type->embedded || is_system(type->number))
    return fail(ErrorCode::kUsage,
                fmt::format("type {} cannot be subscribed to: it is {}", name,
                            type->embedded ? "embedded in others" : "the system's own"));
  return type;
}

// The node's subscriptions as the transaction sees them.
Result<std::vector<SubscriptionInfo>> listed(const Draft& draft, NodeId node) {
  SYNCLINE_ASSIGN(const std::vector<Row> rows, draft.all(system_type::kSubscription));
  std::vector<SubscriptionInfo> out;
  for (const Row& row : rows)
    if (auto subscription = subscription_of(row, node)) out.push_back(std::move(*subscription));
  return out;
}

template <class Wanted>
Status unsubscribe_each(Draft* draft, NodeId node, const Wanted& wanted) {
  SYNCLINE_ASSIGN(const std::vector<SubscriptionInfo> all, listed(*draft, node));
  for (const SubscriptionInfo& one : all)
    if (wanted(one))
      SYNCLINE_TRY(draft->remove(system_type::kSubscription, object_id_of(node, one.id)));
  return {};
}

}  // namespace

std::optional<SubscriptionInfo> subscription_of(const Row& row, NodeId node) {
  namespace field = system_field::subscription;
  const std::string prefix = to_string(node) + "/";
  const auto* id = row.id.get_if<std::string>();
  if (id == nullptr || !id->starts_with(prefix)) return std::nullopt;
  SubscriptionInfo info;
  info.id = id->substr(prefix.size());
  if (std::string name = text_of(row.fields, field::kName); !name.empty())
    info.name = std::move(name);
  info.type = text_of(row.fields, field::kType);
  info.query = text_of(row.fields, field::kQuery);
  if (info.query.empty()) info.query = kEverything;
  return info;
}

std::string why_refused(const std::vector<Outcome>& outcomes,
                        const std::set<uint32_t>& subscribing) {
  // What falls as a whole may do so for another operation: the reason is with that one.
  const auto tells = [&](const Outcome& outcome) {
    const bool follows =
        outcome.reason == Reason::all_or_nothing || outcome.reason == Reason::depends_on;
    return (follows ? 0 : 2) + (subscribing.contains(outcome.ordinal) ? 1 : 0);
  };
  const Outcome* why = nullptr;
  for (const Outcome& outcome : outcomes)
    if (outcome.verdict == Verdict::refused && (why == nullptr || tells(outcome) > tells(*why)))
      why = &outcome;
  if (why == nullptr) return "refused";
  return why->text.empty() ? std::string(name_of(why->reason)) : why->text;
}

Result<std::string> subscribe(Draft* draft, NodeId node, const std::optional<std::string>& name,
                              const std::string& type, const std::string& query,
                              const std::vector<Value>& arguments) {
  if (name && (name->empty() || name->size() > limits::kNameBytesMax))
    return fail(ErrorCode::kTooLarge, fmt::format("a subscription's name has 1 to {} bytes, not {}",
                                                  limits::kNameBytesMax, name->size()));
  SYNCLINE_ASSIGN(const TypeDef* wanted, subscribable_type(draft->schema(), type));
  SYNCLINE_ASSIGN(const std::string text,
                  subscription_query(draft->schema(), *wanted, query, arguments));
  const std::string id = name ? fmt::format("{}{}", kNamed, *name) : id_of_unnamed(type, text);
  SYNCLINE_TRY(
      draft->put(system_type::kSubscription, Document{{"_id", object_id_of(node, id)},
                                                      {"node", Value(to_string(node))},
                                                      {"name", name ? Value(*name) : Value(Null())},
                                                      {"type", Value(type)},
                                                      {"query", Value(text)}}));
  return id;
}

Status unsubscribe(Draft* draft, NodeId node, const std::string& name_or_id) {
  for (const std::string& id : {fmt::format("{}{}", kNamed, name_or_id), name_or_id}) {
    const Value object = object_id_of(node, id);
    SYNCLINE_ASSIGN(std::optional<Row> row, draft->get(system_type::kSubscription, object));
    if (row) return draft->remove(system_type::kSubscription, object);
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no subscription {}; see `syncline subscriptions`", name_or_id));
}

Status unsubscribe_query(Draft* draft, const NodeId& node, const std::string& type,
                         const std::string& query, const std::vector<Value>& arguments) {
  SYNCLINE_ASSIGN(const TypeDef* wanted, subscribable_type(draft->schema(), type));
  SYNCLINE_ASSIGN(const std::string text,
                  subscription_query(draft->schema(), *wanted, query, arguments));
  const Value object = object_id_of(node, id_of_unnamed(type, text));
  SYNCLINE_ASSIGN(std::optional<Row> row, draft->get(system_type::kSubscription, object));
  if (row) return draft->remove(system_type::kSubscription, object);
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no subscription without a name to {}: {}", type, text));
}

Status unsubscribe_type(Draft* draft, NodeId node, const std::string& type) {
  return unsubscribe_each(draft, node,
                          [&](const SubscriptionInfo& one) { return one.type == type; });
}

Status unsubscribe_all(Draft* draft, NodeId node, bool named_too) {
  return unsubscribe_each(draft, node,
                          [&](const SubscriptionInfo& one) { return named_too || !one.name; });
}

Result<std::set<std::string, std::less<>>> subscribed_types(const Draft& draft, NodeId node) {
  SYNCLINE_ASSIGN(const std::vector<SubscriptionInfo> all, listed(draft, node));
  std::set<std::string, std::less<>> types;
  for (const SubscriptionInfo& one : all) types.insert(one.type);
  return types;
}

}  // namespace syncline
