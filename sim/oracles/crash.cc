// crash: after a kill a node's store is as it was, after a power loss as it was at some moment at
// or after the last sync: never a mixture, never what it never was.
#include <fmt/format.h>

#include <deque>

#include "node/replica/keys.h"
#include "sim/oracles/oracles.h"

namespace syncline::sim {
namespace {

class CrashOracle : public Oracle {
 public:
  explicit CrashOracle(Grounds* grounds) : Oracle("crash", grounds) {}

  void on_stored(NodeProcess& node) override {
    std::deque<Moment>& moments = moments_[node.device()];
    // Of what is synced only the last moment can come back.
    if (node.disk().unsafe().logged == 0) moments.clear();
    Moment now = moment_of(node);
    if (moments.empty() || moments.back() != now) moments.push_back(std::move(now));
  }

  void on_down(NodeProcess& node, Ending how) override {
    const Moment now = moment_of(node);
    std::deque<Moment>& moments = moments_[node.device()];
    const bool power = how == Ending::power;
    const bool was = power ? std::find(moments.begin(), moments.end(), now) != moments.end()
                           : !moments.empty() && moments.back() == now;
    // What a failed write left behind nobody knows; of a store that nobody has written yet there is
    // nothing to say.
    if (!was && how != Ending::failed && !moments.empty())
      complain(fmt::format("after a {} node {} is at {}, as it never was or no more",
                           power ? "power loss" : "kill", to_string(node.id()), now.text()));
    moments = {now};
  }
  void on_restored(NodeProcess& node) override { moments_.erase(node.device()); }

 private:
  // What tells one moment of a store from others.
  struct Moment {
    WriterMark writer;
    ViewMark view;
    uint64_t written = 0;
    uint64_t kept_runs = 0;
    uint64_t receipts = 0;
    bool operator==(const Moment&) const = default;
    std::string text() const {
      return fmt::format(
          "changeset {}, entry {}, {} there in {} kept runs and pending, {} receipts",
          writer.next_order - 1, view.cursor.seq.value, written, kept_runs, receipts);
    }
  };

  static uint64_t count(const Reader& disk, Keyspace space) {
    uint64_t count = 0;
    const Bytes from = node_keys::all(space);
    for (auto at = disk.scan(from, prefix_end(from)); at->valid(); at->next()) ++count;
    return count;
  }

  Moment moment_of(const NodeProcess& node) {
    Moment moment;
    const Reader& disk = node.contents();
    if (auto bytes = disk.get(node_keys::meta::writer()); bytes && *bytes)
      if (auto mark = decode_writer_mark(**bytes)) moment.writer = *mark;
    if (auto bytes = disk.get(node_keys::meta::view()); bytes && *bytes)
      if (auto mark = decode_view_mark(**bytes)) moment.view = *mark;
    moment.written = count(disk, Keyspace::node_written);
    moment.kept_runs = count(disk, Keyspace::node_kept);
    moment.receipts = count(disk, Keyspace::node_receipt);
    return moment;
  }

  std::map<DeviceId, std::deque<Moment>> moments_;
};

}  // namespace

std::unique_ptr<Oracle> make_crash_oracle(Grounds* grounds) {
  return std::make_unique<CrashOracle>(grounds);
}

}  // namespace syncline::sim
