// A replica on a disk that can crash, and a hand-scripted authority to talk to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "node/replica/replica.h"
#include "proto/codec.h"
#include "proto/uses.h"
#include "storage/memory_store.h"

namespace syncline::test {

inline constexpr TypeNumber kFridge{16};
inline constexpr TypeNumber kDoor{17};     // embedded, contains its own type
inline constexpr TypeNumber kNote{18};     // closed, keyed by integers
inline constexpr TypeNumber kPoint{19};    // embedded, GeoJSON
inline constexpr TypeNumber kReading{20};  // asymmetric

namespace fridge {
inline constexpr FieldNumber kName{2}, kCelsius{3}, kOpened{4}, kTags{5}, kLabels{6}, kLimits{7},
    kDoorField{8}, kAny{9}, kSmall{10}, kDoors{11}, kSpot{12};
inline constexpr FieldNumber kFahrenheit{13};  // of another schema version
}  // namespace fridge
namespace door {
inline constexpr FieldNumber kColor{1}, kKnocks{2}, kInner{3};
inline constexpr FieldNumber kPaint{4};  // of another schema version
}  // namespace door

std::shared_ptr<const Schema> schema();
KeyPair key(uint8_t n);
ObjectName fridge_name(const std::string& id);

template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  if (!result) std::abort();
  return std::move(*result);
}
inline void must(const Status& status) {
  ASSERT_TRUE(status.has_value()) << (status ? "" : status.error().message);
}

// A device: the machine on its disk. Outputs are made true as the driver does it.
class Node {
 public:
  explicit Node(MemoryStore* disk, uint8_t identity = 1) : disk_(disk), key_(key(identity)) {}

  // Opens the machine on what the disk holds. `random` must differ from open to open, as the
  // system's does.
  void open(uint8_t random);
  void close() { machine_.reset(); }
  void lose_power(uint64_t surviving_batches = 0) {
    close();
    disk_->lose_power({surviving_batches, 0});
  }
  void kill() {
    close();
    disk_->kill();
  }

  // A step; what it put out is `last`, its frames are added to `frames`.
  ReplicaOutput& step(ReplicaInput input);
  ReplicaOutput& receive(const Message& message) {
    return step(replica_input::Frame{encode_message(message)});
  }
  void sync();
  // What the transaction wrote is committed in the mode.
  template <class Write>
  ChangesetName write(Write write, Durability durability = Durability::group) {
    Draft draft = machine_->begin();
    write(draft);
    step(replica_input::Commit{std::move(draft), durability});
    EXPECT_TRUE(last.committed.has_value());
    return must(*last.committed);
  }
  ChangesetName write_fridge(const std::string& id, double celsius,
                             Durability durability = Durability::group) {
    return write(
        [&](Draft& d) { must(d.put(kFridge, Document{{"_id", id}, {"celsius", celsius}})); },
        durability);
  }

  // Connects and is welcomed by the authority's last word.
  Hello connect();
  void welcome(const Hello& hello, const struct Authority& authority);

  std::optional<double> celsius(const std::string& id) const;
  std::optional<double> confirmed_celsius(const std::string& id) const;
  std::optional<Row> shown(const std::string& id) const {
    return must(read_object(*disk_, fridge_name(id)));
  }
  Replica& machine() { return *machine_; }
  MemoryStore& disk() { return *disk_; }
  const KeyPair& identity() const { return key_; }
  NodeId id() const { return node_id_of(key_.public_key); }

  // Messages of a kind that were sent and not taken yet.
  template <class M>
  std::vector<M> take() {
    std::vector<M> out;
    std::vector<Bytes> rest;
    for (Bytes& frame : frames) {
      Message message = must(decode_message(frame));
      if (auto* m = std::get_if<M>(&message)) {
        out.push_back(std::move(*m));
      } else {
        rest.push_back(std::move(frame));
      }
    }
    frames = std::move(rest);
    return out;
  }

  Instant now{1'700'000'000'000, 1'000, 7};
  ReplicaOutput last;
  std::vector<Bytes> frames;
  std::vector<Timer> timers;
  std::vector<ObjectChange> changes;  // all that observers were told
  std::vector<ReceiptRecord> receipts;

 private:
  void make_true(const ReplicaOutput& out);

  MemoryStore* disk_;
  KeyPair key_;
  std::unique_ptr<Replica> machine_;
};

// What the scripted authority says next. Its log is a counter.
struct Authority {
  Incarnation incarnation{77};
  LogSeq head;
  SessionNonce session{500};
  uint64_t credit = 4u << 20;
  Epoch epoch;
  uint64_t received = 0;
  Hash token = hash("token", "a view");

  Cursor cursor(uint64_t seq) const;
  Welcome welcome(const Hello& hello) const;
  // From the node's cursor to the next entry.
  Delta delta(const Node& node, uint64_t to) const;
  Cursor cursor_of(const Node& node) const;
};

Row fridge_row(const std::string& id, double celsius, uint64_t seq, uint64_t born = 0);
Bytes enter(const Row& row, TypeNumber type = kFridge);
Bytes update(const std::string& id, uint64_t seq, std::vector<Effect> effects);
Bytes leave(const std::string& id, uint64_t seq);
Effect put_celsius(double celsius);
Decision committed(const ChangesetName& name, const Hash& payload_hash, uint64_t seq);
Decision refused(const ChangesetName& name, const Hash& payload_hash, uint64_t seq,
                 std::vector<uint32_t> ordinals);
// Of the pending changeset, as its upload would say.
Hash pending_hash(const Reader& reader, const ChangesetName& name);

}  // namespace syncline::test
