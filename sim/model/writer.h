// Who wrote what, having seen what: the two questions that every rule of merging asks.
#pragma once

#include <map>
#include <optional>
#include <tuple>

#include "proto/ids.h"

namespace syncline::sim {

// One operation's place among all: n counts the operations of its changeset.
struct Mark {
  ChangesetName name;
  LogSeq seq;
  Stamp stamp;
  uint32_t n = 0;
};

// The one order of writes that have not seen each other.
inline bool later(const Mark& a, const Mark& b) {
  return std::tie(a.stamp, a.name, a.n) > std::tie(b.stamp, b.name, b.n);
}

// Which epochs follow which, per origin.
class Chains {
 public:
  void add(const ChangesetName& name, const std::optional<std::pair<Epoch, uint64_t>>& parent) {
    parents_.try_emplace({name.origin, name.epoch}, parent);
  }
  // Was `earlier` written before `name`, by the same origin and along its epochs?
  bool precedes(const ChangesetName& earlier, ChangesetName name) const {
    for (size_t steps = 0; steps <= parents_.size(); ++steps) {
      if (earlier.origin == name.origin && earlier.epoch == name.epoch)
        return earlier.number < name.number;
      const auto parent = parents_.find({name.origin, name.epoch});
      if (parent == parents_.end() || !parent->second) return false;
      name.epoch = parent->second->first;
      name.number = parent->second->second + 1;
    }
    return false;
  }

 private:
  std::map<std::pair<NodeId, Epoch>, std::optional<std::pair<Epoch, uint64_t>>> parents_;
};

struct Writer {
  Mark mark;
  LogSeq base;
  bool blind = false;
  const Chains* chains = nullptr;

  bool own(const Mark& other) const {
    return other.name == mark.name ? other.n <= mark.n : chains->precedes(other.name, mark.name);
  }
  bool saw(const Mark& other) const { return own(other) || (!blind && other.seq <= base); }
  // Does it stand over what stands?
  bool beats(const Mark& other) const { return saw(other) || later(mark, other); }
};

}  // namespace syncline::sim
