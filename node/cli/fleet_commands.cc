#include "node/cli/fleet_commands.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/authority/directory.h"
#include "node/authority/stored_object.h"
#include "node/cli/cli.h"
#include "node/cli/data_commands.h"
#include "node/model/app_json.h"
#include "node/model/documents.h"
#include "node/runtime/keys.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// One change by the operator's hand.
Result<int> decide(AuthorityDaemon* authority, const std::function<Status(Draft&)>& body) {
  SYNCLINE_ASSIGN(Decision decision, authority->write(body));
  if (decision.state != DecisionState::refused) return 0;
  if (decision.outcomes.empty()) return fail(ErrorCode::kRefused, "refused");
  const Outcome& first = decision.outcomes[0];
  // Nothing is expected by such a change but that names and keys are free.
  return fail(first.reason == Reason::precondition ? ErrorCode::kExists : ErrorCode::kRefused,
              first.text);
}

Result<Document> document_in(const Request& request, const char* key) {
  const std::string text = text_in(request, key);
  if (text.empty()) return Document();
  SYNCLINE_ASSIGN(Value value, parse_extended_json(text));
  if (const Document* document = value.get_if<Document>()) return *document;
  return fail(ErrorCode::kBadData,
              fmt::format("--{} must be a JSON object",
                          std::string_view(key) == "data" ? "data" : "custom-data"));
}

// Users' ids and nodes' names stand in lists, in logs and on command lines.
Status check_name(std::string_view what, std::string_view name, size_t bytes_max) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::kUsage, fmt::format("{} {}: {}", what, app::shown(name), why));
  };
  if (name.empty()) return wrong("it is empty");
  if (name.size() > bytes_max)
    return wrong(fmt::format("it has {} bytes; it may have {}", name.size(), bytes_max));
  if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return wrong("it has line breaks or other control characters");
  if (name.front() == ' ' || name.back() == ' ') return wrong("it begins or ends with a space");
  return {};
}
// Ids come from elsewhere: of OpenID Connect's subjects none is longer.
constexpr size_t kUserIdBytesMax = 255;

Status check_user_id(std::string_view id) {
  return check_name("the user's id", id, kUserIdBytesMax);
}
Status check_node_name(std::string_view name) {
  return check_name("the node's name", name, limits::kNameBytesMax);
}

class Users {
 public:
  static Result<Users> of(AuthorityDaemon* authority) {
    SYNCLINE_ASSIGN(Directory directory, Directory::load(authority->state(), rule_functions()));
    return Users(authority, std::move(directory));
  }

  Result<int> list(const Output& output) const {
    const Schema schema{0, 1, system_types()};
    auto at = scan_rows(authority_->state(), system_type::kUser);
    for (; at->valid(); at->next()) {
      SYNCLINE_ASSIGN(Row row, decode_row(at->value()));
      output.line(document_line(schema, system_type::kUser, row, false));
    }
    SYNCLINE_TRY(at->status());
    return 0;
  }

  Result<int> add(const std::string& id, const Request& request) const {
    SYNCLINE_TRY(check_user_id(id));
    SYNCLINE_ASSIGN(const std::optional<Row> record, record_of(id));
    if (record)
      return fail(ErrorCode::kExists,
                  fmt::format("user {} exists: `syncline user set` changes it", id));
    return put(id, request, Document{{"_id", id}});
  }

  Result<int> set(const std::string& id, const Request& request) const {
    SYNCLINE_TRY(known(id));
    if (text_in(request, "data").empty() && text_in(request, "custom_data").empty())
      return fail(ErrorCode::kUsage, "say what to set: --data JSON or --custom-data JSON");
    SYNCLINE_ASSIGN(const std::optional<Row> record, record_of(id));
    return put(id, request, record ? document_of_record(*record) : Document{{"_id", id}});
  }

  // With the custom data that the app keeps in a collection: that, too, makes a user known.
  Result<int> remove(const std::string& id) const {
    SYNCLINE_TRY(known(id));
    SYNCLINE_ASSIGN(const std::optional<Row> record, record_of(id));
    return decide(authority_, [&](Draft& draft) -> Status {
      if (record) SYNCLINE_TRY(draft.remove(system_type::kUser, id));
      for (const ObjectName& name : directory_.custom_data_of(id)) {
        SYNCLINE_ASSIGN(Value key, id_of(name.key));
        SYNCLINE_TRY(draft.remove(name.type, key));
      }
      return {};
    });
  }

