// Random entries, merge state and messages from a seed; see random_values.h.
#pragma once

#include "proto/messages.h"
#include "proto/records.h"
#include "tests/proto/random_values.h"

namespace syncline::test {

class RandomMessages : public RandomValues {
 public:
  using RandomValues::RandomValues;

  Envelope envelope() {
    Envelope out;
    out.site = bytes(32);
    out.origin = NodeId(next());
    out.epoch = Epoch(next());
    out.first_number = below(1000) + 1;
    out.previous = hash();
    for (uint64_t n = below(4); n > 0; --n) out.hashes.push_back(Hash{array<32>()});
    out.signature = signature();
    return out;
  }
  Bytes signature() {
    const auto made = array<64>();
    return Bytes(reinterpret_cast<const char*>(made.data()), made.size());
  }

  Outcome outcome() {
    Outcome out;
    out.ordinal = static_cast<uint32_t>(number());
    out.verdict = static_cast<Verdict>(below(3) + 1);
    out.reason = static_cast<Reason>(below(15));
    out.text = text();
    out.superseded_by = seq();
    out.by_reset = chance(2);
    return out;
  }
  std::vector<Outcome> outcomes() {
    return several<Outcome>([this] { return outcome(); });
  }

  Effect effect() {
    Effect out;
    out.kind = static_cast<Effect::Kind>(below(3) + 1);
    out.path = path();
    if (out.kind == Effect::Kind::put) out.item = item();
    if (out.kind != Effect::Kind::erase) out.position = position();
    return out;
  }
  std::vector<Effect> effects() {
    return several<Effect>([this] { return effect(); });
  }

  Write write() { return {changeset_name(), LogSeq(below(6)), Stamp(below(3) << 20)}; }
  MergeSlot merge_slot(ScopeKind kind, int depth) {
    MergeSlot out;
    out.step = step(kind);
    if (chance(2)) out.write = write();
    out.by_default = chance(3);
    out.absent = chance(3);
    if (chance(3)) {
      out.adds = several<CounterAdd>([this] { return CounterAdd{write(), signed_number()}; });
    }
    if (chance(3)) out.placed = write(), out.after = position(), out.before = position();
    if (depth > 0 && chance(2)) out.scope = std::make_unique<MergeScope>(merge_scope(depth - 1));
    return out;
  }
  MergeScope merge_scope(int depth = 2) {
    MergeScope out;
    out.kind = scope_kind();
    out.present = chance(2);
    out.creates = several<Write>([this] { return write(); });
    if (chance(2)) out.reset = write();
    if (chance(3)) out.cleared = write();
    for (uint64_t n = below(6); n > 0; --n) {
      MergeSlot slot = merge_slot(out.kind, depth);
      out.at(slot.step) = slot;
    }
    if (chance(4)) {
      MergeScope::Rewrite& rewrite = out.rewrite.emplace();
      rewrite.seq = seq();
      std::set<Position> from;
      for (uint64_t n = below(4); n > 0; --n) from.insert(position());
      for (const Position& one : from) rewrite.moved.emplace_back(one, position());
    }
    return out;
  }
  MergeRow merge_row() { return {merge_scope()}; }

