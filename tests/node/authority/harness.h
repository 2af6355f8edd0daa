// A site: the authority's machine and driver on a disk that can crash and a log that can be
// scripted, with a small app deployed; and the devices that talk to it, as signed frames.
//
//   Site site;
//   Device& ann = site.enrol("clerk");
//   site.subscribe(ann, {"Box"});
//   site.connect(ann);
//   site.write(site.put_box("a", "n"));
//   EXPECT_EQ(ann.held, site.shown_to(ann));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/authority/deploying.h"
#include "node/authority/recovery.h"
#include "node/authority/runs.h"
#include "node/authority/state_keys.h"
#include "node/authority/stored_object.h"
#include "node/driver/authority_draft.h"
#include "node/driver/authority_driver.h"
#include "proto/uses.h"
#include "storage/memory_commit_log.h"
#include "storage/memory_store.h"

namespace syncline::authority_test {

template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  if (!result) std::abort();
  return std::move(*result);
}
inline void must(const Status& status) {
  ASSERT_TRUE(status.has_value()) << (status ? "" : status.error().message);
}

using Edit = std::function<void(Draft&)>;
using Objects = std::map<ObjectName, Scope>;

// The app: Box (the role clerk does not see `secret`, may not write `locked` nor delete) and Note
// (clerk only reads). Users boss and clerk.
AppFiles small_app();
// So many bytes of text that hardly compress.
std::string noise(size_t bytes, uint64_t seed = 1);

// Everything that the log justifies: not what sessions left behind.
std::map<Bytes, Bytes> state_of(const Reader& reader);

// A node, as far as the authority can tell: takes what it is told, gives credit back, answers
// have-asks.
class Device {
 public:
  explicit Device(uint8_t identity);

  KeyPair key;
  NodeId id;
  uint32_t version = 0;  // the schema version that its code is written for
  ConnectionId connection;
  SessionNonce session;
  // Its writing.
  Epoch epoch{1};
  uint64_t number = 0;
  Hash previous{};
  // What it has: objects as it sees them, since when, under which view.
  Objects held;
  Cursor cursor;
  Hash token{};
  std::map<ChangesetName, Decision> decided;
  // What came, in order; and the objects told of in it.
  std::vector<Message> got;
  std::vector<ObjectDelta> told;

  bool gives_credit = true;
  bool answers = true;

  template <class M>
  std::vector<M> all() const {
    std::vector<M> out;
    for (const Message& message : got)
      if (const M* m = std::get_if<M>(&message)) out.push_back(*m);
    return out;
  }
  void forget() { got.clear(), told.clear(); }
  Hello hello() const;
  HaveList answer_to(const HaveAsk& ask);
  Progress progress() const { return {session, cursor, consumed_}; }
  // Messages that answer it.
  std::vector<Message> receive(const Message& message);

 private:
  void take(const Delta& delta);
  void take_object(const ObjectDelta& object);
  Objects staged() const;  // of a bootstrap under way

  std::vector<Delta> staged_;  // parts of a delta that is not whole; of a bootstrap, over sessions
  std::map<std::pair<TypeNumber, uint32_t>, std::vector<ObjectKey>> listed_;
  uint64_t consumed_ = 0;
  friend class Site;
};

class Site {
 public:
  Site();
  void start(AuthorityOptions options = {});  // recovers and opens
  void stop() { driver_.reset(); }            // the process is gone; disk and log stay

  // ---- by the authority's own hand ----
  Decision write(const Edit& edit);  // of what is lawful
  Decision try_to_write(const Edit& edit);
  void deploy(const AppFiles& app);
  // What was planned, with its guards.
  Decision deploy(const Deployment& planned);
  Edit put_box(const std::string& id, const std::string& name) const;
  Edit set_box(const std::string& id, const std::string& field, const Value& value) const;
  Edit remove_box(const std::string& id) const;
  Device& enrol(const std::string& user);
  void subscribe(const Device& device, const std::vector<std::string>& types,
                 const std::string& query = {});
  void unsubscribe(const Device& device, const std::string& type);

  // ---- by a device ----
  void connect(Device& device);
  void disconnect(Device& device);
  // What the edit records, as the device's next changeset would, on what is committed (or on
  // `base`, having seen nothing later).
  Changeset changeset(const Device& device, const Edit& edit) const;
  // One upload of these, from the device's next number on; as an input, not stepped yet.
  AuthorityInput offer(Device& device, const std::vector<Bytes>& payloads);
  // The same of one that is too large for a message: its parts, then its upload.
  std::vector<AuthorityInput> offer_in_parts(Device& device, const Bytes& payload);
  // Uploaded, decided, told. The name of the last.
  ChangesetName upload(Device& device, const std::vector<Changeset>& changesets);
  ChangesetName upload(Device& device, const Edit& edit) {
    return upload(device, {changeset(device, edit)});
  }
  AuthorityInput arrive(const Device& device, const Message& message) const;

  // ---- the loop ----
  void run(std::vector<AuthorityInput> inputs = {});  // until nothing is left to do
  void fire(const std::string& timer) { run({authority_input::TimerFired{timer}}); }
  AuthorityInput fired(const std::string& timer) const {
    return authority_input::TimerFired{timer};
  }

  // ---- what is there ----
  Authority& machine() { return driver_->machine(); }
  const Schema& schema() const { return driver_->machine().deployed()->schema(); }
  TypeNumber type(const std::string& name) const { return schema().type(name)->number; }
  FieldNumber field(const std::string& type, const std::string& name) const;
  // As the schema version has it.
  FieldNumber field(uint32_t version, const std::string& type, const std::string& name) const;
  ObjectName name_of(const std::string& type, const std::string& id) const;
  std::optional<Row> row(const ObjectName& name) const;
  std::vector<Entry> entries() const;  // those kept in the log
  Decision decision(const ChangesetName& name) const;
  Objects shown_to(const Device& device) const;
  size_t events(const std::string& name) const;
  Cursor head() const { return driver_->machine().committed(); }

  MemoryStore disk;
  MemoryCommitLog log;
  Instant now{1'700'000'000'000, 1'000, 7};
  AuthorityOptions options;
  bool holds_appends = false;  // they wait in `appends` for run({CommitAnswered})
  std::vector<LogAppend> appends;
  std::vector<Timer> timers;
  std::vector<AuthorityEvent> happened;
  std::map<uint64_t, Decision> local;
  Status ended;  // what the driver ended with, if it did

 private:
  AuthorityWorld world();

  std::unique_ptr<AuthorityDriver> driver_;
  std::map<uint64_t, Device*> by_connection_;
  std::deque<Device> devices_;
  std::deque<AuthorityInput> inbox_;
  AuthorityInput offer_as(Device& device, const std::vector<Bytes>& payloads, bool in_parts);
  uint64_t next_connection_ = 1;
  uint64_t next_ticket_ = 1;
};

}  // namespace syncline::authority_test
