// Changesets: operations, groups, and the envelopes that name and sign them.
#include <algorithm>

#include "proto/codec_internal.h"

namespace syncline {
namespace codec {
namespace {

// What an Ed25519 signature is for stands before what it is over.
constexpr std::string_view kEnvelopeDomain("syncline envelope\0", 18);
constexpr size_t kSiteBytesMax = 32;
constexpr size_t kSignatureBytes = 64;

void put_operation(Encoder& e, uint32_t field, const Operation& operation) {
  const size_t start = e.out.open(field);
  e.out.number(1, static_cast<uint64_t>(operation.kind));
  put_path(e, 2, operation.path);
  if (operation.item) put_item(e, 3, *operation.item);
  e.out.signed_number(4, operation.amount);
  if (operation.left) put_element(e, 5, *operation.left);
  e.out.bytes(6, operation.left_position.bytes);
  e.out.number(7, operation.ordinal);
  e.out.close(start);
}

void put_group(Encoder& e, uint32_t field, const Group& group) {
  const size_t start = e.out.open(field);
  e.out.number(1, group.object.type.value);
  put_value(e, 2, group.id);
  e.out.flag(3, group.blind);
  for (const Operation& operation : group.operations) put_operation(e, 4, operation);
  e.out.close(start);
}

void put_guard(Encoder& e, uint32_t field, const Guard& guard) {
  const size_t start = e.out.open(field);
  e.out.number(1, static_cast<uint64_t>(guard.kind));
  e.out.number(2, guard.object.type.value);
  put_value(e, 3, guard.id);
  if (guard.kind == Guard::Kind::equals) {
    put_path(e, 4, guard.path);
    put_item(e, 5, guard.item);
  }
  e.out.close(start);
}

template <class T>
bool ends_in(const Path& path) {
  return !path.empty() && std::holds_alternative<T>(path.back());
}

// Whether the operation has what its kind needs, and is where its kind can be: merging relies on
// it.
bool is_well_formed(const Operation& o) {
  const Scope* scope = o.item ? o.item->scope() : nullptr;
  switch (o.kind) {
    case OperationKind::create:
      if (o.path.empty()) {
        return !o.item || (scope != nullptr && scope->kind == ScopeKind::object);
      }
      return scope != nullptr && scope->children.empty() && !ends_in<Member>(o.path);
    case OperationKind::set:
      return o.item && !o.path.empty() && !ends_in<Member>(o.path);
    case OperationKind::set_default:
      return o.item && !o.path.empty() && !ends_in<Member>(o.path) && !ends_in<ElementId>(o.path);
    case OperationKind::unset:
      return ends_in<FieldNumber>(o.path) || ends_in<std::string>(o.path);
    case OperationKind::increment:
      return !o.path.empty() && !ends_in<Member>(o.path);
    case OperationKind::insert:
      return o.item && ends_in<ElementId>(o.path);
    case OperationKind::move:
    case OperationKind::erase:
      return ends_in<ElementId>(o.path);
    case OperationKind::add:
    case OperationKind::remove:
      return ends_in<Member>(o.path);
    case OperationKind::clear:
      return !o.path.empty() && !ends_in<Member>(o.path);
    case OperationKind::remove_object:
      return o.path.empty();
  }
  return false;
}

bool read_operation_item(Decoder& d, BytesView bytes, Operation* operation) {
  // The path leads into scopes already: what is decided here must decode as part of its object.
  DepthGuard depth(d, static_cast<int>(operation->path.size()));
  return depth.ok() && read_value(d, bytes, Allow::items, nullptr, &operation->item.emplace());
}

bool read_operation(Decoder& d, BytesView bytes, Operation* operation) {
  Reader r(bytes, Reader::repeated(2));
  bool has_kind = false;
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_enum(r, "Operation.kind", OperationKind::remove_object, &operation->kind)) {
          return false;
        }
        has_kind = r.number() != 0;
        break;
      case bytes_key(2):
        if (!read_path_step(d, r, &operation->path)) return false;
        break;
      case bytes_key(3):
        if (!read_operation_item(d, r.bytes(), operation)) return false;
        break;
      case varint_key(4):
        operation->amount = r.signed_number();
        break;
      case bytes_key(5):
        if (!read_element(d, r.bytes(), &operation->left.emplace())) return false;
        break;
      case bytes_key(6):
        if (!d.read_position(r, &operation->left_position)) return false;
        break;
      case varint_key(7):
        if (!d.read_u32(r, "Operation.ordinal", &operation->ordinal)) return false;
        break;
      default:
        return d.unknown(r, "Operation");
    }
  }
  if (!d.finish(r, "Operation")) return false;
  if (!has_kind) return d.malformed("Operation.kind: missing");
  return is_well_formed(*operation) ||
         d.malformed("Operation: without what its kind needs, or not where its kind can be");
}