  Result<int> rename(const std::string& id, const std::string& to) const {
    SYNCLINE_TRY(known(id));
    SYNCLINE_TRY(check_user_id(to));
    if (directory_.user_of(to)) return fail(ErrorCode::kExists, fmt::format("user {} exists", to));
    SYNCLINE_ASSIGN(const std::optional<Row> record, record_of(id));
    return decide(authority_, [&](Draft& draft) -> Status {
      if (record) {
        Document moved = document_of_record(*record);
        moved.set("_id", to);
        SYNCLINE_TRY(draft.put(system_type::kUser, moved));
        SYNCLINE_TRY(draft.remove(system_type::kUser, id));
      }
      for (const ObjectName& name : directory_.custom_data_of(id))
        SYNCLINE_TRY(rename_custom_data(draft, name, to));
      for (const KnownNode* node : directory_.nodes())
        if (node->user == id)
          SYNCLINE_TRY(draft.set(system_type::kNode, to_string(node->id), {"user"}, to));
      return {};
    });
  }

 private:
  Users(AuthorityDaemon* authority, Directory directory)
      : authority_(authority), directory_(std::move(directory)) {}

  Status known(const std::string& id) const {
    if (directory_.user_of(id)) return {};
    return fail(ErrorCode::kNotFound, fmt::format("there is no user {}", id));
  }

  Result<std::optional<Row>> row_of(const ObjectName& name) const {
    return read_row(authority_->state(), name);
  }

  // What `user add` made; nothing if the user is known by custom data only.
  Result<std::optional<Row>> record_of(const std::string& id) const {
    SYNCLINE_ASSIGN(ObjectKey key, object_key(Value(id)));
    return row_of({system_type::kUser, std::move(key)});
  }

  static Document document_of_record(const Row& row) {
    return document_of_object(Schema{0, 1, system_types()}, system_type::kUser, row);
  }

  Result<int> put(const std::string& id, const Request& request, Document record) const {
    SYNCLINE_ASSIGN(Document data, document_in(request, "data"));
    SYNCLINE_ASSIGN(Document custom, document_in(request, "custom_data"));
    if (!text_in(request, "custom_data").empty()) SYNCLINE_TRY(no_custom_data_elsewhere(id));
    if (!text_in(request, "data").empty() || record.find("data") == nullptr)
      record.set("data", std::move(data));
    if (!text_in(request, "custom_data").empty() || record.find("custom_data") == nullptr)
      record.set("custom_data", std::move(custom));
    return decide(authority_, [&](Draft& draft) { return draft.put(system_type::kUser, record); });
  }

  // What is set here would count for nothing where the app keeps it in a collection.
  Status no_custom_data_elsewhere(const std::string& id) const {
    const std::vector<ObjectName> documents = directory_.custom_data_of(id);
    if (documents.empty()) return {};
    const Schema& schema = directory_.deployed()->schema();
    const TypeDef* type = schema.type(documents.back().type);
    SYNCLINE_ASSIGN(const Value key, id_of(documents.back().key));
    return fail(ErrorCode::kUsage,
                fmt::format("the custom data of {} is an object of the app: {}/{}. Change that: "
                            "`syncline put {} JSON`",
                            id, type == nullptr ? "?" : type->name,
                            print_extended_json(key, JsonForm::relaxed),
                            type == nullptr ? "?" : type->name));
  }

  // The new id in the kind of the old one, as the app's schema wants it.
  static Result<Value> in_kind_of(const Value& old, const std::string& text) {
    if (old.is<std::string>()) return Value(text);
    const auto quoted = [&](const char* wrapper) {
      return parse_extended_json(
          fmt::format("{{\"{}\":{}}}", wrapper, nlohmann::json(text).dump()));
    };
    Result<Value> value = old.is<ObjectId>()  ? quoted("$oid")
                          : old.is<int32_t>() ? quoted("$numberInt")
                                              : quoted("$numberLong");
    if (value) return value;
    return fail(ErrorCode::kBadData,
                fmt::format("user ids are of type {} in the app's custom user data, and {} is none",
                            type_name(old), text));
  }

  Status rename_custom_data(Draft& draft, const ObjectName& name, const std::string& to) const {
    SYNCLINE_ASSIGN(const std::optional<Row> row, row_of(name));
    if (!row) return {};
    const Deployed& deployed = *directory_.deployed();
    const std::string& field = deployed.app->custom_user_data.user_id_field;
    Document document = document_of_object(deployed.schema(), name.type, *row);
    const Value* old = document.find(field);
    if (old == nullptr) return {};
    SYNCLINE_ASSIGN(Value id, in_kind_of(*old, to));
    if (field != "_id") return draft.set(name.type, row->id, {field}, id);
    document.set("_id", std::move(id));
    SYNCLINE_TRY(draft.create(name.type, document));
    return draft.remove(name.type, row->id);
  }

  AuthorityDaemon* authority_;
  Directory directory_;
};

class Nodes {
 public:
  explicit Nodes(AuthorityDaemon* authority)
      : authority_(authority), status_(authority->status()) {}

