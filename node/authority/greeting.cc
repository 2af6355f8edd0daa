// Sessions come and go: hello, progress, goodbye.
#include <functional>

#include <fmt/format.h>

#include "node/access/rights.h"
#include "node/authority/authority_impl.h"
#include "node/authority/state_keys.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// What to do about a frame that was not taken; both sides read it.
std::string_view remedy_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kForged:
      return "nothing of it was taken. If the device was copied or its keys were replaced, remove "
             "the node (`syncline node remove`) and add it anew";
    case ErrorCode::kUnknownNode:
      return "add it (`syncline node add`), or find out why it was removed";
    default:
      return "nothing of it was taken, and what the node has pending is kept. If this comes again, "
             "update the node's program or look at its disk";
  }
}

}  // namespace

// Frames that no node of ours sends: the session ends, the others do not notice.
void Authority::Impl::refuse_frame(ConnectionId connection, NodeId courier, const Error& error) {
  if (is_of_state(error)) {
    event("state_unreadable", courier, error.message);
    out.unreadable = error;
    return;
  }
  Error told(error.code, fmt::format("{}; {}", error.message, remedy_of(error.code)));
  event("refused_frame", courier, told.message);
  say_goodbye(connection, std::move(told), error.code != ErrorCode::kUnknownNode);
}

void Authority::Impl::on_frame(authority_input::Frame& input) {
  if (!input.arrived) {
    refuse_frame(input.connection, input.courier, input.arrived.error());
    return;
  }
  Arrived& arrived = *input.arrived;
  if (const Hello* hello = std::get_if<Hello>(&arrived)) {
    on_hello(input.connection, *hello);
    return;
  }
  const SessionNonce nonce = std::visit(
      [](const auto& message) {
        if constexpr (requires { message.session; })
          return message.session;
        else
          return SessionNonce(0);
      },
      arrived);
  Session* session = session_of(input.connection, nonce);
  if (session == nullptr || session->node != input.courier) {
    send(input.connection, HelloAgain{nonce});
    return;
  }
  session->moved_monotonic_ms = now.monotonic_ms;
  if (auto* upload = std::get_if<OfferedUpload>(&arrived)) on_upload(session, *upload);
  if (auto* part = std::get_if<UploadPart>(&arrived)) on_part(session, *part);
  if (const Progress* progress = std::get_if<Progress>(&arrived)) on_progress(session, *progress);
  if (const HaveList* list = std::get_if<HaveList>(&arrived)) on_have_list(session, *list);
  if (const Mark* mark = std::get_if<Mark>(&arrived)) on_mark(session, *mark);
  if (const Declare* declare = std::get_if<Declare>(&arrived)) on_declare(session, *declare);
}

Session* Authority::Impl::session_of(ConnectionId connection, SessionNonce nonce) {
  auto it = sessions.find(connection.value);
  return it != sessions.end() && it->second.nonce == nonce ? &it->second : nullptr;
}

void Authority::Impl::say_goodbye(ConnectionId connection, Error error, bool retry) {
  auto it = sessions.find(connection.value);
  const SessionNonce nonce = it == sessions.end() ? SessionNonce(0) : it->second.nonce;
  send(connection, Goodbye{nonce, std::move(error), retry});
  end_session(connection.value);
}

void Authority::Impl::end_session(uint64_t connection) {
  std::erase_if(waiting_hellos,
                [&](const auto& waiting) { return waiting.second.first.value == connection; });
  auto it = sessions.find(connection);
  if (it == sessions.end()) return;
  const Session& session = it->second;
  drop_awaiting(session);
  if (session.confirmed.value > 0)
    out.state.put(state_keys::node_hint(session.node),
                  encode_node_hint({session.confirmed, now.wall_ms}));
  auto known = connection_of.find(session.node);
  if (known != connection_of.end() && known->second == connection) connection_of.erase(known);
  event("session_closed", session.node, "");
  router.leave(connection);
  active.erase(connection);
  sessions.erase(it);
}

