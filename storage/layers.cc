// Layers: each is a ChangeSet over batches that it keeps; reads look from the newest down to the
// Store.
#include "proto/check.h"
#include "storage/change_set.h"

namespace syncline {

struct Layers::Layer {
  // Shared by the copies that are made when a layer grows under an iterator: batches do not change
  // once added.
  std::vector<std::shared_ptr<Batch>> batches;
  ChangeSet changes;
  size_t bytes = 0;
};

namespace {

// Walks one ChangeSet's points within bounds, in either direction.
class PointCursor {
 public:
  PointCursor(const ChangeSet& set, BytesView from, BytesView to, bool back)
      : set_(&set), back_(back) {
    first_ = set.points().lower_bound(from);
    last_ = to.empty() ? set.points().end() : set.points().lower_bound(to);
    at_ = back ? last_ : first_;
  }
  bool valid() const { return back_ ? at_ != first_ : at_ != last_; }
  const Batch::Change& change() const { return *(back_ ? std::prev(at_) : at_)->second; }
  BytesView key() const { return change().key; }
  void next() { back_ ? --at_ : ++at_; }
  const ChangeSet& set() const { return *set_; }

 private:
  const ChangeSet* set_;
  bool back_;
  ChangeSet::Points::const_iterator first_, last_, at_;
};

// Merges layers (newest first) with the iterator of what is below them.
class LayeredIterator : public Iterator {
 public:
  // `keep` owns what the cursors walk on.
  LayeredIterator(std::vector<std::shared_ptr<const void>> keep, std::vector<PointCursor> layers,
                  std::unique_ptr<Iterator> below, bool back)
      : keep_(std::move(keep)), layers_(std::move(layers)), below_(std::move(below)), back_(back) {
    settle();
  }
  bool valid() const override { return valid_; }
  void next() override {
    CHECK(valid_, "next() on an iterator at its end");
    pass(key_);
    settle();
  }
  BytesView key() const override { return key_; }
  BytesView value() const override { return value_; }
  Status status() const override { return below_->status(); }

 private:
  // Moves to the first key, from here on, that is there.
  void settle() {
    for (valid_ = false; !valid_;) {
      const PointCursor* winner = nullptr;
      // An error below ends the walk: what follows might be hidden or missing.
      if (!below_->valid() && !below_->status()) return;
      for (const PointCursor& layer : layers_)
        if (layer.valid() && (!winner || goes_before(layer.key(), winner->key()))) winner = &layer;
      const bool from_below =
          below_->valid() && (!winner || goes_before(below_->key(), winner->key()));
      if (!winner && !from_below) return;
      key_ = from_below ? below_->key() : winner->key();
      if ((!from_below && winner->change().kind != Batch::Change::Kind::put) ||
          hidden(key_, from_below ? nullptr : winner)) {
        pass(key_);
        continue;
      }
      value_ = from_below ? below_->value() : BytesView(winner->change().value);
      valid_ = true;
    }
  }
  bool goes_before(BytesView a, BytesView b) const { return back_ ? a > b : a < b; }
  // Is the key erased by a range in a layer newer than the one it is found in (null: below)?
  bool hidden(BytesView key, const PointCursor* found_in) const {
    for (const PointCursor& layer : layers_) {
      if (&layer == found_in) return false;
      if (layer.set().covers(key)) return true;
    }
    return false;
  }
  // `key` may be a view into one of the cursors: the layers' stay, below's goes last.
  void pass(BytesView key) {
    for (PointCursor& layer : layers_)
      if (layer.valid() && layer.key() == key) layer.next();
    if (below_->valid() && below_->key() == key) below_->next();
  }

  std::vector<std::shared_ptr<const void>> keep_;
  std::vector<PointCursor> layers_;
  std::unique_ptr<Iterator> below_;
  bool back_;
  bool valid_ = false;
  BytesView key_, value_;
};

}  // namespace

Layers::Layers(const Store* below) : below_(below) {}
Layers::~Layers() = default;

void Layers::push() { layers_.push_back(std::make_shared<Layer>()); }

void Layers::add(Batch batch) {
  CHECK(!layers_.empty(), "Layers::add without a push");
  std::shared_ptr<Layer>& top = layers_.back();
  if (top.use_count() > 1) top = std::make_shared<Layer>(*top);
  top->bytes += batch.bytes();
  top->batches.push_back(std::make_shared<Batch>(std::move(batch)));
  top->changes.add(*top->batches.back());
}

Batch Layers::pop_lowest() {
  CHECK(!layers_.empty(), "Layers::pop_lowest on none");
  const std::shared_ptr<Layer> lowest = std::move(layers_.front());
  layers_.erase(layers_.begin());
  // Nobody else looks at it unless an iterator does: then what it holds is taken, not copied.
  const bool alone = lowest.use_count() == 1;
  const auto& replaced = lowest->changes.replaced();
  Batch out;
  for (const std::shared_ptr<Batch>& batch : lowest->batches) {
    if (alone && batch.use_count() == 1) {
      std::vector<Batch::Change> changes = std::move(*batch).take();
      for (Batch::Change& change : changes)
        if (!replaced.contains(&change)) out.add(std::move(change));
    } else {
      for (const Batch::Change& change : batch->changes())
        if (!replaced.contains(&change)) out.add(change);
    }
  }
  return out;
}

void Layers::clear() { layers_.clear(); }

size_t Layers::depth() const { return layers_.size(); }

size_t Layers::bytes() const {
  size_t bytes = 0;
  for (const auto& layer : layers_) bytes += layer->bytes;
  return bytes;
}

Result<std::optional<Bytes>> Layers::get(BytesView key) const {
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    const ChangeSet& changes = (*layer)->changes;
    if (const Batch::Change* change = changes.find(key)) {
      if (change->kind == Batch::Change::Kind::put) return change->value;
      return std::nullopt;
    }
    if (changes.covers(key)) return std::nullopt;
  }
  return below_->get(key);
}

namespace {

template <class LayerPointers>
std::unique_ptr<Iterator> layered(const LayerPointers& layers, std::unique_ptr<Iterator> below,
                                  BytesView from, BytesView to, bool back) {
  if (layers.empty() || !before_end(from, to)) return below;
  std::vector<std::shared_ptr<const void>> keep;
  std::vector<PointCursor> cursors;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    keep.push_back(*layer);
    cursors.emplace_back((*layer)->changes, from, to, back);
  }
  return std::make_unique<LayeredIterator>(std::move(keep), std::move(cursors), std::move(below),
                                           back);
}

}  // namespace

std::unique_ptr<Iterator> Layers::scan(BytesView from, BytesView to) const {
  return layered(layers_, below_->scan(from, to), from, to, false);
}

std::unique_ptr<Iterator> Layers::scan_back(BytesView from, BytesView to) const {
  return layered(layers_, below_->scan_back(from, to), from, to, true);
}

}  // namespace syncline
