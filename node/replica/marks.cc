#include "node/replica/marks.h"

namespace syncline {

void on_ask_mark(ReplicaStep* step) { ++step->state.marks_asked; }

Status on_marked(ReplicaStep* step, const Marked& marked) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  // Session and order are the connection's: the deltas up to the head were integrated before this.
  if (session.mark_sent == 0 || marked.request != session.mark_sent)
    return fail(ErrorCode::kMalformed, "a mark that was not asked for");
  if (state.view.cursor.seq < marked.head)
    return fail(ErrorCode::kMalformed, "a mark beyond what was told");
  state.marks_reached = session.mark_sent;
  state.head = std::max(state.head, marked.head);
  session.mark_sent = 0;
  step->out.marked = true;
  return {};
}

void send_mark(ReplicaStep* step) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  if (session.phase != ReplicaSession::Phase::active || session.mark_sent != 0 ||
      state.marks_reached == state.marks_asked)
    return;
  session.mark_sent = state.marks_asked;
  step->out.frames.push_back(encode_message(Mark{session.session, session.mark_sent}));
}

}  // namespace syncline
