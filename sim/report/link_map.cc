// The map: the authority in the middle, each lane a part of the circle around it, each link as wide
// as what went over it. Few nodes have their names beside the circle; of many only the lanes have.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "sim/report/chart.h"
#include "sim/report/page.h"
#include "sim/report/text.h"

namespace syncline::sim {
namespace {

constexpr double kMapWidth = 760;
constexpr double kMapHeight = 430;
constexpr double kMiddleX = kMapWidth / 2;
constexpr double kMiddleY = kMapHeight / 2;
constexpr double kRadius = 170;
constexpr double kRingApart = 13;
constexpr double kCenter = 34;   // the authority's radius
constexpr double kLabelX = 215;  // of labels, from the middle
constexpr double kLabelApart = 15;
constexpr size_t kNamesMax = 40;  // so many labels fit, half of them on each side
constexpr double kWidest = 9;
constexpr double kLaneGap = 0.06;  // radians
constexpr int kColors = 8;

struct Spot {
  double angle = 0;
  double radius = kRadius;
  double x() const { return kMiddleX + radius * std::cos(angle); }
  double y() const { return kMiddleY + radius * std::sin(angle); }
};

struct Label {
  std::string text;
  Spot spot;
  double y = 0;  // where it is put
};

// The nodes of a lane fill its part of the circle, ring by ring.
std::vector<Spot> spots_in(double from, double to, size_t count) {
  const double apart = (to - from) * kRadius / static_cast<double>(std::max<size_t>(count, 1));
  const auto rings = static_cast<size_t>(std::clamp(std::ceil(9 / std::max(apart, 0.1)), 1.0, 6.0));
  const size_t columns = (count + rings - 1) / rings;
  std::vector<Spot> spots;
  for (size_t i = 0; i < count; ++i) {
    const double part = (static_cast<double>(i / rings) + 0.5) / static_cast<double>(columns);
    spots.push_back(
        {from + (to - from) * part, kRadius + kRingApart * (static_cast<double>(i % rings) -
                                                            static_cast<double>(rings - 1) / 2)});
  }
  return spots;
}

// A lane's share of the circle: by its nodes, but a small one can still be seen.
std::vector<double> shares_of(const std::vector<Lane>& lanes) {
  std::vector<double> shares;
  double sum = 0;
  for (const Lane& lane : lanes) {
    shares.push_back(std::sqrt(static_cast<double>(lane.nodes)));
    sum += shares.back();
  }
  for (double& share : shares) share /= std::max(sum, 1.0);
  return shares;
}

// How wide the link is that carried most: of many, so wide that they fit.
double widest_of(size_t nodes) {
  const double room =
      2 * std::numbers::pi * kRadius / static_cast<double>(std::max<size_t>(nodes, 1));
  return std::clamp(room / 5, 0.35, kWidest);
}

struct Scale {
  uint64_t most = 0;  // bytes one way
  double widest = 0;
  double width_of(uint64_t bytes) const {
    if (bytes == 0 || most == 0) return 0;
    const double part = static_cast<double>(bytes) / static_cast<double>(most);
    return std::max(std::min(0.6, widest), widest * std::sqrt(part));
  }
};

// As much of the name as there is room for beside the circle; letters differ in width.
std::string fitting(const std::string& name) {
  double room = kMapWidth / 2 - kLabelX - 14;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool wide = c == 'W' || c == 'M' || c == '@' || c == '%' || c >= 0xC0;
    const bool inside = (c & 0xC0) == 0x80;  // of a character that was counted
    room -= inside ? 0 : wide ? 13 : c >= 'A' && c <= 'Z' ? 9.5 : 8;
    if (room < 0) return shorten(name, i);
  }
  return name;
}

// Two lines beside each other: what went up and what came down.
std::string link(const Spot& spot, const LinkUse& use, const Scale& scale) {
  const double up = scale.width_of(use.bytes_up);
  const double down = scale.width_of(use.bytes_down);
  const auto line = [&](const char* name, double width, double aside) {
    if (width == 0) return std::string();
    const double dx = -std::sin(spot.angle) * aside;
    const double dy = std::cos(spot.angle) * aside;
    const Spot from{spot.angle, kCenter};
    return fmt::format(
        R"(<line class="link {}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke-width="{:.2f}"/>)",
        name, from.x() + dx, from.y() + dy, spot.x() + dx, spot.y() + dy, width);
  };
  const double apart = scale.widest > 4 ? 0.5 : 0;
  return line("down", down, down / 2 + apart) + line("up", up, -up / 2 - apart);
}

