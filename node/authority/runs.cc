#include "node/authority/runs.h"

#include "node/authority/state_keys.h"
#include "proto/planted.h"

namespace syncline {
namespace {

constexpr size_t kRunItemsMax = 256;
constexpr size_t kRunBytesMax = 64u << 10;  // decisions may tell why at length

// Runs stand behind keys that end in the number of their first item, 8 bytes. The item whose key
// this would be, if it is kept; lowest: the key of number 0.
Result<std::optional<Bytes>> find_in_runs(const Reader& state, const Bytes& lowest, Bytes key) {
  const auto number_of = [](BytesView run_key) {
    return get_u64_big_endian(run_key.substr(run_key.size() - 8));
  };
  const uint64_t number = number_of(key);
  key.push_back('\0');  // the first key above it
  const auto at = state.scan_back(lowest, key);
  SYNCLINE_TRY(at->status());
  if (!at->valid()) return std::nullopt;
  SYNCLINE_ASSIGN(const std::optional<BytesView> item,
                  item_of_run(at->value(), number - number_of(at->key())));
  return item ? std::optional<Bytes>(*item) : std::nullopt;
}

// Collects what follows on one another behind the key of the first.
class RunWriter {
 public:
  explicit RunWriter(Batch* batch) : batch_(batch) {}
  // key: of this item, should it be the first of a run. follows: the item before it.
  void add(Bytes key, bool follows, Bytes item) {
    if (!follows || items_.size() >= kRunItemsMax || bytes_ + item.size() > kRunBytesMax) close();
    if (items_.empty()) key_ = std::move(key);
    bytes_ += item.size();
    items_.push_back(std::move(item));
  }
  void close() {
    if (!items_.empty()) batch_->put(std::move(key_), encode_run(items_));
    items_.clear();
    bytes_ = 0;
  }

