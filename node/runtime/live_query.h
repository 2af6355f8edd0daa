// LiveQuery: one observation of results. The machine's steps leave what they changed; the teller's
// thread works out what that does to the list, and tells.
//
// What changes only objects of the query's own type is worked in one by one. Where objects of other
// types decide too (links), or where a step does not list its changes (a first download), the query
// is run again and the lists are compared.
#pragma once

#include <deque>

#include "node/runtime/key_paths.h"
#include "node/runtime/results_impl.h"

namespace syncline {

class LiveQuery {
 public:
  using Callback = std::function<void(const Results&, const ResultsChange&)>;
  using Changes = std::shared_ptr<const std::vector<ObjectChange>>;  // shared: by all live queries

  LiveQuery(std::shared_ptr<ResultsHome> home, std::shared_ptr<const ListQuery> query,
            KeyPaths key_paths, Callback callback)
      : home_(std::move(home)),
        query_(std::move(query)),
        key_paths_(std::move(key_paths)),
        callback_(std::move(callback)),
        list_(query_->stages()) {}

  // Whether the changes may do something to the list.
  bool is_concerned(const std::vector<ObjectChange>& changes) const;
  // What a step changed, and the store after it. changes: null if they are not listed. Requires: in
  // the order of the steps; take() is called for each.
  void leave(Changes changes, std::shared_ptr<const SnapshotLease> snapshot);
  // Works in what was left first, and tells. On the teller's thread.
  void take();

 private:
  struct Step {
    Changes changes;
    std::shared_ptr<const SnapshotLease> snapshot;
  };

  void take_rest(Step* step);
  Status work_in(const Step& step, ResultsChange* change);
  Result<std::vector<LiveList::Change>> list_changes(const Step& step) const;
  // The keys of what is listed and looks different in the snapshot.
  Result<std::set<ObjectKey>> modified_between(const Step& step) const;
  std::set<ObjectKey> modified_in(const std::vector<ObjectChange>& changes) const;
  bool must_run_again(const Step& step) const;
  void tell(ResultsChange change);

  std::shared_ptr<ResultsHome> home_;       // shared: the node may end before
  std::shared_ptr<const ListQuery> query_;  // shared: with the results that are told
  KeyPaths key_paths_;
  Callback callback_;

  std::mutex mutex_;
  std::deque<Step> left_;  // under mutex_

  // The teller's.
  LiveList list_;
  std::shared_ptr<const SnapshotLease> snapshot_;  // null: nothing was told yet
  bool ended_ = false;                             // by an error
};

}  // namespace syncline
