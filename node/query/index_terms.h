// Index terms: what an object must have for a query to match it, as far as an index can look it up.
//
// Sound, not complete: if the object matches, then all terms of some branch hold for it; the
// reverse need not be. Values are comparison keys (compare.h), so that hashes, ordered indexes and
// interval trees all work on bytes. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/query/bound.h"
#include "node/query/evaluate.h"

namespace syncline::query {

// Which value of an object: a top-level field, or one inside embedded objects; and what of it.
struct TermPath {
  enum class Of : uint8_t {
    value,
    words,  // of a text, as TEXT searches them: each a string's key
    place,  // of a GeoJSON point: the key of its cell (geo_cells.h); what is none has no key
  };
  std::vector<FieldNumber> fields;  // the first is of the object, each further one of the embedded
  bool elements = false;            // the last is a list, set or dictionary: any of its values
  Of of = Of::value;
  // Whether an object may have several keys there: then two terms may hold for different ones.
  bool many() const { return elements || of == Of::words; }
  auto operator<=>(const TermPath&) const = default;
};

struct Term {
  TermPath path;
  // One of these, sorted; or, if there are none, what lies in the range. A term has one of the two:
  // what can be anything has no term.
  std::vector<Bytes> equals;
  Bytes low;
  Bytes high;  // always set in a range: the kind's own bounds are the outermost
  bool low_inclusive = true;
  bool high_inclusive = true;
  bool operator==(const Term&) const = default;
};

// All of its terms must hold. Without terms: anything may match.
using Branch = std::vector<Term>;

// Any of these. Without branches nothing ever matches. One branch without terms: anything may.
struct IndexTerms {
  std::vector<Branch> branches;
  bool anything() const { return branches.size() == 1 && branches[0].empty(); }
};

// More branches than this, and the terms are `anything`: an index that is asked so often is slower
// than looking.
inline constexpr size_t kBranchesMax = 64;
// Words of one TEXT beyond this are not looked up.
inline constexpr size_t kWordsMax = 16;
// Values of one term beyond this make it a range from the least to the greatest.
inline constexpr size_t kTermValuesMax = 10'000;

// Which terms are looked for. What keeps its entries by values alone cannot use the others.
enum class TermKinds : uint8_t { values, all };

IndexTerms index_terms(const BoundQuery& query, TermKinds kinds = TermKinds::values);

// The path of values that an index can have; nullopt: it leads elsewhere.
std::optional<TermPath> term_path(const BoundPath& path);
// Of what must hold together, and of what may hold alternatively; bounded like the parts.
IndexTerms both(const IndexTerms& a, const IndexTerms& b);
IndexTerms either(IndexTerms a, IndexTerms b);

// The term that the fewest objects will meet, by its looks: few values before many, any value
// before a range; of ranges the first, narrowed by others of its path. nullopt: the branch has
// none.
std::optional<Term> best_term(const Branch& branch);

// The keys under which an object stands in an index of that path: one for a value (null's key where
// there is none), one for each element of a collection or word of a text, each once and sorted.
// What `Term`s are held against.
std::vector<Bytes> index_keys(const Schema& schema, TypeNumber type, const TermPath& path,
                              const ObjectView& object);
// Whether the term holds for one of the keys.
bool holds(const Term& term, const std::vector<Bytes>& keys);

}  // namespace syncline::query
