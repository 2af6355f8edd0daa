// What is behind Results and its observations, and how a node ends with some of them left.
// results.cc, live_query.cc, and node.cc for closing.
#pragma once

#include <mutex>
#include <set>

#include "node/replica/replica.h"
#include "node/runtime/gate.h"
#include "node/runtime/list_query.h"
#include "syncline/node.h"

namespace syncline {

class SnapshotLease;

// A node as its results see it. Shared: they may outlive it.
struct ResultsHome {
  Gate gate;  // the node's: who is inside finds it open
  Node::Impl* node = nullptr;
  std::mutex mutex;
  std::set<SnapshotLease*> leases;  // under mutex

  // The store is about to be closed: lets go of all snapshots. Requires: nobody is inside, and
  // nobody will be.
  void end_leases();
};

// A snapshot of a node's store that is given back before the store is closed, whoever keeps it.
class SnapshotLease {
 public:
  SnapshotLease(std::shared_ptr<ResultsHome> home, std::unique_ptr<Reader> reader);
  ~SnapshotLease();
  SnapshotLease(const SnapshotLease&) = delete;
  SnapshotLease& operator=(const SnapshotLease&) = delete;
  // Requires: inside the node's gate, or on its teller's thread.
  const Reader& reader() const { return *reader_; }

 private:
  friend struct ResultsHome;
  std::shared_ptr<ResultsHome> home_;  // shared: outlives the node with the lease
  std::unique_ptr<Reader> reader_;
};

// Of one list, once somebody has looked.
struct ResultsLook {
  std::shared_ptr<const SnapshotLease> snapshot;  // shared: by lists and by what follows them
  std::shared_ptr<const ListEntries> list;
};

struct Results::State {
  std::shared_ptr<ResultsHome> home;       // shared: the node may end before
  std::shared_ptr<const ListQuery> query;  // shared: with observations, and again()
  std::mutex mutex;
  std::optional<ResultsLook> look;  // under mutex

  // Looks if nobody has. Requires: inside the gate.
  Result<ResultsLook> looked();
  Result<Document> document(const ResultsLook& at, uint64_t index) const;
};

}  // namespace syncline
