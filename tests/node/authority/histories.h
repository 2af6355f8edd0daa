// Random histories from a seed: two devices and the operator's hand on the same few objects, with
// stale bases, refusals, removals and re-creations.
#pragma once

#include "tests/node/authority/harness.h"

namespace syncline::authority_test {

struct Writers {
  Device* boss;
  Device* clerk;
};
// Enrols, subscribes and connects them.
Writers make_writers(Site* site);
// One random step of one of them.
void live_a_step(Site* site, const Writers& writers, uint64_t random);
void live_a_history(Site* site, uint64_t seed, int steps);

}  // namespace syncline::authority_test
