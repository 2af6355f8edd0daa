#include "node/rules_test/case_runner.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include <fmt/format.h>

#include "node/access/pointer.h"
#include "node/rules_test/named_differences.h"
#include "node/rules_test/subject.h"
#include "node/rules_test/timeline.h"

namespace syncline::rules_test {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool contains_word(const std::string& text, std::string_view word) {
  return lower(text).find(word) != std::string::npos;
}

constexpr const char* kNoObject = "no such object";

std::string list_text(const std::vector<std::string>& ids) {
  return fmt::format("[{}]", fmt::join(ids, ", "));
}

std::string text_of_ruling(const Ruling& ruling) {
  switch (ruling.kind) {
    case Ruling::Kind::applied:
      return "allowed";
    case Ruling::Kind::partly:
      return "refused in part: " + ruling.reason;
    case Ruling::Kind::refused:
      return "refused: " + ruling.reason;
    case Ruling::Kind::failed:
      break;
  }
  return "failed on the node: " + ruling.reason;
}

std::string text_of_expected(const CaseWrite& write) {
  std::string out = write.allowed ? "allowed" : "refused";
  if (!write.outcome.empty()) out += fmt::format(", outcome {}", write.outcome);
  for (const std::string& reason : write.reason_contains)
    out += fmt::format(", a reason with \"{}\"", reason);
  return out;
}

// A document without what says nothing, for comparisons: null fields, the order of fields.
Value plain(const Value& value) {
  if (const List* list = value.get_if<List>()) {
    List out;
    for (const Value& element : list->elements) out.elements.push_back(plain(element));
    return Value(std::move(out));
  }
  const Document* document = value.get_if<Document>();
  if (document == nullptr) return value;
  Document out;
  for (const DocumentField& field : document->fields)
    if (!field.value.is_null()) out.set(field.name, plain(field.value));
  return Value(std::move(out));
}

// The names of an object's fields; of those inside one where `wanted` speaks of them.
void collect_names(const Document& document, const std::string& prefix,
                   const std::set<std::string>& wanted, std::set<std::string>* out) {
  for (const DocumentField& field : document.fields) {
    const std::string name = prefix + field.name;
    const auto below = wanted.lower_bound(name + ".");
    const bool inside = below != wanted.end() && below->starts_with(name + ".");
    const Document* part = field.value.get_if<Document>();
    if (inside && part != nullptr && !wanted.contains(name))
      collect_names(*part, name + ".", wanted, out);
    else
      out->insert(name);
  }
}

class Runner {
 public:
  explicit Runner(const RulesCase& from) : initial_(from), now_(from) {}

  Result<std::vector<Difference>> run() {
    SYNCLINE_TRY(begin());
    SYNCLINE_TRY(expectations(initial_.expect, "/expect"));
    return std::move(differences_);
  }

 private:
  bool request() const { return initial_.request; }

  // ---- the world, now and after a step ----

  Status begin() {
    Result<CaseApp> app = make_case_app(now_.config);
    if (!app && !request()) return std::unexpected(app.error());
    if (app) app_ = std::make_shared<const CaseApp>(std::move(*app));
    if (request()) {
      SYNCLINE_ASSIGN(subject_, make_request_subject(now_));
      return {};
    }
    SYNCLINE_ASSIGN(CaseWorld world,
                    CaseWorld::make(app_, now_.users, now_.documents, now_.subscriptions));
    subject_ = make_sync_subject(std::move(world));
    return {};
  }

  // ---- differences ----

  void differ(std::string at, std::string expected, std::string got, std::string name = {}) {
    differences_.push_back({std::move(at), std::move(expected), std::move(got), std::move(name)});
  }

  // What the predecessor's sync gave.
  enum class There { nothing, something };

