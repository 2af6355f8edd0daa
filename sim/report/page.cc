#include "sim/report/page.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "sim/report/chart.h"
#include "sim/report/text.h"

namespace syncline::sim {
namespace {

using Kind = TimeChart::Kind;

double real(uint64_t n) { return static_cast<double>(n); }
std::string rate_text(double n) { return short_count_text(n) + "/s"; }

std::string draw_lag(Charts* charts) {
  const auto of = [&](const std::function<int64_t(const Durations&)>& figure) {
    return charts->values([&](const Bucket& bucket) {
      if (bucket.lags.count() == 0) return std::numeric_limits<double>::quiet_NaN();
      return static_cast<double>(std::max<int64_t>(figure(bucket.lags), 1));
    });
  };
  return charts->draw(
      {"lag",
       "Convergence lag",
       "From a write to its integration by each other node, by the moment of the integration. The "
       "axis is logarithmic.",
       Kind::logarithmic_ms,
       [](double ms) { return duration_text(static_cast<int64_t>(ms * 1000)); },
       {{"longest", 1, of([](const Durations& lags) { return lags.max(); })},
        {"99 of 100", 2, of([](const Durations& lags) { return lags.quantile(0.99); })},
        {"median", 0, of([](const Durations& lags) { return lags.quantile(0.5); })}}});
}

// The kinds that carried most, and the others together.
std::string draw_traffic(const Report& report, Charts* charts) {
  constexpr size_t kShown = 6;
  const Traffic all = traffic_of(report);
  std::vector<size_t> kinds;
  for (size_t kind = 0; kind < kMessageKinds; ++kind)
    if (bytes_of(all.kinds[kind]) > 0) kinds.push_back(kind);
  std::stable_sort(kinds.begin(), kinds.end(), [&](size_t a, size_t b) {
    return bytes_of(all.kinds[a]) > bytes_of(all.kinds[b]);
  });
  TimeChart chart{"traffic",
                  "Traffic",
                  "Bytes a second over all links, both ways, by kind of message.",
                  Kind::stacked,
                  [](double n) { return bytes_text(n) + "/s"; },
                  {}};
  for (size_t i = 0; i < std::min(kinds.size(), kShown); ++i)
    chart.series.push_back({std::string(name_of_kind(kinds[i])), static_cast<int>(i),
                            charts->rates([&](const Bucket& b) {
                              return real(bytes_of(b.traffic.kinds[kinds[i]]));
                            })});
  if (kinds.size() > kShown)
    chart.series.push_back({"others", 7, charts->rates([&](const Bucket& b) {
                              double sum = 0;
                              for (size_t i = kShown; i < kinds.size(); ++i)
                                sum += real(bytes_of(b.traffic.kinds[kinds[i]]));
                              return sum;
                            })});
  return charts->draw(chart);
}

std::string draw_queue(Charts* charts) {
  return charts->draw(
      {"queue",
       "Queues",
       "Changesets that a node has pending, at the end of each piece of time.",
       Kind::lines,
       short_count_text,
       {{"most of all nodes", 1,
         charts->values([](const Bucket& b) { return real(b.pending_max); })},
        {"median node", 0, charts->values([](const Bucket& b) { return real(b.pending_p50); })}},
       4});
}

std::string draw_stores(Charts* charts) {
  return charts->draw(
      {"stores",
       "Stores",
       "Keys and values, in bytes: of all nodes together, and of the authority's state and log.",
       Kind::stacked,
       bytes_text,
       {{"all nodes", 0, charts->values([](const Bucket& b) { return real(b.node_bytes); })},
        {"authority's state", 2,
         charts->values([](const Bucket& b) { return real(b.state_bytes); })},
        {"log", 4, charts->values([](const Bucket& b) { return real(b.log_bytes); })}}});
}

std::string draw_load(Charts* charts) {
  return charts->draw(
      {"load",
       "Authority's load",
       "A second: inputs that it took (frames, answers of its log, timers), entries that it "
       "decided, syncs of its log.",
       Kind::lines,
       rate_text,
       {{"inputs", 0, charts->rates([](const Bucket& b) { return real(b.authority_inputs); })},
        {"entries", 3, charts->rates([](const Bucket& b) { return real(b.entries); })},
        {"syncs", 1, charts->rates([](const Bucket& b) { return real(b.log_syncs); })}}});
}

std::string draw_connected(const Report& report, Charts* charts) {
  const double nodes = std::max(1.0, real(report.nodes.size()));
  const auto radio = charts->values([&](const Bucket& b) {
    double on_us = 0;
    for (const LaneTime& lane : b.lanes) on_us += static_cast<double>(lane.radio_on_us);
    return b.us == 0 ? std::numeric_limits<double>::quiet_NaN()
                     : on_us / static_cast<double>(b.us) / nodes;
  });
  return charts->draw(
      {"energy",
       "Energy",
       "Of all nodes: how much of the time their radio was on, and how many had a connection.",
       Kind::lines,
       percent_text,
       {{"radio on", 4, radio}, {"connected", 0, charts->values([&](const Bucket& b) {
                                   return real(b.connected) / nodes;
                                 })}},
       1});
}

std::string foot(const Report& report) {
  return fmt::format(
      R"(<footer><p>Everything here is virtual time, in pieces of {}. The same file and seed give the same report: trace <code>{}</code>. The figures are in <code>report.json</code> beside this page.</p></footer>)",
      duration_text(report.width_us), shorten(to_hex(report.run.trace.view()), 16));
}

}  // namespace

std::string to_html(const Report& report) {
  std::string body = draw_head(report);
  Charts charts(report);
  if (!report.buckets.empty()) {
    body += draw_lag(&charts).replace(0, 0, "<main>\n");
    body += draw_traffic(report, &charts) + charts.draw_timeline() + draw_queue(&charts) +
            draw_connected(report, &charts) + draw_map(report) + draw_links(report) +
            draw_kinds(report) + draw_outcomes(report) + draw_load(&charts) + draw_stores(&charts) +
            draw_lanes(report) + "</main>\n";
  }
  const std::string data =
      charts.data().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return fmt::format(
      R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{} · Syncline simulator</title>
<style>
{}</style></head><body>
{}{}
<script type="application/json" id="data">{}</script>
<script>
{}</script></body></html>
)",
      report.title.empty() ? "A scenario" : escape_html(report.title), kPageStyle, body,
      foot(report), escape_script(data), kPageScript);
}

}  // namespace syncline::sim
