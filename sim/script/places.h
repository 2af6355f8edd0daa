// What a node or the authority shows, as documents.
#pragma once

#include <map>
#include <string>

#include "sim/world/fleet.h"

namespace syncline::sim {

// By the canonical text of their _id.
using Documents = std::map<std::string, Document>;

// `node` null: the authority. confirmed: without the node's own pending. kNotFound: no such type;
// kStoreDamaged.
Result<Documents> documents_of(Fleet* fleet, NodeProcess* node, const std::string& type,
                               bool confirmed);
std::string text_of_id(const Value& id);

}  // namespace syncline::sim
