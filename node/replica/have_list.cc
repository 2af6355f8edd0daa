#include "node/replica/have_list.h"

#include <fmt/format.h>

#include "node/replica/keys.h"
#include "proto/buckets.h"
#include "proto/codec.h"

namespace syncline {
namespace {

// Well below limits::kMessageBytesMax, whatever stands around the keys.
constexpr size_t kListBytes = 256u << 10;
constexpr size_t kBucketBytesMax = 768u << 10;

struct Listed {
  std::vector<ObjectKey> keys;
  std::vector<LogSeq> changed;
};
using Lists = std::map<std::pair<TypeNumber, uint32_t>, Listed>;

Result<Lists> make_lists(const HaveAsk& ask) {
  if (ask.bucket_bits > 32)
    return fail(
        ErrorCode::kMalformed,
        fmt::format("a have-ask with {} bucket bits; at most 32 are possible", ask.bucket_bits));
  Lists lists;
  for (const HaveAsk::Buckets& type : ask.types) {
    for (uint32_t bucket : type.buckets) {
      if (uint64_t{bucket} >> ask.bucket_bits != 0)
        return fail(ErrorCode::kMalformed,
                    fmt::format("a have-ask for bucket {} of {} bits", bucket, ask.bucket_bits));
      if (!lists.try_emplace({type.type, bucket}).second)
        return fail(ErrorCode::kMalformed, "a have-ask that names a bucket twice");
    }
  }
  return lists;
}

Status list_type(const Reader& reader, const HaveAsk& ask, TypeNumber type, Lists* lists) {
  const Bytes from = ask.staged ? node_keys::staging_rows_of(type) : node_keys::rows_of(type);
  auto walk = reader.scan(from, prefix_end(from));
  for (; walk->valid(); walk->next()) {
    SYNCLINE_ASSIGN(ObjectName name, node_keys::object_of(walk->key()));
    const auto at = lists->find({type, bucket_of(ask.salt, type, name.key, ask.bucket_bits)});
    if (at == lists->end()) continue;
    at->second.keys.push_back(std::move(name.key));
    if (ask.with_seq) {
      SYNCLINE_ASSIGN(RowSeqs seqs, decode_row_seqs(walk->value()));
      at->second.changed.push_back(seqs.changed);
    }
  }
  return walk->status();
}

// Cuts the lists into messages. A bucket stays whole as long as it fits a message: its positions
// count from 0.
class Cutter {
 public:
  Cutter(const HaveAsk& ask, const Cursor& cursor) : ask_(ask), cursor_(cursor) { start(); }

  void add(TypeNumber type, uint32_t bucket, Listed listed) {
    size_t size = kBucketOverhead;
    for (const ObjectKey& key : listed.keys) size += key.bytes.size() + kKeyOverhead;
    if (bytes_ > 0 && bytes_ + size > kListBytes) flush(false);
    if (size <= kBucketBytesMax) {
      message_.buckets.push_back({type, bucket, std::move(listed.keys), std::move(listed.changed)});
      bytes_ += size;
      return;
    }
    add_in_pieces(type, bucket, listed);
  }
  std::vector<Bytes> finish() {
    flush(true);
    return std::move(frames_);
  }

 private:
  static constexpr size_t kBucketOverhead = 32;
  static constexpr size_t kKeyOverhead = 16;

  // A bucket beyond a message goes on in the next one, and so do its positions.
  void add_in_pieces(TypeNumber type, uint32_t bucket, const Listed& listed) {
    message_.buckets.push_back({type, bucket, {}, {}});
    for (size_t i = 0; i < listed.keys.size(); ++i) {
      if (bytes_ > kListBytes) {
        flush(false);
        message_.buckets.push_back({type, bucket, {}, {}});
      }
      message_.buckets.back().keys.push_back(listed.keys[i]);
      if (ask_.with_seq) message_.buckets.back().changed.push_back(listed.changed[i]);
      bytes_ += listed.keys[i].bytes.size() + kKeyOverhead;
    }
  }
  void start() {
    message_ = HaveList{ask_.session, ask_.request, cursor_, {}, false};
    bytes_ = 0;
  }
  void flush(bool last) {
    message_.last = last;
    frames_.push_back(encode_message(message_));
    start();
  }

  const HaveAsk& ask_;
  const Cursor& cursor_;
  HaveList message_;
  size_t bytes_ = 0;
  std::vector<Bytes> frames_;
};

}  // namespace

Result<HaveAnswer> answer_have_ask(const Reader& reader, const HaveAsk& ask, const Cursor& cursor) {
  SYNCLINE_ASSIGN(Lists lists, make_lists(ask));
  std::map<TypeNumber, bool> listed;
  for (const HaveAsk::Buckets& type : ask.types) {
    if (listed.try_emplace(type.type, true).second)
      SYNCLINE_TRY(list_type(reader, ask, type.type, &lists));
  }
  HaveAnswer answer;
  answer.question.request = ask.request;
  answer.question.staged = ask.staged;
  Cutter cutter(ask, cursor);
  for (const HaveAsk::Buckets& type : ask.types) {
    for (uint32_t bucket : type.buckets) {
      Listed& list = lists[{type.type, bucket}];
      answer.question.keys[{type.type, bucket}] = list.keys;
      cutter.add(type.type, bucket, std::move(list));
    }
  }
  answer.frames = cutter.finish();
  return answer;
}

Result<std::vector<ObjectName>> objects_leaving(const HaveQuestion* question,
                                                const std::vector<Leaves>& leaves) {
  std::vector<ObjectName> out;
  for (const Leaves& bucket : leaves) {
    if (question == nullptr || bucket.request != question->request)
      return fail(ErrorCode::kMalformed, "a delta that refers to a have-list of another question");
    const auto keys = question->keys.find({bucket.type, bucket.bucket});
    for (uint32_t position : bucket.positions) {
      if (keys == question->keys.end() || position >= keys->second.size())
        return fail(ErrorCode::kMalformed, "a delta that refers to a place beyond the have-list");
      out.push_back({bucket.type, keys->second[position]});
    }
  }
  return out;
}

}  // namespace syncline