bool read_group(Decoder& d, BytesView bytes, size_t* operations, Group* group) {
  bool has_id = false;
  Reader r(bytes, Reader::repeated(4));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "Group.type", &group->object.type.value)) return false;
        break;
      case bytes_key(2):
        if (!read_object_id(d, r.bytes(), &group->id, &group->object.key)) return false;
        has_id = true;
        break;
      case varint_key(3):
        if (!d.read_flag(r, "Group.blind", &group->blind)) return false;
        break;
      case bytes_key(4):
        if (++*operations > limits::kOperationsPerChangesetMax) {
          return d.too_large("Changeset, in operations", limits::kOperationsPerChangesetMax);
        }
        if (!read_operation(d, r.bytes(), &group->operations.emplace_back())) return false;
        break;
      default:
        return d.unknown(r, "Group");
    }
  }
  if (!d.finish(r, "Group")) return false;
  return has_id || d.malformed("Group.id: missing");
}

bool read_guard(Decoder& d, BytesView bytes, Guard* guard) {
  if (bytes.size() > limits::kGuardBytesMax)
    return d.too_large("Guard, in bytes", limits::kGuardBytesMax);
  bool has_kind = false, has_id = false, has_item = false;
  Reader r(bytes, Reader::repeated(4));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_enum(r, "Guard.kind", Guard::Kind::equals, &guard->kind)) return false;
        has_kind = r.number() != 0;
        break;
      case varint_key(2):
        if (!d.read_u32(r, "Guard.type", &guard->object.type.value)) return false;
        break;
      case bytes_key(3):
        if (!read_object_id(d, r.bytes(), &guard->id, &guard->object.key)) return false;
        has_id = true;
        break;
      case bytes_key(4):
        if (!read_path_step(d, r, &guard->path)) return false;
        break;
      case bytes_key(5): {
        DepthGuard depth(d, static_cast<int>(guard->path.size()));
        if (!depth.ok() || !read_value(d, r.bytes(), Allow::items, nullptr, &guard->item))
          return false;
        has_item = true;
        break;
      }
      default:
        return d.unknown(r, "Guard");
    }
  }
  if (!d.finish(r, "Guard")) return false;
  if (!has_kind) return d.malformed("Guard.kind: missing");
  if (!has_id) return d.malformed("Guard.id: missing");
  const bool equals = guard->kind == Guard::Kind::equals;
  // A member is there or not: no value stands at it.
  if (equals != has_item || equals == guard->path.empty() || ends_in<Member>(guard->path))
    return d.malformed("Guard: without what its kind needs, or with what it has no use for");
  return true;
}

bool read_parent(Decoder& d, BytesView bytes, std::pair<Epoch, uint64_t>* parent) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        parent->first = Epoch(r.number());
        break;
      case varint_key(2):
        parent->second = r.number();
        break;
      default:
        return d.unknown(r, "Changeset.Parent");
    }
  }
  return d.finish(r, "Changeset.Parent");
}

