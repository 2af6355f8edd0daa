// From uploads to layers: what is offered is queued, judged in order, and appended as one run of
// records.
#include <fmt/format.h>

#include "node/authority/authority_impl.h"
#include "node/authority/state_keys.h"
#include "proto/limits.h"
#include "proto/planted.h"
#include "proto/uses.h"

namespace syncline {
namespace {

bool concerns_directory(const Directory& directory, const Entry& entry) {
  return std::any_of(entry.objects.begin(), entry.objects.end(),
                     [&](const ObjectEffect& effect) { return directory.concerns(effect.object); });
}

}  // namespace

void Authority::Impl::on_upload(Session* session, OfferedUpload& upload) {
  session->taken_bytes += upload.bytes;
  if (session->taken_bytes > session->granted_bytes + limits::kMessageBytesMax) {
    refuse_frame(session->connection, session->node,
                 {ErrorCode::kTooLarge, "an upload beyond the credit that was given"});
    return;
  }
  // The frame's bytes are given back with its last changeset.
  size_t bytes = upload.bytes;
  for (size_t i = 0; i < upload.changesets.size(); ++i) {
    Offered& offered = upload.changesets[i];
    if (offered.in_parts) {
      if (!take_whole(&offered)) {
        refuse_frame(session->connection, session->node,
                     {ErrorCode::kMalformed,
                      fmt::format("the parts of changeset {} did not arrive, or are not what its "
                                  "envelope says",
                                  to_string(offered.name))});
        return;
      }
      if (queued_in_parts_bytes + offered.payload.size() > limits::kQueuedInPartsBytesMax) {
        say_goodbye(session->connection,
                    {ErrorCode::kTooLarge,
                     "too many large changesets wait to be judged: it will be offered again"},
                    true);
        return;
      }
      queued_in_parts_bytes += offered.payload.size();
    }
    const bool last = i + 1 == upload.changesets.size();
    QueuedOffer queued{
        {std::move(offered), upload.envelope, session->node, upload.now, session->forks, false},
        session->connection,
        0,
        last ? bytes : 0};
    session->epoch = queued.offer.changeset.name.epoch;
    session->received_number = queued.offer.changeset.name.number;
    queue.push_back(std::move(queued));
  }
}

void Authority::Impl::on_part(Session* session, UploadPart& part) {
  // What is staged of a node is one changeset: its parts come in order, from the first.
  if (part.offset == 0) {
    session->part_name = part.name;
    session->part_next = 0;
  }
  if (part.name != session->part_name || part.offset != session->part_next) {
    refuse_frame(session->connection, session->node,
                 {ErrorCode::kMalformed,
                  fmt::format("a part of changeset {} came out of order", to_string(part.name))});
    return;
  }
  session->part_next += part.bytes.size();
  session->taken_bytes += part.bytes.size();
  // Parts are on disk, not in memory: their credit comes back at once.
  session->granted_bytes += part.bytes.size();
  if (part.total > limits::kChangesetBytesMax || part.offset > part.total ||
      part.bytes.size() > part.total - part.offset) {
    refuse_frame(session->connection, session->node,
                 {ErrorCode::kTooLarge, fmt::format("a changeset of {} bytes; at most {} are taken",
                                                    part.total, limits::kChangesetBytesMax)});
    return;
  }
  if (part.offset == 0) {
    // A node has one changeset in parts under way: what is left of another is of no use.
    const Bytes prefix = state_keys::staged_parts_of(session->node);
    out.state.erase_range(prefix, prefix_end(prefix));
  }
  out.state.put(state_keys::staged_part(part.name, part.offset), std::move(part.bytes));
  send(session->connection, UploadCredit{session->nonce, session->epoch, session->received_number,
                                         session->granted_bytes});
}

// Puts the staged parts together. They were written by the driver after the step in which they
// arrived, so an Upload in that same step reads them from the batch.
bool Authority::Impl::take_whole(Offered* offered) {
  std::map<Bytes, Bytes> parts;
  const Bytes prefix = state_keys::staged_parts_of(offered->name);
  for (auto at = store->scan(prefix, prefix_end(prefix)); at->valid(); at->next())
    parts[Bytes(at->key())] = Bytes(at->value());
  for (const Batch::Change& change : out.state.changes())
    if (change.kind == Batch::Change::Kind::put && change.key.starts_with(prefix))
      parts[change.key] = change.value;
  Bytes whole;
  for (auto& [key, bytes] : parts) {
    if (get_u64_big_endian(BytesView(key).substr(key.size() - 8)) != whole.size()) return false;
    whole += bytes;
    if (whole.size() > limits::kChangesetBytesMax) return false;
  }
  out.state.erase_range(prefix, prefix_end(prefix));
  return complete(offered, std::move(whole)).has_value();
}

void Authority::Impl::on_local(authority_input::Local& local) {
  const ChangesetName expected{options.id, own_epoch, own_number + 1};
  Offered offered;
  offered.name = local.name;
  offered.payload = encode_changeset(local.changeset);
  offered.hash = payload_hash(offered.payload);
  offered.changeset = std::move(local.changeset);
  if (local.name != expected) {
    Decision decision{local.name, offered.hash, {}, DecisionState::refused, {}};
    Outcome outcome;
    outcome.verdict = Verdict::refused;
    outcome.reason = Reason::clone;
    outcome.text = "another local change came between: begin again";
    decision.outcomes.push_back(std::move(outcome));
    out.local.emplace_back(local.ticket, std::move(decision));
    return;
  }
  own_number = local.name.number;
  QueuedOffer queued{
      {std::move(offered), {}, options.id, now.clock(), {}, true}, std::nullopt, local.ticket, 0};
  queue.push_back(std::move(queued));
}

ChangesetName Authority::Impl::next_hand_name() {
  if (hand_epoch == Epoch()) hand_epoch = Epoch(draw());
  return {options.id, hand_epoch, hand_number + 1};
}

Changeset Authority::Impl::begin_by_hand() const {
  Changeset changeset;
  changeset.base = {decided.incarnation, decided.seq, decided.hash};
  changeset.written = now.clock();
  if (deciding.deployed() != nullptr) changeset.schema_mark = deciding.deployed()->schema().mark();
  return changeset;
}

Result<Decided> Authority::Impl::decide_by_hand(const ChangesetName& name, Changeset changeset,
                                                Offer::Keeps keeps) {
  hand_number = name.number;
  Offered offered;
  offered.name = name;
  offered.payload = encode_changeset(changeset);
  offered.hash = payload_hash(offered.payload);
  offered.changeset = std::move(changeset);
  QueuedOffer queued{
      {std::move(offered), {}, options.id, now.clock(), {}, true, keeps}, std::nullopt, 0, 0};
  Layer& layer = open_layer();
  layer.payload_bytes += queued.offer.changeset.payload.size();
  return decide_one(queued, &layer);
}

// What is queued is decided into the layer that is open, ahead of the log as far as the bounds
// allow.
void Authority::Impl::decide() {
  if (applying || retention_due) return;
  wake_awaiting();
  const LogSeq before = decided.seq;
  Status by_itself = note_versions();
  if (by_itself) by_itself = extend_schema();
  if (by_itself) by_itself = adopt_some();
  if (!by_itself) {
    event("state_unreadable", options.id, by_itself.error().message);
    out.unreadable = by_itself.error();
    return;
  }
  for (size_t i = 0; i < limits::kOffersPerStepMax && !queue.empty() && has_room_in_flight(); ++i) {
    if (Status next = decide_next(); !next) {
      event("state_unreadable", options.id, next.error().message);
      out.unreadable = next.error();
      return;
    }
    // What follows is added to one layer.
    if (decided.seq != before && is_full(in_flight.back())) break;
  }
  out.more = out.more || ((!queue.empty() || (is_adopting() && !draining)) && has_room_in_flight());
  finish_layer();
}

// What its entries add up to goes with them: a layer is what a state may end with.
void Authority::Impl::finish_layer() {
  if (in_flight.empty() || in_flight.back().applied.seq == decided.seq) return;
  Batch mark;
  totals.write(&mark);
  mark.put(state_keys::applied(), encode_applied(decided));
  layers.add(std::move(mark));
  in_flight.back().applied = decided;
}

// The first of the queue: it waits, or is known, or becomes an entry.
Status Authority::Impl::decide_next() {
  QueuedOffer queued = std::move(queue.front());
  queue.pop_front();
  SYNCLINE_ASSIGN(const bool waits, wait_for_create(&queued));
  if (waits) return {};
  const Offered& changeset = queued.offer.changeset;
  if (changeset.in_parts) queued_in_parts_bytes -= changeset.payload.size();
  SYNCLINE_ASSIGN(std::optional<Known> known, admission.find_known(queued.offer));
  if (known) {
    answer_known(queued, *known);
    if (queued.connection) give_credit(queued.connection->value, queued.bytes);
    return {};
  }
  if (changeset.changeset && !queued.offer.own) SYNCLINE_TRY(adopt_named(*changeset.changeset));
  Layer& layer = open_layer();
  layer.payload_bytes += changeset.payload.size();
  if (queued.connection) layer.upload_bytes[queued.connection->value] += queued.bytes;
  SYNCLINE_TRY(decide_one(queued, &layer));
  return {};
}

bool Authority::Impl::is_full(const Layer& layer) const {
  return layer.entries.size() >= options.entries_per_layer_max ||
         layer.payload_bytes >= limits::kLayerBytesMax;
}

bool Authority::Impl::has_room_in_flight() const {
  if (SYNCLINE_PLANTED(run_far_ahead)) return true;
  return in_flight.size() < limits::kLayersInFlightMax ||
         (in_flight.size() > 1 && !is_full(in_flight.back()));
}

// The last one, if the log does not have it yet and it is not full; or a new one.
Layer& Authority::Impl::open_layer() {
  const bool with_log = in_flight.size() == 1 && appending;
  if (in_flight.empty() || with_log || is_full(in_flight.back())) {
    finish_layer();
    layers.push();
    in_flight.push_back({});
    in_flight.back().append =
        std::make_shared<LogAppend>(options.fence, LogIndex(log.index.value + 1), log.hash);
  }
  return in_flight.back();
}

DecidedHead Authority::Impl::decided_head() const {
  return {decided.incarnation, decided.seq,     decided.hash,
          decided.stamp_high,  decided.horizon, decided.forks};
}

Result<Decided> Authority::Impl::decide_one(QueuedOffer& queued, Layer* layer) {
  // One at a time: see Offered::in_parts.
  if (queued.offer.changeset.in_parts) decode_payload(&queued.offer.changeset);
  SYNCLINE_ASSIGN(Decided one, admission.decide(queued.offer, decided_head(), now));
  note_envelope(queued.offer, layer, &one.entry);
  Hash hash = log.hash;
  LogIndex index = log.index;
  uint64_t log_bytes = decided.log_bytes;
  std::vector<Bytes> records = records_of(one.entry);
  if (records.size() > options.entry_bytes_max / limits::kLogRecordBytesMax) {
    // Effects repeat their paths: what a changeset of the allowed size does may be many times
    // larger.
    refuse_rest(&one, Reason::too_large,
                fmt::format("what this transaction does would take more than {} MiB in the log: "
                            "divide it",
                            options.entry_bytes_max >> 20));
    records = records_of(one.entry);
  }
  for (Bytes& bytes : records) {
    const LogRecord& record = layer->append->add(std::move(bytes));
    index = record.index;
    hash = record.hash;
    log_bytes += record.bytes.size();
  }
  SYNCLINE_ASSIGN(Folded folded,
                  fold(layers, one.entry, {index, hash, log_bytes}, &totals, indexes, one.images));
  for (const FoldedObject& object : folded.objects)
    born = born || object.change == ObjectEffect::Change::born;
  layers.add(std::exchange(folded.batch, {}));
  log = {index, options.fence, hash};
  decided.seq = one.entry.seq;
  decided.index = index;
  decided.hash = hash;
  decided.stamp_high = one.entry.stamp_high;
  decided.synced_index = index;
  decided.log_bytes = log_bytes;
  if (queued.ticket != 0) layer->local.emplace_back(queued.ticket, folded.decision);
  if (concerns_directory(deciding, one.entry)) {
    for (const ObjectEffect& effect : one.entry.objects) {
      if (!deciding.concerns(effect.object)) continue;
      SYNCLINE_ASSIGN(Directory::Change change, deciding.refresh(layers, effect.object));
      if (change.app && deciding.deployed())
        indexes.set_schema(deciding.deployed()->shared_schema(), decided.seq, &out.state);
      layer->directory_objects.push_back(effect.object);
      if (effect.object.type == system_type::kSubscription) note_asked(effect.object);
    }
  }
  if (SYNCLINE_PLANTED(wrong_chain)) hash.bytes[0] ^= 1;
  layer->entries.push_back(std::make_shared<RecentEntry>(one.entry, std::move(folded), hash));
  return one;
}

// One envelope serves all entries of its upload in this append: retention keeps them together.
void Authority::Impl::note_envelope(const Offer& offer, Layer* layer, Entry* entry) const {
  if (offer.envelope == nullptr) return;
  if (layer->envelope == offer.envelope) {
    entry->envelope_back = static_cast<uint32_t>(entry->seq.value - layer->envelope_seq.value);
    return;
  }
  entry->envelope = *offer.envelope;
  layer->envelope = offer.envelope;
  layer->envelope_seq = entry->seq;
}

// Beside the entries, with the next delta.
void Authority::Impl::tell_aside(Session* session, Decision decision) {
  wake(session);
  if (session->aside.size() < limits::kAsideMax) {
    session->aside.push_back(std::move(decision));
    return;
  }
  // It takes too little. What it is not told now, it offers again.
  event("stalled", session->node, "does not take the answers to what it offers");
  send(session->connection, HelloAgain{session->nonce});
  end_session(session->connection.value);
}

// The name is decided already. The same content: the deltas tell it, or told it and the node asks
// again. Another content: two devices write under one name. No record: refused, so that the content
// ends in its writer's journal.
void Authority::Impl::answer_known(const QueuedOffer& queued, const Known& known) {
  // A number below the last decided without a record of it: passed over, or trimmed. Its writer
  // would wait for ever.
  const bool passed = !known.decision;
  if (!known.clone && !passed) {
    auto it = queued.connection ? sessions.find(queued.connection->value) : sessions.end();
    if (it != sessions.end() && known.decision->seq <= it->second.sent.seq)
      tell_aside(&it->second, *known.decision);
    return;
  }
  const ChangesetName& name = queued.offer.changeset.name;
  if (alarms.size() < 10'000 && alarms.insert(name).second)
    event(passed ? "gap" : "clone_alarm", name.origin,
          passed ? fmt::format("changeset {} came after later ones of its epoch were decided",
                               to_string(name))
                 : fmt::format("changeset {} came with two contents: a cloned or restored device",
                               to_string(name)));
  if (!queued.connection) return;
  auto it = sessions.find(queued.connection->value);
  if (it == sessions.end()) return;
  Session& session = it->second;
  // It is told with the next delta, which a decision may not lie beyond.
  const LogSeq seq = passed ? committed.seq : std::min(known.decision->seq, committed.seq);
  Decision decision{name, queued.offer.changeset.hash, seq, DecisionState::refused, {}};
  Outcome outcome;
  outcome.verdict = Verdict::refused;
  outcome.reason = Reason::clone;
  outcome.text =
      passed ? fmt::format(
                   "later changesets than {} were decided, and no record of it is left: this "
                   "device was restored from a backup, or is a clone",
                   to_string(name))
             : fmt::format(
                   "the name {} was used with another content: this device is a clone, or "
                   "was restored from a backup while its newer self went on",
                   to_string(name));
  decision.outcomes.push_back(std::move(outcome));
  tell_aside(&session, std::move(decision));
}

}  // namespace syncline
