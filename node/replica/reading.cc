#include "node/replica/reading.h"

#include <fmt/format.h>

#include "node/replica/pending.h"
#include "node/replica/replica.h"

namespace syncline {
namespace {

Result<std::optional<Row>> decode_optional_row(const std::optional<Bytes>& bytes) {
  if (!bytes) return std::optional<Row>();
  SYNCLINE_ASSIGN(Row row, decode_stored_row(*bytes));
  return std::optional<Row>(std::move(row));
}

using VisitBytes = std::function<bool(const ObjectKey&, BytesView)>;

// Walks confirmed rows and overlay rows of a type side by side; the overlay's goes before.
class ShownWalk {
 public:
  ShownWalk(const Reader& reader, TypeNumber type, bool confirmed, const ObjectKey& after = {}) {
    rows_ = walk(reader, node_keys::rows_of(type), after);
    if (!confirmed) overlays_ = walk(reader, node_keys::overlays_of(type), after);
  }

  Status run(const VisitBytes& visit) {
    for (;;) {
      const bool row = rows_->valid();
      const bool overlay = overlays_ != nullptr && overlays_->valid();
      if (!row && !overlay) break;
      // Keys differ in the keyspace byte only.
      const int order = !row       ? 1
                        : !overlay ? -1
                                   : rows_->key().substr(1).compare(overlays_->key().substr(1));
      SYNCLINE_ASSIGN(bool more, order < 0 ? visit_row(visit) : visit_overlay(visit));
      if (!more) return {};
      if (order <= 0) rows_->next();
      if (order >= 0) overlays_->next();
    }
    SYNCLINE_TRY(rows_->status());
    return overlays_ == nullptr ? Status() : overlays_->status();
  }

 private:
  static std::unique_ptr<Iterator> walk(const Reader& reader, const Bytes& all,
                                        const ObjectKey& after) {
    // The least key above another is that with a zero behind it.
    const Bytes from = after.bytes.empty() ? all : all + after.bytes + Bytes(1, '\0');
    return reader.scan(from, prefix_end(all));
  }
  Result<bool> visit_row(const VisitBytes& visit) {
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(rows_->key()));
    return visit(name.key, rows_->value());
  }
  Result<bool> visit_overlay(const VisitBytes& visit) {
    SYNCLINE_ASSIGN(OverlayRecord overlay, decode_overlay(overlays_->value()));
    if (!overlay.present) return true;
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(overlays_->key()));
    return visit(name.key, overlay.row);
  }

  std::unique_ptr<Iterator> rows_;
  std::unique_ptr<Iterator> overlays_;
};

}  // namespace

Error not_readable(const TypeDef& type) {
  return Error(ErrorCode::kUsage,
               fmt::format("{} is asymmetric: nodes insert its objects and do not hold them, so "
                           "nothing can be read of it here; read it at the authority",
                           type.name));
}

Result<Row> decode_stored_row(BytesView bytes) {
  Result<Row> row = decode_row(bytes);
  if (row) return row;
  return fail(ErrorCode::kStoreDamaged,
              "an object in the node's store does not read back: " + row.error().message);
}

Result<Changeset> decode_stored_changeset(BytesView payload) {
  Result<Changeset> changeset = decode_changeset(payload);
  if (changeset) return changeset;
  return fail(ErrorCode::kStoreDamaged,
              "a changeset in the node's store does not read back: " + changeset.error().message);
}

Result<Bytes> payload_of(const Reader& reader, uint64_t order, const WrittenView& written) {
  if (!written.apart()) return Bytes(written.payload);
  SYNCLINE_ASSIGN(std::optional<Bytes> payload, reader.get(node_keys::payload(order)));
  if (!payload)
    return fail(ErrorCode::kStoreDamaged,
                "the node's store lacks the content of changeset " + std::to_string(order));
  return std::move(*payload);
}

Result<ShownAndHeld> read_shown_and_held(const Reader& reader, const ObjectName& name) {
  ShownAndHeld out;
  SYNCLINE_ASSIGN(std::optional<Bytes> row, reader.get(node_keys::row(name)));
  out.held = row.has_value();
  SYNCLINE_ASSIGN(std::optional<Bytes> overlay, reader.get(node_keys::overlay(name)));
  if (overlay) {
    SYNCLINE_ASSIGN(OverlayRecord record, decode_overlay(*overlay));
    out.touches = record.touches;
    if (record.present) {
      SYNCLINE_ASSIGN(out.shown, decode_stored_row(record.row));
    }
    return out;
  }
  SYNCLINE_ASSIGN(out.shown, decode_optional_row(row));
  return out;
}

Result<std::optional<uint64_t>> order_of_name(const Reader& reader, const ChangesetName& name) {
  SYNCLINE_ASSIGN(std::optional<Bytes> node, reader.get(node_keys::meta::node()));
  if (!node || name.number == 0) return std::optional<uint64_t>();
  SYNCLINE_ASSIGN(uint64_t id, decode_u64(*node));
  if (name.origin != NodeId(id)) return std::optional<uint64_t>();
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, reader.get(node_keys::epoch(name.epoch)));
  if (!bytes) return std::optional<uint64_t>();
  SYNCLINE_ASSIGN(EpochMark mark, decode_epoch_mark(*bytes));
  return std::optional<uint64_t>(mark.first_order + name.number - 1);
}

Result<std::optional<Row>> read_object(const Reader& reader, const ObjectName& name) {
  SYNCLINE_ASSIGN(ShownAndHeld found, read_shown_and_held(reader, name));
  return std::move(found.shown);
}

Result<std::optional<Row>> read_confirmed(const Reader& reader, const ObjectName& name) {
  SYNCLINE_ASSIGN(std::optional<Bytes> row, reader.get(node_keys::row(name)));
  return decode_optional_row(row);
}

Status visit_objects(const Reader& reader, TypeNumber type, bool confirmed,
                     const std::function<bool(const ObjectKey&, const Row&)>& visit) {
  Status decoded;
  SYNCLINE_TRY(ShownWalk(reader, type, confirmed).run([&](const ObjectKey& key, BytesView bytes) {
    const Result<Row> row = decode_stored_row(bytes);
    if (!row) decoded = std::unexpected(row.error());
    return row && visit(key, *row);
  }));
  return decoded;
}

Status visit_shown(const Reader& reader, TypeNumber type, const ObjectKey& after,
                   const VisitBytes& visit) {
  return ShownWalk(reader, type, false, after).run(visit);
}

Result<std::vector<ChangesetName>> read_pending_names(const Reader& reader) {
  std::vector<ChangesetName> out;
  PendingWalk walk(&reader);
  for (;;) {
    SYNCLINE_ASSIGN(const std::optional<PendingChangeset> pending, walk.next());
    if (!pending) return out;
    out.push_back(pending->written.record.name);
  }
}

Result<std::vector<std::pair<ChangesetName, Changeset>>> read_pending(const Reader& reader) {
  std::vector<std::pair<ChangesetName, Changeset>> out;
  PendingWalk walk(&reader);
  for (;;) {
    SYNCLINE_ASSIGN(const std::optional<PendingChangeset> pending, walk.next());
    if (!pending) return out;
    SYNCLINE_ASSIGN(Bytes payload, payload_of(reader, pending->order, pending->written));
    SYNCLINE_ASSIGN(Changeset changeset, decode_stored_changeset(payload));
    out.emplace_back(pending->written.record.name, std::move(changeset));
  }
}

}  // namespace syncline
