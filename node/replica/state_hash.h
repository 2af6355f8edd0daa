// The lines that a state hash is over: `export --confirmed` prints the same. Any thread.
#pragma once

#include <array>
#include <string>

#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

// One object: its document in Extended JSON's exact form (canonical, dates as seconds and
// nanoseconds), keys sorted, without a line's end.
std::string state_line(const Schema& schema, TypeNumber type, const Row& row);

// BLAKE2b-256 over such lines, each with its end. Add objects by type name, then by _id.
class StateHasher {
 public:
  StateHasher();
  void add(const Schema& schema, TypeNumber type, const Row& row);
  Hash finish();

 private:
  alignas(64) std::array<unsigned char, 512> state_;  // crypto_generichash_state
};

}  // namespace syncline
