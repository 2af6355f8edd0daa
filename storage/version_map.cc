#include "storage/version_map.h"

#include <iterator>

#include "proto/check.h"
#include "storage/change_set.h"

namespace syncline {

void VersionMap::apply(const std::vector<Batch::Change>& changes, Undo* undo) {
  ++sequence_;
  for (const Batch::Change& change : changes) {
    CHECK(has_keyspace(change), "a key that begins with no keyspace");
    switch (change.kind) {
      case Batch::Change::Kind::put:
        set(change.key, change.value, false, undo);
        break;
      case Batch::Change::Kind::erase:
        set(change.key, std::nullopt, false, undo);
        break;
      case Batch::Change::Kind::single_erase:
        set(change.key, std::nullopt, true, undo);
        break;
      case Batch::Change::Kind::erase_range: {
        auto at = map_.lower_bound(change.key);
        while (at != map_.end() && before_end(at->first, change.value)) {
          const Bytes& key = at->first;
          ++at;  // the key may go
          set(key, std::nullopt, false, undo);
        }
        break;
      }
    }
  }
}

void VersionMap::set(BytesView key, std::optional<Bytes> value, bool single_erase, Undo* undo) {
  auto at = map_.lower_bound(key);
  const bool known = at != map_.end() && at->first == key;
  const bool present = known && at->second->value.has_value();
  CHECK(!single_erase || (present && !at->second->overwritten),
        "single_erase of a key that was not put exactly once");
  if (!present && !value) return;
  if (present) bytes_ -= key.size() + at->second->value->size();
  if (value) bytes_ += key.size() + value->size();
  if (undo) {
    Replaced old{Bytes(key), std::nullopt, known && at->second->overwritten};
    // A version that no view sees is about to be freed: its bytes move.
    if (present) {
      const bool in_view = !views_.empty() && at->second->sequence <= *views_.rbegin();
      old.value = in_view ? at->second->value : std::move(at->second->value);
    }
    undo->push_back(std::move(old));
  }
  if (!known) at = map_.emplace_hint(at, Bytes(key), nullptr);
  replace(at, std::move(value), present);
}

void VersionMap::replace(Map::iterator at, std::optional<Bytes> value, bool overwritten) {
  std::unique_ptr<Version>& head = at->second;
  const bool in_view = head && !views_.empty() && head->sequence <= *views_.rbegin();
  if (!in_view && !value && (!head || !head->older)) {
    map_.erase(at);
    return;
  }
  if (in_view) {
    superseded_.emplace(sequence_, at->first);
    auto version = std::make_unique<Version>();
    version->older = std::move(head);
    head = std::move(version);
  } else if (!head) {
    head = std::make_unique<Version>();
  }
  head->sequence = sequence_;
  head->value = std::move(value);
  head->overwritten = overwritten;
}

void VersionMap::undo(Undo undo) {
  CHECK(views_.empty(), "a store crashed under a reader");
  for (auto old = undo.rbegin(); old != undo.rend(); ++old) {
    if (auto at = map_.find(old->key); at != map_.end() && at->second->value)
      bytes_ -= old->key.size() + at->second->value->size();
    if (!old->value) {
      map_.erase(old->key);
      continue;
    }
    bytes_ += old->key.size() + old->value->size();
    std::unique_ptr<Version>& head = map_[old->key];
    if (!head) head = std::make_unique<Version>();
    head->value = std::move(old->value);
    head->overwritten = old->overwritten;
  }
}

void VersionMap::close_view(uint64_t sequence) {
  views_.erase(views_.find(sequence));
  // A version superseded at S is needed by views below S.
  const uint64_t oldest = views_.empty() ? sequence_ : *views_.begin();
  while (!superseded_.empty() && superseded_.begin()->first <= oldest) {
    const Bytes key = std::move(superseded_.begin()->second);
    superseded_.erase(superseded_.begin());
    prune(key);
  }
}

void VersionMap::prune(const Bytes& key) {
  const auto at = map_.find(key);
  if (at == map_.end()) return;
  const uint64_t oldest = views_.empty() ? sequence_ : *views_.begin();
  Version* version = at->second.get();
  while (version->sequence > oldest && version->older) version = version->older.get();
  version->older.reset();
  // An absence with nothing below it need not be kept, if it is all there is.
  if (version == at->second.get() && !version->value) map_.erase(at);
}

const Bytes* VersionMap::value_at(Place place, uint64_t sequence) const {
  const Version* version = place->second.get();
  while (version && version->sequence > sequence) version = version->older.get();
  return version && version->value ? &*version->value : nullptr;
}

const Bytes* VersionMap::find(BytesView key, uint64_t sequence) const {
  const Place place = map_.find(key);
  return place == map_.end() ? nullptr : value_at(place, sequence);
}

VersionMap::Place VersionMap::skip_absent(Place place, uint64_t sequence) const {
  while (place != map_.end() && !value_at(place, sequence)) ++place;
  return place;
}

VersionMap::Place VersionMap::first_from(BytesView from, uint64_t sequence) const {
  return skip_absent(map_.lower_bound(from), sequence);
}

VersionMap::Place VersionMap::after(Place place, uint64_t sequence) const {
  return skip_absent(std::next(place), sequence);
}

VersionMap::Place VersionMap::last_before(BytesView to, uint64_t sequence) const {
  return before(to.empty() ? map_.end() : map_.lower_bound(to), sequence);
}

VersionMap::Place VersionMap::before(Place place, uint64_t sequence) const {
  while (place != map_.begin())
    if (value_at(--place, sequence)) return place;
  return map_.end();
}

}  // namespace syncline
