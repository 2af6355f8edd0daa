// CaseWorld: documents and users under a case's rules, as an authority and the users' nodes would
// have them: what is read, and what becomes of writes.
//
// One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/query/bind.h"
#include "node/query/evaluate.h"
#include "node/rules_test/case_app.h"
#include "node/rules_test/rules_case.h"
#include "proto/object.h"

namespace syncline::rules_test {

// What became of a write.
struct Ruling {
  enum class Kind {
    applied,
    partly,   // some of its fields were refused alone
    refused,  // by the authority: the node undoes it and is told why
    failed,   // on the node: it was never sent
  };
  Kind kind = Kind::applied;
  std::string reason;  // empty: applied
};

class CaseWorld {
 public:
  // kBadData, with the place: documents, users or subscriptions that are not as the app wants them.
  static Result<CaseWorld> make(std::shared_ptr<const CaseApp> app, const Json& users,
                                const Json& documents, const Json& subscriptions);

  const CaseApp& app() const { return *app_; }
  std::vector<std::string> users() const;
  // Null: there is no such user.
  const User* user(const std::string& id) const;
  const Access& access(const std::string& user) const;
  // The _ids that the user's node has, as Extended JSON, sorted.
  std::vector<std::string> visible(const std::string& user, TypeNumber type);
  // The object as the user's node has it.
  std::optional<Document> seen(const std::string& user, TypeNumber type, const std::string& id);
  // By the object's _id; nothing: no object has it.
  const TypeDef* type_of(const std::string& id) const;

  // Judges the writes of one transaction on one object together, as an authority does, and does
  // what of it is lawful. kBadData: a value of the case that cannot be read.
  Result<Ruling> write(const std::vector<const CaseWrite*>& group);
  // The object of a write; kBadData.
  struct Target {
    const TypeDef* type = nullptr;
    Value id;
    std::string text;  // of the id
  };
  Result<Target> target_of(const CaseWrite& write) const;

  // The same documents and users under other rules.
  Result<CaseWorld> under(std::shared_ptr<const CaseApp> app, const Json& users,
                          const Json& subscriptions) const;
  Status add_documents(const Json& documents);

 private:
  struct Person {
    User user;
    Access access;
    bool everything = true;  // no subscriptions: all is subscribed to
    std::map<TypeNumber, std::vector<std::shared_ptr<const query::BoundQuery>>> queries;
  };
  using Rows = std::map<std::string, Row>;  // by the _id's text
  class Source;
  class Edit;

  Status add_people(const Json& users, const Json& subscriptions);
  Status subscribe(Person* person, const Json& subscriptions, const std::string& at);
  Status subscribe_one(Person* person, const std::string& type, const std::string& query,
                       const std::string& at);
  // The object as the user may see it; null: not at all.
  static std::shared_ptr<const Row> shown(const Person& person, TypeNumber type, const Row& row);
  std::vector<std::shared_ptr<const Row>> view(const Person& person, TypeNumber type);
  // Is the object, as it stands, one that the user's node has or would get?
  bool in_view(const Person& person, TypeNumber type, const Row& row);
  std::optional<std::string> object_to_view(const Person& person, const TypeDef& type,
                                            const Row* before, const Row* after);

  std::shared_ptr<const CaseApp> app_;  // shared: worlds before and after a step
  std::map<std::string, Person> people_;
  // Elements of new lists are unlike those that are there.
  ChangesetName next_name() { return {NodeId{1}, Epoch{1}, ++changesets_}; }

  std::map<TypeNumber, Rows> rows_;
  uint32_t changesets_ = 0;
};

// A user of a case, at that place. kBadData.
Result<User> user_of(const Json& json, const std::string& at);
// A value as differences and comparisons show it: relaxed Extended JSON with sorted keys.
std::string text_of(const Value& value);

}  // namespace syncline::rules_test
