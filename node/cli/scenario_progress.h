// ScenarioProgress: tells how far a scenario's run is. It looks at the run now and then and does
// not touch it.
#pragma once

#include <cstdint>
#include <string>

#include "node/cli/progress_line.h"
#include "sim/script/stage.h"
#include "sim/script/watcher.h"

namespace syncline {

class ScenarioProgress : public sim::ScriptWatcher {
 public:
  // `name` stands before the figures.
  explicit ScenarioProgress(std::string name);
  void on_fleet(const sim::Scenario& scenario, sim::Stage* stage) override;
  void on_begin() override { begun_ = true; }
  void on_end(const sim::ScriptReport& run) override;

 private:
  int64_t look();

  std::string name_;
  ProgressLine line_;
  sim::Stage* stage_ = nullptr;
  int64_t planned_ms_ = 0;
  int64_t every_us_ = 0;
  bool begun_ = false;
};

}  // namespace syncline
