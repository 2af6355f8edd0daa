// insert_only: of an asymmetric type nodes make objects, each where nothing stood, and do nothing
// else; no node's store shows or keeps one, pending or decided.
#include <fmt/format.h>

#include "node/replica/keys.h"
#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

class InsertOnlyOracle : public Oracle {
 public:
  explicit InsertOnlyOracle(Grounds* grounds) : Oracle("insert_only", grounds) {}

  void on_entry(const Entry& entry) override {
    if (entry.name.origin == fleet().authority.id()) return;
    const LogSeq before(entry.seq.value - 1);
    for (const ObjectEffect& effect : entry.objects) {
      if (!is_asymmetric(effect.object.type)) continue;
      if (effect.change == ObjectEffect::Change::born &&
          history().at(effect.object, before) == nullptr)
        continue;
      return complain(fmt::format("entry {} changes {}, which was inserted before", entry.seq.value,
                                  title_of(grounds(), effect.object)));
    }
  }
  void on_stored(NodeProcess& node) override { check(node); }
  void on_up(NodeProcess& node) override { check(node); }

 private:
  bool is_asymmetric(TypeNumber type) const {
    const TypeDef* def = fleet().schema().type(type);
    return def != nullptr && def->asymmetric;
  }

  void check(const NodeProcess& node) {
    for (const TypeDef& type : fleet().schema().types) {
      if (!type.asymmetric || complained()) continue;
      for (const Bytes& from :
           {node_keys::rows_of(type.number), node_keys::overlays_of(type.number)}) {
        const auto at = node.contents().scan(from, prefix_end(from));
        if (at->valid())
          complain(fmt::format("node {} keeps an object of {}", to_string(node.id()), type.name));
      }
    }
  }
};

}  // namespace

std::unique_ptr<Oracle> make_insert_only_oracle(Grounds* grounds) {
  return std::make_unique<InsertOnlyOracle>(grounds);
}

}  // namespace syncline::sim
