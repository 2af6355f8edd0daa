#include "node/rules_test/request_world.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/access/pointer.h"

namespace syncline::rules_test {
namespace {

// A name of the request's own as a field of the document {root, prevRoot, this, prev}.
std::optional<std::string> field_of(const std::string& text) {
  for (const char* name : {"root", "prevRoot", "this", "prev"}) {
    const std::string expansion = std::string("%%") + name;
    if (text == expansion || text.starts_with(expansion + ".")) return text.substr(2);
  }
  return std::nullopt;
}

// The expression as one about that document: conditions of sync know one document only.
Json about_images(const Json& json) {
  if (json.is_string()) {
    const std::optional<std::string> field = field_of(json.get_ref<const std::string&>());
    return field ? Json("%%root." + *field) : json;
  }
  if (json.is_array()) {
    Json out = Json::array();
    for (const Json& one : json) out.push_back(about_images(one));
    return out;
  }
  if (!json.is_object()) return json;
  Json out = Json::object();
  for (const auto& [key, value] : json.items()) {
    if (key == "%function") {  // its keys are no fields
      out[key] = value;
      if (value.is_object() && value.contains("arguments"))
        out[key]["arguments"] = about_images(value["arguments"]);
      continue;
    }
    const bool bare = !key.starts_with("$") && !key.starts_with("%");
    out[bare ? "root." + key : field_of(key).value_or(key)] = about_images(value);
  }
  return out;
}

// Found values: more than one where the path leads through a list.
void collect(const Value& value, std::string_view path, bool* many, std::vector<Value>* out) {
  if (path.empty()) {
    out->push_back(value);
    return;
  }
  if (const List* list = value.get_if<List>()) {
    *many = true;
    for (const Value& element : list->elements) collect(element, path, many, out);
    return;
  }
  const Document* document = value.get_if<Document>();
  const size_t dot = std::min(path.find('.'), path.size());
  const Value* inside = document == nullptr ? nullptr : document->find(path.substr(0, dot));
  if (inside != nullptr) collect(*inside, path.substr(std::min(dot + 1, path.size())), many, out);
}

class ImageResolver final : public Resolver {
 public:
  ImageResolver(const UserResolver& user, const std::vector<std::string>& fields,
                const Document& images)
      : user_(user) {
    const Value whole(images);
    for (const std::string& name : fields) {
      bool many = false;
      std::vector<Value> values;
      collect(whole, parts_of(name).path, &many, &values);
      if (values.empty()) {
        values_.emplace_back();
      } else if (many) {
        List list;
        list.elements = std::move(values);
        values_.emplace_back(Value(std::move(list)));
      } else {
        values_.emplace_back(std::move(values.front()));
      }
    }
  }
  const Value* user(const std::vector<std::string>& path) const override {
    return user_.user(path);
  }
  const Value* field(size_t index) const override {
    return values_[index] ? &*values_[index] : nullptr;
  }