// Where the node's cursor stands on this log; what of its copy is of use. An error: it followed
// another log.
std::optional<Error> Authority::Impl::decide_cursor(const Hello& hello, Session* session) {
  session->sent = hello.cursor;
  session->integrated = hello.cursor;
  // A cursor that is not synced yet may be lost again.
  session->confirmed = std::min(hint_of(hello.node), hello.cursor.seq);
  session->everything = true;
  session->forks = std::make_shared<const Forks>(hello.forks);
  const Cursor head = committed.cursor();
  if (hello.cursor.seq.value == 0) return std::nullopt;
  const auto fork = [&](std::string_view what) {
    return Error(ErrorCode::kFork, fmt::format("the node followed another log than this "
                                               "authority's: {}. Nothing of the node is lost. If "
                                               "the authority's store was copied back by hand, "
                                               "make it with `syncline restore` instead; if this "
                                               "is a copy of the authority, stop it",
                                               what));
  };
  Forks known = committed.forks;
  learn_forks(&known, hello.forks);
  const auto shared = shared_up_to(known, position_of(hello.cursor), head.incarnation);
  if (!shared) return fork("its incarnation is not known here");
  if (hello.cursor.incarnation != head.incarnation) look_at_safe(hello, *shared);
  if (*shared > head.seq) return fork("it is ahead of the log's end");
  if (*shared < hello.cursor.seq) {
    // What the node has above the fork is of a log that is lost.
    session->fork = *shared;
    session->integrated = {head.incarnation, *shared, {}};
    if (hello.token == session->token) session->held_view = *session->view;
    session->held_token = hello.token;
    session->everything = !session->held_view;
    event(
        "forked", hello.node,
        fmt::format("it was at entry {} of the log that this one left after entry {}: what it has "
                    "above that is replaced, and what it wrote is offered again",
                    hello.cursor.seq.value, shared->value));
    return std::nullopt;
  }
  session->integrated.incarnation = head.incarnation;
  if (hello.cursor.seq < committed.horizon) return std::nullopt;  // trimmed: everything anew
  if (hello.cursor.seq == head.seq) {
    if (hello.cursor.hash != head.hash) return fork("the entry at its cursor is another");
  } else {
    const auto mark = read_entry_mark(*store, hello.cursor.seq);
    if (mark && !*mark) return std::nullopt;
    if (!mark || (*mark)->hash != hello.cursor.hash)
      return fork("the entry at its cursor is another");
  }
  if (hello.token == session->token) {
    session->held_view = *session->view;
  } else if (auto bytes = store->get(state_keys::view(hello.node, hello.token)); bytes && *bytes) {
    const Result<uint32_t> number = version_of_view(**bytes);
    const SchemaVersion* version = directory.deployed() == nullptr || !number
                                       ? nullptr
                                       : directory.deployed()->versions->in_force(*number);
    if (version != nullptr)
      if (Result<View> view =
              decode_view(hello.node, version->shared_schema(), options.functions.get(), **bytes))
        session->held_view = std::move(*view);
  }
  session->held_token = hello.token;
  session->everything = !session->held_view;
  return std::nullopt;
}

// A node was told that entries are safe which a restore has lost: it may have let go of its own
// there.
void Authority::Impl::look_at_safe(const Hello& hello, LogSeq shared) {
  if (hello.safe_seq <= shared || hello.safe_seq <= safe.told_beyond) return;
  safe.told_beyond = hello.safe_seq;
  out.state.put(state_keys::safe(), encode_safe_mark(safe));
  event("restored_beyond_safe", hello.node,
        fmt::format("nodes were told that the log is safe up to entry {}, and the backup that this "
                    "authority was restored from ends before: what they wrote up to there may be "
                    "lost. If there is a newer backup, restore that",
                    hello.safe_seq.value));
}

