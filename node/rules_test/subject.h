// Subject: what a case asks: users, roles, what is read, and what becomes of writes; under sync or
// by requests. Collections and documents go by name and by the text of their _id.
//
// One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/rules_test/case_world.h"
#include "node/rules_test/rules_case.h"

namespace syncline::rules_test {

class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::unique_ptr<Subject> copy() const = 0;
  // The same documents under other rules. Sync only: nothing is kept between requests.
  virtual Result<std::unique_ptr<Subject>> under(std::shared_ptr<const CaseApp> app,
                                                 const RulesCase& now) const = 0;
  virtual Status add_documents(const Json& documents) = 0;

  virtual std::vector<std::string> users() const = 0;
  virtual std::string first_collection() const = 0;
  virtual std::vector<std::string> collections() const = 0;
  // Empty: no document has the _id.
  virtual std::string collection_of(const std::string& id) const = 0;

  // kBadData, kNotSupported: the case cannot be evaluated there.
  // `id`: empty unless the role depends on the document.
  virtual Result<std::optional<std::string>> role(const std::string& user,
                                                  const std::string& collection,
                                                  const std::string& id) = 0;
  virtual Result<std::vector<std::string>> visible(const std::string& user,
                                                   const std::string& collection) = 0;
  virtual Result<std::optional<Document>> seen(const std::string& user,
                                               const std::string& collection,
                                               const std::string& id) = 0;
  // Writes of one transaction to one object.
  virtual Result<Ruling> write(const std::vector<const CaseWrite*>& group) = 0;
};

// Requires: the world's users are those of the case.
std::unique_ptr<Subject> make_sync_subject(CaseWorld world);
// kBadData.
Result<std::unique_ptr<Subject>> make_request_subject(const RulesCase& from);

}  // namespace syncline::rules_test
