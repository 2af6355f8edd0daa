// The machine: one input, one output. What each input means is in the file named after the verb.
#include "node/replica/replica.h"

#include <fmt/format.h>

#include "node/replica/commit.h"
#include "node/replica/hello.h"
#include "node/replica/index_upkeep.h"
#include "node/replica/integrate.h"
#include "node/replica/journal.h"
#include "node/replica/marks.h"
#include "node/replica/open.h"
#include "node/replica/progress.h"
#include "node/replica/upload.h"
#include "proto/check.h"

namespace syncline {

struct Replica::Impl {
  ReplicaState state;

  Status dispatch(ReplicaStep* step, ReplicaInput* input);
  Status on_frame(ReplicaStep* step, const Bytes& frame);
  Status on_message(ReplicaStep* step, const Message& message, size_t frame_bytes);
  void finish(ReplicaStep* step);
};

namespace {

bool is_store_error(ErrorCode code) {
  return code == ErrorCode::kStoreDamaged || code == ErrorCode::kIo ||
         code == ErrorCode::kStoreFull;
}

// A message of a session: whose nonce it bears.
template <class M>
bool of_session(const ReplicaState& state, const M& message) {
  return state.session.phase == ReplicaSession::Phase::active &&
         message.session == state.session.session;
}

}  // namespace

Replica::Replica(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Replica::~Replica() = default;

Result<std::unique_ptr<Replica>> Replica::open(ReplicaIdentity identity, const Store* store) {
  auto impl = std::make_unique<Impl>();
  SYNCLINE_TRY(open_state(std::move(identity), store, &impl->state));
  return std::unique_ptr<Replica>(new Replica(std::move(impl)));
}

Draft Replica::begin() const {
  const ReplicaState& state = impl_->state;
  Draft draft;
  draft.impl_ = std::make_unique<Draft::Impl>();
  draft.impl_->schema = state.schema != nullptr ? state.schema : state.system_schema;
  draft.impl_->snapshot = state.store->snapshot();
  draft.impl_->name = state.next_name();
  draft.impl_->base = state.view.cursor;
  draft.impl_->generation = state.generation;
  return draft;
}

std::shared_ptr<const Advisor> Replica::advisor() const { return impl_->state.advisor; }
std::shared_ptr<const Schema> Replica::schema() const { return impl_->state.schema; }

ReplicaStatus Replica::status() const {
  const ReplicaState& state = impl_->state;
  ReplicaStatus status;
  status.state = state.sync_state;
  status.cursor = state.view.cursor;
  status.head = std::max(state.head, state.view.cursor.seq);
  status.user = state.user;
  status.writes_outside_subscriptions = state.writes_outside;
  status.pending = state.pending;
  status.pending_bytes = state.pending_bytes;
  const ReplicaSession& session = state.session;
  const bool same_epoch = session.phase == ReplicaSession::Phase::active &&
                          session.received_epoch == state.writer.epoch;
  status.not_received =
      same_epoch ? std::min(state.pending, state.writer.number - std::min(state.writer.number,
                                                                          session.received_number))
                 : state.pending;
  status.journal = state.journal;
  status.transfer_done = state.transfer_done;
  status.transfer_total = state.transfer_total;
  status.transfer_done_bytes = state.transfer_done_bytes;
  status.transfer_total_bytes = state.transfer_total_bytes;
  status.last_written = {state.identity.node, state.writer.epoch, state.writer.number};
  status.last_order = state.last_order();
  status.subscription_version = state.subscription_version;
  status.marks_asked = state.marks_asked;
  status.marks_reached = state.marks_reached;
  status.trouble = state.trouble;
  return status;
}

ReplicaOutput Replica::step(Instant now, ReplicaInput input) {
  ReplicaState& state = impl_->state;
  const ReplicaMirrors before = state;
  ReplicaStep step{state, now, {}, {}, {}};
  if (Status done = impl_->dispatch(&step, &input); !done) {
    // Nothing of a failed step is made true. The session is gone, or stopped if the store cannot be
    // read.
    static_cast<ReplicaMirrors&>(state) = before;
    step.out = ReplicaOutput();
    step.in_flight.reset();
    step.settled.clear();
    if (is_store_error(done.error().code)) {
      end_session(&step, done.error());
    } else {
      greet_again(&step, done.error(), true);
    }
  }
  impl_->finish(&step);
  return std::move(step.out);
}

Status Replica::Impl::dispatch(ReplicaStep* step, ReplicaInput* input) {
  namespace in = replica_input;
  return std::visit(
      [&](auto& what) -> Status {
        using Input = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<Input, in::Opened>) {
          on_opened(step, what.random);
        } else if constexpr (std::is_same_v<Input, in::Connected>) {
          on_connected(step);
        } else if constexpr (std::is_same_v<Input, in::Disconnected>) {
          on_disconnected(step, std::move(what.why));
        } else if constexpr (std::is_same_v<Input, in::Frame>) {
          return on_frame(step, what.bytes);
        } else if constexpr (std::is_same_v<Input, in::Synced>) {
          on_synced(step, what.write_number);
          note_synced(step);
        } else if constexpr (std::is_same_v<Input, in::TimerFired>) {
          if (what.name == "hello") on_hello_timeout(step);
          if (what.name == "progress") on_progress_timeout(step);
          if (what.name == "relaxed") on_relaxed_timeout(step);
          if (what.name == "indexes") on_indexes_timeout(step);
          if (what.name == "uploads") return on_uploads_timeout(step);
        } else if constexpr (std::is_same_v<Input, in::Commit>) {
          CHECK(what.draft.impl_ != nullptr, "a draft that was not begun, or was committed");
          step->out.committed = commit_draft(step, what.draft.impl_.get(), what.durability);
        } else if constexpr (std::is_same_v<Input, in::RetryJournal>) {
          step->out.committed = retry_journal(step, what.name);
        } else if constexpr (std::is_same_v<Input, in::DiscardJournal>) {
          if (Status discarded = discard_journal(step, what.name); !discarded)
            step->out.committed = std::unexpected(discarded.error());
        } else if constexpr (std::is_same_v<Input, in::Pause>) {
          on_pause(step);
        } else if constexpr (std::is_same_v<Input, in::Resume>) {
          on_resume(step);
        } else if constexpr (std::is_same_v<Input, in::DeclareIndexes>) {
          on_declare_indexes(step, std::move(what.indexes));
        } else if constexpr (std::is_same_v<Input, in::DeclareTypes>) {
          on_declare_types(step, std::move(what.declared));
        } else if constexpr (std::is_same_v<Input, in::AskMark>) {
          on_ask_mark(step);
        }
        return {};
      },
      *input);
}

Status Replica::Impl::on_frame(ReplicaStep* step, const Bytes& frame) {
  // What comes before a greeting, or after the session was given up, is of no use.
  const auto phase = state.session.phase;
  if (phase != ReplicaSession::Phase::greeting && phase != ReplicaSession::Phase::active) return {};
  Result<Message> message = decode_message(frame);
  if (!message) {
    Error error = message.error().within("a frame from the authority");
    // A greeting is answered by what can be read, or repeated by its timer.
    if (phase == ReplicaSession::Phase::active) greet_again(step, std::move(error), false);
    return {};
  }
  return on_message(step, *message, frame.size());
}

Status Replica::Impl::on_message(ReplicaStep* step, const Message& message, size_t frame_bytes) {
  if (const auto* welcome = std::get_if<Welcome>(&message)) return on_welcome(step, *welcome);
  if (const auto* again = std::get_if<HelloAgain>(&message))
    return on_hello_again(step, *again), Status();
  if (const auto* goodbye = std::get_if<Goodbye>(&message))
    return on_goodbye(step, *goodbye), Status();
  // The rest belongs to a session. While greeting, what the last one left on its way is passed
  // over.
  if (state.session.phase == ReplicaSession::Phase::greeting) return {};
  const auto stray = [&]() -> Status {
    greet_again(step,
                Error(ErrorCode::kMalformed, "a frame from the authority is of another session"),
                false);
    return {};
  };
  if (const auto* delta = std::get_if<Delta>(&message)) {
    if (!of_session(state, *delta)) return stray();
    const uint64_t pending = state.pending;
    SYNCLINE_TRY(on_delta(step, *delta));
    note_consumed(step, frame_bytes, state.pending != pending);
    return {};
  }
  if (const auto* ask = std::get_if<HaveAsk>(&message)) {
    if (!of_session(state, *ask)) return stray();
    SYNCLINE_ASSIGN(HaveAnswer answer, answer_have_ask(*state.store, *ask, state.view.cursor));
    state.session.question = std::move(answer.question);
    for (Bytes& frame : answer.frames) step->out.frames.push_back(std::move(frame));
    return {};
  }
  if (const auto* credit = std::get_if<UploadCredit>(&message)) {
    if (!of_session(state, *credit)) return stray();
    on_upload_credit(step, *credit);
    return {};
  }
  if (const auto* marked = std::get_if<Marked>(&message)) {
    if (!of_session(state, *marked)) return stray();
    return on_marked(step, *marked);
  }
  if (const auto* rights = std::get_if<Rights>(&message)) {
    if (!of_session(state, *rights)) return stray();
    return on_rights(step, *rights);
  }
  greet_again(step, Error(ErrorCode::kMalformed, "a frame that an authority does not send"), false);
  return {};
}

void Replica::Impl::finish(ReplicaStep* step) {
  ReplicaOutput& out = step->out;
  keep_indexes(step);
  write_format(step);
  if (out.sync) mark_durable(step, state.last_order());
  if (Status sent = send_uploads(step); !sent) end_session(step, sent.error());
  send_mark(step);
  if (out.batch.empty() && !out.ingest) {
    // A sync for what was written before.
    if (out.want_sync_soon) out.write_number = state.write_number;
    return;
  }
  out.write_number = ++state.write_number;
  if (out.sync) {
    state.unsynced.clear();
    state.synced_cursor = state.view.cursor;
    return;
  }
  const bool news = state.unsynced.empty() ||
                    state.unsynced.back().last_order != state.last_order() ||
                    state.unsynced.back().cursor != state.view.cursor;
  if (news) state.unsynced.push_back({out.write_number, state.last_order(), state.view.cursor});
}

}  // namespace syncline
