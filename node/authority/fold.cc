#include "node/authority/fold.h"

#include <algorithm>

#include "node/authority/state_keys.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

constexpr char kMore = 0;
constexpr char kLast = 1;

std::unexpected<Error> does_not_fit(const Entry& entry, std::string_view what) {
  return fail(ErrorCode::kStoreDamaged, "entry " + std::to_string(entry.seq.value) +
                                            " does not fit the state: " + std::string(what));
}

// The object's images after the entry, by applying the effects to what the state holds.
Result<KnownImage> image_after(const Entry& entry, const ObjectEffect& object, ObjectBytes before,
                               std::optional<Row> row_before) {
  KnownImage image;
  image.row = std::move(row_before);
  if (object.change == ObjectEffect::Change::removed) {
    image.row.reset();
  } else if (object.change != ObjectEffect::Change::unchanged) {
    if (object.change == ObjectEffect::Change::born)
      image.row = Row{object.id, entry.seq, entry.seq, {}};
    if (!image.row) return does_not_fit(entry, "it updates an object that is absent");
    if (Status applied = apply_effects(&image.row->fields, object.effects); !applied)
      return does_not_fit(entry, applied.error().message);
    image.row->changed = entry.seq;
  }
  if (object.merge) {
    image.merge = *object.merge;
  } else {
    if (before.merge) {
      SYNCLINE_ASSIGN(image.merge, decode_merge_row(*before.merge));
    }
    if (Status applied = apply_merge_effects(&image.merge, object.merge_effects); !applied)
      return does_not_fit(entry, applied.error().message);
  }
  image.before = std::move(before);
  return image;
}

// Born in an insert-only type: nobody's view has it, so nobody asks what of it is newer, and it has
// nothing to be merged with. Such an object is its row, until the authority's own hand changes it.
bool is_inserted(const ObjectEffect& object) {
  return object.change == ObjectEffect::Change::born && !object.merge;
}

// The seq under which the object stands in the by-seq index now, if it does.
std::optional<LogSeq> indexed_seq(const ObjectBytes& before) {
  if (!before.merge) return std::nullopt;
  if (before.row) {
    if (Result<RowSeqs> seqs = decode_row_seqs(*before.row)) return seqs->changed;
  } else {
    if (Result<MergeRow> merge = decode_merge_row(*before.merge); merge && merge->root.reset)
      return merge->root.reset->seq;
  }
  return std::nullopt;
}

// A planted bug's: the row without its last field.
[[maybe_unused]] Bytes short_of(Row row) {
  if (!row.fields.children.empty()) row.fields.children.pop_back();
  return encode_row(row);
}

class Folding {
 public:
  Folding(const Reader& state, const Entry& entry, Totals* totals)
      : state_(state), entry_(entry), totals_(totals) {}

  Status add(const ObjectEffect& object, const KnownImage* known) {
    KnownImage computed;
    if (known == nullptr) {
      SYNCLINE_ASSIGN(const bool removals, totals_->has_removals(object.object.type));
      SYNCLINE_ASSIGN(ObjectBytes before, get_object(state_, object.object, removals));
      std::optional<Row> row;
      if (before.row) {
        SYNCLINE_ASSIGN(row, decode_row(*before.row));
        // Folded before (a crash between the state's flush and its mark): the row is already as new
        // as the entry.
        if (row->changed > entry_.seq) return {};
      }
      SYNCLINE_ASSIGN(computed, image_after(entry_, object, std::move(before), std::move(row)));
      known = &computed;
    }
    if (!is_inserted(object)) index_by_seq(object, *known);
    return write(object, *known);
  }

  Folded take() { return std::move(folded_); }
  Batch& batch() { return folded_.batch; }

 private:
  // The by-seq index lists a present object at its last change, an absent one at its last reset.
  void index_by_seq(const ObjectEffect& object, const KnownImage& after) {
    const ObjectName& name = object.object;
    const std::optional<LogSeq> indexed = indexed_seq(after.before);
    std::optional<LogSeq> index = indexed;
    if (!after.row) {
      index = after.merge.root.reset ? std::optional(after.merge.root.reset->seq) : std::nullopt;
    } else if (object.change != ObjectEffect::Change::unchanged) {
      index = entry_.seq;
    } else if (!index) {
      index = after.row->changed;  // inserted, and written to for the first time
    }
    if (SYNCLINE_PLANTED(forget_index) && indexed) index = indexed;
    const bool no_mark = SYNCLINE_PLANTED(forget_mark) && !after.row;
    const bool no_mark_before = SYNCLINE_PLANTED(forget_mark) && !after.before.row;
    if (indexed && indexed != index && !no_mark_before)
      folded_.batch.single_erase(state_keys::by_seq(name.type, *indexed, name.key));
    if (index && indexed != index && !no_mark)
      folded_.batch.put(state_keys::by_seq(name.type, *index, name.key),
                        after.row ? Bytes() : Bytes(1, state_keys::kRemoved));
  }

