#include "node/replica/upload.h"

#include <algorithm>
#include <set>

#include "node/replica/pending.h"
#include "node/replica/reading.h"
#include "proto/check.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// An upload is one signature and one frame: large enough to make those cheap, small enough to be
// fair.
constexpr size_t kUploadBytesAim = 256u << 10;
// A larger payload travels in parts of this size.
constexpr size_t kPayloadBytesMax = 512u << 10;
constexpr size_t kPartBytes = 256u << 10;
// What stands around the payloads in a frame, at most.
constexpr size_t kFrameOverhead = 1024;
constexpr size_t kOverheadEach = 48;
constexpr size_t kFormerEach = 40;

struct Offer {
  uint64_t order = 0;
  WrittenRecord record;
  Bytes payload;  // empty if it stands apart
};

// Pending changesets of the orders [from, to), as far as they are synced: the store's without those
// that this step settles, and the one that it writes.
class OfferWalk {
 public:
  OfferWalk(const ReplicaStep& step, uint64_t from, uint64_t to)
      : step_(step),
        end_(std::min(to, step.state.synced_order + 1)),
        pending_(step.state.store, from, end_, step.state.kept_end),
        from_(from) {
    // Mostly none: what is decided was offered before.
    for (const uint64_t order : step.settled)
      if (order >= from) settled_.insert(order);
  }

  // The next one; nullopt at the end.
  Result<std::optional<Offer>> next() {
    for (;;) {
      SYNCLINE_ASSIGN(std::optional<PendingChangeset> pending, pending_.next());
      if (!pending) break;
      if (settled_.contains(pending->order)) continue;
      WrittenView& written = pending->written;
      return Offer{pending->order, std::move(written.record), Bytes(written.payload)};
    }
    const auto& flight = step_.in_flight;
    if (flight_taken_ || !flight || flight->order < from_ || flight->order >= end_)
      return std::nullopt;
    flight_taken_ = true;
    return Offer{flight->order, flight->record, flight->payload};
  }

 private:
  const ReplicaStep& step_;
  uint64_t end_;
  PendingWalk pending_;
  uint64_t from_;
  std::set<uint64_t> settled_;
  bool flight_taken_ = false;
};

Result<Bytes> whole_payload(const ReplicaStep& step, const Offer& offer) {
  if (step.in_flight && step.in_flight->order == offer.order) return step.in_flight->payload;
  return payload_of(*step.state.store, offer.order, {offer.record, {}, offer.payload});
}

uint64_t credit_left(const ReplicaSession& session) {
  return session.credit_bytes - std::min(session.credit_bytes, session.uploaded_bytes);
}

// A run that fits one upload: consecutive numbers of one epoch.
struct Run {
  std::vector<Offer> offers;
  size_t bytes = kFrameOverhead;

  bool takes(const Offer& offer) const {
    if (offers.empty()) return true;
    const ChangesetName& last = offers.back().record.name;
    const ChangesetName& name = offer.record.name;
    return name.epoch == last.epoch && name.number == last.number + 1 &&
           offers.size() < limits::kChangesetsPerUploadMax &&
           bytes + cost(offer) <= kUploadBytesAim;
  }
  void add(Offer offer) {
    bytes += cost(offer);
    offers.push_back(std::move(offer));
  }
  static size_t cost(const Offer& offer) {
    return kOverheadEach + offer.record.formers.size() * kFormerEach +
           (offer.record.bytes > kPayloadBytesMax ? 0 : offer.record.bytes);
  }
};

// The parts of a large payload, as far as credit goes. True: all of it is on its way.
Result<bool> send_parts(ReplicaStep* step, const Offer& offer) {
  ReplicaSession& session = step->state.session;
  if (session.part_order != offer.order) {
    session.part_order = offer.order;
    session.part_offset = 0;
  }
  if (session.part_offset >= offer.record.bytes) return true;
  SYNCLINE_ASSIGN(const Bytes payload, whole_payload(*step, offer));
  while (session.part_offset < payload.size()) {
    const size_t size = std::min(kPartBytes, payload.size() - session.part_offset);
    if (credit_left(session) < size) return false;
    UploadPart part{session.session, offer.record.name, session.part_offset, payload.size(),
                    payload.substr(session.part_offset, size)};
    step->out.frames.push_back(encode_message(std::move(part)));
    session.part_offset += size;
    // Of parts the content counts, of uploads the frame.
    session.uploaded_bytes += size;
  }
  return true;
}

