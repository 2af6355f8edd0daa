#include "sim/faults/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "proto/check.h"

namespace syncline::sim {
namespace {

constexpr std::string_view kFirstLine = "syncline plan 1";

struct KindWords {
  FaultKind kind;
  std::string_view name;
  std::string_view words;
};
constexpr std::array<KindWords, kFaultKinds> kKinds{{
    {FaultKind::cut, "cut", "the link is cut"},
    {FaultKind::flap, "flap", "the link is away for a moment"},
    {FaultKind::blocked_up, "blocked_up", "what it sends does not arrive"},
    {FaultKind::blocked_down, "blocked_down", "what is sent to it does not arrive"},
    {FaultKind::blocked, "blocked", "nothing arrives either way"},
    {FaultKind::half_open, "half_open", "its connection is gone, and the authority is not told"},
    {FaultKind::storm, "storm", "all connections are lost and made again at once"},
    {FaultKind::lossy, "lossy", "frames take their connection down"},
    {FaultKind::slow_link, "slow_link", "frames take long"},
    {FaultKind::slow_reader, "slow_reader", "it reads slowly"},
    {FaultKind::kill, "kill", "the process is killed"},
    {FaultKind::kill_at_send, "kill_at_send", "the process is killed before it sends"},
    {FaultKind::kill_at_append, "kill_at_append",
     "the process is killed before the log's answer comes"},
    {FaultKind::power_loss, "power_loss", "power is lost"},
    {FaultKind::pause, "pause", "the process stands still"},
    {FaultKind::failed_read, "failed_read", "a read will fail"},
    {FaultKind::failed_write, "failed_write", "a write will fail"},
    {FaultKind::failed_sync, "failed_sync", "a sync will fail"},
    {FaultKind::failed_flush, "failed_flush", "a flush will fail"},
    {FaultKind::full_disk, "full_disk", "the disk is full"},
    {FaultKind::slow_disk, "slow_disk", "the disk is slow"},
    {FaultKind::bit_flip, "bit_flip", "a bit of the store flips"},
    {FaultKind::log_slow, "log_slow", "the log is slow"},
    {FaultKind::log_away, "log_away", "the log cannot be reached"},
    {FaultKind::log_unknown_lost, "log_unknown_lost", "the log loses appends and does not say so"},
    {FaultKind::log_unknown_kept, "log_unknown_kept", "the log takes appends and does not say so"},
    {FaultKind::log_fenced, "log_fenced", "another authority takes the log"},
    {FaultKind::log_flip, "log_flip", "a bit of the log flips"},
    {FaultKind::clock_skew, "clock_skew", "the clock is wrong"},
    {FaultKind::clock_jump, "clock_jump", "the clock jumps"},
    {FaultKind::clock_drift, "clock_drift", "the clock drifts"},
    {FaultKind::clock_1970, "clock_1970", "the clock is set to 1970"},
    {FaultKind::flush, "flush", "the store is flushed"},
    {FaultKind::backup, "backup", "a backup is taken, and recovered aside"},
    {FaultKind::trim, "trim", "history is kept for a short time only"},
    {FaultKind::long_offline, "long_offline", "it goes offline for a long time"},
    {FaultKind::old_backup, "old_backup", "its disk is copied, and put back later"},
    {FaultKind::clone, "clone", "a copy of it runs beside it"},
    {FaultKind::rogue_gap, "rogue_gap", "a hostile node leaves out numbers"},
    {FaultKind::rogue_fork, "rogue_fork", "a hostile node uses a name twice"},
    {FaultKind::rogue_forged_origin, "rogue_forged_origin",
     "a hostile node writes in another's name"},
    {FaultKind::rogue_forged_signature, "rogue_forged_signature",
     "a hostile node signs another content"},
    {FaultKind::rogue_schema, "rogue_schema", "a hostile node writes what it may not"},
    {FaultKind::rogue_flood, "rogue_flood", "a hostile node floods the authority"},
    {FaultKind::rogue_garbage, "rogue_garbage", "a hostile node sends garbage"},
    {FaultKind::rogue_replay, "rogue_replay", "a hostile node sends its old frames again"},
}};

const KindWords& words_at(FaultKind kind) {
  const KindWords& found = kKinds[static_cast<size_t>(kind)];
  CHECK(found.kind == kind, "the kinds of faults stand in the order of their numbers");
  return found;
}

std::vector<std::string_view> words_in(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t from = line.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) return words;
    line.remove_prefix(from);
    const size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class Number>
bool read(std::string_view word, Number* out) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *out);
  return error == std::errc() && end == word.data() + word.size();
}

