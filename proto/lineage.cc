#include "proto/lineage.h"

#include <algorithm>

#include "proto/limits.h"

namespace syncline {
namespace {

const Fork* find(const Forks& forks, Incarnation incarnation) {
  for (const Fork& fork : forks)
    if (fork.incarnation == incarnation) return &fork;
  return nullptr;
}

// How much of `of` the history that ends in `incarnation` holds; nullopt: nothing.
std::optional<LogSeq> held_of(const Forks& forks, Incarnation of, Incarnation incarnation) {
  LogSeq held(UINT64_MAX);
  // Hostile forks may form a ring: it ends with the count.
  for (size_t steps = 0; steps <= forks.size(); ++steps) {
    if (incarnation == of) return held;
    const Fork* fork = find(forks, incarnation);
    if (fork == nullptr) return std::nullopt;
    held = std::min(held, fork->seq);
    incarnation = fork->parent;
  }
  return std::nullopt;
}

}  // namespace

std::optional<LogSeq> shared_up_to(const Forks& forks, LogPosition position,
                                   Incarnation incarnation) {
  for (size_t steps = 0; steps <= forks.size(); ++steps) {
    if (std::optional<LogSeq> held = held_of(forks, position.incarnation, incarnation))
      return std::min(*held, position.seq);
    const Fork* fork = find(forks, position.incarnation);
    if (fork == nullptr) return std::nullopt;
    position = {fork->parent, std::min(fork->seq, position.seq)};
  }
  return std::nullopt;
}

void learn_forks(Forks* forks, const Forks& heard) {
  for (const Fork& fork : heard)
    if (find(*forks, fork.incarnation) == nullptr) forks->push_back(fork);
  if (forks->size() > limits::kForksMax)
    forks->erase(forks->begin(),
                 forks->begin() + static_cast<ptrdiff_t>(forks->size() - limits::kForksMax));
}

}  // namespace syncline
