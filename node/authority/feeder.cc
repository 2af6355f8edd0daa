#include "node/authority/feeder.h"

#include "proto/limits.h"

namespace syncline {
namespace {

// What a Delta takes beside its lists.
constexpr size_t kDeltaOverhead = 512;

size_t size_of(const Decision& decision) {
  size_t size = 96;
  for (const Outcome& outcome : decision.outcomes) size += 48 + outcome.text.size();
  return size;
}

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
         session.held_token == session.token && session.sent.seq >= seq;
}

void Feeder::send(Session* session, Delta delta, std::vector<Send>* sends) const {
  delta.session = session->nonce;
  delta.token = session->token;
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
  plan.everything = session->everything || !session->held_view || session->sent.seq < horizon_;
  if (!plan.everything) plan.old_view = session->held_view;
  if (plan.everything && session->resume && session->resume->token == session->token &&
      session->resume->seq >= horizon_ && session->resume->seq <= head_.seq)
    plan.resume = session->resume;
  session->resume.reset();
  session->transfer = std::make_unique<Transfer>(state_->snapshot(), std::move(plan));
  // What a resumed bootstrap has staged counts as its part 0.
  session->part = session->transfer->plan().resume ? 1 : 0;
  SYNCLINE_ASSIGN(std::optional<HaveAsk> ask, session->transfer->begin(session->nonce, salt));
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
  delta.kind = transfer.plan().everything ? Delta::Kind::bootstrap : Delta::Kind::catch_up;
  delta.from = transfer.plan().from;
  delta.to = transfer.plan().to;
  delta.last = chunk.last;
  delta.objects = std::move(chunk.objects);
  delta.leaves = std::move(chunk.leaves);
  delta.decisions = std::move(chunk.decisions);
  if (chunk.last) take_aside(session, &delta);
  delta.done_objects = transfer.done_objects();
  delta.total_objects = transfer.total_objects();
  send(session, std::move(delta), sends);
  if (!chunk.last) return {};
  session->sent = transfer.plan().to;
  session->held_view = *transfer.plan().view;
  session->held_token = session->token;
  session->everything = false;
  session->transfer.reset();
  session->part = 0;
  return {};
}

Status Feeder::feed_live(Session* session, size_t bytes, std::vector<Send>* sends) const {
  Delta delta;
  delta.kind = Delta::Kind::live;
  delta.from = session->sent;
  size_t used = 0;
  size_t counted = 0;
  LogSeq seq = session->sent.seq;
  const size_t aim = std::min(bytes, limits::kDeltaBytesAim);
  while (seq < head_.seq && used < aim) {
    seq = LogSeq(seq.value + 1);
    const RecentEntry& entry = recent_->at(seq);
    SYNCLINE_TRY(entry.tell(*session->view, &delta.objects));
    for (; counted < delta.objects.size(); ++counted) used += delta.objects[counted].size();
    if (entry.origin == session->node) {
      delta.decisions.push_back(entry.decision);
      used += size_of(entry.decision);
    }
    delta.to = entry.cursor;
  }
  if (counted == 0 && seq == session->sent.seq)
    delta.to = session->sent;  // only what is said aside
  take_aside(session, &delta);
  session->sent = delta.to;
  session->part = 0;
  send(session, std::move(delta), sends);
  session->part = 0;
  return {};
}

Result<Feeder::Result_> Feeder::feed(Session* session, size_t bytes, uint64_t salt,
                                     std::vector<Send>* sends) const {
  if (session->asking || !has_credit(*session)) return Result_::idle;
  const bool same_view =
      !session->everything && session->held_view && session->held_token == session->token;
  if (session->transfer == nullptr) {
    if (same_view && session->sent.seq == head_.seq && session->aside.empty()) return Result_::idle;
    if (!same_view ||
        (session->sent.seq != head_.seq && !recent_->reaches_back_to(session->sent.seq))) {
      SYNCLINE_TRY(start_transfer(session, salt, sends));
      if (session->asking) return Result_::idle;
    }
  }
  if (session->transfer != nullptr) {
    SYNCLINE_TRY(feed_transfer(session, bytes, sends));
  } else {
    SYNCLINE_TRY(feed_live(session, bytes, sends));
  }
  const bool done = session->transfer == nullptr && session->sent.seq == head_.seq &&
                    session->held_token == session->token;
  return done ? Result_::idle : Result_::more;
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
