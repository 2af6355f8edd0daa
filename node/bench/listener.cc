#include "node/bench/listener.h"

#include <fmt/format.h>

#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline::bench {
namespace {

constexpr uint64_t kReportBytes = limits::kCreditBytes / 16;

Bytes bytes_of(const LinkKey& key) {
  return Bytes(reinterpret_cast<const char*>(key.value.data()), key.value.size());
}

}  // namespace

Listener::~Listener() { transport_.stop(); }

Status Listener::start() {
  ClientOptions options;
  options.endpoint = options_.endpoint;
  options.server_key = options_.server_key;
  options.keys = options_.keys.link;
  ClientEvents events;
  events.on_connected = [this] { greet(); };
  events.on_disconnected = [this](const Error& error) {
    // What has not been reached yet is tried again.
    if (welcomed_ || error.code != ErrorCode::kUnreachable) complain(error.message);
  };
  events.on_frame = [this](Bytes& frame) { return on_frame(frame); };
  return transport_.start(std::move(options), std::move(events));
}

std::string Listener::complaint() const {
  std::lock_guard lock(mutex_);
  return complaint_;
}

void Listener::complain(std::string text) {
  std::lock_guard lock(mutex_);
  if (complaint_.empty()) complaint_ = std::move(text);
}

void Listener::greet() {
  Hello hello;
  hello.node = options_.keys.id;
  hello.nonce = SessionNonce(1);
  hello.signature =
      sign(options_.keys.identity(), hello_signing_bytes(hello, bytes_of(options_.server_key)));
  transport_.send(encode_message(hello));
}

bool Listener::on_frame(const Bytes& frame) {
  Result<Message> message = decode_message(frame);
  if (!message) {
    complain(message.error().message);
  } else if (const auto* welcome = std::get_if<Welcome>(&*message)) {
    session_ = welcome->session;
    welcomed_ = true;
  } else if (const auto* delta = std::get_if<Delta>(&*message)) {
    on_delta(*delta, frame.size());
  } else if (const auto* goodbye = std::get_if<Goodbye>(&*message)) {
    complain(goodbye->error.message);
  }
  return true;
}

void Listener::on_delta(const Delta& delta, size_t frame_bytes) {
  if (delta.session != session_) return complain("a delta of another session");
  if (delta.from != cursor_)
    return complain(
        fmt::format("a delta from {}, not from {}", delta.from.seq.value, cursor_.seq.value));
  for (const Bytes& bytes : delta.objects) {
    Result<ObjectDelta> object = decode_object_delta(bytes);
    if (!object) return complain(object.error().message);
    if (object->kind == ObjectDelta::Kind::enter)
      if (Result<Row> row = decode_row(object->row); !row) return complain(row.error().message);
  }
  objects_ += delta.objects.size();
  bytes_ += frame_bytes;
  ++frames_;
  if (delta.last) {
    cursor_ = delta.to;
    seq_ = cursor_.seq.value;
  }
  consumed_ += frame_bytes;
  if (consumed_ - reported_ < kReportBytes) return;
  reported_ = consumed_;
  transport_.send(encode_message(Progress{session_, cursor_, consumed_}));
}

}  // namespace syncline::bench