  // The name of what makes this user's answers differ, if it is deliberate: a role that sync had no
  // use for gave nothing there, and may give something here. Where something is expected of it, a
  // difference is one.
  std::string name_for(const std::string& user, const std::string& collection, There there) {
    if (request() || app_ == nullptr) return {};
    if (!app_->refused.empty()) return kRefusedAtDeploy;
    if (there == There::something) return {};
    const Result<std::optional<std::string>> role = subject_->role(user, collection, "");
    if (!role || !*role) return {};
    const auto found = app_->roles.find(**role);
    return found == app_->roles.end() ? "" : better_than_there(found->second, now_.config);
  }

  // ---- expectations ----

  Status expectations(const Json& json, const std::string& at) {
    const bool changes =
        std::ranges::any_of(json.items(), [](const auto& item) { return is_change(item.key()); });
    for (const auto& [key, value] : json.items()) {
      const std::string place = pointer_to(at, key);
      if (key == "role" && !(value.is_string() && changes))
        SYNCLINE_TRY(roles(subject_->first_collection(), value, place, text_in(json, "user")));
      if (key == "role_by_collection")
        for (const auto& [name, wanted] : value.items())
          SYNCLINE_TRY(roles(name, wanted, pointer_to(place, name), ""));
      if (key == "read")
        SYNCLINE_TRY(read(read_collection(json), value, place, text_in(json, "user")));
      if (key.starts_with("read_"))
        SYNCLINE_TRY(read(key.substr(5), value, place, text_in(json, "user")));
      if (key == "visible_fields") SYNCLINE_TRY(visible_fields(value, json, place));
      if (key == "sync_compatible") compatible(value, place);
      if (key == "migrated") migrated(value, place);
      if (key == "refused_at_deploy") refused_at_deploy(value, place);
      if (key == "client_reset" && value != false)
        differ(place, value.dump(), "false: a change of rules resets no node");
    }
    const std::unique_ptr<Subject> given = subject_->copy();
    for (const char* key : {"write", "writes"})
      if (json.contains(key)) SYNCLINE_TRY(writes(json[key], pointer_to(at, key)));
    if (json.contains("transactions"))
      SYNCLINE_TRY(transactions(json["transactions"], pointer_to(at, "transactions")));
    if (json.contains("final_client_state"))
      SYNCLINE_TRY(final_state(json["final_client_state"], pointer_to(at, "final_client_state")));
    if (json.contains("then")) SYNCLINE_TRY(transactions(json["then"], pointer_to(at, "then")));
    // A story of its own, which begins with the documents as given.
    if (json.contains("timeline") && !json.contains("transactions")) subject_ = given->copy();
    if (json.contains("timeline"))
      for (size_t i = 0; i < json["timeline"].size(); ++i)
        SYNCLINE_TRY(step(json["timeline"][i], pointer_to(pointer_to(at, "timeline"), i)));
    return {};
  }

  // `read` is about the first collection that has no key of its own.
  std::string read_collection(const Json& json) const {
    for (const std::string& name : subject_->collections())
      if (!json.contains("read_" + name)) return name;
    return subject_->first_collection();
  }

  Status roles(const std::string& collection, const Json& wanted, const std::string& at,
               const std::string& only) {
    if (!wanted.is_object()) {  // of the step's user, or of all
      for (const std::string& user : subject_->users())
        if (only.empty() || user == only) SYNCLINE_TRY(role(user, collection, "", wanted, at));
      return {};
    }
    for (const auto& [user, name] : wanted.items()) {
      const std::string place = pointer_to(at, user);
      if (!name.is_object()) {
        SYNCLINE_TRY(role(user, collection, "", name, place));
        continue;
      }
      for (const auto& [id, one] : name.items()) {
        const std::string text = id_text(id);
        SYNCLINE_TRY(role(user, collection, text, one, pointer_to(place, id)));
      }
    }
    return {};
  }

  Status role(const std::string& user, const std::string& collection, const std::string& id,
              const Json& wanted, const std::string& at) {
    Result<std::optional<std::string>> got = subject_->role(user, collection, id);
    if (!got) return not_evaluated(got.error(), at);
    const std::string text = *got ? Json(**got).dump() : "null";
    if (wanted.dump() != text)
      differ(at, wanted.dump(), text,
             name_for(user, collection, wanted.is_null() ? There::nothing : There::something));
    return {};
  }

