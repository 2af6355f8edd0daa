#include "node/authority/feeder.h"

#include <algorithm>

#include "proto/limits.h"

namespace syncline {
namespace {

// What a Delta takes beside its lists.
constexpr size_t kDeltaOverhead = 512;
// An entry with more for a session is told by a transfer, which waits for credit between its
// chunks.
constexpr size_t kLiveEntryBytesMax = 512u << 10;
// Entries that one who greets may be behind and still be told of one by one.
constexpr uint64_t kLiveAfterHelloMax = 256;
// Runs of entries that are shared by sessions: smaller ones are not worth it; how long they are,
// and how many are kept.
constexpr size_t kRunBytesMin = 256;
constexpr size_t kRunEntriesMax = 4096;
constexpr size_t kRunsKept = 16;
static_assert(limits::kDeltaBytesAim + kLiveEntryBytesMax <= 768u << 10, "a run fits one message");

size_t size_of(const Leaves& leaves) { return 32 + leaves.positions.size() * 5; }

void take_aside(Session* session, Delta* delta) {
  for (Decision& decision : session->aside) {
    // A delta that began before the decision leads less far than it.
    decision.seq = std::min(decision.seq, delta->to.seq);
    delta->decisions.push_back(std::move(decision));
  }
  session->aside.clear();
}

// Cuts a delta that is too large for one message into parts; only the last says `last` (if the
// delta does).
std::vector<Delta> parts_of(Delta delta) {
  constexpr size_t kRoom = limits::kMessageBytesMax - kDeltaOverhead;
  Delta header = delta;
  header.objects.clear(), header.leaves.clear(), header.decisions.clear();
  std::vector<Delta> parts(1, header);
  size_t used = 0;
  const auto room_for = [&](size_t size) {
    if (used + size > kRoom && used > 0) parts.push_back(header), used = 0;
    used += size;
    return &parts.back();
  };
  for (Leaves& leaves : delta.leaves)
    room_for(size_of(leaves))->leaves.push_back(std::move(leaves));
  for (Bytes& object : delta.objects)
    room_for(object.size() + 8)->objects.push_back(std::move(object));
  for (Decision& decision : delta.decisions)
    room_for(size_of(decision))->decisions.push_back(std::move(decision));
  for (size_t i = 0; i + 1 < parts.size(); ++i) parts[i].last = false;
  return parts;
}

}  // namespace

void Feeder::set_view(Session* session, std::shared_ptr<const View> view) const {
  session->view = std::move(view);
  session->token = session->view->token();
  // A transfer toward another view must not go on.
  if (session->transfer != nullptr)
    session->transfer.reset(), session->asking = false, session->part = 0;
}

bool Feeder::has_credit(const Session& session) const {
  return session.sent_bytes < session.consumed_bytes + limits::kCreditBytes;
}

bool Feeder::has_told(const Session& session, LogSeq seq) const {
  return session.transfer == nullptr && !session.everything && session.held_view &&
         session.sent.incarnation == head_.incarnation && session.held_token == session.token &&
         session.sent.seq >= seq;
}

void Feeder::send(Session* session, Delta delta, std::vector<Send>* sends) const {
  delta.session = session->nonce;
  delta.token = session->token;
  delta.safe_seq = safe_;
  for (Delta& part : parts_of(std::move(delta))) {
    part.part = session->part++;
    Bytes frame = encode_message(std::move(part));
    session->sent_bytes += frame.size();
    sends->push_back({session->connection, std::move(frame)});
  }
}

Status Feeder::start_transfer(Session* session, uint64_t salt, std::vector<Send>* sends) const {
  TransferPlan plan;
  plan.from = session->sent;
  plan.to = head_;
  plan.view = session->view;
  plan.salt = salt;
  plan.fork = session->fork;
  // Above a fork the have-list tells what is held, whatever the horizon; but under another view
  // what is held tells nothing.
  plan.everything =
      session->everything || !session->held_view ||
      (plan.fork ? session->held_token != session->token : session->sent.seq < horizon_);
  if (!plan.everything) {
    plan.old_view = session->held_view;
    plan.old_windows = session->held_windows;
  }
  if (plan.everything && session->resume && session->resume->token == session->token &&
      session->resume->seq >= horizon_ && session->resume->seq <= head_.seq)
    plan.resume = session->resume;
  session->resume.reset();
  session->transfer = std::make_unique<Transfer>(state_->snapshot(), std::move(plan));
  SYNCLINE_ASSIGN(std::optional<HaveAsk> ask, session->transfer->begin(session->nonce, salt));
  // What a resumed bootstrap has staged counts as its part 0.
  session->part = session->transfer->plan().resume ? 1 : 0;
  if (ask) {
    session->asking = true;
    sends->push_back({session->connection, encode_message(*ask)});
  }
  return {};
}

Status Feeder::feed_transfer(Session* session, size_t bytes, std::vector<Send>* sends) const {
  Transfer& transfer = *session->transfer;
  SYNCLINE_ASSIGN(Transfer::Chunk chunk, transfer.next(std::min(bytes, limits::kDeltaBytesAim)));
  Delta delta;
  delta.kind = transfer.everything() ? Delta::Kind::bootstrap : Delta::Kind::catch_up;
  delta.from = transfer.plan().from;
  delta.to = transfer.plan().to;
  delta.last = chunk.last;
  delta.objects = std::move(chunk.objects);
  delta.fragment = std::move(chunk.fragment);
  delta.fragment_offset = chunk.fragment_offset;
  delta.fragment_total = chunk.fragment_total;
  delta.leaves = std::move(chunk.leaves);
  delta.decisions = std::move(chunk.decisions);
  if (chunk.last) take_aside(session, &delta);
  delta.done_objects = transfer.done_objects();
  delta.total_objects = transfer.total_objects();
  delta.done_bytes = transfer.done_bytes();
  delta.total_bytes = chunk.last ? delta.done_bytes : transfer.total_bytes();
  send(session, std::move(delta), sends);
  if (!chunk.last) return {};
  session->sent = session->passed = transfer.plan().to;
  session->held_view = *transfer.plan().view;
  SYNCLINE_ASSIGN(session->held_windows, transfer.windows());
  session->held_token = session->token;
  session->everything = false;
  session->fork.reset();
  session->transfer.reset();
  session->part = 0;
  return {};
}

// What the session must be told of the entry. False: a transfer has to tell it; nothing was added.
Result<bool> Feeder::tell_entry(const Session& session, LogSeq seq, std::vector<Bytes>* objects,
                                size_t* used) const {
  if (recent_->at(seq).needs_state(*session.view)) return false;
  const size_t before = objects->size();
  SYNCLINE_TRY(recent_->at(seq).tell(*session.view, objects));
  size_t bytes = 0;
  for (size_t i = before; i < objects->size(); ++i) bytes += (*objects)[i].size() + 8;
  if (bytes > kLiveEntryBytesMax) {
    objects->resize(before);
    return false;
  }
  *used += bytes;
  return true;
}

// From where the session stands: as made for another session, or made now.
Result<Feeder::SharedRun> Feeder::run_from(const Session& session) const {
  for (const SharedRun& run : runs_)
    if (run->from == session.passed && run->token == session.token) return run;
  auto run = std::make_shared<Run>();
  run->token = session.token;
  run->from = session.passed;
  run->to = session.passed;
  std::vector<Bytes> objects;
  size_t used = 0;
  size_t entries = 0;
  while (run->to.seq < head_.seq && used < limits::kDeltaBytesAim && entries < kRunEntriesMax) {
    const RecentEntry& entry = recent_->at(LogSeq(run->to.seq.value + 1));
    if (entry.personal) break;
    SYNCLINE_ASSIGN(const bool told, tell_entry(session, entry.cursor.seq, &objects, &used));
    if (!told) break;
    if (!std::binary_search(run->origins.begin(), run->origins.end(), entry.origin))
      run->origins.insert(std::upper_bound(run->origins.begin(), run->origins.end(), entry.origin),
                          entry.origin);
    run->to = entry.cursor;
    ++entries;
  }
  if (used >= kRunBytesMin) run->packed = pack_objects(objects);
  if (runs_.size() >= kRunsKept) runs_.pop_front();
  runs_.push_back(run);
  return runs_.back();
}

// False: it is not for this session's message.
bool Feeder::send_run(Session* session, const Run& run, std::vector<Send>* sends) const {
  if (run.packed.compressed.empty()) return false;
  Delta delta;
  delta.kind = Delta::Kind::live;
  delta.session = session->nonce;
  delta.safe_seq = safe_;
  delta.token = session->token;
  delta.from = session->sent;
  delta.to = run.to;
  size_t room = limits::kMessageBytesMax - kDeltaOverhead - run.packed.compressed.size();
  if (std::binary_search(run.origins.begin(), run.origins.end(), session->node)) {
    for (LogSeq seq = run.from.seq; seq < run.to.seq;) {
      seq = LogSeq(seq.value + 1);
      const RecentEntry& entry = recent_->at(seq);
      if (entry.origin != session->node) continue;
      const size_t size = size_of(entry.decision);
      if (size > room) return false;
      room -= size;
      delta.decisions.push_back(entry.decision);
    }
  }
  for (const Decision& decision : session->aside) {
    if (size_of(decision) > room) return false;
    room -= size_of(decision);
  }
  take_aside(session, &delta);
  session->sent = session->passed = run.to;
  session->part = 0;
  Bytes frame = encode_delta(delta, run.packed);
  session->sent_bytes += frame.size();
  sends->push_back({session->connection, std::move(frame)});
  return true;
}

Result<bool> Feeder::feed_live(Session* session, size_t bytes, std::vector<Send>* sends) const {
  if (session->passed.seq < head_.seq) {
    SYNCLINE_ASSIGN(SharedRun run, run_from(*session));
    if (send_run(session, *run, sends)) return true;
  }
  Delta delta;
  delta.kind = Delta::Kind::live;
  delta.from = session->sent;
  delta.to = session->passed;
  size_t used = 0;
  const size_t aim = std::min(bytes, limits::kDeltaBytesAim);
  while (delta.to.seq < head_.seq && used < aim) {
    const RecentEntry& entry = recent_->at(LogSeq(delta.to.seq.value + 1));
    SYNCLINE_ASSIGN(const bool told, tell_entry(*session, entry.cursor.seq, &delta.objects, &used));
    if (!told && delta.to == session->passed) return false;
    if (!told) break;
    if (entry.origin == session->node) {
      delta.decisions.push_back(entry.decision);
      used += size_of(entry.decision);
    }
    delta.to = entry.cursor;
  }
  take_aside(session, &delta);
  session->sent = session->passed = delta.to;
  session->part = 0;
  send(session, std::move(delta), sends);
  session->part = 0;
  return true;
}

Result<Feeder::Fed> Feeder::feed(Session* session, size_t bytes,
                                 const std::function<uint64_t()>& draw_salt,
                                 std::vector<Send>* sends) const {
  if (session->asking || !has_credit(*session)) return Fed::idle;
  const bool same_view =
      !session->everything && session->held_view && session->held_token == session->token;
  if (session->transfer == nullptr) {
    // Whoever comes from another log is brought into this one by a transfer.
    const bool same_log = session->sent.incarnation == head_.incarnation;
    if (same_view && same_log && session->sent.seq == head_.seq && session->aside.empty())
      return Fed::idle;
    // Who returns is told of objects, not of each of their updates.
    const bool far_behind = !session->was_up_to_date &&
                            session->passed.seq.value + kLiveAfterHelloMax < head_.seq.value;
    if (!same_view || !same_log || far_behind ||
        (session->passed.seq != head_.seq && !recent_->reaches_back_to(session->passed.seq))) {
      SYNCLINE_TRY(start_transfer(session, draw_salt(), sends));
      if (session->asking) return Fed::idle;
    }
  }
  if (session->transfer == nullptr) {
    SYNCLINE_ASSIGN(const bool told, feed_live(session, bytes, sends));
    if (!told) {
      SYNCLINE_TRY(start_transfer(session, draw_salt(), sends));
      if (session->asking) return Fed::idle;
    }
  }
  if (session->transfer != nullptr) SYNCLINE_TRY(feed_transfer(session, bytes, sends));
  const bool done = session->transfer == nullptr && session->sent.seq == head_.seq &&
                    session->held_token == session->token;
  session->was_up_to_date = session->was_up_to_date || done;
  return done ? Fed::idle : Fed::more;
}

Status Feeder::answer(Session* session, const HaveList& list) const {
  // The answer to a question that another view has made void: it was on its way.
  if (session->transfer == nullptr || !session->asking ||
      list.request != session->transfer->request())
    return {};
  if (list.cursor != session->transfer->plan().from)
    return fail(ErrorCode::kMalformed, "a have-list of another cursor than the session's");
  SYNCLINE_ASSIGN(bool complete, session->transfer->answer(list));
  if (complete) session->asking = false;
  return {};
}

}  // namespace syncline
