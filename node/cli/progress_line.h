// ProgressLine: how far long work is, on stderr: one line that moves on a terminal, elsewhere a
// line now and then. On the caller's thread.
#pragma once

#include <chrono>
#include <string>

namespace syncline {

class ProgressLine {
 public:
  // Where nobody watches, lines come not more often than this.
  explicit ProgressLine(std::chrono::seconds line_every = std::chrono::seconds(30));

  // `part` of the work, of 1, is done: says how long the rest takes.
  void show(const std::string& what, double part);
  void show(const std::string& what, uint64_t done, uint64_t of) {
    show(what, of == 0 ? 0 : double(done) / double(of));
  }
  // The same with a bar.
  void show_bar(const std::string& what, double part);
  void clear();
  bool moves() const { return terminal_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::string left(double part) const;

  const bool terminal_;
  const Clock::duration line_every_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_ = begun_;
};

// "1 h 20 min", of seconds.
std::string seconds_text(double seconds);

}  // namespace syncline