  // Keys of objects are texts; the _id that is meant may be no string.
  std::string id_text(const std::string& key) const {
    const std::string quoted = text_of(Value(key));
    for (const std::string& candidate : {quoted, key, fmt::format("{{\"$oid\":\"{}\"}}", key),
                                         fmt::format("{{\"$uuid\":\"{}\"}}", key)})
      if (!subject_->collection_of(candidate).empty()) return candidate;
    return quoted;
  }

  Status read(const std::string& collection, const Json& wanted, const std::string& at,
              const std::string& only) {
    if (wanted.is_object()) {
      for (const auto& [user, ids] : wanted.items())
        SYNCLINE_TRY(read_one(user, collection, ids, pointer_to(at, user)));
      return {};
    }
    for (const std::string& user : subject_->users())
      if (only.empty() || user == only) SYNCLINE_TRY(read_one(user, collection, wanted, at));
    return {};
  }

  Status read_one(const std::string& user, const std::string& collection, const Json& wanted,
                  const std::string& at) {
    std::vector<std::string> ids;
    for (const Json& id : wanted) {
      SYNCLINE_ASSIGN(const Value value, value_of(id));
      ids.push_back(text_of(value));
    }
    std::ranges::sort(ids);
    Result<std::vector<std::string>> got = subject_->visible(user, collection);
    if (!got) return not_evaluated(got.error(), at);
    if (*got != ids)
      differ(at, list_text(ids), list_text(*got),
             name_for(user, collection, ids.empty() ? There::nothing : There::something));
    return {};
  }

  // {_id: [fields]} of everybody who reads the object, or {user: {_id: [fields]}}.
  Status visible_fields(const Json& wanted, const Json& beside, const std::string& at) {
    const std::vector<std::string> users = subject_->users();
    for (const auto& [key, value] : wanted.items()) {
      const std::string place = pointer_to(at, key);
      if (value.is_object()) {
        for (const auto& [id, fields] : value.items())
          SYNCLINE_TRY(fields_of(key, id, fields, pointer_to(place, id)));
        continue;
      }
      if (const std::string only = text_in(beside, "user"); !only.empty()) {
        SYNCLINE_TRY(fields_of(only, key, value, place));
        continue;
      }
      const std::string id = id_text(key);
      const std::string collection = subject_->collection_of(id);
      size_t readers = 0;
      for (const std::string& user : users) {
        if (collection.empty()) break;
        Result<std::vector<std::string>> got = subject_->visible(user, collection);
        if (!got) return not_evaluated(got.error(), place);
        if (std::ranges::find(*got, id) == got->end()) continue;
        ++readers;
        SYNCLINE_TRY(fields_of(user, key, value, place));
      }
      if (readers == 0 && !value.empty())
        differ(place, value.dump(), "nobody reads it",
               users.empty() ? "" : name_for(users.front(), collection, There::something));
    }
    return {};
  }

  Status fields_of(const std::string& user, const std::string& key, const Json& wanted,
                   const std::string& at) {
    const std::string id = id_text(key);
    const std::string collection = subject_->collection_of(id);
    if (collection.empty()) {
      differ(at, wanted.dump(), "there is no such document");
      return {};
    }
    std::set<std::string> names;
    for (const Json& name : wanted)
      if (name.is_string()) names.insert(name.get<std::string>());
    Result<std::optional<Document>> seen = subject_->seen(user, collection, id);
    if (!seen) return not_evaluated(seen.error(), at);
    std::set<std::string> got;
    if (*seen) collect_names(**seen, "", names, &got);
    if (got != names)
      differ(at, list_text({names.begin(), names.end()}),
             fmt::format("{} reads {}", user, list_text({got.begin(), got.end()})),
             name_for(user, collection, names.empty() ? There::nothing : There::something));
    return {};
  }

