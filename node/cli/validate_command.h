// `syncline schema validate`: which documents of a file violate a type's schema, and how.
#pragma once

#include <string>

#include "syncline/result.h"

namespace syncline {

struct ValidateOptions {
  std::string app;
  std::string type;
  std::string data;  // "-": stdin
  bool json = false;
};
// The exit code: 1 if a document would not be taken.
Result<int> validate_documents(const ValidateOptions& options);

}  // namespace syncline
