// Schemas: once a session at most, so the generated classes serve.
#include "proto/codec_generated.h"
#include "proto/values.pb.h"

namespace syncline {
namespace codec {
namespace {

void to_wire(const FieldDef& field, wire::FieldDef* out) {
  out->set_number(field.number.value);
  out->set_name(field.name);
  out->set_type(static_cast<wire::ScalarType>(field.type));
  out->set_collection(static_cast<wire::Collection>(field.collection));
  out->set_nullable(field.nullable);
  out->set_required(field.required);
  out->set_target(field.target.value);
  if (field.default_value) out->set_default_value(encode_value(*field.default_value));
}

void to_wire(const TypeDef& type, wire::TypeDef* out) {
  out->set_number(type.number.value);
  out->set_name(type.name);
  out->set_collection(type.collection);
  out->set_embedded(type.embedded);
  out->set_asymmetric(type.asymmetric);
  out->set_open(type.open);
  for (ScalarType key : type.key_types) out->add_key_types(static_cast<wire::ScalarType>(key));
  for (const FieldDef& field : type.fields) to_wire(field, out->add_fields());
  for (const FieldDef& field : type.retired) to_wire(field, out->add_retired());
  for (const IndexDef& index : type.indexes) {
    wire::IndexDef* one = out->add_indexes();
    one->set_kind(static_cast<wire::IndexKind>(index.kind));
    for (const std::string& field : index.fields) one->add_fields(field);
  }
}

bool is_scalar_type(int number) {
  return number >= 0 && number <= static_cast<int>(ScalarType::link);
}

bool check_name(Decoder& d, std::string_view what, const std::string& name, size_t bytes_max) {
  if (name.empty()) return d.malformed(fmt::format("{}: missing", what));
  return name.size() <= bytes_max || d.too_large(fmt::format("{}, in bytes", what), bytes_max);
}

// Numbers count up from 1.
template <class T>
bool check_number(Decoder& d, std::string_view what, const std::vector<T>& before,
                  uint32_t number) {
  const uint32_t last = before.empty() ? 0 : before.back().number.value;
  return number > last || d.malformed(fmt::format("{}: missing, or out of order", what));
}

bool from_wire(Decoder& d, const wire::FieldDef& in, FieldDef* out) {
  // Embedded and open types may carry names from elsewhere: bounded as keys are.
  if (!check_name(d, "FieldDef.name", in.name(), limits::kDictionaryKeyBytesMax)) return false;
  if (!is_scalar_type(in.type())) return d.malformed("FieldDef.type: none of its values");
  if (in.collection() < 0 || in.collection() > static_cast<int>(Collection::dictionary)) {
    return d.malformed("FieldDef.collection: none of its values");
  }
  out->number = FieldNumber(in.number());
  out->name = in.name();
  out->type = static_cast<ScalarType>(in.type());
  out->collection = static_cast<Collection>(in.collection());
  out->nullable = in.nullable();
  out->required = in.required();
  out->target = TypeNumber(in.target());
  if (!in.has_default_value()) return true;
  return read_value(d, in.default_value(), Allow::values, &out->default_value.emplace(), nullptr);
}

bool from_wire(Decoder& d, const wire::TypeDef& in, TypeDef* out);

bool from_wire(Decoder& d, const wire::IndexDef& in, IndexDef* out) {
  if (in.kind() < 0 || in.kind() > static_cast<int>(IndexKind::geo)) {
    return d.malformed("IndexDef.kind: none of its values");
  }
  out->kind = static_cast<IndexKind>(in.kind());
  if (static_cast<size_t>(in.fields().size()) > limits::kIndexColumnsMax) {
    return d.too_large("IndexDef.fields", limits::kIndexColumnsMax);
  }
  for (const std::string& field : in.fields()) {
    if (!check_name(d, "IndexDef.fields", field, limits::kIndexPathBytesMax)) return false;
    out->fields.push_back(field);
  }
  return !out->fields.empty() || d.malformed("IndexDef.fields: missing");
}

// The items of a list of definitions, and of those of them that are retired: no number is in both.
template <class T, class List>
bool read_numbered(Decoder& d, std::string_view what, const List& live, const List& retired,
                   size_t count_max, std::vector<T>* live_out, std::vector<T>* retired_out) {
  if (static_cast<size_t>(live.size()) + static_cast<size_t>(retired.size()) > count_max) {
    return d.too_large(fmt::format("{}s", what), count_max);
  }
  for (auto [in, out] : {std::pair(&live, live_out), std::pair(&retired, retired_out)}) {
    for (const auto& one : *in) {
      if (!check_number(d, fmt::format("{}.number", what), *out, one.number())) return false;
      if (!from_wire(d, one, &out->emplace_back())) return false;
    }
  }
  size_t at = 0;
  for (const T& one : *retired_out) {
    while (at < live_out->size() && (*live_out)[at].number < one.number) ++at;
    if (at < live_out->size() && (*live_out)[at].number == one.number) {
      return d.malformed(fmt::format("{}.number: retired and in use", what));
    }
  }
  return true;
}

bool from_wire(Decoder& d, const wire::TypeDef& in, TypeDef* out) {
  if (!check_name(d, "TypeDef.name", in.name(), limits::kNameBytesMax)) return false;
  if (in.collection().size() > limits::kDictionaryKeyBytesMax) {
    return d.too_large("TypeDef.collection, in bytes", limits::kDictionaryKeyBytesMax);
  }
  out->number = TypeNumber(in.number());
  out->name = in.name();
  out->collection = in.collection();
  out->embedded = in.embedded();
  out->asymmetric = in.asymmetric();
  out->open = in.open();
  for (int key : in.key_types()) {
    if (!is_scalar_type(key)) return d.malformed("TypeDef.key_types: none of its values");
    out->key_types.push_back(static_cast<ScalarType>(key));
  }
  if (static_cast<size_t>(in.indexes().size()) > limits::kIndexesPerTypeMax) {
    return d.too_large("TypeDef.indexes", limits::kIndexesPerTypeMax);
  }
  for (const wire::IndexDef& index : in.indexes()) {
    if (!from_wire(d, index, &out->indexes.emplace_back())) return false;
  }
  return read_numbered(d, "FieldDef", in.fields(), in.retired(), limits::kFieldsPerTypeMax,
                       &out->fields, &out->retired);
}

bool read_schema(Decoder& d, BytesView bytes, Schema* schema) {
  wire::Schema in;
  if (!parse(d, bytes, "Schema", &in)) return false;
  schema->revision = in.revision();
  schema->version = in.version();
  if (!read_numbered(d, "TypeDef", in.types(), in.retired(), limits::kTypesMax, &schema->types,
                     &schema->retired)) {
    return false;
  }
  return encode_schema(*schema) == bytes ||
         d.malformed("Schema: an unknown field, or not in its one form");
}

}  // namespace
}  // namespace codec

Bytes encode_schema(const Schema& schema) {
  wire::Schema out;
  out.set_revision(schema.revision);
  out.set_version(schema.version);
  for (const TypeDef& type : schema.types) codec::to_wire(type, out.add_types());
  for (const TypeDef& type : schema.retired) codec::to_wire(type, out.add_retired());
  return codec::serialize(out);
}

Result<Schema> decode_schema(BytesView bytes) {
  using namespace codec;
  return decode_with<Schema>(bytes, "Schema", kStoredBytesMax, read_schema);
}

}  // namespace syncline
