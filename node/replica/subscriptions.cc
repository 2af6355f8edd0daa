#include "node/replica/subscriptions.h"

#include <fmt/format.h>

#include "node/replica/reading.h"
#include "node/replica/replica.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// As App Services has it.
constexpr size_t kQueryBytesMax = 256u << 10;
constexpr std::string_view kEverything = "TRUEPREDICATE";
// An id is derived, so that two writers of one subscription write one object.
constexpr std::string_view kNamed = "name-";
constexpr std::string_view kUnnamed = "query-";

std::string id_of_subscription(const std::optional<std::string>& name, const std::string& type,
                               const std::string& query) {
  if (name) return fmt::format("{}{}", kNamed, *name);
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

SubscriptionInfo info_of(const Row& row, const std::string& prefix) {
  namespace field = system_field::subscription;
  SubscriptionInfo info;
  const auto* id = row.id.get_if<std::string>();
  if (id != nullptr && id->size() > prefix.size()) info.id = id->substr(prefix.size());
  if (std::string name = text_of(row.fields, field::kName); !name.empty())
    info.name = std::move(name);
  info.type = text_of(row.fields, field::kType);
  info.query = text_of(row.fields, field::kQuery);
  if (info.query.empty()) info.query = kEverything;
  return info;
}

}  // namespace

Result<std::string> subscribe(Draft* draft, NodeId node, const std::optional<std::string>& name,
                              const std::string& type, const std::string& query) {
  if (name && (name->empty() || name->size() > limits::kNameBytesMax))
    return fail(ErrorCode::kTooLarge, fmt::format("a subscription's name has 1 to {} bytes, not {}",
                                                  limits::kNameBytesMax, name->size()));
  if (query.size() > kQueryBytesMax)
    return fail(ErrorCode::kTooLarge,
                fmt::format("a subscription's query has {} bytes; at most {} are allowed",
                            query.size(), kQueryBytesMax));
  const TypeDef* wanted = draft->schema().type(std::string_view(type));
  if (wanted == nullptr)
    return fail(ErrorCode::kNotFound, fmt::format("there is no type {}; the schema has version {}",
                                                  type, draft->schema().version));
  if (wanted->embedded || wanted->asymmetric || is_system(wanted->number))
    return fail(ErrorCode::kUsage, fmt::format("type {} cannot be subscribed to: it is {}", type,
                                               wanted->embedded     ? "embedded in others"
                                               : wanted->asymmetric ? "write-only"
                                                                    : "the system's own"));
  const std::string normal = query.empty() ? std::string(kEverything) : query;
  const std::string id = id_of_subscription(name, type, normal);
  Document document{{"_id", object_id_of(node, id)},
                    {"node", Value(to_string(node))},
                    {"name", name ? Value(*name) : Value(Null())},
                    {"type", Value(type)},
                    {"query", Value(normal)}};
  SYNCLINE_TRY(draft->put(system_type::kSubscription, document));
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

Result<std::vector<SubscriptionInfo>> read_subscriptions(const Reader& reader, NodeId node) {
  const std::string prefix = to_string(node) + "/";
  std::vector<SubscriptionInfo> out;
  Status read;
  SYNCLINE_TRY(visit_objects(
      reader, system_type::kSubscription, false, [&](const ObjectKey& key, const Row& row) {
        const auto* id = row.id.get_if<std::string>();
        if (id == nullptr || !id->starts_with(prefix)) return true;
        SubscriptionInfo info = info_of(row, prefix);
        Result<std::optional<Bytes>> overlay =
            reader.get(node_keys::overlay({system_type::kSubscription, key}));
        if (!overlay) {
          read = std::unexpected(overlay.error());
          return false;
        }
        info.state = *overlay ? SubscriptionState::pending : SubscriptionState::complete;
        out.push_back(std::move(info));
        return true;
      }));
  SYNCLINE_TRY(read);
  return out;
}

}  // namespace syncline
