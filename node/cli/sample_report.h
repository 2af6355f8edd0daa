// What `schema sample` tells: for people and as JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "node/cli/document_text.h"
#include "node/sampling/infer.h"

namespace syncline {

// Lines that were no documents, of one kind.
struct UnreadableLines {
  std::string kind;
  uint64_t count = 0;
  std::vector<std::string> first;  // "FILE:17:5: text; remedy"
};

struct SampleReport {
  struct Type {
    std::string file;
    const sampling::SampledType* type = nullptr;
    std::vector<UnreadableLines> unreadable;
  };
  std::vector<Type> types;
  std::string directory;
  std::vector<std::string> written;  // paths in the directory
  bool new_app = false;
};

nlohmann::json to_json(const SampleReport& report);
std::string to_text(const SampleReport& report);

}  // namespace syncline
