// Objects of an asymmetric type beside those of an ordinary one, in turns, from one node.
#include <algorithm>

#include <fmt/format.h>

#include "node/authority/totals.h"
#include "node/bench/fleet.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {
namespace {

constexpr uint64_t kTurns = 7;
constexpr uint64_t kCountEach = 40'000;

// Offline until everything is pending and durable; then until the last is decided. Changesets a
// second.
Result<double> ingest_turn(Node* node, const std::string& type, uint64_t from) {
  SYNCLINE_TRY(node->pause());
  for (uint64_t n = from; n < from + kCountEach; ++n) {
    const bool last = n + 1 == from + kCountEach;
    Result<Receipt> receipt = node->write(last ? Durability::commit : Durability::relaxed,
                                          [&](Transaction& t) { return t.create(type, item(n)); });
    if (!receipt) return std::unexpected(receipt.error());
  }
  const auto start = Clock::now();
  SYNCLINE_TRY(node->resume());
  SYNCLINE_TRY(node->wait_for_decided(kPatience));
  return kCountEach / seconds_since(start);
}

struct Turn {
  double asymmetric, ordinary;
  double ratio() const { return asymmetric / ordinary; }
};

// All of both types are with the authority, and only the ordinary ones at the node.
Status check_outcome(Fleet* fleet, const Node& node) {
  constexpr uint64_t kCount = kTurns * kCountEach;
  SYNCLINE_ASSIGN(const std::vector<Rejection> rejections, node.rejections());
  for (const char* type : {"Item", "Reading"}) {
    const TypeDef* def = fleet->authority().deployed()->schema().type(type);
    SYNCLINE_ASSIGN(const TypeTotal total,
                    read_type_total(fleet->authority().state(), def->number));
    if (total.objects != kCount)
      return fail(ErrorCode::kInternal,
                  fmt::format("{} objects of {}, not {}", total.objects, type, kCount));
  }
  if (node.status().objects == kCount && rejections.empty()) return {};
  return fail(ErrorCode::kInternal, fmt::format("{} objects at the node, not {}; {} rejections",
                                                node.status().objects, kCount, rejections.size()));
}

}  // namespace

Status ingest_asymmetric(const Emit& emit, const Tell& tell) {
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_ASSIGN(const Enrolled enrolled, fleet->enrol(true));
  SYNCLINE_ASSIGN(Node node, Node::open(enrolled.directory));
  SYNCLINE_TRY(wait_for("the schema", [&] { return !node.types().empty(); }));
  SYNCLINE_TRY(node.wait_for_decided(kPatience));
  std::vector<Turn> turns;
  for (uint64_t turn = 0; turn < kTurns; ++turn) {
    const uint64_t from = turn * kCountEach;
    SYNCLINE_ASSIGN(const double ordinary, ingest_turn(&node, "Item", from));
    SYNCLINE_ASSIGN(const double asymmetric, ingest_turn(&node, "Reading", from));
    turns.push_back({asymmetric, ordinary});
    tell(fmt::format("ingest_asymmetric: {:.0f} changesets/s beside {:.0f}", asymmetric, ordinary));
  }
  SYNCLINE_TRY(check_outcome(fleet.get(), node));
  // What else the machine does slows both of a turn.
  std::sort(turns.begin(), turns.end(),
            [](const Turn& a, const Turn& b) { return a.ratio() < b.ratio(); });
  const Turn& middle = turns[kTurns / 2];
  emit({.name = "ingest_asymmetric",
        .value = middle.asymmetric,
        .unit = "changesets/s",
        .limit = middle.ordinary,
        .limit_of = "ingest of the same objects in an ordinary type, in turns",
        .note = fmt::format(
            "the turn with the middle ratio of {}, each of {} one-object changesets of one "
            "node of either type",
            kTurns, kCountEach)});
  return {};
}

}  // namespace syncline::bench
