// Uploads: pending changesets on their way to the authority, in order, within its credit.
//
// Nothing is sent before it is synced. What is sent are the very bytes that were encoded at the
// commit. Everything stays pending until its decision is integrated.
//
// What a Welcome says to be decided is not sent: its decisions come with the deltas up to the
// Welcome's head. Some decisions make no entry (a clone's name, a gap): those are told once, beside
// the entries, and may be lost with their connection. So what is still pending at the Welcome's
// head is offered again, and the authority answers it again.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// After Welcome: from the oldest pending changeset on, without those that it says are decided.
// Pending of other epochs than the one it names is offered again; the authority passes over what it
// knows.
Status start_uploads(ReplicaStep* step, const Welcome& welcome);
// The node has come into the session's log: what was held back goes out, from the next step on
// (what was taken back is in the store by then).
void release_uploads(ReplicaStep* step);
Status on_uploads_timeout(ReplicaStep* step);
void on_upload_credit(ReplicaStep* step, const UploadCredit& credit);
// Sends what may be sent now. Called at the end of every step.
Status send_uploads(ReplicaStep* step);

}  // namespace syncline
