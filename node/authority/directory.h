// Directory: what the authority knows by name: nodes, users, subscriptions, the app and its rules.
// All of it lies in objects of system types (and the app's custom user data), so it is as of a
// place in the log.
//
// Admission holds one that is as new as its layers; the feeder holds one that is as new as what is
// committed. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/access/policy.h"
#include "node/authority/schema_versions.h"
#include "node/authority/view.h"
#include "node/model/validator.h"
#include "proto/codec.h"
#include "storage/store.h"

namespace syncline {

struct KnownNode {
  NodeId id;
  std::string name;
  std::string user;
  PublicKey identity_key{};
  std::string node_key;  // CURVE public key, as text (Z85)
  uint32_t version = 0;  // the schema version that its code is written for; 0: the deployed one
  bool removed = false;
};

struct Subscription {
  std::string id;
  NodeId node;
  std::string name;
  std::string type;
  std::string query;
};

// What subscriptions may ask for: any field, or, as the predecessor had it, only those that the app
// declares queryable.
enum class QueryableFields : uint8_t { any, declared };

// Writes to what the author's subscriptions do not cover: as the predecessor had it, or taken.
enum class WritesOutside : uint8_t { refuse, accept };

// The _ids of the app's records: of what is deployed; of older schema versions; and of the next one
// while it is made ready.
inline constexpr std::string_view kDeployedApp = "app";
std::string id_of_older_app(uint32_t version);
std::string id_of_next_app(uint32_t version);

// The setting of development mode: "on", or anything else.
inline constexpr std::string_view kDevelopmentSetting = "development_mode";
// The setting that the authority writes when objects have taken over the fields of a schema.
inline constexpr std::string_view kAdoptedSetting = "schema_adopted";

// The deployed app, ready to use. Shared: the feeder's views and admission hold it across a deploy.
struct Deployed {
  std::shared_ptr<const App> app;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Validator> validator;
  std::shared_ptr<const RuleFunctions> functions;  // that its rules may call; null: none
  std::shared_ptr<const AppFiles> files;           // that it was made of
  int64_t deployments = 0;                         // which deployment it is
  QueryableFields queryable_fields = QueryableFields::any;
  // All that are in force; `app` and what is beside it are the deployed one's. Never null.
  std::shared_ptr<const SchemaVersions> versions;
  const Schema& schema() const { return app->schema; }
  // For what outlives the deploy.
  std::shared_ptr<const Schema> shared_schema() const { return {app, &app->schema}; }
  // Why a node of that schema version may not subscribe with this text, for a person; nullopt: it
  // may. Requires: the version is in force.
  std::optional<std::string> object_to_query(uint32_t version, TypeNumber type,
                                             std::string_view query) const;
};

// What the row of a subscription says; its _id is the subscription's. Requires: of that type.
Subscription subscription_in(const Row& row, NodeId node);

// Builds it from files. kBadApp with the first error's file, pointer and text.
// numbers_from: as load_app().
Result<std::shared_ptr<const Deployed>> compile_app(
    const AppFiles& files, const Schema* previous, RolesWithoutFilters setting,
    std::shared_ptr<const RuleFunctions> functions = nullptr, uint32_t numbers_from = 0);

// The app whose records are these objects, ready to use, with all its schema versions; null: there
// is none yet. `record` answers the record of an _id. kBadApp, kStoreDamaged.
Result<std::shared_ptr<Deployed>> read_deployed(
    const std::function<Result<std::optional<Row>>(const std::string& id)>& record,
    RolesWithoutFilters setting, std::shared_ptr<const RuleFunctions> functions = nullptr);

// Of the app in the state; null: there is none yet. Its rules are not looked at, nor are other
// versions (its `retired` may lack what they have).
Result<std::shared_ptr<const Schema>> deployed_schema(const Reader& reader);

class Directory {
 public:
  // Reads everything. An authority without an app yet has deployed() == null. `functions`: that the
  // app's rules may call; kBadApp if they call others.
  static Result<Directory> load(const Reader& reader,
                                std::shared_ptr<const RuleFunctions> functions = nullptr);

