#include "node/authority/directory.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/authority/state_keys.h"
#include "node/authority/stored_object.h"
#include "node/model/documents.h"
#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
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
  Value value = value_of(*item);
  Document* document = value.get_if<Document>();
  return document == nullptr ? Document() : std::move(*document);
}

bool is_removed(const Row& node) {
  const Item* removed = item_at(node, f::node::kRemoved);
  return removed != nullptr && !removed->is_scope() && removed->value() == Value(true);
}

Result<std::optional<Row>> read_app_row(const Reader& reader, std::string_view id) {
  SYNCLINE_ASSIGN(ObjectKey key, object_key(Value(id)));
  return read_row(reader, {system_type::kApp, key});
}

Result<Schema> schema_of(const Row& app) {
  const Item* numbers = item_at(app, f::app::kSchema);
  const Binary* encoded =
      numbers == nullptr || numbers->is_scope() ? nullptr : numbers->value().get_if<Binary>();
  if (encoded == nullptr) return fail(ErrorCode::kStoreDamaged, "the app's record has no schema");
  return decode_schema(encoded->bytes);
}

Result<AppRecord> app_record_of(const Row& row) {
  AppRecord record;
  for (const DocumentField& file : document_at(row, f::app::kFiles).fields)
    if (const std::string* text = file.value.get_if<std::string>()) record.files[file.name] = *text;
  SYNCLINE_ASSIGN(record.schema, schema_of(row));
  if (const Item* item = item_at(row, f::app::kDeployments);
      item != nullptr && !item->is_scope() && item->value().is_integer())
    record.deployments = item->value().as_integer();
  return record;
}

// A user's id as rules compare it: a string as it is, other keys as text.
std::string user_id_of(const Value& id) {
  if (const std::string* text = id.get_if<std::string>()) return *text;
  if (const ObjectId* oid = id.get_if<ObjectId>())
    return to_hex({reinterpret_cast<const char*>(oid->bytes.data()), oid->bytes.size()});
  if (id.is_integer()) return std::to_string(id.as_integer());
  return {};
}

constexpr TypeNumber kNoType{0};
// Of nodes that are not on a link of ours: the simulator's.
constexpr std::string_view kNoNodeKey = "-";

std::shared_ptr<Deployed> deployed_of(SchemaVersions versions,
                                      std::shared_ptr<const RuleFunctions> functions) {
  auto deployed = std::make_shared<Deployed>();
  deployed->versions = std::make_shared<const SchemaVersions>(std::move(versions));
  const SchemaVersion& version = deployed->versions->deployed();
  deployed->app = version.app;
  deployed->policy = version.policy;
  deployed->validator = version.validator;
  deployed->files = version.files;
  deployed->functions = std::move(functions);
  return deployed;
}

}  // namespace

std::string id_of_older_app(uint32_t version) { return std::to_string(version); }
std::string id_of_next_app(uint32_t version) { return fmt::format("next/{}", version); }

Result<std::shared_ptr<const Deployed>> compile_app(const AppFiles& files, const Schema* previous,
                                                    RolesWithoutFilters setting,
                                                    std::shared_ptr<const RuleFunctions> functions,
                                                    uint32_t numbers_from) {
  SYNCLINE_ASSIGN(const std::shared_ptr<const App> loaded,
                  load_numbered(files, previous, numbers_from));
  AppRecord record{files, loaded->schema, 0};
  record.schema.revision = previous == nullptr ? 1 : previous->revision;
  if (encode_schema(record.schema).size() > limits::kSchemaBytesMax)
    return fail(ErrorCode::kBadApp,
                fmt::format("the app's schemas take more than the {} KiB that a node can be told "
                            "of: deploy fewer or shorter ones",
                            limits::kSchemaBytesMax >> 10));
  SYNCLINE_ASSIGN(SchemaVersions versions,
                  SchemaVersions::compile(record, {}, nullptr, setting, functions));
  return deployed_of(std::move(versions), std::move(functions));
}