  void list(bool json, const Output& output) const {
    for (const AuthorityStatus::Peer& peer : status_.peers)
      output.line(
          json ? nlohmann::json{{"name", peer.name},
                                {"node", to_string(peer.node)},
                                {"user", peer.user},
                                {"connected", peer.connected},
                                {"removed", peer.removed},
                                {"version", peer.version},
                                {"cursor", peer.integrated.value}}
                     .dump()
               : fmt::format("{:<20} {} {:<16} {}{}", peer.name, to_string(peer.node), peer.user,
                             peer.removed     ? "removed"
                             : peer.connected ? "connected"
                                              : "away",
                             peer.version == 0 ? std::string()
                                               : fmt::format("  schema version {}", peer.version)));
  }

  Result<int> remove(const std::string& name) const {
    SYNCLINE_ASSIGN(const std::string id, id_of_node(name));
    return decide(authority_, [&](Draft& draft) {
      return draft.set(system_type::kNode, id, {"removed"}, true);
    });
  }

  Result<int> set(const std::string& name, const Request& request) const {
    const std::string user = text_in(request, "user");
    const std::string new_name = text_in(request, "new_name");
    if (user.empty() && new_name.empty())
      return fail(ErrorCode::kUsage, "say what to set: --user ID or --name NAME");
    SYNCLINE_ASSIGN(const std::string id, id_of_node(name));
    if (!user.empty()) SYNCLINE_TRY(known_user(user));
    if (!new_name.empty()) SYNCLINE_TRY(check_node_name(new_name));
    if (!new_name.empty() && new_name != name) SYNCLINE_TRY(free_name(new_name));
    return decide(authority_, [&](Draft& draft) -> Status {
      if (!user.empty()) SYNCLINE_TRY(draft.set(system_type::kNode, id, {"user"}, user));
      if (!new_name.empty()) SYNCLINE_TRY(draft.set(system_type::kNode, id, {"name"}, new_name));
      return {};
    });
  }

  Result<int> add(const std::string& name, const Request& request, const Output& output) const {
    SYNCLINE_TRY(check_node_name(name));
    SYNCLINE_TRY(free_name(name));
    SYNCLINE_ASSIGN(LinkKey link, parse_link_key(text_in(request, "node_key")));
    SYNCLINE_ASSIGN(PublicKey identity, parse_identity_key(text_in(request, "identity_key")));
    const std::string user = text_in(request, "user");
    SYNCLINE_TRY(known_user(user));
    const NodeId id = node_id_of(identity);
    for (const AuthorityStatus::Peer& peer : status_.peers)
      if (peer.node == id && !peer.removed)
        return fail(ErrorCode::kExists, fmt::format("this node is enrolled as {}", peer.name));
    SYNCLINE_TRY(decide(authority_, [&](Draft& draft) {
      return draft.put(system_type::kNode, Document{{"_id", to_string(id)},
                                                    {"name", name},
                                                    {"user", user},
                                                    {"node_key", to_string(link)},
                                                    {"identity_key", identity_key_text(identity)}});
    }));
    output.line(flag_in(request, "json") ? nlohmann::json{{"node_id", to_string(id)}}.dump()
                                         : to_string(id));
    return 0;
  }

 private:
  // Of a node that is not removed, by its name or id.
  Result<std::string> id_of_node(const std::string& name) const {
    for (const AuthorityStatus::Peer& peer : status_.peers)
      if ((peer.name == name || to_string(peer.node) == name) && !peer.removed)
        return to_string(peer.node);
    return fail(ErrorCode::kNotFound, fmt::format("there is no node {}", name));
  }

  Status free_name(const std::string& name) const {
    for (const AuthorityStatus::Peer& peer : status_.peers)
      if (peer.name == name && !peer.removed)
        return fail(ErrorCode::kExists, fmt::format("a node named {} exists", name));
    return {};
  }

  Status known_user(const std::string& user) const {
    const std::vector<std::string> users = authority_->users();
    if (std::find(users.begin(), users.end(), user) != users.end()) return {};
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no user {}: `syncline user add {}` makes one", user, user));
  }

  AuthorityDaemon* authority_;
  AuthorityStatus status_;
};

}  // namespace

Result<int> handle_user(AuthorityDaemon* authority, const Request& request, const Output& output) {
  const std::string action = text_in(request, "action");
  const std::string id = text_in(request, "id");
  SYNCLINE_ASSIGN(const Users users, Users::of(authority));
  if (action == "list") return users.list(output);
  if (action == "add") return users.add(id, request);
  if (action == "set") return users.set(id, request);
  if (action == "rename") return users.rename(id, text_in(request, "new_id"));
  return users.remove(id);
}

Result<int> handle_node(AuthorityDaemon* authority, const Request& request, const Output& output) {
  const std::string action = text_in(request, "action");
  const std::string name = text_in(request, "name");
  const Nodes nodes(authority);
  if (action == "list") {
    nodes.list(flag_in(request, "json"), output);
    return 0;
  }
  if (action == "add") return nodes.add(name, request, output);
  if (action == "set") return nodes.set(name, request);
  return nodes.remove(name);
}

}  // namespace syncline