  void compatible(const Json& wanted, const std::string& at) {
    for (const auto& [name, value] : wanted.items()) {
      const bool known = app_ != nullptr && app_->usable.contains(name);
      const bool usable = known && app_->usable.at(name);
      if (value == usable) continue;
      const std::string place = pointer_to(at, name);
      if (!known && app_ != nullptr) {
        differ(place, value.dump(), "there is no such role");
        continue;
      }
      differ(place, value.dump(), usable ? "true" : "false",
             known && usable ? better_than_there(app_->roles.at(name), now_.config) : "");
    }
  }

  // Does an authority refuse the app? true, false, or what its reason says.
  void refused_at_deploy(const Json& wanted, const std::string& at) {
    if (app_ == nullptr) return;
    const std::string& got = app_->refused;
    const bool held = wanted.is_string() ? !got.empty() && contains_word(got, lower(wanted))
                                         : wanted == !got.empty();
    if (!held) differ(at, wanted.dump(), got.empty() ? "an authority takes the app" : got);
  }

  void migrated(const Json& wanted, const std::string& at) {
    if (app_ == nullptr) return;
    const auto roles = [](const std::vector<RoleSource>& sources) {
      nlohmann::json out = nlohmann::json::array();
      for (const RoleSource& source : sources) out.push_back(*source.role);
      return out;
    };
    const auto compare = [&](const Json& rules, const nlohmann::json& got,
                             const std::string& place) {
      if (!rules.is_object() || !rules.contains("roles")) return;
      const nlohmann::json expected = nlohmann::json::parse(rules["roles"].dump());
      if (expected != got) differ(place + "/roles", expected.dump(), got.dump());
    };
    if (wanted.contains("default_rule"))
      compare(wanted["default_rule"], roles(app_->app->default_rules.roles), at + "/default_rule");
    if (!wanted.contains("collection_rules")) return;
    for (const auto& [name, rules] : wanted["collection_rules"].items()) {
      nlohmann::json got = nlohmann::json::array();
      const TypeDef* type = app_->type(name);
      for (const CollectionRules& own : app_->app->rules)
        if (type != nullptr && own.collection == type->collection) got = roles(own.roles);
      compare(rules, got, pointer_to(at + "/collection_rules", name));
    }
  }

  // What cannot be evaluated is a difference; what is not there is a fault of the case.
  Status not_evaluated(const Error& error, const std::string& at) {
    if (error.code != ErrorCode::kNotSupported) return std::unexpected(Error(error).within(at));
    differ(at, "an answer", "cannot be evaluated: " + error.message);
    return {};
  }

  // ---- writes ----

  static bool met(const CaseWrite& write, const Ruling& ruling) {
    const bool applied = ruling.kind == Ruling::Kind::applied;
    if (applied != write.allowed) return false;
    if (applied) return true;
    // A write that the node itself refuses is refused; not the other way round.
    const bool expects_local = contains_word(write.outcome, "exception") ||
                               contains_word(write.outcome, "throw") ||
                               contains_word(write.outcome, "local");
    if (expects_local && ruling.kind != Ruling::Kind::failed) return false;
    return std::ranges::all_of(write.reason_contains, [&](const std::string& reason) {
      return contains_word(ruling.reason, lower(reason));
    });
  }

  Status writes(const Json& json, const std::string& at) {
    const std::unique_ptr<Subject> given = subject_->copy();
    const Json list = json.is_array() ? json : Json::array({json});
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string place = json.is_array() ? pointer_to(at, i) : at;
      if (!list[i].is_object() || !list[i].contains("op")) {
        SYNCLINE_TRY(transaction(list[i], place));
        continue;
      }
      const CaseWrite write = write_of(list[i], place);
      const std::unique_ptr<Subject> alone = given->copy();
      const Result<Ruling> first = alone->write({&write});
      if (!first) {
        SYNCLINE_TRY(not_evaluated(first.error(), place));
        continue;
      }
      SYNCLINE_ASSIGN(const Ruling after, subject_->write({&write}));
      if (!met(write, *first) && !met(write, after))
        differ(place, text_of_expected(write), text_of_ruling(*first),
               name_for(write.user, collection_of(write), there(write)));
    }
    return {};
  }

