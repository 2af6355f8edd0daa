// Merge state: rows, scopes and slots, whose registers refer to a table of writes.
#include "proto/codec_internal.h"

namespace syncline {
namespace codec {
namespace {

// Up to this many writes are looked through one by one; most objects have fewer.
constexpr size_t kScanMax = 16;

void put_slot_fields(Encoder& e, const MergeSlot& slot) {
  put_step_fields(e, slot.step);
  if (slot.write) e.out.number_always(5, e.writes->index_of(*slot.write));
  e.out.flag(6, slot.by_default);
  e.out.flag(7, slot.absent);
  for (const CounterAdd& add : slot.adds) {
    const size_t start = e.out.open(8);
    e.out.number(1, e.writes->index_of(add.write));
    e.out.signed_number(2, add.amount);
    e.out.close(start);
  }
  if (slot.placed) e.out.number_always(9, e.writes->index_of(*slot.placed));
  e.out.bytes(10, slot.after.bytes);
  e.out.number(11, slot.after_placed.value);
  e.out.bytes(12, slot.before.bytes);
  if (slot.scope != nullptr) put_merge_scope(e, 13, *slot.scope);
}

void put_rewrite(Encoder& e, uint32_t field, const MergeScope::Rewrite& rewrite) {
  const size_t start = e.out.open(field);
  e.out.number(1, rewrite.seq.value);
  for (const auto& [from, to] : rewrite.moved) {
    const size_t moved = e.out.open(2);
    e.out.bytes(1, from.bytes);
    e.out.bytes(2, to.bytes);
    e.out.close(moved);
  }
  e.out.close(start);
}

bool find_write(Decoder& d, uint64_t index, Write* write) {
  if (index >= d.writes.size()) return d.malformed("merge state: a write that is not in the table");
  *write = d.writes[index];
  return true;
}

bool read_creates(Decoder& d, BytesView packed, std::vector<Write>* creates) {
  while (!packed.empty()) {
    uint64_t index;
    if (!Reader::take_packed(&packed, &index)) return d.malformed("MergeScope.creates: truncated");
    if (!find_write(d, index, &creates->emplace_back())) return false;
  }
  return true;
}

bool read_moved(Decoder& d, BytesView bytes, std::pair<Position, Position>* moved) {
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!d.read_position(r, &moved->first)) return false;
        break;
      case bytes_key(2):
        if (!d.read_position(r, &moved->second)) return false;
        break;
      default:
        return d.unknown(r, "MergeScope.Rewrite.Moved");
    }
  }
  return d.finish(r, "MergeScope.Rewrite.Moved");
}

bool read_rewrite(Decoder& d, BytesView bytes, MergeScope::Rewrite* rewrite) {
  auto& moved = rewrite->moved;
  Reader r(bytes, Reader::repeated(2));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        rewrite->seq = LogSeq(r.number());
        break;
      case bytes_key(2):
        if (!read_moved(d, r.bytes(), &moved.emplace_back())) return false;
        if (moved.size() > 1 && !(moved[moved.size() - 2].first < moved.back().first)) {
          return d.malformed("MergeScope.Rewrite.moved: out of order");
        }
        break;
      default:
        return d.unknown(r, "MergeScope.Rewrite");
    }
  }
  return d.finish(r, "MergeScope.Rewrite");
}

bool read_add(Decoder& d, BytesView bytes, CounterAdd* add) {
  uint64_t index = 0;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        index = r.number();
        break;
      case varint_key(2):
        add->amount = r.signed_number();
        break;
      default:
        return d.unknown(r, "MergeSlot.Add");
    }
  }
  return d.finish(r, "MergeSlot.Add") && find_write(d, index, &add->write);
}

bool read_slot_field(Decoder& d, const Reader& r, MergeSlot* slot) {
  switch (r.key()) {
    case varint_key(5):
      return find_write(d, r.number(), &slot->write.emplace());
    case varint_key(6):
      return d.read_flag(r, "MergeSlot.by_default", &slot->by_default);
    case varint_key(7):
      return d.read_flag(r, "MergeSlot.absent", &slot->absent);
    case bytes_key(8):
      return read_add(d, r.bytes(), &slot->adds.emplace_back());
    case varint_key(9):
      return find_write(d, r.number(), &slot->placed.emplace());
    case bytes_key(10):
      return d.read_position(r, &slot->after);
    case varint_key(11):
      slot->after_placed = LogSeq(r.number());
      return true;
    case bytes_key(12):
      return d.read_position(r, &slot->before);
    case bytes_key(13):
      slot->scope = std::make_unique<MergeScope>();
      return read_merge_scope(d, r.bytes(), slot->scope.get());
    default:
      return d.unknown(r, "MergeSlot");
  }
}

