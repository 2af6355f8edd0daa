// Sets of subscriptions as readers see them: who is in a set is worked out from rows, the rest is
// in the records.
#include <algorithm>
#include <map>

#include "node/replica/byte_reader.h"
#include "node/replica/overlay_store.h"
#include "node/replica/reading.h"
#include "node/replica/subscription_sets.h"

namespace syncline {
namespace {

using Records = std::vector<SubscriptionSetRecord>;

// The subscriptions as they are once everything up to a set is decided.
class Members {
 public:
  // later: the orders of the sets after it.
  Members(const Reader& reader, NodeId node, std::set<uint64_t> later)
      : reader_(reader), node_(node), later_(std::move(later)), cache_(&reader) {}

  Result<std::vector<SubscriptionInfo>> list() {
    std::vector<SubscriptionInfo> out;
    for (const Bytes& from : {node_keys::rows_of(system_type::kSubscription),
                              node_keys::overlays_of(system_type::kSubscription)}) {
      auto walk = reader_.scan(from, prefix_end(from));
      for (; walk->valid(); walk->next()) {
        SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(walk->key()));
        if (seen_.insert(name).second) SYNCLINE_TRY(add(name, &out));
      }
      SYNCLINE_TRY(walk->status());
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return out;
  }

 private:
  Status add(const ObjectName& name, std::vector<SubscriptionInfo>* out) {
    SYNCLINE_ASSIGN(ShownAndHeld found, read_shown_and_held(reader_, name));
    const bool complete = found.touches.empty();
    if (!complete && !later_.empty()) {
      SYNCLINE_ASSIGN(const std::optional<Row> confirmed, read_confirmed(reader_, name));
      SYNCLINE_ASSIGN(found.shown,
                      overlay_of(reader_, name, confirmed, found.touches, later_, &cache_));
    }
    if (!found.shown) return {};
    auto subscription = subscription_of(*found.shown, node_);
    if (!subscription) return {};
    subscription->complete = complete;
    out->push_back(std::move(*subscription));
    return {};
  }

  const Reader& reader_;
  NodeId node_;
  std::set<uint64_t> later_;
  PendingCache cache_;
  std::set<ObjectName> seen_;
};

Result<std::vector<SubscriptionInfo>> confirmed_list(const Reader& reader, NodeId node) {
  std::vector<SubscriptionInfo> out;
  SYNCLINE_TRY(visit_objects(reader, system_type::kSubscription, true,
                             [&](const ObjectKey&, const Row& row) {
                               if (auto one = subscription_of(row, node)) {
                                 one->complete = true;
                                 out.push_back(std::move(*one));
                               }
                               return true;
                             }));
  return out;
}

// When each was made and changed, as far as the sets up to this one say.
void put_times(const Records& records, int64_t version, std::vector<SubscriptionInfo>* list) {
  std::map<std::string, const SubscriptionInfo*> known;
  for (const SubscriptionSetRecord& record : records)
    if (record.version <= version && record.state != SubscriptionState::error)
      for (const SubscriptionEdit& edit : record.edits)
        known[edit.subscription.id] = &edit.subscription;
  for (SubscriptionInfo& one : *list)
    if (const auto at = known.find(one.id); at != known.end()) {
      one.created_wall_ms = at->second->created_wall_ms;
      one.updated_wall_ms = at->second->updated_wall_ms;
    }
}

SubscriptionSetInfo head_of(const SubscriptionSetRecord& record) {
  return {record.version, record.state, record.error, record.name, {}};
}

Result<SubscriptionSetInfo> set_of(const Reader& reader, NodeId node, const Records& records,
                                   const SubscriptionSetRecord& record) {
  SubscriptionSetInfo set = head_of(record);
  std::set<uint64_t> later;
  for (const SubscriptionSetRecord& one : records)
    if (one.version > record.version && one.order != 0) later.insert(one.order);
  SYNCLINE_ASSIGN(set.list, Members(reader, node, std::move(later)).list());
  put_times(records, record.version, &set.list);
  if (record.state != SubscriptionState::error) return set;
  for (const SubscriptionEdit& edit : record.edits) {
    if (edit.removed) continue;
    set.list.push_back(edit.subscription);
    set.list.back().error = record.error;
  }
  return set;
}

}  // namespace

Result<SubscriptionSetInfo> read_latest_set(const Reader& snapshot, NodeId node) {
  SYNCLINE_ASSIGN(const Records records, read_set_records(snapshot));
  if (!records.empty()) return set_of(snapshot, node, records, records.back());
  SubscriptionSetInfo none;
  SYNCLINE_ASSIGN(none.list, Members(snapshot, node, {}).list());
  return none;
}

Result<SubscriptionSetInfo> read_active_set(const Reader& snapshot, NodeId node) {
  SYNCLINE_ASSIGN(const Records records, read_set_records(snapshot));
  SubscriptionSetInfo set;
  for (const SubscriptionSetRecord& record : records)
    if (record.state == SubscriptionState::complete) set = head_of(record);
  SYNCLINE_ASSIGN(set.list, confirmed_list(snapshot, node));
  put_times(records, set.version, &set.list);
  return set;
}

Result<std::optional<SubscriptionSetInfo>> read_set(const Reader& snapshot, NodeId node,
                                                    int64_t version) {
  SYNCLINE_ASSIGN(const Records records, read_set_records(snapshot));
  const auto at = std::find_if(
      records.begin(), records.end(),
      [version](const SubscriptionSetRecord& record) { return record.version == version; });
  if (at == records.end()) return std::optional<SubscriptionSetInfo>();
  SYNCLINE_ASSIGN(SubscriptionSetInfo set, set_of(snapshot, node, records, *at));
  return std::optional<SubscriptionSetInfo>(std::move(set));
}

Result<std::optional<SubscriptionSetRecord>> read_set_record(const Reader& reader,
                                                             int64_t version) {
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, reader.get(node_keys::subscription_set(version)));
  if (!bytes) return std::optional<SubscriptionSetRecord>();
  SYNCLINE_ASSIGN(SubscriptionSetRecord record, decode_subscription_set(version, *bytes));
  return std::optional<SubscriptionSetRecord>(std::move(record));
}

