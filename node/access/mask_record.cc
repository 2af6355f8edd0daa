#include "node/access/mask_record.h"

namespace syncline {

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

ObjectMaskRecord record_of(const ObjectMask& mask) {
  ObjectMaskRecord record;
  for (const ObjectMask::Condition& condition : mask.conditions())
    record.conditions.push_back(condition->text());
  for (const FieldMask& one : mask.masks()) record.masks.push_back(record_of(one));
  return record;
}

}  // namespace syncline
