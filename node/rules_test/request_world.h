// RequestWorld: a case of mode request. There is no sync and no session: a role is chosen for each
// document, every permission may be an expression, about the document as it was (%%prevRoot) and as
// it would be (%%root), and rules' filters apply. Syncline itself serves no such requests; this
// tells what the rules of an app that had them meant.
//
// One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/access/expression.h"
#include "node/access/user_resolver.h"
#include "node/rules_test/case_world.h"

namespace syncline::rules_test {

class RequestWorld {
 public:
  // kBadData, with the place.
  static Result<RequestWorld> make(const RulesCase& from);

  std::vector<std::string> users() const;
  // Each of these may fail: kBadData, an expression that cannot be evaluated.
  // The role for the document; of the collection's documents the one that all have, if `id` is
  // empty. Nothing: none applies.
  Result<std::optional<std::string>> role_of(const std::string& user, const std::string& collection,
                                             const std::string& id) const;
  Result<std::vector<std::string>> visible(const std::string& user,
                                           const std::string& collection) const;
  Result<std::optional<Document>> seen(const std::string& user, const std::string& collection,
                                       const std::string& id) const;
  Result<Ruling> write(const CaseWrite& write);
  // The collection that has the document; empty: none.
  std::string collection_of(const std::string& id) const;
  const std::vector<std::string>& collections() const { return collections_; }

 private:
  using Documents = std::map<std::string, Document>;  // by the _id's text
  // The document after and before the request, and what of it is judged.
  struct Images {
    const Document* root = nullptr;
    const Document* previous = nullptr;
    const Value* self = nullptr;
    const Value* previous_self = nullptr;
  };

  Result<bool> holds(const Json& expression, const User& user, const Images& images) const;
  // Absent: `otherwise`.
  Result<bool> holds(const Json& parent, const char* key, bool otherwise, const User& user,
                     const Images& images) const;
  Result<const Json*> choose(const User& user, const std::string& collection,
                             const Images& images) const;
  const Json* rules_of(const std::string& collection) const;
  Result<std::optional<Document>> shown(const User& user, const std::string& collection,
                                        const Document& document) const;
  Result<std::optional<Document>> by_role(const Json& role, const User& user,
                                          const Document& document) const;
  Result<std::optional<Document>> by_fields(const Json& fields, const Json& additional,
                                            const User& user, const Document& document,
                                            const Images& images) const;
  Result<std::optional<Document>> filtered(const User& user, const std::string& collection,
                                           Document document) const;
  Result<std::string> object_to(const User& user, const Json& role, const Images& images) const;
  Result<std::string> object_to_fields(const User& user, const Json& role,
                                       const Images& images) const;

  CaseConfig config_;
  Constants constants_;
  std::map<std::string, User> users_;
  std::vector<std::string> collections_;
  std::map<std::string, Documents> documents_;
};

}  // namespace syncline::rules_test
