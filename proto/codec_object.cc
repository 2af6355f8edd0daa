// Steps, items, scopes and rows.
#include <algorithm>

#include "proto/check.h"
#include "proto/codec_internal.h"

namespace syncline {
namespace codec {
namespace {

// Field 14 of message Value (codec_value.cc has the others).
constexpr uint32_t kScopeField = 14;

void put_element_fields(Encoder& e, const ElementId& id) {
  if (id.changeset != e.last_element) {
    e.out.fixed64(1, id.changeset.origin.value);
    e.out.fixed64(2, id.changeset.epoch.value);
    e.out.number_always(3, id.changeset.number);
    e.last_element = id.changeset;
  }
  e.out.number(4, id.n);
}

void put_child(Encoder& e, uint32_t field, ScopeKind kind, const Child& child) {
  const size_t start = e.out.open(field);
  put_step_fields(e, child.step);
  if (kind == ScopeKind::list) e.out.bytes(5, child.position.bytes);
  if (kind != ScopeKind::set) put_item(e, 6, child.item);
  e.out.close(start);
}

// Whether the bytes are an encoded value in its one form: members are compared as bytes.
bool check_member(Decoder& d, BytesView bytes) {
  Value value;
  if (!read_value(d, bytes, Allow::values, &value, nullptr)) return false;
  return encode_value(value) == bytes || d.malformed("Step.member: not in its one form");
}

bool read_child(Decoder& d, BytesView bytes, ScopeKind kind, Child* child) {
  bool has_step = false;
  bool has_item = false;
  Reader r(bytes);
  while (r.next()) {
    if (is_step_key(r.key())) {
      if (has_step) return d.malformed("Child.step: more than one");
      if (!read_step_field(d, r, &child->step)) return false;
      has_step = true;
    } else if (r.key() == bytes_key(5)) {
      if (kind != ScopeKind::list) return d.malformed("Child.position: outside a list");
      if (!d.read_position(r, &child->position)) return false;
    } else if (r.key() == bytes_key(6)) {
      if (!read_value(d, r.bytes(), Allow::items, nullptr, &child->item)) return false;
      has_item = true;
    } else {
      return d.unknown(r, "Child");
    }
  }
  if (!d.finish(r, "Child")) return false;
  if (!has_step || !fits(kind, child->step)) {
    return d.malformed("Child.step: missing, or not one for its scope");
  }
  return has_item == (kind != ScopeKind::set) || d.malformed("Child.item: missing, or in a set");
}

bool in_order(ScopeKind kind, const Child& a, const Child& b) {
  if (kind == ScopeKind::list) {
    if (const auto order = a.position <=> b.position; order != 0) return order < 0;
  }
  return a.step < b.step;
}

// Requires: in order. Lists are ordered by position first, so that an element could stand there
// twice.
bool elements_are_unique(const Scope& scope) {
  const auto& children = scope.children;
  const auto before = [](const Child& a, const Child& b) { return a.step < b.step; };
  const auto not_before = [](const Child& a, const Child& b) { return !(a.step < b.step); };
  if (std::adjacent_find(children.begin(), children.end(), not_before) == children.end()) {
    return true;  // filled by appending, as most are
  }
  std::vector<const Child*> sorted;
  sorted.reserve(children.size());
  for (const Child& child : children) sorted.push_back(&child);
  std::sort(sorted.begin(), sorted.end(),
            [&](const Child* a, const Child* b) { return before(*a, *b); });
  return std::adjacent_find(sorted.begin(), sorted.end(), [](const Child* a, const Child* b) {
           return a->step == b->step;
         }) == sorted.end();
}

bool append_child(Decoder& d, BytesView bytes, Scope* scope) {
  Child& child = scope->children.emplace_back();
  if (!read_child(d, bytes, scope->kind, &child)) return false;
  const size_t count = scope->children.size();
  return count < 2 || (d.partial && scope->kind == ScopeKind::list) ||
         in_order(scope->kind, scope->children[count - 2], child) ||
         d.malformed("Scope.children: out of order, or one twice");
}

bool finish_scope(Decoder& d, const Scope& scope) {
  return scope.kind != ScopeKind::list || d.partial || elements_are_unique(scope) ||
         d.malformed("Scope.children: an element twice");
}

// Whether the child, of an object, is one of the fields.
bool is_wanted(BytesView child, const std::vector<FieldNumber>& fields) {
  Reader r(child);
  return r.next() && r.key() == varint_key(1) &&
         std::any_of(fields.begin(), fields.end(),
                     [&](FieldNumber field) { return field.value == r.number(); });
}

// fields: null is all of them.
bool read_row(Decoder& d, BytesView bytes, const std::vector<FieldNumber>* fields, Row* row) {
  DepthGuard depth(d);
  bool has_id = false;
  Reader r(bytes, Reader::repeated(4));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        row->born = LogSeq(r.number());
        break;
      case varint_key(2):
        row->changed = LogSeq(r.number());
        break;
      case bytes_key(3): {
        ObjectKey key;
        if (!read_object_id(d, r.bytes(), &row->id, &key)) return false;
        has_id = true;
        break;
      }
      case bytes_key(4):
        if (fields != nullptr && !is_wanted(r.bytes(), *fields)) break;
        if (row->fields.children.empty())
          row->fields.children.reserve(fields == nullptr ? Reader::count(bytes, 4)
                                                         : fields->size());
        if (!append_child(d, r.bytes(), &row->fields)) return false;
        break;
      default:
        return d.unknown(r, "Row");
    }
  }
  if (!d.finish(r, "Row")) return false;
  return has_id || d.malformed("Row.id: missing");
}

}  // namespace