  static There there(const CaseWrite& write) {
    return write.allowed ? There::something : There::nothing;
  }

  std::string collection_of(const CaseWrite& write) const {
    return write.collection.empty() ? subject_->first_collection() : write.collection;
  }

  Status transactions(const Json& json, const std::string& at) {
    for (size_t i = 0; i < json.size(); ++i) SYNCLINE_TRY(transaction(json[i], pointer_to(at, i)));
    return {};
  }

  // One transaction: what it does to one object is judged together.
  Status transaction(const Json& json, const std::string& at) {
    std::vector<CaseWrite> all;
    const auto collect = [&](const Json& list, const std::string& place) {
      for (size_t i = 0; i < list.size(); ++i)
        all.push_back(write_of(list[i], pointer_to(place, i)));
    };
    if (json.is_array()) {
      collect(json, at);
    } else if (json.contains("op")) {
      all.push_back(write_of(json, at));
    } else {
      for (const char* key : {"writes", "operations"})
        if (json.contains(key)) collect(json[key], pointer_to(at, key));
    }
    std::vector<std::vector<const CaseWrite*>> groups;
    for (const CaseWrite& write : all) {
      const auto same = std::ranges::find_if(groups, [&](const auto& group) {
        return group.front()->user == write.user && group.front()->id == write.id &&
               group.front()->collection == write.collection;
      });
      if (same == groups.end())
        groups.push_back({&write});
      else
        same->push_back(&write);
    }
    for (const auto& group : groups) SYNCLINE_TRY(judge(group));
    return {};
  }

  Status judge(const std::vector<const CaseWrite*>& group) {
    const CaseWrite& first = *group.front();
    Result<Ruling> ruling = subject_->write(group);
    if (!ruling) return not_evaluated(ruling.error(), first.pointer);
    const std::string object =
        fmt::format("{} {} {}", first.user, collection_of(first), first.id.dump());
    last_writer_ = first.user;
    for (const CaseWrite* write : group) {
      if (met(*write, *ruling)) continue;
      std::string name = name_for(write->user, collection_of(*write), there(*write));
      const bool stands = !write->allowed && ruling->kind == Ruling::Kind::applied;
      if (name.empty() && stands && refused_.contains(object)) name = kLaterLawfulWrites;
      if (name == kLaterLawfulWrites) differing_[id_of(first)] = name;
      differ(write->pointer, text_of_expected(*write), text_of_ruling(*ruling), name);
    }
    if (ruling->kind != Ruling::Kind::applied) refused_.insert(object);
    if (ruling->kind == Ruling::Kind::partly) differing_.emplace(id_of(first), kLawfulFields);
    return {};
  }

  static std::string id_of(const CaseWrite& write) {
    const Result<Value> id = value_of(write.id);
    return id ? text_of(*id) : "";
  }

  // {collection: [documents]} of the last writer, or {user: {...}}.
  Status final_state(const Json& wanted, const std::string& at) {
    const std::vector<std::string> users = subject_->users();
    const bool by_user = std::ranges::all_of(
        wanted.items(), [&](const auto& item) { return item.value().is_object(); });
    if (by_user) {
      for (const auto& [user, state] : wanted.items())
        SYNCLINE_TRY(final_state_of(user, state, pointer_to(at, user)));
      return {};
    }
    std::string user = last_writer_;
    if (user.empty() && !users.empty()) user = users.front();
    return final_state_of(user, wanted, at);
  }

