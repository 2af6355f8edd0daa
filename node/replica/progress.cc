#include "node/replica/progress.h"

#include "proto/limits.h"

namespace syncline {
namespace {

// A sixteenth of the credit: the authority never waits for it.
constexpr uint64_t kReportBytes = limits::kCreditBytes / 16;
constexpr int64_t kReportAfterMs = 50;
// A node that only reads syncs for the sake of its cursor this often.
constexpr int64_t kSyncForCursorMs = 5'000;

bool has_news(const ReplicaState& state) {
  return state.session.consumed_bytes != state.session.reported_bytes ||
         state.session.reported != state.synced_cursor;
}

void report(ReplicaStep* step) {
  ReplicaSession& session = step->state.session;
  if (session.phase != ReplicaSession::Phase::active || !has_news(step->state)) return;
  session.reported_bytes = session.consumed_bytes;
  session.reported = step->state.synced_cursor;
  step->out.frames.push_back(
      encode_message(Progress{session.session, session.reported, session.consumed_bytes}));
}

// Earlier if need be; never later, or steady news would put it off for ever.
void arm(ReplicaStep* step, int64_t after_ms) {
  std::optional<int64_t>& due = step->state.progress_due_ms;
  if (due && *due <= step->now.monotonic_ms + after_ms) return;
  due = step->now.monotonic_ms + after_ms;
  step->arm("progress", after_ms);
}

void ask_for_sync(ReplicaStep* step) {
  step->state.asked_for_sync_ms = step->now.monotonic_ms;
  step->out.want_sync_soon = true;
}

}  // namespace

void note_consumed(ReplicaStep* step, size_t frame_bytes, bool integrated_decisions) {
  ReplicaState& state = step->state;
  state.session.consumed_bytes += frame_bytes;
  // The authority keeps the outcomes until it hears that they are safe here.
  if (integrated_decisions) ask_for_sync(step);
  if (state.session.consumed_bytes - state.session.reported_bytes >= kReportBytes) report(step);
  arm(step, kReportAfterMs);
}

void note_synced(ReplicaStep* step) {
  const ReplicaState& state = step->state;
  if (state.session.phase == ReplicaSession::Phase::active &&
      state.session.reported != state.synced_cursor)
    arm(step, kReportAfterMs);
}

void on_progress_timeout(ReplicaStep* step) {
  ReplicaState& state = step->state;
  state.progress_due_ms.reset();
  if (state.session.phase != ReplicaSession::Phase::active) return;
  report(step);
  if (state.synced_cursor == state.view.cursor) return;
  const int64_t due = state.asked_for_sync_ms + kSyncForCursorMs;
  if (state.asked_for_sync_ms == INT64_MIN || due <= step->now.monotonic_ms) {
    ask_for_sync(step);
    arm(step, kSyncForCursorMs);
  } else {
    arm(step, due - step->now.monotonic_ms);
  }
}

}  // namespace syncline
