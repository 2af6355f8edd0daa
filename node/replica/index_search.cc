#include "node/replica/index_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/replica/index_entries.h"
#include "node/replica/reading.h"
#include "node/replica/run_reader.h"
#include "proto/codec.h"

namespace syncline {
namespace {

using VisitFound = std::function<bool(const FoundObject&)>;
using Keys = std::vector<ObjectKey>;

// Objects as shown, by key; cheapest in rising order.
class ShownReader {
 public:
  ShownReader(const Reader& reader, TypeNumber type)
      : type_(type),
        rows_(&reader, prefix_end(node_keys::rows_of(type))),
        overlays_(&reader, prefix_end(node_keys::overlays_of(type))) {
    const Bytes overlays = node_keys::overlays_of(type);
    overlaid_ = reader.scan(overlays, prefix_end(overlays))->valid();
  }

  // Encoded; the view is valid until the next call.
  Result<std::optional<BytesView>> get(const ObjectKey& key) {
    if (overlaid_) {
      SYNCLINE_ASSIGN(const std::optional<BytesView> overlay,
                      overlays_.get(node_keys::overlay({type_, key})));
      if (overlay) {
        SYNCLINE_ASSIGN(const OverlayRecord record, decode_overlay(*overlay));
        if (!record.present) return std::nullopt;
        return record.row;
      }
    }
    return rows_.get(node_keys::row({type_, key}));
  }

 private:
  TypeNumber type_;
  RunReader rows_;
  RunReader overlays_;
  bool overlaid_ = false;
};

class Search {
 public:
  Search(const Reader& snapshot, const query::BoundQuery& query, query::ObjectSource& source,
         query::Needed needed, const VisitFound& visit, SearchCost* cost)
      : snapshot_(snapshot),
        query_(query),
        source_(source),
        needed_(needed),
        visit_(visit),
        cost_(cost) {}

  Status run() {
    SYNCLINE_ASSIGN(indexes_, read_indexes(snapshot_, query_.type));
    // An index of another schema than the query's may have other entries for what is missing.
    std::erase_if(indexes_, [this](const IndexRecord& index) {
      return !index.ready || index.schema_mark != query_.schema->mark();
    });
    std::vector<query::PlanIndex> ready;
    uint64_t objects = 0;
    for (const IndexRecord& index : indexes_) {
      ready.push_back({index.number, index.columns});
      objects = std::max(objects, index.objects);
    }
    candidates_max_ = std::clamp(objects / kCandidatesShare, kCandidatesMin, kCandidatesMax);
    const query::Plan plan = query::plan(query_, ready, needed_);
    cost_->plan = plan.text;
    if (plan.kind == query::Plan::Kind::scan) return scan();
    SYNCLINE_ASSIGN(const std::optional<Keys> keys,
                    plan.kind == query::Plan::Kind::in_order ? in_order(plan) : look_up(plan));
    if (keys) {
      const uint64_t examined = cost_->examined;
      SYNCLINE_TRY(visit_each(*keys));
      // Those in order were read before.
      if (plan.kind == query::Plan::Kind::in_order) cost_->examined = examined;
      return {};
    }
    cost_->plan = fmt::format("scan, for too many to look up by {}", plan.text);
    return scan();
  }

 private:
  // Whether to go on.
  Result<bool> ask(const ObjectKey& key, BytesView stored) {
    SYNCLINE_ASSIGN(const bool matched, matches(stored));
    if (!matched) return true;
    ++cost_->matched;
    return visit_({key, read_, stored});
  }

  Result<bool> matches(BytesView stored) {
    ++cost_->examined;
    Result<Row> read = decode_row_fields(stored, query_.reads.fields);
    if (!read)
      return fail(ErrorCode::kStoreDamaged,
                  "an object in the node's store does not read back: " + read.error().message);
    read_ = std::move(*read);
    return query::matches(query_, read_, source_);
  }

