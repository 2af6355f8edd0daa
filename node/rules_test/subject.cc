#include "node/rules_test/subject.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/rules_test/request_world.h"

namespace syncline::rules_test {
namespace {

class SyncSubject final : public Subject {
 public:
  explicit SyncSubject(CaseWorld world) : world_(std::move(world)) {}

  std::unique_ptr<Subject> copy() const override { return std::make_unique<SyncSubject>(world_); }
  Result<std::unique_ptr<Subject>> under(std::shared_ptr<const CaseApp> app,
                                         const RulesCase& now) const override {
    SYNCLINE_ASSIGN(CaseWorld world, world_.under(std::move(app), now.users, now.subscriptions));
    return make_sync_subject(std::move(world));
  }
  Status add_documents(const Json& documents) override { return world_.add_documents(documents); }
  std::vector<std::string> users() const override { return world_.users(); }
  std::string first_collection() const override { return world_.app().types.front(); }
  std::vector<std::string> collections() const override { return world_.app().types; }
  std::string collection_of(const std::string& id) const override {
    const TypeDef* type = world_.type_of(id);
    for (const std::string& name : world_.app().types)
      if (type != nullptr && world_.app().type(name) == type) return name;
    return {};
  }

  Result<std::optional<std::string>> role(const std::string& user, const std::string& collection,
                                          const std::string&) override {
    SYNCLINE_ASSIGN(const TypeDef* type, type_named(collection));
    const User* person = world_.user(user);
    if (person == nullptr) return no_user(user);
    // Of an app that is refused, too: the choice does not depend on what a role grants.
    const Access access = world_.app().policy->access_of(*person);
    const std::string& name = access.of(type->number).role;
    return name.empty() ? std::nullopt : std::optional(name);
  }
  Result<std::vector<std::string>> visible(const std::string& user,
                                           const std::string& collection) override {
    SYNCLINE_ASSIGN(const TypeDef* type, type_named(collection));
    if (world_.user(user) == nullptr) return no_user(user);
    return world_.visible(user, type->number);
  }
  Result<std::optional<Document>> seen(const std::string& user, const std::string& collection,
                                       const std::string& id) override {
    SYNCLINE_ASSIGN(const TypeDef* type, type_named(collection));
    if (world_.user(user) == nullptr) return no_user(user);
    return world_.seen(user, type->number, id);
  }
  Result<Ruling> write(const std::vector<const CaseWrite*>& group) override {
    return world_.write(group);
  }

 private:
  Result<const TypeDef*> type_named(const std::string& name) const {
    if (const TypeDef* type = world_.app().type(name)) return type;
    return fail(ErrorCode::kBadData, fmt::format("the app has no collection {}", name));
  }
  static std::unexpected<Error> no_user(const std::string& user) {
    return fail(ErrorCode::kBadData, fmt::format("there is no user {}", user));
  }

  CaseWorld world_;
};

class RequestSubject final : public Subject {
 public:
  explicit RequestSubject(RequestWorld world) : world_(std::move(world)) {}

  std::unique_ptr<Subject> copy() const override {
    return std::make_unique<RequestSubject>(world_);
  }
  Result<std::unique_ptr<Subject>> under(std::shared_ptr<const CaseApp>,
                                         const RulesCase& now) const override {
    return make_request_subject(now);
  }
  Status add_documents(const Json&) override { return {}; }
  std::vector<std::string> users() const override { return world_.users(); }
  std::string first_collection() const override { return world_.collections().front(); }
  std::vector<std::string> collections() const override { return world_.collections(); }
  std::string collection_of(const std::string& id) const override {
    return world_.collection_of(id);
  }

  Result<std::optional<std::string>> role(const std::string& user, const std::string& collection,
                                          const std::string& id) override {
    SYNCLINE_TRY(known(user));
    return world_.role_of(user, collection, id);
  }
  Result<std::vector<std::string>> visible(const std::string& user,
                                           const std::string& collection) override {
    SYNCLINE_TRY(known(user));
    return world_.visible(user, collection);
  }
  Result<std::optional<Document>> seen(const std::string& user, const std::string& collection,
                                       const std::string& id) override {
    SYNCLINE_TRY(known(user));
    return world_.seen(user, collection, id);
  }
  // Requests come one by one; the last one's fate is told, or the first's that is refused.
  Result<Ruling> write(const std::vector<const CaseWrite*>& group) override {
    Ruling out;
    for (const CaseWrite* one : group) {
      SYNCLINE_ASSIGN(Ruling ruling, world_.write(*one));
      if (out.kind == Ruling::Kind::applied) out = std::move(ruling);
    }
    return out;
  }

 private:
  Status known(const std::string& user) const {
    if (std::ranges::count(world_.users(), user) > 0) return {};
    return fail(ErrorCode::kBadData, fmt::format("there is no user {}", user));
  }

  RequestWorld world_;
};

}  // namespace

std::unique_ptr<Subject> make_sync_subject(CaseWorld world) {
  return std::make_unique<SyncSubject>(std::move(world));
}

Result<std::unique_ptr<Subject>> make_request_subject(const RulesCase& from) {
  SYNCLINE_ASSIGN(RequestWorld world, RequestWorld::make(from));
  return std::unique_ptr<Subject>(std::make_unique<RequestSubject>(std::move(world)));
}

}  // namespace syncline::rules_test