  Status write(const ObjectEffect& object, const KnownImage& after) {
    const ObjectName& name = object.object;
    const bool changes = object.change != ObjectEffect::Change::unchanged;
    const ObjectBytes& before = after.before;
    FoldedObject out{name, object.change, before.row.value_or(Bytes()), {}};
    if (after.row)
      out.after = !changes                  ? out.before
                  : after.row_after.empty() ? encode_row(*after.row)
                                            : after.row_after;
    write_object(object, after, out.after);
    if (!changes) return {};
    const int64_t bytes =
        static_cast<int64_t>(out.after.size()) - static_cast<int64_t>(out.before.size());
    if (!is_inserted(object)) folded_.objects.push_back(std::move(out));
    return totals_->count(name.type, (after.row ? 1 : 0) - (before.row ? 1 : 0), bytes);
  }

  void write_object(const ObjectEffect& object, const KnownImage& after, BytesView row) {
    const ObjectName& name = object.object;
    Batch& batch = folded_.batch;
    const Bytes merge = is_inserted(object) ? Bytes() : encode_merge_row(after.merge);
    if (after.row) {
      const bool short_row = SYNCLINE_PLANTED(forget_fields) && !is_system(name.type);
      batch.put(state_keys::row(name),
                encode_stored_object(short_row ? short_of(*after.row) : row, merge));
      if (!after.before.row && after.before.merge) batch.erase(state_keys::merge(name));
    } else {
      if (after.before.row) batch.erase(state_keys::row(name));
      batch.put(state_keys::merge(name), merge);
      totals_->note_removal(name.type);
    }
  }

  const Reader& state_;
  const Entry& entry_;
  Totals* totals_;
  Folded folded_;
};

}  // namespace

Decision decision_of(const Entry& entry) {
  Decision decision{entry.name, entry.payload_hash, entry.seq, state_of(entry.outcomes), {}};
  size_t text_bytes = 0;
  for (const Outcome& outcome : entry.outcomes) {
    if (outcome.verdict == Verdict::applied) continue;
    decision.outcomes.push_back(outcome);
    text_bytes += outcome.text.size();
    if (text_bytes > limits::kDecisionTextBytesMax) decision.outcomes.back().text.clear();
  }
  return decision;
}

Result<Folded> fold(const Reader& state, const Entry& entry, const LogPlace& place, Totals* totals,
                    const StateIndexes& indexes, const std::map<ObjectName, KnownImage>& known) {
  Folding folding(state, entry, totals);
  for (const ObjectEffect& object : entry.objects) {
    auto image = known.find(object.object);
    SYNCLINE_TRY(folding.add(object, image == known.end() ? nullptr : &image->second));
  }
  Batch& batch = folding.batch();
  Decision decision = decision_of(entry);
  if (!entry.formers.empty())
    batch.put(state_keys::former(entry.name), encode_formers(entry.formers));
  const EntryMark mark{place.index,      place.hash,          entry.stamp_high,
                       entry.arrival_ms, entry.envelope_back, place.log_bytes};
  SYNCLINE_TRY(totals->note_decided(entry, decision, mark));
  Folded folded = folding.take();
  for (const FoldedObject& object : folded.objects)
    SYNCLINE_TRY(indexes.change(object.name, object.before, object.after, &folded.batch));
  folded.decision = std::move(decision);
  return folded;
}

std::vector<Bytes> records_of(const Entry& entry) {
  const Bytes bytes = encode_entry(entry);
  const size_t chunk = limits::kLogRecordBytesMax - 1;
  std::vector<Bytes> records;
  for (size_t at = 0; at == 0 || at < bytes.size(); at += chunk) {
    const bool last = at + chunk >= bytes.size();
    Bytes record(1, last ? kLast : kMore);
    record.append(bytes, at, chunk);
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::optional<Entry>> EntryAssembler::add(BytesView record) {
  if (record.empty() || (record[0] != kMore && record[0] != kLast))
    return fail(ErrorCode::kMalformed, "a log record that begins with neither 0 nor 1");
  pending_.append(record.substr(1));
  if (record[0] == kMore) return std::nullopt;
  Result<Entry> entry = decode_entry(pending_);
  pending_.clear();
  if (!entry) return std::unexpected(entry.error());
  return std::optional<Entry>(std::move(*entry));
}

}  // namespace syncline