Result<std::shared_ptr<Deployed>> read_deployed(
    const std::function<Result<std::optional<Row>>(const std::string& id)>& record,
    RolesWithoutFilters setting, std::shared_ptr<const RuleFunctions> functions) {
  const auto read = [&](const std::string& id) -> Result<std::optional<AppRecord>> {
    SYNCLINE_ASSIGN(const std::optional<Row> row, record(id));
    if (!row) return std::nullopt;
    SYNCLINE_ASSIGN(AppRecord found, app_record_of(*row));
    return found;
  };
  SYNCLINE_ASSIGN(const std::optional<AppRecord> app, read(std::string(kDeployedApp)));
  if (!app) return nullptr;
  std::vector<AppRecord> older;
  for (uint32_t number = std::max(app->schema.version, 1u); --number > 0;) {
    SYNCLINE_ASSIGN(std::optional<AppRecord> one, read(id_of_older_app(number)));
    if (!one) break;
    older.insert(older.begin(), std::move(*one));
  }
  SYNCLINE_ASSIGN(const std::optional<AppRecord> next,
                  read(id_of_next_app(app->schema.version + 1)));
  SYNCLINE_ASSIGN(
      SchemaVersions versions,
      SchemaVersions::compile(*app, older, next ? &*next : nullptr, setting, functions));
  std::shared_ptr<Deployed> deployed = deployed_of(std::move(versions), std::move(functions));
  deployed->deployments = app->deployments;
  return deployed;
}

std::optional<std::string> Deployed::object_to_query(uint32_t version, TypeNumber type,
                                                     std::string_view query) const {
  const SchemaVersion& in_force = *versions->in_force(version);
  return syncline::object_to_query(
      in_force.shared_schema(), type, query, [&](TypeNumber of, FieldNumber field) {
        return queryable_fields == QueryableFields::any || in_force.app->is_queryable(of, field);
      });
}

Subscription subscription_in(const Row& row, NodeId node) {
  const std::string* id = row.id.get_if<std::string>();
  return {id == nullptr ? std::string() : *id, node, text_at(row, f::subscription::kName),
          text_at(row, f::subscription::kType), text_at(row, f::subscription::kQuery)};
}

Result<std::shared_ptr<const Schema>> deployed_schema(const Reader& reader) {
  SYNCLINE_ASSIGN(const std::optional<Row> row, read_app_row(reader, kDeployedApp));
  if (!row) return nullptr;
  SYNCLINE_ASSIGN(Schema schema, schema_of(*row));
  // All versions are of the highest revision (SchemaVersions::compile).
  auto rows = scan_rows(reader, system_type::kApp);
  for (; rows->valid(); rows->next()) {
    SYNCLINE_ASSIGN(const Row one, decode_row(rows->value()));
    SYNCLINE_ASSIGN(const Schema other, schema_of(one));
    schema.revision = std::max(schema.revision, other.revision);
  }
  SYNCLINE_TRY(rows->status());
  return std::make_shared<const Schema>(std::move(schema));
}

Result<Directory> Directory::load(const Reader& reader,
                                  std::shared_ptr<const RuleFunctions> functions) {
  Directory directory;
  directory.functions_ = std::move(functions);
  SYNCLINE_TRY(directory.read_app(reader));
  for (TypeNumber type : {system_type::kNode, system_type::kUser, system_type::kSubscription})
    SYNCLINE_TRY(directory.load_type(reader, type));
  if (TypeNumber type = directory.custom_data_type(); type != kNoType)
    SYNCLINE_TRY(directory.load_type(reader, type));
  return directory;
}

Status Directory::load_type(const Reader& reader, TypeNumber type) {
  auto rows = scan_rows(reader, type);
  for (; rows->valid(); rows->next()) {
    SYNCLINE_TRY(refresh(reader, ObjectName{type, state_keys::key_of_row(rows->key())}));
  }
  return rows->status();
}

TypeNumber Directory::custom_data_type() const {
  if (deployed_ == nullptr || !deployed_->app->custom_user_data.enabled) return kNoType;
  for (const TypeDef& type : deployed_->schema().types)
    if (!type.collection.empty() && type.collection == deployed_->app->custom_user_data.collection)
      return type.number;
  return kNoType;
}

