// `syncline watch`: what changes in a node's store, a line each, as it changes.
#pragma once

#include "node/cli/handler.h"

namespace syncline {

// Ends with its reader, or with an error of the query.
Result<int> watch(Node* node, const Request& request, const Output& output);

}  // namespace syncline
