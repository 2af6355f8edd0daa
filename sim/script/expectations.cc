#include "sim/script/expectations.h"

#include <fmt/format.h>

#include "node/replica/replica.h"
#include "sim/script/compare.h"

namespace syncline::sim {
namespace {

std::string shown(const Bounds& bounds) {
  if (bounds.at_least == bounds.at_most) return std::to_string(bounds.at_least);
  if (bounds.at_most == INT64_MAX) return fmt::format("at least {}", bounds.at_least);
  if (bounds.at_least == 0) return fmt::format("at most {}", bounds.at_most);
  return fmt::format("{} to {}", bounds.at_least, bounds.at_most);
}

void check(const std::optional<Bounds>& bounds, uint64_t got, std::string_view what,
           std::vector<std::string>* lines) {
  if (!bounds) return;
  const auto number = static_cast<int64_t>(got);
  if (number >= bounds->at_least && number <= bounds->at_most) return;
  lines->push_back(fmt::format("{}: expected {}, got {}", what, shown(*bounds), got));
}

// Are objects there, for links to them? Reads each type once.
class Presence {
 public:
  Presence(Stage* stage, NodeProcess* node, bool confirmed)
      : stage_(stage), node_(node), confirmed_(confirmed) {}
  bool operator()(TypeNumber type, const Value& id) {
    auto known = types_.find(type);
    if (known == types_.end()) {
      Result<Documents> documents =
          documents_of(&stage_->fleet, node_, stage_->fleet.schema().type(type)->name, confirmed_);
      known = types_.emplace(type, documents ? std::move(*documents) : Documents()).first;
    }
    return known->second.contains(text_of_id(id));
  }

 private:
  Stage* stage_;
  NodeProcess* node_;
  bool confirmed_;
  std::map<TypeNumber, Documents> types_;
};

std::string_view name_of_verdict(Verdict verdict) {
  return verdict == Verdict::refused      ? "refused"
         : verdict == Verdict::superseded ? "superseded"
                                          : "applied";
}

// What became of one operation of a commit: the worst of what it became.
const Outcome* worst_of(const std::vector<Outcome>& outcomes,
                        std::pair<uint32_t, uint32_t> ordinals) {
  const Outcome* worst = nullptr;
  for (const Outcome& outcome : outcomes) {
    if (outcome.ordinal < ordinals.first || outcome.ordinal >= ordinals.second) continue;
    if (outcome.verdict == Verdict::applied) continue;
    if (worst == nullptr || outcome.verdict == Verdict::refused) worst = &outcome;
  }
  return worst;
}

std::string shown(const Outcome* outcome) {
  if (outcome == nullptr) return "applied";
  if (outcome->verdict == Verdict::superseded) return "superseded";
  return fmt::format("refused for {} ({})", name_of(outcome->reason), outcome->text);
}

void check_outcome(const step::ExpectedOutcome& wanted, const Outcome* got,
                   const std::string& commit, std::vector<std::string>* lines) {
  const std::string_view verdict = got == nullptr ? "applied" : name_of_verdict(got->verdict);
  const bool reason = wanted.reason.empty() ||
                      (got != nullptr && name_of(got->reason) == std::string_view(wanted.reason));
  const bool text = wanted.text_has.empty() ||
                    (got != nullptr && got->text.find(wanted.text_has) != std::string::npos);
  if ((wanted.verdict.empty() || wanted.verdict == verdict) && reason && text) return;
  lines->push_back(fmt::format("operation {} of {}: expected {}{}{}, got {}", wanted.operation,
                               commit, wanted.verdict.empty() ? "an outcome" : wanted.verdict,
                               wanted.reason.empty() ? "" : " for " + wanted.reason,
                               wanted.text_has.empty() ? "" : " saying \"" + wanted.text_has + "\"",
                               shown(got)));
}

struct Fate {
  std::string state;
  std::vector<Outcome> outcomes;
};

// As its writer knows it; the authority's own as the log has it.
Result<Fate> fate_of(Stage* stage, const LabelledCommit& commit) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->place(commit.node));
  if (node == nullptr) {
    const Entry* entry = stage->fleet.history.entry_of(*commit.name);
    if (entry == nullptr) return Fate{"queued", {}};
    const DecisionState state = state_of(entry->outcomes);
    return Fate{state == DecisionState::refused      ? "refused"
                : state == DecisionState::superseded ? "superseded"
                                                     : "committed",
                entry->outcomes};
  }
  SYNCLINE_ASSIGN(std::optional<ReceiptRecord> receipt, read_receipt(node->disk(), *commit.name));
  if (!receipt) return Fate{"unknown to its node", {}};
  return Fate{std::string(name_of(receipt->state)), receipt->outcomes};
}

}  // namespace

