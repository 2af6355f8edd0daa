// Value: message Value and what is in it.
#include "proto/codec_internal.h"

namespace syncline {
namespace codec {
namespace {

enum Special : uint32_t { kNull = 0, kUndefined = 1, kMinKey = 2, kMaxKey = 3 };

// The fields of message Value.
namespace field {
enum : uint32_t {
  special = 1,
  boolean,
  int32,
  int64,
  number,
  text,
  date,
  object_id,
  uuid,
  decimal128,
  binary,
  list,
  document,
  scope,
  timestamp,
  regex,
  code,
  db_pointer,
  symbol
};
}  // namespace field

BytesView view_of(const auto& array) {
  return {reinterpret_cast<const char*>(array.data()), array.size()};
}

void put_document_fields(Encoder& e, const Document& document) {
  for (const DocumentField& one : document.fields) {
    const size_t start = e.out.open(1);
    e.out.bytes(1, one.name);
    put_value(e, 2, one.value);
    e.out.close(start);
  }
}

// One overload for each alternative of Value::Variant.
struct PutValue {
  Encoder& e;
  Writer& out = e.out;

  void operator()(Null) { out.number_always(field::special, kNull); }
  void operator()(Undefined) { out.number_always(field::special, kUndefined); }
  void operator()(MinKey) { out.number_always(field::special, kMinKey); }
  void operator()(MaxKey) { out.number_always(field::special, kMaxKey); }
  void operator()(bool v) { out.number_always(field::boolean, v ? 1 : 0); }
  void operator()(int32_t v) { out.number_always(field::int32, wire::zigzag(v)); }
  void operator()(int64_t v) { out.number_always(field::int64, wire::zigzag(v)); }
  void operator()(double v) { out.fixed64_always(field::number, std::bit_cast<uint64_t>(v)); }
  void operator()(const std::string& v) { out.bytes_always(field::text, v); }
  void operator()(const Date& v) {
    const size_t start = out.open(field::date);
    out.signed_number(1, v.seconds);
    out.number(2, static_cast<uint32_t>(v.nanoseconds));
    out.close(start);
  }
  void operator()(const ObjectId& v) { out.bytes_always(field::object_id, view_of(v.bytes)); }
  void operator()(const Uuid& v) { out.bytes_always(field::uuid, view_of(v.bytes)); }
  void operator()(const Decimal128& v) {
    Bytes bytes;
    put_u64_big_endian(&bytes, v.high);
    put_u64_big_endian(&bytes, v.low);
    out.bytes_always(field::decimal128, bytes);
  }
  void operator()(const Binary& v) {
    const size_t start = out.open(field::binary);
    out.number(1, v.subtype);
    out.bytes(2, v.bytes);
    out.close(start);
  }
  void operator()(const List& v) {
    const size_t start = out.open(field::list);
    for (const Value& element : v.elements) put_value(e, 1, element);
    out.close(start);
  }
  void operator()(const Document& v) {
    const size_t start = out.open(field::document);
    put_document_fields(e, v);
    out.close(start);
  }
  void operator()(const Timestamp& v) {
    const size_t start = out.open(field::timestamp);
    out.number(1, v.seconds);
    out.number(2, v.increment);
    out.close(start);
  }
  void operator()(const Regex& v) {
    const size_t start = out.open(field::regex);
    out.bytes(1, v.pattern);
    out.bytes(2, v.options);
    out.close(start);
  }
  void operator()(const Code& v) {
    const size_t start = out.open(field::code);
    out.bytes(1, v.text);
    if (v.scope) {
      const size_t scope = out.open(2);
      put_document_fields(e, *v.scope);
      out.close(scope);
    }
    out.close(start);
  }
  void operator()(const DbPointer& v) {
    const size_t start = out.open(field::db_pointer);
    out.bytes(1, v.collection);
    out.bytes(2, view_of(v.id.bytes));
    out.close(start);
  }
  void operator()(const Symbol& v) { out.bytes_always(field::symbol, v.text); }
};

bool read_nested_value(Decoder& d, BytesView bytes, Value* value) {
  return read_value(d, bytes, Allow::values, value, nullptr);
}

bool read_special(Decoder& d, const Reader& r, Value* value) {
  switch (r.number()) {
    case kNull:
      *value = Null();
      return true;
    case kUndefined:
      *value = Undefined();
      return true;
    case kMinKey:
      *value = MinKey();
      return true;
    case kMaxKey:
      *value = MaxKey();
      return true;
    default:
      return d.malformed("Value.special: none of its values");
  }
}

bool read_date(Decoder& d, BytesView bytes, Value* value) {
  Date date;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        date.seconds = r.signed_number();
        break;
      case varint_key(2):
        if (r.number() >= 1'000'000'000) return d.malformed("Date.nanoseconds: a second or more");
        date.nanoseconds = static_cast<int32_t>(r.number());
        break;
      default:
        return d.unknown(r, "Date");
    }
  }
  *value = date;
  return d.finish(r, "Date");
}

bool read_decimal(Decoder& d, const Reader& r, Value* value) {
  if (r.bytes().size() != 16) return d.malformed("Value.decimal128: not 16 bytes");
  *value = Decimal128{get_u64_big_endian(r.bytes()), get_u64_big_endian(r.bytes().substr(8))};
  return true;
}

bool read_binary(Decoder& d, BytesView bytes, Value* value) {
  Binary binary;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (r.number() > 255) return d.malformed("Binary.subtype: beyond 255");
        binary.subtype = static_cast<uint8_t>(r.number());
        break;
      case bytes_key(2):
        binary.bytes.assign(r.bytes());
        break;
      default:
        return d.unknown(r, "Binary");
    }
  }
  // Such a value has one form only: a Uuid.
  if (binary.subtype == 4 && binary.bytes.size() == 16) return d.malformed("Binary: a uuid");
  *value = std::move(binary);
  return d.finish(r, "Binary");
}

