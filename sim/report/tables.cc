// The page's tables, with bars.
#include <algorithm>

#include <fmt/format.h>

#include "sim/report/page.h"
#include "sim/report/text.h"

namespace syncline::sim {
namespace {

constexpr size_t kTalkersShown = 20;

double part_of(uint64_t some, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(some) / static_cast<double>(all);
}

// Bars one after another, of a whole that is as wide as the cell.
std::string bar(const std::vector<std::pair<std::string, double>>& parts) {
  std::string out;
  for (const auto& [color, part] : parts)
    out += fmt::format(R"(<i class="{}" style="width:{:.2f}%"></i>)", color,
                       std::clamp(part, 0.0, 1.0) * 100);
  return "<td class=\"bar\"><div>" + out + "</div></td>";
}

std::string number_cell(const std::string& text) { return "<td class=\"n\">" + text + "</td>"; }
std::string number_cell(uint64_t n) { return number_cell(count_text(n)); }
std::string bytes_cell(uint64_t n) { return number_cell(bytes_text(static_cast<double>(n))); }

std::string panel(std::string_view id, std::string_view title, std::string_view note,
                  std::string_view head, std::string_view rows, bool wide = false) {
  return fmt::format(
      R"(<section class="panel{}" id="{}"><h3>{}</h3><p>{}</p><div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></section>
)",
      wide ? " wide" : "", id, title, note, head, rows);
}

std::string outcome_row(std::string_view name, uint64_t count, uint64_t all,
                        const std::string& color) {
  return fmt::format("<tr><td>{}</td>{}{}{}</tr>", name, number_cell(count),
                     number_cell(percent_text(part_of(count, all))),
                     bar({{color, part_of(count, all)}}));
}

std::string words_for(Reason reason) {
  std::string words(name_of(reason));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

Traffic traffic_of(const Report& report) {
  Traffic all;
  for (const Bucket& bucket : report.buckets) all.add(bucket.traffic);
  return all;
}

std::string draw_links(const Report& report) {
  std::vector<const NodeFigures*> nodes;
  for (const NodeFigures& node : report.nodes) nodes.push_back(&node);
  const auto sent = [](const NodeFigures* node) { return bytes_of(node->traffic.sum()); };
  std::stable_sort(nodes.begin(), nodes.end(),
                   [&](const NodeFigures* a, const NodeFigures* b) { return sent(a) > sent(b); });
  const uint64_t most = nodes.empty() ? 0 : sent(nodes.front());
  const size_t shown = std::min(nodes.size(), kTalkersShown);
  std::string rows;
  for (size_t i = 0; i < shown; ++i) {
    const LinkUse use = nodes[i]->traffic.sum();
    rows += fmt::format(
        "<tr><td><bdi>{}</bdi></td>{}{}{}{}</tr>", escape_html(shorten(nodes[i]->name, 40)),
        bytes_cell(use.bytes_up), bytes_cell(use.bytes_down), number_cell(messages_of(use)),
        bar({{"up", part_of(use.bytes_up, most)}, {"down", part_of(use.bytes_down, most)}}));
  }
  const std::string note =
      shown < nodes.size()
          ? fmt::format("The {} of {} links that carried most; all are in report.json.", shown,
                        count_text(nodes.size()))
          : "What went over each link, with its kinds of messages in report.json.";
  return panel("links", "Links", note,
               "<th>node</th><th class=\"n\">up</th><th class=\"n\">down</th><th "
               "class=\"n\">messages</th><th></th>",
               rows);
}

std::string draw_kinds(const Report& report) {
  const Traffic traffic = traffic_of(report);
  const uint64_t all = bytes_of(traffic.sum());
  std::vector<size_t> kinds;
  uint64_t most = 0;
  for (size_t kind = 0; kind < kMessageKinds; ++kind) {
    if (messages_of(traffic.kinds[kind]) > 0) kinds.push_back(kind);
    most = std::max(most, bytes_of(traffic.kinds[kind]));
  }
  std::stable_sort(kinds.begin(), kinds.end(), [&](size_t a, size_t b) {
    return bytes_of(traffic.kinds[a]) > bytes_of(traffic.kinds[b]);
  });
  std::string rows;
  for (const size_t kind : kinds) {
    const LinkUse& use = traffic.kinds[kind];
    rows += fmt::format(
        "<tr><td><code>{}</code></td>{}{}{}{}</tr>", name_of_kind(kind),
        number_cell(messages_of(use)), bytes_cell(bytes_of(use)),
        number_cell(percent_text(part_of(bytes_of(use), all))),
        bar({{"up", part_of(use.bytes_up, most)}, {"down", part_of(use.bytes_down, most)}}));
  }
  return panel("kinds", "Kinds of messages",
               "As frames on the wire, compressed ones by their compressed size.",
               "<th>kind</th><th class=\"n\">messages</th><th class=\"n\">bytes</th><th "
               "class=\"n\">share</th><th></th>",
               rows);
}

std::string draw_outcomes(const Report& report) {
  const Outcomes& o = report.outcomes;
  const uint64_t changesets = o.committed + o.superseded + o.refused + o.queued;
  std::string rows =
      "<tr class=\"head\"><td colspan=\"4\">changesets: one transaction each</td></tr>" +
      outcome_row("committed whole", o.committed, changesets, "good") +
      outcome_row("superseded in part", o.superseded, changesets, "c2") +
      outcome_row("refused in part", o.refused, changesets, "bad") +
      outcome_row("still queued at their nodes", o.queued, changesets, "c7");
  uint64_t operations = o.applied_operations + o.superseded_operations;
  for (const auto& [reason, count] : o.refused_operations) operations += count;
  rows += "<tr class=\"head\"><td colspan=\"4\">operations in them</td></tr>" +
          outcome_row("applied", o.applied_operations, operations, "good") +
          outcome_row("superseded by a later write", o.superseded_operations, operations, "c2");
  for (const auto& [reason, count] : o.refused_operations)
    rows += outcome_row("refused: " + words_for(reason), count, operations, "bad");
  return panel(
      "outcomes", "Outcomes, by reason", "What the authority decided since the script began.",
      "<th>outcome</th><th class=\"n\">count</th><th class=\"n\">share</th><th></th>", rows);
}

std::string draw_lanes(const Report& report) {
  struct Sum {
    uint64_t nodes = 0, bytes = 0, pending_max = 0, crashes = 0, store_bytes = 0;
    int64_t radio_on_us = 0, lag_max_ms = 0;
  };
  std::vector<Sum> sums(report.lanes.size());
  for (const NodeFigures& node : report.nodes) {
    Sum& sum = sums[node.lane];
    ++sum.nodes;
    sum.bytes += bytes_of(node.traffic.sum());
    sum.pending_max = std::max(sum.pending_max, node.pending_max);
    sum.crashes += node.crashes;
    sum.store_bytes += node.store_bytes;
    sum.radio_on_us += node.radio_on_us;
    sum.lag_max_ms = std::max(sum.lag_max_ms, node.lag_max_ms);
  }
  std::string rows;
  for (size_t i = 0; i < sums.size(); ++i) {
    const Sum& sum = sums[i];
    if (sum.nodes == 0) continue;
    const double on = part_of(static_cast<uint64_t>(sum.radio_on_us),
                              static_cast<uint64_t>(report.run.virtual_ms) * 1000 * sum.nodes);
    rows += fmt::format("<tr><td><bdi>{}</bdi></td>{}{}{}{}{}{}{}{}</tr>",
                        escape_html(shorten(report.lanes[i].name, 40)), number_cell(sum.nodes),
                        number_cell(percent_text(on)), bar({{"c4", on}}),
                        bytes_cell(sum.bytes / sum.nodes), bytes_cell(sum.store_bytes / sum.nodes),
                        number_cell(sum.pending_max), number_cell(sum.crashes),
                        number_cell(duration_text(sum.lag_max_ms * 1000)));
  }
  return panel(
      "groups", "Groups, and their energy",
      "Radio on: the part of the time in which nothing kept the link down, what a battery feels. "
      "Bytes, stores: of a node, on average. Pending, lag: of its worst moment.",
      "<th>group or node</th><th class=\"n\">nodes</th><th class=\"n\">radio on</th><th></th><th "
      "class=\"n\">bytes</th><th class=\"n\">store</th><th class=\"n\">pending</th><th "
      "class=\"n\">ends</th><th class=\"n\">longest lag</th>",
      rows, true);
}

}  // namespace syncline::sim
