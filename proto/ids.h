// Identities inside the house; those that users meet are in include/syncline/ids.h.
#pragma once

#include "proto/bytes.h"
#include "syncline/ids.h"
#include "syncline/value.h"

namespace syncline {

// Given by the authority, once and for ever; names stay out of the hot path.
using TypeNumber = Named<struct TypeNumberTag, uint32_t>;
using FieldNumber = Named<struct FieldNumberTag, uint32_t>;  // unique within its type
using LogIndex = Named<struct LogIndexTag>;                  // numbers log records, from 1
using FenceEpoch = Named<struct FenceEpochTag>;              // who may append to the log
using SessionNonce = Named<struct SessionNonceTag>;

// How far a node has integrated.
struct Cursor {
  Incarnation incarnation;
  LogSeq seq;
  Hash hash;  // of the chain at seq
  bool operator==(const Cursor&) const = default;
};

// The identity of an object within its type: order-preserving bytes of its _id, in BSON's order
// (integers, strings, uuids, objectIds). int32 5 and int64 5 are one key.
struct ObjectKey {
  Bytes bytes;
  auto operator<=>(const ObjectKey&) const = default;
};

struct ObjectName {
  TypeNumber type;
  ObjectKey key;
  auto operator<=>(const ObjectName&) const = default;
};

// Errors: kBadData for a value that cannot be an _id (only int32, int64, string of at most
// limits::kKeyBytesMax, objectId, uuid can).
Result<ObjectKey> object_key(const Value& id);
// The _id back, integers as int64. kMalformed if the bytes are no key.
Result<Value> id_of(const ObjectKey& key);

// A list element, named by the changeset that inserted it. n counts the inserts of that changeset,
// from 0.
struct ElementId {
  ChangesetName changeset;
  uint32_t n = 0;
  auto operator<=>(const ElementId&) const = default;
};

// Where an element stands among its siblings: compared as bytes. Given by the authority; the node's
// overlay makes provisional ones.
struct Position {
  Bytes bytes;
  auto operator<=>(const Position&) const = default;
};

}  // namespace syncline