bool Directory::concerns(const ObjectName& name) const {
  return is_system(name.type) || (name.type == custom_data_type());
}

Result<Directory::Change> Directory::refresh(const Reader& reader, const ObjectName& name) {
  Change change;
  if (name.type == system_type::kNode) {
    SYNCLINE_TRY(read_node(reader, name, &change));
  } else if (name.type == system_type::kUser) {
    SYNCLINE_TRY(read_user(reader, name, &change));
  } else if (name.type == system_type::kSubscription) {
    SYNCLINE_TRY(read_subscription(reader, name, &change));
  } else if (name.type == system_type::kApp || name.type == system_type::kSetting) {
    const std::shared_ptr<const Deployed> before = deployed_;
    SYNCLINE_TRY(read_app(reader));
    change.schema =
        before != nullptr && deployed_ != nullptr && before->schema() != deployed_->schema();
    change.files = before != nullptr && deployed_ != nullptr && *before->files != *deployed_->files;
    custom_data_.clear();
    if (TypeNumber type = custom_data_type(); type != kNoType)
      SYNCLINE_TRY(load_type(reader, type));
    change.app = true;
  } else {
    SYNCLINE_TRY(read_custom_data(reader, name, &change));
  }
  if (change.app) access_.clear(), views_.clear();
  if (change.node) views_.erase(*change.node);
  for (const std::optional<std::string>& user : {change.user, change.former_user}) {
    if (!user) continue;
    if (!SYNCLINE_PLANTED(stale_access)) access_.erase(*user);
    for (const auto& [id, node] : nodes_)
      if (node.user == *user) views_.erase(id);
  }
  return change;
}

Status Directory::read_node(const Reader& reader, const ObjectName& name, Change* change) {
  SYNCLINE_ASSIGN(Value id_value, id_of(name.key));
  const std::string* text = id_value.get_if<std::string>();
  if (text == nullptr) return fail(ErrorCode::kMalformed, "a node record's _id is not a string");
  SYNCLINE_ASSIGN(NodeId id, parse_node_id(*text));
  change->node = id;
  SYNCLINE_ASSIGN(std::optional<Row> row, read_row(reader, name));
  if (!row) {
    nodes_.erase(id);
    return {};
  }
  KnownNode node;
  node.id = id;
  node.name = text_at(*row, f::node::kName);
  node.user = text_at(*row, f::node::kUser);
  node.node_key = text_at(*row, f::node::kNodeKey);
  Bytes identity;
  if (!from_hex(text_at(*row, f::node::kIdentityKey), &identity) ||
      identity.size() != node.identity_key.size())
    return fail(ErrorCode::kMalformed,
                "the identity key of node " + *text + " is not 64 hexadecimal digits");
  std::copy(identity.begin(), identity.end(), node.identity_key.begin());
  node.removed = is_removed(*row);
  if (const Item* version = item_at(*row, f::node::kVersion);
      version != nullptr && !version->is_scope() && version->value().is_integer())
    node.version = static_cast<uint32_t>(version->value().as_integer());
  nodes_[id] = std::move(node);
  return {};
}

Status Directory::read_user(const Reader& reader, const ObjectName& name, Change* change) {
  auto known = user_of_key_.find(name.key);
  SYNCLINE_ASSIGN(std::optional<Row> row, read_row(reader, name));
  if (!row) {
    if (known == user_of_key_.end()) return {};
    change->user = known->second;
    users_.erase(known->second);
    user_of_key_.erase(known);
    return {};
  }
  User user;
  user.id = user_id_of(row->id);
  user.data = document_at(*row, f::user::kData);
  if (std::string type = text_at(*row, f::user::kType); !type.empty()) user.type = std::move(type);
  user.custom_data = document_at(*row, f::user::kCustomData);
  change->user = user.id;
  user_of_key_[name.key] = user.id;
  users_[user.id] = std::move(user);
  return {};
}

