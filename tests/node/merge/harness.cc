#include "tests/node/merge/harness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proto/check.h"
#include "proto/codec.h"

namespace syncline::merge_test {
namespace {

// A peer's clock ticks in what stamps count as milliseconds.
Stamp stamp_at(uint64_t time) { return Stamp(time << 16); }

class PeerCausality : public Causality {
 public:
  // All of a peer's changesets are one chain.
  bool follows(const ChangesetName& other) const override {
    return other.origin == write.name.origin && other.epoch == write.name.epoch &&
           other.number <= write.name.number;
  }
};

std::string show_value(const Value& value) {
  if (value.is_null()) return "null";
  if (const auto* b = value.get_if<bool>()) return *b ? "true" : "false";
  if (const auto* text = value.get_if<std::string>()) return '"' + *text + '"';
  if (const auto* number = value.get_if<double>()) return fmt::format("{}", *number);
  if (value.is_integer()) return fmt::format("{}", value.as_integer());
  return std::string(type_name(value));
}

std::string show_step(const Step& step) {
  if (const auto* field = std::get_if<FieldNumber>(&step)) return fmt::format("{}", field->value);
  if (const auto* key = std::get_if<std::string>(&step)) return *key;
  if (const auto* member = std::get_if<Member>(&step)) {
    return show_value(decode_value(member->bytes).value());
  }
  return "";
}

void check_codec(const MergeOutput& output, const Entry& entry) {
  if (output.row) {
    const auto row = decode_row(encode_row(*output.row));
    ASSERT_TRUE(row.has_value()) << row.error().message;
    EXPECT_EQ(*row, *output.row);
  }
  const auto merge = decode_merge_row(encode_merge_row(output.merge));
  ASSERT_TRUE(merge.has_value()) << merge.error().message;
  EXPECT_EQ(*merge, output.merge);
  const auto decoded = decode_entry(encode_entry(entry));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(decoded->objects, entry.objects);
}

// The effect on the state before gives the state after; what it says was there before gives it
// back.
void check_effect(const MergeInput& input, const MergeOutput& output) {
  using Change = ObjectEffect::Change;
  const ObjectEffect& effect = output.effect;
  std::optional<Row> row;
  if (input.row != nullptr) row = *input.row;
  EXPECT_EQ(effect.effects.size(),
            effect.change == Change::updated ? effect.earlier.size() : effect.effects.size());
  if (effect.change == Change::removed) {
    ASSERT_TRUE(row && !output.row);
    ASSERT_EQ(effect.earlier.size(), 1u);
    EXPECT_EQ(*effect.earlier[0].item.scope(), row->fields);
  } else if (effect.change == Change::unchanged) {
    EXPECT_EQ(row, output.row);
  } else {
    ASSERT_TRUE(output.row);
    Scope fields = row ? row->fields : Scope{};
    ASSERT_TRUE(apply_effects(&fields, effect.effects).has_value());
    EXPECT_EQ(fields, output.row->fields);
    if (effect.change == Change::updated) {
      ASSERT_TRUE(row);
      EXPECT_EQ(row->born, output.row->born);
      ASSERT_TRUE(apply_effects(&fields, effect.earlier).has_value());
      EXPECT_EQ(fields, row->fields);
    }
  }
  MergeRow merge = input.merge != nullptr ? *input.merge : MergeRow();
  if (effect.merge) {
    EXPECT_TRUE(effect.merge_effects.empty());
    merge = *effect.merge;
  }
  ASSERT_TRUE(apply_merge_effects(&merge, effect.merge_effects).has_value());
  EXPECT_EQ(merge, output.merge);
}

void check_touched(const MergeInput& input, const MergeOutput& output) {
  std::set<Step> changed;
  auto note = [&](const Row* row, const Row* other) {
    if (row == nullptr) return;
    for (const Child& child : row->fields.children) {
      const Child* match = other == nullptr ? nullptr : other->fields.find(child.step);
      if (match == nullptr || !(match->item == child.item)) changed.insert(child.step);
    }
  };
  const Row* after = output.row ? &*output.row : nullptr;
  note(input.row, after);
  note(after, input.row);
  EXPECT_EQ(output.touched, std::vector<Step>(changed.begin(), changed.end()));
}

}  // namespace

Member member_of(const Value& value) { return {encode_value(value)}; }

Item embedded(Fields fields) {
  Scope scope;
  for (auto& [field, item] : fields) scope.put(step_of(field), std::move(item));
  return scope;
}

Item empty(ScopeKind kind) { return Scope{kind, {}}; }

std::string show(const Item& item) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return show_value(item.value());
  const bool list = scope->kind == ScopeKind::list;
  std::string text;
  for (const Child& child : scope->children) {
    if (!text.empty()) text += ", ";
    if (!list) text += show_step(child.step);
    if (scope->kind == ScopeKind::object || scope->kind == ScopeKind::dictionary) text += ": ";
    if (scope->kind != ScopeKind::set) text += show(child.item);
  }
  if (list) return '[' + text + ']';
  return scope->kind == ScopeKind::set ? '(' + text + ')' : '{' + text + '}';
}

