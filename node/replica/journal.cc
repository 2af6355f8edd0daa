#include "node/replica/journal.h"

#include <fmt/format.h>

#include <set>

#include "node/replica/byte_reader.h"
#include "node/replica/commit.h"
#include "node/replica/reading.h"
#include "proto/planted.h"

namespace syncline {
namespace {

Bytes encode_journal(const JournalRecord& record) {
  Decision decision;
  decision.name = record.name;
  decision.seq = record.seq;
  decision.outcomes = record.outcomes;
  Bytes out;
  put_u64_big_endian(&out, static_cast<uint64_t>(record.decided_wall_ms));
  put_sized(&out, encode_decision(decision));
  out += encode_changeset(record.changeset);
  return out;
}

Result<JournalRecord> decode_journal(BytesView bytes) {
  ByteReader reader(bytes);
  JournalRecord record;
  record.decided_wall_ms = static_cast<int64_t>(reader.u64());
  Result<Decision> decision = decode_decision(reader.sized());
  Result<Changeset> changeset = decode_changeset(reader.rest());
  if (!reader.ok() || !decision || !changeset)
    return fail(ErrorCode::kStoreDamaged,
                "a record of the journal in the node's store does not read back");
  record.name = decision->name;
  record.seq = decision->seq;
  record.outcomes = std::move(decision->outcomes);
  record.changeset = std::move(*changeset);
  return record;
}

bool goes_to_journal(const Outcome& outcome) {
  return outcome.verdict == Verdict::refused ||
         (outcome.verdict == Verdict::superseded && outcome.by_reset);
}

struct Found {
  LogSeq seq;
  JournalRecord record;
};

Result<Found> find_journal(const Reader& reader, const ChangesetName& name) {
  SYNCLINE_ASSIGN(std::optional<Bytes> at, reader.get(node_keys::journal_name(name)));
  Found found;
  if (at) {
    SYNCLINE_ASSIGN(uint64_t seq, decode_u64(*at));
    found.seq = LogSeq(seq);
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, reader.get(node_keys::journal(found.seq, name)));
    if (bytes) {
      SYNCLINE_ASSIGN(found.record, decode_journal(*bytes));
      if (found.record.name == name) return found;
    }
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("the journal has no changeset {}; see `syncline rejections list`",
                          to_string(name)));
}

void erase_journal(ReplicaStep* step, LogSeq seq, const ChangesetName& name) {
  step->out.batch.erase(node_keys::journal(seq, name));
  step->out.batch.erase(node_keys::journal_name(name));
  step->state.journal -= 1;
}

// Gives the elements that the operations create the new changeset's name; what they refer to beyond
// those stays.
class Renaming {
 public:
  Renaming(const ChangesetName& from, const ChangesetName& to) : from_(from), to_(to) {}

  void collect(const Group& group) {
    for (const Operation& operation : group.operations) {
      if (operation.kind == OperationKind::insert && !operation.path.empty())
        collect(operation.path.back());
      if (operation.item) collect(*operation.item);
    }
  }
  void apply(Group* group) {
    for (Operation& operation : group->operations) {
      for (Step& step : operation.path) apply(&step);
      if (operation.item) apply(&*operation.item);
      if (operation.left) apply(&*operation.left);
    }
  }
  uint32_t next_element() const { return next_; }

 private:
  void collect(const Step& step) {
    const auto* id = std::get_if<ElementId>(&step);
    if (id == nullptr || id->changeset != from_) return;
    created_.insert(id->n);
    next_ = std::max(next_, id->n + 1);
  }
  void collect(const Item& item) {
    if (const Scope* scope = item.scope()) {
      for (const Child& child : scope->children) {
        collect(child.step);
        collect(child.item);
      }
    }
  }
  void apply(ElementId* id) {
    if (id->changeset == from_ && created_.contains(id->n)) id->changeset = to_;
  }
  void apply(Step* step) {
    if (auto* id = std::get_if<ElementId>(step)) apply(id);
  }
  void apply(Item* item) {
    if (Scope* scope = item->scope()) {
      for (Child& child : scope->children) {
        apply(&child.step);
        apply(&child.item);
      }
    }
  }

  ChangesetName from_;
  ChangesetName to_;
  std::set<uint32_t> created_;
  uint32_t next_ = 0;
};

}  // namespace