bool read_list(Decoder& d, BytesView bytes, Value* value) {
  DepthGuard depth(d);
  if (!depth.ok()) return false;
  List list;
  Reader r(bytes, Reader::repeated(1));
  while (r.next()) {
    if (r.key() != bytes_key(1)) return d.unknown(r, "List");
    if (!d.take_values(1) || !read_nested_value(d, r.bytes(), &list.elements.emplace_back())) {
      return false;
    }
  }
  *value = std::move(list);
  return d.finish(r, "List");
}

bool read_document_field(Decoder& d, BytesView bytes, DocumentField* one) {
  bool has_value = false;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!d.read_text(r, "Document.Field.name", &one->name)) return false;
        break;
      case bytes_key(2):
        if (!read_nested_value(d, r.bytes(), &one->value)) return false;
        has_value = true;
        break;
      default:
        return d.unknown(r, "Document.Field");
    }
  }
  if (!d.finish(r, "Document.Field")) return false;
  return has_value || d.malformed("Document.Field.value: missing");
}

bool read_document(Decoder& d, BytesView bytes, Document* document) {
  DepthGuard depth(d);
  if (!depth.ok()) return false;
  Reader r(bytes, Reader::repeated(1));
  while (r.next()) {
    if (r.key() != bytes_key(1)) return d.unknown(r, "Document");
    if (!d.take_values(1) || !read_document_field(d, r.bytes(), &document->fields.emplace_back())) {
      return false;
    }
  }
  return d.finish(r, "Document");
}

bool read_timestamp(Decoder& d, BytesView bytes, Value* value) {
  Timestamp timestamp;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case varint_key(1):
        if (!d.read_u32(r, "Timestamp.seconds", &timestamp.seconds)) return false;
        break;
      case varint_key(2):
        if (!d.read_u32(r, "Timestamp.increment", &timestamp.increment)) return false;
        break;
      default:
        return d.unknown(r, "Timestamp");
    }
  }
  *value = timestamp;
  return d.finish(r, "Timestamp");
}

bool read_regex(Decoder& d, BytesView bytes, Value* value) {
  Regex regex;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!d.read_text(r, "Regex.pattern", &regex.pattern)) return false;
        break;
      case bytes_key(2):
        if (!d.read_text(r, "Regex.options", &regex.options)) return false;
        break;
      default:
        return d.unknown(r, "Regex");
    }
  }
  *value = std::move(regex);
  return d.finish(r, "Regex");
}

bool read_code(Decoder& d, BytesView bytes, Value* value) {
  Code code;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!d.read_text(r, "Code.text", &code.text)) return false;
        break;
      case bytes_key(2):
        if (!read_document(d, r.bytes(), &code.scope.emplace())) return false;
        break;
      default:
        return d.unknown(r, "Code");
    }
  }
  *value = std::move(code);
  return d.finish(r, "Code");
}

bool read_db_pointer(Decoder& d, BytesView bytes, Value* value) {
  DbPointer pointer;
  bool has_id = false;
  Reader r(bytes);
  while (r.next()) {
    switch (r.key()) {
      case bytes_key(1):
        if (!d.read_text(r, "DbPointer.collection", &pointer.collection)) return false;
        break;
      case bytes_key(2):
        if (!d.read_array(r, "DbPointer.id", &pointer.id.bytes)) return false;
        has_id = true;
        break;
      default:
        return d.unknown(r, "DbPointer");
    }
  }
  if (!has_id) return d.malformed("DbPointer.id: missing");
  *value = std::move(pointer);
  return d.finish(r, "DbPointer");
}

