// `rules explain`: what the rules give one user of one object, and why: the role and those before
// it, what is read, what a write of a field would come to. For who may see everything: on loose
// files, or for the operator of an authority.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/access/policy.h"
#include "node/cli/handler.h"

namespace syncline {

struct ExplainOptions {
  std::string app;                // loose files
  std::vector<std::string> data;  // "TYPE=FILE"
  std::string user;
  std::string user_data;            // %%user.data; JSON, may be empty
  std::string custom_data;          // instead of what the custom user data collection has
  std::string object;               // TYPE/ID
  std::vector<std::string> writes;  // "FIELD=JSON"
  bool json = false;
};

struct ExplainQuestion {
  const App* app = nullptr;
  const Policy* policy = nullptr;
  User user;
  std::string object;  // as it was asked for
  const TypeDef* type = nullptr;
  Row row;
  std::vector<std::string> writes;  // "FIELD=JSON"
  bool json = false;
};

// Exit 0: the object is read, and every write asked for is allowed; 1: not. kBadData, kUsage: a
// write that is none.
Result<int> tell_explanation(const ExplainQuestion& question, const Output& output);
// kNotFound: the files have no such object.
Result<int> explain_files(const ExplainOptions& options, const Output& output);

}  // namespace syncline
