#include "node/query/view_index.h"

#include <optional>

namespace syncline::query {
namespace {

Interval interval_of(const Term& term) {
  return {term.low, term.high, term.low_inclusive, term.high_inclusive};
}

}  // namespace

void ViewIndex::add(Id id, const IndexTerms& terms) {
  for (const Branch& branch : terms.branches) {
    const std::optional<Term> term = best_term(branch);
    if (!term) {
      anything_.insert(id);
      continue;
    }
    Place& place = places_[term->path];
    for (const Bytes& key : term->equals) place.equals[key].insert(id);
    if (term->equals.empty()) place.ranges.add(interval_of(*term), id);
  }
}

void ViewIndex::remove(Id id, const IndexTerms& terms) {
  anything_.erase(id);
  for (const Branch& branch : terms.branches) {
    const std::optional<Term> term = best_term(branch);
    if (!term) continue;
    auto place = places_.find(term->path);
    if (place == places_.end()) continue;
    for (const Bytes& key : term->equals) {
      auto ids = place->second.equals.find(key);
      if (ids == place->second.equals.end()) continue;
      ids->second.erase(id);
      if (ids->second.empty()) place->second.equals.erase(ids);
    }
    if (term->equals.empty()) place->second.ranges.remove(interval_of(*term), id);
    if (place->second.empty()) places_.erase(place);
  }
}

void ViewIndex::candidates(const ObjectView& object, std::set<Id>* ids) const {
  ids->insert(anything_.begin(), anything_.end());
  std::vector<Id> found;
  for (const auto& [path, place] : places_) {
    for (const Bytes& key : index_keys(*schema_, type_, path, object)) {
      if (auto equal = place.equals.find(key); equal != place.equals.end())
        ids->insert(equal->second.begin(), equal->second.end());
      place.ranges.find(key, &found);
    }
  }
  ids->insert(found.begin(), found.end());
}

}  // namespace syncline::query
