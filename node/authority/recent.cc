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
    Object out{object.name,
               object.change,
               StoredRow(std::move(object.before)),
               StoredRow(std::move(object.after)),
               {},
               {}};
    // What was born is told whole.
    if (effect != entry.objects.end() && effect->change == ObjectEffect::Change::updated)
      out.changes = effect->effects;
    bytes += out.before.bytes().size() + out.after.bytes().size() * 2 + 128;
    objects_.push_back(std::move(out));
  }
}

namespace {

bool is_mask(const std::optional<FieldMask>& known, const FieldMask* mask) {
  return known ? mask != nullptr && *known == *mask : mask == nullptr;
}

}  // namespace

Result<const std::optional<Bytes>*> RecentEntry::encoded(const Object& object, const FieldMask* was,
                                                         const FieldMask* is) const {
  for (const Object::Told& told : object.told)
    if (is_mask(told.was, was) && is_mask(told.is, is)) return &told.delta;
  Before before{was ? Before::Kind::known : Before::Kind::absent, was};
  // A re-creation: what was held before has nothing in common with what is there now.
  if (was && object.change == ObjectEffect::Change::born) before.kind = Before::Kind::held;
  After after{is ? &object.after.bytes() : nullptr, is, &object.changes};
  SYNCLINE_ASSIGN(std::optional<Bytes> bytes, view_delta(object.name, cursor.seq, before, after));
  const auto kept = [](const FieldMask* mask) {
    return mask == nullptr ? std::nullopt : std::optional(*mask);
  };
  object.told.push_back({kept(was), kept(is), std::move(bytes)});
  return &object.told.back().delta;
}

bool RecentEntry::needs_state(const View& view) const {
  for (const TypeView& type : view.types) {
    if (type.members->reach() == Membership::Reach::own) continue;
    for (const Object& object : objects_)
      if (type.members->depends_on(type.type, object.name.type)) return true;
  }
  return false;
}

Result<bool> RecentEntry::concerns(const View& view) const {
  for (const Object& object : objects_) {
    const TypeView* type = view.covers(object.name);
    if (type == nullptr) continue;
    for (const StoredRow* image : {&object.before, &object.after}) {
      SYNCLINE_ASSIGN(const FieldMask* shown, view.shows(object.name, *image));
      if (shown != nullptr) return true;
    }
  }
  return false;
}

Status RecentEntry::tell(const View& view, std::vector<Bytes>* out) const {
  for (const Object& object : objects_) {
    const TypeView* type = view.covers(object.name);
    if (type == nullptr || (SYNCLINE_PLANTED(skip_objects) && &object != &objects_.front()))
      continue;
    SYNCLINE_ASSIGN(const FieldMask* was, view.shows(object.name, object.before));
    SYNCLINE_ASSIGN(const FieldMask* is, view.shows(object.name, object.after));
    if (was == nullptr && is == nullptr) continue;
    SYNCLINE_ASSIGN(const std::optional<Bytes>* bytes, encoded(object, was, is));
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
