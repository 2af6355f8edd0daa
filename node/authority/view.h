// View: what a node wants and may see: membership and fields visible. DESIGN 6; that a change of
// the schema alone leaves it as it is: docs/decisions/0014.
//
// Of a subscribed type that the user's role may read it holds the objects that a subscription's
// query matches (membership.h), through the role's mask; and the node's own subscriptions, which
// are in every view. Immutable; equal views have equal tokens.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "node/authority/membership.h"
#include "proto/object.h"

namespace syncline {

struct TypeView {
  TypeNumber type;
  ObjectMask mask;
  std::shared_ptr<const Membership> members;  // never null
  // The mask of an object with that content. kStoreDamaged.
  Result<const FieldMask*> mask_of(const StoredRow& row) const;
  // May a change of this top-level step change whether, or how, an object is shown?
  bool reads(const Step& step) const { return members->reads(step) || mask.reads(step); }
  bool operator==(const TypeView& other) const {
    return type == other.type && mask == other.mask && *members == *other.members;
  }
};

struct View {
  NodeId node;
  std::shared_ptr<const Schema> schema;  // that the queries are written by; shared with them
  // A hash over what missing fields read as, of the types that queries are asked of: all that a
  // change of the schema can change of who is a member. 0: nothing reads as a default.
  uint64_t defaults = 0;
  std::vector<TypeView> types;  // sorted by type
  // What the user may read of objects that queries follow a link to, subscribed or not; sorted by
  // type. None of a type that is not here.
  struct Target {
    TypeNumber type;
    ObjectMask mask;
    Membership::Rule rule;  // which objects; null: all
    bool may_read(const Row& row) const {
      return rule == nullptr || rule->holds(row.id, row.fields);
    }
    bool operator==(const Target& other) const {
      return type == other.type && mask == other.mask &&
             (rule == nullptr) == (other.rule == nullptr) &&
             (rule == nullptr || *rule == *other.rule);
    }
  };
  std::vector<Target> targets;

  const TypeView* find(TypeNumber type) const;
  // What decides whether it shows the object. Null: it does not, whatever the object's content.
  const TypeView* covers(const ObjectName& name) const;
  // The mask through which this view shows an object of that content, or null if it is not a
  // member. Requires: the type's reach is own (else ask a ViewAt). kStoreDamaged.
  Result<const FieldMask*> shows(const ObjectName& name, const StoredRow& row) const;
  // Nothing but an object's own fields decides on it, in every type.
  bool is_own() const;
  // Hash over everything but the node: the same for all who see the same.
  Hash token() const;
  bool operator==(const View& other) const {
    return node == other.node && defaults == other.defaults && types == other.types &&
           targets == other.targets;
  }
};

Bytes encode_view(const View& view);
// The queries are read by the schema, which is of version_of_view(): kBadQuery if it does not know
// them any more, or if what missing fields read as is another: then nobody can tell what such a
// view showed. kMalformed: a rule calls a function that is not there.
Result<View> decode_view(NodeId node, std::shared_ptr<const Schema> schema,
                         const RuleFunctions* functions, BytesView bytes);

// The schema version that its queries are written by; 0: none asks for more than a whole type.
Result<uint32_t> version_of_view(BytesView bytes);

// As View::defaults.
uint64_t hash_of_defaults(const Schema& schema, const std::vector<TypeView>& types);

// The _id prefix of a node's own subscriptions.
std::string subscription_prefix(NodeId node);
// Whose it is; nullopt: not a subscription that a node could have made.
std::optional<NodeId> owner_of_subscription(const ObjectKey& key);
// Every object of the type, whole.
TypeView whole(TypeNumber type);
// The mask that hides nothing.
const FieldMask& mask_of_everything();

}  // namespace syncline
