// Frames: a flag, and a Message that may be compressed.
#include <zstd.h>

#include "proto/check.h"
#include "proto/codec_internal.h"

namespace syncline {
namespace codec {
namespace {

constexpr char kPlain = 0;
constexpr char kZstd = 1;
// Below it compression saves less than a packet.
constexpr size_t kWorthCompressing = 1024;
// The links of a fleet outrun slower levels.
constexpr int kZstdLevel = 1;
// A Message, uncompressed: bounds what one frame of limits::kMessageBytesMax may grow to.
constexpr size_t kPlainMessageBytesMax = 8u << 20;

// Message.body's field numbers, in the order of the variant.
enum Field : uint32_t {
  kHello = 1,
  kUpload,
  kUploadPart,
  kProgress,
  kHaveList,
  kWelcome,
  kHelloAgain,
  kDelta,
  kHaveAsk,
  kUploadCredit,
  kGoodbye,
  kMark,
  kMarked
};
static_assert(std::variant_size_v<Message> == kMarked);

template <class M>
bool read_message(Decoder& d, BytesView body, Message* message) {
  return read_body(d, body, &message->emplace<M>());
}

bool read_any(Decoder& d, BytesView bytes, Message* message) {
  Reader r(bytes);
  if (!r.next()) return d.malformed("Message: truncated or empty");
  const uint32_t key = r.key();
  const BytesView body = r.bytes();
  if (r.next() || !r.complete()) return d.malformed("Message: more than one body");
  switch (key) {
    case bytes_key(kHello):
      return read_message<Hello>(d, body, message);
    case bytes_key(kUpload):
      return read_message<Upload>(d, body, message);
    case bytes_key(kUploadPart):
      return read_message<UploadPart>(d, body, message);
    case bytes_key(kProgress):
      return read_message<Progress>(d, body, message);
    case bytes_key(kHaveList):
      return read_message<HaveList>(d, body, message);
    case bytes_key(kWelcome):
      return read_message<Welcome>(d, body, message);
    case bytes_key(kHelloAgain):
      return read_message<HelloAgain>(d, body, message);
    case bytes_key(kDelta):
      return read_message<Delta>(d, body, message);
    case bytes_key(kHaveAsk):
      return read_message<HaveAsk>(d, body, message);
    case bytes_key(kUploadCredit):
      return read_message<UploadCredit>(d, body, message);
    case bytes_key(kGoodbye):
      return read_message<Goodbye>(d, body, message);
    case bytes_key(kMark):
      return read_message<Mark>(d, body, message);
    case bytes_key(kMarked):
      return read_message<Marked>(d, body, message);
    default:
      return d.unknown(r, "Message");
  }
}

// A thread's contexts: making one costs more than a small frame does.
struct CompressionContext {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ~CompressionContext() { ZSTD_freeCCtx(context); }
};
struct DecompressionContext {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~DecompressionContext() { ZSTD_freeDCtx(context); }
};

// The frame, or nothing if it would not be smaller than `plain`.
bool compress(BytesView plain, Bytes* frame) {
  static thread_local CompressionContext zstd;
  CHECK(zstd.context != nullptr, "no memory for zstd");
  frame->resize(plain.size());  // must be smaller, its flag too
  const size_t size = ZSTD_compressCCtx(zstd.context, frame->data() + 1, frame->size() - 1,
                                        plain.data(), plain.size(), kZstdLevel);
  if (ZSTD_isError(size)) return false;
  frame->resize(size + 1);
  (*frame)[0] = kZstd;
  return true;
}

bool decompress(Decoder& d, BytesView compressed, Bytes* plain) {
  static thread_local DecompressionContext zstd;
  CHECK(zstd.context != nullptr, "no memory for zstd");
  const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) {
    return d.malformed("frame: no zstd frame that states its size");
  }
  if (size > kPlainMessageBytesMax) {
    return d.too_large("frame, in bytes when uncompressed", kPlainMessageBytesMax);
  }
  plain->resize_and_overwrite(size, [](char*, size_t n) { return n; });
  const size_t got = ZSTD_decompressDCtx(zstd.context, plain->data(), plain->size(),
                                         compressed.data(), compressed.size());
  return (!ZSTD_isError(got) && got == size) || d.malformed("frame: damaged zstd");
}

bool read_frame(Decoder& d, BytesView frame, Message* message) {
  if (frame.empty()) return d.malformed("frame: empty");
  const BytesView rest = frame.substr(1);
  if (frame[0] == kPlain) return read_any(d, rest, message);
  if (frame[0] != kZstd) return d.malformed("frame: its first byte is neither 0 nor 1");
  Bytes plain;
  return decompress(d, rest, &plain) && read_any(d, plain, message);
}

}  // namespace
}  // namespace codec

Bytes encode_message(const Message& message) {
  const auto field = static_cast<uint32_t>(message.index() + 1);
  const Bytes body = std::visit([](const auto& m) { return codec::encode_body(m); }, message);
  wire::Writer out(body.size() + 16);
  out.append(BytesView(&codec::kPlain, 1));
  out.bytes_always(field, body);
  Bytes frame = out.take();
  if (frame.size() > codec::kWorthCompressing) {
    CHECK(frame.size() - 1 <= codec::kPlainMessageBytesMax, "a message beyond its limit");
    Bytes smaller;
    if (codec::compress(BytesView(frame).substr(1), &smaller)) frame = std::move(smaller);
  }
  CHECK(frame.size() <= limits::kMessageBytesMax, "a frame beyond its limit");
  return frame;
}

Result<Message> decode_message(BytesView frame) {
  using namespace codec;
  return decode_with<Message>(frame, "frame", limits::kMessageBytesMax, read_frame);
}

}  // namespace syncline
