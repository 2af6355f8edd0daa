// The `syncline` program with a predicate of its own: rules may ask whether a place lies within
// reach of another, which no operator says.
//
//   "document_filters": {
//     "read": { "%%true": { "%function": {
//       "name": "withinReach", "arguments": ["%%user.custom_data.depot", "%%root.place", 50] } } }, ...
//
// Build it against syncline_cli and use it wherever the plain program would be used.
#include <cmath>
#include <cstdlib>
#include <string>

#include "syncline/command_line.h"

namespace {

using syncline::Value;

// "59.91,10.75": degrees.
bool read_place(const Value& value, double* latitude, double* longitude) {
  const std::string* text = value.get_if<std::string>();
  if (text == nullptr) return false;
  const size_t comma = text->find(',');
  if (comma == std::string::npos) return false;
  char* end = nullptr;
  *latitude = std::strtod(text->c_str(), &end);
  *longitude = std::strtod(text->c_str() + comma + 1, &end);
  return true;
}

// From, to, kilometres. What it cannot read is out of reach.
Value within_reach(std::span<const Value> arguments) {
  double latitude[2], longitude[2];
  if (arguments.size() != 3 || !arguments[2].is_integer()) return Value(false);
  for (int i : {0, 1})
    if (!read_place(arguments[i], &latitude[i], &longitude[i])) return Value(false);
  constexpr double kKilometresPerDegree = 111.2;
  constexpr double kRadians = 0.017453292519943295;
  const double north = latitude[1] - latitude[0];
  const double east = (longitude[1] - longitude[0]) * std::cos(latitude[0] * kRadians);
  const double distance = kKilometresPerDegree * std::sqrt(north * north + east * east);
  return Value(distance <= static_cast<double>(arguments[2].as_integer()));
}

}  // namespace

int main(int argc, char** argv) {
  auto functions = std::make_shared<syncline::RuleFunctions>();
  (*functions)["withinReach"] = std::make_shared<syncline::RuleFunction>(within_reach);
  return syncline::run_command_line(argc, argv, std::move(functions));
}