  ObjectEffect::MergeEffect merge_effect() {
    ObjectEffect::MergeEffect out;
    out.scope = path(2);
    switch (below(3)) {
      case 0:
        out.slot = merge_slot(scope_kind(), 1);
        break;
      case 1:
        out.gone = step();
        break;
      default:
        out.marks = merge_scope(0);
        break;
    }
    return out;
  }
  ObjectEffect object_effect() {
    ObjectEffect out;
    out.id = id();
    out.object = {TypeNumber(static_cast<uint32_t>(below(40))), *syncline::object_key(out.id)};
    out.change = static_cast<ObjectEffect::Change>(below(4) + 1);
    out.effects = effects();
    out.earlier = effects();
    if (chance(2)) out.merge = merge_row();
    out.merge_effects = several<ObjectEffect::MergeEffect>([this] { return merge_effect(); });
    return out;
  }
  Entry entry() {
    Entry out;
    out.seq = seq();
    out.incarnation = Incarnation(next());
    out.name = changeset_name();
    out.payload = chance(2) ? encode_changeset(changeset()) : bytes();
    out.payload_hash = hash();
    out.envelope = chance(2) ? encode_envelope(envelope()) : Bytes();
    if (out.envelope.empty()) out.envelope_back = static_cast<uint32_t>(below(4096));
    out.courier = NodeId(next());
    out.arrival_ms = signed_number();
    out.stamp = stamp();
    out.stamp_high = stamp();
    out.user = text();
    for (uint64_t n = below(3); n > 0; --n) {
      out.roles.push_back({TypeNumber(static_cast<uint32_t>(below(40))), text()});
    }
    out.outcomes = outcomes();
    out.objects = several<ObjectEffect>([this] { return object_effect(); });
    if (chance(4)) out.gateway = NodeId(next()), out.gateway_seq = seq();
    if (chance(4)) out.formers = several<LogPosition>([this] { return log_position(); });
    return out;
  }
  Decision decision() {
    return {changeset_name(), hash(), seq(), static_cast<DecisionState>(below(4) + 1), outcomes()};
  }

  ObjectDelta object_delta() {
    ObjectDelta out;
    out.kind = static_cast<ObjectDelta::Kind>(below(3) + 1);
    out.object = object_name();
    out.seq = seq();
    if (out.kind == ObjectDelta::Kind::enter) out.row = encode_row(row());
    if (out.kind == ObjectDelta::Kind::update) out.effects = effects();
    return out;
  }

  LogPosition log_position() { return {Incarnation(next()), seq()}; }
  Forks forks() {
    return several<Fork>([this] { return Fork{Incarnation(next()), Incarnation(next()), seq()}; });
  }

