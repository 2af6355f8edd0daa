#include "sim/oracles/roster.h"

#include <algorithm>

#include "node/model/documents.h"
#include "node/query/bind.h"

namespace syncline::sim {
namespace {

namespace f = system_field;

const Item* item_at(const Row& row, FieldNumber field) {
  const Child* child = row.fields.find(field);
  return child == nullptr ? nullptr : &child->item;
}

std::string text_at(const Row& row, FieldNumber field) {
  const Item* item = item_at(row, field);
  if (item == nullptr || item->is_scope()) return {};
  const std::string* text = item->value().get_if<std::string>();
  return text == nullptr ? std::string() : *text;
}

Document document_at(const Row& row, FieldNumber field) {
  const Item* item = item_at(row, field);
  if (item == nullptr) return {};
  const Value value = value_of(*item);
  const Document* document = value.get_if<Document>();
  return document == nullptr ? Document() : *document;
}

std::string text_of(const Value& value) {
  if (const std::string* text = value.get_if<std::string>()) return *text;
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (const ObjectId* id = value.get_if<ObjectId>())
    return to_hex({reinterpret_cast<const char*>(id->bytes.data()), id->bytes.size()});
  return {};
}

const Row* named(const History& history, TypeNumber type, const char* id, LogSeq at) {
  return history.at({type, *object_key(Value(id))}, at);
}

}  // namespace

template <class T>
const T* Roster::last(const Versions<T>& versions, LogSeq at) {
  auto after = versions.upper_bound(at);
  return after == versions.begin() ? nullptr : &std::prev(after)->second;
}

void Roster::add(const Entry& entry, const History& history) {
  const LogSeq at = entry.seq;
  bool app = false;
  std::set<NodeId> nodes;
  std::set<std::string> users;
  for (const ObjectEffect& effect : entry.objects) {
    const ObjectName& object = effect.object;
    if (object.type == system_type::kApp || object.type == system_type::kSetting) app = true;
    if (object.type == system_type::kNode) {
      const Row* row = history.at(object, at);
      Result<NodeId> node = parse_node_id(text_of(*id_of(object.key)));
      if (!node) continue;
      Enrolled member;
      member.removed = row == nullptr;
      if (row != nullptr) {
        member.user = text_at(*row, f::node::kUser);
        Bytes key;
        if (from_hex(text_at(*row, f::node::kIdentityKey), &key) &&
            key.size() == member.identity.size())
          std::copy(key.begin(), key.end(), member.identity.begin());
        const Item* removed = item_at(*row, f::node::kRemoved);
        member.removed =
            removed != nullptr && !removed->is_scope() && removed->value() == Value(true);
        if (const Item* version = item_at(*row, f::node::kVersion);
            version != nullptr && !version->is_scope() && version->value().is_integer())
          member.version = static_cast<uint32_t>(version->value().as_integer());
      }
      nodes.insert(*node);
      users.insert(member.user);
      members_[*node][at] = std::move(member);
    }
    if (object.type == system_type::kSubscription)
      if (std::optional<NodeId> node = owner_of_subscription(object.key)) {
        nodes.insert(*node);
        subscriptions_[*node].insert(object.key);
      }
    users.merge(users_of(object, at, history));
  }
  if (app) read_app(at, history);
  users_.insert(users.begin(), users.end());
  for (const std::string& user : app ? users_ : users) read_access(user, at, history);
  for (const auto& [node, versions] : members_) {
    const Enrolled* member = last(versions, at);
    if (member == nullptr) continue;  // enrolled later, in a log that was taken back by hand
    if (app || nodes.contains(node) || users.contains(member->user)) read_view(node, at, history);
  }
}

void Roster::restored(LogSeq fork) {
  const auto cut = [fork](auto& versions) {
    versions.erase(versions.upper_bound(fork), versions.end());
  };
  cut(apps_);
  for (auto& [node, versions] : members_) cut(versions);
  for (auto& [user, versions] : access_) cut(versions);
  for (auto& [node, versions] : views_) cut(versions);
  std::erase_if(members_, [](const auto& member) { return member.second.empty(); });
}

// Whose rights the object is about, before the entry and after it.
std::set<std::string> Roster::users_of(const ObjectName& object, LogSeq at,
                                       const History& history) const {
  std::set<std::string> users;
  if (object.type == system_type::kUser) users.insert(text_of(*id_of(object.key)));
  if (object.type != custom_data_type(at)) return users;
  const Deployed& deployed = *app(at);
  for (LogSeq seq : {LogSeq(at.value - 1), at})
    if (const Row* row = history.at(object, seq)) {
      const Document document = document_of_object(deployed.schema(), object.type, *row);
      if (const Value* user = document.find(deployed.app->custom_user_data.user_id_field))
        users.insert(text_of(*user));
    }
  return users;
}

TypeNumber Roster::custom_data_type(LogSeq at) const {
  const Deployed* deployed = app(at);
  if (deployed == nullptr || !deployed->app->custom_user_data.enabled) return TypeNumber(0);
  for (const TypeDef& type : deployed->schema().types)
    if (!type.collection.empty() && type.collection == deployed->app->custom_user_data.collection)
      return type.number;
  return TypeNumber(0);
}

void Roster::read_app(LogSeq at, const History& history) {
  apps_[at] = nullptr;
  const Row* setting = named(history, system_type::kSetting, "roles_without_filters", at);
  const bool literal = setting != nullptr && text_at(*setting, f::setting::kValue) == "literal";
  auto deployed = read_deployed(
      [&](const std::string& id) -> Result<std::optional<Row>> {
        const Row* row = named(history, system_type::kApp, id.c_str(), at);
        return row == nullptr ? std::nullopt : std::optional(*row);
      },
      literal ? RolesWithoutFilters::literal : RolesWithoutFilters::deny);
  if (deployed) apps_[at] = *deployed;
}

void Roster::read_access(const std::string& id, LogSeq at, const History& history) {
  User user;
  bool known = false;
  if (Result<ObjectKey> key = object_key(Value(id)))
    if (const Row* row = history.at({system_type::kUser, *key}, at)) {
      known = true;
      user.id = id;
      user.data = document_at(*row, f::user::kData);
      user.custom_data = document_at(*row, f::user::kCustomData);
      if (std::string type = text_at(*row, f::user::kType); !type.empty()) user.type = type;
    }
  const Deployed* deployed = app(at);
  if (TypeNumber type = custom_data_type(at); type.value != 0)
    for (const auto& [key, row] : history.all_at(type, at)) {
      Document document = document_of_object(deployed->schema(), type, *row);
      const Value* owner = document.find(deployed->app->custom_user_data.user_id_field);
      if (owner == nullptr || text_of(*owner) != id) continue;
      known = true;
      user.id = id;
      user.custom_data = std::move(document);
    }
  Access& access = access_[id][at];
  if (!known || deployed == nullptr) return;
  access = deployed->policy->access_of(user);
  deployed->versions->extend(user, &access);
}

void Roster::read_view(NodeId node, LogSeq at, const History& history) {
  auto sight = std::make_shared<Sight>();
  const Enrolled* who = member(node, at);
  const Deployed* deployed = app(at);
  const SchemaVersion* version = who == nullptr || who->removed || deployed == nullptr
                                     ? nullptr
                                     : deployed->versions->in_force(who->version);
  if (version != nullptr) {
    for (const auto& [type, may] : access(who->user, at).types)
      if (may.read) {
        sight->readable[TypeNumber(type)] = may.readable;
        if (may.read_when != nullptr) sight->rules[TypeNumber(type)] = may.read_when;
      }
    for (const ObjectKey& key : subscriptions_[node]) {
      const Row* row = history.at({system_type::kSubscription, key}, at);
      if (row == nullptr) continue;
      const TypeDef* type = version->schema().type(text_at(*row, f::subscription::kType));
      if (type == nullptr || type->embedded || is_system(type->number)) continue;
      if (!sight->readable.contains(type->number)) continue;
      std::string text = text_at(*row, f::subscription::kQuery);
      if (text.empty()) text = "TRUEPREDICATE";
      auto bound = query::bind(text, version->shared_schema(), type->number);
      if (bound && sight->queries[type->number].insert(text).second)
        sight->bound[type->number].push_back(std::move(*bound));
    }
  }
  auto& versions = views_[node];
  const auto* before = last(versions, at);
  if (before == nullptr || **before != *sight) versions[at] = std::move(sight);
}

const Enrolled* Roster::member(NodeId node, LogSeq at) const {
  auto it = members_.find(node);
  return it == members_.end() ? nullptr : last(it->second, at);
}

const Deployed* Roster::app(LogSeq at) const {
  const auto* deployed = last(apps_, at);
  return deployed == nullptr ? nullptr : deployed->get();
}

const Access& Roster::access(const std::string& user, LogSeq at) const {
  static const Access nothing;
  auto it = access_.find(user);
  const Access* access = it == access_.end() ? nullptr : last(it->second, at);
  return access == nullptr ? nothing : *access;
}

std::shared_ptr<const Sight> Roster::view(NodeId node, LogSeq at) const {
  static const auto nothing = std::make_shared<const Sight>();
  auto it = views_.find(node);
  const auto* sight = it == views_.end() ? nullptr : last(it->second, at);
  return sight == nullptr ? nothing : *sight;
}

LogSeq Roster::view_since(NodeId node, LogSeq at) const {
  auto it = views_.find(node);
  if (it == views_.end()) return LogSeq(0);
  auto after = it->second.upper_bound(at);
  return after == it->second.begin() ? LogSeq(0) : std::prev(after)->first;
}

}  // namespace syncline::sim