Result<int64_t> latest_set_version(const Reader& reader) {
  const Bytes from = node_keys::all(Keyspace::node_subscription_set);
  auto walk = reader.scan_back(from, prefix_end(from));
  SYNCLINE_TRY(walk->status());
  if (!walk->valid()) return int64_t{0};
  SYNCLINE_ASSIGN(const uint64_t version, node_keys::order_of(walk->key()));
  return static_cast<int64_t>(version);
}

Result<Records> read_set_records(const Reader& reader) {
  Records records;
  const Bytes from = node_keys::all(Keyspace::node_subscription_set);
  auto walk = reader.scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(const uint64_t version, node_keys::order_of(walk->key()));
    SYNCLINE_ASSIGN(SubscriptionSetRecord record,
                    decode_subscription_set(static_cast<int64_t>(version), walk->value()));
    records.push_back(std::move(record));
  }
  SYNCLINE_TRY(walk->status());
  return records;
}

Bytes encode_subscription_set(const SubscriptionSetRecord& record) {
  Bytes out;
  put_u64_big_endian(&out, record.order);
  put_name(&out, record.name);
  out.push_back(static_cast<char>(record.state));
  put_sized(&out, record.error);
  for (const SubscriptionEdit& edit : record.edits) {
    const SubscriptionInfo& one = edit.subscription;
    out.push_back(edit.removed ? 1 : 0);
    put_sized(&out, one.id);
    put_sized(&out, one.name.value_or(""));  // a name is never empty
    put_sized(&out, one.type);
    put_sized(&out, one.query);
    put_u64_big_endian(&out, static_cast<uint64_t>(one.created_wall_ms));
    put_u64_big_endian(&out, static_cast<uint64_t>(one.updated_wall_ms));
  }
  return out;
}

Result<SubscriptionSetRecord> decode_subscription_set(int64_t version, BytesView bytes) {
  ByteReader reader(bytes);
  SubscriptionSetRecord record;
  record.version = version;
  record.order = reader.u64();
  record.name = reader.name();
  const uint8_t state = reader.u8();
  record.state = static_cast<SubscriptionState>(state);
  record.error = std::string(reader.sized());
  while (reader.ok() && !reader.done()) {
    SubscriptionEdit edit;
    edit.removed = reader.u8() != 0;
    SubscriptionInfo& one = edit.subscription;
    one.id = std::string(reader.sized());
    if (const BytesView name = reader.sized(); !name.empty()) one.name = std::string(name);
    one.type = std::string(reader.sized());
    one.query = std::string(reader.sized());
    one.created_wall_ms = static_cast<int64_t>(reader.u64());
    one.updated_wall_ms = static_cast<int64_t>(reader.u64());
    record.edits.push_back(std::move(edit));
  }
  if (!reader.ok() || state > static_cast<uint8_t>(SubscriptionState::error))
    return fail(ErrorCode::kStoreDamaged,
                "the record of a set of subscriptions in the node's store does not read back");
  return record;
}

}  // namespace syncline
