// proof: whoever reads the log can prove who wrote what is in it (no forgery); and a log that has
// told of an entry never goes back behind it. The chain itself is recomputed by History.
#include <fmt/format.h>

#include "node/authority/log_proof.h"
#include "proto/uses.h"
#include "sim/oracles/oracles.h"

namespace syncline::sim {
namespace {

class ProofOracle : public Oracle {
 public:
  explicit ProofOracle(Grounds* grounds)
      : Oracle("proof", grounds),
        proof_(fleet().authority.id(), site_of(fleet().authority.server_key()),
               [this](NodeId node) -> std::optional<PublicKey> {
                 const Enrolled* member = roster().member(node, history().head());
                 return member == nullptr ? std::nullopt : std::optional(member->identity);
               }) {}

  void on_entry(const Entry& entry) override {
    if (auto fault = proof_.add(entry)) complain(*fault);
  }
  void on_authority_up() override {
    const LogIndex committed = history().index_at(history().head());
    Result<LogHead> head = fleet().authority.log().head();
    if (!head) return complain("the log has no head: " + head.error().message);
    if (head->index < committed)
      complain(fmt::format("the log ends at record {}, {} were committed", head->index.value,
                           committed.value));
  }

 private:
  LogProof proof_;
};

}  // namespace

std::unique_ptr<Oracle> make_proof_oracle(Grounds* grounds) {
  return std::make_unique<ProofOracle>(grounds);
}

}  // namespace syncline::sim
