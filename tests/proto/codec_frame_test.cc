// Frames: the flag, compression and its bounds.
#include <gtest/gtest.h>
#include <zstd.h>

#include <utility>

#include "proto/limits.h"
#include "tests/proto/random_messages.h"

namespace syncline::test {
namespace {

Upload upload_of(Bytes payload) {
  Upload out;
  out.session = SessionNonce(5);
  out.payloads.push_back(std::move(payload));
  return out;
}

Bytes noise(size_t size) {
  RandomValues random(1);
  Bytes out;
  while (out.size() < size) out.push_back(static_cast<char>(random.next()));
  return out;
}

ErrorCode code_of(const Bytes& frame) {
  const auto message = decode_message(frame);
  return message ? ErrorCode::kInternal : message.error().code;
}

Bytes zstd_frame(const Bytes& plain, bool with_size = true) {
  Bytes out(ZSTD_compressBound(plain.size()) + 1, '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, with_size ? 1 : 0);
  const size_t size =
      ZSTD_compress2(context, out.data() + 1, out.size() - 1, plain.data(), plain.size());
  ZSTD_freeCCtx(context);
  out.resize(size + 1);
  out[0] = 1;
  return out;
}

TEST(Frame, IsCompressedWhereItPays) {
  const Bytes small = encode_message(upload_of(Bytes(100, 'a')));
  EXPECT_EQ(small[0], 0);
  const Bytes repetitive = encode_message(upload_of(Bytes(10'000, 'a')));
  EXPECT_EQ(repetitive[0], 1);
  EXPECT_LT(repetitive.size(), 200u);
  const Bytes incompressible = encode_message(upload_of(noise(10'000)));
  EXPECT_EQ(incompressible[0], 0);
  for (const Bytes& frame : {small, repetitive, incompressible}) {
    const auto message = decode_message(frame);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(encode_message(*message), frame);
  }
}

TEST(Frame, RefusesABombByItsStatedSize) {
  const Bytes bomb = zstd_frame(Bytes((8u << 20) + 1, '\0'));
  EXPECT_LT(bomb.size(), 2000u);
  EXPECT_EQ(code_of(bomb), ErrorCode::kTooLarge);
}

TEST(Frame, RefusesDamagedCompression) {
  const Bytes frame = encode_message(upload_of(Bytes(10'000, 'a')));
  ASSERT_EQ(frame[0], 1);
  for (size_t cut = 0; cut < frame.size(); ++cut) {
    EXPECT_EQ(code_of(frame.substr(0, cut)), ErrorCode::kMalformed) << cut;
  }
  EXPECT_EQ(code_of(frame + "x"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(frame + frame.substr(1)), ErrorCode::kMalformed);  // a second one behind it
  // One that hides its size could be any size.
  const Bytes plain = encode_message(upload_of(Bytes(100, 'a'))).substr(1);
  EXPECT_EQ(code_of(zstd_frame(plain)), ErrorCode::kInternal);
  EXPECT_EQ(code_of(zstd_frame(plain, false)), ErrorCode::kMalformed);
}

TEST(Frame, RefusesWhatIsNoFrame) {
  EXPECT_EQ(code_of(""), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(Bytes(1, '\0')), ErrorCode::kMalformed);
  EXPECT_EQ(code_of("\x01"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of("\x02"), ErrorCode::kMalformed);
  Bytes frame = encode_message(HelloAgain{SessionNonce(1)});
  EXPECT_EQ(code_of(frame + frame.substr(1)), ErrorCode::kMalformed);  // two messages
  frame[0] = 2;
  EXPECT_EQ(code_of(frame), ErrorCode::kMalformed);
}

TEST(Frame, TakesTheLargestMessageAndNoLarger) {
  Bytes payload = noise(limits::kMessageBytesMax - 100);
  const Bytes frame = encode_message(upload_of(payload));
  EXPECT_LE(frame.size(), limits::kMessageBytesMax);
  EXPECT_TRUE(decode_message(frame));
  EXPECT_DEATH((void)encode_message(upload_of(noise(limits::kMessageBytesMax))), "a frame beyond");
}

TEST(Frame, WithPackedObjectsIsTheSameMessage) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    RandomMessages random(seed);
    Delta delta = random.delta();
    if (delta.objects.empty()) delta.objects.push_back("one");
    const auto plain = decode_message(encode_message(delta));
    ASSERT_TRUE(plain.has_value());
    const PackedObjects packed = pack_objects(std::exchange(delta.objects, {}));
    const auto shared = decode_message(encode_delta(delta, packed));
    ASSERT_TRUE(shared.has_value()) << shared.error().message;
    EXPECT_EQ(*shared, *plain);
  }
}

TEST(Frame, OfSeveralZstdFramesIsBoundedByTheirSum) {
  const Bytes half = zstd_frame(Bytes(5u << 20, 'x')).substr(1);
  EXPECT_EQ(code_of("\1" + half + half), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of("\1" + half + "garbage"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of("\1"), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace syncline::test
