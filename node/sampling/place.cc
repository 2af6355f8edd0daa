#include "node/sampling/place.h"

#include <algorithm>
#include <set>

namespace syncline::sampling {
namespace {

bool all_of_class(std::string_view text, bool (*in_class)(char)) {
  return std::all_of(text.begin(), text.end(), in_class);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The kinds that fields of one type could hold together.
std::set<ValueKind> classes_of(const Place& place) {
  std::set<ValueKind> classes;
  for (const auto& [kind, tally] : place.kinds) {
    const bool number =
        kind == ValueKind::int32 || kind == ValueKind::int64 || kind == ValueKind::floating;
    if (kind != ValueKind::null) classes.insert(number ? ValueKind::floating : kind);
  }
  return classes;
}

// Embedded objects under different names that have mostly the same fields.
bool are_alike(const std::map<std::string, Place>& fields) {
  std::set<std::string_view> names;
  uint64_t total = 0;
  for (const auto& [name, place] : fields) {
    if (!place.members) continue;
    if (place.members->merged) return false;
    for (const auto& [inner, field] : place.members->fields) names.insert(inner);
    total += place.members->fields.size();
  }
  return 2 * total >= names.size() * fields.size();
}

bool is_uniform(const std::map<std::string, Place>& fields) {
  std::set<ValueKind> classes;
  for (const auto& [name, place] : fields) {
    classes.merge(classes_of(place));
    if (classes.size() > 1) return false;
  }
  if (classes.empty()) return false;
  return *classes.begin() != ValueKind::document || are_alike(fields);
}

}  // namespace

Place::Place() = default;
Place::Place(Place&&) noexcept = default;
Place& Place::operator=(Place&&) noexcept = default;
Place::~Place() = default;

void Tally::add(const std::string& document) {
  ++count;
  if (examples.size() < kExamplesMax &&
      std::find(examples.begin(), examples.end(), document) == examples.end())
    examples.push_back(document);
}

void Tally::add(const Tally& other) {
  count += other.count;
  for (const std::string& document : other.examples)
    if (examples.size() < kExamplesMax &&
        std::find(examples.begin(), examples.end(), document) == examples.end())
      examples.push_back(document);
}

uint64_t Place::values() const {
  uint64_t sum = 0;
  for (const auto& [kind, tally] : kinds) sum += tally.count;
  return sum;
}

uint64_t Place::count(ValueKind kind) const {
  const auto found = kinds.find(kind);
  return found == kinds.end() ? 0 : found->second.count;
}

void Place::merge(Place&& other) {
  for (const auto& [kind, tally] : other.kinds) kinds[kind].add(tally);
  exact_integers = exact_integers && other.exact_integers;
  empty_lists += other.empty_lists;
  geo_points += other.geo_points;
  probe.merge(std::move(other.probe));
  if (other.members) {
    if (!members) members = std::make_unique<Members>();
    members->merge(std::move(*other.members));
  }
  if (other.elements) {
    if (!elements) elements = std::make_unique<Place>();
    elements->merge(std::move(*other.elements));
  }
}

void Members::merge(Members&& other) {
  documents += other.documents;
  bad_key = bad_key || other.bad_key;
  untold.add(other.untold);
  names_merged = std::max(names_merged, other.names_merged);
  if (other.merged && !merged) merged = std::make_unique<Place>();
  if (merged) {
    if (other.merged) merged->merge(std::move(*other.merged));
    for (auto* each : {&fields, &other.fields})
      for (auto& [name, place] : *each) merged->merge(std::move(place));
    fields.clear();
    return;
  }
  for (auto& [name, place] : other.fields) fields[name].merge(std::move(place));
}

void Members::merge_names() {
  if (merged) return;
  names_merged = fields.size();
  merged = std::make_unique<Place>();
  for (auto& [name, place] : fields) merged->merge(std::move(place));
  fields.clear();
}

bool looks_made(std::string_view name) {
  if (name.empty()) return false;
  if (all_of_class(name, is_digit)) return true;
  if (name.size() == 24 && all_of_class(name, is_hex)) return true;
  const auto dashed = [&](std::initializer_list<size_t> dashes, bool (*in_class)(char)) {
    for (size_t i = 0; i < name.size(); ++i) {
      const bool dash = std::find(dashes.begin(), dashes.end(), i) != dashes.end();
      if (dash ? name[i] != '-' : !in_class(name[i])) return false;
    }
    return true;
  };
  if (name.size() == 36) return dashed({8, 13, 18, 23}, is_hex);
  if (name.size() == 10) return dashed({4, 7}, is_digit);
  return name.size() == 7 && dashed({4}, is_digit);
}

bool is_dictionary(const Members& members) {
  if (members.merged) return true;
  const size_t names = members.fields.size();
  if (names < kDictionaryIdKeysMin || !is_uniform(members.fields)) return false;
  const bool made = std::all_of(members.fields.begin(), members.fields.end(),
                                [](const auto& field) { return looks_made(field.first); });
  if (made) return true;
  if (names < kDictionaryKeysMin) return false;
  uint64_t present = 0;
  for (const auto& [name, place] : members.fields) present += place.values();
  return double(present) <=
         kDictionaryOverlapMax * static_cast<double>(members.documents) * double(names);
}

}  // namespace syncline::sampling
