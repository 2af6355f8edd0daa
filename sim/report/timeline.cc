// The timeline: a row for each lane, with a strip for each kind of trouble that it had and a tick
// for each mark. A strip is as dark as many of the lane's nodes were troubled.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "sim/report/chart.h"
#include "sim/report/text.h"

namespace syncline::sim {
namespace {

constexpr double kStrip = 9;
constexpr double kMarks = 14;  // the height of a row's ticks
// So many shades: neighbours of one shade are drawn as one.
constexpr int kShades = 8;

std::string_view words_for(Trouble trouble) {
  switch (trouble) {
    case Trouble::down:
      return "process down";
    case Trouble::disconnected:
      return "disconnected by a step";
    case Trouble::outage:
      return "outage of the link";
    case Trouble::flapping:
      return "flapping";
    case Trouble::duty_cycle:
      return "radio off (duty cycle)";
    case Trouble::held:
      return "held by a step";
  }
  return "trouble";
}

int shade_of(const Bucket& bucket, size_t lane, size_t trouble, uint64_t nodes) {
  const int64_t us = bucket.lanes[lane].trouble_us[trouble];
  if (us <= 0 || bucket.us <= 0) return 0;
  const double part = static_cast<double>(us) / static_cast<double>(bucket.us) /
                      static_cast<double>(std::max<uint64_t>(nodes, 1));
  return std::clamp(static_cast<int>(std::ceil(std::sqrt(part) * kShades)), 1, kShades);
}

// Ticks of one place are drawn once.
std::string ticks_of(const Report& report, size_t lane, const std::function<double(int64_t)>& x) {
  std::string out;
  std::set<std::pair<int, bool>> drawn;
  for (const TimelineMark& mark : report.marks) {
    if (mark.lane != lane) continue;
    const double at = std::clamp(x(mark.at_ms * 1000), 1.0, kChartWidth - 1);
    if (!drawn.emplace(static_cast<int>(at), mark.bad).second) continue;
    out += fmt::format(R"(<path class="tick{}" d="M{:.0f} 2V{}"><title>{}: {} {}</title></path>)",
                       mark.bad ? " bad" : "", at, kMarks - 2, duration_text(mark.at_ms * 1000),
                       escape_html(mark.what), escape_html(shorten(mark.text, 200)));
  }
  return out;
}

bool has_marks(const Report& report, size_t lane) {
  return std::any_of(report.marks.begin(), report.marks.end(),
                     [&](const TimelineMark& mark) { return mark.lane == lane; });
}

// The marks in words, for those that fit.
std::string list_of_marks(const Report& report) {
  std::string rows;
  for (const TimelineMark& mark : report.marks)
    rows += fmt::format(
        R"(<tr{}><td>{}</td><td><bdi>{}</bdi></td><td>{}</td><td><bdi>{}</bdi></td></tr>)",
        mark.bad ? " class=\"bad\"" : "", duration_text(mark.at_ms * 1000),
        escape_html(shorten(report.lanes[mark.lane].name, 40)), escape_html(mark.what),
        escape_html(shorten(mark.text, 300)));
  if (rows.empty()) return {};
  const std::string left_out = report.marks_left_out == 0
                                   ? ""
                                   : fmt::format("<p>and {} more, which are not kept</p>",
                                                 count_text(report.marks_left_out));
  return fmt::format(
      R"(<details><summary>{} moments in words</summary><div class="scroll"><table><thead><tr><th>when</th><th>where</th><th>what</th><th>note</th></tr></thead><tbody>{}</tbody></table></div>{}</details>)",
      count_text(report.marks.size()), rows, left_out);
}

}  // namespace

std::string Charts::lane_strips(size_t lane, double* height) const {
  std::string out;
  for (size_t trouble = 0; trouble < kTroubles; ++trouble) {
    std::string strip;
    const uint64_t nodes = report_.lanes[lane].nodes;
    for (size_t i = 0; i < buckets_.size();) {
      const int shade = shade_of(buckets_[i], lane, trouble, nodes);
      size_t end = i + 1;
      while (end < buckets_.size() && shade_of(buckets_[end], lane, trouble, nodes) == shade) ++end;
      if (shade > 0)
        strip += fmt::format(
            R"(<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" opacity="{:.2f}"/>)", x(i),
            *height + 1, std::max(x(end) - x(i), 1.0), kStrip - 2, 0.1 + 0.9 * shade / kShades);
      i = end;
    }
    if (strip.empty()) continue;
    out += fmt::format(R"(<g class="area t{}">{}</g>)", trouble, strip);
    *height += kStrip;
  }
  return out;
}

std::string Charts::draw_timeline() {
  const Report& report = report_;
  std::string rows;
  for (size_t lane = 0; lane < report.lanes.size(); ++lane) {
    double height = has_marks(report, lane) ? kMarks : 0;
    std::string drawing =
        height == 0 ? "" : ticks_of(report, lane, [this](int64_t us) { return x_at(us); });
    drawing += lane_strips(lane, &height);
    height = std::max(height, kMarks);
    rows += fmt::format(
        R"(<div class="lane"><div class="name"><bdi>{}</bdi>{}</div><svg viewBox="0 0 {} {}" style="height:{}px" preserveAspectRatio="none"><path class="grid" d="M0 {}H{}"/>{}</svg></div>
)",
        escape_html(shorten(report.lanes[lane].name, 24)),
        report.lanes[lane].nodes > 1 ? fmt::format(" <small>× {}</small>", report.lanes[lane].nodes)
                                     : "",
        kChartWidth, height, height * 1.4, height - 0.5, kChartWidth, drawing);
  }
  std::vector<std::pair<std::string, std::string>> names;
  for (size_t trouble = 0; trouble < kTroubles; ++trouble) {
    const bool had = std::any_of(buckets_.begin(), buckets_.end(), [&](const Bucket& bucket) {
      return std::any_of(bucket.lanes.begin(), bucket.lanes.end(),
                         [&](const LaneTime& time) { return time.trouble_us[trouble] > 0; });
    });
    if (had)
      names.emplace_back(fmt::format("t{}", trouble), words_for(static_cast<Trouble>(trouble)));
  }
  names.emplace_back("tickmark", "something happened");
  return fmt::format(
      R"(<section class="panel wide" id="timeline"><h3>What happened, and when</h3><p>Virtual time from the script’s start. The darker a strip, the more of the row’s nodes were affected.</p>{}<div class="lanes">{}<div class="lane axis"><div></div><div class="plot">{}</div></div></div>{}</section>
)",
      legend(names), rows, time_labels(), list_of_marks(report));
}

}  // namespace syncline::sim
