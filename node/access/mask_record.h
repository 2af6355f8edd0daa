// Masks as records, kept with views and told to nodes; and back. Pure.
#pragma once

#include "node/access/object_mask.h"
#include "proto/records.h"

namespace syncline {

MaskRecord record_of(const FieldMask& mask);
FieldMask mask_of(const MaskRecord& record);
ObjectMaskRecord record_of(const ObjectMask& mask);

}  // namespace syncline
