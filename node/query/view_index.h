// ViewIndex: of many queries over one type, those that an object may match, without asking each.
//
//   index.add(7, index_terms(*query));
//   index.candidates(object, &ids);      // 7 is among them if the query matches the object
//
// Of each branch of a query's terms one is indexed: an equality by hash, else a range in an
// interval tree. A query without a term is a candidate for everything. A change costs the queries
// that it touches, not those that exist. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "node/query/index_terms.h"
#include "node/query/intervals.h"

namespace syncline::query {

class ViewIndex {
 public:
  using Id = uint64_t;
  ViewIndex(std::shared_ptr<const Schema> schema, TypeNumber type)
      : schema_(std::move(schema)), type_(type) {}

  void add(Id id, const IndexTerms& terms);
  // With the terms that it was added with.
  void remove(Id id, const IndexTerms& terms);
  // No query looks at the object: each is a candidate, whatever it is.
  const std::set<Id>* all_alike() const { return places_.empty() ? &anything_ : nullptr; }
  // Added to `ids`.
  void candidates(const ObjectView& object, std::set<Id>* ids) const;
  bool empty() const { return anything_.empty() && places_.empty(); }

 private:
  struct Place {
    std::unordered_map<Bytes, std::set<Id>> equals;
    Intervals ranges;
    bool empty() const { return equals.empty() && ranges.empty(); }
  };

  std::shared_ptr<const Schema> schema_;  // shared: with the queries
  TypeNumber type_;
  std::map<TermPath, Place> places_;
  std::set<Id> anything_;
};

}  // namespace syncline::query
