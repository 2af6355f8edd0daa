#include "node/replica/integrate.h"

#include "node/replica/integration.h"
#include "node/replica/kept.h"
#include "node/replica/subscription_sets.h"
#include "node/replica/upload.h"

namespace syncline {
namespace {

Status malformed(const char* what) { return fail(ErrorCode::kMalformed, what); }

// Against the session and the cursor.
Status check(const ReplicaState& state, const Delta& delta) {
  const Cursor& held = state.view.cursor;
  if (delta.from != held) return malformed("a delta that starts at another cursor than the node's");
  if (delta.to.incarnation != state.session.incarnation)
    return malformed("a delta of another log than the session's");
  if (comes_from_another_log(state)) {
    const auto shared = shared_up_to(state.session.forks, position_of(held), delta.to.incarnation);
    if (!shared || delta.to.seq < *shared)
      return malformed("a delta that leads back to before its log left the node's");
    if (*shared < held.seq && delta.kind != Delta::Kind::bootstrap && !state.session.question)
      return malformed("a delta from above a fork that did not ask what is held");
  } else if (delta.to.seq < held.seq ||
             (held.seq.value != 0 && delta.to.seq == held.seq && delta.to != held)) {
    return malformed("a delta that leads back");
  }
  const bool of_staged = state.session.question && state.session.question->staged;
  if (!delta.leaves.empty() && (delta.kind == Delta::Kind::bootstrap) != of_staged)
    return malformed("a delta that refers to a have-list of something else");
  for (const Decision& decision : delta.decisions) {
    if (decision.name.origin != state.identity.node)
      return malformed("a delta with another node's decision");
    if (decision.seq > delta.to.seq) return malformed("a delta with a decision from beyond it");
  }
  return {};
}

// Whether the part goes on with what is staged. False: it starts anew.
Result<bool> continues(const ReplicaState& state, const Delta& delta) {
  const auto& staging = state.staging;
  const bool same =
      staging && staging->kind == static_cast<uint8_t>(delta.kind) && staging->token == delta.token;
  const bool bootstrap = delta.kind == Delta::Kind::bootstrap;
  if (delta.part == 0) {
    // Taking a resumed one for a new one, or the reverse, would leave holes in the view or what is
    // long gone. Who answers an offer to resume with part 0 is asked once more, without the offer.
    if (same && bootstrap && state.session.resume_offered)
      return fail(ErrorCode::kMalformed,
                  "a bootstrap that begins at part 0 although resuming was offered");
    return false;
  }
  // A bootstrap that was interrupted goes on with part 1, whatever was the last that arrived.
  const bool resumed = same && bootstrap && state.session.resume_offered && delta.part == 1;
  const bool next = same && !state.session.resume_offered && delta.part == staging->next_part &&
                    (bootstrap || staging->from == delta.from);
  if (!resumed && !next)
    return fail(ErrorCode::kMalformed, "a part of a delta whose earlier parts did not come");
  return true;
}

// Does a delta that starts anew make what is staged void? A bootstrap under way survives other news
// of the old view.
bool voids_staged(const ReplicaState& state, const Delta& delta) {
  if (!state.staging) return false;
  const bool bootstrap = state.staging->kind == static_cast<uint8_t>(Delta::Kind::bootstrap);
  return !bootstrap || delta.kind == Delta::Kind::bootstrap || !delta.last ||
         delta.token == state.staging->token;
}

Status apply_last(ReplicaStep* step, const Delta& delta, const std::vector<ObjectName>& leaving,
                  bool staged) {
  if (staged && step->state.staging->fragment_bytes > 0)
    return malformed("the last part of a delta before the last fragment of an object");
  const bool bootstrap = delta.kind == Delta::Kind::bootstrap;
  std::vector<TakenBack> taken_back;
  if (comes_from_another_log(step->state)) {
    SYNCLINE_ASSIGN(taken_back, take_back_kept(step));
  }
  Integration integration(step, StagedView(step->state.store, staged, bootstrap));
  for (const TakenBack& one : taken_back) SYNCLINE_TRY(integration.take_back(one));
  for (const ObjectName& name : leaving) SYNCLINE_TRY(integration.leave(name));
  for (const Bytes& object : delta.objects) SYNCLINE_TRY(integration.apply(object));
  if (staged || bootstrap) SYNCLINE_TRY(integration.take_staged());
  for (const Decision& decision : delta.decisions) SYNCLINE_TRY(integration.decide(decision));
  SYNCLINE_TRY(integration.finish());
  if (staged) drop_staging(step);
  return {};
}

// Into the session's log.
void enter_log(ReplicaStep* step) {
  ReplicaState& state = step->state;
  state.forks = state.session.forks;
  step->out.batch.put(node_keys::meta::forks(), encode(state.forks));
  state.head = state.session.welcome_head;
}

void advance(ReplicaStep* step, const Delta& delta) {
  ReplicaState& state = step->state;
  const bool enters = state.view.cursor.incarnation != delta.to.incarnation;
  if (enters) enter_log(step);
  if (state.view.token != delta.token) {
    state.view.token = delta.token;
    state.view.token_since = delta.to.seq;
  }
  state.view.cursor = delta.to;
  step->out.batch.put(node_keys::meta::view(), encode(state.view));
  state.head = std::max(state.head, delta.to.seq);
  state.distrusted = false;
  ++state.generation;
}

}  // namespace

Status on_delta(ReplicaStep* step, const Delta& delta) {
  ReplicaState& state = step->state;
  SYNCLINE_TRY(check(state, delta));
  const HaveQuestion* question = state.session.question ? &*state.session.question : nullptr;
  SYNCLINE_ASSIGN(std::vector<ObjectName> leaving, objects_leaving(question, delta.leaves));
  SYNCLINE_ASSIGN(bool goes_on, continues(state, delta));
  if (!goes_on && voids_staged(state, delta)) drop_staging(step);
  if (delta.kind == Delta::Kind::bootstrap || !delta.last) state.session.resume_offered = false;
  state.transfer_done = delta.done_objects;
  state.transfer_total = delta.total_objects;
  state.transfer_done_bytes = delta.done_bytes;
  state.transfer_total_bytes = delta.total_bytes;
  if (!delta.last) {
    SYNCLINE_TRY(stage_part(step, delta, leaving, !goes_on));
    SYNCLINE_TRY(note_transfer(step, delta.token));
    step->set_state(SyncState::catching_up);
    return {};
  }
  SYNCLINE_TRY(apply_last(step, delta, leaving, goes_on));
  advance(step, delta);
  state.transfer_done = state.transfer_total = 0;  // nothing is under way
  state.transfer_done_bytes = state.transfer_total_bytes = 0;
  state.session.safe = std::max(state.session.safe, delta.safe_seq);
  SYNCLINE_TRY(let_go_of_kept(step, state.session.safe));
  release_uploads(step);
  state.session.question.reset();
  state.session.transfer_noted = false;
  state.backoff.attempts = 0;
  if (state.view.cursor.seq >= state.session.welcome_head) step->set_state(SyncState::live);
  return {};
}

}  // namespace syncline
