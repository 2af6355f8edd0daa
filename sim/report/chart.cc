#include "sim/report/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "sim/report/text.h"

namespace syncline::sim {
namespace {

constexpr double kChartHeight = 200;
// Lines keep off the frame by this, or half of their width would be cut off.
constexpr double kMargin = 3;

// Where a value is drawn: 0 at the bottom.
class Axis {
 public:
  explicit Axis(const TimeChart& chart)
      : logarithmic_(chart.kind == TimeChart::Kind::logarithmic_ms) {
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    std::vector<double> sums;
    for (const Series& series : chart.series) {
      sums.resize(std::max(sums.size(), series.values.size()));
      for (size_t i = 0; i < series.values.size(); ++i) {
        if (!std::isfinite(series.values[i])) continue;
        least = std::min(least, series.values[i]);
        most = std::max(most, series.values[i]);
        sums[i] += series.values[i];
      }
    }
    if (chart.kind == TimeChart::Kind::stacked)
      for (const double sum : sums) most = std::max(most, sum);
    if (logarithmic_) {
      for (const int64_t us :
           logarithmic_time_ticks(std::isfinite(least) ? static_cast<int64_t>(least * 1000) : 0,
                                  static_cast<int64_t>(most * 1000)))
        ticks_.push_back(static_cast<double>(us) / 1000);
      low_ = std::log(ticks_.front());
      high_ = std::log(ticks_.back());
    } else {
      most = std::max(most, chart.at_least);
      if (most <= 0) most = 1;
      ticks_ = sim::ticks(most, 4);
      high_ = std::max(most, ticks_.back());
    }
  }

  double y(double value) const {
    if (logarithmic_) value = std::log(std::max(value, std::exp(low_)));
    const double part = std::clamp((value - low_) / (high_ - low_), 0.0, 1.0);
    return kChartHeight - kMargin - part * (kChartHeight - 2 * kMargin);
  }
  const std::vector<double>& ticks() const { return ticks_; }

