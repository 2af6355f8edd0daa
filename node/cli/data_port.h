// DataPort: objects by name, whether a node or an authority holds them. What the data commands are
// written on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/replica/index_search.h"
#include "node/replica/user_operation.h"
#include "node/runtime/authority_daemon.h"
#include "syncline/node.h"

namespace syncline {

// How long apply waits.
enum class WaitFor : uint8_t { queued, durable, decided };

class DataPort {
 public:
  virtual ~DataPort() = default;
  virtual Result<std::shared_ptr<const Schema>> schema() const = 0;
  // All of it as one transaction. nullopt: all is so already. An Error: nothing was written.
  virtual Result<std::optional<ReceiptStatus>> write(const std::vector<UserOperation>& operations,
                                                     bool all_or_nothing, WaitFor wait,
                                                     std::chrono::milliseconds timeout) = 0;
  virtual Result<std::optional<Row>> get(const ObjectName& name) const = 0;
  // In order of _id, on one snapshot, until `visit` says false. confirmed: without what is pending.
  virtual Status each(TypeNumber type, bool confirmed,
                      const std::function<bool(const Row&)>& visit) const = 0;

  // What matches, in the order of _id (index_search.h says of what some may be left out), on one
  // snapshot, until `visit` says false. source: where links lead.
  virtual Status matching(const query::BoundQuery& query, query::ObjectSource& source,
                          const std::function<bool(const FoundObject&)>& visit,
                          SearchCost* cost) const = 0;

  // kUsage: nothing of the type can be read here.
  virtual Status can_read(const TypeDef& type) const = 0;

  Result<const TypeDef*> type_of(const Schema& schema, const std::string& name) const;
  Result<const TypeDef*> readable_type_of(const Schema& schema, const std::string& name) const;
};

std::unique_ptr<DataPort> make_data_port(Node* node);
std::unique_ptr<DataPort> make_data_port(AuthorityDaemon* authority);

// BLAKE2b-256 over canonical Extended JSON lines, types by name, objects by _id (docs/cli.md: state
// hash).
Result<std::string> hash_of_objects(const DataPort& port, const std::string& type);

}  // namespace syncline