 private:
  const UserResolver& user_;
  std::vector<std::optional<Value>> values_;
};

std::string id_text(const Document& document) {
  const Value* id = document.find("_id");
  return id == nullptr ? "" : text_of(*id);
}

// Sets what the dotted path leads to; null: removes it.
void set_at(Document* document, std::string_view path, const Value* value) {
  for (;;) {
    const size_t dot = std::min(path.find('.'), path.size());
    const std::string name(path.substr(0, dot));
    if (dot == path.size()) {
      if (value != nullptr) document->set(name, *value);
      if (value == nullptr) document->erase(name);
      return;
    }
    path.remove_prefix(dot + 1);
    Value* inside = document->find(name);
    if (inside == nullptr || !inside->is<Document>()) {
      document->set(name, Document());
      inside = document->find(name);
    }
    document = &inside->get<Document>();
  }
}

const Value* field_in(const Document* document, const std::string& name) {
  return document == nullptr ? nullptr : document->find(name);
}

std::set<std::string> changed_fields(const Document* before, const Document* after) {
  std::set<std::string> out;
  for (const Document* one : {before, after})
    if (one != nullptr)
      for (const DocumentField& field : one->fields) {
        const Value* was = field_in(before, field.name);
        const Value* is = field_in(after, field.name);
        if (was == nullptr || is == nullptr || !(*was == *is)) out.insert(field.name);
      }
  return out;
}

}  // namespace

Result<RequestWorld> RequestWorld::make(const RulesCase& from) {
  RequestWorld out;
  out.config_ = from.config;
  // Read as a case of sync reads them, without its app.
  for (size_t i = 0; i < from.users.size(); ++i) {
    SYNCLINE_ASSIGN(User user, user_of(from.users[i], pointer_to("/users", i)));
    out.users_[user.id] = std::move(user);
  }
  if (from.config.schemas.is_object())
    for (const auto& [name, schema] : from.config.schemas.items()) out.collections_.push_back(name);
  for (const auto& [name, list] : from.documents.items()) {
    if (std::ranges::find(out.collections_, name) == out.collections_.end())
      out.collections_.push_back(name);
    for (const Json& json : list) {
      SYNCLINE_ASSIGN(Value value, value_of(json));
      if (!value.is<Document>()) return fail(ErrorCode::kBadData, "a document is an object");
      Document& document = value.get<Document>();
      out.documents_[name][id_text(document)] = std::move(document);
    }
  }
  if (out.collections_.empty()) return fail(ErrorCode::kBadData, "the case has no collection");
  const auto read = [](const Json& json, std::map<std::string, Value>* to) -> Status {
    if (!json.is_object()) return {};
    for (const auto& [name, one] : json.items()) {
      SYNCLINE_ASSIGN(Value value, value_of(one));
      to->emplace(name, std::move(value));
    }
    return {};
  };
  SYNCLINE_TRY(read(from.config.values, &out.constants_.values));
  const Json& environment = from.config.environment;
  const bool plain =
      environment.is_object() && !environment.contains("tag") && !environment.contains("values");
  out.constants_.environment_tag =
      environment.is_string() ? environment.get<std::string>() : text_in(environment, "tag");
  SYNCLINE_TRY(
      read(plain ? environment : part(environment, "values"), &out.constants_.environment));
  return out;
}

std::vector<std::string> RequestWorld::users() const {
  std::vector<std::string> out;
  for (const auto& [id, user] : users_) out.push_back(id);
  return out;
}

std::string RequestWorld::collection_of(const std::string& id) const {
  for (const std::string& name : collections_) {
    const auto found = documents_.find(name);
    if (found != documents_.end() && found->second.contains(id)) return name;
  }
  return {};
}

Result<bool> RequestWorld::holds(const Json& expression, const User& user,
                                 const Images& images) const {
  std::vector<AppMessage> problems;
  const nlohmann::json plain =
      nlohmann::json::parse(about_images(expression).dump(), nullptr, false);
  const Expression parsed = Expression::parse(plain, "", constants_, &problems);
  for (const AppMessage& problem : problems)
    if (problem.severity == AppMessage::Severity::error)
      return fail(ErrorCode::kBadData, problem.text);
  if (!parsed.unsupported().empty())
    return fail(ErrorCode::kNotSupported, parsed.unsupported().front().text);
  Document whole;
  if (images.root != nullptr) whole.set("root", *images.root);
  if (images.previous != nullptr) whole.set("prevRoot", *images.previous);
  if (images.self != nullptr) whole.set("this", *images.self);
  if (images.previous_self != nullptr) whole.set("prev", *images.previous_self);
  const UserResolver resolver(user);
  return parsed.evaluate(ImageResolver(resolver, parsed.fields(), whole));
}

Result<bool> RequestWorld::holds(const Json& parent, const char* key, bool otherwise,
                                 const User& user, const Images& images) const {
  if (!parent.is_object() || !parent.contains(key)) return otherwise;
  return holds(parent[key], user, images);
}

const Json* RequestWorld::rules_of(const std::string& collection) const {
  const Json& own = part(config_.collection_rules, collection.c_str());
  const Json& roles = part(own, "roles");
  return roles.is_array() && !roles.empty() ? &own : &config_.default_rule;
}

Result<const Json*> RequestWorld::choose(const User& user, const std::string& collection,
                                         const Images& images) const {
  const Json& roles = part(*rules_of(collection), "roles");
  if (!roles.is_array()) return nullptr;
  for (const Json& role : roles) {
    SYNCLINE_ASSIGN(const bool applies, holds(role, "apply_when", false, user, images));
    if (applies) return &role;
  }
  return nullptr;
}

Result<std::optional<std::string>> RequestWorld::role_of(const std::string& user,
                                                         const std::string& collection,
                                                         const std::string& id) const {
  const User& person = users_.at(user);
  std::set<std::optional<std::string>> names;
  const auto found = documents_.find(collection);
  if (found != documents_.end())
    for (const auto& [key, document] : found->second) {
      if (!id.empty() && key != id) continue;
      SYNCLINE_ASSIGN(const Json* role, choose(person, collection, {&document, &document}));
      names.insert(role == nullptr ? std::nullopt : std::optional(text_in(*role, "name")));
    }
  if (names.empty()) {
    SYNCLINE_ASSIGN(const Json* role, choose(person, collection, {}));
    return role == nullptr ? std::nullopt : std::optional(text_in(*role, "name"));
  }
  if (names.size() == 1) return *names.begin();
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ", ") + name.value_or("none");
  return "by document: " + all;
}

