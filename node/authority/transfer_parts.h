// What the files of Transfer share: transfer.cc (the plan, and telling), transfer_candidates.cc
// (who may have come in or gone), transfer_have_list.cc (what the node is asked and answers).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "node/authority/state_keys.h"
#include "node/authority/stored_object.h"
#include "node/authority/transfer.h"

namespace syncline {

// What to walk of a type: a range of its rows by key, or of its by-seq index after a seq; or the
// objects that the state's indexes found, by key.
struct Transfer::Part {
  enum class Walk { rows, by_seq, found } walk = Walk::rows;
  TypeNumber type;
  Bytes from;
  Bytes to;
  LogSeq known_up_to;  // rows last changed at or before it are held as the old view shows them
  const TypeView* old_view = nullptr;  // null: the old view showed nothing of the type
  bool same_view = false;              // the new one is as the old one was
  std::optional<ObjectKey>
      only_up_to;  // by_seq of a resumed bootstrap: what was staged reaches this far
  std::unique_ptr<Iterator> at;
  std::vector<ObjectKey> found;
  size_t next_found = 0;

  bool ended() const { return walk == Walk::found ? next_found == found.size() : !at->valid(); }
};

// The complete have-list of a node that stands above a fork, against the snapshot: both in order of
// (type, key), so one walk beside it is enough. What differs is remembered until the list is whole.
class Transfer::Comparison {
 public:
  Comparison(const Reader* snapshot, ViewAt* now, LogSeq fork, std::vector<TypeNumber> types)
      : snapshot_(snapshot), now_(now), fork_(fork), types_(std::move(types)) {}

  // The node holds the object, as of an entry of its own log: does it leave?
  Result<bool> list(const ObjectName& name, LogSeq changed) {
    SYNCLINE_TRY(pass_until(name));
    const bool here = type_ < types_.size() && types_[type_] == name.type && at_->valid() &&
                      state_keys::key_of_row(at_->key()) == name.key;
    if (!here) return true;
    const StoredRow row{Bytes(at_->value())};
    SYNCLINE_ASSIGN(const FieldMask* mask, now_->shows(name, row));
    if (mask == nullptr) {
      at_->next();
      return true;
    }
    SYNCLINE_ASSIGN(RowSeqs seqs, row.seqs());
    // Not changed since an entry that both logs have: the same. Else it is told whole.
    if (changed > fork_ || seqs.changed != changed) add(name);
    at_->next();
    return false;
  }
  // The list is whole. False: more differs than can be remembered.
  Result<bool> finish() {
    SYNCLINE_TRY(pass_until(std::nullopt));
    return bytes_ <= kDifferingBytesMax;
  }
  const std::vector<ObjectName>& differing() const { return differing_; }

 private:
  // Of names that differ: beyond it, telling everything costs less than remembering.
  static constexpr size_t kDifferingBytesMax = 4u << 20;

  void add(const ObjectName& name) {
    bytes_ += sizeof(ObjectName) + name.key.bytes.size();
    if (bytes_ <= kDifferingBytesMax) differing_.push_back(name);
  }

  // What lies before `name` (nullopt: all that is left) is not held: it enters.
  Status pass_until(const std::optional<ObjectName>& name) {
    for (; type_ < types_.size(); ++type_, at_.reset()) {
      const TypeNumber type = types_[type_];
      if (at_ == nullptr) {
        at_ = scan_rows(*snapshot_, type);
      }
      for (; at_->valid(); at_->next()) {
        const ObjectName here{type, state_keys::key_of_row(at_->key())};
        if (name && !(here < *name)) return {};
        SYNCLINE_ASSIGN(const FieldMask* mask, now_->shows(here, StoredRow(Bytes(at_->value()))));
        if (mask != nullptr) add(here);
      }
      SYNCLINE_TRY(at_->status());
      if (name && name->type == type) return {};
    }
    return {};
  }

  const Reader* snapshot_;
  ViewAt* now_;
  LogSeq fork_;
  std::vector<TypeNumber> types_;  // ascending
  size_t type_ = 0;
  std::unique_ptr<Iterator> at_;
  std::vector<ObjectName> differing_;
  size_t bytes_ = 0;
};

}  // namespace syncline
