#include "sim/faults/rogue.h"

#include "sim/world/sample_fleet.h"

namespace syncline::sim {
namespace {

constexpr int64_t kGreetAgainUs = 300'000;
constexpr size_t kSentKept = 12;
constexpr int kSmallFlood = 150;
// Together more than the credit that a session gets.
constexpr int kLargeFlood = 8;
constexpr size_t kLargeBytes = 700'000;

}  // namespace

Rogue::Rogue(Fleet* fleet, Random random)
    : fleet_(fleet),
      random_(random),
      identity_(key_pair_from_seed(random_.bytes())),
      id_(node_id_of(identity_.public_key)),
      epoch_(random_.next() | 1) {
  fleet_->network.add_device(
      id_,
      {[this] { greet(); }, [this] { greeted_ = false; }, [this](Bytes frame) { on_frame(frame); }},
      {});
}

Status Rogue::start() {
  SYNCLINE_TRY(fleet_->authority.add_node(id_, kWorker, identity_.public_key));
  fleet_->network.set_device_up(id_, true);
  return {};
}

void Rogue::send(Bytes frame) {
  sent_.push_back(frame);
  if (sent_.size() > kSentKept) sent_.pop_front();
  fleet_->network.send_to_server(id_, std::move(frame));
}

void Rogue::greet() {
  Hello hello;
  hello.node = id_;
  hello.nonce = SessionNonce(random_.next());
  hello.signature = sign(identity_, hello_signing_bytes(hello, fleet_->authority.server_key()));
  send(encode_message(hello));
}

void Rogue::on_frame(const Bytes& frame) {
  const Result<Message> message = decode_message(frame);
  if (!message) return;
  if (const Welcome* welcome = std::get_if<Welcome>(&*message)) {
    session_ = welcome->session;
    greeted_ = true;
    act();
  }
  if (!std::holds_alternative<Goodbye>(*message) && !std::holds_alternative<HelloAgain>(*message))
    return;
  greeted_ = false;
  fleet_->clock.post_in_us(kGreetAgainUs, [this] {
    if (!greeted_) greet();
  });
}

void Rogue::misbehave(FaultKind how, std::function<void()> done) {
  waiting_.push_back({how, std::move(done)});
  act();
}

void Rogue::act() {
  while (greeted_ && fleet_->network.connected(id_) && !waiting_.empty()) {
    const Misdeed misdeed = std::move(waiting_.front());
    waiting_.pop_front();
    commit(misdeed.how);
    misdeed.done();
  }
}

void Rogue::commit(FaultKind how) {
  switch (how) {
    case FaultKind::rogue_gap:
      next_number_ += 1 + random_.below(5);
      return send(encode_message(make_upload({lawful_payload()})));
    case FaultKind::rogue_fork: {
      send(encode_message(make_upload({lawful_payload()})));
      const auto again = [this](Envelope* envelope) { envelope->first_number = --next_number_; };
      return send(encode_message(make_upload({lawful_payload()}, again)));
    }
    case FaultKind::rogue_forged_origin: {
      const NodeId victim = fleet_->nodes[random_.below(fleet_->nodes.size())]->id();
      return send(encode_message(
          make_upload({lawful_payload()}, [&](Envelope* envelope) { envelope->origin = victim; })));
    }
    case FaultKind::rogue_forged_signature: {
      Upload upload = make_upload({lawful_payload()});
      if (random_.chance(50)) {
        upload.payloads[0] = lawful_payload();  // of another content than what was signed
      } else {
        upload.envelope[random_.below(upload.envelope.size())] ^= 1;
      }
      return send(encode_message(upload));
    }
    case FaultKind::rogue_schema:
      return send(encode_message(make_upload({unlawful_payload(), unlawful_payload()})));
    case FaultKind::rogue_flood:
      for (int i = 0; i < kSmallFlood; ++i) send(encode_message(make_upload({lawful_payload()})));
      for (int i = 0; i < kLargeFlood; ++i) {
        Bytes noise(kLargeBytes, 0);
        for (size_t at = 0; at + 1 < noise.size(); at += 64)
          noise[at] = static_cast<char>(random_.next());
        send(encode_message(make_upload({std::move(noise)})));
      }
      return;
    case FaultKind::rogue_garbage: {
      Bytes frame = encode_message(make_upload({lawful_payload()}));
      for (uint64_t i = 0; i <= random_.below(4); ++i)
        frame[random_.below(frame.size())] = static_cast<char>(random_.next());
      if (random_.chance(30)) frame.resize(1 + random_.below(frame.size()));
      return send(std::move(frame));
    }
    default: {  // rogue_replay
      const std::deque<Bytes> again = sent_;
      for (const Bytes& frame : again) fleet_->network.send_to_server(id_, frame);
      return;
    }
  }
}

Upload Rogue::make_upload(std::vector<Bytes> payloads, const std::function<void(Envelope*)>& bend) {
  Envelope envelope;
  envelope.site = site_of(fleet_->authority.server_key());
  envelope.origin = id_;
  envelope.epoch = epoch_;
  envelope.first_number = next_number_;
  envelope.previous = previous_;
  if (bend) bend(&envelope);
  for (const Bytes& payload : payloads) envelope.hashes.push_back(payload_hash(payload));
  previous_ = envelope.hashes.back();
  next_number_ += payloads.size();
  envelope.signature = sign(identity_, envelope_signing_bytes(envelope));
  Upload upload;
  upload.session = session_;
  upload.envelope = encode_envelope(envelope);
  upload.payloads = std::move(payloads);
  return upload;
}

// It creates an object of its own, as any worker may.
Bytes Rogue::lawful_payload() {
  Changeset changeset;
  changeset.schema_mark = fleet_->schema().mark();
  Group& group = changeset.groups.emplace_back();
  group.id = Value("rogue" + std::to_string(random_.below(4)));
  group.object = {fleet_->type("Thing"), *object_key(group.id)};
  group.blind = true;
  Scope scope{ScopeKind::object, {}};
  scope.put(fleet_->schema().type("Thing")->field("name")->number, Item(Value("rogue")));
  Operation& operation = group.operations.emplace_back();
  operation.kind = OperationKind::create;
  operation.item = Item(std::move(scope));
  return encode_changeset(changeset);
}

// A type or field that nobody knows, a value of the wrong type, a field or object that a worker may
// not write, or bytes that are no changeset.
Bytes Rogue::unlawful_payload() {
  if (random_.chance(15)) {
    const char byte = static_cast<char>(random_.next());
    return Bytes(1 + random_.below(60), byte);
  }
  const bool rule = random_.chance(30);
  const TypeDef& type = *fleet_->schema().type(rule ? "Rule" : "Thing");
  Changeset changeset;
  changeset.schema_mark = fleet_->schema().mark();
  Group& group = changeset.groups.emplace_back();
  group.id =
      rule ? Value(int64_t(random_.below(3))) : Value("t" + std::to_string(random_.below(6)));
  group.object = {random_.chance(15) ? TypeNumber(987'654) : type.number, *object_key(group.id)};
  group.blind = true;
  Operation& operation = group.operations.emplace_back();
  operation.kind = OperationKind::create;
  Scope scope{ScopeKind::object, {}};
  switch (random_.below(4)) {
    case 0:
      scope.put(FieldNumber(8'765), Item(Value("unknown")));
      break;
    case 1:
      scope.put(type.field("count")->number, Item(Value("no number")));
      break;
    case 2:
      scope.put(type.field(rule ? "text" : "checked")->number,
                Item(rule ? Value("forbidden") : Value(true)));
      break;
    default:
      scope.put(type.field(rule ? "text" : "name")->number, Item(Value(std::string(50, 'x'))));
      scope.put(type.field("count")->number, Item(Scope{ScopeKind::dictionary, {}}));
      break;
  }
  operation.item = Item(std::move(scope));
  return encode_changeset(changeset);
}

}  // namespace syncline::sim