bool fits(ScopeKind kind, const Step& step) {
  switch (kind) {
    case ScopeKind::object:
      return std::holds_alternative<FieldNumber>(step) || std::holds_alternative<std::string>(step);
    case ScopeKind::dictionary:
      return std::holds_alternative<std::string>(step);
    case ScopeKind::list:
      return std::holds_alternative<ElementId>(step);
    case ScopeKind::set:
      return std::holds_alternative<Member>(step);
  }
  return false;
}

void put_element(Encoder& e, uint32_t field, const ElementId& id) {
  const size_t start = e.out.open(field);
  put_element_fields(e, id);
  e.out.close(start);
}

void put_step_fields(Encoder& e, const Step& step) {
  if (const auto* number = std::get_if<FieldNumber>(&step)) {
    e.out.number_always(1, number->value);
  } else if (const auto* text = std::get_if<std::string>(&step)) {
    e.out.bytes_always(2, *text);
  } else if (const auto* id = std::get_if<ElementId>(&step)) {
    put_element(e, 3, *id);
  } else {
    e.out.bytes_always(4, std::get<Member>(step).bytes);
  }
}

void put_step(Encoder& e, uint32_t field, const Step& step) {
  const size_t start = e.out.open(field);
  put_step_fields(e, step);
  e.out.close(start);
}

void put_path(Encoder& e, uint32_t field, const Path& path) {
  for (const Step& step : path) put_step(e, field, step);
}

void put_scope_fields(Encoder& e, const Scope& scope) {
  e.out.number(1, static_cast<uint64_t>(scope.kind));
  for (const Child& child : scope.children) put_child(e, 2, scope.kind, child);
}

void put_item_fields(Encoder& e, const Item& item) {
  if (const Scope* scope = item.scope()) {
    const size_t start = e.out.open(kScopeField);
    put_scope_fields(e, *scope);
    e.out.close(start);
  } else {
    const Value& value = item.value();
    CHECK(!value.is<List>() && !value.is<Document>(), "an item holds scopes, not lists (item_of)");
    put_value_fields(e, value);
  }
}

void put_item(Encoder& e, uint32_t field, const Item& item) {
  const size_t start = e.out.open(field);
  put_item_fields(e, item);
  e.out.close(start);
}

bool is_step_key(uint32_t key) {
  return key == varint_key(1) || key == bytes_key(2) || key == bytes_key(3) || key == bytes_key(4);
}

bool read_element(Decoder& d, BytesView bytes, ElementId* id) {
  ChangesetName name;
  bool named = false;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case fixed64_key(1):
        name.origin = NodeId(r.number());
        break;
      case fixed64_key(2):
        name.epoch = Epoch(r.number());
        break;
      case varint_key(3):
        name.number = r.number();
        named = true;
        break;
      case varint_key(4):
        if (!d.read_u32(r, "ElementId.n", &id->n)) return false;
        break;
      default:
        return d.unknown(r, "ElementId");
    }
  }
  if (!d.finish(r, "ElementId")) return false;
  if (named) {
    d.last_element = name;
  } else if (name != ChangesetName()) {
    return d.malformed("ElementId.number: missing");
  }
  id->changeset = d.last_element;
  return true;
}

bool read_step_field(Decoder& d, const Reader& r, Step* step) {
  switch (r.key()) {
    case varint_key(1): {
      FieldNumber number;
      if (!d.read_u32(r, "Step.field", &number.value)) return false;
      *step = number;
      return true;
    }
    case bytes_key(2): {
      if (r.bytes().size() > limits::kDictionaryKeyBytesMax) {
        return d.too_large("Step.key, in bytes", limits::kDictionaryKeyBytesMax);
      }
      return d.read_text(r, "Step.key", &step->emplace<std::string>());
    }
    case bytes_key(3):
      return read_element(d, r.bytes(), &step->emplace<ElementId>());
    case bytes_key(4):
      if (!check_member(d, r.bytes())) return false;
      step->emplace<Member>().bytes.assign(r.bytes());
      return true;
    default:
      return d.unknown(r, "Step");
  }
}

