// Story: tells a scenario's run in words, a line for each thing that happens.
#pragma once

#include <functional>
#include <string>

#include "sim/script/watcher.h"

namespace syncline::sim {

class Story : public ScriptWatcher {
 public:
  explicit Story(std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {}

  void on_fleet(const Scenario& scenario, Stage* stage) override;
  void on_begin() override;
  void on_step(const Step& step, int64_t began_ms, bool held) override;
  void on_entry(const Entry& entry) override;

 private:
  // With the time since the script's start; nothing before it.
  void tell(const std::string& what);

  std::function<void(const std::string&)> tell_;
  Stage* stage_ = nullptr;
  bool begun_ = false;
};

}  // namespace syncline::sim
