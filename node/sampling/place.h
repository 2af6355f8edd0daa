// Place: everything that was seen at one place of a type's documents: a field, the elements of an
// array, the values of a dictionary. Grows with the places, not with the documents.
//
// Made by Sampler, one thread; read by the inference (infer.h).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/sampling/link_probe.h"
#include "node/sampling/sampling_limits.h"
#include "node/sampling/value_kind.h"
#include "syncline/value.h"

namespace syncline::sampling {

// Documents as messages name them: the first few.
struct Tally {
  uint64_t count = 0;
  std::vector<std::string> examples;  // _ids as Extended JSON, or "line 7"

  void add(const std::string& document);
  void add(const Tally& other);
};

struct Members;

struct Place {
  std::map<ValueKind, Tally> kinds;
  bool exact_integers = true;  // a double holds every integer that was seen
  uint64_t empty_lists = 0;
  uint64_t geo_points = 0;
  std::unique_ptr<Members> members;  // of documents; null: none seen
  std::unique_ptr<Place> elements;   // of arrays; null: only empty ones
  LinkProbe probe;

  Place();
  Place(Place&&) noexcept;
  Place& operator=(Place&&) noexcept;
  ~Place();

  uint64_t values() const;  // null too
  uint64_t nulls() const { return count(ValueKind::null); }
  uint64_t count(ValueKind kind) const;
  // Takes what was seen at another place, of which this one becomes the union.
  void merge(Place&& other);
};

// The fields of the documents at a place.
struct Members {
  uint64_t documents = 0;
  std::map<std::string, Place> fields;
  // There were too many names for fields: all values together, and how many names about.
  std::unique_ptr<Place> merged;
  uint64_t names_merged = 0;
  bool bad_key = false;  // a name was seen that no key of a dictionary can have
  // Names beyond the bounds, each time one was seen.
  Tally untold;

  void merge(Members&& other);
  // From fields to one place for all values.
  void merge_names();
};

// Whether the documents of a place are better told as keys and values of one kind
// (sampling_limits.h says when).
bool is_dictionary(const Members& members);
// A name that programs make: a number, an objectId, a uuid, a date.
bool looks_made(std::string_view name);

}  // namespace syncline::sampling
