#include "node/cli/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include <fmt/format.h>

namespace syncline {
namespace {

constexpr int kBarCells = 24;
// On a terminal: more often nobody can see it.
constexpr std::chrono::milliseconds kMoveEvery{50};

std::string bar_of(double part) {
  const int full = static_cast<int>(std::clamp(part, 0.0, 1.0) * kBarCells);
  std::string bar = "[";
  for (int cell = 0; cell < kBarCells; ++cell) bar += cell < full ? '=' : cell == full ? '>' : ' ';
  return bar + "]";
}

}  // namespace

ProgressLine::ProgressLine(std::chrono::seconds line_every)
    : terminal_(isatty(STDERR_FILENO) != 0), line_every_(line_every) {}

std::string seconds_text(double seconds) {
  const auto s = std::llround(std::max(seconds, 0.0));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

std::string ProgressLine::left(double part) const {
  const double passed = std::chrono::duration<double>(Clock::now() - begun_).count();
  if (part <= 0 || part >= 1) return {};
  return fmt::format(", {} left", seconds_text(passed / part * (1 - part)));
}

void ProgressLine::show(const std::string& what, double part) {
  const auto now = Clock::now();
  if (now - shown_ < (terminal_ ? Clock::duration(kMoveEvery) : line_every_)) return;
  shown_ = now;
  if (terminal_) {
    std::cerr << "\r\033[K" << what << left(part) << std::flush;
  } else {
    std::cerr << what << left(part) << std::endl;
  }
}

void ProgressLine::show_bar(const std::string& what, double part) {
  show(terminal_ ? bar_of(part) + " " + what : what, part);
}

void ProgressLine::clear() {
  if (terminal_) std::cerr << "\r\033[K" << std::flush;
}

}  // namespace syncline
