// What a node stands on, given by hand: for tests and for runs under the thread sanitizer, which
// sees neither into libzmq nor into librocksdb. Node::open() is this with RocksDB and ZeroMQ.
#pragma once

#include <memory>

#include "node/runtime/store_directory.h"
#include "node/runtime/transport.h"
#include "storage/store.h"
#include "syncline/node.h"

namespace syncline {

struct NodeParts {
  StoreDirectory directory;  // its files are not looked at
  std::unique_ptr<Store> store;
  std::unique_ptr<ClientTransport> transport;
};

Result<Node> open_node(NodeParts parts, NodeOptions options = {});

}  // namespace syncline