  // What changed with one object. Nothing to do with the directory: all false.
  struct Change {
    bool app = false;                 // or a setting that it depends on: everybody is concerned
    bool schema = false;              // what nodes are told of types and fields
    bool files = false;               // the app's own
    std::optional<NodeId> node;       // a node's own record or subscriptions
    std::optional<std::string> user;  // a user's data
    std::optional<std::string> former_user;  // whose it was before
    bool any() const { return app || node || user || former_user; }
    bool concerns_user(const std::string& id) const { return user == id || former_user == id; }
  };
  bool concerns(const ObjectName& name) const;
  // Reads the object again. Requires: concerns(name).
  Result<Change> refresh(const Reader& reader, const ObjectName& name);

  const std::shared_ptr<const Deployed>& deployed() const { return deployed_; }
  const KnownNode* node(NodeId id) const;  // removed ones too
  std::vector<const KnownNode*> nodes() const;
  // Why its record may not become `after`, for a person; nullopt: it may. The link knows nodes by
  // their keys, so each belongs to one node that is not removed. `before` null: it is new.
  // Requires: rows of nodes.
  std::optional<std::string> object_to_node(const Row* before, const Row& after) const;
  std::vector<Subscription> subscriptions(NodeId node) const;
  // What the node's user may do; denying for an unknown user. Shared until the user or the app
  // changes.
  std::shared_ptr<const Access> access_of(const std::string& user) const;
  // The user with the custom data that counts; nothing: there is no such user.
  std::optional<User> user_of(const std::string& user) const;
  // The objects that are the user's custom data, where the app keeps it in a collection of its own:
  // usually one. Where there are more, the last counts.
  std::vector<ObjectName> custom_data_of(const std::string& user) const;
  std::shared_ptr<const View> view_of(NodeId node) const;
  // The view that the node would have with these subscriptions instead of its own.
  std::shared_ptr<const View> view_with(NodeId node,
                                        const std::vector<Subscription>& subscriptions) const;
  RolesWithoutFilters roles_without_filters() const { return roles_without_filters_; }
  QueryableFields queryable_fields() const { return queryable_fields_; }
  WritesOutside writes_outside() const { return writes_outside_; }
  // Nodes' code may add to the schema (developing.cc).
  bool development() const { return development_; }
  // The version of the schema whose fields objects have taken over (adopting.cc).
  uint64_t adopted_version() const { return adopted_version_; }
  std::vector<std::string> users() const;

 private:
  Status read_node(const Reader& reader, const ObjectName& name, Change* change);
  Status read_user(const Reader& reader, const ObjectName& name, Change* change);
  Status read_subscription(const Reader& reader, const ObjectName& name, Change* change);
  Status read_app(const Reader& reader);
  Status read_settings(const Reader& reader);
  Result<Value> read_setting(const Reader& reader, std::string_view name) const;
  Status read_custom_data(const Reader& reader, const ObjectName& name, Change* change);
  Status load_type(const Reader& reader, TypeNumber type);
  TypeNumber custom_data_type() const;

  std::shared_ptr<const RuleFunctions> functions_;
  std::shared_ptr<const Deployed> deployed_;
  RolesWithoutFilters roles_without_filters_ = RolesWithoutFilters::deny;
  QueryableFields queryable_fields_ = QueryableFields::any;
  WritesOutside writes_outside_ = WritesOutside::refuse;
  uint64_t adopted_version_ = 0;
  bool development_ = false;
  std::map<NodeId, KnownNode> nodes_;
  std::map<std::string, User> users_;  // by id
  std::map<ObjectKey, std::string> user_of_key_;
  std::map<NodeId, std::map<std::string, Subscription>> subscriptions_;
  std::map<ObjectKey, std::pair<std::string, Document>>
      custom_data_;  // by object: user id and document
  mutable std::map<std::string, std::shared_ptr<const Access>> access_;
  mutable std::map<NodeId, std::shared_ptr<const View>> views_;
};

}  // namespace syncline
