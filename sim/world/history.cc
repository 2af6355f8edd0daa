#include "sim/world/history.h"

namespace syncline::sim {

std::optional<std::string> History::follow(const CommitLog& log) {
  for (;;) {
    Result<std::vector<LogRecord>> records = log.read(next_, 1u << 20);
    if (!records) return "the log cannot be read: " + records.error().message;
    if (records->empty()) return std::nullopt;
    for (const LogRecord& record : *records) {
      Result<std::optional<Entry>> entry = assembler_.add(record.bytes);
      if (!entry) return "a log record does not decode: " + entry.error().message;
      next_ = LogIndex(record.index.value + 1);
      if (!*entry) continue;
      last_record_[(*entry)->seq] = record.index;
      if (auto complaint = add(std::move(**entry))) return complaint;
    }
  }
}

std::optional<std::string> History::add(Entry entry) {
  if (entry.seq.value != head_.value + 1) return "entry numbers are not in order";
  head_ = entry.seq;
  incarnation_ = entry.incarnation;
  if (entries_.contains(entry.name))
    return "changeset " + to_string(entry.name) + " took effect twice";
  for (const Outcome& outcome : entry.outcomes) {
    if (outcome.verdict == Verdict::refused) ++refusals;
    if (outcome.verdict == Verdict::superseded) ++conflicts;
  }
  for (const ObjectEffect& effect : entry.objects) {
    auto& versions = versions_[effect.object];
    std::optional<Row> row = versions.empty() ? std::nullopt : versions.back().second;
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
    versions.emplace_back(entry.seq, std::move(row));
  }
  const ChangesetName name = entry.name;
  names_.push_back(name);
  entries_.emplace(name, std::move(entry));
  return std::nullopt;
}

void History::restored(const Fork& fork) {
  lost_.try_emplace(incarnation_, std::make_shared<const History>(*this));
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.seq > fork.seq; });
  for (auto& [name, versions] : versions_)
    while (!versions.empty() && versions.back().first > fork.seq) versions.pop_back();
  last_record_.erase(last_record_.upper_bound(fork.seq), last_record_.end());
  assembler_ = EntryAssembler();
  head_ = fork.seq;
  next_ = LogIndex((last_record_.empty() ? 0 : last_record_.rbegin()->second.value) + 1);
  incarnation_ = fork.incarnation;
}

const History& History::of(Incarnation incarnation) const {
  auto it = lost_.find(incarnation);
  return it == lost_.end() ? *this : *it->second;
}

const Entry* History::entry_of(const ChangesetName& name) const {
  auto it = entries_.find(name);
  return it == entries_.end() ? nullptr : &it->second;
}

const ChangesetName* History::name_at(LogSeq seq) const {
  return seq.value == 0 || seq.value > names_.size() ? nullptr : &names_[seq.value - 1];
}

std::optional<Row> History::at(const ObjectName& name, LogSeq seq) const {
  auto it = versions_.find(name);
  if (it == versions_.end()) return std::nullopt;
  std::optional<Row> row;
  for (const auto& [since, version] : it->second) {
    if (since > seq) break;
    row = version;
  }
  return row;
}

std::map<ObjectKey, Row> History::all_at(TypeNumber type, LogSeq seq) const {
  std::map<ObjectKey, Row> all;
  for (auto it = versions_.lower_bound({type, {}}); it != versions_.end() && it->first.type == type;
       ++it)
    if (std::optional<Row> row = at(it->first, seq)) all.emplace(it->first.key, std::move(*row));
  return all;
}

}  // namespace syncline::sim