std::string show(const std::optional<Row>& row) {
  return row ? show(Item(row->fields)) : std::string("absent");
}

ObjectName object_name(int object) {
  return {TypeNumber(16), object_key(Value(static_cast<int64_t>(object))).value()};
}

void Peer::write(uint64_t time, const Script& script) { write_all(time, {{1, script}}); }

void Peer::write_all(uint64_t time, const std::vector<std::pair<int, Script>>& scripts) {
  Sent sent;
  sent.name = next_name();
  sent.base = base_;
  sent.claimed = stamp_at(time);
  uint32_t next_element = 0;
  uint32_t next_ordinal = 0;
  for (const auto& [object, script] : scripts) {
    auto group = std::make_shared<Group>();
    group->object = object_name(object);
    group->id = static_cast<int64_t>(object);
    const Row* held = unheld_.contains(object) ? nullptr : world_->confirmed(object, base_);
    group->blind = held == nullptr;
    Editor editor(held, pending_on(object), group.get(), sent.name, &next_element, &next_ordinal);
    script(editor);
    sent.groups.push_back(std::move(group));
  }
  ++next_number_;
  pending_.push_back(std::move(sent));
}

std::vector<const Group*> Peer::pending_on(int object) const {
  std::vector<const Group*> groups;
  for (const std::deque<Sent>* sents : {&delivered_, &pending_}) {
    for (const Sent& sent : *sents) {
      for (const auto& group : sent.groups) {
        if (group->object == object_name(object)) groups.push_back(group.get());
      }
    }
  }
  return groups;
}

std::optional<Row> Peer::image(int object) const {
  const Row* held = unheld_.contains(object) ? nullptr : world_->confirmed(object, base_);
  return apply_overlay(held, pending_on(object));
}

std::vector<Outcome> Peer::deliver() {
  CHECK(!pending_.empty(), "nothing to deliver");
  Sent& sent = delivered_.emplace_back(std::move(pending_.front()));
  pending_.pop_front();
  sent.decided = LogSeq(world_->entries_.size());
  return world_->integrate(this, sent);
}

void Peer::deliver_all() {
  while (!pending_.empty()) deliver();
}

void Peer::see(LogSeq seq) {
  base_ = seq;
  while (!delivered_.empty() && delivered_.front().decided <= seq) delivered_.pop_front();
}

void Peer::download() { see(world_->seq()); }

void Peer::download(size_t n) {
  while (base_ < world_->seq()) {
    const NodeId origin = world_->entries_[base_.value + 1].origin;
    if (origin != id_ && n-- == 0) return;
    see(LogSeq(base_.value + 1));
  }
}

Peer& World::peer(uint64_t id) {
  auto& peer = peers_[id];
  if (peer == nullptr) peer = std::make_unique<Peer>(this, NodeId(id));
  return *peer;
}

