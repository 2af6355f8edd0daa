// The top of the page: what was asked and found, whether it held, and the key figures.
#include <algorithm>

#include <fmt/format.h>

#include "sim/report/page.h"
#include "sim/report/text.h"

namespace syncline::sim {
namespace {

struct Badge {
  const char* look;
  const char* word;
};

Badge badge_of(const ScriptReport& run) {
  const std::string_view verdict = verdict_of(run);
  if (verdict == "held") return {"good", "Held"};
  if (verdict == "not quiet") return {"bad", "Not quiet"};
  if (verdict == "differs") return {"bad", "Differs"};
  return {"bad", "Failed"};
}

std::string failure(std::string_view what, const ScriptFailure& failure) {
  std::string lines;
  for (const std::string& line : failure.lines) lines += escape_html(shorten(line, 2000)) + "\n";
  return fmt::format(
      "<li><b>{}</b>{}{}<pre>{}</pre></li>", what,
      failure.pointer.empty() ? "" : fmt::format(" <code>{}</code>", escape_html(failure.pointer)),
      failure.why.empty() ? "" : ": " + escape_html(failure.why), lines);
}

std::string what_failed(const ScriptReport& run) {
  if (run.held()) return {};
  std::string items;
  if (run.complaint)
    items += "<li><b>An oracle complains</b><pre>" + escape_html(*run.complaint) + "</pre></li>";
  if (run.broken) items += failure("Cannot be done", *run.broken);
  if (run.unrest) items += failure("Does not settle", *run.unrest);
  for (const ScriptFailure& each : run.failures) items += failure("Not as expected", each);
  if (run.failed > run.failures.size())
    items += fmt::format("<li>and {} more expectations that are not met</li>",
                         count_text(run.failed - run.failures.size()));
  if (run.differed) items += "<li>A second run of the same seed left another trace.</li>";
  return "<section class=\"failures\" id=\"failures\"><h2>What failed</h2><ul>" + items +
         "</ul></section>\n";
}

std::string tile(std::string_view name, std::string_view value, std::string_view note = {}) {
  return fmt::format(R"(<div class="tile"><b>{}</b><span>{}</span>{}</div>)", value, name,
                     note.empty() ? "" : fmt::format("<small>{}</small>", note));
}

std::string tile(std::string_view name, int64_t count, std::string_view note = {}) {
  return tile(name, count_text(static_cast<uint64_t>(std::max<int64_t>(count, 0))), note);
}

std::string tiles(const Report& report) {
  const Measures& m = report.run.measures;
  const Outcomes& o = report.outcomes;
  const auto bytes = [](int64_t n) { return bytes_text(static_cast<double>(n)); };
  const bool lagged = std::any_of(report.buckets.begin(), report.buckets.end(),
                                  [](const Bucket& bucket) { return bucket.lags.count() > 0; });
  const auto lag = [&](int64_t ms) { return lagged ? duration_text(ms * 1000) : "–"; };
  return "<section class=\"tiles\">" +
         tile("lag, median", lag(m.lag_p50_ms), "from a write to its integration elsewhere") +
         tile("lag, 99 of 100", lag(m.lag_p99_ms)) + tile("lag, longest", lag(m.lag_max_ms)) +
         tile("writes", m.writes,
              m.impossible_writes == 0
                  ? "transactions"
                  : fmt::format("and {} impossible",
                                count_text(static_cast<uint64_t>(m.impossible_writes)))) +
         tile("decided", m.entries, "entries of the log") +
         tile("refused", m.refused, "operations") + tile("superseded", m.superseded, "operations") +
         tile("queued at most", m.pending_max,
              fmt::format("changesets at one node; {} at the end", count_text(o.queued))) +
         tile("over all links", bytes(m.bytes),
              count_text(static_cast<uint64_t>(m.messages)) + " messages") +
         tile("a node", bytes(m.bytes_per_node), "on average") +
         tile("radio on", fmt::format("{} %", m.radio_on_percent), "of all nodes’ time") +
         tile("reconnects", m.reconnects,
              fmt::format("{} crashes", count_text(static_cast<uint64_t>(m.crashes)))) +
         "</section>\n";
}

}  // namespace

std::string draw_head(const Report& report) {
  const ScriptReport& run = report.run;
  const Badge badge = badge_of(run);
  std::string out = fmt::format(
      R"(<header><p class="over">Syncline simulator</p><h1>{} <span class="badge {}">{}</span></h1>
<p class="facts">{} nodes · {} of virtual time · seed {} · {} of {} expectations met</p>
)",
      report.title.empty() ? "A scenario" : escape_html(report.title), badge.look, badge.word,
      count_text(report.nodes.size()), duration_text(run.virtual_ms * 1000), run.seed,
      count_text(run.expectations - run.failed), count_text(run.expectations));
  out += "</header>\n" + what_failed(run);
  // What the file says of itself, whatever came of it this time.
  if (!report.question.empty())
    out += "<p class=\"question\">" + escape_html(report.question) + "</p>\n";
  if (!report.finding.empty())
    out += "<p class=\"finding\">" + escape_html(report.finding) + "</p>\n";
  return out + tiles(report);
}

}  // namespace syncline::sim
