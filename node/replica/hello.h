// Sessions from the node's side: greeting, being welcomed, being sent away, and trying again.
//
// Greetings are repeated with exponential backoff until a delta is integrated; there is one timer
// for it, "hello". A goodbye without retry, a fork or another protocol version ends that until
// Resume or another connection: so that a fleet comes back by itself once the authority is mended.
#pragma once

#include "node/replica/state.h"

namespace syncline {

void on_connected(ReplicaStep* step);
void on_disconnected(ReplicaStep* step, std::optional<Error> why);
void on_hello_timeout(ReplicaStep* step);
void on_pause(ReplicaStep* step);
void on_resume(ReplicaStep* step);

Status on_welcome(ReplicaStep* step, const Welcome& welcome);
Status on_rights(ReplicaStep* step, const Rights& rights);
// The types that the code knows, all of them.
void on_declare_types(ReplicaStep* step, DeclaredSchema declared);
void on_hello_again(ReplicaStep* step, const HelloAgain& again);
void on_goodbye(ReplicaStep* step, const Goodbye& goodbye);

// The session is of no use any more: forgets it, tells why, and greets again when the backoff
// allows. distrust: what the node holds and what the authority thinks it holds differ; the next
// Hello shows no token.
void greet_again(ReplicaStep* step, std::optional<Error> why, bool distrust);
// The session ends and is not tried again until Resume or another connection.
void end_session(ReplicaStep* step, Error why);

// The wait before attempt n (from 0), without its jitter.
int64_t hello_backoff_ms(uint32_t attempts);

}  // namespace syncline
