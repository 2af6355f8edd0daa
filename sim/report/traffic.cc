#include "sim/report/traffic.h"

#include "proto/codec.h"

namespace syncline::sim {

std::string_view name_of_kind(size_t kind) {
  static constexpr std::array<std::string_view, kMessageKinds> kNames = {
      "hello",       "upload", "upload_part", "progress",      "have_list", "welcome",
      "hello_again", "delta",  "have_ask",    "upload_credit", "goodbye",   "mark",
      "marked",      "rights", "declare",     "unknown"};
  return kNames.at(kind);
}

size_t kind_of(BytesView frame) { return message_index(frame).value_or(kMessageKinds - 1); }

void Traffic::add(size_t kind, size_t bytes, bool up) {
  LinkUse& use = kinds[kind];
  ++(up ? use.messages_up : use.messages_down);
  (up ? use.bytes_up : use.bytes_down) += bytes;
}

void Traffic::add(const Traffic& other) {
  for (size_t kind = 0; kind < kMessageKinds; ++kind) sim::add(&kinds[kind], other.kinds[kind]);
}

LinkUse Traffic::sum() const {
  LinkUse sum;
  for (const LinkUse& use : kinds) sim::add(&sum, use);
  return sum;
}

void add(LinkUse* sum, const LinkUse& use) {
  sum->messages_up += use.messages_up;
  sum->messages_down += use.messages_down;
  sum->bytes_up += use.bytes_up;
  sum->bytes_down += use.bytes_down;
}

}  // namespace syncline::sim
