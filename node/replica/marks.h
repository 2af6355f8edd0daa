// Marks: is everything here that the authority had committed when it was asked?
//
// One question is under way in a session. Those who ask meanwhile wait for the next: what is
// committed since the first was sent need not be in its answer. A lost connection loses the
// question, not who waits: the next session asks again.
#pragma once

#include "node/replica/state.h"

namespace syncline {

void on_ask_mark(ReplicaStep* step);
// kMalformed: the answer to nothing that was asked.
Status on_marked(ReplicaStep* step, const Marked& marked);
// Asks if somebody waits and nothing is under way. Called at the end of every step.
void send_mark(ReplicaStep* step);

}  // namespace syncline
