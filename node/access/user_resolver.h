// UserResolver: what %%user... stands for. Called by policy.cc.
#pragma once

#include <string>
#include <vector>

#include "node/access/expression.h"
#include "node/access/policy.h"

namespace syncline {

class UserResolver final : public Resolver {
 public:
  // Copies what it needs.
  explicit UserResolver(const User& user);
  // A number in a path counts into a list: %%user.identities.0.id.
  const Value* user(const std::vector<std::string>& path) const override;
  // There is no document when a role is chosen.
  const Value* field(size_t index) const override;

 private:
  Value id_;
  Value type_;
  Value data_;
  Value custom_data_;
  Value identities_;
};

}  // namespace syncline