void World::settle() {
  for (auto& [id, peer] : peers_) peer->deliver_all();
  for (auto& [id, peer] : peers_) peer->download();
}

std::unique_ptr<World> World::fork() const {
  auto copy = std::make_unique<World>();
  copy->entries_ = entries_;
  copy->horizon_ = horizon_;
  for (const auto& [id, peer] : peers_) {
    Peer& twin = copy->peer(id);
    twin.base_ = peer->base_;
    twin.next_number_ = peer->next_number_;
    twin.last_stamp_ = peer->last_stamp_;
    twin.unheld_ = peer->unheld_;
    twin.pending_ = peer->pending_;
    twin.delivered_ = peer->delivered_;
  }
  return copy;
}

const Row* World::confirmed(int object, LogSeq base) const {
  const States& states = entries_[base.value].states;
  const auto it = states.find(object);
  return it == states.end() || !it->second.row ? nullptr : &*it->second.row;
}

std::string World::show(int object) const {
  const auto it = head().find(object);
  return it == head().end() ? "absent" : merge_test::show(it->second.row);
}

std::vector<Outcome> World::integrate(Peer* peer, const Sent& sent) {
  PeerCausality causality;
  causality.write.name = sent.name;
  causality.write.seq = LogSeq(entries_.size());
  causality.horizon = horizon_;
  const Stamp own{peer->last_stamp_.value + 1};
  const Stamp seen{entries_[sent.base.value].high.value + 1};
  Entry next{entries_.back().states, peer->id_, entries_.back().high};
  std::vector<Outcome> outcomes;
  for (const auto& group : sent.groups) {
    causality.blind = group->blind;
    causality.base = group->blind ? LogSeq() : sent.base;
    causality.write.stamp = std::max(sent.claimed, own);
    if (!group->blind) causality.write.stamp = std::max(causality.write.stamp, seen);
    const auto object = static_cast<int>(group->id.as_integer());
    State& state = next.states[object];
    const MergeInput input{state.row ? &*state.row : nullptr, &state.merge, group.get(),
                           leave_out.empty() ? nullptr : &leave_out};
    last_ = merge_group(input, causality);
    const MergeOutput again = merge_group(input, causality);
    EXPECT_EQ(again.effect, last_.effect);
    EXPECT_EQ(again.outcomes, last_.outcomes);
    check_effect(input, last_);
    check_touched(input, last_);
    check_invariants(last_.row, last_.merge);
    syncline::Entry entry;
    entry.seq = causality.write.seq;
    entry.name = sent.name;
    entry.objects.push_back(last_.effect);
    check_codec(last_, entry);
    outcomes.insert(outcomes.end(), last_.outcomes.begin(), last_.outcomes.end());
    state.row = last_.row;
    state.merge = last_.merge;
    peer->last_stamp_ = std::max(peer->last_stamp_, causality.write.stamp);
    next.high = std::max(next.high, causality.write.stamp);
  }
  entries_.push_back(std::move(next));
  return outcomes;
}

namespace {

void all_orders(World& world, std::map<std::string, std::string>* ends, const std::string& order) {
  if (world.peer(1).pending() == 0 && world.peer(2).pending() == 0) {
    ends->emplace(world.show(), order);
    return;
  }
  for (uint64_t id : {1, 2}) {
    if (world.peer(id).pending() == 0) continue;
    const auto next = world.fork();
    next->peer(id).deliver();
    all_orders(*next, ends, order + static_cast<char>('0' + id));
  }
}

}  // namespace

std::string duel(const Script& common, const PeerScript& first, const PeerScript& second) {
  World world;
  world.peer(3).write(1, common);
  world.peer(1);
  world.peer(2);
  world.settle();
  first(world.peer(1));
  second(world.peer(2));
  std::map<std::string, std::string> ends;
  all_orders(world, &ends, "");
  for (const auto& [end, order] : ends) {
    EXPECT_EQ(ends.size(), 1u) << "order " << order << " ends as " << end;
  }
  return ends.begin()->first;
}

}  // namespace syncline::merge_test