template <class T, class Read>
bool read_array_value(Decoder& d, const Reader& r, std::string_view what, Read T::* member,
                      Value* value) {
  T out;
  if (!d.read_array(r, what, &(out.*member))) return false;
  *value = out;
  return true;
}

bool read_text_value(Decoder& d, const Reader& r, Value* value) {
  if (!is_utf8(r.bytes())) return d.malformed("Value.text: not UTF-8");
  *value = Value(r.bytes());
  return true;
}

// Everything but a scope.
bool read_kind(Decoder& d, const Reader& r, Value* value) {
  switch (r.key()) {
    case varint_key(field::special):
      return read_special(d, r, value);
    case varint_key(field::boolean):
      *value = Value(r.number() == 1);
      return r.number() <= 1 || d.malformed("Value.boolean: neither 0 nor 1");
    case varint_key(field::int32):
      if (r.number() > UINT32_MAX) return d.malformed("Value.int32: beyond 32 bits");
      *value = static_cast<int32_t>(r.signed_number());
      return true;
    case varint_key(field::int64):
      *value = r.signed_number();
      return true;
    case fixed64_key(field::number):
      *value = std::bit_cast<double>(r.number());
      return true;
    case bytes_key(field::text):
      return read_text_value(d, r, value);
    case bytes_key(field::date):
      return read_date(d, r.bytes(), value);
    case bytes_key(field::object_id):
      return read_array_value(d, r, "Value.object_id", &ObjectId::bytes, value);
    case bytes_key(field::uuid):
      return read_array_value(d, r, "Value.uuid", &Uuid::bytes, value);
    case bytes_key(field::decimal128):
      return read_decimal(d, r, value);
    case bytes_key(field::binary):
      return read_binary(d, r.bytes(), value);
    case bytes_key(field::list):
      return read_list(d, r.bytes(), value);
    case bytes_key(field::document): {
      *value = Document();
      return read_document(d, r.bytes(), &value->get<Document>());
    }
    case bytes_key(field::timestamp):
      return read_timestamp(d, r.bytes(), value);
    case bytes_key(field::regex):
      return read_regex(d, r.bytes(), value);
    case bytes_key(field::code):
      return read_code(d, r.bytes(), value);
    case bytes_key(field::db_pointer):
      return read_db_pointer(d, r.bytes(), value);
    case bytes_key(field::symbol): {
      Symbol symbol;
      if (!d.read_text(r, "Value.symbol", &symbol.text)) return false;
      *value = std::move(symbol);
      return true;
    }
    default:
      return d.unknown(r, "Value");
  }
}

}  // namespace

void put_value_fields(Encoder& e, const Value& value) { std::visit(PutValue{e}, value.data()); }

void put_value(Encoder& e, uint32_t field, const Value& value) {
  const size_t start = e.out.open(field);
  put_value_fields(e, value);
  e.out.close(start);
}

bool read_value(Decoder& d, BytesView bytes, Allow allow, Value* value, Item* item) {
  Reader r(bytes);
  if (!r.next()) return d.malformed("Value: truncated or without a kind");
  if (r.key() == bytes_key(field::scope)) {
    if (allow != Allow::items) return d.malformed("Value.scope: not in this place");
    Scope scope;
    if (!read_scope(d, r.bytes(), &scope)) return false;
    *item = Item(std::move(scope));
  } else {
    const bool composite =
        r.key() == bytes_key(field::list) || r.key() == bytes_key(field::document);
    if (composite && allow != Allow::values) {
      return d.malformed("Value: a list or document where an object has scopes");
    }
    if (value == nullptr) {
      *item = Item();
      value = &item->value();
    }
    if (!read_kind(d, r, value)) return false;
  }
  if (r.next()) return d.malformed("Value: more than one kind");
  return d.finish(r, "Value");
}

}  // namespace codec

Bytes encode_value(const Value& value) {
  codec::Encoder e(64);
  codec::put_value_fields(e, value);
  return e.out.take();
}

Result<Value> decode_value(BytesView bytes) {
  using namespace codec;
  return decode_with<Value>(bytes, "Value", limits::kObjectBytesMax,
                            [](Decoder& d, BytesView in, Value* value) {
                              return read_value(d, in, Allow::values, value, nullptr);
                            });
}

}  // namespace syncline