bool read_slot(Decoder& d, BytesView bytes, MergeSlot* slot) {
  bool has_step = false;
  Reader r(bytes, Reader::repeated(8));
  while (r.next()) {
    if (!is_step_key(r.key())) {
      if (!read_slot_field(d, r, slot)) return false;
      continue;
    }
    if (has_step) return d.malformed("MergeSlot.step: more than one");
    if (!read_step_field(d, r, &slot->step)) return false;
    has_step = true;
  }
  if (!d.finish(r, "MergeSlot")) return false;
  return has_step || d.malformed("MergeSlot.step: missing");
}

bool append_slot(Decoder& d, BytesView bytes, MergeScope* scope) {
  auto& slots = scope->slots;
  if (!read_slot(d, bytes, &slots.emplace_back())) return false;
  return slots.size() < 2 || slots[slots.size() - 2].step < slots.back().step ||
         d.malformed("MergeScope.slots: out of order, or one twice");
}

bool read_merge_row(Decoder& d, BytesView bytes, MergeRow* row) {
  bool has_root = false;
  Reader r(bytes, Reader::repeated(1));
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!read_write(d, r.bytes())) return false;
        break;
      case bytes_key(2):
        if (!read_merge_scope(d, r.bytes(), &row->root)) return false;
        has_root = true;
        break;
      default:
        return d.unknown(r, "MergeRow");
    }
  }
  if (!d.finish(r, "MergeRow")) return false;
  return has_root || d.malformed("MergeRow.root: missing");
}

}  // namespace

size_t WriteTable::WriteHash::operator()(const Write& write) const {
  uint64_t mixed = write.name.number;
  for (uint64_t part :
       {write.name.origin.value, write.name.epoch.value, write.seq.value, write.stamp.value}) {
    mixed = (mixed ^ part) * 0x9e3779b97f4a7c15u;
    mixed ^= mixed >> 32;
  }
  return static_cast<size_t>(mixed);
}

uint32_t WriteTable::index_of(const Write& write) {
  if (last_ < writes_.size() && writes_[last_] == write) return last_;
  const auto next = static_cast<uint32_t>(writes_.size());
  if (writes_.size() < kScanMax) {
    for (last_ = 0; last_ < next && !(writes_[last_] == write);) ++last_;
  } else {
    if (indexes_.empty()) {
      for (uint32_t i = 0; i < next; ++i) indexes_.emplace(writes_[i], i);
    }
    last_ = indexes_.emplace(write, next).first->second;
  }
  if (last_ == next) writes_.push_back(write);
  return last_;
}

void put_writes(Encoder& e, uint32_t field, const std::vector<Write>& writes) {
  NodeId origin;
  Epoch epoch;
  for (const Write& write : writes) {
    const size_t start = e.out.open(field);
    if (write.name.origin != origin) e.out.fixed64_always(1, write.name.origin.value);
    if (write.name.epoch != epoch) e.out.fixed64_always(2, write.name.epoch.value);
    origin = write.name.origin;
    epoch = write.name.epoch;
    e.out.number(3, write.name.number);
    e.out.number(4, write.seq.value);
    e.out.fixed64(5, write.stamp.value);
    e.out.close(start);
  }
}

bool read_write(Decoder& d, BytesView bytes) {
  Write write;
  if (!d.writes.empty()) {
    write.name.origin = d.writes.back().name.origin;
    write.name.epoch = d.writes.back().name.epoch;
  }
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        write.name.origin = NodeId(r.number());
        break;
      case fixed64_key(2):
        write.name.epoch = Epoch(r.number());
        break;
      case varint_key(3):
        write.name.number = r.number();
        break;
      case varint_key(4):
        write.seq = LogSeq(r.number());
        break;
      case fixed64_key(5):
        write.stamp = Stamp(r.number());
        break;
      default:
        return d.unknown(r, "Write");
    }
  }
  d.writes.push_back(write);
  return d.finish(r, "Write");
}

