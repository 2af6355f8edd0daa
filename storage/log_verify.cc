#include "storage/log_verify.h"

#include <fmt/format.h>

#include "storage/log_chain.h"

namespace syncline {

namespace {
constexpr size_t kChunkBytes = 4u << 20;
}

Result<LogSummary> verify_log(
    const CommitLog& log, const std::function<void(LogIndex checked, LogIndex head)>& progress) {
  LogSummary summary;
  SYNCLINE_ASSIGN(summary.first, log.first());
  SYNCLINE_ASSIGN(summary.head, log.head());
  // Checked here too, not only in read(): this must hold whatever implementation reads. What stood
  // before the first record kept is known to the log alone.
  std::optional<LogHead> previous;
  if (summary.first.value == 1) previous = LogHead();
  LogIndex next = summary.first;
  while (next <= summary.head.index) {
    SYNCLINE_ASSIGN(const auto records, log.read(next, kChunkBytes));
    for (const LogRecord& record : records) {
      if (record.index > summary.head.index) break;
      if (previous) SYNCLINE_TRY(check_follows(*previous, record));
      summary.epochs += !previous || summary.records == 0 || record.epoch != previous->epoch;
      ++summary.records;
      summary.bytes += record.bytes.size();
      previous = head_of(record);
    }
    if (records.empty() || !previous || previous->index < next)
      return fail(
          ErrorCode::kStoreDamaged,
          fmt::format("the log is damaged at record {}: it is missing; restore the log from a "
                      "backup",
                      next.value));
    next = LogIndex(previous->index.value + 1);
    if (progress) progress(previous->index, summary.head.index);
  }
  if (summary.records > 0 && *previous != summary.head)
    return fail(
        ErrorCode::kStoreDamaged,
        fmt::format("the log is damaged at record {}: it is not the head that the log names; "
                    "restore the log from a backup",
                    summary.head.index.value));
  return summary;
}

}  // namespace syncline
