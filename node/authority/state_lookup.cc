#include "node/authority/state_lookup.h"

#include "node/authority/state_keys.h"

namespace syncline {

Result<std::optional<uint32_t>> StateLookup::find(TypeNumber type, const query::TermPath& path) {
  if (!record_) {
    SYNCLINE_ASSIGN(std::optional<Bytes> bytes, state_->get(state_keys::indexes()));
    record_.emplace();
    if (bytes) {
      SYNCLINE_ASSIGN(*record_, decode_state_indexes(*bytes));
    }
  }
  if (record_->schema_mark != schema_mark_) return std::nullopt;
  for (const StateIndexRecord& index : record_->indexes)
    if (index.ready && index.type == type && path_of(index) == path) return index.number;
  return std::nullopt;
}

Result<bool> StateLookup::add(const Bytes& from, const Bytes& to, std::set<ObjectKey>* keys) const {
  auto at = state_->scan(from, to);
  for (; at->valid(); at->next()) {
    if (keys->size() >= kLookedUpMax) return false;
    keys->insert(state_keys::parts_of_index(at->key()).second);
  }
  SYNCLINE_TRY(at->status());
  return true;
}

Result<StateLookup::Keys> StateLookup::with_value(TypeNumber type, const query::TermPath& path,
                                                  const std::vector<Bytes>& values) {
  SYNCLINE_ASSIGN(const std::optional<uint32_t> index, find(type, path));
  if (!index) return std::nullopt;
  std::set<ObjectKey> keys;
  for (const Bytes& value : values) {
    const Bytes from = state_keys::index_rows_of(*index, indexed_value(value));
    SYNCLINE_ASSIGN(const bool few, add(from, prefix_end(from), &keys));
    if (!few) return std::nullopt;
  }
  return keys;
}

Result<StateLookup::Keys> StateLookup::matching(TypeNumber type, const query::IndexTerms& terms) {
  std::set<ObjectKey> keys;
  for (const query::Branch& branch : terms.branches) {
    const std::optional<query::Term> term = query::best_term(branch);
    if (!term) return std::nullopt;
    if (!term->equals.empty()) {
      SYNCLINE_ASSIGN(Keys found, with_value(type, term->path, term->equals));
      if (!found) return std::nullopt;
      keys.merge(*found);
      if (keys.size() > kLookedUpMax) return std::nullopt;
      continue;
    }
    SYNCLINE_ASSIGN(const std::optional<uint32_t> index, find(type, term->path));
    if (!index) return std::nullopt;
    // Both ends included: values are cut short.
    SYNCLINE_ASSIGN(
        const bool few,
        add(state_keys::index_rows_of(*index, indexed_value(term->low)),
            prefix_end(state_keys::index_rows_of(*index, indexed_value(term->high))), &keys));
    if (!few) return std::nullopt;
  }
  return keys;
}

// False: visit wants no more.
Result<bool> StateLookup::visit_group(const Bytes& from, bool another, const Visit& visit) const {
  auto at = state_->scan(from, prefix_end(from));
  for (; at->valid(); at->next(), another = false) {
    SYNCLINE_ASSIGN(const bool more, visit(state_keys::parts_of_index(at->key()).second, another));
    if (!more) return false;
  }
  SYNCLINE_TRY(at->status());
  return true;
}

// A value is looked for in the direction that is asked for, its objects then by key in any case.
Result<bool> StateLookup::visit_in_order(TypeNumber type, const query::TermPath& path,
                                         bool ascending, const Visit& visit) {
  SYNCLINE_ASSIGN(const std::optional<uint32_t> index, find(type, path));
  if (!index) return false;
  Bytes from = state_keys::index_rows_of(*index);
  Bytes to = prefix_end(from);
  for (;;) {
    auto at = ascending ? state_->scan(from, to) : state_->scan_back(from, to);
    SYNCLINE_TRY(at->status());
    if (!at->valid()) return true;
    const Bytes group =
        state_keys::index_rows_of(*index, state_keys::parts_of_index(at->key()).first);
    SYNCLINE_ASSIGN(const bool more, visit_group(group, true, visit));
    if (!more) return true;
    (ascending ? from : to) = ascending ? prefix_end(group) : group;
  }
}

}  // namespace syncline
