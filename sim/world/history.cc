#include "sim/world/history.h"

#include <algorithm>

#include "proto/uses.h"
#include "storage/log_chain.h"

namespace syncline::sim {

std::optional<std::string> History::follow(const CommitLog& log,
                                           const std::function<void(const Entry&)>& told) {
  for (;;) {
    Result<std::vector<LogRecord>> records = log.read(LogIndex(read_.index.value + 1), 1u << 20);
    if (!records) return "chain: the log cannot be read: " + records.error().message;
    if (records->empty()) return std::nullopt;
    for (const LogRecord& record : *records) {
      if (Status follows = check_follows(read_, record); !follows)
        return "chain: " + follows.error().message;
      read_ = head_of(record);
      Result<std::optional<Entry>> entry = assembler_.add(record.bytes);
      if (!entry) return "chain: a log record does not decode: " + entry.error().message;
      if (!*entry) continue;
      if (auto complaint = add(std::move(**entry))) return "ledger: " + *complaint;
      if (told) told(entries_.back().entry);
    }
  }
}

std::optional<std::string> History::add(Entry entry) {
  if (entry.seq.value != head().value + 1) return "entry numbers are not in order";
  if (entry.payload_hash != payload_hash(entry.payload))
    return "entry " + std::to_string(entry.seq.value) + " has another payload than it says";
  if (!names_.emplace(entry.name, entry.seq).second)
    return "changeset " + to_string(entry.name) + " took effect twice";
  for (const Outcome& outcome : entry.outcomes) {
    if (outcome.verdict == Verdict::refused) ++refusals;
    if (outcome.verdict == Verdict::superseded) ++conflicts;
  }
  for (const ObjectEffect& effect : entry.objects) {
    auto& versions = versions_[effect.object];
    std::optional<Row> row = versions.empty() ? std::nullopt : versions.back().row;
    switch (effect.change) {
      case ObjectEffect::Change::unchanged:
        continue;
      case ObjectEffect::Change::removed:
        row.reset();
        break;
      case ObjectEffect::Change::born:
        row = Row{effect.id, entry.seq, entry.seq, {}};
        [[fallthrough]];
      case ObjectEffect::Change::updated:
        if (!row) return "entry " + std::to_string(entry.seq.value) + " updates an absent object";
        if (Status applied = apply_effects(&row->fields, effect.effects); !applied)
          return applied.error().message;
        row->changed = entry.seq;
    }
    if (versions.empty()) ++counts_[effect.object.type];
    versions.push_back({entry.seq, std::move(row)});
  }
  entries_.push_back({std::move(entry), read_.hash, read_.index});
  return std::nullopt;
}

Hash History::chain_at(LogSeq seq) const {
  return seq.value == 0 ? Hash() : entries_[seq.value - 1].chain;
}

LogIndex History::index_at(LogSeq seq) const {
  return seq.value == 0 ? LogIndex(0) : entries_[seq.value - 1].index;
}

const Entry* History::entry_of(const ChangesetName& name) const {
  auto it = names_.find(name);
  return it == names_.end() ? nullptr : &entry(it->second);
}

const History::Version* History::version_at(const Versions& versions, LogSeq seq) {
  auto after = std::upper_bound(versions.begin(), versions.end(), seq,
                                [](LogSeq s, const Version& version) { return s < version.since; });
  return after == versions.begin() ? nullptr : &*std::prev(after);
}

const Row* History::at(const ObjectName& name, LogSeq seq) const {
  auto it = versions_.find(name);
  const Version* version = it == versions_.end() ? nullptr : version_at(it->second, seq);
  return version != nullptr && version->row ? &*version->row : nullptr;
}

std::map<ObjectKey, const Row*> History::all_at(TypeNumber type, LogSeq seq) const {
  std::map<ObjectKey, const Row*> all;
  for (auto it = versions_.lower_bound({type, {}}); it != versions_.end() && it->first.type == type;
       ++it)
    if (const Row* row = at(it->first, seq)) all.emplace(it->first.key, row);
  return all;
}

std::vector<ObjectKey> History::gone_at(TypeNumber type, LogSeq seq, LogSeq after) const {
  std::vector<ObjectKey> gone;
  for (auto it = versions_.lower_bound({type, {}}); it != versions_.end() && it->first.type == type;
       ++it)
    if (const Version* last = version_at(it->second, seq);
        last != nullptr && !last->row && last->since > after)
      gone.push_back(it->first.key);
  return gone;
}

size_t History::ever_of(TypeNumber type) const {
  auto it = counts_.find(type);
  return it == counts_.end() ? 0 : it->second;
}

std::vector<TypeNumber> History::types() const {
  std::vector<TypeNumber> types;
  for (const auto& [type, count] : counts_) types.push_back(type);
  return types;
}

}  // namespace syncline::sim