// at A us KIND (node N | authority | everybody) for D ms amount M
std::optional<Fault> read_fault(const std::vector<std::string_view>& words) {
  Fault fault;
  if (words.size() < 5 || !read(words[1], &fault.at_us) || words[2] != "us") return std::nullopt;
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](const KindWords& k) { return k.name == words[3]; });
  if (kind == kKinds.end()) return std::nullopt;
  fault.kind = kind->kind;
  size_t at = 5;
  if (words[4] == "authority") {
    fault.target = kAuthority;
  } else if (words[4] == "everybody") {
    fault.target = kEverybody;
  } else if (words[4] != "node" || words.size() < 6 || !read(words[at++], &fault.target) ||
             fault.target < 0) {
    return std::nullopt;
  }
  if (words.size() != at + 5 || words[at] != "for" || !read(words[at + 1], &fault.for_ms) ||
      words[at + 2] != "ms" || words[at + 3] != "amount" || !read(words[at + 4], &fault.amount))
    return std::nullopt;
  if (fault.at_us < 0 || fault.for_ms < 0) return std::nullopt;
  return fault;
}

bool read_turns(const std::vector<std::string_view>& words, std::vector<Turns>* turns) {
  for (size_t i = 1; i < words.size(); ++i) {
    const size_t dash = words[i].find('-');
    Turns range;
    if (dash == std::string_view::npos || !read(words[i].substr(0, dash), &range.first) ||
        !read(words[i].substr(dash + 1), &range.last) || range.last < range.first)
      return false;
    turns->push_back(range);
  }
  return true;
}

bool read_line(const std::vector<std::string_view>& words, SeedPlan* plan) {
  const std::string_view what = words[0];
  if (what == "turns") return read_turns(words, &plan->turns);
  if (what == "at") {
    std::optional<Fault> fault = read_fault(words);
    if (fault) plan->faults.push_back(*fault);
    return fault.has_value();
  }
  if (words.size() < 2) return false;
  if (what == "seed") return read(words[1], &plan->seed);
  if (what == "nodes") return read(words[1], &plan->nodes) && plan->nodes >= 1;
  if (what == "writing") return read(words[1], &plan->writing_ms) && plan->writing_ms >= 0;
  if (what == "changing") {
    plan->changing = words[1] == "yes";
    return plan->changing || words[1] == "no";
  }
  if (what == "querying") {
    plan->querying = words[1] == "yes";
    return plan->querying || words[1] == "no";
  }
  if (what == "filtering") {
    plan->filtering = words[1] == "yes";
    return plan->filtering || words[1] == "no";
  }
  if (what == "versioning") {
    plan->versioning = words[1] == "yes";
    return plan->versioning || words[1] == "no";
  }
  return false;
}

}  // namespace

std::string_view name_of(FaultKind kind) { return words_at(kind).name; }
std::string_view words_of(FaultKind kind) { return words_at(kind).words; }

bool writes_in(const SeedPlan& plan, uint64_t turn) {
  return plan.turns.empty() ||
         std::any_of(plan.turns.begin(), plan.turns.end(),
                     [&](const Turns& range) { return range.first <= turn && turn <= range.last; });
}

std::string to_text(const Fault& fault) {
  const std::string target = fault.target == kAuthority   ? "authority"
                             : fault.target == kEverybody ? "everybody"
                                                          : fmt::format("node {}", fault.target);
  return fmt::format("at {} us {} {} for {} ms amount {}", fault.at_us, name_of(fault.kind), target,
                     fault.for_ms, fault.amount);
}

std::string to_text(const SeedPlan& plan) {
  std::string text = fmt::format(
      "{}\nseed {}\nnodes {}\nwriting {} ms\nchanging {}\nquerying {}\n"
      "filtering {}\nversioning {}\n",
      kFirstLine, plan.seed, plan.nodes, plan.writing_ms, plan.changing ? "yes" : "no",
      plan.querying ? "yes" : "no", plan.filtering ? "yes" : "no", plan.versioning ? "yes" : "no");
  if (!plan.turns.empty()) {
    text += "turns";
    for (const Turns& range : plan.turns) text += fmt::format(" {}-{}", range.first, range.last);
    text += "\n";
  }
  for (const Fault& fault : plan.faults) text += to_text(fault) + "\n";
  return text;
}

bool is_plan(std::string_view text) {
  while (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  return text.starts_with(kFirstLine);
}

Result<SeedPlan> parse_plan(std::string_view text) {
  SeedPlan plan;
  size_t number = 0;
  bool begun = false;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto words = words_in(line.substr(0, line.find('#')));
    if (words.empty()) continue;
    if (!begun && line.starts_with(kFirstLine)) {
      begun = true;
    } else if (!begun || !read_line(words, &plan)) {
      return fail(
          ErrorCode::kBadData,
          fmt::format("line {} of the plan: `{}` is not understood; sim/faults/plan.h shows "
                      "what a plan looks like",
                      number, line));
    }
  }
  if (!begun) return fail(ErrorCode::kBadData, "a plan begins with `syncline plan 1`");
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at_us < b.at_us; });
  return plan;
}

}  // namespace syncline::sim
