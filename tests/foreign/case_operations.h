// Instructions of a foreign case as operations of a scenario.
#pragma once

#include "tests/foreign/case_schema.h"

namespace syncline::foreign {

// The operations that do what the instruction does; none for those of the schema. Names of
// instructions are taken in any case, with or without underscores. kNotSupported: it erases schema,
// or is of a kind that is not known; the text says which.
Result<List> operations_of(const CaseSchema& schema, const Document& instruction);
// A new object with the fields named, the others as the predecessor starts them.
List creation_of(const Table& table, const CaseSchema& schema, const Document& object);
}  // namespace syncline::foreign
