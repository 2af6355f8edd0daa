#include "node/driver/authority_draft.h"

#include "node/authority/stored_object.h"
#include "node/replica/draft_over.h"

namespace syncline {
namespace {

// What an authority without an app can write: the system types.
std::shared_ptr<const Schema> system_schema() {
  static const auto schema = std::make_shared<const Schema>(Schema{0, 1, system_types()});
  return schema;
}

}  // namespace

Draft authority_draft(const Authority& authority, const Store& state) {
  std::shared_ptr<const Deployed> deployed = authority.deployed();
  std::shared_ptr<const Schema> schema =
      deployed == nullptr ? system_schema()
                          : std::shared_ptr<const Schema>(deployed, &deployed->schema());
  return draft_over(std::move(schema), authority.next_own_name(), authority.committed(),
                    [&state](const ObjectName& name) -> Result<std::optional<Row>> {
                      return read_row(state, name);
                    });
}

}  // namespace syncline
