#include "node/rules_test/case_world.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/access/pointer.h"
#include "node/access/refusal_text.h"
#include "node/access/shown_to.h"
#include "node/model/documents.h"
#include "node/query/guards.h"
#include "node/query/run.h"
#include "proto/extended_json.h"

namespace syncline::rules_test {
namespace {

std::unexpected<Error> bad(const std::string& at, std::string_view what) {
  return fail(ErrorCode::kBadData, fmt::format("{}: {}", at, what));
}

Result<Document> document_of(const Json& json, const std::string& at) {
  if (json.is_null()) return Document();
  Result<Value> value = value_of(json);
  if (!value) return bad(at, value.error().message);
  if (Document* document = value->get_if<Document>()) return std::move(*document);
  return bad(at, "it is an object");
}

}  // namespace

Result<User> user_of(const Json& json, const std::string& at) {
  User user;
  user.id = text_in(json, "id");
  if (const std::string type = text_in(json, "type"); !type.empty()) user.type = type;
  const auto part = [&](const char* key) { return json.contains(key) ? json[key] : Json(); };
  SYNCLINE_ASSIGN(user.data, document_of(part("data"), at + "/data"));
  SYNCLINE_ASSIGN(user.custom_data, document_of(part("custom_data"), at + "/custom_data"));
  if (!json.contains("identities")) return user;
  Result<Value> identities = value_of(json["identities"]);
  if (!identities || !identities->is<List>()) return bad(at + "/identities", "it is a list");
  user.identities = std::move(identities->get<List>());
  return user;
}

std::string text_of(const Value& value) {
  return print_extended_json(value, JsonForm::relaxed, /*sort_keys=*/true);
}

// What links lead to: what the user may see.
class CaseWorld::Source final : public query::ObjectSource {
 public:
  Source(const CaseWorld& world, const Person& person) : world_(world), person_(person) {}

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override {
    const auto rows = world_.rows_.find(type);
    if (rows == world_.rows_.end()) return nullptr;
    for (const auto& [id, row] : rows->second)
      if (const Result<ObjectKey> own = object_key(row.id); own && *own == key)
        return shown(person_, type, row);
    return nullptr;
  }
  // Subscriptions do not ask for backlinks.
  void visit_backlinks(TypeNumber, FieldNumber, TypeNumber, const ObjectKey&, Visit) override {}

 private:
  const CaseWorld& world_;
  const Person& person_;
};

Result<CaseWorld> CaseWorld::make(std::shared_ptr<const CaseApp> app, const Json& users,
                                  const Json& documents, const Json& subscriptions) {
  CaseWorld world;
  world.app_ = std::move(app);
  SYNCLINE_TRY(world.add_documents(documents));
  SYNCLINE_TRY(world.add_people(users, subscriptions));
  return world;
}

Result<CaseWorld> CaseWorld::under(std::shared_ptr<const CaseApp> app, const Json& users,
                                   const Json& subscriptions) const {
  CaseWorld world;
  world.app_ = std::move(app);
  world.rows_ = rows_;
  world.changesets_ = changesets_;
  SYNCLINE_TRY(world.add_people(users, subscriptions));
  return world;
}

Status CaseWorld::add_documents(const Json& documents) {
  for (const auto& [name, list] : documents.items()) {
    const std::string at = pointer_to("/documents", name);
    const TypeDef* type = app_->type(name);
    if (type == nullptr) return bad(at, "the app has no such collection");
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string place = pointer_to(at, i);
      SYNCLINE_ASSIGN(const Document document, document_of(list[i], place));
      Result<ObjectDocument> object =
          object_of_document(app_->app->schema, type->number, document, next_name());
      if (!object) return bad(place, object.error().message);
      const std::string id = text_of(object->id);
      rows_[type->number][id] = {std::move(object->id), {}, {}, std::move(object->fields)};
    }
  }
  return {};
}

Status CaseWorld::add_people(const Json& users, const Json& subscriptions) {
  for (size_t i = 0; i < users.size(); ++i) {
    Person person;
    SYNCLINE_ASSIGN(person.user, user_of(users[i], pointer_to("/users", i)));
    // Nobody may do anything under an app that no authority takes.
    if (app_->refused.empty()) person.access = app_->policy->access_of(person.user);
    const bool by_user = subscriptions.is_object() && subscriptions.contains(person.user.id);
    SYNCLINE_TRY(subscribe(&person, by_user ? subscriptions[person.user.id] : subscriptions,
                           "/subscriptions"));
    people_[person.user.id] = std::move(person);
  }
  return {};
}

