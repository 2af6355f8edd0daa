// Sampler: the documents of one type, looked at one by one; what was seen of them is a tree of
// places, from which the schema is inferred (infer.h).
//
//   Sampler sampler({"Order", "orders", "Customer", "customers"});
//   sampler.count(document, 1);     // every document: its _id
//   sampler.observe(document, 1);   // those of the sample: their fields
//
// Memory grows with the places and, eight bytes each, with the _ids; both are bounded
// (sampling_limits.h). Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "node/sampling/link_probe.h"
#include "node/sampling/place.h"
#include "syncline/value.h"

namespace syncline::sampling {

class Sampler {
 public:
  // What fields that hold an _id may be called after: titles and collections of all types.
  explicit Sampler(std::vector<std::string> names) : names_(std::move(names)) {}

  void count(const Document& document, uint64_t line);
  void observe(const Document& document, uint64_t line);

  // The inference joins names that turn out to be keys of dictionaries.
  Members& root() { return root_; }
  // Of all documents that were counted.
  uint64_t documents() const { return documents_; }
  const std::map<ValueKind, Tally>& id_kinds() const { return id_kinds_; }  // that can be keys
  const std::map<ValueKind, Tally>& bad_ids() const { return bad_ids_; }    // that cannot
  const Tally& without_id() const { return without_id_; }
  const Tally& repeated() const { return repeated_; }  // _ids that another document had before
  const IdSet& ids() const { return ids_; }
  // Names that were left out because there were too many places in all.
  uint64_t names_left_out() const { return names_left_out_; }

 private:
  // `name`: the nearest field's.
  void see(Place& place, const Value& value, std::string_view name);
  void see_document(Members& members, const Document& document, bool root);
  Place* place_of(Members& members, const std::string& name, bool root);
  bool may_link(std::string_view name) const;

  std::vector<std::string> names_;
  Members root_;
  std::string document_;  // the one that is looked at, as messages name it
  size_t places_ = 0;
  uint64_t documents_ = 0;
  uint64_t names_left_out_ = 0;
  std::map<ValueKind, Tally> id_kinds_;
  std::map<ValueKind, Tally> bad_ids_;
  Tally without_id_;
  Tally repeated_;
  IdSet ids_;
};

// Whether a field's name says that it holds an _id: customer_id, customerId, tagIds, or a name in
// `names`, in the plural or not.
bool looks_like_link(std::string_view name, const std::vector<std::string>& names);
// Whether the field is called after the type or its collection: customer_id, customers of Customer.
bool is_called_after(std::string_view field, std::string_view name);

}  // namespace syncline::sampling