// What of the fields may be read, below a place that says nothing of itself.
Result<std::optional<Document>> RequestWorld::by_fields(const Json& fields, const Json& additional,
                                                        const User& user, const Document& document,
                                                        const Images& images) const {
  Document out;
  for (const DocumentField& field : document.fields) {
    const bool listed = fields.is_object() && fields.contains(field.name);
    const Json& permission = listed ? fields[field.name] : additional;
    Images own = images;
    own.self = own.previous_self = &field.value;
    SYNCLINE_ASSIGN(bool whole, holds(permission, "read", false, user, own));
    if (!whole) {
      SYNCLINE_ASSIGN(whole, holds(permission, "write", false, user, own));
    }
    if (whole) {
      out.set(field.name, field.value);
    } else if (listed && !permission.contains("read") && field.value.is<Document>()) {
      SYNCLINE_ASSIGN(const auto inside, by_fields(part(permission, "fields"), Json(), user,
                                                   field.value.get<Document>(), images));
      if (inside) out.set(field.name, *inside);
    }
  }
  return out.fields.empty() ? std::nullopt : std::optional(std::move(out));
}

Result<std::optional<Document>> RequestWorld::by_role(const Json& role, const User& user,
                                                      const Document& document) const {
  const Images images{&document, &document};
  if (const Json& filters = part(role, "document_filters"); filters.is_object()) {
    SYNCLINE_ASSIGN(bool found, holds(filters, "read", false, user, images));
    if (!found) {
      SYNCLINE_ASSIGN(found, holds(filters, "write", false, user, images));
    }
    if (!found) return std::nullopt;
  }
  // Who may write may read.
  for (const char* key : {"write", "read"}) {
    SYNCLINE_ASSIGN(const bool whole, holds(role, key, false, user, images));
    if (whole) return document;
  }
  if (role.contains("read")) return std::nullopt;
  SYNCLINE_ASSIGN(auto out, by_fields(part(role, "fields"), part(role, "additional_fields"), user,
                                      document, images));
  if (const Value* id = document.find("_id"); out && id != nullptr) out->set("_id", *id);
  return out;
}

// Filters of the rules: conditions that every request has in addition, and projections.
Result<std::optional<Document>> RequestWorld::filtered(const User& user,
                                                       const std::string& collection,
                                                       Document document) const {
  const Json& filters = part(*rules_of(collection), "filters");
  if (!filters.is_array()) return document;
  const Document whole = document;
  const Images images{&whole, &whole};
  for (const Json& filter : filters) {
    SYNCLINE_ASSIGN(const bool applies, holds(filter, "apply_when", true, user, {}));
    if (!applies) continue;
    SYNCLINE_ASSIGN(const bool found, holds(filter, "query", true, user, images));
    if (!found) return std::nullopt;
    const Json& projection = part(filter, "projection");
    if (!projection.is_object() || projection.empty()) continue;
    const auto shows = [](const Json& one) { return one == 1 || one == true; };
    const bool only = std::ranges::any_of(projection, shows);
    std::erase_if(document.fields, [&](const DocumentField& field) {
      if (!projection.contains(field.name)) return only && field.name != "_id";
      return !shows(projection[field.name]);
    });
  }
  return document;
}

Result<std::optional<Document>> RequestWorld::shown(const User& user, const std::string& collection,
                                                    const Document& document) const {
  SYNCLINE_ASSIGN(const Json* role, choose(user, collection, {&document, &document}));
  if (role == nullptr) return std::nullopt;
  SYNCLINE_ASSIGN(auto filtered_document, filtered(user, collection, document));
  if (!filtered_document) return std::nullopt;
  SYNCLINE_ASSIGN(auto readable, by_role(*role, user, document));
  if (!readable) return std::nullopt;
  std::erase_if(readable->fields, [&](const DocumentField& field) {
    return filtered_document->find(field.name) == nullptr;
  });
  return readable;
}

Result<std::vector<std::string>> RequestWorld::visible(const std::string& user,
                                                       const std::string& collection) const {
  std::vector<std::string> out;
  const auto found = documents_.find(collection);
  if (found == documents_.end()) return out;
  for (const auto& [id, document] : found->second) {
    SYNCLINE_ASSIGN(const auto readable, shown(users_.at(user), collection, document));
    if (readable) out.push_back(id);
  }
  return out;
}

Result<std::optional<Document>> RequestWorld::seen(const std::string& user,
                                                   const std::string& collection,
                                                   const std::string& id) const {
  return shown(users_.at(user), collection, documents_.at(collection).at(id));
}