Status send_run(ReplicaStep* step, Run run, uint64_t* next) {
  ReplicaState& state = step->state;
  const WrittenRecord& first = run.offers.front().record;
  Envelope envelope;
  envelope.site = state.identity.site;
  envelope.origin = state.identity.node;
  envelope.epoch = first.name.epoch;
  envelope.first_number = first.name.number;
  envelope.previous = first.previous;
  Upload upload;
  upload.session = state.session.session;
  upload.now = step->now.clock();
  for (Offer& offer : run.offers) {
    for (const LogPosition& former : offer.record.formers)
      upload.formers.push_back({static_cast<uint32_t>(envelope.hashes.size()), former});
    envelope.hashes.push_back(offer.record.hash);
    // One that travelled in parts is only named.
    if (offer.record.bytes > kPayloadBytesMax) {
      upload.payloads.emplace_back();
    } else if (stands_apart(offer.record.bytes)) {
      SYNCLINE_ASSIGN(Bytes payload, whole_payload(*step, offer));
      upload.payloads.push_back(std::move(payload));
    } else {
      upload.payloads.push_back(std::move(offer.payload));
    }
  }
  envelope.signature = sign(state.identity.identity, envelope_signing_bytes(envelope));
  if (SYNCLINE_PLANTED(skip_signature)) envelope.signature[0] ^= 1;  // a forger's
  upload.envelope = encode_envelope(envelope);
  Bytes frame = encode_message(std::move(upload));
  CHECK(frame.size() <= limits::kMessageBytesMax);
  state.session.uploaded_bytes += frame.size();
  *next = run.offers.back().order + 1;
  step->out.frames.push_back(std::move(frame));
  return {};
}

// Sends what is pending in the orders [*next, to), as far as it is synced and credit goes; *next is
// the first that was not sent. False: there is no more credit.
Result<bool> send_range(ReplicaStep* step, uint64_t* next, uint64_t to) {
  ReplicaSession& session = step->state.session;
  OfferWalk walk(*step, *next, to);
  Run run;
  // A run is sent when the next changeset does not fit it, or there is none.
  for (;;) {
    SYNCLINE_ASSIGN(std::optional<Offer> offer, walk.next());
    const bool large = offer && offer->record.bytes > kPayloadBytesMax;
    if (!run.offers.empty() && (!offer || large || !run.takes(*offer))) {
      if (credit_left(session) < run.bytes) return false;
      SYNCLINE_TRY(send_run(step, std::move(run), next));
      run = Run();
    }
    if (!offer) return true;
    if (large) {
      SYNCLINE_ASSIGN(bool whole, send_parts(step, *offer));
      if (!whole) return false;
    }
    run.add(std::move(*offer));
    if (large) {
      // Its parts are the last that the authority holds of this node: the upload that names them
      // follows at once.
      if (credit_left(session) < run.bytes) return false;
      SYNCLINE_TRY(send_run(step, std::move(run), next));
      run = Run();
    }
  }
}

// Once all that was decided at the Welcome has been told: what of it is still pending was decided
// beside the entries.
void offer_again(ReplicaState* state) {
  ReplicaSession& session = state->session;
  if (session.decided_from == session.decided_to || state->view.cursor.seq < session.welcome_head)
    return;
  if (session.next_upload >= session.decided_to) {
    session.next_again = session.decided_from;
    session.again_to = session.decided_to;
  }
  session.decided_from = session.decided_to = 0;
}

