// The first line as a query, the others as objects, Extended JSON: evaluates, sorts and cuts
// without fault; index terms never miss what matches.
#include <algorithm>
#include <cstdint>

#include "node/model/documents.h"
#include "node/query/index_terms.h"
#include "node/query/run.h"
#include "proto/check.h"
#include "proto/extended_json.h"
#include "tests/fuzz/query_schema.h"

namespace {

using namespace syncline;

std::vector<std::shared_ptr<const Row>> rows_of(std::string_view text) {
  std::vector<std::shared_ptr<const Row>> rows;
  constexpr size_t kRowsMax = 50;
  while (!text.empty() && rows.size() < kRowsMax) {
    const size_t end = std::min(text.find('\n'), text.size());
    const Result<Value> value = parse_extended_json(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!value || !value->is<Document>()) continue;
    Result<ObjectDocument> object =
        object_of_document(*fuzz_schema(), kFuzzType, value->get<Document>(), {});
    if (!object) continue;
    auto row = std::make_shared<Row>();
    row->id = std::move(object->id);
    row->fields = std::move(object->fields);
    rows.push_back(std::move(row));
  }
  return rows;
}

// The rows of one type, which link to each other.
class Rows : public query::ObjectSource {
 public:
  explicit Rows(const std::vector<std::shared_ptr<const Row>>& rows) : rows_(rows) {}
  std::shared_ptr<const Row> find(TypeNumber, const ObjectKey& key) override {
    for (const auto& row : rows_) {
      const Result<ObjectKey> own = object_key(row->id);
      if (own && *own == key) return row;
    }
    return nullptr;
  }
  void visit_backlinks(TypeNumber, FieldNumber, TypeNumber, const ObjectKey&,
                       Visit visit) override {
    for (const auto& row : rows_)
      if (!visit(row)) return;
  }

 private:
  const std::vector<std::shared_ptr<const Row>>& rows_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // Backlinks of backlinks of all rows are all of them each time: a few steps are many objects.
  constexpr size_t kQueryMax = 2'000;
  const size_t line = std::min(input.find('\n'), input.size());
  if (line > kQueryMax) return 0;
  const auto bound = query::bind(input.substr(0, line), fuzz_schema(), kFuzzType, fuzz_bindings());
  if (!bound || (*bound)->reads.depth() > 2) return 0;
  const std::vector<std::shared_ptr<const Row>> rows =
      rows_of(input.substr(std::min(line + 1, input.size())));
  Rows source(rows);
  query::Run run(*bound, source);
  for (const auto& row : rows)
    if (!run.take(row)) break;
  CHECK(run.finish().size() <= run.matched(), "nothing that does not match");
  const query::IndexTerms terms = query::index_terms(**bound, query::TermKinds::all);
  for (const auto& row : rows) {
    if (!query::matches(**bound, *row, source)) continue;
    const bool found =
        std::any_of(terms.branches.begin(), terms.branches.end(), [&](const query::Branch& branch) {
          return std::all_of(branch.begin(), branch.end(), [&](const query::Term& term) {
            return query::holds(term, query::index_keys(*fuzz_schema(), kFuzzType, term.path,
                                                        {&row->id, &row->fields}));
          });
        });
    CHECK(found, "what matches is found under its terms");
  }
  return 0;
}
