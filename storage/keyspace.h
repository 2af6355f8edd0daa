// Keyspaces: the first byte of every key, for all databases in one registry, and helpers that build
// and take apart keys.
//
//   Bytes key =
//   KeyBuilder(Keyspace::state_by_seq).u32(type.value).u64(seq.value).tail(object.bytes).take();
//   reader.scan(prefix, prefix_end(prefix));
//
// Numbers are on disk and for ever: a keyspace that is no longer used keeps its number. What stands
// behind each is in storage/FORMAT.md. 0x00 and 0xff are never given. Pure functions; any thread.
#pragma once

#include <utility>

#include "proto/bytes.h"

namespace syncline {

enum class Keyspace : uint8_t {
  // ---- a node's database: 0x01-0x3f, all batches logged ----
  node_meta = 0x01,     // single records: identity, cursor, view token, epoch, schema
  node_row = 0x02,      // confirmed objects: (type, object key)
  node_overlay = 0x03,  // what own pending changes make of objects: (type, object key)
  node_written = 0x04,  // own changesets, pending or kept, in order of writing: (order)
  node_receipt = 0x05,  // state and outcome of own decided changesets, in runs: (first order)
  node_journal =
      0x06,  // refused or reset operations with their content: (deciding seq, epoch, number)
  node_staging_row = 0x07,  // rows of a bootstrap under way: (type, object key)
  node_staging_meta =
      0x08,  // how far that bootstrap is, and the decisions that came with it: (record, number)
  node_bucket = 0x09,            // salted buckets of what is held, for have-lists
  node_subscription_set = 0x0a,  // where the versions of the node's subscriptions stand: (version)
  node_index = 0x0b,  // entries of indexes over what is shown: (index, keys of columns, object key)
  node_touched_by =
      0x0d,  // which pending changesets touch an object: (type, object key, order) to group's place
  node_parts = 0x0e,    // changesets and deltas that arrive or leave in parts
  node_kept = 0x0f,     // which are decided and kept until the log is safe, in runs: (first order)
  node_payload = 0x10,  // the bytes of a large one of them, encoded once: (order)
  node_epoch = 0x11,    // own epochs: (epoch) to the order of its number 1, and its parent
  node_staging_gone = 0x12,  // objects that a catch-up under way takes out: (type, object key)
  node_journal_name =
      0x13,  // where a changeset stands in the journal: (epoch, number) to the deciding seq

  // ---- the authority's `state` database: 0x40-0x7f, all batches derived ----
  state_meta = 0x40,      // single records, `applied` above all
  state_row = 0x41,       // objects, with their merge state: (type, object key)
  state_merge = 0x42,     // merge state of objects that are absent: (type, object key)
  state_by_seq = 0x43,    // each object once, at its last seq: (type, seq, object key)
  state_decision = 0x44,  // names decided and their outcome, in runs: (origin, epoch, first number)
  state_origin = 0x45,    // what is known of an origin: (origin)
  state_entry = 0x46,     // where entries stand in the log, in runs: (first seq)
  state_view = 0x47,      // views that a node was brought up to: (node, token)
  state_type_count = 0x48,  // objects of a type: (type)
  state_node_hint = 0x49,   // what a node was last heard to have: (node)
  state_staged = 0x4a,      // parts of changesets not yet whole: (origin, epoch, number, offset)
  state_index = 0x4b,       // index rows: (index, value, object key)
  state_former =
      0x4d,  // where changesets were decided that a restore lost: (origin, epoch, number)

  // ---- the authority's `log` database: 0x80-0x9f, all batches logged ----
  log_record = 0x80,  // records: (index)
  log_meta = 0x81,    // single records: who may append
};

// The smallest key above every key that begins with the prefix; empty ("to the end") if there is
// none.
inline Bytes prefix_end(BytesView prefix) {
  Bytes end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

// Numbers are big-endian, so that keys sort as they do.
class KeyBuilder {
 public:
  explicit KeyBuilder(Keyspace keyspace) { out_.push_back(static_cast<char>(keyspace)); }
  KeyBuilder& u8(uint8_t v) { return out_.push_back(static_cast<char>(v)), *this; }
  KeyBuilder& u32(uint32_t v) { return put_u32_big_endian(&out_, v), *this; }
  KeyBuilder& u64(uint64_t v) { return put_u64_big_endian(&out_, v), *this; }
  // Bytes of any length that other parts follow: zeros are written 00 ff and the end 00 01, so that
  // keys still sort by the bytes and no key is a prefix of another.
  KeyBuilder& part(BytesView bytes) {
    for (char c : bytes) {
      out_.push_back(c);
      if (c == 0) out_.push_back('\xff');
    }
    out_.append("\x00\x01", 2);
    return *this;
  }
  // Bytes of any length that end the key, or of a fixed length.
  KeyBuilder& tail(BytesView bytes) { return out_.append(bytes), *this; }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Takes a key apart in the order it was built. What does not fit makes it not ok() and answers
// zeros.
class KeyReader {
 public:
  // Leaves out the keyspace byte.
  explicit KeyReader(BytesView key) : rest_(key) { ok_ = !key.empty(), rest_.remove_prefix(ok_); }
  uint8_t u8() { return take(1) ? static_cast<uint8_t>(taken_[0]) : 0; }
  uint32_t u32() { return take(4) ? get_u32_big_endian(taken_) : 0; }
  uint64_t u64() { return take(8) ? get_u64_big_endian(taken_) : 0; }
  Bytes part() {
    Bytes out;
    for (;;) {
      if (!take(1)) return {};
      if (taken_[0] != 0) {
        out.push_back(taken_[0]);
      } else if (const uint8_t mark = u8(); mark == 0xff) {
        out.push_back(0);
      } else {
        ok_ = ok_ && mark == 0x01;
        return ok_ ? out : Bytes();
      }
    }
  }
  BytesView tail() {
    BytesView out = rest_;
    rest_ = {};
    return out;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  bool take(size_t n) {
    ok_ = ok_ && rest_.size() >= n;
    if (!ok_) return false;
    taken_ = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return true;
  }
  BytesView rest_;
  BytesView taken_;
  bool ok_ = true;
};

}  // namespace syncline
