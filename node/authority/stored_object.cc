#include "node/authority/stored_object.h"

#include "proto/codec.h"

namespace syncline {
namespace {

// The merge state's length stands last.
constexpr size_t kLengthBytes = 4;

// Another iterator's objects, as rows.
class RowIterator : public Iterator {
 public:
  explicit RowIterator(std::unique_ptr<Iterator> objects) : objects_(std::move(objects)) { take(); }
  bool valid() const override { return damage_.has_value() && objects_->valid(); }
  void next() override {
    objects_->next();
    take();
  }
  BytesView key() const override { return objects_->key(); }
  BytesView value() const override { return row_; }
  Status status() const override { return damage_ ? objects_->status() : damage_; }

 private:
  void take() {
    if (!objects_->valid()) return;
    const Result<StoredObject> object = decode_stored_object(objects_->value());
    if (object) {
      row_ = object->row;
    } else {
      damage_ = std::unexpected(object.error());
    }
  }

  std::unique_ptr<Iterator> objects_;
  BytesView row_;
  Status damage_;
};

}  // namespace

Bytes encode_stored_object(BytesView row, BytesView merge) {
  Bytes value;
  value.reserve(row.size() + merge.size() + kLengthBytes);
  value.append(row);
  value.append(merge);
  put_u32_big_endian(&value, static_cast<uint32_t>(merge.size()));
  return value;
}

Result<StoredObject> decode_stored_object(BytesView value) {
  const size_t rest = value.size() - std::min(value.size(), kLengthBytes);
  const size_t merge = rest == 0 ? 0 : get_u32_big_endian(value.substr(rest));
  // A row is never empty.
  if (merge >= rest)
    return fail(ErrorCode::kStoreDamaged, "an object of the state does not decode");
  return StoredObject{value.substr(0, rest - merge), value.substr(rest - merge, merge)};
}

Result<std::optional<Bytes>> get_row(const Reader& state, const ObjectName& name) {
  SYNCLINE_ASSIGN(std::optional<Bytes> value, state.get(state_keys::row(name)));
  if (!value) return std::nullopt;
  SYNCLINE_ASSIGN(const StoredObject object, decode_stored_object(*value));
  value->resize(object.row.size());
  return value;
}

Result<std::optional<Row>> read_row(const Reader& state, const ObjectName& name) {
  SYNCLINE_ASSIGN(const std::optional<Bytes> bytes, get_row(state, name));
  if (!bytes) return std::nullopt;
  SYNCLINE_ASSIGN(Row row, decode_row(*bytes));
  return row;
}

Result<ObjectBytes> get_object(const Reader& state, const ObjectName& name, bool has_removals) {
  ObjectBytes bytes;
  SYNCLINE_ASSIGN(bytes.row, state.get(state_keys::row(name)));
  if (!bytes.row && !has_removals) return bytes;
  if (!bytes.row) {
    SYNCLINE_ASSIGN(bytes.merge, state.get(state_keys::merge(name)));
    return bytes;
  }
  SYNCLINE_ASSIGN(const StoredObject object, decode_stored_object(*bytes.row));
  if (!object.merge.empty()) bytes.merge.emplace(object.merge);
  bytes.row->resize(object.row.size());
  return bytes;
}

std::unique_ptr<Iterator> scan_rows(const Reader& state, BytesView from, BytesView to) {
  return std::make_unique<RowIterator>(state.scan(from, to));
}

std::unique_ptr<Iterator> scan_rows(const Reader& state, TypeNumber type) {
  const Bytes from = state_keys::rows_of(type);
  return scan_rows(state, from, prefix_end(from));
}

}  // namespace syncline
