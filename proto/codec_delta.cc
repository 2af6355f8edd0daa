// Messages whose bulk is data: uploads, have-lists, deltas. They may gain fields: unknown ones are
// skipped.
#include "proto/codec_internal.h"

namespace syncline::codec {
namespace {

bool read_session(const Reader& r, SessionNonce* session) {
  *session = SessionNonce(r.number());
  return true;
}

void put_key_bucket(Encoder& e, uint32_t field, const HaveList::Bucket& bucket) {
  const size_t start = e.out.open(field);
  e.out.number(1, bucket.type.value);
  e.out.number(2, bucket.bucket);
  for (const ObjectKey& key : bucket.keys) e.out.bytes_always(3, key.bytes);
  if (!bucket.changed.empty()) {
    const size_t packed = e.out.open(4);
    for (LogSeq seq : bucket.changed) e.out.element(seq.value);
    e.out.close(packed);
  }
  e.out.close(start);
}

bool append_key(Decoder& d, const Reader& r, std::vector<ObjectKey>* keys) {
  ObjectKey& key = keys->emplace_back();
  key.bytes.assign(r.bytes());
  if (!id_of(key)) return d.malformed("HaveList.Bucket.keys: no object key");
  return keys->size() < 2 || (*keys)[keys->size() - 2] < key ||
         d.malformed("HaveList.Bucket.keys: out of order, or one twice");
}

bool read_key_bucket(Decoder& d, BytesView bytes, HaveList::Bucket* bucket) {
  Reader r(bytes, Reader::repeated(3));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "HaveList.Bucket.type", &bucket->type.value)) return false;
        break;
      case varint_key(2):
        if (!d.read_u32(r, "HaveList.Bucket.bucket", &bucket->bucket)) return false;
        break;
      case bytes_key(3):
        if (!append_key(d, r, &bucket->keys)) return false;
        break;
      case bytes_key(4):
        for (BytesView packed = r.bytes(); !packed.empty();) {
          if (!Reader::take_packed(&packed, &bucket->changed.emplace_back().value)) {
            return d.malformed("HaveList.Bucket.changed: truncated");
          }
        }
        break;
      default:
        break;
    }
  }
  if (!d.finish(r, "HaveList.Bucket")) return false;
  return bucket->changed.empty() || bucket->changed.size() == bucket->keys.size() ||
         d.malformed("HaveList.Bucket.changed: not as many as keys");
}

void put_leaves(Encoder& e, uint32_t field, const Leaves& leaves) {
  const size_t start = e.out.open(field);
  e.out.number(1, leaves.request);
  e.out.number(2, leaves.type.value);
  e.out.number(3, leaves.bucket);
  if (!leaves.positions.empty()) {
    const size_t packed = e.out.open(4);
    for (uint32_t position : leaves.positions) e.out.element(position);
    e.out.close(packed);
  }
  e.out.close(start);
}

bool read_positions(Decoder& d, BytesView packed, std::vector<uint32_t>* positions) {
  while (!packed.empty()) {
    uint64_t position;
    if (!Reader::take_packed(&packed, &position) || position > UINT32_MAX) {
      return d.malformed("Leaves.positions: truncated, or beyond 32 bits");
    }
    if (!positions->empty() && position <= positions->back()) {
      return d.malformed("Leaves.positions: out of order, or one twice");
    }
    positions->push_back(static_cast<uint32_t>(position));
  }
  return true;
}

bool read_leaves(Decoder& d, BytesView bytes, Leaves* leaves) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        leaves->request = r.number();
        break;
      case varint_key(2):
        if (!d.read_u32(r, "Leaves.type", &leaves->type.value)) return false;
        break;
      case varint_key(3):
        if (!d.read_u32(r, "Leaves.bucket", &leaves->bucket)) return false;
        break;
      case bytes_key(4):
        if (!read_positions(d, r.bytes(), &leaves->positions)) return false;
        break;
      default:
        break;
    }
  }
  return d.finish(r, "Leaves");
}

