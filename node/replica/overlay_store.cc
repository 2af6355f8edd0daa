#include "node/replica/overlay_store.h"

#include <fmt/format.h>

#include "node/merge/overlay.h"
#include "node/replica/reading.h"

namespace syncline {
namespace {

// Payload bytes; decoded they are a small multiple.
constexpr size_t kCacheBytesMax = 32u << 20;

}  // namespace

std::optional<Row> lay_over(const std::optional<Row>& confirmed,
                            const std::vector<const Group*>& groups) {
  return apply_overlay(confirmed ? &*confirmed : nullptr, groups);
}

Result<std::shared_ptr<const Changeset>> PendingCache::get(uint64_t order) {
  if (const auto at = decoded_.find(order); at != decoded_.end()) return at->second;
  SYNCLINE_ASSIGN(std::optional<BytesView> bytes, written_.get(node_keys::written(order)));
  if (!bytes)
    return fail(ErrorCode::kStoreDamaged,
                fmt::format("the node's store lacks pending changeset {}", order));
  SYNCLINE_ASSIGN(WrittenView written, decode_written(*bytes));
  SYNCLINE_ASSIGN(Bytes payload, payload_of(*reader_, order, written));
  SYNCLINE_ASSIGN(Changeset changeset, decode_stored_changeset(payload));
  auto shared = std::make_shared<const Changeset>(std::move(changeset));
  if (bytes_ + payload.size() > kCacheBytesMax) {
    decoded_.clear();
    bytes_ = 0;
  }
  bytes_ += payload.size();
  decoded_.emplace(order, shared);
  return shared;
}

Result<std::optional<Row>> overlay_of(const Reader& reader, const ObjectName& object,
                                      const std::optional<Row>& confirmed, const Touches& touches,
                                      const std::set<uint64_t>& decided, PendingCache* cache,
                                      const Group* last) {
  std::vector<std::shared_ptr<const Changeset>> held;
  std::vector<const Group*> groups;
  const auto add = [&](uint64_t order, uint64_t place) -> Status {
    if (decided.contains(order)) return {};
    SYNCLINE_ASSIGN(std::shared_ptr<const Changeset> changeset, cache->get(order));
    if (place >= changeset->groups.size())
      return fail(
          ErrorCode::kStoreDamaged,
          fmt::format("the node's store names group {} of pending changeset {}, which has {}",
                      place, order, changeset->groups.size()));
    groups.push_back(&changeset->groups[place]);
    held.push_back(std::move(changeset));
    return {};
  };
  for (const Touch& touch : touches.listed) SYNCLINE_TRY(add(touch.order, touch.group));
  if (touches.more > 0) {
    const Bytes from = node_keys::touched_by_all(object);
    auto walk = reader.scan(from, prefix_end(from));
    for (; walk->valid(); walk->next()) {
      SYNCLINE_ASSIGN(uint64_t order, node_keys::order_of_touched_by(walk->key()));
      SYNCLINE_ASSIGN(uint64_t place, decode_u64(walk->value()));
      SYNCLINE_TRY(add(order, place));
    }
    SYNCLINE_TRY(walk->status());
  }
  if (last != nullptr) groups.push_back(last);
  return lay_over(confirmed, groups);
}

}  // namespace syncline
