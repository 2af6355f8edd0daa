// Random values, objects and operations from a seed: the same seed gives the same data everywhere.
//
//   RandomValues random(42);
//   Row row = random.row();
//
// What it makes is well-formed: it passes the codec's checks. Small on purpose, with every
// alternative in it.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "proto/codec.h"
#include "proto/object.h"
#include "proto/operation.h"
#include "proto/schema.h"

namespace syncline::test {

class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : state_(seed) {}

  // splitmix64.
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  uint64_t below(uint64_t n) { return next() % n; }
  bool chance(uint64_t one_in) { return below(one_in) == 0; }
  // Small, middling, huge and edge numbers alike.
  uint64_t number() { return next() >> below(64); }
  int64_t signed_number() { return static_cast<int64_t>(chance(2) ? number() : ~number()); }

  template <size_t N>
  std::array<uint8_t, N> array() {
    std::array<uint8_t, N> out;
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(next());
    return out;
  }
  Bytes bytes(size_t size_max = 24) {
    Bytes out;
    for (size_t n = below(size_max + 1); n > 0; --n) out.push_back(static_cast<char>(next()));
    return out;
  }
  std::string text(size_t characters_max = 12) {
    static constexpr std::string_view kCharacters[] = {
        "a",  "b",  "Z",  "7",  " ",
        "\"", "\\", "\n", ".",  "$",
        "é",  "ß",  "水", "🙂", std::string_view("\0", 1)};
    std::string out;
    for (size_t n = below(characters_max + 1); n > 0; --n) {
      out += kCharacters[below(std::size(kCharacters))];
    }
    return out;
  }
  // Few, so that they meet.
  std::string key() { return fmt::format("key{}", below(12)); }

  Hash hash() { return chance(8) ? Hash() : Hash{array<32>()}; }
  LogSeq seq() { return LogSeq(number()); }
  Stamp stamp() { return Stamp(number()); }
  ChangesetName changeset_name() {
    return {NodeId(below(3) + 1), Epoch(chance(8) ? next() : 7), chance(8) ? number() : below(4)};
  }
  ElementId element_id() { return {changeset_name(), static_cast<uint32_t>(below(5))}; }
  Position position() { return {bytes(4)}; }
  Cursor cursor() { return chance(6) ? Cursor() : Cursor{Incarnation(next()), seq(), hash()}; }
  WriteClock clock() {
    return chance(6) ? WriteClock() : WriteClock{next(), signed_number(), signed_number()};
  }

  double floating() {
    static constexpr uint64_t kEdges[] = {0,
                                          0x8000000000000000,
                                          0x7ff0000000000000,
                                          0xfff0000000000000,
                                          0x7ff8000000000000,
                                          0x7ff8000000000001,
                                          1,
                                          0x3fb999999999999a,
                                          0x7fefffffffffffff};
    if (chance(2)) return std::bit_cast<double>(kEdges[below(std::size(kEdges))]);
    return std::bit_cast<double>(next());
  }
  Binary binary() {
    Binary out{static_cast<uint8_t>(next()), bytes()};
    if (out.subtype == 4) out.subtype = 0;
    return out;
  }

