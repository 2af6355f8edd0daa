#include "node/authority/new_elements.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline {
namespace {

class NewElements {
 public:
  explicit NewElements(const ChangesetName& name) : name_(name) {}

  void collect(const Operation& operation) {
    ordinal_ = operation.ordinal;
    if (operation.kind == OperationKind::insert && !operation.path.empty())
      collect(operation.path.back());
    if (operation.item) collect(*operation.item);
  }

  Status check() {
    if (stranger_)
      return fail(ErrorCode::kMalformed,
                  fmt::format("operation {} creates a list element under the name of changeset {}",
                              stranger_->second, to_string(stranger_->first)));
    std::sort(numbers_.begin(), numbers_.end());
    const auto twice = std::adjacent_find(numbers_.begin(), numbers_.end());
    if (twice == numbers_.end()) return {};
    return fail(ErrorCode::kMalformed, fmt::format("list element {} is created twice", *twice));
  }

 private:
  void collect(const Step& step) {
    const auto* id = std::get_if<ElementId>(&step);
    if (id == nullptr) return;
    if (id->changeset != name_ && !stranger_) stranger_ = {id->changeset, ordinal_};
    numbers_.push_back(id->n);
  }
  // All that is in a value is new with it. As deep as decoding allows.
  void collect(const Item& item) {
    const Scope* scope = item.scope();
    if (scope == nullptr) return;
    for (const Child& child : scope->children) {
      collect(child.step);
      collect(child.item);
    }
  }

  const ChangesetName& name_;
  uint32_t ordinal_ = 0;
  std::optional<std::pair<ChangesetName, uint32_t>> stranger_;
  std::vector<uint32_t> numbers_;
};

}  // namespace

Status check_new_elements(const Changeset& changeset, const ChangesetName& name) {
  NewElements elements(name);
  for (const Group& group : changeset.groups)
    for (const Operation& operation : group.operations) elements.collect(operation);
  return elements.check();
}

}  // namespace syncline
