// From one node's pending queue through the authority to many.
#include <fmt/format.h>

#include <numeric>

#include "node/bench/fleet.h"
#include "node/bench/limits.h"
#include "node/bench/listener.h"
#include "node/bench/pending.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"

namespace syncline::bench {
namespace {

// The figure of `receivers` listeners. Changes are counted where they are wanted: at the receivers.
Status deliver(int receivers, uint64_t count, const Emit& emit) {
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_ASSIGN(Enrolled writer, fleet->enrol(false));
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < receivers; ++i) {
    SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
    listeners.push_back(std::make_unique<Listener>(
        ListenerOptions{fleet->authority().endpoint(), fleet->server_key(), enrolled.keys}));
  }
  SYNCLINE_ASSIGN(Node node, node_with_pending(fleet.get(), writer, 0, count, 1));
  for (auto& listener : listeners) SYNCLINE_TRY(listener->start());
  const uint64_t head = fleet->authority().status().head.seq.value;
  SYNCLINE_TRY(wait_for("the listeners", [&] {
    return std::all_of(listeners.begin(), listeners.end(),
                       [&](const auto& l) { return l->seq() == head || !l->complaint().empty(); });
  }));
  std::vector<uint64_t> before;
  for (auto& listener : listeners) before.push_back(listener->objects());

  const auto start = Clock::now();
  SYNCLINE_TRY(node.resume());
  SYNCLINE_TRY(wait_for("the delivery", [&] {
    for (int i = 0; i < receivers; ++i) {
      if (!listeners[i]->complaint().empty()) return true;
      if (listeners[i]->objects() - before[i] < count) return false;
    }
    return true;
  }));
  const double seconds = seconds_since(start);
  uint64_t bytes = 0, frames = 0;
  for (auto& listener : listeners) {
    if (!listener->complaint().empty()) return fail(ErrorCode::kInternal, listener->complaint());
    bytes += listener->bytes(), frames += listener->frames();
  }
  // A hundred objects to a message: what a live delta carries when there is work enough.
  SYNCLINE_ASSIGN(const double limit, zmq_fan_out(receivers, 18'000, 60'000 / receivers));
  emit({.name = fmt::format("fan_out_{}", receivers),
        .value = count * receivers / seconds,
        .unit = "delivered/s",
        .limit = limit * 100,
        .limit_of = fmt::format("ZeroMQ with CURVE to {} in messages of 100 records", receivers),
        .record = receivers == 1   ? 63'000.0
                  : receivers == 8 ? 178'000.0
                                   : 193'000.0,
        .record_of = "Realm core 14.14, bulk",
        .note = fmt::format("{} one-object changesets of one node; with their ingest; {:.0f} bytes "
                            "and {:.3f} frames a delivery",
                            count, static_cast<double>(bytes) / (count * receivers),
                            static_cast<double>(frames) / (count * receivers))});
  return {};
}

Status apply(int receivers, uint64_t count, const Emit& emit) {
  SYNCLINE_ASSIGN(auto fleet, Fleet::start());
  SYNCLINE_ASSIGN(Enrolled writer, fleet->enrol(false));
  std::vector<Node> nodes;
  for (int i = 0; i < receivers; ++i) {
    SYNCLINE_ASSIGN(Enrolled enrolled, fleet->enrol(true));
    SYNCLINE_ASSIGN(Node node, Node::open(enrolled.directory));
    SYNCLINE_TRY(wait_for("a first download", [&] { return !node.types().empty(); }));
    nodes.push_back(std::move(node));
  }
  SYNCLINE_ASSIGN(Node node, node_with_pending(fleet.get(), writer, 0, count, 1));
  const uint64_t head = fleet->authority().status().head.seq.value + count;
  const auto start = Clock::now();
  SYNCLINE_TRY(node.resume());
  // What the authority knows to be integrated was synced at its node.
  SYNCLINE_TRY(wait_for("the nodes", [&] {
    const AuthorityStatus status = fleet->authority().status();
    return std::count_if(status.peers.begin(), status.peers.end(), [&](const auto& peer) {
             return peer.integrated.value >= head;
           }) >= receivers;
  }));
  const double seconds = seconds_since(start);
  for (Node& each : nodes)
    if (each.status().objects != count)
      return fail(ErrorCode::kInternal,
                  fmt::format("a node has {} objects of {}", each.status().objects, count));
  SYNCLINE_ASSIGN(const double limit, rocksdb_puts(count, 180, 1000, false));
  emit({.name = fmt::format("fan_out_applied_{}", receivers),
        .value = count * receivers / seconds,
        .unit = "applied/s",
        .limit = limit,
        .limit_of = "RocksDB, 1000 records a batch, all in one store",
        .record = receivers == 1 ? 63'000.0 : 178'000.0,
        .record_of = "Realm core 14.14, bulk",
        .note = fmt::format("{} one-object changesets of one node; until the authority has heard "
                            "that every node has synced the last",
                            count)});
  return {};
}

}  // namespace

Status fan_out(const Emit& emit, const Tell& tell) {
  for (int receivers : {1, 8, 32}) {
    tell(fmt::format("fan_out: {} listeners", receivers));
    SYNCLINE_TRY(deliver(receivers, 100'000, emit));
  }
  return {};
}

Status fan_out_applied(const Emit& emit, const Tell& tell) {
  for (int receivers : {1, 8}) {
    tell(fmt::format("fan_out_applied: {} nodes", receivers));
    SYNCLINE_TRY(apply(receivers, 40'000, emit));
  }
  return {};
}

}  // namespace syncline::bench
