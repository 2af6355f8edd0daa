// Have-lists: what the node holds in the hash buckets that the authority asks for, and which keys
// its answer means.
#pragma once

#include <map>
#include <vector>

#include "proto/messages.h"
#include "storage/store.h"

namespace syncline {

// A question that was answered and whose consequence is awaited: the keys by bucket, in the order
// they were listed.
struct HaveQuestion {
  uint64_t request = 0;
  bool staged = false;
  std::map<std::pair<TypeNumber, uint32_t>, std::vector<ObjectKey>> keys;
};

struct HaveAnswer {
  HaveQuestion question;
  std::vector<Bytes> frames;  // HaveList messages
};

// Lists the confirmed objects, or what is staged of a bootstrap. kMalformed: the question cannot be
// (too many bits, a bucket beyond them, one twice).
Result<HaveAnswer> answer_have_ask(const Reader& reader, const HaveAsk& ask, const Cursor& cursor);

// The objects that leave. kMalformed: of another question, or a position beyond the list.
Result<std::vector<ObjectName>> objects_leaving(const HaveQuestion* question,
                                                const std::vector<Leaves>& leaves);

}  // namespace syncline