// Beside the circle, each at its spot's height, moved apart so that none covers another.
std::string place_labels(std::vector<Label> labels, bool right) {
  std::erase_if(labels, [&](const Label& label) { return (label.spot.x() >= kMiddleX) != right; });
  std::stable_sort(labels.begin(), labels.end(),
                   [](const Label& a, const Label& b) { return a.spot.y() < b.spot.y(); });
  double least = kLabelApart;
  for (Label& label : labels) {
    label.y = std::max(label.spot.y(), least);
    least = label.y + kLabelApart;
  }
  double most = kMapHeight - kLabelApart;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    label->y = std::min(label->y, most);
    most = label->y - kLabelApart;
  }
  const double side = right ? 1 : -1;
  const double x = kMiddleX + side * kLabelX;
  std::string out;
  for (const Label& label : labels)
    out += fmt::format(
        R"(<path class="leader" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/><text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)",
        label.spot.x() + side * 7, label.spot.y(), x - side * 4, label.y, x, label.y + 4,
        right ? "start" : "end", escape_html(label.text));
  return out;
}

std::string tip_of(const NodeFigures& node) {
  const LinkUse use = node.traffic.sum();
  return fmt::format("{}: {} up, {} down, {} messages", escape_html(node.name),
                     bytes_text(static_cast<double>(use.bytes_up)),
                     bytes_text(static_cast<double>(use.bytes_down)), count_text(messages_of(use)));
}

}  // namespace

std::string draw_map(const Report& report) {
  std::vector<std::vector<const NodeFigures*>> by_lane(report.lanes.size());
  Scale scale{0, widest_of(report.nodes.size())};
  for (const NodeFigures& node : report.nodes) {
    by_lane[node.lane].push_back(&node);
    const LinkUse use = node.traffic.sum();
    scale.most = std::max({scale.most, use.bytes_up, use.bytes_down});
  }
  const bool many = report.nodes.size() > kNamesMax;
  const std::vector<double> shares = shares_of(report.lanes);
  std::string lines, dots;
  std::vector<Label> labels;
  double from = -std::numbers::pi / 2;
  for (size_t lane = 0; lane < by_lane.size(); ++lane) {
    if (by_lane[lane].empty()) continue;
    const double to = from + 2 * std::numbers::pi * shares[lane];
    const double gap = std::min(kLaneGap, (to - from) / 6);
    const std::vector<Spot> spots = spots_in(from + gap, to - gap, by_lane[lane].size());
    for (size_t i = 0; i < spots.size(); ++i) {
      const NodeFigures& node = *by_lane[lane][i];
      lines += link(spots[i], node.traffic.sum(), scale);
      dots += fmt::format(
          R"(<circle class="node c{}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}</title></circle>)",
          lane % kColors, spots[i].x(), spots[i].y(), many ? 3.2 : 5.5, tip_of(node));
      if (!many) labels.push_back({fitting(node.name), spots[i], 0});
    }
    if (many && labels.size() < kNamesMax)
      labels.push_back(
          {fitting(fmt::format("{} × {}", by_lane[lane].size(), report.lanes[lane].name)),
           {(from + to) / 2, kRadius + 3 * kRingApart},
           0});
    from = to;
  }
  return fmt::format(
      R"(<section class="panel" id="map"><h3>Who talked to whom</h3><p>Each node with the authority; a link is as wide as the bytes that went over it (the widest: {}).</p>{}<svg class="map" viewBox="0 0 {} {}" role="img" aria-label="Who talked to whom">{}{}<circle class="authority" cx="{}" cy="{}" r="{}"/><text x="{}" y="{}" text-anchor="middle">authority</text>{}{}</svg></section>
)",
      bytes_text(static_cast<double>(scale.most)),
      legend({{"up", "to the authority"}, {"down", "to the node"}}), kMapWidth, kMapHeight, lines,
      dots, kMiddleX, kMiddleY, kCenter, kMiddleX, kMiddleY + 4, place_labels(labels, true),
      place_labels(labels, false));
}

}  // namespace syncline::sim
