// View: what a node wants and may see: membership, fields visible, schema version. DESIGN 6.
//
// Membership today: the subscribed types that the user's role may read, whole; and the node's own
// subscriptions, which are in every view. Immutable; equal views have equal tokens.
#pragma once

#include <memory>
#include <vector>

#include "node/access/policy.h"
#include "proto/object.h"

namespace syncline {

struct TypeView {
  TypeNumber type;
  FieldMask mask;
  bool operator==(const TypeView&) const = default;
};

struct View {
  NodeId node;
  uint64_t schema_version = 0;
  std::vector<TypeView> types;  // sorted by type

  const TypeView* find(TypeNumber type) const;
  // The mask through which this view shows the object, or null if it is not a member.
  const FieldMask* shows(const ObjectName& name) const;
  // Hash over everything but the node: the same for all who see the same.
  Hash token() const;
  bool operator==(const View&) const = default;
};

Bytes encode_view(const View& view);
Result<View> decode_view(NodeId node, BytesView bytes);

// The _id prefix of a node's own subscriptions.
std::string subscription_prefix(NodeId node);
// The mask that hides nothing.
const FieldMask& mask_of_everything();

}  // namespace syncline
