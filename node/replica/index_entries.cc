#include "node/replica/index_entries.h"

#include <algorithm>

#include "node/replica/keys.h"

namespace syncline {
namespace {

BytesView cut(BytesView key) { return key.substr(0, kIndexKeyBytesMax); }
bool may_be_cut(BytesView key) { return key.size() >= kIndexKeyBytesMax; }

// KeyBuilder's parts, behind what is there.
Bytes with_part(const Bytes& before, BytesView key) {
  return before + KeyBuilder(Keyspace::node_index).part(key).take().substr(1);
}

}  // namespace

std::vector<Bytes> index_entries(const Schema& schema, const IndexRecord& index,
                                 const ObjectKey& key, const Row& row) {
  std::vector<Bytes> out = {node_keys::index_entries(index.number)};
  for (const query::TermPath& column : index.columns) {
    std::vector<Bytes> keys = query::index_keys(schema, index.type, column, {&row.id, &row.fields});
    // So that it is found by the other columns; no value's key is empty.
    if (keys.empty() && index.columns.size() > 1) keys.emplace_back();
    std::vector<Bytes> next;
    for (const Bytes& before : out)
      for (const Bytes& one : keys) next.push_back(with_part(before, cut(one)));
    out = std::move(next);
  }
  for (Bytes& entry : out) entry += key.bytes;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::pair<Bytes, Bytes> entry_range(uint32_t index, const query::PlanRange& range) {
  Bytes prefix = node_keys::index_entries(index);
  for (const Bytes& key : range.equals) prefix = with_part(prefix, cut(key));
  if (!range.next) return {prefix, prefix_end(prefix)};
  const query::Interval& next = *range.next;
  // What was cut may be beyond the bound or not: it is in.
  Bytes from = with_part(prefix, cut(next.low));
  if (!next.low_inclusive && !may_be_cut(next.low)) from = prefix_end(from);
  Bytes to = with_part(prefix, cut(next.high));
  if (next.high_inclusive || may_be_cut(next.high)) to = prefix_end(to);
  return {std::move(from), std::move(to)};
}

Result<BytesView> entry_columns(BytesView entry, size_t columns) {
  constexpr size_t kBefore = 5;  // keyspace and number
  size_t at = kBefore;
  while (columns > 0 && at + 1 < entry.size()) {
    if (entry[at] == 0) {
      if (entry[at + 1] == 1) --columns;
      ++at;
    }
    ++at;
  }
  if (columns > 0 || at >= entry.size())
    return fail(ErrorCode::kStoreDamaged, "the node's store: an index's entry does not read back");
  return entry.substr(0, at);
}

Result<ObjectKey> object_of_entry(BytesView entry, size_t columns) {
  SYNCLINE_ASSIGN(const BytesView before, entry_columns(entry, columns));
  return ObjectKey{Bytes(entry.substr(before.size()))};
}

}  // namespace syncline