  Status final_state_of(const std::string& user, const Json& wanted, const std::string& at) {
    for (const auto& [collection, documents] : wanted.items()) {
      const std::string place = pointer_to(at, collection);
      std::map<std::string, std::string> expected;
      for (const Json& json : documents) {
        SYNCLINE_ASSIGN(const Value value, value_of(json));
        const Document* document = value.get_if<Document>();
        const Value* id = document == nullptr ? nullptr : document->find("_id");
        expected[id == nullptr ? "" : text_of(*id)] = text_of(plain(value));
      }
      std::map<std::string, std::string> got;
      SYNCLINE_ASSIGN(const std::vector<std::string> ids, subject_->visible(user, collection));
      for (const std::string& id : ids) {
        SYNCLINE_ASSIGN(const auto seen, subject_->seen(user, collection, id));
        if (seen) got[id] = text_of(plain(Value(*seen)));
      }
      for (const auto& [id, text] : expected)
        if (!got.contains(id)) state_differs(id, place, text, kNoObject, user, collection);
      for (const auto& [id, text] : got) {
        const auto found = expected.find(id);
        if (found == expected.end())
          state_differs(id, place, kNoObject, text, user, collection);
        else if (found->second != text)
          state_differs(id, place, found->second, text, user, collection);
      }
    }
    return {};
  }

  void state_differs(const std::string& id, const std::string& at, std::string expected,
                     std::string got, const std::string& user, const std::string& collection) {
    const bool expects_nothing = expected == kNoObject;
    const auto known = differing_.find(id);
    differ(at, std::move(expected), std::move(got),
           known != differing_.end()
               ? known->second
               : name_for(user, collection, expects_nothing ? There::nothing : There::something));
  }

  // ---- timeline ----

  // What a node of the user has, as one text: a bootstrap would change it.
  Result<std::map<std::string, std::string>> views() {
    std::map<std::string, std::string> out;
    for (const std::string& user : subject_->users())
      for (const std::string& collection : subject_->collections()) {
        SYNCLINE_ASSIGN(const std::vector<std::string> ids, subject_->visible(user, collection));
        for (const std::string& id : ids) {
          SYNCLINE_ASSIGN(const auto seen, subject_->seen(user, collection, id));
          out[user] += collection + id + (seen ? text_of(Value(*seen)) : "") + "\n";
        }
        out[user] += "\n";
      }
    return out;
  }

  Status step(const Json& json, const std::string& at) {
    SYNCLINE_ASSIGN(const auto before, views());
    Result<bool> changed = apply_step(json, initial_, &now_);
    if (!changed) return std::unexpected(changed.error().within(at));
    if (*changed) SYNCLINE_TRY(go_on(json));
    SYNCLINE_ASSIGN(const auto after, views());
    for (const char* key : {"bootstrap", "no_bootstrap"}) {
      if (!json.contains(key)) continue;
      const bool stays = std::string_view(key) == "no_bootstrap";
      for (const auto& [user, view] : after) {
        const Json& whom = json[key];
        if (whom == false) continue;
        if (whom.is_string() && whom != user) continue;
        if (whom.is_array() && std::ranges::find(whom, Json(user)) == whom.end()) continue;
        const auto old = before.find(user);
        const bool same = old != before.end() && old->second == view;
        if (same != stays)
          differ(pointer_to(at, key), stays ? "nothing is sent" : "the view changes",
                 fmt::format("{}'s view {}", user, same ? "stays" : "changes"));
      }
    }
    return expectations(json, at);
  }

  Status go_on(const Json& step) {
    if (request()) {  // documents stay as they were given: nothing is kept between requests
      SYNCLINE_ASSIGN(subject_, make_request_subject(now_));
      return {};
    }
    SYNCLINE_ASSIGN(CaseApp app, make_case_app(now_.config));
    app_ = std::make_shared<const CaseApp>(std::move(app));
    SYNCLINE_ASSIGN(subject_, subject_->under(app_, now_));
    for (const char* key : {"documents", "set_documents"})
      if (step.contains(key)) SYNCLINE_TRY(subject_->add_documents(step[key]));
    return {};
  }

  const RulesCase& initial_;
  RulesCase now_;
  std::shared_ptr<const CaseApp> app_;  // shared: worlds before and after a step
  std::unique_ptr<Subject> subject_;
  std::vector<Difference> differences_;
  std::set<std::string> refused_;                 // objects, each with who wrote it
  std::map<std::string, std::string> differing_;  // by _id: the named difference of its content
  std::string last_writer_;
};

}  // namespace

Result<std::vector<Difference>> run_case(const RulesCase& from) { return Runner(from).run(); }

}  // namespace syncline::rules_test
