// AuthorityDaemon: an authority in the real world: RocksDB, ZeroMQ, threads and time around an
// AuthorityDriver.
//
// Threads: one for the machine, one for the log (appends, flushes, trims), and the transport's.
// Frames are decoded and their signatures verified on the transport's thread; everything meets in
// one bounded inbox.
//
//   transport --intake--> inbox --> machine thread --> log thread --> inbox
//                                        \--> transport
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node/authority/authority.h"
#include "node/authority/deploying.h"
#include "node/replica/transaction.h"
#include "node/runtime/store_directory.h"
#include "node/runtime/transport.h"

namespace syncline {

struct AuthorityDaemonOptions {
  std::string listen;                          // instead of the configuration's, if not empty
  std::unique_ptr<ServerTransport> transport;  // null: ZeroMQ
  // Both or neither; null: the directory's databases. A fresh state needs initialise_state(). For
  // tests and the thread sanitizer's run; what is given has no backup().
  std::unique_ptr<Store> state;
  std::unique_ptr<CommitLog> log;
  std::shared_ptr<const RuleFunctions> functions;       // that the app's rules may call; null: none
  std::function<void(const AuthorityEvent&)> on_event;  // on the machine's thread; keep it short
};

class AuthorityDaemon {
 public:
  // Makes the two databases of a fresh authority and deploys the app in it. kBadApp, kExists.
  static Status initialise(const StoreDirectory& directory, const AppFiles& app,
                           std::shared_ptr<const RuleFunctions> functions = nullptr);

  // Opens, recovers, takes the log over. Does not listen yet. kStoreInUse, kStoreDamaged, ...
  static Result<std::unique_ptr<AuthorityDaemon>> open(StoreDirectory directory,
                                                       AuthorityDaemonOptions options = {});
  ~AuthorityDaemon();  // as stop()

  Status listen();  // kPortInUse
  std::string endpoint() const;
  // Decides what is queued, tells who listens, closes. Idempotent.
  void stop();
  // Ends by itself only on a failure: kFenced, kIo. Waits for that, or for stop().
  Status wait();

  // ---- any thread ----
  // One transaction of the authority's own hand. `body` runs on the machine's thread. kStoreFull:
  // the disk was full for ten seconds; what the body wrote may still be decided, as the text says.
  Result<Decision> write(const std::function<Status(Draft&)>& body);
  // Replaces the app. How its schema changed; kBadApp, kRefused: as plan_deployment(), and nothing
  // was changed.
  Result<Deployment> deploy(const AppFiles& files);
  // Nodes of the oldest schema version are let in no more. kRefused: it is not the oldest.
  Status end_version(uint32_t version);
  // Development mode: nodes' code adds types and fields to the schema. What it adds is written as
  // an app's files into the store's directory, under app/, too.
  Status set_development(bool on);
  Status pause();
  Status resume();
  AuthorityStatus status() const;
  // Why it does not get on: its disk is full.
  std::optional<Error> trouble() const;
  std::shared_ptr<const Deployed> deployed() const;
  std::vector<std::string> users() const;
  // A consistent copy of both databases and the keys, into an empty or absent directory; durable on
  // return, and told to nodes as safe. restore_store() makes a store of it.
  Status backup(const std::string& directory) const;
  const Store& state() const;
  const CommitLog& log() const;
  const StoreDirectory& directory() const;
  ServerCounters counters() const;

 private:
  Status follow_configuration();
  // ... of which nothing stands unless what the body expects does.
  Result<Decision> write(const std::function<Status(Draft&, std::vector<Guard>*)>& body);
  Status write_setting(const std::string& name, const std::string& value);
  struct Impl;
  explicit AuthorityDaemon(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
