// Who belongs to the fleet: `syncline user` and `syncline node`. Each change is one transaction of
// the authority's own hand, and counts from its entry on, in sessions that are open too.
//
// Called by the authority's handler, on its thread.
#pragma once

#include "node/cli/handler.h"
#include "node/runtime/authority_daemon.h"

namespace syncline {

Result<int> handle_user(AuthorityDaemon* authority, const Request& request, const Output& output);
Result<int> handle_node(AuthorityDaemon* authority, const Request& request, const Output& output);

}  // namespace syncline
