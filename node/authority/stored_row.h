// StoredRow: a row as the state holds it, decoded once and only if somebody looks inside: a view of
// a whole type never does.
//
// One thread at a time.
#pragma once

#include <optional>

#include "proto/codec.h"

namespace syncline {

class StoredRow {
 public:
  StoredRow() = default;
  explicit StoredRow(Bytes bytes) : bytes_(std::move(bytes)) {}

  // Empty: the object is absent.
  const Bytes& bytes() const { return bytes_; }
  bool absent() const { return bytes_.empty(); }
  // Requires: !absent(). kStoreDamaged. Valid as long as this.
  Result<const Row*> row() const {
    if (!row_) {
      Result<Row> decoded = decode_row(bytes_);
      if (!decoded)
        return fail(ErrorCode::kStoreDamaged, "an object's row: " + decoded.error().message);
      row_ = std::move(*decoded);
    }
    return &*row_;
  }
  // Requires: !absent().
  Result<RowSeqs> seqs() const { return decode_row_seqs(bytes_); }

 private:
  Bytes bytes_;
  mutable std::optional<Row> row_;
};

}  // namespace syncline
