// The journal: refused operations, and those superseded by a reset, with their content, until their
// author retries or discards them. Survives restarts; nothing leaves it by itself.
#pragma once

#include "node/replica/state.h"

namespace syncline {

// What of the changeset goes to the journal by the decision: nullopt if nothing does.
std::optional<JournalRecord> journal_record(const Decision& decision, const Changeset& changeset,
                                            int64_t wall_ms);

// Adds the record to the step's batch and notices.
void write_journal(ReplicaStep* step, JournalRecord record);

// kNotFound: no such record.
Status discard_journal(ReplicaStep* step, const ChangesetName& name);
// Commits the journalled operations on today's state, under the next name; their record goes with
// the same batch. Element ids that they would have created are named anew.
Result<ChangesetName> retry_journal(ReplicaStep* step, const ChangesetName& name);

// What the journal has of the changeset goes, if it has something: it is pending again.
Status withdraw_journal(ReplicaStep* step, const ChangesetName& name);

Result<uint64_t> count_journal(const Reader& reader);

}  // namespace syncline
