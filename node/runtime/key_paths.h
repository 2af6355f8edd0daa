// KeyPaths: of a modified object, whether what is to be told of it changed. Immutable; any thread.
#pragma once

#include <string>
#include <vector>

#include "proto/object.h"
#include "proto/schema.h"

namespace syncline {

class KeyPaths {
 public:
  // "title", "place.room": fields of the type and of what is embedded in it. None: everything is to
  // be told. kBadQuery: no such field, or it leads beyond the object.
  static Result<KeyPaths> parse(const Schema& schema, const TypeDef& type,
                                const std::vector<std::string>& paths);
  // Whether one of them looks different.
  bool differ(const Row& before, const Row& after) const;

 private:
  std::vector<Path> paths_;
};

}  // namespace syncline
