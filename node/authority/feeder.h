// Feeder: brings sessions up to what is committed, as far as their credit goes. Reads only what is
// committed: what a node has seen, the authority cannot lose.
//
// A session at the recent entries is told entry by entry; any other gets a transfer. Both tell by
// view_delta(). One thread (the machine's); what it keeps between calls is in the Session, and the
// last runs of entries that it encoded, for the next session that is to be told the same.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "node/authority/directory.h"
#include "node/authority/recent.h"
#include "node/authority/session.h"

namespace syncline {

class Feeder {
 public:
  Feeder(const Store* state, const Recent* recent) : state_(state), recent_(recent) {}

  // What is committed; set after each layer.
  void set_head(const Cursor& head, LogSeq horizon) { head_ = head, horizon_ = horizon; }
  const Cursor& head() const { return head_; }
  // Told with every delta, in the session's log.
  void set_safe(LogSeq seq) { safe_ = seq; }

  // The session's view is this from now on. Nothing outside it is sent after this call.
  void set_view(Session* session, std::shared_ptr<const View> view) const;

  enum class Fed : uint8_t { idle, more };
  // Frames for the session, about `bytes` of them. idle: it is up to date, or waits for credit or a
  // have-list. draw_salt: asked for a random number only
  // if a transfer starts. Errors end the session.
  Result<Fed> feed(Session* session, size_t bytes, const std::function<uint64_t()>& draw_salt,
                   std::vector<Send>* sends) const;

  // Everything up to there has been told, in the session's present view.
  bool has_told(const Session& session, LogSeq seq) const;

  // A part of the have-list that the session was asked for.
  Status answer(Session* session, const HaveList& list) const;

 private:
  bool has_credit(const Session& session) const;
  Status start_transfer(Session* session, uint64_t salt, std::vector<Send>* sends) const;
  Status feed_transfer(Session* session, size_t bytes, std::vector<Send>* sends) const;
  // False: the next entry is too large to be told live, or asks for more than itself.
  Result<bool> feed_live(Session* session, size_t bytes, std::vector<Send>* sends) const;
  Result<bool> tell_entry(const Session& session, LogSeq seq, std::vector<Bytes>* objects,
                          size_t* used) const;

  // Recent entries as one view sees them, encoded once.
  struct Run {
    Hash token;
    Cursor from;
    Cursor to;
    PackedObjects packed;
    std::vector<NodeId> origins;  // whose decisions are among them, sorted
  };
  using SharedRun = std::shared_ptr<const Run>;  // outlives its place among the last ones
  Result<SharedRun> run_from(const Session& session) const;
  bool send_run(Session* session, const Run& run, std::vector<Send>* sends) const;
  void send(Session* session, Delta delta, std::vector<Send>* sends) const;

  const Store* state_;
  const Recent* recent_;
  Cursor head_;
  LogSeq horizon_;
  LogSeq safe_;
  mutable std::deque<SharedRun> runs_;
};

}  // namespace syncline
