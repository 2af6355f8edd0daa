// Reading and writing the generated protobuf classes, for what is sent a few times a session.
// codec_session.cc and codec_schema.cc include this, nobody else.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include "proto/check.h"
#include "proto/codec_internal.h"

namespace syncline::codec {

// The messages read with it nest three deep.
inline constexpr int kGeneratedRecursionMax = 16;

template <class M>
Bytes serialize(const M& message) {
  Bytes out;
  CHECK(message.SerializeToString(&out), "a message that protobuf cannot write");
  return out;
}

template <class M>
bool parse(Decoder& d, BytesView bytes, std::string_view what, M* message) {
  if (bytes.size() > kStoredBytesMax) return d.too_large(what, kStoredBytesMax);
  google::protobuf::LogSilencer silence;  // a peer's bad text must not fill anybody's stderr
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  in.SetRecursionLimit(kGeneratedRecursionMax);
  if (message->ParseFromCodedStream(&in) && in.ConsumedEntireMessage()) return true;
  return d.malformed(fmt::format("{}: not protobuf, or a text that is not UTF-8", what));
}

}  // namespace syncline::codec
