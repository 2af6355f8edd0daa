#include "node/replica/upload.h"

#include <algorithm>

#include "node/replica/reading.h"
#include "node/replica/receipts.h"
#include "node/replica/run_reader.h"
#include "proto/check.h"
#include "proto/limits.h"

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

RunReader read_payloads(const ReplicaStep& step) {
  return RunReader(step.state.store, prefix_end(node_keys::all(Keyspace::node_payload)));
}

struct Offer {
  uint64_t order = 0;
  PendingRecord record;
};

// Pending changesets from an order on, as far as they are synced: the store's, and the one of this
// step.
class OfferWalk {
 public:
  OfferWalk(const ReplicaStep& step, uint64_t from)
      : step_(step),
        to_(node_keys::pending(step.state.synced_order + 1)),
        at_(step.state.store->scan(node_keys::pending(from), to_)),
        from_(from) {}

  // The next one; nullopt at the end.
  Result<std::optional<Offer>> next() {
    if (at_->valid()) {
      Offer offer;
      SYNCLINE_ASSIGN(offer.order, node_keys::order_of(at_->key()));
      SYNCLINE_ASSIGN(offer.record, decode_pending(at_->value()));
      at_->next();
      return offer;
    }
    SYNCLINE_TRY(at_->status());
    const auto& flight = step_.in_flight;
    if (flight_taken_ || !flight || flight->order < from_ ||
        flight->order > step_.state.synced_order)
      return std::nullopt;
    flight_taken_ = true;
    return Offer{flight->order, flight->record};
  }

 private:
  const ReplicaStep& step_;
  Bytes to_;
  std::unique_ptr<Iterator> at_;
  uint64_t from_;
  bool flight_taken_ = false;
};

Result<Bytes> payload_of(const ReplicaStep& step, uint64_t order, RunReader* payloads) {
  if (step.in_flight && step.in_flight->order == order) return step.in_flight->payload;
  SYNCLINE_ASSIGN(std::optional<BytesView> payload, payloads->get(node_keys::payload(order)));
  if (!payload)
    return fail(ErrorCode::kStoreDamaged,
                "the node's store lacks the content of a pending changeset");
  return Bytes(*payload);
}

bool received(const ReplicaSession& session, const ChangesetName& name) {
  return name.epoch == session.received_epoch && name.number <= session.received_number;
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
    return kOverheadEach + (offer.record.bytes > kPayloadBytesMax ? 0 : offer.record.bytes);
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
  RunReader payloads = read_payloads(*step);
  SYNCLINE_ASSIGN(Bytes payload, payload_of(*step, offer.order, &payloads));
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

Status send_run(ReplicaStep* step, const Run& run) {
  ReplicaState& state = step->state;
  const PendingRecord& first = run.offers.front().record;
  Envelope envelope;
  envelope.site = state.identity.site;
  envelope.origin = state.identity.node;
  envelope.epoch = first.name.epoch;
  envelope.first_number = first.name.number;
  envelope.previous = first.previous;
  Upload upload;
  upload.session = state.session.session;
  upload.now = step->now.clock();
  RunReader payloads = read_payloads(*step);
  for (const Offer& offer : run.offers) {
    envelope.hashes.push_back(offer.record.hash);
    Bytes payload;
    if (offer.record.bytes <= kPayloadBytesMax) {
      SYNCLINE_ASSIGN(payload, payload_of(*step, offer.order, &payloads));
    }
    upload.payloads.push_back(std::move(payload));
  }
  envelope.signature = sign(state.identity.identity, envelope_signing_bytes(envelope));
  upload.envelope = encode_envelope(envelope);
  Bytes frame = encode_message(std::move(upload));
  CHECK(frame.size() <= limits::kMessageBytesMax);
  state.session.uploaded_bytes += frame.size();
  state.session.next_upload = run.offers.back().order + 1;
  step->out.frames.push_back(std::move(frame));
  return {};
}

}  // namespace

Status start_uploads(ReplicaStep* step) {
  SYNCLINE_ASSIGN(step->state.session.next_upload,
                  first_pending_order(*step->state.store, step->state.writer.next_order));
  return {};
}

void on_upload_credit(ReplicaStep* step, const UploadCredit& credit) {
  ReplicaSession& session = step->state.session;
  session.credit_bytes = std::max(session.credit_bytes, credit.credit_bytes);
  // Uploads of a session go forward: another epoch than the last named is a later one.
  if (credit.epoch != session.received_epoch) {
    session.received_epoch = credit.epoch;
    session.received_number = credit.received_number;
  } else {
    session.received_number = std::max(session.received_number, credit.received_number);
  }
  if (credit.received_number > 0) {
    session.received_epoch = credit.epoch;
    session.received_number = credit.received_number;
  }
}

Status send_uploads(ReplicaStep* step) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  if (session.phase != ReplicaSession::Phase::active || session.next_upload > state.synced_order)
    return {};
  // Blocked before, and no more credit since: nothing has become sendable.
  if (session.blocked_at == session.credit_bytes) return {};
  const auto blocked = [&session]() -> Status {
    session.blocked_at = session.credit_bytes;
    return {};
  };
  OfferWalk walk(*step, session.next_upload);
  Run run;
  // A run is sent when the next changeset does not fit it, or there is none.
  for (;;) {
    SYNCLINE_ASSIGN(std::optional<Offer> offer, walk.next());
    if (offer && received(session, offer->record.name)) {
      if (run.offers.empty()) session.next_upload = offer->order + 1;
      continue;
    }
    const bool large = offer && offer->record.bytes > kPayloadBytesMax;
    if (!run.offers.empty() && (!offer || large || !run.takes(*offer))) {
      if (credit_left(session) < run.bytes) return blocked();
      SYNCLINE_TRY(send_run(step, run));
      run = Run();
    }
    if (!offer) return {};
    if (large) {
      SYNCLINE_ASSIGN(bool whole, send_parts(step, *offer));
      if (!whole) return blocked();
    }
    run.add(std::move(*offer));
    if (large) {
      // Its parts are the last that the authority holds of this node: the upload that names them
      // follows at once.
      if (credit_left(session) < run.bytes) return blocked();
      SYNCLINE_TRY(send_run(step, run));
      run = Run();
    }
  }
}

}  // namespace syncline
