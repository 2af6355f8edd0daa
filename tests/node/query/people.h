// A schema with a field of every kind, objects of it, and a source that holds them: what the tests
// of this folder ask about.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/query/bind.h"
#include "node/query/evaluate.h"
#include "proto/schema.h"

namespace syncline::test {

inline constexpr TypeNumber kPerson{16};
inline constexpr TypeNumber kDog{17};
inline constexpr TypeNumber kAddress{18};  // embedded
inline constexpr TypeNumber kPoint{19};    // embedded, GeoJSON
inline constexpr TypeNumber kTrip{20};

// Person: _id int; name, nick strings; age int; height double; balance decimal; ok bool; born date;
// token uuid; oid objectId; photo binary; extra mixed; tags list of strings; scores list of ints;
// lucky set of ints; limits dictionary of ints; things list of mixed; home embedded; places list of
// embedded; spot embedded point; best link to Person; dogs list of links to Dog.
// Dog: _id string; name string; weight double; age int; owner link to Person.
// Trip, to which nothing links: _id int; dogs dictionary of links to Dog.
std::shared_ptr<const Schema> people_schema();

class People : public query::ObjectSource {
 public:
  People() : schema_(people_schema()) {}

  // Adds an object, given as Extended JSON with its _id.
  void add(TypeNumber type, const std::string& json);
  const std::shared_ptr<const Schema>& schema() const { return schema_; }
  const std::vector<std::shared_ptr<const Row>>& rows(TypeNumber type) { return rows_[type]; }

  // Binds, or fails the test with the message.
  std::shared_ptr<const query::BoundQuery> bind(const std::string& text,
                                                std::vector<Value> arguments = {},
                                                TypeNumber type = kPerson);
  // The ids of what a query finds, in order: "1 3". "!message" if it is refused.
  std::string find(const std::string& text, std::vector<Value> arguments = {},
                   TypeNumber type = kPerson);

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override;
  void visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber target,
                       const ObjectKey& key, Visit visit) override;

 private:
  std::shared_ptr<const Schema> schema_;
  std::map<TypeNumber, std::vector<std::shared_ptr<const Row>>> rows_;
};

// The message of a refused query; fails the test if it is taken.
std::string refusal(const std::string& text, std::vector<Value> arguments = {},
                    TypeNumber type = kPerson);

}  // namespace syncline::test
