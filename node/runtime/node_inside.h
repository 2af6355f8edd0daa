// What the command line needs of a node beyond its public face: rows instead of documents. Any
// thread.
#pragma once

#include "node/replica/replica.h"
#include "syncline/node.h"

namespace syncline {

std::shared_ptr<const Schema> node_schema(const Node& node);  // null: none yet
const Reader& node_reader(const Node& node);
std::unique_ptr<Reader> node_snapshot(const Node& node);

}  // namespace syncline
