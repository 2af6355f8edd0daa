// ListQuery: a bound query as lists need it: what matches, and by what it is sorted. The one door
// between results and the query language. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/query/bind.h"
#include "node/replica/index_search.h"
#include "node/runtime/live_list.h"
#include "storage/store.h"

namespace syncline {

class ListQuery {
 public:
  // kNotFound: no such type. kBadQuery.
  static Result<std::shared_ptr<const ListQuery>> make(std::shared_ptr<const Schema> schema,
                                                       std::string_view type,
                                                       std::string_view query,
                                                       const std::vector<Value>& arguments);

  const TypeDef& type() const { return *type_; }
  const Schema& schema() const { return *query_->schema; }
  const std::string& text() const { return query_->text; }
  const std::vector<ListStage>& stages() const { return stages_; }
  // Whether objects of the other type decide what is found, or in which order.
  bool follows(TypeNumber other) const;

  // The entry of the object that is like that; null: it is not found. snapshot: where links lead.
  Result<std::shared_ptr<const ListEntry>> entry_of(const ObjectKey& key, const Row& row,
                                                    const Reader& snapshot) const;
  // What matches, by _id: all of it, or what the result needs. cost: may be null.
  Result<ListEntries> run(const Reader& snapshot, query::Needed needed,
                          SearchCost* cost = nullptr) const;

 private:
  // Of an object that matches.
  std::shared_ptr<const ListEntry> entry_for(const ObjectKey& key, const Row& row,
                                             query::ObjectSource& objects) const;
  explicit ListQuery(std::shared_ptr<const query::BoundQuery> query);

  std::shared_ptr<const query::BoundQuery> query_;  // shared: as bind() makes it
  const TypeDef* type_;
  std::vector<ListStage> stages_;
};

}  // namespace syncline