// Where the orders of the epoch that begins at `first` end here: the next epoch's first, if there
// is one.
Result<uint64_t> end_of_epoch(const ReplicaState& state, uint64_t first) {
  uint64_t end = state.writer.next_order;
  const Bytes from = node_keys::all(Keyspace::node_epoch);
  auto walk = state.store->scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(EpochMark mark, decode_epoch_mark(walk->value()));
    if (mark.first_order > first) end = std::min(end, mark.first_order);
  }
  SYNCLINE_TRY(walk->status());
  return end;
}

// What the Welcome says to be decided, as orders. Only of what was there when it was said, and of
// that epoch: a clone of this device, or its self before it was restored from a backup, may have
// used numbers that this one gave to nothing, or gives to writes to come.
Status note_decided(ReplicaState* state, Epoch epoch, uint64_t number) {
  ReplicaSession& session = state->session;
  if (number == 0) return {};
  SYNCLINE_ASSIGN(std::optional<uint64_t> last,
                  order_of_name(*state->store, {state->identity.node, epoch, number}));
  if (!last) return {};
  const uint64_t first = *last - number + 1;
  SYNCLINE_ASSIGN(uint64_t end, end_of_epoch(*state, first));
  end = std::min(end, *last + 1);
  session.received_number = end - std::min(end, first);
  session.decided_from = std::max(session.next_upload, first);
  session.decided_to = std::max(session.decided_from, end);
  return {};
}

}  // namespace

void release_uploads(ReplicaStep* step) {
  if (step->state.session.holds_uploads) step->arm("uploads", 0);
}

Status on_uploads_timeout(ReplicaStep* step) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  if (!session.holds_uploads || comes_from_another_log(state)) return {};
  session.holds_uploads = false;
  SYNCLINE_ASSIGN(session.next_upload, first_pending_order(*state.store, state.writer.next_order));
  return note_decided(&state, session.received_epoch, session.said_number);
}

Status start_uploads(ReplicaStep* step, const Welcome& welcome) {
  ReplicaState& state = step->state;
  state.session.received_epoch = welcome.epoch;
  state.session.said_number = welcome.received_number;
  state.session.holds_uploads = comes_from_another_log(state);
  if (state.session.holds_uploads) return {};
  SYNCLINE_ASSIGN(state.session.next_upload,
                  first_pending_order(*state.store, state.writer.next_order));
  return note_decided(&state, welcome.epoch, welcome.received_number);
}

void on_upload_credit(ReplicaStep* step, const UploadCredit& credit) {
  ReplicaSession& session = step->state.session;
  session.credit_bytes = std::max(session.credit_bytes, credit.credit_bytes);
  if (credit.received_number == 0) return;
  // What is offered again has been received before: it takes nothing back.
  if (credit.epoch == session.received_epoch) {
    session.received_number = std::max(session.received_number, credit.received_number);
  } else if (session.received_epoch != step->state.writer.epoch) {
    session.received_epoch = credit.epoch;
    session.received_number = credit.received_number;
  }
}

Status send_uploads(ReplicaStep* step) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  if (session.phase != ReplicaSession::Phase::active || session.holds_uploads) return {};
  offer_again(&state);
  if (session.next_again == session.again_to && session.next_upload > state.synced_order) return {};
  // Blocked before, and no more credit since: nothing has become sendable.
  if (session.blocked_at == session.credit_bytes) return {};
  bool sent = true;
  if (session.next_again < session.again_to) {
    SYNCLINE_ASSIGN(sent, send_range(step, &session.next_again, session.again_to));
    if (sent) session.next_again = session.again_to;
  }
  // Around what is decided.
  if (sent && session.next_upload < session.decided_to) {
    SYNCLINE_ASSIGN(sent, send_range(step, &session.next_upload, session.decided_from));
    if (sent) session.next_upload = session.decided_to;
  }
  if (sent) {
    SYNCLINE_ASSIGN(sent, send_range(step, &session.next_upload, UINT64_MAX));
  }
  if (!sent) session.blocked_at = session.credit_bytes;
  return {};
}

}  // namespace syncline
