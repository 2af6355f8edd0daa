// bounds: whatever is sent stays within the credit that the other side gave and within the size of
// a message, and admission runs only so far ahead of the log, so that no queue grows beyond
// proto/limits.h.
#include <fmt/format.h>

#include "proto/limits.h"
#include "sim/oracles/oracles.h"

namespace syncline::sim {
namespace {

// A delta is made while there is credit left, of several messages if its decisions and leaves are
// many.
constexpr uint64_t kDeltaBytesOver = 4 * limits::kMessageBytesMax;

class BoundsOracle : public Oracle {
 public:
  explicit BoundsOracle(Grounds* grounds) : Oracle("bounds", grounds) {}

  void on_sent_to(DeviceId device, ConnectionId, const Message& message, size_t bytes) override {
    const NodeId node = device.node;
    check_size(node, bytes);
    check_layers();
    if (const Welcome* welcome = std::get_if<Welcome>(&message)) {
      Session& session = sessions_[device] = {};
      session.nonce = welcome->session;
      session.granted = welcome->upload_credit_bytes;
    }
    Session& session = sessions_[device];
    if (const UploadCredit* credit = std::get_if<UploadCredit>(&message))
      if (credit->session == session.nonce)
        session.granted = std::max(session.granted, credit->credit_bytes);
    const Delta* delta = std::get_if<Delta>(&message);
    if (delta == nullptr || delta->session != session.nonce) return;
    session.told += bytes;
    if (session.told > session.consumed + limits::kCreditBytes + kDeltaBytesOver)
      complain(fmt::format("node {} was sent {} bytes beyond its credit", to_string(node),
                           session.told - session.consumed - limits::kCreditBytes));
  }

  void on_sent_by(NodeProcess& node, const Message& message, size_t bytes) override {
    check_size(node.id(), bytes);
    Session& session = sessions_[node.device()];
    if (const Progress* progress = std::get_if<Progress>(&message))
      if (progress->session == session.nonce)
        session.consumed = std::max(session.consumed, progress->consumed_bytes);
    if (const Upload* upload = std::get_if<Upload>(&message))
      if (upload->session == session.nonce) session.offered += bytes;
    // Of parts the content counts.
    if (const UploadPart* part = std::get_if<UploadPart>(&message))
      if (part->session == session.nonce) session.offered += part->bytes.size();
    if (session.offered > session.granted)
      complain(fmt::format("node {} offers {} bytes beyond its credit", to_string(node.id()),
                           session.offered - session.granted));
  }

 private:
  // As both sides count, of the last session that was opened.
  struct Session {
    SessionNonce nonce;
    uint64_t granted = 0;
    uint64_t offered = 0;
    uint64_t told = 0;
    uint64_t consumed = 0;
  };
  void check_size(NodeId node, size_t bytes) {
    if (bytes > limits::kMessageBytesMax)
      complain(fmt::format("a message of {} bytes between node {} and the authority", bytes,
                           to_string(node)));
  }

  void check_layers() {
    const size_t layers = fleet().authority.machine().layers_in_flight();
    if (layers > limits::kLayersInFlightMax + 1)
      complain(fmt::format("{} layers are decided and not written", layers));
  }

  std::map<DeviceId, Session> sessions_;
};

}  // namespace

std::unique_ptr<Oracle> make_bounds_oracle(Grounds* grounds) {
  return std::make_unique<BoundsOracle>(grounds);
}

}  // namespace syncline::sim