bool groups_are_unique(const std::vector<Group>& groups) {
  if (groups.size() < 2) return true;
  std::vector<const ObjectName*> names;
  names.reserve(groups.size());
  for (const Group& group : groups) names.push_back(&group.object);
  std::sort(names.begin(), names.end(),
            [](const ObjectName* a, const ObjectName* b) { return *a < *b; });
  return std::adjacent_find(names.begin(), names.end(),
                            [](const ObjectName* a, const ObjectName* b) { return *a == *b; }) ==
         names.end();
}

bool read_changeset(Decoder& d, BytesView bytes, Changeset* changeset) {
  size_t operations = 0;
  d.values_left = limits::kValuesPerChangesetMax;
  Reader r(bytes, Reader::repeated(6, 7));
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!read_cursor(d, r.bytes(), &changeset->base)) return false;
        break;
      case bytes_key(2):
        if (!read_clock(d, r.bytes(), &changeset->written)) return false;
        break;
      case varint_key(3):
        if (!d.read_flag(r, "Changeset.all_or_nothing", &changeset->all_or_nothing)) return false;
        break;
      case varint_key(4):
        changeset->schema_mark = r.number();
        break;
      case bytes_key(5):
        if (!read_parent(d, r.bytes(), &changeset->parent.emplace())) return false;
        break;
      case bytes_key(6):
        if (!d.check_count(changeset->groups, "Changeset.groups",
                           limits::kOperationsPerChangesetMax) ||
            !read_group(d, r.bytes(), &operations, &changeset->groups.emplace_back())) {
          return false;
        }
        break;
      case bytes_key(7):
        if (!d.check_count(changeset->guards, "Changeset.guards", limits::kGuardsPerChangesetMax) ||
            !read_guard(d, r.bytes(), &changeset->guards.emplace_back())) {
          return false;
        }
        break;
      default:
        return d.unknown(r, "Changeset");
    }
  }
  if (!d.finish(r, "Changeset")) return false;
  return groups_are_unique(changeset->groups) ||
         d.malformed("Changeset.groups: two for one object");
}

void put_unsigned_envelope(Writer& out, const Envelope& envelope) {
  out.bytes(1, envelope.site);
  out.fixed64(2, envelope.origin.value);
  out.fixed64(3, envelope.epoch.value);
  out.number(4, envelope.first_number);
  out.hash(5, envelope.previous);
  for (const Hash& hash : envelope.hashes) out.bytes_always(6, hash.view());
}

bool read_envelope(Decoder& d, BytesView bytes, Envelope* envelope) {
  Reader r(bytes, Reader::repeated(6));
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!d.read_bytes(r, "Envelope.site, in bytes", kSiteBytesMax, &envelope->site)) {
          return false;
        }
        break;
      case fixed64_key(2):
        envelope->origin = NodeId(r.number());
        break;
      case fixed64_key(3):
        envelope->epoch = Epoch(r.number());
        break;
      case varint_key(4):
        envelope->first_number = r.number();
        break;
      case bytes_key(5):
        if (!d.read_hash(r, "Envelope.previous", &envelope->previous)) return false;
        break;
      case bytes_key(6):
        if (!d.check_count(envelope->hashes, "Envelope.hashes", limits::kChangesetsPerUploadMax) ||
            !d.read_array(r, "Envelope.hashes", &envelope->hashes.emplace_back().bytes)) {
          return false;
        }
        break;
      case bytes_key(7):
        if (r.bytes().size() != kSignatureBytes) {
          return d.malformed("Envelope.signature: not 64 bytes");
        }
        envelope->signature.assign(r.bytes());
        break;
      default:
        return d.unknown(r, "Envelope");
    }
  }
  if (!d.finish(r, "Envelope")) return false;
  if (envelope->first_number == 0) return d.malformed("Envelope.first_number: missing");
  // Numbers count on from the first; they must not come round.
  return envelope->first_number <= UINT64_MAX - envelope->hashes.size() ||
         d.malformed("Envelope.first_number: no room for its hashes");
}

}  // namespace

