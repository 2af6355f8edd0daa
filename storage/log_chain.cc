#include "storage/log_chain.h"

#include <fmt/format.h>

#include "proto/check.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {

const LogRecord& LogAppend::add(Bytes bytes) {
  CHECK(bytes.size() <= limits::kLogRecordBytesMax, "a log record beyond its limit");
  const LogIndex index(first_.value + records_.size());
  const Hash& before = records_.empty() ? previous_ : records_.back().hash;
  const Hash hash = chain_hash(before, index, epoch_, bytes);
  return records_.emplace_back(index, epoch_, hash, std::move(bytes));
}

namespace {

Status damaged(LogIndex index, std::string_view what) {
  return fail(
      ErrorCode::kStoreDamaged,
      fmt::format("the log is damaged at record {}: {}; stop the authority, keep a copy of its "
                  "log and restore it from a backup",
                  index.value, what));
}

}  // namespace

Status check_follows(const LogHead& previous, const LogRecord& record) {
  const LogIndex expected(previous.index.value + 1);
  if (record.index != expected)
    return damaged(expected, fmt::format("record {} stands in its place", record.index.value));
  if (record.epoch < previous.epoch)
    return damaged(expected, "its epoch is lower than the one before");
  if (record.bytes.size() > limits::kLogRecordBytesMax) return damaged(expected, "it is too large");
  if (record.hash != chain_hash(previous.hash, record.index, record.epoch, record.bytes))
    return damaged(expected, "its hash does not match its bytes and what is before it");
  return {};
}

}  // namespace syncline
