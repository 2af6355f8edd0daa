// `syncline schema sample`: from files of documents to an app (node/sampling).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "syncline/result.h"

namespace syncline {

struct SampleOptions {
  std::vector<std::string> files;  // each the documents of one type; "-": stdin
  std::vector<std::string>
      titles;                      // of the types, in the files' order; none: named after the files
  std::optional<uint64_t> sample;  // how many documents of each; none: all
  uint64_t seed = 0;
  std::string out;
  bool replace = false;  // schemas that are there already
  bool json = false;
};
// The exit code: 1 if lines were no documents. Nothing is written unless an authority would start
// on all of it.
Result<int> sample_schema(const SampleOptions& options);

}  // namespace syncline