 private:
  Batch* batch_;
  Bytes key_;
  std::vector<Bytes> items_;
  size_t bytes_ = 0;
};

bool follows(const ChangesetName& before, const ChangesetName& name) {
  return name.origin == before.origin && name.epoch == before.epoch &&
         name.number == before.number + 1;
}

}  // namespace

Result<std::optional<EntryMark>> read_entry_mark(const Reader& state, LogSeq seq) {
  SYNCLINE_ASSIGN(
      const std::optional<Bytes> bytes,
      find_in_runs(state, state_keys::entry_run(LogSeq(0)), state_keys::entry_run(seq)));
  if (!bytes) return std::nullopt;
  SYNCLINE_ASSIGN(const EntryMark mark, decode_entry_mark(*bytes));
  return mark;
}

Result<std::optional<Decision>> read_decision(const Reader& state, const ChangesetName& name) {
  SYNCLINE_ASSIGN(const std::optional<Bytes> bytes,
                  find_in_runs(state, state_keys::decision_run({name.origin, name.epoch, 0}),
                               state_keys::decision_run(name)));
  if (!bytes) return std::nullopt;
  SYNCLINE_ASSIGN(Decision decision, decode_decision(*bytes));
  return decision;
}

size_t size_of(const Decision& decision) {
  size_t size = 96;
  for (const Outcome& outcome : decision.outcomes) size += 48 + outcome.text.size();
  return size;
}

Result<std::optional<FirstMark>> first_entry_mark(const Reader& state) {
  const Bytes from = state_keys::entry_run(LogSeq(0));
  const auto at = state.scan(from, prefix_end(state_keys::entry_runs()));
  SYNCLINE_TRY(at->status());
  if (!at->valid()) return std::nullopt;
  SYNCLINE_ASSIGN(const std::vector<BytesView> items, decode_run(at->value()));
  SYNCLINE_ASSIGN(const EntryMark mark, decode_entry_mark(items.front()));
  return FirstMark{state_keys::first_of_entry_run(at->key()), mark};
}

Status each_entry_mark(const Reader& state, LogSeq from, LogSeq to,
                       const std::function<bool(LogSeq, const EntryMark&)>& take) {
  if (from >= to) return {};
  // `from` may lie within a run that begins before it.
  Bytes begin = state_keys::entry_run(from);
  {
    const auto before = state.scan_back(state_keys::entry_run(LogSeq(0)), begin);
    SYNCLINE_TRY(before->status());
    if (before->valid()) begin.assign(before->key());
  }
  const auto at = state.scan(begin, state_keys::entry_run(to));
  for (; at->valid(); at->next()) {
    LogSeq seq = state_keys::first_of_entry_run(at->key());
    SYNCLINE_ASSIGN(const std::vector<BytesView> items, decode_run(at->value()));
    for (const BytesView item : items) {
      if (seq >= to) return {};
      if (seq >= from) {
        SYNCLINE_ASSIGN(const EntryMark mark, decode_entry_mark(item));
        if (!take(seq, mark)) return {};
      }
      seq = LogSeq(seq.value + 1);
    }
  }
  return at->status();
}

LogSeq forget_entry_marks(const Reader& state, LogSeq below, Batch* batch) {
  const Bytes lowest = state_keys::entry_run(LogSeq(0));
  // The last run that begins at or before it may hold it.
  const auto back = state.scan_back(lowest, state_keys::entry_run(LogSeq(below.value + 1)));
  if (!back->valid()) return below;
  const Bytes kept(back->key());
  if (state.scan(lowest, kept)->valid()) batch->erase_range(lowest, kept);
  return state_keys::first_of_entry_run(kept);
}

Status forget_decisions(const Reader& state, const std::function<LogSeq(NodeId)>& up_to,
                        size_t runs_max, Bytes* next, Batch* batch) {
  const Bytes all = state_keys::decision_runs();
  const Bytes end = prefix_end(all);
  Bytes from = next->empty() ? all : std::move(*next);
  next->clear();
  auto at = state.scan(from, end);
  for (; at->valid(); --runs_max) {
    if (runs_max == 0) {
      next->assign(at->key());
      return {};
    }
    SYNCLINE_ASSIGN(const std::vector<BytesView> items, decode_run(at->value()));
    SYNCLINE_ASSIGN(const Decision last, decode_decision(items.back()));
    if (last.seq <= up_to(last.name.origin)) {
      batch->erase(Bytes(at->key()));
      at->next();
    } else {
      // Within an epoch numbers rise with seqs: on with the next epoch.
      at = state.scan(state_keys::decision_run({last.name.origin, last.name.epoch, UINT64_MAX}),
                      end);
    }
  }
  return at->status();
}

Result<DecisionsAfter> DecisionsAfter::find(const Reader& state, NodeId origin, Epoch epoch,
                                            uint64_t number, LogSeq after) {
  DecisionsAfter found;
  found.after_ = after;
  const Bytes from = state_keys::decision_run({origin, epoch, 0});
  const Bytes to = state_keys::decision_run({origin, epoch, number + 1});
  // Back from the newest to a run that holds none of them.
  Bytes first;
  const auto back = state.scan_back(from, to);
  for (; back->valid(); back->next()) {
    SYNCLINE_ASSIGN(const std::vector<BytesView> items, decode_run(back->value()));
    SYNCLINE_ASSIGN(const Decision last, decode_decision(items.back()));
    if (last.seq <= after) break;
    first.assign(back->key());
  }
  SYNCLINE_TRY(back->status());
  if (!first.empty()) found.at_ = state.scan(first, to);
  return found;
}

Result<std::optional<Decision>> DecisionsAfter::next() {
  while (taken_.empty() && at_ != nullptr && at_->valid()) {
    SYNCLINE_ASSIGN(const std::vector<BytesView> items, decode_run(at_->value()));
    for (const BytesView item : items) {
      SYNCLINE_ASSIGN(Decision decision, decode_decision(item));
      if (decision.seq > after_) taken_.push_back(std::move(decision));
    }
    at_->next();
  }
  if (at_ != nullptr) SYNCLINE_TRY(at_->status());
  if (taken_.empty()) return std::nullopt;
  Decision decision = std::move(taken_.front());
  taken_.pop_front();
  return decision;
}

void NewRuns::add(LogSeq seq, const EntryMark& mark) {
  if (marks_.empty()) first_ = seq;
  marks_.push_back(mark);
  bytes_ += sizeof(EntryMark);
}

void NewRuns::add(const Decision& decision) {
  decisions_.insert_or_assign(decision.name, decision);
}

std::optional<EntryMark> NewRuns::mark(LogSeq seq) const {
  if (seq < first_ || seq.value - first_.value >= marks_.size()) return std::nullopt;
  return marks_[seq.value - first_.value];
}

std::optional<Decision> NewRuns::decision(const ChangesetName& name) const {
  const auto at = decisions_.find(name);
  return at == decisions_.end() ? std::nullopt : std::optional(at->second);
}

void NewRuns::write(Batch* batch) {
  RunWriter entries(batch);
  for (size_t i = 0; i < marks_.size(); ++i)
    entries.add(state_keys::entry_run(LogSeq(first_.value + i)), i > 0,
                encode_entry_mark(marks_[i]));
  entries.close();
  RunWriter decided(batch);
  const ChangesetName* before = nullptr;
  for (const auto& [name, decision] : decisions_) {
    if (SYNCLINE_PLANTED(lose_run) && name.number % 16 == 0) continue;
    decided.add(state_keys::decision_run(name), before != nullptr && follows(*before, name),
                encode_decision(decision));
    before = &name;
  }
  decided.close();
  marks_.clear();
  decisions_.clear();
  bytes_ = 0;
}

}  // namespace syncline
