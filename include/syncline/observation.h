// Observation: that something is observed. Node and Results hand it out.
#pragma once

#include <memory>

namespace syncline {

// Ends its observation when it goes: the callback does not run after that (nor is it running,
// unless it ends itself).
class Observation {
 public:
  Observation();
  Observation(Observation&&) noexcept;
  Observation& operator=(Observation&&) noexcept;
  ~Observation();

 private:
  friend class Node;
  friend struct NodeInside;
  struct Impl;
  explicit Observation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace syncline