// "Type: query", {"type", "query"}, a list of these, or {Type: query}.
Status CaseWorld::subscribe(Person* person, const Json& subscriptions, const std::string& at) {
  if (subscriptions.is_null()) return {};
  person->everything = false;
  if (subscriptions.is_array()) {
    for (size_t i = 0; i < subscriptions.size(); ++i)
      SYNCLINE_TRY(subscribe(person, subscriptions[i], pointer_to(at, i)));
    return {};
  }
  if (subscriptions.is_string()) {
    const std::string text = subscriptions.get<std::string>();
    const size_t colon = std::min(text.find(':'), text.size());
    return subscribe_one(person, text.substr(0, colon),
                         colon < text.size() ? text.substr(colon + 1) : "", at);
  }
  if (!subscriptions.is_object()) return bad(at, "it is \"Type: query\", or a list of such");
  for (const char* key : {"type", "collection", "table"})
    if (const std::string type = text_in(subscriptions, key); !type.empty())
      return subscribe_one(person, type, text_in(subscriptions, "query"), at);
  for (const auto& [type, queries] : subscriptions.items()) {
    if (people_.contains(type)) continue;
    for (const Json& query : queries.is_array() ? queries : Json::array({queries}))
      SYNCLINE_TRY(subscribe_one(person, type, query.is_string() ? query.get<std::string>() : "",
                                 pointer_to(at, type)));
  }
  return {};
}

Status CaseWorld::subscribe_one(Person* person, const std::string& name, const std::string& query,
                                const std::string& at) {
  const TypeDef* type = app_->type(name);
  if (type == nullptr) return bad(at, fmt::format("the app has no collection {}", name));
  const bool all = query.find_first_not_of(' ') == std::string::npos;
  Result<std::shared_ptr<const query::BoundQuery>> bound =
      query::bind(all ? "TRUEPREDICATE" : query, {app_->app, &app_->app->schema}, type->number);
  if (!bound) return bad(at, bound.error().message);
  person->queries[type->number].push_back(std::move(*bound));
  return {};
}

std::vector<std::string> CaseWorld::users() const {
  std::vector<std::string> out;
  for (const auto& [id, person] : people_) out.push_back(id);
  return out;
}

const User* CaseWorld::user(const std::string& id) const {
  const auto found = people_.find(id);
  return found == people_.end() ? nullptr : &found->second.user;
}

const Access& CaseWorld::access(const std::string& user) const { return people_.at(user).access; }

std::shared_ptr<const Row> CaseWorld::shown(const Person& person, TypeNumber type, const Row& row) {
  std::optional<Row> seen = shown_to(person.access, type, row.id, row);
  return seen ? std::make_shared<const Row>(std::move(*seen)) : nullptr;
}

std::vector<std::shared_ptr<const Row>> CaseWorld::view(const Person& person, TypeNumber type) {
  std::vector<std::shared_ptr<const Row>> readable;
  for (const auto& [id, row] : rows_[type])
    if (std::shared_ptr<const Row> seen = shown(person, type, row)) readable.push_back(seen);
  if (person.everything) return readable;
  const auto queries = person.queries.find(type);
  if (queries == person.queries.end()) return {};
  std::set<std::shared_ptr<const Row>> members;
  Source source(*this, person);
  for (const auto& query : queries->second) {
    query::Run run(query, source);
    for (const auto& row : readable)
      if (!run.take(row)) break;
    for (const auto& row : run.finish()) members.insert(row);
  }
  std::erase_if(readable, [&](const auto& row) { return !members.contains(row); });
  return readable;
}

std::vector<std::string> CaseWorld::visible(const std::string& user, TypeNumber type) {
  std::vector<std::string> out;
  for (const auto& row : view(people_.at(user), type)) out.push_back(text_of(row->id));
  std::ranges::sort(out);
  return out;
}

std::optional<Document> CaseWorld::seen(const std::string& user, TypeNumber type,
                                        const std::string& id) {
  for (const auto& row : view(people_.at(user), type))
    if (text_of(row->id) == id) return document_of_object(app_->app->schema, type, *row);
  return std::nullopt;
}

const TypeDef* CaseWorld::type_of(const std::string& id) const {
  for (const std::string& name : app_->types) {
    const TypeDef* type = app_->type(name);
    const auto rows = type == nullptr ? rows_.end() : rows_.find(type->number);
    if (rows != rows_.end() && rows->second.contains(id)) return type;
  }
  return nullptr;
}

bool CaseWorld::in_view(const Person& person, TypeNumber type, const Row& row) {
  if (person.everything) return true;
  const auto queries = person.queries.find(type);
  const std::shared_ptr<const Row> seen = shown(person, type, row);
  if (queries == person.queries.end() || seen == nullptr) return false;
  Source source(*this, person);
  return std::ranges::any_of(
      queries->second, [&](const auto& query) { return query::matches(*query, *seen, source); });
}

