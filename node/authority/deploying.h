// Deploying an app: what the authority's own hand writes, or why not.
//
//   SYNCLINE_ASSIGN(Deployment deployment, plan_deployment(files, now, setting, functions));
//   draft.put(system_type::kApp, deployment.record);
//
// A deployment is one entry, and counts from its place in the log on. Of the schema it takes what
// devices and documents go on with as they are. What they could not go on with is a new schema
// version, by a migration that the files bring along: it is kept as the next one until every object
// has its fields (adopting.cc), and older versions stay in force beside it. Anything else that
// breaks devices is refused, whole. Pure; any thread.
#pragma once

#include <memory>
#include <vector>

#include "node/authority/directory.h"
#include "node/model/schema_change.h"

namespace syncline {

struct Deployment {
  Document record;                    // of type system_type::kApp
  std::vector<SchemaChange> changes;  // of the schema; none by the first deployment
  // Of which schema version the files are, and which was deployed; 0: none. Another one: it is made
  // ready first.
  uint32_t version = 1;
  uint32_t deployed_version = 0;
  std::vector<std::string> losses;  // of the migration (Migration::losses)
  // What it was planned on: guards for the changeset that writes it.
  std::vector<Guard> planned_on;
  bool begins_version() const { return deployed_version != 0 && version != deployed_version; }
};

// The least number that a deployment gives to a new type or field, in a log restored so often.
uint32_t numbers_from(size_t restores);

// `now`: what is deployed; null: nothing yet. restores: how often the log was restored: what was
// deployed in a log that is lost gave numbers and a version, which are not given again, for nodes
// may have written by them. kBadApp: the first thing that is wrong with it.
// kRefused: the schema changes in a way that breaks devices and no migration explains: which, and
// what to do instead; or the version is not the deployed one or the next.
Result<Deployment> plan_deployment(const AppFiles& files, const Deployed* now,
                                   RolesWithoutFilters setting,
                                   std::shared_ptr<const RuleFunctions> functions = nullptr,
                                   size_t restores = 0);

// Of what changes what is deployed: nothing of it stands if another deployment came between. Null:
// nothing is deployed yet.
std::vector<Guard> guards_on(const Deployed* now);

// What puts the next version in force: it becomes the deployed one, and that one an older one. Each
// record with its _id; the record of the next is to be removed. Requires: there is a next one.
std::vector<Document> put_in_force(const Deployed& now);
// Why the version cannot be ended, for a person; nullopt: its record is to be removed.
std::optional<std::string> object_to_ending(const Deployed& now, uint32_t version);

}  // namespace syncline