void put_cursor(Encoder& e, uint32_t field, const Cursor& cursor) {
  if (cursor == Cursor()) return;
  const size_t start = e.out.open(field);
  e.out.fixed64(1, cursor.incarnation.value);
  e.out.number(2, cursor.seq.value);
  e.out.hash(3, cursor.hash);
  e.out.close(start);
}

void put_position(Encoder& e, uint32_t field, const LogPosition& position) {
  const size_t start = e.out.open(field);
  e.out.fixed64(1, position.incarnation.value);
  e.out.number(2, position.seq.value);
  e.out.close(start);
}

bool read_position(Decoder& d, BytesView bytes, LogPosition* position) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        position->incarnation = Incarnation(r.number());
        break;
      case varint_key(2):
        position->seq = LogSeq(r.number());
        break;
      default:
        return d.unknown(r, "LogPosition");
    }
  }
  return d.finish(r, "LogPosition");
}

bool read_cursor(Decoder& d, BytesView bytes, Cursor* cursor) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        cursor->incarnation = Incarnation(r.number());
        break;
      case varint_key(2):
        cursor->seq = LogSeq(r.number());
        break;
      case bytes_key(3):
        if (!d.read_hash(r, "Cursor.hash", &cursor->hash)) return false;
        break;
      default:
        return d.unknown(r, "Cursor");
    }
  }
  return d.finish(r, "Cursor");
}

void put_clock(Encoder& e, uint32_t field, const WriteClock& clock) {
  if (clock == WriteClock()) return;
  const size_t start = e.out.open(field);
  e.out.fixed64(1, clock.boot);
  e.out.signed_number(2, clock.monotonic_ms);
  e.out.signed_number(3, clock.wall_ms);
  e.out.close(start);
}

bool read_clock(Decoder& d, BytesView bytes, WriteClock* clock) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        clock->boot = r.number();
        break;
      case varint_key(2):
        clock->monotonic_ms = r.signed_number();
        break;
      case varint_key(3):
        clock->wall_ms = r.signed_number();
        break;
      default:
        return d.unknown(r, "WriteClock");
    }
  }
  return d.finish(r, "WriteClock");
}

}  // namespace codec

Bytes encode_changeset(const Changeset& changeset) {
  codec::Encoder e(512);
  codec::put_cursor(e, 1, changeset.base);
  codec::put_clock(e, 2, changeset.written);
  e.out.flag(3, changeset.all_or_nothing);
  e.out.number(4, changeset.schema_mark);
  if (changeset.parent) {
    const size_t start = e.out.open(5);
    e.out.fixed64(1, changeset.parent->first.value);
    e.out.number(2, changeset.parent->second);
    e.out.close(start);
  }
  for (const Group& group : changeset.groups) codec::put_group(e, 6, group);
  for (const Guard& guard : changeset.guards) codec::put_guard(e, 7, guard);
  return e.out.take();
}

Result<Changeset> decode_changeset(BytesView payload) {
  using namespace codec;
  return decode_with<Changeset>(payload, "Changeset", limits::kChangesetBytesMax, read_changeset);
}

Bytes encode_envelope(const Envelope& envelope) {
  wire::Writer out(256);
  codec::put_unsigned_envelope(out, envelope);
  out.bytes(7, envelope.signature);
  return out.take();
}

Result<Envelope> decode_envelope(BytesView bytes) {
  using namespace codec;
  return decode_with<Envelope>(bytes, "Envelope", limits::kMessageBytesMax, read_envelope);
}

Bytes envelope_signing_bytes(const Envelope& envelope) {
  wire::Writer out(256);
  out.append(codec::kEnvelopeDomain);
  codec::put_unsigned_envelope(out, envelope);
  return out.take();
}

}  // namespace syncline