// The predecessor's rule: who writes an object has it, or creates what it will have.
std::optional<std::string> CaseWorld::object_to_view(const Person& person, const TypeDef& type,
                                                     const Row* before, const Row* after) {
  if (in_view(person, type.number, before != nullptr ? *before : *after)) return std::nullopt;
  return text_of_outside_view(
      query::title_of(app_->app->schema, type.number, before != nullptr ? before->id : after->id));
}

Result<CaseWorld::Target> CaseWorld::target_of(const CaseWrite& write) const {
  Target out;
  const std::string name = write.collection.empty() ? app_->types.front() : write.collection;
  out.type = app_->type(name);
  if (out.type == nullptr)
    return bad(write.pointer, fmt::format("the app has no collection {}", name));
  Result<Value> id = value_of(write.id);
  if (!id) return bad(write.pointer + "/id", id.error().message);
  out.id = std::move(*id);
  out.text = text_of(out.id);
  if (user(write.user) == nullptr)
    return bad(write.pointer + "/user", fmt::format("there is no user {}", write.user));
  return out;
}

// What a group makes of an object, before anybody judges it.
class CaseWorld::Edit {
 public:
  Edit(const Schema& schema, const TypeDef& type, const Row* before, ChangesetName name)
      : schema_(schema), type_(type), name_(name) {
    if (before != nullptr) after_ = *before;
  }

  // An error: the node itself would not take it.
  Status apply(const CaseWrite& write, const Value& id) {
    if (write.op == "delete") return erase();
    if (write.op == "insert" || write.op == "replace") return put(write, id);
    return set(write);
  }

  const std::optional<Row>& after() const { return after_; }
  std::vector<Step> touched() const { return {touched_.begin(), touched_.end()}; }
  // The field as it was.
  void take_back(const Step& step, const Row* before) {
    touched_.erase(step);
    if (!after_) return;
    const Child* was = before == nullptr ? nullptr : before->fields.find(step);
    if (was != nullptr)
      after_->fields.put(step, was->item);
    else
      after_->fields.erase(step);
  }

 private:
  Status erase() {
    if (!after_) return fail(ErrorCode::kNotFound, "there is no such object");
    after_.reset();
    return {};
  }

  Status put(const CaseWrite& write, const Value& id) {
    SYNCLINE_ASSIGN(Value value, value_of(write.doc));
    if (!value.is<Document>()) return fail(ErrorCode::kBadData, "a document is an object");
    Document& document = value.get<Document>();
    if (document.find("_id") == nullptr) document.set("_id", id);
    SYNCLINE_ASSIGN(ObjectDocument object,
                    object_of_document(schema_, type_.number, document, name_, &next_element_));
    if (write.op == "replace" && after_)
      for (const Child& child : after_->fields.children) touched_.insert(child.step);
    if (write.op == "replace" || !after_) after_ = Row{std::move(object.id), {}, {}, {}};
    // An insert of what is there joins it, as a create does that meets another.
    for (Child& child : object.fields.children) {
      touched_.insert(child.step);
      after_->fields.put(child.step, std::move(child.item));
    }
    return {};
  }

  Status set(const CaseWrite& write) {
    if (!after_) return fail(ErrorCode::kNotFound, "there is no such object");
    for (const auto& [path, json] : write.set.items()) {
      SYNCLINE_ASSIGN(Value value, value_of(json));
      SYNCLINE_TRY(at(path, &value));
    }
    for (const std::string& path : write.unset) SYNCLINE_TRY(at(path, nullptr));
    return {};
  }

  // Sets what the dotted path leads to, or removes it (null).
  Status at(std::string_view path, const Value* value) {
    Scope* scope = &after_->fields;
    const TypeDef* type = &type_;
    const FieldDef* entries = nullptr;  // the dictionary or list that the scope is
    bool top = true;
    for (;;) {
      const size_t dot = std::min(path.find('.'), path.size());
      const std::string name(path.substr(0, dot));
      const FieldDef* field = entries != nullptr ? entries : type ? type->field(name) : nullptr;
      if (top && !type_.open && field == nullptr)
        return fail(ErrorCode::kBadData, fmt::format("{} has no field {}", type_.name, name));
      SYNCLINE_ASSIGN(const Step step, step_of(*scope, entries, field, name));
      if (top) touched_.insert(step);
      if (dot == path.size()) return put_item(scope, step, field, entries != nullptr, value);
      path.remove_prefix(dot + 1);
      top = false;
      Child* child = scope->find(step);
      if (child == nullptr || child->item.scope() == nullptr) {
        if (value == nullptr) return {};
        const bool dictionary = field == nullptr || field->collection == Collection::dictionary;
        Scope made;
        made.kind = dictionary ? ScopeKind::dictionary : ScopeKind::object;
        child = &scope->put(step, Item(std::move(made)));
      }
      scope = child->item.scope();
      const bool many =
          entries == nullptr && field != nullptr && field->collection != Collection::none;
      type = field != nullptr && field->type == ScalarType::embedded ? schema_.type(field->target)
                                                                     : nullptr;
      entries = many ? field : nullptr;
    }
  }