// The fields of Delta but its repeated ones.
bool read_delta_head(Decoder& d, const Reader& r, Delta* m) {
  switch (r.key()) {
    case fixed64_key(1):
      return read_session(r, &m->session);
    case varint_key(2):
      return d.read_enum(r, "Delta.kind", Delta::Kind::bootstrap, &m->kind);
    case bytes_key(3):
      return read_cursor(d, r.bytes(), &m->from);
    case bytes_key(4):
      return read_cursor(d, r.bytes(), &m->to);
    case bytes_key(5):
      return d.read_hash(r, "Delta.token", &m->token);
    case varint_key(6):
      return d.read_u32(r, "Delta.part", &m->part);
    case varint_key(7):
      return d.read_flag(r, "Delta.last", &m->last);
    case varint_key(11):
      m->done_objects = r.number();
      return true;
    case varint_key(12):
      m->total_objects = r.number();
      return true;
    case varint_key(17):
      m->done_bytes = r.number();
      return true;
    case varint_key(18):
      m->total_bytes = r.number();
      return true;
    case bytes_key(13):
      m->fragment.assign(r.bytes());
      return true;
    case varint_key(14):
      m->fragment_offset = r.number();
      return true;
    case varint_key(15):
      m->fragment_total = r.number();
      return true;
    case varint_key(16):
      m->safe_seq = LogSeq(r.number());
      return true;
    default:
      return true;
  }
}

bool read_former(Decoder& d, BytesView bytes, Upload::Former* former) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "Upload.Former.index", &former->index)) return false;
        break;
      case bytes_key(2):
        if (!read_position(d, r.bytes(), &former->decided)) return false;
        break;
      default:
        break;
    }
  }
  return d.finish(r, "Upload.Former");
}

}  // namespace

Bytes encode_body(const Upload& m) {
  size_t expected = m.envelope.size() + 64;
  for (const Bytes& payload : m.payloads) expected += payload.size() + 8;
  Encoder e(expected);
  e.out.fixed64(1, m.session.value);
  e.out.bytes(2, m.envelope);
  for (const Bytes& payload : m.payloads) e.out.bytes_always(3, payload);
  put_clock(e, 4, m.now);
  for (const Upload::Former& former : m.formers) {
    const size_t start = e.out.open(5);
    e.out.number(1, former.index);
    put_position(e, 2, former.decided);
    e.out.close(start);
  }
  return e.out.take();
}

bool read_body(Decoder& d, BytesView bytes, Upload* m) {
  Reader r(bytes, Reader::repeated(3, 5));
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        read_session(r, &m->session);
        break;
      case bytes_key(2):
        m->envelope.assign(r.bytes());
        break;
      case bytes_key(3):
        if (!d.check_count(m->payloads, "Upload.payloads", limits::kChangesetsPerUploadMax)) {
          return false;
        }
        m->payloads.emplace_back(r.bytes());
        break;
      case bytes_key(4):
        if (!read_clock(d, r.bytes(), &m->now)) return false;
        break;
      case bytes_key(5):
        if (!d.check_count(m->formers, "Upload.formers",
                           limits::kChangesetsPerUploadMax * limits::kFormersMax) ||
            !read_former(d, r.bytes(), &m->formers.emplace_back()))
          return false;
        break;
      default:
        break;
    }
  }
  return d.finish(r, "Upload");
}

Bytes encode_body(const UploadPart& m) {
  Encoder e(m.bytes.size() + 64);
  e.out.fixed64(1, m.session.value);
  e.out.fixed64(2, m.name.origin.value);
  e.out.fixed64(3, m.name.epoch.value);
  e.out.number(4, m.name.number);
  e.out.number(5, m.offset);
  e.out.number(6, m.total);
  e.out.bytes(7, m.bytes);
  return e.out.take();
}

bool read_body(Decoder& d, BytesView bytes, UploadPart* m) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        read_session(r, &m->session);
        break;
      case fixed64_key(2):
        m->name.origin = NodeId(r.number());
        break;
      case fixed64_key(3):
        m->name.epoch = Epoch(r.number());
        break;
      case varint_key(4):
        m->name.number = r.number();
        break;
      case varint_key(5):
        m->offset = r.number();
        break;
      case varint_key(6):
        m->total = r.number();
        break;
      case bytes_key(7):
        m->bytes.assign(r.bytes());
        break;
      default:
        break;
    }
  }
  if (!d.finish(r, "UploadPart")) return false;
  if (m->total > limits::kChangesetBytesMax) {
    return d.too_large("UploadPart.total", limits::kChangesetBytesMax);
  }
  const bool inside = m->offset <= m->total && m->bytes.size() <= m->total - m->offset;
  return (inside && !m->bytes.empty()) || d.malformed("UploadPart: empty, or beyond its total");
}

