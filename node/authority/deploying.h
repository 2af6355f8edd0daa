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
  // What it was planned on: a guard for the changeset that writes it.
  Guard planned_on;
};

// The least number that a deployment gives to a new type or field, in a log restored so often.
uint32_t numbers_from(size_t restores);

// `now`: what is deployed; null: nothing yet. restores: how often the log was restored: what was
// deployed in a log that is lost gave numbers and a version, which are not given again, for nodes
// may have written by them. kBadApp: the first thing that is wrong with it.
// kRefused: the schema changes in a way that breaks devices: which, and what to do instead.
Result<Deployment> plan_deployment(const AppFiles& files, const Deployed* now,
                                   RolesWithoutFilters setting,
                                   std::shared_ptr<const RuleFunctions> functions = nullptr,
                                   size_t restores = 0);

}  // namespace syncline
