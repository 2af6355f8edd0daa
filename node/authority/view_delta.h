// The one view delta: what a node must be told of one object, given what it had and what its view
// shows now.
//
// Live fan-out, reconnect, bootstrap, a changed subscription or role, a new schema version: every
// byte of an object that leaves the authority comes out of view_delta(). There is no second path
// (tests/node/authority/one_path_test.cc). Pure; any thread.
#pragma once

#include <optional>

#include "node/authority/view.h"
#include "proto/codec.h"

namespace syncline {

// What the node has of the object.
struct Before {
  enum class Kind : uint8_t {
    absent,  // nothing, for certain
    held,    // possibly something, of unknown content
    known,   // the projection under `mask` of the object as it was before `changes`
  };
  Kind kind = Kind::absent;
  const FieldMask* mask = nullptr;  // known
};

// What its view shows now. row null: nothing (gone, or not a member).
struct After {
  const Bytes* row = nullptr;  // encoded Row, unprojected
  const FieldMask* mask = nullptr;
  const std::vector<Effect>* changes =
      nullptr;  // known before: what happened since, unprojected; null: nothing did
};

// The encoded ObjectDelta, or nothing to tell. kStoreDamaged if the row does not decode.
Result<std::optional<Bytes>> view_delta(const ObjectName& object, LogSeq seq, const Before& before,
                                        const After& after);

}  // namespace syncline
