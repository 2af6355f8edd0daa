// What queries of a node cost: looking at each object, and being led by an index to a few.
#include <algorithm>

#include <fmt/format.h>

#include "node/bench/fleet.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"
#include "node/query/bind.h"
#include "node/query/evaluate.h"
#include "node/replica/keys.h"
#include "node/runtime/node_inside.h"

namespace syncline::bench {
namespace {

constexpr uint64_t kQueryObjects = 100'000;
constexpr uint64_t kQueryOwners = 1000;  // as item() has them

// The best of a few runs, in seconds: what else the machine does only adds.
template <class Run>
Result<double> best_of(int runs, const Run& run) {
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    SYNCLINE_TRY(run());
    best = std::min(best, seconds_since(start));
  }
  return best;
}

Status found(const Node& node, const std::string& text, uint64_t expected) {
  SYNCLINE_ASSIGN(const Results results, node.query("Item", text));
  SYNCLINE_ASSIGN(const uint64_t size, results.size());
  if (size == expected) return {};
  return fail(ErrorCode::kInternal,
              fmt::format("{} found {} objects, not {}", text, size, expected));
}

// The store's own walk over the rows, without looking into them.
Status walk_rows(const Node& node, TypeNumber type) {
  const Bytes prefix = node_keys::rows_of(type);
  uint64_t bytes = 0;
  auto walk = node_reader(node).scan(prefix, prefix_end(prefix));
  for (; walk->valid(); walk->next()) bytes += walk->value().size();
  SYNCLINE_TRY(walk->status());
  return bytes > 0 ? Status() : fail(ErrorCode::kInternal, "no rows");
}

// Each object decoded whole, then asked.
Status scan_whole(const Node& node, const query::BoundQuery& query) {
  query::NoObjects none;
  uint64_t matched = 0;
  SYNCLINE_TRY(
      visit_objects(node_reader(node), query.type, false, [&](const ObjectKey&, const Row& row) {
        matched += query::matches(query, row, none) ? 1 : 0;
        return true;
      }));
  return matched == kQueryObjects / kQueryOwners ? Status()
                                                 : fail(ErrorCode::kInternal, "other objects");
}

Result<double> writes_per_second(Node* node, uint64_t from) {
  constexpr uint64_t kWrites = 5'000;
  const auto start = Clock::now();
  for (uint64_t n = 0; n < kWrites; ++n) {
    auto receipt = node->write(Durability::group,
                               [&](Transaction& t) { return t.create("Item", item(from + n)); });
    if (!receipt) return std::unexpected(receipt.error());
  }
  return static_cast<double>(kWrites) / seconds_since(start);
}

Status emit_scan(const Node& node, const std::string& text, const Emit& emit) {
  const auto schema = node_schema(node);
  const TypeNumber type = schema->type("Item")->number;
  SYNCLINE_ASSIGN(const auto bound, query::bind(text, schema, type));
  constexpr int kRuns = 5;
  SYNCLINE_ASSIGN(const double rows, best_of(kRuns, [&] { return walk_rows(node, type); }));
  SYNCLINE_ASSIGN(const double whole, best_of(kRuns, [&] { return scan_whole(node, *bound); }));
  SYNCLINE_ASSIGN(const double scan,
                  best_of(kRuns, [&] { return found(node, text, kQueryObjects / kQueryOwners); }));
  const auto figure = [&](const char* name, double seconds, const char* how) {
    emit({.name = name,
          .value = kQueryObjects / seconds,
          .unit = "objects/s",
          .limit = kQueryObjects / rows,
          .limit_of = "the same rows walked and not looked into",
          .record_of = "",
          .note = fmt::format("{} objects of five fields, {}", kQueryObjects, how)});
  };
  figure("query_scan_whole", whole, "each decoded whole");
  figure("query_scan", scan, "the fields that the query reads");
  return {};
}

Status build_indexes(Node* node, const Emit& emit) {
  const auto start = Clock::now();
  SYNCLINE_TRY(node->declare_indexes({{"Item", {"owner", "seq"}},
                                      {"Item", {"seq"}},
                                      {"Item", {"value"}},
                                      {"Item", {"note"}, IndexKind::text}}));
  SYNCLINE_TRY(wait_for("the indexes", [&] {
    const auto all = node->indexes();
    return all && std::all_of(all->begin(), all->end(), [](const auto& one) { return one.ready; });
  }));
  emit({.name = "query_build",
        .value = kQueryObjects / seconds_since(start),
        .unit = "objects/s",
        .record_of = "",
        .note = "four indexes built in one go, between the steps of a node that is idle"});
  return {};
}

Status emit_looked_up(const Node& node, const char* name, const std::string& text,
                      uint64_t expected, double scanned, const Emit& emit) {
  constexpr int kRuns = 20;
  SYNCLINE_ASSIGN(const double took, best_of(kRuns, [&] { return found(node, text, expected); }));
  SYNCLINE_ASSIGN(const Results results, node.query("Item", text));
  SYNCLINE_ASSIGN(const Explanation how, results.explain());
  emit({.name = name,
        .value = took * 1000,
        .unit = "ms",
        .less_is_better = true,
        .limit = scanned * 1000,
        .limit_of = "the same query before there were indexes",
        .record_of = "",
        .note = fmt::format("{}, {} read of {}", how.plan, how.examined, kQueryObjects)});
  return {};
}

}  // namespace

Status query(const Emit& emit, const Tell& tell) {
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_TRY(fleet->fill(kQueryObjects));
  SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
  SYNCLINE_ASSIGN(Node node, Node::open(enrolled.directory));
  tell("  the objects come to the node");
  SYNCLINE_TRY(node.wait_for_download(kPatience));
  SYNCLINE_TRY(node.pause());
  struct Case {
    const char* name;
    std::string text;
    uint64_t found;
  };
  const Case cases[] = {
      {"query_equal", "owner == 'owner-0000000007'", kQueryObjects / kQueryOwners},
      {"query_range", "seq >= 5000 AND seq < 5100", 100},
      {"query_first", "TRUEPREDICATE SORT(value DESC) LIMIT(20)", 20},
      {"query_compound", "owner == 'owner-0000000007' SORT(seq DESC) LIMIT(20)", 20},
  };
  SYNCLINE_TRY(emit_scan(node, cases[0].text, emit));
  std::vector<double> scanned;
  for (const Case& one : cases) {
    SYNCLINE_ASSIGN(scanned.emplace_back(),
                    best_of(5, [&] { return found(node, one.text, one.found); }));
  }
  SYNCLINE_TRY(build_indexes(&node, emit));
  for (size_t i = 0; i < std::size(cases); ++i)
    SYNCLINE_TRY(
        emit_looked_up(node, cases[i].name, cases[i].text, cases[i].found, scanned[i], emit));
  SYNCLINE_ASSIGN(const double indexed, writes_per_second(&node, 2 * kQueryObjects));
  SYNCLINE_TRY(node.declare_indexes({}));
  SYNCLINE_ASSIGN(const double plain, writes_per_second(&node, 3 * kQueryObjects));
  emit({.name = "query_write",
        .value = indexed,
        .unit = "objects/s",
        .limit = plain,
        .limit_of = "the same writes without indexes",
        .record_of = "",
        .note = "one object a transaction, four indexes"});
  return {};
}

}  // namespace syncline::bench
