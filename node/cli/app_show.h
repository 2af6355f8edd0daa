// What is deployed, for people: `syncline app show`, and what `app deploy` answers.
#pragma once

#include "node/authority/deploying.h"
#include "node/cli/handler.h"
#include "node/runtime/authority_daemon.h"

namespace syncline {

// What it changes, and what has come of it: lines, or one JSON object. `now`: what is deployed. 0.
Result<int> tell_deployment(const Deployment& deployment, const Deployed* now, bool json,
                            const Output& output);
// Schema versions with their nodes, and the deployed one's types. 0; kNotFound: nothing is
// deployed.
Result<int> show_app(const AuthorityDaemon& authority, bool json, const Output& output);

}  // namespace syncline