  // Anything but List and Document.
  Value scalar() {
    switch (below(19)) {
      case 0:
        return Null();
      case 1:
        return chance(2);
      case 2:
        return static_cast<int32_t>(signed_number());
      case 3:
        return signed_number();
      case 4:
        return floating();
      case 5:
        return text();
      case 6:
        return Date{signed_number(), static_cast<int32_t>(below(1'000'000'000))};
      case 7:
        return ObjectId{array<12>()};
      case 8:
        return Uuid{array<16>()};
      case 9:
        return Decimal128{next(), next()};
      case 10:
        return binary();
      case 11:
        return Timestamp{static_cast<uint32_t>(number()), static_cast<uint32_t>(number())};
      case 12:
        return Regex{text(), text(3)};
      case 13: {
        Code code{text(), {}};
        if (chance(2)) code.scope = document(1);
        return code;
      }
      case 14:
        return DbPointer{text(), ObjectId{array<12>()}};
      case 15:
        return Symbol{text()};
      case 16:
        return Undefined();
      case 17:
        return MinKey();
      default:
        return MaxKey();
    }
  }
  Document document(int depth) {
    Document out;
    for (uint64_t n = below(4); n > 0; --n) out.fields.push_back({text(6), value(depth - 1)});
    return out;
  }
  Value value(int depth = 3) {
    if (depth <= 0 || !chance(4)) return scalar();
    if (chance(2)) return document(depth);
    List list;
    for (uint64_t n = below(4); n > 0; --n) list.elements.push_back(value(depth - 1));
    return list;
  }
  // What can be an _id.
  Value id() {
    switch (below(5)) {
      case 0:
        return static_cast<int32_t>(signed_number());
      case 1:
        return signed_number();
      case 2:
        return text();
      case 3:
        return ObjectId{array<12>()};
      default:
        return Uuid{array<16>()};
    }
  }
  ObjectKey object_key() { return *syncline::object_key(id()); }
  ObjectName object_name() { return {TypeNumber(static_cast<uint32_t>(below(40))), object_key()}; }

  Member member() { return {encode_value(value(1))}; }
  ScopeKind scope_kind() { return static_cast<ScopeKind>(below(4) + 1); }
  Step step(ScopeKind kind) {
    switch (kind) {
      case ScopeKind::object:
        if (chance(4)) return key();
        return FieldNumber(static_cast<uint32_t>(chance(8) ? number() : below(12) + 1));
      case ScopeKind::dictionary:
        return key();
      case ScopeKind::list:
        return element_id();
      case ScopeKind::set:
        return member();
    }
    return key();
  }
  Step step() { return step(scope_kind()); }
  Path path(size_t steps_max = 3) {
    Path out;
    for (size_t n = below(steps_max + 1); n > 0; --n) out.push_back(step());
    return out;
  }
  Scope scope(ScopeKind kind, int depth = 3) {
    Scope out{kind, {}};
    for (uint64_t n = below(5); n > 0; --n) {
      // One by one: the order of a call's arguments is the compiler's.
      Step at = step(kind);
      Position where = kind == ScopeKind::list ? position() : Position();
      out.put(std::move(at), kind == ScopeKind::set ? Item() : item(depth - 1), std::move(where));
    }
    return out;
  }
  Item item(int depth = 3) {
    if (depth <= 0 || !chance(3)) return scalar();
    return scope(scope_kind(), depth);
  }
  Row row() { return {id(), seq(), seq(), scope(ScopeKind::object)}; }

  Operation operation() {
    Operation out;
    out.kind = static_cast<OperationKind>(below(12) + 1);
    out.ordinal = static_cast<uint32_t>(below(100));
    switch (out.kind) {
      case OperationKind::create:
        if (chance(2)) {
          if (!chance(4)) out.item = scope(ScopeKind::object);
        } else {
          out.path = path_to(ScopeKind::object);
          out.item = Scope{scope_kind(), {}};
        }
        break;
      case OperationKind::set:
        out.path = path_to(chance(2) ? ScopeKind::list : ScopeKind::object);
        out.item = item();
        break;
      case OperationKind::set_default:
        out.path = path_to(ScopeKind::object);
        out.item = item();
        break;
      case OperationKind::unset:
        out.path = path_to(ScopeKind::dictionary);
        break;
      case OperationKind::increment:
        out.path = path_to(ScopeKind::object);
        out.amount = signed_number();
        break;
      case OperationKind::insert:
        out.item = item();
        [[fallthrough]];
      case OperationKind::move:
        out.path = path_to(ScopeKind::list);
        if (chance(2)) out.left = element_id(), out.left_position = position();
        break;
      case OperationKind::erase:
        out.path = path_to(ScopeKind::list);
        break;
      case OperationKind::add:
      case OperationKind::remove:
        out.path = path_to(ScopeKind::set);
        break;
      case OperationKind::clear:
        out.path = path_to(ScopeKind::object);
        break;
      case OperationKind::remove_object:
        break;
    }
    return out;
  }
  Group group() {
    Group out;
    out.id = id();
    out.object = {TypeNumber(static_cast<uint32_t>(below(40))), *syncline::object_key(out.id)};
    out.blind = chance(3);
    for (uint64_t n = below(5); n > 0; --n) out.operations.push_back(operation());
    return out;
  }
  Guard guard() {
    Guard out;
    out.kind = static_cast<Guard::Kind>(below(3) + 1);
    out.id = id();
    out.object = {TypeNumber(static_cast<uint32_t>(below(40))), *syncline::object_key(out.id)};
    if (out.kind == Guard::Kind::equals) out.path = path_to(ScopeKind::object), out.item = item();
    return out;
  }
  Changeset changeset() {
    Changeset out;
    out.base = cursor();
    out.written = clock();
    out.all_or_nothing = chance(2);
    out.schema_mark = number();
    if (chance(2)) out.parent = std::pair{Epoch(next()), number()};
    std::set<ObjectName> names;
    for (uint64_t n = below(4); n > 0; --n) {
      Group one = group();
      if (names.insert(one.object).second) out.groups.push_back(std::move(one));
    }
    if (chance(3))
      for (uint64_t n = below(4); n > 0; --n) out.guards.push_back(guard());
    return out;
  }

  FieldDef field_def(uint32_t number) {
    FieldDef out;
    out.number = FieldNumber(number);
    out.name = fmt::format("field{}", number);
    out.type = static_cast<ScalarType>(below(17));
    out.collection = static_cast<Collection>(below(4));
    out.nullable = chance(2);
    out.required = chance(2);
    out.target = TypeNumber(static_cast<uint32_t>(below(4)));
    if (chance(3)) out.default_value = value(1);
    return out;
  }
  TypeDef type_def(uint32_t number) {
    TypeDef out;
    out.number = TypeNumber(number);
    out.name = fmt::format("Type{}", number);
    out.embedded = chance(3);
    if (!out.embedded)
      out.collection = fmt::format("db.{}", out.name), out.key_types.push_back(ScalarType::mixed);
    out.asymmetric = chance(5);
    out.open = chance(2);
    uint32_t field = 0;
    for (uint64_t n = below(6); n > 0; --n) {
      field += 1 + static_cast<uint32_t>(below(3));
      (chance(4) ? out.retired : out.fields).push_back(field_def(field));
    }
    for (uint64_t n = below(3); n > 0; --n) {
      IndexDef& index = out.indexes.emplace_back();
      index.kind = static_cast<IndexKind>(below(3));
      for (uint64_t k = 1 + below(3); k > 0; --k) index.fields.push_back(fmt::format("field{}", k));
    }
    return out;
  }
  Schema schema() {
    Schema out;
    out.revision = number();
    out.version = static_cast<uint32_t>(number());
    uint32_t type = 0;
    for (uint64_t n = below(5); n > 0; --n) {
      type += 1 + static_cast<uint32_t>(below(3));
      (chance(4) ? out.retired : out.types).push_back(type_def(type));
    }
    return out;
  }

 protected:
  Path path_to(ScopeKind kind) {
    Path out = path(2);
    out.push_back(step(kind));
    return out;
  }

 private:
  uint64_t state_;
};

}  // namespace syncline::test
