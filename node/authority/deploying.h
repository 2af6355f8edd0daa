// Deploying an app: what the authority's own hand writes, or why not.
//
//   SYNCLINE_ASSIGN(Deployment deployment, plan_deployment(files, now, setting, functions));
//   draft.put(system_type::kApp, deployment.record);
//
// A deployment is one entry, and counts from its place in the log on. Of the schema it takes what
// devices and documents go on with as they are; what they could not is refused, whole. Pure; any
// thread.
#pragma once

#include <memory>
#include <vector>

#include "node/authority/directory.h"
#include "node/model/schema_change.h"

namespace syncline {

struct Deployment {
  Document record;                    // of type system_type::kApp
  std::vector<SchemaChange> changes;  // of the schema; none by the first deployment
};

// `now`: what is deployed; null: nothing yet. kBadApp: the first thing that is wrong with it.
// kRefused: the schema changes in a way that breaks devices: which, and what to do instead.
Result<Deployment> plan_deployment(const AppFiles& files, const Deployed* now,
                                   RolesWithoutFilters setting,
                                   std::shared_ptr<const RuleFunctions> functions = nullptr);

}  // namespace syncline