void Authority::Impl::on_hello(ConnectionId connection, const Hello& hello) {
  if (paused || draining) {
    say_goodbye(
        connection,
        {ErrorCode::kClosed, paused ? "the authority is paused" : "the authority is shutting down"},
        true);
    return;
  }
  if (hello.version_min > kProtocolVersion || hello.version_max < kProtocolVersion) {
    say_goodbye(connection,
                {ErrorCode::kWrongVersion,
                 fmt::format("the authority speaks protocol {}, the node {} to {}; update the "
                             "program of the older",
                             kProtocolVersion, hello.version_min, hello.version_max)},
                false);
    return;
  }
  const KnownNode* node = directory.node(hello.node);
  if (node == nullptr || node->removed) {
    say_goodbye(connection,
                {ErrorCode::kUnknownNode,
                 "the node was removed from the fleet; what it has pending is kept there. Add it "
                 "anew (`syncline node add`) with new keys, if it is to come back"},
                false);
    return;
  }
  if (sessions.size() >= limits::kSessionsMax) {
    say_goodbye(connection,
                {ErrorCode::kTooLarge,
                 "the authority has all the sessions it takes; the node tries again by itself"},
                true);
    return;
  }
  if (!greets_in_version(connection, hello, *node)) return;
  end_session(connection.value);
  if (auto other = connection_of.find(hello.node); other != connection_of.end()) {
    event("replaced_session", hello.node,
          "greeted from another connection: a reconnect, or a clone of the device");
    say_goodbye(ConnectionId(other->second),
                {ErrorCode::kClosed, "the node greeted from another connection"}, true);
  }

  Session session;
  session.connection = connection;
  session.node = hello.node;
  session.user = node->user;
  session.version = node->version;
  session.nonce = SessionNonce(draw());
  session.moved_monotonic_ms = now.monotonic_ms;
  const std::shared_ptr<const View> view = directory.view_of(hello.node);
  indexes.want(*view, decided.seq, &out.state);
  feeder.set_view(&session, view);  // joins the Router once it is parked
  if (std::optional<Error> error = decide_cursor(hello, &session)) {
    event("fork", hello.node, error->message);
    say_goodbye(connection, std::move(*error), false);
    return;
  }
  if (hello.resume.seq.value > 0 && hello.resume.incarnation == committed.incarnation)
    session.resume = hello.resume;

  Welcome welcome;
  welcome.hello = hello.nonce;
  welcome.session = session.nonce;
  welcome.incarnation = committed.incarnation;
  welcome.forks = committed.forks;
  welcome.safe_seq = safe.seq;
  welcome.head = committed.seq;
  if (auto bytes = store->get(state_keys::origin(hello.node)); bytes && *bytes) {
    Result<OriginRecord> origin = decode_origin(**bytes);
    if (origin && !origin->epochs.empty()) {
      welcome.epoch = origin->epochs.back().epoch;
      welcome.received_number = origin->epochs.back().number;
    }
  }
  session.epoch = welcome.epoch;
  session.received_number = welcome.received_number;
  session.granted_bytes = limits::kCreditBytes;
  welcome.upload_credit_bytes = session.granted_bytes;
  welcome.user = node->user;
  welcome.wall_ms = now.wall_ms;
  if (const auto& deployed = directory.deployed()) {
    const Schema& schema = deployed->versions->in_force(node->version)->schema();
    welcome.schema_mark = schema.mark();
    // In another log the number may have been another schema's.
    if (hello.schema_mark != welcome.schema_mark ||
        hello.cursor.incarnation != committed.incarnation)
      welcome.schema = encode_schema(schema);
  }
  send(connection, welcome);
  event("session_opened", hello.node, fmt::format("at entry {}", hello.cursor.seq.value));
  connection_of[hello.node] = connection.value;
  session.passed = session.sent;
  active.insert(connection.value);
  tell_rights(&sessions.emplace(connection.value, std::move(session)).first->second);
}

void Authority::Impl::tell_rights(Session* session) {
  Rights rights;
  rights.session = session->nonce;
  rights.user = session->user;
  rights.writes_outside_subscriptions = directory.writes_outside() == WritesOutside::accept;
  rights.development = directory.development();
  rights.declaration_refused = session->declaration_refused;
  if (directory.deployed() != nullptr)
    rights.rights =
        encode_rights(rights_of(*directory.access_of(session->user), schema_of(*session)));
  Bytes frame = encode_message(rights);
  if (const Hash told = hash("rights", frame); told != std::exchange(session->rights, told))
    out.sends.push_back({session->connection, std::move(frame)});
}

void Authority::Impl::on_progress(Session* session, const Progress& progress) {
  // A node that comes from another log speaks of that until its first delta.
  const bool same_log = progress.integrated.incarnation == committed.incarnation;
  if (progress.consumed_bytes > session->sent_bytes ||
      (same_log && progress.integrated.seq > session->sent.seq)) {
    refuse_frame(session->connection, session->node,
                 {ErrorCode::kMalformed, "progress beyond what was sent"});
    return;
  }
  session->consumed_bytes = std::max(session->consumed_bytes, progress.consumed_bytes);
  if (same_log) {
    session->integrated = progress.integrated;
    session->confirmed = progress.integrated.seq;
  }
  if (!session->parked) wake(session);
}

void Authority::Impl::on_have_list(Session* session, const HaveList& list) {
  if (Status answered = feeder.answer(session, list); !answered)
    return refuse_frame(session->connection, session->node, answered.error());
  wake(session);
}

// Answered by feed(), behind what is told.
void Authority::Impl::on_mark(Session* session, const Mark& mark) {
  session->mark = Session::Mark{mark.request, committed.seq};
  wake(session);
}

void Authority::Impl::answer_mark(Session* session) {
  if (!session->mark || !feeder.has_told(*session, session->mark->head)) return;
  send(session->connection, Marked{session->nonce, session->mark->request, session->mark->head});
  session->mark.reset();
}

void Authority::Impl::refresh_identities() {
  auto known = std::make_shared<std::map<NodeId, PublicKey>>();
  for (const KnownNode* node : directory.nodes())
    if (!node->removed) known->emplace(node->id, node->identity_key);
  identities = std::move(known);
}

}  // namespace syncline