Lines look(Stage* stage, const step::ExpectObjects& expect) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->place(expect.place));
  Comparison how{&stage->fleet.schema(), expect.named, {}};
  if (expect.unresolved_as_null) how.resolves = Presence(stage, node, expect.confirmed);
  std::vector<std::string> lines;
  for (const auto& [type, documents] : expect.types) {
    SYNCLINE_ASSIGN(Documents got, documents_of(&stage->fleet, node, type, expect.confirmed));
    SYNCLINE_ASSIGN(std::vector<std::string> more, differences(how, type, documents, got));
    for (std::string& line : more) lines.push_back(expect.place + ": " + std::move(line));
  }
  return lines;
}

Lines look(Stage* stage, const step::ExpectObject& expect) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->place(expect.place));
  SYNCLINE_ASSIGN(Documents got, documents_of(&stage->fleet, node, expect.type, expect.confirmed));
  std::erase_if(got, [&](const auto& one) { return one.first != text_of_id(expect.id); });
  std::vector<Document> wanted;
  if (expect.is) wanted.push_back(*expect.is);
  SYNCLINE_ASSIGN(std::vector<std::string> lines,
                  differences({&stage->fleet.schema(), false, {}}, expect.type, wanted, got));
  for (std::string& line : lines) line = expect.place + ": " + line;
  return lines;
}

Lines look(Stage* stage, const step::ExpectCounts& expect) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->place(expect.place));
  std::vector<std::string> lines;
  for (const auto& [type, bounds] : expect.types) {
    SYNCLINE_ASSIGN(Documents got, documents_of(&stage->fleet, node, type, false));
    check(bounds, got.size(), fmt::format("{}: objects of {}", expect.place, type), &lines);
  }
  return lines;
}

Lines look(Stage* stage, const step::ExpectCommit& expect) {
  SYNCLINE_ASSIGN(const LabelledCommit* commit, stage->commit(expect.label));
  std::vector<std::string> lines;
  if (!commit->name) {
    lines.push_back(fmt::format("{}: expected {}, got nothing: it changed nothing", expect.label,
                                expect.state.empty() ? "a changeset" : expect.state));
    return lines;
  }
  SYNCLINE_ASSIGN(Fate fate, fate_of(stage, *commit));
  if (!expect.state.empty() && expect.state != fate.state)
    lines.push_back(fmt::format("{}: expected {}, got {}", expect.label, expect.state, fate.state));
  for (const step::ExpectedOutcome& outcome : expect.outcomes) {
    if (outcome.operation >= commit->ordinals.size())
      return fail(ErrorCode::kUsage, fmt::format("the commit {} has {} operations", expect.label,
                                                 commit->ordinals.size()));
    check_outcome(outcome, worst_of(fate.outcomes, commit->ordinals[outcome.operation]),
                  expect.label, &lines);
  }
  return lines;
}

Lines look(Stage* stage, const step::ExpectStatus& expect) {
  SYNCLINE_ASSIGN(NodeProcess * node, stage->node(expect.node));
  std::vector<std::string> lines;
  if (!node->running()) return std::vector<std::string>{fmt::format("{}: it is down", expect.node)};
  const ReplicaStatus status = node->machine().status();
  check(expect.pending, status.pending, expect.node + ": pending changesets", &lines);
  check(expect.journal, status.journal, expect.node + ": records in the journal", &lines);
  if (!expect.sync.empty() && expect.sync != name_of(status.state))
    lines.push_back(
        fmt::format("{}: expected {}, got {}", expect.node, expect.sync, name_of(status.state)));
  return lines;
}

Lines look(Stage* stage, const step::ExpectTraffic& expect) {
  LinkUse sum;
  if (!expect.node.empty()) SYNCLINE_TRY(stage->node(expect.node));
  for (auto& node : stage->fleet.nodes) {
    if (!expect.node.empty() && stage->fleet.plan_of(*node).name != expect.node) continue;
    const LinkUse& use = stage->fleet.network.use_of(node->id());
    const LinkUse& from = stage->links.at(node->id()).counted_from;
    sum.messages_up += use.messages_up - from.messages_up;
    sum.messages_down += use.messages_down - from.messages_down;
    sum.bytes_up += use.bytes_up - from.bytes_up;
    sum.bytes_down += use.bytes_down - from.bytes_down;
  }
  const std::string who = expect.node.empty() ? "the fleet" : expect.node;
  std::vector<std::string> lines;
  check(expect.messages_up, sum.messages_up, who + ": messages up", &lines);
  check(expect.messages_down, sum.messages_down, who + ": messages down", &lines);
  check(expect.bytes_up, sum.bytes_up, who + ": bytes up", &lines);
  check(expect.bytes_down, sum.bytes_down, who + ": bytes down", &lines);
  return lines;
}

Lines look(const Measures& measures, const step::ExpectMeasures& expect) {
  std::vector<std::string> lines;
  for (const auto& [name, bounds] : expect.measures)
    for (const Measure& measure : measure_table())
      if (name == measure.name)
        check(bounds, static_cast<uint64_t>(measures.*measure.value), name, &lines);
  return lines;
}

}  // namespace syncline::sim
