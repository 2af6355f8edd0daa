// Charts over time, as HTML: the drawing is an SVG that is stretched to the width there is, and its
// labels are text beside it, so that they stay as large as they are. Tooltips are the page's
// script's: it reads what Charts keeps for it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/report/report.h"

namespace syncline::sim {

// A drawing's own units: it is stretched to what there is.
inline constexpr double kChartWidth = 1000;

struct Series {
  std::string name;
  int color = 0;               // --c0 to --c7 of page.css
  std::vector<double> values;  // one for each bucket; NaN: there is none
};

struct TimeChart {
  std::string id;  // of the element
  std::string title;
  std::string note;  // what the figures are, with their unit
  enum class Kind : uint8_t { lines, stacked, logarithmic_ms } kind = Kind::lines;
  std::function<std::string(double)> text;  // a value, for a person
  std::vector<Series> series;
  double at_least = 0;  // the axis goes up to here at least
};

// All charts of a page share the time axis. Requires: the report outlives it.
class Charts {
 public:
  explicit Charts(const Report& report);

  std::string draw(const TimeChart& chart);
  // Each lane's troubles, and the marks.
  std::string draw_timeline();
  // For the page's script: what to show where the pointer is.
  const nlohmann::json& data() const { return data_; }

  // A value of each bucket.
  std::vector<double> values(const std::function<double(const Bucket&)>& of) const;
  // The same, by second.
  std::vector<double> rates(const std::function<double(const Bucket&)>& of) const;

 private:
  double x(size_t bucket) const;  // where it begins, of kChartWidth
  double x_at(int64_t us) const;
  std::string time_labels() const;
  std::string lane_strips(size_t lane, double* height) const;

  const Report& report_;
  const std::vector<Bucket>& buckets_;
  std::vector<int64_t> begins_us_;  // and where the last ends
  nlohmann::json data_;
};

// The names of the colours, each with its sample.
std::string legend(const std::vector<std::pair<std::string, std::string>>& entries);

}  // namespace syncline::sim
