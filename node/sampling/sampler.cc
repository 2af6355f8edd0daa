#include "node/sampling/sampler.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/extended_json.h"

namespace syncline::sampling {
namespace {

bool is_exact(int64_t integer) {
  constexpr double kBeyondInt64 = 9223372036854775808.0;
  const auto real = static_cast<double>(integer);
  return real < kBeyondInt64 && static_cast<int64_t>(real) == integer;
}

std::string name_of(const Document& document, uint64_t line) {
  const Value* id = document.find("_id");
  if (id == nullptr || id->is<Document>() || id->is<List>()) return fmt::format("line {}", line);
  std::string text = print_extended_json(*id, JsonForm::relaxed);
  if (text.size() <= kExampleBytesMax) return text;
  return fmt::format("line {}", line);
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '_' && c != '-' && c != ' ')
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// "customer" of customer_id, customerIds, customerRef; the whole name if it has no such end.
std::string_view stem_of(std::string_view name) {
  for (const std::string_view end : {"_ids", "_id", "Ids", "Id", "IDs", "IDS", "ID", "_refs",
                                     "_ref", "Refs", "Ref", "_keys", "_key"})
    if (name.size() > end.size() && name.ends_with(end))
      return name.substr(0, name.size() - end.size());
  return name;
}

std::string singular(std::string text) {
  if (text.ends_with("ies")) return text.substr(0, text.size() - 3) + "y";
  if (text.ends_with("s") && !text.ends_with("ss")) text.pop_back();
  return text;
}

bool can_be_dictionary_key(std::string_view name) {
  return !name.starts_with('$') && name.find('.') == std::string_view::npos &&
         name.size() <= limits::kDictionaryKeyBytesMax;
}

}  // namespace

bool is_called_after(std::string_view field, std::string_view name) {
  return !name.empty() && singular(lower(stem_of(field))) == singular(lower(name));
}

bool looks_like_link(std::string_view name, const std::vector<std::string>& names) {
  return stem_of(name).size() != name.size() ||
         std::any_of(names.begin(), names.end(),
                     [&](const std::string& type) { return is_called_after(name, type); });
}

void Sampler::count(const Document& document, uint64_t line) {
  ++documents_;
  const std::string name = name_of(document, line);
  const Value* id = document.find("_id");
  if (id == nullptr) {
    without_id_.add(name);
  } else if (const std::optional<uint64_t> hash = id_hash(*id)) {
    id_kinds_[kind_of(*id)].add(name);
    if (!ids_.add(*hash)) repeated_.add(name);
  } else {
    bad_ids_[kind_of(*id)].add(name);
  }
}

void Sampler::observe(const Document& document, uint64_t line) {
  document_ = name_of(document, line);
  see_document(root_, document, true);
}

bool Sampler::may_link(std::string_view name) const { return looks_like_link(name, names_); }

void Sampler::see(Place& place, const Value& value, std::string_view name) {
  const ValueKind kind = kind_of(value);
  place.kinds[kind].add(document_);
  if (value.is_integer() && !is_exact(value.as_integer())) place.exact_integers = false;
  const bool unmistakable = kind == ValueKind::object_id || kind == ValueKind::uuid;
  if (unmistakable || ((value.is_integer() || kind == ValueKind::string) && may_link(name)))
    if (const std::optional<uint64_t> hash = id_hash(value)) place.probe.add(*hash);
  if (kind == ValueKind::document) {
    const Document& document = value.get<Document>();
    if (is_geo_point(document)) ++place.geo_points;
    if (!place.members) place.members = std::make_unique<Members>();
    see_document(*place.members, document, false);
  } else if (kind == ValueKind::list) {
    const List& list = value.get<List>();
    if (list.elements.empty()) ++place.empty_lists;
    if (!list.elements.empty() && !place.elements) place.elements = std::make_unique<Place>();
    for (const Value& element : list.elements) see(*place.elements, element, name);
  }
}

void Sampler::see_document(Members& members, const Document& document, bool root) {
  ++members.documents;
  for (const DocumentField& field : document.fields) {
    if (!can_be_dictionary_key(field.name)) members.bad_key = true;
    if (Place* place = place_of(members, field.name, root)) see(*place, field.value, field.name);
  }
}

Place* Sampler::place_of(Members& members, const std::string& name, bool root) {
  if (members.merged) return members.merged.get();
  if (const auto found = members.fields.find(name); found != members.fields.end())
    return &found->second;
  const size_t names = members.fields.size();
  // Each time that they have doubled.
  const bool time_to_ask = names >= kNamesBeforeMerging && (names & (names - 1)) == 0;
  if (!root && (names >= kNamesMax || (time_to_ask && is_dictionary(members)))) {
    members.merge_names();
    places_ -= std::min(places_, names);
    return members.merged.get();
  }
  if (names >= kNamesMax) {
    members.untold.add(document_);
    return nullptr;
  }
  if (places_ >= kPlacesMax) {
    members.untold.add(document_);
    ++names_left_out_;
    return nullptr;
  }
  ++places_;
  return &members.fields[name];
}

}  // namespace syncline::sampling
