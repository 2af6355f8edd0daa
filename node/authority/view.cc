#include "node/authority/view.h"

#include <algorithm>

#include "proto/codec.h"
#include "proto/records.h"

namespace syncline {
namespace {

MaskRecord record_of(const FieldMask& mask) {
  MaskRecord record{mask.all,    mask.fields,       mask.extra, mask.additional,
                    mask.listed, mask.listed_extra, {}};
  for (const InnerMask& inner : mask.inner) {
    MaskRecord::Inner out{{}, {}, record_of(inner.mask)};
    if (const FieldNumber* field = std::get_if<FieldNumber>(&inner.step)) out.field = *field;
    if (const std::string* name = std::get_if<std::string>(&inner.step)) out.name = *name;
    record.inner.push_back(std::move(out));
  }
  return record;
}

FieldMask mask_of(const MaskRecord& record) {
  FieldMask mask;
  mask.all = record.all;
  mask.fields = record.fields;
  mask.extra = record.extra;
  mask.additional = record.additional;
  mask.listed = record.listed;
  mask.listed_extra = record.listed_extra;
  for (const MaskRecord::Inner& inner : record.inner)
    mask.inner.push_back(
        {inner.field.value != 0 ? Step(inner.field) : Step(inner.name), mask_of(inner.mask)});
  return mask;
}

}  // namespace

const TypeView* View::find(TypeNumber type) const {
  auto it =
      std::lower_bound(types.begin(), types.end(), type,
                       [](const TypeView& view, TypeNumber number) { return view.type < number; });
  return it != types.end() && it->type == type ? &*it : nullptr;
}

const FieldMask* View::shows(const ObjectName& name) const {
  if (name.type == system_type::kSubscription) {
    static const ObjectKey empty = *object_key(Value(""));
    const Bytes own = empty.bytes + subscription_prefix(node);
    return name.key.bytes.starts_with(own) ? &mask_of_everything() : nullptr;
  }
  const TypeView* view = find(name.type);
  return view == nullptr ? nullptr : &view->mask;
}

Hash View::token() const {
  View anonymous = *this;
  anonymous.node = NodeId(0);
  return hash("view", encode_view(anonymous));
}

Bytes encode_view(const View& view) {
  ViewRecord record;
  record.schema_version = view.schema_version;
  for (const TypeView& type : view.types) record.types.push_back({type.type, record_of(type.mask)});
  return encode_view_record(record);
}

Result<View> decode_view(NodeId node, BytesView bytes) {
  SYNCLINE_ASSIGN(ViewRecord record, decode_view_record(bytes));
  View view;
  view.node = node;
  view.schema_version = record.schema_version;
  for (ViewRecord::Type& type : record.types) view.types.push_back({type.type, mask_of(type.mask)});
  return view;
}

std::string subscription_prefix(NodeId node) { return to_string(node) + "/"; }

const FieldMask& mask_of_everything() {
  static const FieldMask everything = [] {
    FieldMask mask;
    mask.all = true;
    return mask;
  }();
  return everything;
}

}  // namespace syncline