std::optional<JournalRecord> journal_record(const Decision& decision, const Changeset& changeset,
                                            int64_t wall_ms) {
  std::map<uint32_t, const Outcome*> by_ordinal;
  for (const Outcome& outcome : decision.outcomes) by_ordinal.emplace(outcome.ordinal, &outcome);
  JournalRecord record{decision.name, wall_ms, decision.seq, {}, changeset};
  record.changeset.groups.clear();
  for (const Group& group : changeset.groups) {
    Group kept = group;
    std::erase_if(kept.operations, [&](const Operation& operation) {
      const auto at = by_ordinal.find(operation.ordinal);
      if (at != by_ordinal.end()) return !goes_to_journal(*at->second);
      // Nothing of a refused changeset was applied: one outcome may speak for all of it.
      return decision.state != DecisionState::refused;
    });
    if (!kept.operations.empty()) record.changeset.groups.push_back(std::move(kept));
  }
  for (const Outcome& outcome : decision.outcomes) {
    if (goes_to_journal(outcome)) record.outcomes.push_back(outcome);
  }
  if (record.changeset.groups.empty() && record.outcomes.empty()) return std::nullopt;
  return record;
}

void write_journal(ReplicaStep* step, JournalRecord record) {
  if (SYNCLINE_PLANTED(drop_rejection)) return;
  if (SYNCLINE_PLANTED(forget_content)) record.changeset.groups.clear();
  step->out.batch.put(node_keys::journal(record.seq, record.name), encode_journal(record));
  step->out.batch.put(node_keys::journal_name(record.name), encode_u64(record.seq.value));
  step->state.journal += 1;
  step->out.rejections.push_back(std::move(record));
}

Status discard_journal(ReplicaStep* step, const ChangesetName& name) {
  SYNCLINE_ASSIGN(Found found, find_journal(*step->state.store, name));
  erase_journal(step, found.seq, name);
  return {};
}

Status withdraw_journal(ReplicaStep* step, const ChangesetName& name) {
  Status discarded = discard_journal(step, name);
  if (!discarded && discarded.error().code == ErrorCode::kNotFound) return {};
  return discarded;
}

Result<ChangesetName> retry_journal(ReplicaStep* step, const ChangesetName& name) {
  const ReplicaState& state = step->state;
  SYNCLINE_ASSIGN(Found found, find_journal(*state.store, name));
  const auto draft = std::make_unique<Draft::Impl>();
  draft->schema = state.schema != nullptr ? state.schema : state.system_schema;
  draft->snapshot = state.store->snapshot();
  draft->name = state.next_name();
  draft->base = state.view.cursor;
  draft->all_or_nothing = found.record.changeset.all_or_nothing;
  draft->guards = std::move(found.record.changeset.guards);
  Renaming renaming(name, draft->name);
  for (const Group& group : found.record.changeset.groups) renaming.collect(group);
  draft->next_element = renaming.next_element();
  for (Group& group : found.record.changeset.groups) {
    renaming.apply(&group);
    SYNCLINE_ASSIGN(ShownAndHeld held, read_shown_and_held(*draft->snapshot, group.object));
    group.blind = !held.held;
    for (Operation& operation : group.operations) operation.ordinal = draft->next_ordinal++;
    DraftObject object;
    object.group = std::move(group);
    draft->objects.push_back(std::move(object));
  }
  // generation stays 0: the commit computes the images.
  SYNCLINE_ASSIGN(ChangesetName written, commit_draft(step, draft.get(), Durability::group));
  erase_journal(step, found.seq, name);
  return written;
}

Result<std::vector<JournalRecord>> read_journal(const Reader& reader) {
  std::vector<JournalRecord> out;
  const Bytes from = node_keys::all(Keyspace::node_journal);
  auto walk = reader.scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(JournalRecord record, decode_journal(walk->value()));
    out.push_back(std::move(record));
  }
  SYNCLINE_TRY(walk->status());
  return out;
}

Result<uint64_t> count_journal(const Reader& reader) {
  uint64_t count = 0;
  const Bytes from = node_keys::all(Keyspace::node_journal);
  auto walk = reader.scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) ++count;
  SYNCLINE_TRY(walk->status());
  return count;
}

}  // namespace syncline
