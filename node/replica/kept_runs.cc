#include "node/replica/kept_runs.h"

#include <algorithm>

#include "node/replica/byte_reader.h"

namespace syncline {
namespace {

constexpr size_t kHeadBytes = 8 + 1;
constexpr size_t kEachBytes = 8 + 4;

// How many changesets the run has. As much of its form as a lookup needs.
Result<uint64_t> count_in(BytesView value) {
  const size_t bytes = value.size() - std::min(value.size(), kHeadBytes);
  const uint64_t count = bytes / kEachBytes;
  if (bytes % kEachBytes != 0 || count == 0 || count > kKeptInRun)
    return fail(ErrorCode::kStoreDamaged,
                "what is kept in the node's store of decided changesets does not read back");
  return count;
}

}  // namespace

void KeptRun::add(const KeptChangeset& changeset) {
  changesets.push_back(changeset);
  bytes += changeset.bytes;
}

LogPosition KeptRun::last() const {
  LogSeq highest;
  for (const KeptChangeset& changeset : changesets) highest = std::max(highest, changeset.seq);
  return {incarnation, highest};
}

bool KeptRun::takes(uint64_t order, const KeptChangeset& changeset) const {
  return order == end() && changesets.size() < kKeptInRun &&
         bytes + changeset.bytes <= kKeptRunBytesMax;
}

Bytes encode(const KeptRun& run) {
  Bytes out;
  out.reserve(kHeadBytes + run.changesets.size() * kEachBytes);
  put_u64_big_endian(&out, run.incarnation.value);
  out.push_back(run.rewritten ? 1 : 0);
  for (const KeptChangeset& changeset : run.changesets) {
    put_u64_big_endian(&out, changeset.seq.value);
    put_u32_big_endian(&out, static_cast<uint32_t>(changeset.bytes));
  }
  return out;
}

Result<KeptRun> decode_kept_run(BytesView key, BytesView value) {
  KeptRun run;
  SYNCLINE_ASSIGN(run.first, node_keys::order_of(key));
  SYNCLINE_ASSIGN(const uint64_t count, count_in(value));
  ByteReader reader(value);
  run.incarnation = Incarnation(reader.u64());
  run.rewritten = reader.u8() != 0;
  run.changesets.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    const LogSeq seq(reader.u64());
    run.add({seq, reader.u32()});
  }
  return run;
}

Result<uint64_t> kept_end(const Reader& reader) {
  const Bytes from = node_keys::all(Keyspace::node_kept);
  auto walk = reader.scan_back(from, prefix_end(from));
  SYNCLINE_TRY(walk->status());
  if (!walk->valid()) return uint64_t{0};
  SYNCLINE_ASSIGN(const KeptRun run, decode_kept_run(walk->key(), walk->value()));
  return run.end();
}

Result<std::optional<uint64_t>> KeptOrders::end_of_run(uint64_t order) {
  if (order >= end_) return std::nullopt;
  if (at_ == nullptr || order < asked_) SYNCLINE_TRY(start_at(order));
  asked_ = order;
  while (span_ && span_->end <= order) {
    at_->next();
    SYNCLINE_TRY(read_span());
  }
  if (!span_ || order < span_->first) return std::nullopt;
  return span_->end;
}

// At the run that has the order, or at the first beyond it.
Status KeptOrders::start_at(uint64_t order) {
  uint64_t from = order;
  if (order > 0) {
    const uint64_t lowest = order - std::min(order, kKeptInRun - 1);
    auto before = reader_->scan_back(node_keys::kept(lowest), node_keys::kept(order));
    SYNCLINE_TRY(before->status());
    if (before->valid()) {
      SYNCLINE_ASSIGN(from, node_keys::order_of(before->key()));
    }
  }
  at_ = reader_->scan(node_keys::kept(from), prefix_end(node_keys::all(Keyspace::node_kept)));
  return read_span();
}

Status KeptOrders::read_span() {
  span_.reset();
  if (!at_->valid()) return at_->status();
  SYNCLINE_ASSIGN(const uint64_t first, node_keys::order_of(at_->key()));
  SYNCLINE_ASSIGN(const uint64_t count, count_in(at_->value()));
  span_ = Span{first, first + count};
  return {};
}

}  // namespace syncline
