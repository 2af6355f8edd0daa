// Scenarios for merging, tersely: an authority that merges, and peers that write on what they have
// seen.
//
//   World world;
//   Peer& ann = world.peer(1);
//   ann.write(10, [](Editor& e) { e.create({{kName, "Fridge"}}); });
//   world.settle();                                      // all deliver, all download
//   ann.write(20, [](Editor& e) { e.set(at(kName), "Cooler"); });
//   ann.deliver();                                       // to the authority, the oldest pending
//   changeset EXPECT_EQ(world.show(), R"({1: "Cooler"})");
//
// Every merge is checked on the way: it is deterministic; its effects make of the state before the
// state after, and back; everything survives encoding.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "node/merge/merge.h"
#include "node/merge/overlay.h"

namespace syncline::merge_test {

inline Step step_of(int field) { return FieldNumber(static_cast<uint32_t>(field)); }
inline Step step_of(const char* key) { return std::string(key); }
inline Step step_of(std::string key) { return key; }
inline Step step_of(ElementId id) { return id; }
inline Step step_of(Step step) { return step; }
template <class... Steps>
Path at(Steps... steps) {
  return {step_of(steps)...};
}
Member member_of(const Value& value);

using Fields = std::vector<std::pair<int, Item>>;
Item embedded(Fields fields);
Item empty(ScopeKind kind);
// {1: 5, 2: ["a", "b"], 3: {x: 1}}; sets in (), absent objects "absent".
std::string show(const Item& item);
std::string show(const std::optional<Row>& row);

class World;
class Peer;

// One object in a transaction of a peer: reads what the peer shows, writes operations. Lists by
// index or by id.
class Editor {
 public:
  Editor(const Row* confirmed, std::vector<const Group*> pending, Group* group, ChangesetName name,
         uint32_t* next_element, uint32_t* next_ordinal);

  void create(Fields fields = {});
  void remove();
  void set(Path path, Value value);  // lists and documents as assignments of whole collections
  void set(Path path, Item item);
  void set_default(Path path, Value value);
  void unset(Path path);
  void make(Path path, ScopeKind kind);  // `new` of an empty scope
  void increment(Path path, int64_t amount);
  void clear(Path path);
  void add(Path path, const Value& value);
  void remove(Path path, const Value& value);
  ElementId insert(Path path, size_t index, Item item);
  void append(Path path, Item item);
  void move(Path path, size_t from, size_t to);  // to: the index it has afterwards
  void erase(Path path, size_t index);
  void erase(Path path, ElementId id);
  ElementId element(Path path, size_t index) const;  // CHECKs that it is there
  // What the peer shows with all this on top.
  std::optional<Row> image() const;
  bool exists() const { return image().has_value(); }
  Operation& last() { return group_->operations.back(); }

 private:
  Operation& operation(OperationKind kind, Path path);
  void stand_at(Operation* operation, const Path& list, size_t index,
                const std::optional<ElementId>& without);

  const Row* confirmed_;
  std::vector<const Group*> pending_;
  Group* group_;
  ChangesetName name_;
  uint32_t* next_element_;
  uint32_t* next_ordinal_;
};

using Script = std::function<void(Editor&)>;

// One changeset on its way.
struct Sent {
  ChangesetName name;
  LogSeq base;
  Stamp claimed;
  std::vector<std::shared_ptr<const Group>> groups;  // shared by forks of a world
  LogSeq decided;                                    // 0: not yet
};

class Peer {
 public:
  Peer(World* world, NodeId id) : world_(world), id_(id) {}

  // A changeset on object 1, at that time (ticks of the peer's clock).
  void write(uint64_t time, const Script& script);
  // ... on several objects.
  void write_all(uint64_t time, const std::vector<std::pair<int, Script>>& scripts);
  // The oldest pending changeset goes to the authority: its outcomes, all groups' in order.
  std::vector<Outcome> deliver();
  void deliver_all();
  // What the log holds is seen from now on; n: so many entries more that are not its own.
  void download();
  void download(size_t n);
  // Objects it does not hold: its groups on them are blind.
  void forget(int object) { unheld_.insert(object); }
  std::optional<Row> image(int object = 1) const;
  size_t pending() const { return pending_.size(); }  // not yet delivered
  NodeId id() const { return id_; }
  LogSeq base() const { return base_; }
  // Effective, of its last delivered changeset.
  Stamp last_stamp() const { return last_stamp_; }
  // The next to be delivered.
  const Sent& next() const { return pending_.front(); }
  ChangesetName next_name() const { return {id_, Epoch(id_.value * 10), next_number_}; }

 private:
  friend class World;
  std::vector<const Group*> pending_on(int object) const;
  void see(LogSeq seq);

  World* world_;
  NodeId id_;
  LogSeq base_;
  uint64_t next_number_ = 1;
  std::deque<Sent> pending_;
  std::deque<Sent> delivered_;  // decided, not yet seen: still on top of what it shows
  Stamp last_stamp_;
  std::set<int> unheld_;
};

class World {
 public:
  Peer& peer(uint64_t id);
  // Everybody delivers, by id and in turn, then everybody downloads.
  void settle();
  // A deep copy with its peers and what they have pending.
  std::unique_ptr<World> fork() const;

  const std::optional<Row>& row(int object = 1) const { return head().at(object).row; }
  const MergeRow& merge(int object = 1) const { return head().at(object).merge; }
  std::string show(int object = 1) const;
  LogSeq seq() const { return LogSeq(entries_.size() - 1); }
  void set_horizon(LogSeq seq) { horizon_ = seq; }
  // The last merge of a group.
  const MergeOutput& last() const { return last_; }
  // Operations of the next delivered group to leave out.
  std::set<size_t> leave_out;

 private:
  friend class Peer;
  struct State {
    std::optional<Row> row;
    MergeRow merge;
  };
  using States = std::map<int, State>;
  struct Entry {
    States states;
    NodeId origin;
    Stamp high;  // the highest effective stamp at or before it
  };
  const States& head() const { return entries_.back().states; }
  const Row* confirmed(int object, LogSeq base) const;
  std::vector<Outcome> integrate(Peer* peer, const Sent& sent);

  std::vector<Entry> entries_ = std::vector<Entry>(1);
  std::map<uint64_t, std::unique_ptr<Peer>> peers_;
  LogSeq horizon_;
  MergeOutput last_;
};

ObjectName object_name(int object);

// What the states must fulfil, besides what World checks of each merge: sorted, unique, positions
// between their neighbours, merge state that mirrors the row. Adds test failures.
void check_invariants(const std::optional<Row>& row, const MergeRow& merge);

// Two peers write on a common state, unseen by each other; their changesets arrive in every order
// that keeps each peer's own. Fails unless all orders end alike; the end. Texts only: positions may
// differ.
using PeerScript = std::function<void(Peer&)>;
// One changeset of this script, at this time.
inline PeerScript once(uint64_t time, Script script) {
  return [=](Peer& peer) { peer.write(time, script); };
}
std::string duel(const Script& common, const PeerScript& first, const PeerScript& second);

}  // namespace syncline::merge_test