  Status scan() {
    cost_->matched = 0;
    Status asked;
    SYNCLINE_TRY(
        visit_shown(snapshot_, query_.type, {}, [&](const ObjectKey& key, BytesView stored) {
          const Result<bool> more = ask(key, stored);
          if (!more) asked = std::unexpected(more.error());
          return more && *more;
        }));
    return asked;
  }

  // Candidates by _id; an entry may be of an object that is not there.
  Status visit_each(const Keys& keys) {
    cost_->matched = 0;
    ShownReader shown(snapshot_, query_.type);
    for (const ObjectKey& key : keys) {
      SYNCLINE_ASSIGN(const std::optional<BytesView> stored, shown.get(key));
      if (!stored) continue;
      SYNCLINE_ASSIGN(const bool more, ask(key, *stored));
      if (!more) break;
    }
    return {};
  }

  size_t columns_of(uint32_t index) const {
    for (const IndexRecord& one : indexes_)
      if (one.number == index) return one.columns.size();
    return 0;
  }

  // In order, each once; nothing if they are too many.
  Result<std::optional<Keys>> look_up(const query::Plan& plan) const {
    Keys keys = plan.ids;
    for (const query::PlanLookup& lookup : plan.lookups) {
      const size_t columns = columns_of(lookup.index);
      for (const query::PlanRange& range : lookup.ranges) {
        const auto [from, to] = entry_range(lookup.index, range);
        auto walk = snapshot_.scan(from, to);
        for (; walk->valid(); walk->next()) {
          if (keys.size() >= candidates_max_) return std::optional<Keys>();
          SYNCLINE_ASSIGN(keys.emplace_back(), object_of_entry(walk->key(), columns));
        }
        SYNCLINE_TRY(walk->status());
      }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return std::optional(std::move(keys));
  }

  // Those that match, of as many places in the order as there must be for enough of them. What is
  // of one place is read to its end: what the index has as equal may differ behind where a key is
  // cut, and goes by _id where it does not.
  Result<std::optional<Keys>> in_order(const query::Plan& plan) {
    const query::PlanLookup& lookup = plan.lookups[0];
    const size_t columns = columns_of(lookup.index);
    const auto [from, to] = entry_range(lookup.index, lookup.ranges[0]);
    auto walk = plan.descending ? snapshot_.scan_back(from, to) : snapshot_.scan(from, to);
    // Behind a column whose key is cut the order is not that of SORT: a place ends with the first
    // column that is sorted by, and all that share it are read.
    const size_t in_place = std::min(plan.columns_in_order, lookup.ranges[0].equals.size() + 1);
    ShownReader shown(snapshot_, query_.type);
    Keys keys;
    Bytes place;
    for (; walk->valid(); walk->next()) {
      SYNCLINE_ASSIGN(const BytesView at, entry_columns(walk->key(), in_place));
      if (at != place && keys.size() >= plan.limit) break;
      place = at;
      SYNCLINE_ASSIGN(ObjectKey key, object_of_entry(walk->key(), columns));
      SYNCLINE_ASSIGN(const std::optional<BytesView> stored, shown.get(key));
      if (!stored) continue;
      SYNCLINE_ASSIGN(const bool matched, matches(*stored));
      if (matched) keys.push_back(std::move(key));
      const bool too_many =
          keys.size() == kCandidatesMax || cost_->examined > kInOrderMissesMax + 16 * keys.size();
      if (too_many) return std::optional<Keys>();
    }
    SYNCLINE_TRY(walk->status());
    std::sort(keys.begin(), keys.end());
    return std::optional(std::move(keys));
  }

  const Reader& snapshot_;
  const query::BoundQuery& query_;
  query::ObjectSource& source_;
  query::Needed needed_;
  const VisitFound& visit_;
  SearchCost* cost_;
  std::vector<IndexRecord> indexes_;
  uint64_t candidates_max_ = 0;
  Row read_;  // of the object at hand
};

}  // namespace

Status visit_matching(const Reader& snapshot, const query::BoundQuery& query,
                      query::ObjectSource& source, query::Needed needed, const VisitFound& visit,
                      SearchCost* cost) {
  return Search(snapshot, query, source, needed, visit, cost).run();
}

}  // namespace syncline
