// Uploads: pending changesets on their way to the authority, in order, within its credit.
//
// Nothing is sent before it is synced. What is sent are the very bytes that were encoded at the
// commit. Everything stays pending until its decision is integrated.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// After Welcome: from the oldest pending changeset on, without those that the authority said it
// has. Pending of other epochs than the one it named is offered again; it passes over what it
// knows.
Status start_uploads(ReplicaStep* step);
void on_upload_credit(ReplicaStep* step, const UploadCredit& credit);
// Sends what may be sent now. Called at the end of every step.
Status send_uploads(ReplicaStep* step);

}  // namespace syncline
