// `syncline bench`: JSON lines on stdout, progress on stderr.
#include <cmath>
#include <iostream>

#include "node/bench/bench.h"
#include "node/cli/commands.h"

namespace syncline {
namespace {

// Four digits are more than a run repeats.
double rounded(double value) {
  if (value == 0) return 0;
  const double scale = std::pow(10, 3 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * scale) / scale;
}

nlohmann::ordered_json json_of(const bench::Figure& figure, bool peers) {
  nlohmann::ordered_json json{
      {"name", figure.name}, {"value", rounded(figure.value)}, {"unit", figure.unit}};
  json["limit"] = nullptr;
  json["ratio"] = nullptr;
  if (figure.limit) {
    json["limit"] = rounded(*figure.limit);
    json["limit_of"] = figure.limit_of;
    if (figure.ratio()) json["ratio"] = rounded(*figure.ratio());
  }
  json["better"] = figure.less_is_better ? "less" : "more";
  if (peers && figure.record != 0) {
    json["record"] = figure.record;
    json["record_of"] = figure.record_of;
  }
  json["note"] = figure.note;
  return json;
}

}  // namespace

Result<int> run_benchmarks(const std::vector<std::string>& names, bool peers) {
  SYNCLINE_TRY(bench::run(
      names,
      [peers](const bench::Figure& figure) { terminal().line(json_of(figure, peers).dump()); },
      [](const std::string& text) { std::cerr << text << std::endl; }));
  return 0;
}

}  // namespace syncline