  static Result<Step> step_of(const Scope& scope, const FieldDef* entries, const FieldDef* field,
                              const std::string& name) {
    if (scope.kind == ScopeKind::list) {
      const size_t index = static_cast<size_t>(std::atoll(name.c_str()));
      if (index >= scope.children.size())
        return fail(ErrorCode::kBadData, fmt::format("a list has no place {}", name));
      return scope.children[index].step;
    }
    if (entries != nullptr || field == nullptr) return Step(name);
    return Step(field->number);
  }

  Status put_item(Scope* scope, const Step& step, const FieldDef* field, bool of_entry,
                  const Value* value) {
    if (value == nullptr) {
      scope->erase(step);
      return {};
    }
    FieldDef entry;
    if (of_entry && field != nullptr) {
      entry = *field;
      entry.collection = Collection::none;
      field = &entry;
    }
    SYNCLINE_ASSIGN(Item item, item_of_declared(schema_, field, *value, name_, &next_element_));
    const Child* was = scope->find(step);
    const Position position = was == nullptr ? Position() : was->position;
    scope->put(step, std::move(item), position);
    return {};
  }

  const Schema& schema_;
  const TypeDef& type_;
  ChangesetName name_;
  uint32_t next_element_ = 0;
  std::optional<Row> after_;
  std::set<Step> touched_;
};

Result<Ruling> CaseWorld::write(const std::vector<const CaseWrite*>& group) {
  SYNCLINE_ASSIGN(const Target target, target_of(*group.front()));
  const Schema& schema = app_->app->schema;
  const TypeDef& type = *target.type;
  const Person& person = people_.at(group.front()->user);
  if (!person.everything && !person.queries.contains(type.number))
    return Ruling{Ruling::Kind::failed, text_of_no_subscription(type.name)};
  Rows& rows = rows_[type.number];
  const auto found = rows.find(target.text);
  std::optional<Row> held;
  if (found != rows.end()) held = found->second;
  const Row* before = held ? &*held : nullptr;
  Edit edit(schema, type, before, next_name());
  for (const CaseWrite* one : group)
    if (Status applied = edit.apply(*one, target.id); !applied) {
      const bool absent = applied.error().code == ErrorCode::kNotFound;
      return Ruling{absent ? Ruling::Kind::refused : Ruling::Kind::failed,
                    fmt::format("write to {} {} not allowed: {}", type.name, target.text,
                                applied.error().message)};
    }

  Ruling ruling;
  const auto refuse = [&](std::string text) {
    ruling.reason += (ruling.reason.empty() ? "" : "; ") + text;
    ruling.kind = Ruling::Kind::refused;
  };
  // Fields that are refused alone are taken out and the rest is judged again.
  for (;;) {
    const Row* after = edit.after() ? &*edit.after() : nullptr;
    const std::vector<Step> touched = edit.touched();
    std::vector<std::pair<std::vector<Step>, std::string>> objections;
    if (!app_->refused.empty()) {
      refuse("not allowed: an authority does not take this app: " + app_->refused);
      return ruling;
    }
    for (Refusal& refusal : person.access.judge(
             schema, type.number, target.id, before == nullptr ? nullptr : &before->fields,
             after == nullptr ? nullptr : &after->fields, touched))
      objections.emplace_back(std::move(refusal.fields), std::move(refusal.text));
    if (objections.empty())
      if (std::optional<std::string> outside =
              object_to_view(person, type, before, after == nullptr ? before : after))
        objections.push_back({{}, std::move(*outside)});
    if (objections.empty() && after != nullptr) {
      for (Violation& violation : app_->validator->check(type.number, after->fields,
                                                         before == nullptr ? nullptr : &touched)) {
        std::vector<Step> fields;
        if (!violation.path.empty()) fields.push_back(violation.path.front());
        objections.emplace_back(std::move(fields), std::move(violation.text));
      }
    }
    if (objections.empty()) break;
    bool whole = before == nullptr || after == nullptr;
    for (auto& [fields, text] : objections) {
      whole = whole || fields.empty();
      refuse(std::move(text));
    }
    if (whole) return ruling;
    for (const auto& [fields, text] : objections)
      for (const Step& step : fields) edit.take_back(step, before);
    if (edit.touched().empty() || edit.touched() == touched) return ruling;
    ruling.kind = Ruling::Kind::partly;
  }
  if (ruling.kind == Ruling::Kind::refused) ruling.kind = Ruling::Kind::partly;
  if (edit.after())
    rows[target.text] = *edit.after();
  else
    rows.erase(target.text);
  return ruling;
}

}  // namespace syncline::rules_test