  Hello hello() {
    Hello out;
    out.version_max = static_cast<uint32_t>(below(5));
    out.features = features();
    out.node = NodeId(next());
    out.nonce = nonce();
    out.cursor = cursor();
    out.token = hash();
    out.schema_mark = number();
    out.schema_version = static_cast<uint32_t>(number());
    if (chance(2)) out.resume = {hash(), seq(), TypeNumber(3), object_key(), Incarnation(next())};
    out.forks = forks();
    out.safe_seq = seq();
    out.now = clock();
    out.signature = signature();
    return out;
  }
  Upload upload() {
    Upload out;
    out.session = nonce();
    out.envelope = encode_envelope(envelope());
    out.payloads = several<Bytes>([this] { return encode_changeset(changeset()); });
    out.now = clock();
    out.formers = several<Upload::Former>(
        [this] { return Upload::Former{static_cast<uint32_t>(below(9)), log_position()}; });
    return out;
  }
  UploadPart upload_part() {
    UploadPart out{nonce(), changeset_name(), below(1000), 0, bytes()};
    out.bytes.push_back('x');
    out.total = out.offset + out.bytes.size() + below(1000);
    return out;
  }
  Progress progress() { return {nonce(), cursor(), number()}; }
  HaveList have_list() {
    HaveList out;
    out.session = nonce();
    out.request = number();
    out.cursor = cursor();
    out.last = chance(2);
    const bool with_seq = chance(2);
    out.buckets = several<HaveList::Bucket>([&] {
      HaveList::Bucket bucket;
      bucket.type = TypeNumber(static_cast<uint32_t>(below(40)));
      bucket.bucket = static_cast<uint32_t>(below(40));
      std::set<ObjectKey> keys;
      for (uint64_t n = below(5); n > 0; --n) keys.insert(object_key());
      bucket.keys.assign(keys.begin(), keys.end());
      if (with_seq) {
        for (size_t i = 0; i < keys.size(); ++i) bucket.changed.push_back(seq());
      }
      return bucket;
    });
    return out;
  }
  Welcome welcome() {
    Welcome out;
    out.version = static_cast<uint32_t>(below(3));
    out.features = features();
    out.hello = nonce();
    out.session = nonce();
    out.incarnation = Incarnation(next());
    out.forks = forks();
    out.safe_seq = seq();
    out.head = seq();
    out.epoch = Epoch(next());
    out.received_number = number();
    out.upload_credit_bytes = number();
    out.user = text();
    if (chance(2)) out.schema = encode_schema(schema());
    out.schema_mark = number();
    out.wall_ms = signed_number();
    return out;
  }
  HelloAgain hello_again() { return {nonce()}; }
  Leaves leaves() {
    Leaves out{number(), TypeNumber(3), static_cast<uint32_t>(number()), {}};
    uint32_t position = 0;
    for (uint64_t n = below(6); n > 0; --n) {
      out.positions.push_back(position += static_cast<uint32_t>(below(300)));
      ++position;
    }
    return out;
  }
  Delta delta() {
    Delta out;
    out.safe_seq = seq();
    out.session = nonce();
    out.kind = static_cast<Delta::Kind>(below(3) + 1);
    out.from = cursor();
    out.to = cursor();
    out.token = hash();
    out.part = static_cast<uint32_t>(below(3));
    out.last = chance(2);
    out.objects = several<Bytes>([this] { return encode_object_delta(object_delta()); });
    out.leaves = several<Leaves>([this] { return leaves(); });
    out.decisions = several<Decision>([this] { return decision(); });
    out.done_objects = number();
    out.total_objects = number();
    out.done_bytes = number();
    out.total_bytes = number();
    return out;
  }
  HaveAsk have_ask() {
    HaveAsk out{nonce(), number(), next(), static_cast<uint32_t>(below(9)), chance(2), {}};
    out.types = several<HaveAsk::Buckets>([&] {
      HaveAsk::Buckets buckets{TypeNumber(static_cast<uint32_t>(below(40))), {}};
      for (uint64_t n = below(5); n > 0; --n) {
        buckets.buckets.push_back(static_cast<uint32_t>(below(uint64_t{1} << out.bucket_bits)));
      }
      return buckets;
    });
    return out;
  }
  UploadCredit upload_credit() { return {nonce(), Epoch(next()), number(), number()}; }
  Goodbye goodbye() {
    return {nonce(), Error(static_cast<ErrorCode>(below(27) + 1), text()), chance(2)};
  }

  // `which`: the alternative, from 0.
  Message message(size_t which) {
    switch (which) {
      case 0:
        return hello();
      case 1:
        return upload();
      case 2:
        return upload_part();
      case 3:
        return progress();
      case 4:
        return have_list();
      case 5:
        return welcome();
      case 6:
        return hello_again();
      case 7:
        return delta();
      case 8:
        return have_ask();
      case 9:
        return upload_credit();
      case 10:
        return goodbye();
      case 11:
        return Mark{nonce(), number()};
      case 12:
        return Marked{nonce(), number(), LogSeq(number())};
      case 13:
        return Rights{nonce(),       "somebody",    encode_rights({}),
                      below(2) == 1, below(2) == 1, below(2) == 1 ? "why" : ""};
      default:
        return Declare{nonce(), "{\"types\":[]}"};
    }
  }
  Message message() { return message(below(std::variant_size_v<Message>)); }

 private:
  SessionNonce nonce() { return SessionNonce(next()); }
  std::vector<std::string> features() {
    return several<std::string>([this] { return text(5); });
  }
  template <class T, class Make>
  std::vector<T> several(Make make) {
    std::vector<T> out;
    for (uint64_t n = below(4); n > 0; --n) out.push_back(make());
    return out;
  }
};

}  // namespace syncline::test
