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
  kMarked,
  kRights,
  kDeclare
};
static_assert(std::variant_size_v<Message> == kDeclare);

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
    case bytes_key(kRights):
      return read_message<Rights>(d, body, message);
    case bytes_key(kDeclare):
      return read_message<Declare>(d, body, message);
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

// Appends `plain` as a zstd frame of at most `bytes_max`. False: it does not fit.
bool append_compressed(BytesView plain, size_t bytes_max, Bytes* out) {
  static thread_local CompressionContext zstd;
  CHECK(zstd.context != nullptr, "no memory for zstd");
  const size_t before = out->size();
  out->resize_and_overwrite(before + bytes_max, [](char*, size_t n) { return n; });
  const size_t size = ZSTD_compressCCtx(zstd.context, out->data() + before, bytes_max, plain.data(),
                                        plain.size(), kZstdLevel);
  out->resize(ZSTD_isError(size) ? before : before + size);
  return !ZSTD_isError(size);
}

// The frame, or nothing if it would not be smaller than `plain`.
bool compress(BytesView plain, Bytes* frame) {
  frame->assign(1, kZstd);
  return append_compressed(plain, plain.size() - 1, frame);
}

// What the zstd frames say they hold together.
bool read_plain_size(Decoder& d, BytesView compressed, size_t* plain_size) {
  *plain_size = 0;
  while (!compressed.empty()) {
    const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
    const size_t taken = ZSTD_findFrameCompressedSize(compressed.data(), compressed.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(taken) ||
        taken == 0) {
      return d.malformed("frame: no zstd frame that states its size");
    }
    if (size > kPlainMessageBytesMax - *plain_size) {
      return d.too_large("frame, in bytes when uncompressed", kPlainMessageBytesMax);
    }
    *plain_size += size;
    compressed.remove_prefix(taken);
  }
  return *plain_size > 0 || d.malformed("frame: no zstd frame");
}

bool decompress(Decoder& d, BytesView compressed, Bytes* plain) {
  static thread_local DecompressionContext zstd;
  CHECK(zstd.context != nullptr, "no memory for zstd");
  size_t size = 0;
  if (!read_plain_size(d, compressed, &size)) return false;
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

// The first bytes of what a zstd frame holds; empty: it is damaged.
BytesView decompress_front(BytesView compressed, char* front, size_t size) {
  static thread_local DecompressionContext zstd;
  CHECK(zstd.context != nullptr, "no memory for zstd");
  ZSTD_DCtx_reset(zstd.context, ZSTD_reset_session_only);
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  ZSTD_outBuffer out{front, size, 0};
  if (ZSTD_isError(ZSTD_decompressStream(zstd.context, &out, &in))) return {};
  return BytesView(front, out.pos);
}

}  // namespace
}  // namespace codec

PackedObjects pack_objects(const std::vector<Bytes>& objects) {
  size_t expected = 0;
  for (const Bytes& object : objects) expected += object.size() + 8;
  codec::Encoder e(expected);
  codec::put_delta_objects(e, objects);
  const Bytes plain = e.out.take();
  PackedObjects packed;
  packed.plain_bytes = plain.size();
  const bool fits =
      codec::append_compressed(plain, ZSTD_compressBound(plain.size()), &packed.compressed);
  CHECK(fits, "zstd's own bound");
  return packed;
}

Bytes encode_delta(const Delta& delta, const PackedObjects& objects) {
  CHECK(delta.objects.empty(), "objects beside packed ones");
  codec::Encoder head, tail;
  codec::put_delta_head(head, delta);
  codec::put_delta_tail(tail, delta);
  const Bytes head_bytes = head.out.take(), tail_bytes = tail.out.take();
  wire::Writer out(head_bytes.size() + 32);
  out.open_sized(codec::kDelta, head_bytes.size() + objects.plain_bytes + tail_bytes.size());
  out.append(head_bytes);
  const Bytes front = out.take();

  Bytes frame(1, codec::kZstd);
  frame.reserve(front.size() + objects.compressed.size() + tail_bytes.size() + 128);
  codec::append_compressed(front, ZSTD_compressBound(front.size()), &frame);
  frame += objects.compressed;
  if (!tail_bytes.empty())
    codec::append_compressed(tail_bytes, ZSTD_compressBound(tail_bytes.size()), &frame);
  CHECK(frame.size() <= limits::kMessageBytesMax, "a frame beyond its limit");
  return frame;
}

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

std::optional<size_t> message_index(BytesView frame) {
  if (frame.size() < 2) return std::nullopt;
  char front[1];
  BytesView rest = frame.substr(1);
  if (frame[0] != codec::kPlain) rest = codec::decompress_front(rest, front, sizeof front);
  // The keys of fields below 16 are one byte each.
  const uint32_t key = rest.empty() ? 0 : static_cast<uint8_t>(rest[0]);
  for (uint32_t field = codec::kHello; field <= codec::kDeclare; ++field)
    if (key == wire::bytes_key(field)) return field - 1;
  return std::nullopt;
}

Result<Message> decode_message(BytesView frame) {
  using namespace codec;
  return decode_with<Message>(frame, "frame", limits::kMessageBytesMax, read_frame);
}

}  // namespace syncline