Status Directory::read_subscription(const Reader& reader, const ObjectName& name, Change* change) {
  const std::optional<NodeId> node = owner_of_subscription(name.key);
  if (!node) return {};
  change->node = *node;
  SYNCLINE_ASSIGN(Value id, id_of(name.key));
  const std::string& text = id.get<std::string>();
  SYNCLINE_ASSIGN(std::optional<Row> row, read_row(reader, name));
  if (!row) {
    subscriptions_[*node].erase(text);
    return {};
  }
  subscriptions_[*node][text] = subscription_in(*row, *node);
  return {};
}

Status Directory::read_custom_data(const Reader& reader, const ObjectName& name, Change* change) {
  auto known = custom_data_.find(name.key);
  if (known != custom_data_.end()) change->user = known->second.first;
  SYNCLINE_ASSIGN(std::optional<Row> row, read_row(reader, name));
  if (!row) {
    if (known != custom_data_.end()) custom_data_.erase(known);
    return {};
  }
  Document document = document_of_object(deployed_->schema(), name.type, *row);
  const Value* user = document.find(deployed_->app->custom_user_data.user_id_field);
  std::string id = user == nullptr ? std::string() : user_id_of(*user);
  if (change->user != id) change->former_user = std::exchange(change->user, id);
  custom_data_[name.key] = {std::move(id), std::move(document)};
  return {};
}

// Null: it was never written.
Result<Value> Directory::read_setting(const Reader& reader, std::string_view name) const {
  SYNCLINE_ASSIGN(ObjectKey key, object_key(Value(name)));
  SYNCLINE_ASSIGN(std::optional<Row> setting, read_row(reader, {system_type::kSetting, key}));
  const Item* item = setting ? item_at(*setting, f::setting::kValue) : nullptr;
  return item == nullptr || item->is_scope() ? Value() : item->value();
}

Status Directory::read_settings(const Reader& reader) {
  SYNCLINE_ASSIGN(const Value roles, read_setting(reader, "roles_without_filters"));
  roles_without_filters_ =
      roles == Value("literal") ? RolesWithoutFilters::literal : RolesWithoutFilters::deny;
  SYNCLINE_ASSIGN(const Value fields, read_setting(reader, "queryable_fields"));
  queryable_fields_ =
      fields == Value("declared") ? QueryableFields::declared : QueryableFields::any;
  SYNCLINE_ASSIGN(const Value outside, read_setting(reader, "writes_outside_subscriptions"));
  writes_outside_ = outside == Value("accept") ? WritesOutside::accept : WritesOutside::refuse;
  SYNCLINE_ASSIGN(const Value development, read_setting(reader, kDevelopmentSetting));
  development_ = development == Value("on");
  SYNCLINE_ASSIGN(const Value adopted, read_setting(reader, kAdoptedSetting));
  adopted_version_ = adopted.is_integer() ? static_cast<uint64_t>(adopted.as_integer()) : 0;
  return {};
}

Status Directory::read_app(const Reader& reader) {
  SYNCLINE_TRY(read_settings(reader));
  SYNCLINE_ASSIGN(std::shared_ptr<Deployed> deployed,
                  read_deployed([&](const std::string& id) { return read_app_row(reader, id); },
                                roles_without_filters_, functions_));
  if (deployed == nullptr) {
    deployed_ = nullptr;
    return {};
  }
  // While it is developed, what is asked for becomes queryable.
  deployed->queryable_fields = development_ ? QueryableFields::any : queryable_fields_;
  deployed_ = std::move(deployed);
  return {};
}

const KnownNode* Directory::node(NodeId id) const {
  auto it = nodes_.find(id);
  return it == nodes_.end() ? nullptr : &it->second;
}

std::vector<const KnownNode*> Directory::nodes() const {
  std::vector<const KnownNode*> out;
  for (const auto& [id, node] : nodes_) out.push_back(&node);
  return out;
}

