// LooseObjects: documents from files, one a line, as objects that queries can ask.
//
// Values are Extended JSON and {"$numberFloat"}, {"$link": {"table", "_key"}}, {"$dict": {}},
// {"$set": []}. A link names an object by the `_key` that its line has, by its key, or by its line
// from 0. All of it is held in memory. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/cli/loose_schema.h"
#include "node/query/backlink_table.h"
#include "node/query/evaluate.h"

namespace syncline {

struct LooseObject {
  std::shared_ptr<const Row> row;  // shared with the evaluator
  std::string line;                // as it stands in the file
};

class LooseObjects : public query::ObjectSource {
 public:
  // Requires: the schema outlives it.
  explicit LooseObjects(const Schema& schema) : schema_(schema) {}

  // Adds the documents of a file. Once for each type; link() comes after the last. kBadData with
  // the line; kNotFound: there is no such type.
  Status add(const std::string& type, std::string_view text);
  // Makes objects of all of them. kBadData: a value that is not as its wrapper says.
  Status link();

  const std::vector<LooseObject>& of(TypeNumber type) const;

  // A value of these files as bindings want it for an argument: a link becomes an object reference.
  Result<Value> argument(const Value& value) const;

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override;
  void visit_backlinks(TypeNumber origin, FieldNumber field, TypeNumber target,
                       const ObjectKey& key, Visit visit) override;

 private:
  struct Lines {
    std::vector<Document> documents;
    std::vector<std::string> lines;
    std::map<int64_t, size_t> by_given_key;  // "_key" of the line
    std::map<Bytes, size_t> by_key;          // encoded ObjectKey
    std::vector<LooseObject> objects;
  };
  friend class LooseReader;

  // The line that the link's _key names.
  std::optional<size_t> target_of(const TypeDef& type, const Value& key) const;
  Value id_of_line(const TypeDef& type, size_t line) const;

  const Schema& schema_;
  std::map<TypeNumber, Lines> types_;
  query::BacklinkTable backlinks_;
};

}  // namespace syncline
