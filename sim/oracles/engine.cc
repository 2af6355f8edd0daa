// engine: where the shipped storage engine runs beside a virtual disk (sim/world/twin_store.h), it
// answers every read as the disk does, and holds after a crash what a disk may hold.
#include "sim/oracles/oracles.h"

namespace syncline::sim {
namespace {

class EngineOracle : public Oracle {
 public:
  explicit EngineOracle(Grounds* grounds) : Oracle("engine", grounds) {
    grounds->fleet->on_engine_differs = [this](const std::string& what) { complain(what); };
  }
  ~EngineOracle() override { fleet().on_engine_differs = nullptr; }

  void at_end() override {
    if (const TwinStore* twin = fleet().authority.twin()) twin->compare();
    for (const auto& node : fleet().nodes)
      if (const TwinStore* twin = node->twin()) twin->compare();
  }
};

}  // namespace

std::unique_ptr<Oracle> make_engine_oracle(Grounds* grounds) {
  return std::make_unique<EngineOracle>(grounds);
}

}  // namespace syncline::sim
