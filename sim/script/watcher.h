// ScriptWatcher: sees a scenario's run as it goes: reports and progress. The run does not depend on
// it: it reads and keeps, and touches nothing. On the run's thread.
#pragma once

#include <cstdint>
#include <vector>

namespace syncline {
struct Entry;
}

namespace syncline::sim {

class NodeProcess;
struct Scenario;
struct ScriptReport;
struct Stage;
struct Step;

class ScriptWatcher {
 public:
  virtual ~ScriptWatcher() = default;
  // Nothing has happened yet. To look at moments of its own: stage->fleet.clock.watch().
  virtual void on_fleet(const Scenario& /*scenario*/, Stage* /*stage*/) {}
  // Everybody is up to date, and the script begins.
  virtual void on_begin() {}
  // Done, or not: began_ms is since the script's start.
  virtual void on_step(const Step& /*step*/, int64_t /*began_ms*/, bool /*held*/) {}
  // The log has one more.
  virtual void on_entry(const Entry& /*entry*/) {}
  // The reader has integrated what another node wrote, so long after.
  virtual void on_lag(const NodeProcess& /*reader*/, int64_t /*ms*/) {}
  // The fleet is still there.
  virtual void on_end(const ScriptReport& /*report*/) {}
};

using ScriptWatchers = std::vector<ScriptWatcher*>;

}  // namespace syncline::sim