Bytes encode_body(const HaveList& m) {
  Encoder e(1024);
  e.out.fixed64(1, m.session.value);
  e.out.number(2, m.request);
  put_cursor(e, 3, m.cursor);
  for (const HaveList::Bucket& bucket : m.buckets) put_key_bucket(e, 4, bucket);
  e.out.flag(5, m.last);
  return e.out.take();
}

bool read_body(Decoder& d, BytesView bytes, HaveList* m) {
  m->last = false;
  Reader r(bytes, Reader::repeated(4));
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        read_session(r, &m->session);
        break;
      case varint_key(2):
        m->request = r.number();
        break;
      case bytes_key(3):
        if (!read_cursor(d, r.bytes(), &m->cursor)) return false;
        break;
      case bytes_key(4):
        if (!read_key_bucket(d, r.bytes(), &m->buckets.emplace_back())) return false;
        break;
      case varint_key(5):
        if (!d.read_flag(r, "HaveList.last", &m->last)) return false;
        break;
      default:
        break;
    }
  }
  return d.finish(r, "HaveList");
}

void put_delta_head(Encoder& e, const Delta& m) {
  e.out.fixed64(1, m.session.value);
  e.out.number(2, static_cast<uint64_t>(m.kind));
  put_cursor(e, 3, m.from);
  put_cursor(e, 4, m.to);
  e.out.hash(5, m.token);
  e.out.number(6, m.part);
  e.out.flag(7, m.last);
}

void put_delta_objects(Encoder& e, const std::vector<Bytes>& objects) {
  for (const Bytes& object : objects) e.out.bytes_always(8, object);
}

void put_delta_tail(Encoder& e, const Delta& m) {
  for (const Leaves& leaves : m.leaves) put_leaves(e, 9, leaves);
  for (const Decision& decision : m.decisions) {
    const size_t start = e.out.open(10);
    put_decision_fields(e, decision);
    e.out.close(start);
  }
  e.out.number(11, m.done_objects);
  e.out.number(12, m.total_objects);
  e.out.bytes(13, m.fragment);
  e.out.number(14, m.fragment_offset);
  e.out.number(15, m.fragment_total);
  e.out.number(16, m.safe_seq.value);
  e.out.number(17, m.done_bytes);
  e.out.number(18, m.total_bytes);
}

Bytes encode_body(const Delta& m) {
  size_t expected = 256 + m.decisions.size() * 128;
  for (const Bytes& object : m.objects) expected += object.size() + 8;
  Encoder e(expected);
  put_delta_head(e, m);
  put_delta_objects(e, m.objects);
  put_delta_tail(e, m);
  return e.out.take();
}

bool read_body(Decoder& d, BytesView bytes, Delta* m) {
  bool has_kind = false;
  m->last = false;
  Reader r(bytes, Reader::repeated(8, 9, 10));
  while (r.next()) {
    bool read = true;
    switch (r.key()) {
      case bytes_key(8):
        m->objects.emplace_back(r.bytes());
        break;
      case bytes_key(9):
        read = read_leaves(d, r.bytes(), &m->leaves.emplace_back());
        break;
      case bytes_key(10):
        read = read_decision(d, r.bytes(), &m->decisions.emplace_back());
        break;
      default:
        has_kind |= r.key() == varint_key(2) && r.number() != 0;
        read = read_delta_head(d, r, m);
    }
    if (!read) return false;
  }
  if (!d.finish(r, "Delta")) return false;
  if (m->fragment_total > kObjectDeltaBytesMax)
    return d.too_large("Delta.fragment_total", kObjectDeltaBytesMax);
  const bool inside = m->fragment_offset <= m->fragment_total &&
                      m->fragment.size() <= m->fragment_total - m->fragment_offset;
  const bool empty = m->fragment.empty() && m->fragment_total == 0;
  if (!inside || (!empty && (m->fragment.empty() || m->last)))
    return d.malformed("Delta.fragment: empty, beyond its total, or in the last part");
  return has_kind || d.malformed("Delta.kind: missing");
}

}  // namespace syncline::codec
