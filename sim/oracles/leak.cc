// leak: from the moment that an entry is committed nothing is sent that the node's view at that
// entry hides: no object, no field, no other's decision, no name of what it never held.
#include <fmt/format.h>

#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

class LeakOracle : public Oracle {
 public:
  explicit LeakOracle(Grounds* grounds) : Oracle("leak", grounds) {}

  void on_sent_to(DeviceId device, ConnectionId connection, const Message& message,
                  size_t bytes) override {
    const NodeId node = device.node;
    const LogSeq now = fleet().authority.machine().committed().seq;
    if (const Welcome* welcome = std::get_if<Welcome>(&message)) {
      const Enrolled* member = roster().member(node, now);
      if (member == nullptr || member->removed || welcome->user != member->user)
        complain(fmt::format("node {} is welcomed as another user", to_string(node)));
    }
    const Delta* delta = std::get_if<Delta>(&message);
    if (delta == nullptr) return;
    for (const Decision& decision : delta->decisions)
      if (decision.name.origin != node)
        complain(fmt::format("node {} was sent another's decision", to_string(node)));
    for (const Bytes& object : delta->objects) check(node, *delta, object);
    if (delta->fragment.empty()) return;
    Bytes& whole = fragments_[connection];
    if (delta->fragment_offset == 0) whole.clear();
    whole += delta->fragment;
    if (whole.size() == delta->fragment_total) check(node, *delta, whole);
  }

 private:
  // As the view of the last entry shows it: at the entry that a live delta tells of, or at the one
  // that a transfer leads to.
  const FieldMask* shown(NodeId node, const ObjectName& object, LogSeq at) {
    const auto view = roster().view(node, fleet().authority.machine().committed().seq);
    return SightAt(view.get(), node, &history(), at).shows(object);
  }

  // Only what is held is taken away: it was shown before the entry, or where the node stood by the
  // view that it had there; what a bootstrap has staged, by the type.
  bool held(NodeId node, const Delta& delta, const ObjectName& object, LogSeq seq) {
    if (delta.kind == Delta::Kind::live)
      return shown(node, object, LogSeq(seq.value - 1)) != nullptr;
    const auto before = roster().view(node, delta.from.seq);
    if (delta.kind == Delta::Kind::bootstrap)
      return object.type == system_type::kSubscription || before->shows_all_of(object.type) ||
             roster().view(node, delta.to.seq)->shows_all_of(object.type);
    return SightAt(before.get(), node, &history(), delta.from.seq).shows(object) != nullptr;
  }

  void check(NodeId node, const Delta& message, const Bytes& bytes) {
    Result<ObjectDelta> delta = decode_object_delta(bytes);
    if (!delta) return complain("an object of a delta cannot be read");
    if (delta->kind == ObjectDelta::Kind::leave) {
      if (!held(node, message, delta->object, delta->seq))
        complain(fmt::format("node {} was told to let go of {}, which it never held",
                             to_string(node), title_of(grounds(), delta->object)));
      return;
    }
    const FieldMask* mask =
        shown(node, delta->object, message.kind == Delta::Kind::live ? delta->seq : message.to.seq);
    if (mask == nullptr)
      return complain(fmt::format("node {} was sent {}, which its view hides", to_string(node),
                                  title_of(grounds(), delta->object)));
    bool leaks = false;
    if (delta->kind == ObjectDelta::Kind::enter) {
      Result<Row> row = decode_row(delta->row);
      leaks = !row || project(*mask, row->fields) != row->fields;
    }
    for (const Effect& effect : delta->effects) {
      if (!effect.path.empty()) {
        leaks = leaks || mask->sight(effect.path) != FieldMask::Sight::whole;
      } else if (effect.item.is_scope()) {
        leaks = leaks || project(*mask, *effect.item.scope()) != *effect.item.scope();
      }
    }
    if (leaks)
      complain(fmt::format("node {} was sent a field of {} that its view hides", to_string(node),
                           title_of(grounds(), delta->object)));
  }

  std::map<ConnectionId, Bytes> fragments_;  // of the object that is on its way in pieces
};

}  // namespace

std::unique_ptr<Oracle> make_leak_oracle(Grounds* grounds) {
  return std::make_unique<LeakOracle>(grounds);
}

}  // namespace syncline::sim
