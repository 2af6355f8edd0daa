#include "node/authority/recent.h"

#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {

RecentEntry::RecentEntry(const Entry& entry, Folded folded, const Hash& hash)
    : cursor{entry.incarnation, entry.seq, hash},
      origin(entry.name.origin),
      decision(std::move(folded.decision)) {
  bytes = 256 + entry.payload.size();
  for (FoldedObject& object : folded.objects) {
    auto effect = std::find_if(entry.objects.begin(), entry.objects.end(),
                               [&](const ObjectEffect& e) { return e.object == object.name; });
    // A node sees its own subscriptions.
    personal |= object.name.type == system_type::kSubscription;
    Object out{std::move(object), {}, {}};
    // What was born is told whole.
    if (effect != entry.objects.end() && effect->change == ObjectEffect::Change::updated)
      out.changes = effect->effects;
    bytes += out.folded.row.size() * 2 + 128;
    objects_.push_back(std::move(out));
  }
}

Result<const std::optional<Bytes>*> RecentEntry::encoded(const Object& object,
                                                         const FieldMask& mask) const {
  for (const auto& [known, bytes] : object.encoded)
    if (known == mask) return &bytes;
  const bool present = !object.folded.row.empty();
  Before before{object.folded.existed ? Before::Kind::known : Before::Kind::absent, &mask};
  // A re-creation: what was held before has nothing in common with what is there now.
  if (object.folded.existed && object.folded.change == ObjectEffect::Change::born)
    before.kind = Before::Kind::held;
  After after{present ? &object.folded.row : nullptr, &mask, &object.changes};
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes,
                  view_delta(object.folded.name, cursor.seq, before, after));
  object.encoded.emplace_back(mask, std::move(bytes));
  return &object.encoded.back().second;
}

Status RecentEntry::tell(const View& view, std::vector<Bytes>* out) const {
  for (const Object& object : objects_) {
    const FieldMask* mask = view.shows(object.folded.name);
    if (mask == nullptr || (SYNCLINE_PLANTED(skip_objects) && &object != &objects_.front()))
      continue;
    SYNCLINE_ASSIGN(const std::optional<Bytes>* bytes, encoded(object, *mask));
    if (*bytes) out->push_back(**bytes);
  }
  return {};
}

void Recent::add(std::shared_ptr<const RecentEntry> entry) {
  bytes_ += entry->bytes;
  entries_.push_back(std::move(entry));
  while (bytes_ > limits::kRecentBytesMax && entries_.size() > 1) {
    bytes_ -= entries_.front()->bytes;
    entries_.pop_front();
  }
}

bool Recent::reaches_back_to(LogSeq seq) const {
  return !entries_.empty() && entries_.front()->cursor.seq.value <= seq.value + 1;
}

}  // namespace syncline