void put_merge_scope(Encoder& e, uint32_t field, const MergeScope& scope) {
  const size_t start = e.out.open(field);
  e.out.number(1, static_cast<uint64_t>(scope.kind));
  e.out.flag(2, scope.present);
  if (!scope.creates.empty()) {
    const size_t packed = e.out.open(3);
    for (const Write& write : scope.creates) e.out.element(e.writes->index_of(write));
    e.out.close(packed);
  }
  if (scope.reset) e.out.number_always(4, e.writes->index_of(*scope.reset));
  for (const MergeSlot& slot : scope.slots) {
    const size_t one = e.out.open(5);
    put_slot_fields(e, slot);
    e.out.close(one);
  }
  if (scope.rewrite) put_rewrite(e, 6, *scope.rewrite);
  if (scope.cleared) e.out.number_always(7, e.writes->index_of(*scope.cleared));
  e.out.close(start);
}

bool read_merge_scope(Decoder& d, BytesView bytes, MergeScope* scope) {
  DepthGuard depth(d);
  if (!depth.ok()) return false;
  bool has_kind = false;
  Reader r(bytes, Reader::repeated(5));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_enum(r, "MergeScope.kind", ScopeKind::set, &scope->kind)) return false;
        has_kind = r.number() != 0;
        break;
      case varint_key(2):
        if (!d.read_flag(r, "MergeScope.present", &scope->present)) return false;
        break;
      case bytes_key(3):
        if (!read_creates(d, r.bytes(), &scope->creates)) return false;
        break;
      case varint_key(4):
        if (!find_write(d, r.number(), &scope->reset.emplace())) return false;
        break;
      case bytes_key(5):
        if (scope->slots.empty()) scope->slots.reserve(Reader::count(bytes, 5));
        if (!append_slot(d, r.bytes(), scope)) return false;
        break;
      case bytes_key(6):
        if (!read_rewrite(d, r.bytes(), &scope->rewrite.emplace())) return false;
        break;
      case varint_key(7):
        if (!find_write(d, r.number(), &scope->cleared.emplace())) return false;
        break;
      default:
        return d.unknown(r, "MergeScope");
    }
  }
  if (!d.finish(r, "MergeScope")) return false;
  return has_kind || d.malformed("MergeScope.kind: missing");
}

void put_merge_effect(Encoder& e, uint32_t field, const ObjectEffect::MergeEffect& effect) {
  const size_t start = e.out.open(field);
  put_path(e, 1, effect.scope);
  if (effect.slot) {
    const size_t slot = e.out.open(2);
    put_slot_fields(e, *effect.slot);
    e.out.close(slot);
  } else if (effect.gone) {
    put_step(e, 3, *effect.gone);
  } else if (effect.marks) {
    put_merge_scope(e, 4, *effect.marks);
  }
  e.out.close(start);
}

bool read_merge_effect(Decoder& d, BytesView bytes, ObjectEffect::MergeEffect* effect) {
  int whats = 0;
  Reader r(bytes, Reader::repeated(1));
  while (r.next()) {
    if (r.field() > 1) ++whats;
    DepthGuard depth(d, static_cast<int>(effect->scope.size()));
    switch (r.key()) {
      case bytes_key(1):
        if (!read_path_step(d, r, &effect->scope)) return false;
        break;
      case bytes_key(2):
        if (!read_slot(d, r.bytes(), &effect->slot.emplace())) return false;
        break;
      case bytes_key(3):
        if (!read_step(d, r.bytes(), &effect->gone.emplace())) return false;
        break;
      case bytes_key(4):
        if (!read_merge_scope(d, r.bytes(), &effect->marks.emplace())) return false;
        break;
      default:
        return d.unknown(r, "MergeEffect");
    }
  }
  if (!d.finish(r, "MergeEffect")) return false;
  return whats == 1 || d.malformed("MergeEffect.what: none, or more than one");
}

}  // namespace codec

Bytes encode_merge_row(const MergeRow& row) {
  // The table comes first and is known last.
  codec::WriteTable table;
  codec::Encoder root;
  root.writes = &table;
  codec::put_merge_scope(root, 2, row.root);
  codec::Encoder e(root.out.size() + table.writes().size() * 40);
  codec::put_writes(e, 1, table.writes());
  e.out.append(root.out.take());
  return e.out.take();
}

Result<MergeRow> decode_merge_row(BytesView bytes) {
  using namespace codec;
  return decode_with<MergeRow>(bytes, "MergeRow", kStoredBytesMax, read_merge_row);
}

}  // namespace syncline
