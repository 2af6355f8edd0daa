// Development mode: a node whose code declares types and fields that the schema lacks says so, and
// the authority adds them to the app, as one more deployment in the log. What the code has
// otherwise than the app is refused, and told to the node. Rules hold as ever; only the schema is
// anybody's.
#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/deploying.h"
#include "node/model/declared_json.h"
#include "node/model/development.h"
#include "node/model/documents.h"
#include "node/query/bind.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

constexpr size_t kNamesToldMax = 20;

Result<DeclaredSchema> read_declaration(const Declare& declare) {
  SYNCLINE_ASSIGN(const Value json, parse_extended_json(declare.declared));
  return read_declared_schema(json);
}

std::string names_of(const std::vector<std::string>& added) {
  std::string out;
  for (size_t i = 0; i < added.size() && i < kNamesToldMax; ++i)
    out += (i == 0 ? "" : ", ") + added[i];
  return added.size() > kNamesToldMax
             ? fmt::format("{} and {} more", out, added.size() - kNamesToldMax)
             : out;
}

}  // namespace

void Authority::Impl::on_declare(Session* session, const Declare& declare) {
  const auto refuse = [&](const std::string& why) {
    event("declaration_refused", session->node, why);
    session->declaration_refused = why;
    tell_rights(session);
  };
  session->declaration_refused.clear();
  if (!directory.development()) return refuse("the authority is not in development mode");
  if (session->version != 0 && session->version != directory.deployed()->schema().version)
    return refuse(fmt::format("only code for schema version {}, which is deployed, adds to it",
                              directory.deployed()->schema().version));
  Result<DeclaredSchema> declared = read_declaration(declare);
  if (!declared) return refuse(declared.error().message);
  if (declarations.size() >= limits::kDeclarationsQueuedMax)
    return refuse("too many nodes declare at once: connect again");
  declarations.push_back({session->connection.value, session->node, std::move(*declared)});
}

// What a subscription asks for becomes queryable, where only what is declared so may be asked for.
void Authority::Impl::note_asked(const ObjectName& subscription) {
  const std::optional<NodeId> node = owner_of_subscription(subscription.key);
  const Result<Value> id = id_of(subscription.key);
  const std::shared_ptr<const Deployed>& deployed = deciding.deployed();
  if (!deciding.development() || deciding.queryable_fields() != QueryableFields::declared ||
      !node || !id || deployed == nullptr)
    return;
  if (const KnownNode* known = deciding.node(*node);
      known == nullptr || (known->version != 0 && known->version != deployed->schema().version))
    return;
  for (const Subscription& one : deciding.subscriptions(*node)) {
    const TypeDef* type = deployed->schema().type(one.type);
    if (Value(one.id) != *id || type == nullptr) continue;
    const auto query = query::bind(one.query, deployed->shared_schema(), type->number);
    if (!query) continue;
    for (const FieldNumber number : (*query)->reads.fields)
      if (const FieldDef* field = type->field(number);
          field != nullptr && !deployed->app->is_queryable(type->number, number) &&
          asked.size() < limits::kDeclarationsQueuedMax)
        asked.emplace(type->name, field->name);
  }
}

Result<Group> writing(const Document& record, const ChangesetName& name, bool is_new) {
  static const Schema kSystem = [] {
    Schema schema;
    schema.types = system_types();
    return schema;
  }();
  SYNCLINE_ASSIGN(ObjectDocument object,
                  object_of_document(kSystem, system_type::kApp, record, name));
  Group group;
  group.id = std::move(object.id);
  SYNCLINE_ASSIGN(ObjectKey key, object_key(group.id));
  group.object = {system_type::kApp, std::move(key)};
  if (is_new) group.operations.emplace_back().kind = OperationKind::create;
  for (Child& child : object.fields.children) {
    Operation set;
    set.kind = OperationKind::set;
    set.path = {child.step};
    set.item = std::move(child.item);
    set.ordinal = static_cast<uint32_t>(group.operations.size());
    group.operations.push_back(std::move(set));
  }
  return group;
}

Result<std::optional<std::string>> Authority::Impl::deploy_by_hand(const Deployment& deployment) {
  const ChangesetName name = next_hand_name();
  Result<Group> group = writing(deployment.record, name, false);
  if (!group) return group.error().message;
  Changeset changeset = begin_by_hand();
  changeset.all_or_nothing = true;
  changeset.groups.push_back(std::move(*group));
  SYNCLINE_ASSIGN(const Decided made,
                  decide_by_hand(name, std::move(changeset), Offer::Keeps::nothing));
  for (const Outcome& outcome : made.entry.outcomes)
    if (outcome.verdict == Verdict::refused) return outcome.text;
  return std::nullopt;
}

// The first of what is declared. Planned on what is decided, and decided at once: two nodes that
// declare at one time are heard one after the other.
Status Authority::Impl::extend_schema() {
  if ((declarations.empty() && asked.empty()) || draining || !has_room_in_flight()) return {};
  const std::shared_ptr<const Deployed> deployed = deciding.deployed();
  if (deployed == nullptr || !deciding.development()) {
    declarations.clear(), asked.clear();
    return {};
  }
  const auto plan = [&](const AppFiles& files) {
    return plan_deployment(files, deployed.get(), deciding.roles_without_filters(),
                           options.functions, decided.forks.size());
  };
  if (declarations.empty()) {
    AppFiles files = *deployed->files;
    for (const auto& [type, field] : std::exchange(asked, {}))
      files = declare_queryable(files, *deployed->app, type, field);
    const Result<Deployment> deployment = plan(files);
    if (!deployment) return event("declaration_refused", {}, deployment.error().message), Status();
    SYNCLINE_ASSIGN(const std::optional<std::string> why, deploy_by_hand(*deployment));
    event(why ? "declaration_refused" : "schema_extended", options.id,
          why.value_or("what subscriptions ask for is queryable now"));
    return {};
  }
  const Declaration declaration = std::move(declarations.front());
  declarations.pop_front();
  out.more = out.more || !declarations.empty() || !asked.empty();
  const auto refuse = [&](const Error& error) {
    event("declaration_refused", declaration.node, error.message);
    const auto session = sessions.find(declaration.connection);
    if (session == sessions.end() || session->second.node != declaration.node) return;
    session->second.declaration_refused = error.message;
    tell_rights(&session->second);
  };
  const Result<Extension> extension =
      extend_app(*deployed->files, *deployed->app, declaration.declared);
  if (!extension) return refuse(extension.error()), Status();
  if (extension->added.empty()) return {};
  const Result<Deployment> deployment = plan(extension->files);
  if (!deployment) return refuse(deployment.error()), Status();
  SYNCLINE_ASSIGN(const std::optional<std::string> why, deploy_by_hand(*deployment));
  if (why) return refuse(Error(ErrorCode::kRefused, *why)), Status();
  event("schema_extended", declaration.node,
        fmt::format("its code declares {}: added to the app", names_of(extension->added)));
  return {};
}

}  // namespace syncline
