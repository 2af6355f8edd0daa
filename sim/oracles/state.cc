// state: the authority's own state is what the log says: rows, the by-seq index that lists each
// object once, marks of removal above the horizon, counts, decisions. Looked at whenever it has
// recovered, and at the end.
#include <fmt/format.h>

#include "node/authority/runs.h"
#include "node/authority/stored_object.h"
#include "node/authority/totals.h"
#include "sim/oracles/oracles.h"
#include "sim/oracles/rows.h"

namespace syncline::sim {
namespace {

class StateOracle : public Oracle {
 public:
  explicit StateOracle(Grounds* grounds) : Oracle("state", grounds) {}

  void on_authority_up() override { check(); }
  void at_end() override { check(); }

 private:
  const Reader& state() const { return fleet().authority.contents(); }

  void check() {
    Result<std::optional<Bytes>> bytes = state().get(state_keys::applied());
    Result<Applied> applied = decode_applied(bytes && *bytes ? **bytes : Bytes());
    if (!applied) return complain("the authority's state does not say how far it is");
    const LogSeq head = history().head();
    if (applied->seq != head || applied->hash != history().chain_at(head))
      return complain(
          fmt::format("the authority is at entry {} of {}", applied->seq.value, head.value));
    for (TypeNumber type : history().types()) {
      check_rows(type, head);
      check_index(type, head, applied->horizon);
    }
    const Result<std::optional<FirstMark>> first = first_entry_mark(state());
    if (!first) return complain("the authority's marks of entries cannot be read");
    const LogSeq from = *first ? (*first)->seq : LogSeq(1);
    for (LogSeq seq(1); seq <= head && !complained(); ++seq.value)
      check_decision(history().entry(seq), seq < from);
  }

  void check_rows(TypeNumber type, LogSeq head) {
    std::map<ObjectKey, const Row*> expected = history().all_at(type, head);
    const size_t count = expected.size();
    auto at = scan_rows(state(), type);
    uint64_t row_bytes = 0;
    for (; at->valid(); at->next()) {
      row_bytes += at->value().size();
      const ObjectName object{type, state_keys::key_of_row(at->key())};
      Result<Row> row = decode_row(at->value());
      auto wanted = expected.find(object.key);
      if (!row || wanted == expected.end() || *row != *wanted->second)
        return complain(fmt::format("the authority's {} is not what the log says",
                                    title_of(grounds(), object)));
      expected.erase(wanted);
    }
    if (!expected.empty())
      return complain(fmt::format("the authority lacks {}, which the log has",
                                  title_of(grounds(), {type, expected.begin()->first})));
    const Result<TypeTotal> total = read_type_total(state(), type);
    if (!total || total->objects != count || total->bytes != row_bytes)
      complain(
          fmt::format("the authority counts the {} objects of type {} wrongly", count, type.value));
  }

  bool is_asymmetric(TypeNumber type) const {
    const TypeDef* def = fleet().schema().type(type);
    return def != nullptr && def->asymmetric;
  }

  void check_index(TypeNumber type, LogSeq head, LogSeq horizon) {
    std::map<ObjectKey, std::pair<LogSeq, bool>> listed;
    const Bytes from = state_keys::by_seq_of(type);
    auto at = state().scan(from, prefix_end(from));
    for (; at->valid(); at->next()) {
      const auto [seq, key] = state_keys::parts_of_by_seq(at->key());
      if (!listed.emplace(key, std::pair(seq, !at->value().empty())).second)
        return complain(
            fmt::format("the by-seq index lists {} twice", title_of(grounds(), {type, key})));
    }
    for (const auto& [key, row] : history().all_at(type, head)) {
      auto there = listed.find(key);
      // Of what was only inserted, in an asymmetric type, there is nothing but the row.
      if (there == listed.end() && row->born == row->changed && is_asymmetric(type)) continue;
      if (there == listed.end() || there->second != std::pair(row->changed, false))
        return complain(fmt::format("the by-seq index does not list {} at its last change",
                                    title_of(grounds(), {type, key})));
    }
    for (const ObjectKey& key : history().gone_at(type, head, horizon)) {
      auto there = listed.find(key);
      if (there == listed.end() || !there->second.second)
        return complain(
            fmt::format("the mark of the removal of {} is gone", title_of(grounds(), {type, key})));
    }
  }

  void check_decision(const Entry& entry, bool may_be_gone) {
    const Result<std::optional<Decision>> decision = read_decision(state(), entry.name);
    if (decision && !*decision && may_be_gone) return;
    if (!decision || *decision != decided_by(entry))
      complain(fmt::format("the authority does not know what became of {}", to_string(entry.name)));
  }
};

}  // namespace

std::unique_ptr<Oracle> make_state_oracle(Grounds* grounds) {
  return std::make_unique<StateOracle>(grounds);
}

}  // namespace syncline::sim