// Empty: every field that changes may be written.
Result<std::string> RequestWorld::object_to_fields(const User& user, const Json& role,
                                                   const Images& images) const {
  const Json& fields = part(role, "fields");
  const bool whole = images.root == nullptr || images.previous == nullptr;
  for (const std::string& name : changed_fields(images.previous, images.root)) {
    if (whole && name == "_id") continue;
    const bool listed = fields.is_object() && fields.contains(name);
    const Json& permission = listed ? fields[name] : part(role, "additional_fields");
    Images own = images;
    own.self = field_in(images.root, name);
    own.previous_self = field_in(images.previous, name);
    SYNCLINE_ASSIGN(bool may, holds(permission, "write", false, user, own));
    const Json& inside = part(permission, "fields");
    if (!may && listed && !permission.contains("write") && inside.is_object()) {
      const Document* before =
          own.previous_self == nullptr ? nullptr : own.previous_self->get_if<Document>();
      const Document* after = own.self == nullptr ? nullptr : own.self->get_if<Document>();
      may = before != nullptr || after != nullptr;
      for (const std::string& inner : changed_fields(before, after)) {
        SYNCLINE_ASSIGN(const bool one,
                        holds(part(inside, inner.c_str()), "write", false, user, own));
        may = may && one;
      }
    }
    if (!may) return fmt::format("field \"{}\" is not writable", name);
  }
  return std::string();
}

// Why the request is refused; empty: it is not.
Result<std::string> RequestWorld::object_to(const User& user, const Json& role,
                                            const Images& images) const {
  if (const Json& filters = part(role, "document_filters"); filters.is_object())
    for (const Document* image : {images.previous, images.root}) {
      if (image == nullptr) continue;
      SYNCLINE_ASSIGN(const bool found, holds(filters, "write", false, user, {image, image}));
      if (!found) return std::string("document_filters.write does not hold");
    }
  const bool inserts = images.previous == nullptr;
  if (inserts || images.root == nullptr) {
    const char* key = inserts ? "insert" : "delete";
    Images own = images;
    if (!inserts) own.root = images.previous;
    SYNCLINE_ASSIGN(const bool may, holds(role, key, true, user, own));
    if (!may) return fmt::format("{} does not hold", key);
  }
  if (!role.contains("write")) return object_to_fields(user, role, images);
  Images own = images;
  if (own.root == nullptr) own.root = images.previous;
  SYNCLINE_ASSIGN(const bool may, holds(role, "write", false, user, own));
  return may ? std::string() : "write does not hold";
}

Result<Ruling> RequestWorld::write(const CaseWrite& write) {
  const std::string& collection =
      write.collection.empty() ? collections_.front() : write.collection;
  const auto person = users_.find(write.user);
  if (person == users_.end())
    return fail(ErrorCode::kBadData, fmt::format("there is no user {}", write.user));
  const User& user = person->second;
  SYNCLINE_ASSIGN(const Value id, value_of(write.id));
  const std::string key = text_of(id);
  Documents& documents = documents_[collection];
  const auto found = documents.find(key);
  std::optional<Document> before;
  if (found != documents.end()) before = found->second;
  if (before) {
    SYNCLINE_ASSIGN(const auto reachable, filtered(user, collection, *before));
    if (!reachable)
      return Ruling{Ruling::Kind::refused, "not allowed: a filter of the rules hides the document"};
  }
  if (!before && write.op != "insert" && write.op != "replace")
    return Ruling{Ruling::Kind::failed, "there is no such document"};
  std::optional<Document> after;
  if (write.op == "insert" || write.op == "replace") {
    SYNCLINE_ASSIGN(Value value, value_of(write.doc));
    if (!value.is<Document>()) return fail(ErrorCode::kBadData, "a document is an object");
    after = std::move(value.get<Document>());
    if (after->find("_id") == nullptr) after->set("_id", id);
  } else if (write.op == "update") {
    after = before;
    for (const auto& [path, json] : write.set.items()) {
      SYNCLINE_ASSIGN(const Value value, value_of(json));
      set_at(&*after, path, &value);
    }
    for (const std::string& path : write.unset) set_at(&*after, path, nullptr);
  }
  const Images images{after ? &*after : nullptr, before ? &*before : nullptr};
  // The role is chosen by the document as it is found.
  const Document* at_hand = before ? &*before : &*after;
  SYNCLINE_ASSIGN(const Json* role, choose(user, collection, {at_hand, images.previous}));
  if (role == nullptr)
    return Ruling{Ruling::Kind::refused,
                  fmt::format("{} of {} not allowed: no role applies", write.op, collection)};
  SYNCLINE_ASSIGN(const std::string why, object_to(user, *role, images));
  if (!why.empty())
    return Ruling{Ruling::Kind::refused,
                  fmt::format("{} of {} not allowed: role \"{}\": {}", write.op, collection,
                              text_in(*role, "name"), why)};
  if (after)
    documents[key] = *after;
  else
    documents.erase(key);
  return Ruling();
}

}  // namespace syncline::rules_test