bool read_step(Decoder& d, BytesView bytes, Step* step) {
  Reader r(bytes);
  if (!r.next()) return d.malformed("Step: truncated or empty");
  if (!read_step_field(d, r, step)) return false;
  if (r.next()) return d.malformed("Step: more than one");
  return d.finish(r, "Step");
}

bool read_path_step(Decoder& d, const Reader& r, Path* path) {
  return d.check_count(*path, "path, in steps", limits::kPathStepsMax) && d.take_values(1) &&
         read_step(d, r.bytes(), &path->emplace_back());
}

bool read_scope(Decoder& d, BytesView bytes, Scope* scope) {
  DepthGuard depth(d);
  if (!depth.ok()) return false;
  bool has_kind = false;
  Reader r(bytes, Reader::repeated(2));
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_enum(r, "Scope.kind", ScopeKind::set, &scope->kind)) return false;
        has_kind = r.number() != 0;
        break;
      case bytes_key(2):
        if (!has_kind) return d.malformed("Scope.kind: missing");
        if (scope->children.empty()) {
          const size_t count = Reader::count(bytes, 2);
          if (!d.take_values(count)) return false;
          scope->children.reserve(count);
        }
        if (!append_child(d, r.bytes(), scope)) return false;
        break;
      default:
        return d.unknown(r, "Scope");
    }
  }
  if (!d.finish(r, "Scope")) return false;
  if (!has_kind) return d.malformed("Scope.kind: missing");
  return finish_scope(d, *scope);
}

bool read_object_id(Decoder& d, BytesView bytes, Value* id, ObjectKey* key) {
  if (!read_value(d, bytes, Allow::scalars, id, nullptr)) return false;
  auto made = object_key(*id);
  if (!made) return d.malformed("id: " + made.error().message);
  *key = std::move(*made);
  return true;
}

}  // namespace codec

Bytes encode_item(const Item& item) {
  codec::Encoder e;
  codec::put_item_fields(e, item);
  return e.out.take();
}

Result<Item> decode_item(BytesView bytes) {
  using namespace codec;
  return decode_with<Item>(bytes, "Item", kStoredBytesMax,
                           [](Decoder& d, BytesView in, Item* item) {
                             return read_value(d, in, Allow::items, nullptr, item);
                           });
}

Bytes encode_row(const Row& row) {
  codec::Encoder e;
  e.out.number(1, row.born.value);
  e.out.number(2, row.changed.value);
  codec::put_value(e, 3, row.id);
  for (const Child& child : row.fields.children) {
    codec::put_child(e, 4, ScopeKind::object, child);
  }
  return e.out.take();
}

Result<Row> decode_row(BytesView bytes) {
  using namespace codec;
  return decode_with<Row>(bytes, "Row", kStoredBytesMax, [](Decoder& d, BytesView in, Row* row) {
    return read_row(d, in, nullptr, row);
  });
}

Result<Row> decode_row_fields(BytesView bytes, const std::vector<FieldNumber>& fields) {
  using namespace codec;
  return decode_with<Row>(bytes, "Row", kStoredBytesMax, [&](Decoder& d, BytesView in, Row* row) {
    d.partial = true;
    return read_row(d, in, &fields, row);
  });
}

Result<RowSeqs> decode_row_seqs(BytesView bytes) {
  RowSeqs seqs;
  wire::Reader r(bytes, wire::Reader::repeated(4));
  while (r.next() && r.field() <= 2) {
    if (r.key() == wire::varint_key(1)) seqs.born = LogSeq(r.number());
    if (r.key() == wire::varint_key(2)) seqs.changed = LogSeq(r.number());
  }
  if (!r.complete() || r.field() < 3) return fail(ErrorCode::kMalformed, "Row: truncated");
  return seqs;
}

Result<RowContent> row_content(BytesView bytes) {
  wire::Reader r(bytes);
  bool more = r.next();
  while (more && (r.key() == wire::varint_key(1) || r.key() == wire::varint_key(2)))
    more = r.next();
  if (!more || r.key() != wire::bytes_key(3)) return fail(ErrorCode::kMalformed, "Row.id: missing");
  const BytesView id = r.bytes();
  return RowContent{id, bytes.substr(static_cast<size_t>(id.data() + id.size() - bytes.data()))};
}

}  // namespace syncline
