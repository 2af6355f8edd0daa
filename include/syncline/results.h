// Results: what a query finds in a node's store, as a list; and what happens to that list.
//
//   Result<Results> due = node.query("Task", "done == false AND due < $0 SORT(due ASC)", {today});
//   due->each([](const Document& task) { return show(task); });
//   Result<Observation> watching = due->observe([&](const Results& now, const ResultsChange& what)
//   {
//     for (auto at = what.deletions.rbegin(); at != what.deletions.rend(); ++at) rows.remove(*at);
//     for (uint64_t at : what.insertions) rows.insert(at, *now.at(at));
//     for (uint64_t at : what.modifications) rows.replace(at, *now.at(at));
//   });
//
// Objects are as Node::get() shows them: with the node's own undecided writes. Nothing is looked up
// before the first question; from then on a Results is one consistent list, the same on every
// thread, whatever is written meanwhile: again() is the same query on what is there now. It keeps
// what it shows from being reclaimed on disk, so it should not be held for hours.
//
// Without SORT a list is in the order of _id, and so it goes among equals. Threads: every member
// may be called from any. Lifetime: copies share one list; a Results may outlive its node, and then
// answers kClosed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "syncline/indexes.h"
#include "syncline/observation.h"
#include "syncline/result.h"
#include "syncline/subscriptions.h"
#include "syncline/value.h"

namespace syncline {

// How one list became the next. Deletions count in the old list, insertions and modifications in
// the new one; each is in rising order. Taking out deletions and `from` of moves, from the last on,
// then putting in insertions and `to` of moves, from the first on, makes the new list of the old.
struct ResultsChange {
  struct Move {
    uint64_t from = 0;  // in the old list
    uint64_t to = 0;    // in the new one
  };
  std::vector<uint64_t> deletions;
  std::vector<uint64_t> insertions;
  std::vector<uint64_t> modifications;
  std::vector<Move> moves;  // under SORT: past others that did not move; by `to`
  bool initial = false;     // the first one: the list as it is to begin with; nothing else is said
  // The store could not be read, or the query does not fit a new schema: nothing more is told.
  std::optional<Error> error;
};

class Results {
 public:
  const std::string& type() const;
  // Canonical, with the arguments in their places: a query that finds the same by its form has the
  // same.
  const std::string& query() const;

  Result<uint64_t> size() const;
  Result<Document> at(uint64_t index) const;  // kNotFound: beyond the end
  Result<std::optional<Document>> first() const;
  // In order, until `visit` answers false.
  Status each(const std::function<bool(const Document&)>& visit) const;
  Results again() const;
  // Carries the query out once more on what this list shows, and says how and at what cost.
  Result<Explanation> explain() const;

  // Tells the list as it is at the call, then every change of it. key_paths: modifications of other
  // fields than these are not told ("title", "place.room"; through embedded objects, not links).
  // kBadQuery: no such field. A callback that is slower than the changes is told several at once.
  Result<Observation> observe(
      std::function<void(const Results& now, const ResultsChange&)> callback,
      const std::vector<std::string>& key_paths = {}) const;

  // A subscription to this query (Node::subscribe); the one without a name ends.
  Result<SubscriptionSet> subscribe(const SubscribeOptions& options = {}) const;
  Result<SubscriptionSet> unsubscribe() const;

 private:
  friend class LiveQuery;
  friend class Node;
  friend struct NodeInside;
  struct State;
  explicit Results(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;  // shared: copies are one list
};

}  // namespace syncline