 private:
  bool logarithmic_;
  double low_ = 0;
  double high_ = 1;
  std::vector<double> ticks_;
};

std::string coordinate(double n) {
  std::string text = fmt::format("{:.1f}", n);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string axis_labels(const TimeChart& chart, const Axis& axis) {
  std::string out;
  for (const double tick : axis.ticks()) {
    const std::string text = chart.kind == TimeChart::Kind::logarithmic_ms
                                 ? duration_text(static_cast<int64_t>(tick * 1000))
                                 : chart.text(tick);
    out += fmt::format(R"(<span class="y" style="top:{}%">{}</span>)",
                       coordinate(axis.y(tick) / kChartHeight * 100), text);
  }
  return out;
}

std::string grid_lines(const Axis& axis) {
  std::string path;
  for (const double tick : axis.ticks())
    path += fmt::format("M0 {}H{}", coordinate(axis.y(tick)), kChartWidth);
  return fmt::format(R"(<path class="grid" d="{}"/>)", path);
}

}  // namespace

Charts::Charts(const Report& report) : report_(report), buckets_(report.buckets) {
  int64_t at_us = 0;
  data_ = {{"times", nlohmann::json::array()},
           {"ends", nlohmann::json::array()},
           {"charts", nlohmann::json::object()}};
  for (const Bucket& bucket : buckets_) {
    begins_us_.push_back(at_us);
    at_us += bucket.us;
    data_["times"].push_back(duration_text(begins_us_.back()));
  }
  begins_us_.push_back(std::max<int64_t>(at_us, 1));
  for (size_t i = 0; i < buckets_.size(); ++i) data_["ends"].push_back(std::round(x(i + 1)));
}

double Charts::x_at(int64_t us) const {
  return kChartWidth * static_cast<double>(us) / static_cast<double>(begins_us_.back());
}

double Charts::x(size_t bucket) const { return x_at(begins_us_[bucket]); }

std::vector<double> Charts::values(const std::function<double(const Bucket&)>& of) const {
  std::vector<double> out;
  out.reserve(buckets_.size());
  for (const Bucket& bucket : buckets_) out.push_back(of(bucket));
  return out;
}

std::vector<double> Charts::rates(const std::function<double(const Bucket&)>& of) const {
  return values([&](const Bucket& bucket) {
    return bucket.us == 0 ? 0.0 : of(bucket) * 1e6 / static_cast<double>(bucket.us);
  });
}

std::string Charts::time_labels() const {
  std::string out;
  for (const int64_t us : time_ticks(begins_us_.back(), 6)) {
    const double left = x_at(us) / kChartWidth * 100;
    // One at the very end would stand out of the page.
    if (left <= 97)
      out += fmt::format(R"(<span class="x" style="left:{}%">{}</span>)", coordinate(left),
                         us == 0 ? "0" : duration_text(us));
  }
  return out;
}

// Through the middles of the buckets; broken where there is nothing. What stands alone is a dot.
struct LinePaths {
  std::string line;
  std::string dots;
};
static LinePaths line_paths(const std::vector<double>& values,
                            const std::function<double(size_t)>& middle, const Axis& axis) {
  LinePaths paths;
  const auto has = [&](size_t i) { return i < values.size() && std::isfinite(values[i]); };
  for (size_t i = 0; i < values.size(); ++i) {
    if (!has(i)) continue;
    const bool begins = i == 0 || !has(i - 1);
    const std::string point =
        fmt::format("{} {}", coordinate(middle(i)), coordinate(axis.y(values[i])));
    if (begins && !has(i + 1)) {
      paths.dots += "M" + point + "h0";
    } else {
      paths.line += (begins ? "M" : "L") + point;
    }
  }
  return paths;
}

// Between two heights, in steps.
static std::string area_path(const std::vector<double>& low, const std::vector<double>& high,
                             const std::function<double(size_t)>& begin, const Axis& axis) {
  const size_t n = high.size();
  std::string path = fmt::format("M0 {}", coordinate(axis.y(high[0])));
  for (size_t i = 0; i < n; ++i) {
    if (i > 0 && high[i] != high[i - 1]) path += fmt::format("V{}", coordinate(axis.y(high[i])));
    if (i + 1 == n || high[i + 1] != high[i]) path += fmt::format("H{}", coordinate(begin(i + 1)));
  }
  for (size_t i = n; i-- > 0;) {
    if (i + 1 == n || low[i] != low[i + 1]) path += fmt::format("V{}", coordinate(axis.y(low[i])));
    if (i == 0 || low[i - 1] != low[i]) path += fmt::format("H{}", coordinate(begin(i)));
  }
  return path + "Z";
}

std::string Charts::draw(const TimeChart& chart) {
  const Axis axis(chart);
  const auto begin = [this](size_t i) { return x(i); };
  const auto middle = [this](size_t i) { return (x(i) + x(i + 1)) / 2; };
  std::string drawing = grid_lines(axis);
  std::vector<std::pair<std::string, std::string>> names;
  nlohmann::json tips = nlohmann::json::array();
  std::vector<double> low(buckets_.size(), 0.0);
  for (const Series& series : chart.series) {
    const std::string color = fmt::format("c{}", series.color);
    if (chart.kind != TimeChart::Kind::stacked) {
      const LinePaths paths = line_paths(series.values, middle, axis);
      drawing += fmt::format(R"(<path class="line {}" d="{}"/>)", color, paths.line);
      if (!paths.dots.empty())
        drawing += fmt::format(R"(<path class="line dots {}" d="{}"/>)", color, paths.dots);
    } else if (!buckets_.empty()) {
      std::vector<double> high = low;
      for (size_t i = 0; i < high.size(); ++i) high[i] += series.values[i];
      drawing += fmt::format(R"(<path class="area {}" d="{}"/>)", color,
                             area_path(low, high, begin, axis));
      low = std::move(high);
    }
    nlohmann::json texts = nlohmann::json::array();
    for (const double value : series.values)
      texts.push_back(std::isfinite(value) ? chart.text(value) : "–");
    tips.push_back({{"name", series.name}, {"color", color}, {"texts", std::move(texts)}});
    names.emplace_back(color, series.name);
  }
  data_["charts"][chart.id] = std::move(tips);
  return fmt::format(
      R"(<figure class="panel" id="{0}"><figcaption><h3>{1}</h3><p>{2}</p>{3}</figcaption>
<div class="plot" data-chart="{0}"><svg viewBox="0 0 {4} {5}" preserveAspectRatio="none" role="img" aria-label="{1}">{6}</svg>{7}{8}</div></figure>
)",
      chart.id, escape_html(chart.title), escape_html(chart.note), legend(names), kChartWidth,
      kChartHeight, drawing, axis_labels(chart, axis), time_labels());
}

std::string legend(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out;
  for (const auto& [color, name] : entries)
    out += fmt::format(R"(<li><i class="{}"></i>{}</li>)", color, escape_html(name));
  return "<ul class=\"legend\">" + out + "</ul>";
}

}  // namespace syncline::sim
