// Gate: between one node's process and its radio. While held, uploads and deltas wait in it, so
// that a script decides how many move, and when; greetings, credit and the like pass. The machines
// on both ends see nothing but a slow link.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "proto/messages.h"

namespace syncline::sim {

class Gate {
 public:
  bool held = false;

  // Does the frame wait? If so it is kept.
  bool keeps_up(Bytes& frame);
  bool keeps_down(Bytes& frame);
  // The next upload with the parts that go before it, and the changesets that it brings; empty if
  // none waits. It says that it leaves at `now`: a write's age is counted up to there.
  std::vector<Bytes> next_upload(const WriteClock& now, std::vector<ChangesetName>* names);
  // Where the next delta leads.
  std::optional<LogSeq> next_delivery() const;
  // The next delta, and all behind it up to the one after; empty if nothing waits.
  std::vector<Bytes> take_delivery();
  // The connection is lost.
  void drop();

 private:
  std::deque<Bytes> up_;
  std::deque<Bytes> down_;
};

}  // namespace syncline::sim
