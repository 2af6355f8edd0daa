// What several oracles ask of rows: where two differ, and whether a node holds what its view shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/oracles/oracle.h"

namespace syncline::sim {

// The top-level steps at which the two differ, sorted; absent is empty.
std::vector<Step> changed_steps(const Row* before, const Row* after);
// "Thing 3a41": for a person who looks for it.
std::string title_of(const Grounds& grounds, const ObjectName& object);

// What the entry's author wrote, as the schema in force at it reads that: what lay outside an
// earlier schema may be a declared field's now.
Result<Changeset> changeset_of(const Grounds& grounds, const Entry& entry);

// What the entry decided, as its author is to be told.
Decision decided_by(const Entry& entry);

// What is wrong with the confirmed objects that the node holds, against that log at that entry as
// its view of the entry `view_at` shows it; nullopt: nothing. only: look at these objects alone;
// null: at everything it holds.
std::optional<std::string> difference(const Grounds& grounds, const NodeProcess& node,
                                      Incarnation log, LogSeq at, LogSeq view_at,
                                      const std::vector<ObjectName>* only);

// The object's type as it is judged; null: no version has it.
const Schema* judging_schema(const Deployed& deployed, TypeNumber type);

// The object as rules are asked about it: without the fields of other schema versions, but those of a
// new object that its author wrote.
Row as_judged(const Deployed& deployed, const Group& group, bool is_new, Row row);

}  // namespace syncline::sim