std::optional<std::string> Directory::object_to_node(const Row* before, const Row& after) const {
  const std::string key = text_at(after, f::node::kNodeKey);
  const bool lets_in =
      before == nullptr || is_removed(*before) || text_at(*before, f::node::kNodeKey) != key;
  if (key == kNoNodeKey || is_removed(after) || !lets_in) return std::nullopt;
  for (const auto& [id, node] : nodes_)
    if (node.node_key == key && !node.removed && Value(to_string(id)) != after.id)
      return fmt::format(
          "node {} has this node key: a key belongs to one node. Make another store with "
          "`syncline init --node`, or remove {} first",
          node.name, node.name);
  return std::nullopt;
}

std::vector<std::string> Directory::users() const {
  std::vector<std::string> out;
  for (const auto& [id, user] : users_) out.push_back(id);
  for (const auto& [key, data] : custom_data_)
    if (!users_.contains(data.first)) out.push_back(data.first);
  return out;
}

std::vector<Subscription> Directory::subscriptions(NodeId node) const {
  std::vector<Subscription> out;
  auto it = subscriptions_.find(node);
  if (it == subscriptions_.end()) return out;
  for (const auto& [id, subscription] : it->second) out.push_back(subscription);
  return out;
}

std::optional<User> Directory::user_of(const std::string& id) const {
  const auto user = users_.find(id);
  std::optional<User> out;
  if (user != users_.end()) out = user->second;
  // An app's custom user data makes its users known, and stands above what was given with `user
  // add`.
  for (const auto& [key, data] : custom_data_) {
    if (data.first != id) continue;
    if (!out) out.emplace();
    out->custom_data = data.second;
    out->id = id;
  }
  return out;
}

std::vector<ObjectName> Directory::custom_data_of(const std::string& user) const {
  std::vector<ObjectName> out;
  for (const auto& [key, data] : custom_data_)
    if (data.first == user) out.push_back({custom_data_type(), key});
  return out;
}

std::shared_ptr<const Access> Directory::access_of(const std::string& id) const {
  auto cached = access_.find(id);
  if (cached != access_.end()) return cached->second;
  auto access = std::make_shared<Access>();
  const std::optional<User> user = user_of(id);
  if (user && deployed_ != nullptr) {
    *access = deployed_->policy->access_of(*user);
    deployed_->versions->extend(*user, access.get());
  }
  access_[id] = access;
  return access;
}

std::shared_ptr<const View> Directory::view_of(NodeId id) const {
  auto cached = views_.find(id);
  if (cached != views_.end()) return cached->second;
  return views_[id] = view_with(id, subscriptions(id));
}

std::shared_ptr<const View> Directory::view_with(
    NodeId id, const std::vector<Subscription>& subscriptions) const {
  auto view = std::make_shared<View>();
  view->node = id;
  const KnownNode* known = node(id);
  const SchemaVersion* version = known == nullptr || known->removed || deployed_ == nullptr
                                     ? nullptr
                                     : deployed_->versions->in_force(known->version);
  if (version != nullptr) {
    std::shared_ptr<const Access> access = access_of(known->user);
    std::map<TypeNumber, std::vector<std::string>> queries;
    for (const Subscription& subscription : subscriptions)
      if (const TypeDef* type = version->schema().type(subscription.type))
        if (!type->embedded && !type->asymmetric && !is_system(type->number))
          queries[type->number].push_back(subscription.query);
    const std::shared_ptr<const Schema> schema = version->shared_schema();
    view->schema = schema;
    std::set<TypeNumber> followed;
    for (auto& [type, wanted] : queries) {
      const TypeAccess& may = access->of(type);
      if (!may.read) continue;
      // One that the present schema does not know any more matches nothing.
      std::erase_if(wanted, [&, type = type](const std::string& query) {
        return deployed_->object_to_query(known->version, type, query).has_value();
      });
      if (wanted.empty()) continue;
      auto members = Membership::of(schema, type, wanted, may.read_when);
      if (!members) continue;
      followed.insert((*members)->followed().begin(), (*members)->followed().end());
      view->types.push_back({type, may.readable, std::move(*members)});
    }
    view->defaults = hash_of_defaults(*schema, view->types);
    for (TypeNumber type : followed)
      if (const TypeAccess& may = access->of(type); may.read)
        view->targets.push_back({type, may.readable, may.read_when});
  }
  return view;
}

}  // namespace syncline
