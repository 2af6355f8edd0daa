#include "node/replica/integration.h"

#include <algorithm>

#include "node/replica/reading.h"
#include "node/replica/shown.h"
#include "proto/codec.h"
#include "proto/planted.h"

namespace syncline {

namespace {

// The same to the byte, seqs aside.
bool same_encoded(BytesView a, BytesView b) {
  const Result<RowContent> one = row_content(a);
  const Result<RowContent> other = row_content(b);
  return one && other && *one == *other;
}

}  // namespace

std::pair<Integration::Works::iterator, bool> Integration::find_or_add(const ObjectName& name) {
  if (last_ != work_.end() && last_->first == name) return {last_, false};
  const auto next = last_ == work_.end() ? last_ : std::next(last_);
  const size_t before = work_.size();
  last_ = work_.try_emplace(next, name);
  return {last_, work_.size() != before};
}

Result<Integration::Work*> Integration::open(const ObjectName& name) {
  const auto [at, is_new] = find_or_add(name);
  Work& work = at->second;
  if (!is_new) return &work;
  SYNCLINE_ASSIGN(std::optional<BytesView> held, rows_.get(node_keys::row(name)));
  if (held) {
    SYNCLINE_ASSIGN(work.before, decode_stored_row(*held));
  }
  if (!view_.staged() && !view_.bootstrap()) {
    work.after = work.before;
    return &work;
  }
  SYNCLINE_ASSIGN(std::optional<Bytes> staged, view_.get(name));
  if (staged) {
    SYNCLINE_ASSIGN(work.after, decode_stored_row(*staged));
    work.encoded = std::move(*staged);
  }
  work.confirmed_changed = true;
  return &work;
}

Status Integration::take_back(const TakenBack& one) {
  const uint64_t order = one.order;
  came_back_.insert(order);
  const std::set<ObjectName> shown(one.objects.begin(), one.objects.end());
  const std::vector<Group>& groups = one.changeset->groups;
  for (uint32_t place = 0; place < groups.size(); ++place) {
    const ObjectName& object = groups[place].object;
    if (!shown.contains(object)) continue;  // of an asymmetric type
    SYNCLINE_ASSIGN(Work * work, open(object));
    work->taken_back.push_back({order, place});
    if (object.type == system_type::kSubscription) sets_.taken_back(order);
  }
  return {};
}

Status Integration::leave(const ObjectName& name) {
  SYNCLINE_ASSIGN(Work * work, open(name));
  work->after.reset();
  work->encoded.clear();
  work->confirmed_changed = true;
  return {};
}

Status Integration::decode_after(Work* work) {
  if (!work->undecoded) return {};
  SYNCLINE_ASSIGN(work->after, decode_stored_row(work->encoded));
  work->undecoded = false;
  return {};
}

Status Integration::read_overlay(const ObjectName& name, Work* work) {
  if (work->overlay_read) return {};
  SYNCLINE_ASSIGN(const std::optional<BytesView> bytes, overlays_.get(node_keys::overlay(name)));
  if (bytes) work->overlay = Bytes(*bytes);
  work->overlay_read = true;
  return {};
}

Status Integration::apply(BytesView object_delta) {
  SYNCLINE_ASSIGN(ObjectDelta delta, decode_object_delta(object_delta));
  SYNCLINE_ASSIGN(Work * work, open(delta.object));
  work->confirmed_changed = true;
  const bool enters = delta.kind == ObjectDelta::Kind::enter;
  if (enters && step_->state.pending > 0 && delta.object.type != system_type::kSubscription) {
    // An own write comes back as it was written, mostly: what equals the object's overlay, which is
    // a row of that object, need not be looked into.
    SYNCLINE_TRY(read_overlay(delta.object, work));
    if (work->overlay) {
      SYNCLINE_ASSIGN(const OverlayRecord overlay, decode_overlay(*work->overlay));
      if (overlay.present && same_encoded(overlay.row, delta.row)) {
        work->encoded = std::move(delta.row);
        work->undecoded = true;
        return {};
      }
    }
  }
  SYNCLINE_TRY(decode_after(work));
  SYNCLINE_ASSIGN(CheckedDelta checked, check_object_delta(std::move(delta)));
  // The row as it came is what is kept; an update is encoded anew at the end.
  work->encoded = enters ? std::move(checked.delta.row) : Bytes();
  return apply_object_delta(std::move(checked), &work->after);
}

Status Integration::finish() {
  for (auto& [name, work] : work_) SYNCLINE_TRY(finish_object(name, &work));
  SYNCLINE_TRY(sets_.write(step_));
  kept_.write(step_);
  return receipts_.write(step_);
}

Status Integration::finish_object(const ObjectName& name, Work* work) {
  std::optional<Row> shown_before;
  std::optional<Row> shown_after;
  const bool present = work->after || work->undecoded;
  if (work->confirmed_changed) {
    if (name.type == system_type::kSubscription && !same_shown(work->before, work->after))
      sets_.confirmed(step_->state.identity.node, work->before, work->after);
    if (work->after && work->encoded.empty()) work->encoded = encode_row(*work->after);
  }
  SYNCLINE_TRY(finish_overlay(name, work, &shown_before, &shown_after));
  work->overlay.reset();
  if (work->confirmed_changed) {
    if (!present) {
      // Also where nothing was held: it hides what an ingestion may bring.
      step_->out.batch.erase(node_keys::row(name));
    } else {
      step_->out.batch.put(node_keys::row(name), std::move(work->encoded));
    }
  }
  list_if_changed(name, std::move(shown_before), std::move(shown_after));
  return {};
}

Status Integration::finish_overlay(const ObjectName& name, Work* work,
                                   std::optional<Row>* shown_before,
                                   std::optional<Row>* shown_after) {
  const ReplicaState& state = step_->state;
  if (state.pending > 0 || !work->decided.empty()) SYNCLINE_TRY(read_overlay(name, work));
  OverlayRecord overlay;
  if (work->overlay) {
    SYNCLINE_ASSIGN(overlay, decode_overlay(*work->overlay));
  }
  const Touches all = with_taken_back(std::move(overlay.touches), *work);
  const Touches touches = remaining(name, keep_listed(name, all), *work);
  const bool goes = touches.empty() || SYNCLINE_PLANTED(lose_overlay);
  if (goes && work->overlay && !SYNCLINE_PLANTED(keep_overlay))
    step_->out.batch.erase(node_keys::overlay(name));
  // What was shown as pending is confirmed: neither image need be looked into.
  if (goes && overlay.present && (work->undecoded || same_encoded(overlay.row, work->encoded)))
    return {};
  SYNCLINE_TRY(decode_after(work));
  if (!work->overlay) {
    *shown_before = std::move(work->before);
  } else if (overlay.present) {
    SYNCLINE_ASSIGN(*shown_before, decode_stored_row(overlay.row));
  }
  if (goes) {
    *shown_after = std::move(work->after);
    return {};
  }
  SYNCLINE_ASSIGN(*shown_after,
                  overlay_of(*step_->state.store, name, work->after, all, decided_, &cache_));
  std::optional<Bytes> row;
  if (*shown_after) row = encode_row(**shown_after);
  step_->out.batch.put(node_keys::overlay(name), encode_overlay(touches, row ? &*row : nullptr));
  return {};
}

Touches Integration::with_taken_back(Touches touches, const Work& work) {
  touches.listed.insert(touches.listed.end(), work.taken_back.begin(), work.taken_back.end());
  std::sort(touches.listed.begin(), touches.listed.end(),
            [](const Touch& a, const Touch& b) { return a.order < b.order; });
  return touches;
}

Touches Integration::keep_listed(const ObjectName& name, Touches touches) {
  for (; touches.listed.size() > Touches::kListedMax; touches.listed.pop_back()) {
    const Touch& last = touches.listed.back();
    step_->out.batch.put(node_keys::touched_by(name, last.order), encode_u64(last.group));
    ++touches.more;
  }
  return touches;
}

Touches Integration::remaining(const ObjectName& name, Touches touches, const Work& work) {
  for (uint64_t order : work.decided) {
    const bool listed = std::erase_if(touches.listed, [order](const Touch& touch) {
                          return touch.order == order;
                        }) > 0;
    if (listed || touches.more == 0) continue;
    step_->out.batch.single_erase(node_keys::touched_by(name, order));
    --touches.more;
  }
  return touches;
}

void Integration::list_if_changed(const ObjectName& name, std::optional<Row> before,
                                  std::optional<Row> after) {
  if (!listing() || same_shown(before, after)) return;
  listed_bytes_ += sizeof(ObjectChange) + name.key.bytes.size();
  for (const auto* row : {&before, &after}) {
    if (*row) listed_bytes_ += shown_bytes((*row)->fields);
  }
  if (step_->out.changes.size() >= kChangesListedMax || listed_bytes_ > kChangesBytesMax) {
    step_->out.changes.clear();
    step_->out.everything_changed = true;
    return;
  }
  step_->out.changes.push_back({name, std::move(before), std::move(after)});
}

}  // namespace syncline
