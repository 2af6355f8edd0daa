#include "sim/world/gate.h"

#include "proto/codec.h"

namespace syncline::sim {
namespace {

template <class T>
bool is(const Bytes& frame) {
  Result<Message> message = decode_message(frame);
  return message && std::holds_alternative<T>(*message);
}

}  // namespace

bool Gate::keeps_up(Bytes& frame) {
  if (!held || !(is<Upload>(frame) || is<UploadPart>(frame))) return false;
  up_.push_back(std::move(frame));
  return true;
}

bool Gate::keeps_down(Bytes& frame) {
  // What comes behind a delta may speak of it, but for credit.
  if (!held || !(is<Delta>(frame) || (!down_.empty() && !is<UploadCredit>(frame)))) return false;
  down_.push_back(std::move(frame));
  return true;
}

std::vector<Bytes> Gate::next_upload(const WriteClock& now, std::vector<ChangesetName>* names) {
  std::vector<Bytes> frames;
  while (!up_.empty()) {
    frames.push_back(std::move(up_.front()));
    up_.pop_front();
    Result<Message> message = decode_message(frames.back());
    Upload* upload = message ? std::get_if<Upload>(&*message) : nullptr;
    if (upload == nullptr) continue;
    Result<Envelope> envelope = decode_envelope(upload->envelope);
    for (size_t i = 0; envelope && i < envelope->hashes.size(); ++i)
      names->push_back({envelope->origin, envelope->epoch, envelope->first_number + i});
    upload->now = now;
    frames.back() = encode_message(std::move(*message));
    break;
  }
  return frames;
}

std::optional<LogSeq> Gate::next_delivery() const {
  if (down_.empty()) return std::nullopt;
  Result<Message> message = decode_message(down_.front());
  const Delta* delta = message ? std::get_if<Delta>(&*message) : nullptr;
  return delta == nullptr ? std::nullopt : std::optional(delta->to.seq);
}

std::vector<Bytes> Gate::take_delivery() {
  std::vector<Bytes> frames;
  while (!down_.empty() && (frames.empty() || !is<Delta>(down_.front()))) {
    frames.push_back(std::move(down_.front()));
    down_.pop_front();
  }
  return frames;
}

void Gate::drop() {
  up_.clear();
  down_.clear();
}

}  // namespace syncline::sim
