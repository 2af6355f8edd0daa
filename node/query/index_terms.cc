#include "node/query/index_terms.h"

#include <algorithm>
#include <iterator>

#include "node/query/compare.h"
#include "node/query/geo_cells.h"
#include "node/query/geo_point.h"
#include "node/query/walker.h"

namespace syncline::query {
namespace {

using Branches = std::vector<Branch>;

const Branches kAnything = {Branch()};
const Branches kNothing = {};

std::optional<TermPath> path_of(const Expression& side) {
  return side.kind == Expression::Kind::values ? term_path(side.path) : std::nullopt;
}

Bytes key_of_kind(const Bytes& key) { return key.substr(0, 1); }
Bytes end_of_kind(const Bytes& key) { return Bytes(1, static_cast<char>(key[0] + 1)); }

// The least key above all that begin so; the kind's end if there is none in between.
Bytes after_prefix(Bytes prefix) {
  Bytes kind_end = end_of_kind(prefix);
  while (prefix.size() > 1 && static_cast<uint8_t>(prefix.back()) == 0xFF) prefix.pop_back();
  if (prefix.size() <= 1) return kind_end;
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

// Both hold: of a path that leads to one value, where the ranges overlap.
void narrow(Term* range, const Term& other) {
  if (other.low > range->low || (other.low == range->low && !other.low_inclusive)) {
    range->low = other.low;
    range->low_inclusive = other.low_inclusive;
  }
  if (other.high < range->high || (other.high == range->high && !other.high_inclusive)) {
    range->high = other.high;
    range->high_inclusive = other.high_inclusive;
  }
}

class Finder {
 public:
  explicit Finder(TermKinds kinds) : kinds_(kinds) {}

  Branches of(const Predicate& in) {
    switch (in.kind) {
      case Predicate::Kind::constant:
        return in.value ? kAnything : kNothing;
      case Predicate::Kind::any:
        return any(in);
      case Predicate::Kind::all:
        return all(in);
      case Predicate::Kind::compare:
        return compare(in);
      case Predicate::Kind::geo_within:
        return geo_within(in);
      case Predicate::Kind::negate:
        break;
    }
    return kAnything;
  }

 private:
  static bool is_anything(const Branches& branches) {
    return std::any_of(branches.begin(), branches.end(), [](const Branch& b) { return b.empty(); });
  }

  Branches any(const Predicate& in) {
    Branches out;
    for (const Predicate& child : in.children) {
      Branches part = of(child);
      if (is_anything(part)) return kAnything;
      for (Branch& branch : part) add(&out, std::move(branch));
      if (out.size() > kBranchesMax) return kAnything;
    }
    for (Branch& branch : out)
      if (branch.size() == 1) tidy(&branch[0]);
    return out;
  }

  // Values that came from many alternatives: sorted once, whatever their number.
  static void tidy(Term* term) {
    std::vector<Bytes>& values = term->equals;
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (values.size() <= kTermValuesMax) return;
    term->low = std::move(values.front());
    term->high = std::move(values.back());
    term->low_inclusive = term->high_inclusive = true;
    values.clear();
  }

  // `a == 1 OR a == 2` is one branch.
  static void add(Branches* to, Branch branch) {
    if (branch.size() == 1 && !branch[0].equals.empty()) {
      for (Branch& other : *to) {
        if (other.size() != 1 || other[0].equals.empty() || other[0].path != branch[0].path)
          continue;
        std::vector<Bytes>& values = other[0].equals;
        values.insert(values.end(), branch[0].equals.begin(), branch[0].equals.end());
        return;
      }
    }
    to->push_back(std::move(branch));
  }

  // Each branch of one with each of another, as long as they are few; else the parts that there are
  // already are enough, for all of them must hold.
  Branches all(const Predicate& in) {
    std::vector<Branches> parts;
    for (const Predicate& child : in.children) {
      parts.push_back(of(child));
      if (parts.back().empty()) return kNothing;
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Branches& a, const Branches& b) { return a.size() < b.size(); });
    Branches out = kAnything;
    for (const Branches& part : parts) {
      if (is_anything(part) || out.size() * part.size() > kBranchesMax) continue;
      Branches next;
      for (const Branch& left : out)
        for (const Branch& right : part) {
          next.push_back(left);
          next.back().insert(next.back().end(), right.begin(), right.end());
        }
      out = std::move(next);
    }
    return out;
  }

  Branches compare(const Predicate& in) {
    const Expression& left = in.operands[0];
    const Expression& right = in.operands[1];
    std::optional<TermPath> path = path_of(left);
    if (!path || in.fold) return kAnything;
    if (in.whole) return whole(in, std::move(*path));
    // ALL and NONE hold for no elements at all.
    if (left.quantifier == Quantifier::all || left.quantifier == Quantifier::none) return kAnything;
    if (right.kind == Expression::Kind::list) return list(in, std::move(*path));
    if (right.kind != Expression::Kind::constant) return kAnything;
    return constant(in, std::move(*path), right.constant);
  }

  Branches one(Term term) const { return {Branch{std::move(term)}}; }

  Branches equal_to(TermPath path, std::vector<Bytes> keys, bool reference) const {
    // A link is null also where it leads nowhere; there the field's own value says nothing.
    const Bytes null_key = comparison_key(Value());
    if (reference && std::find(keys.begin(), keys.end(), null_key) != keys.end()) return kAnything;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    Term term{std::move(path), {}, {}, {}, true, true};
    if (keys.empty()) return kNothing;
    if (keys.size() > kTermValuesMax) {
      term.low = keys.front();
      term.high = keys.back();
    } else {
      term.equals = std::move(keys);
    }
    return one(std::move(term));
  }

  Branches list(const Predicate& in, TermPath path) const {
    const Expression& right = in.operands[1];
    if (in.comparison != Comparison::equal) return kAnything;
    const bool reference = in.operands[0].path.reference;
    std::vector<Bytes> keys;
    for (const Value& value : right.list) keys.push_back(comparison_key(value));
    if (right.quantifier == Quantifier::any)
      return equal_to(std::move(path), std::move(keys), reference);
    if (right.quantifier != Quantifier::all || keys.empty()) return kAnything;
    // Equal to all of them: to the first at least.
    keys.resize(1);
    return equal_to(std::move(path), std::move(keys), reference);
  }

  // The list as a whole: it has each of the elements.
  Branches whole(const Predicate& in, TermPath path) const {
    const Expression& right = in.operands[1];
    if (in.comparison != Comparison::equal || right.kind != Expression::Kind::list ||
        !path.elements)
      return kAnything;
    Branch branch;
    for (const Value& value : right.list) {
      Branches one = equal_to(path, {comparison_key(value)}, in.operands[0].path.reference);
      if (!is_anything(one)) branch.push_back(std::move(one[0][0]));
      if (branch.size() == kBranchesMax) break;
    }
    return {std::move(branch)};
  }

  Branches constant(const Predicate& in, TermPath path, const Value& value) const {
    const Bytes key = comparison_key(value);
    const bool null = value.is_null();
    const bool reference = in.operands[0].path.reference;
    Term range{std::move(path), {}, key_of_kind(key), end_of_kind(key), true, false};
    switch (in.comparison) {
      case Comparison::equal:
        return equal_to(std::move(range.path), {key}, reference);
      case Comparison::less:
      case Comparison::less_equal:
        if (null)
          return in.comparison == Comparison::less
                     ? kNothing
                     : equal_to(std::move(range.path), {key}, reference);
        range.high = key;
        range.high_inclusive = in.comparison == Comparison::less_equal;
        return one(std::move(range));
      case Comparison::greater:
      case Comparison::greater_equal:
        if (null)
          return in.comparison == Comparison::greater
                     ? kNothing
                     : equal_to(std::move(range.path), {key}, reference);
        range.low = key;
        range.low_inclusive = in.comparison == Comparison::greater_equal;
        return one(std::move(range));
      case Comparison::begins_with:
        if (null) return kAnything;
        return prefix(std::move(range), key);
      case Comparison::like:
        if (null) return equal_to(std::move(range.path), {key}, reference);
        return prefix(std::move(range), key.substr(0, key.find_first_of("*?")));
      case Comparison::text:
        return null || !in.search || kinds_ == TermKinds::values
                   ? kAnything
                   : words(std::move(range.path), *in.search);
      default:
        return kAnything;
    }
  }

  Branches prefix(Term range, const Bytes& key) const {
    range.high = after_prefix(key);
    range.low = key;
    return one(std::move(range));
  }

  // Each word is there, and a word with each beginning. Of those that must not be nothing can be
  // looked up.
  Branches words(TermPath path, const TextSearch& search) const {
    path.of = TermPath::Of::words;
    Branch branch;
    for (const std::string& word : search.words) {
      if (branch.size() == kWordsMax) break;
      branch.push_back({path, {comparison_key(Value(word))}, {}, {}, true, true});
    }
    for (const std::string& beginning : search.beginnings) {
      if (branch.size() == kWordsMax) break;
      const Bytes key = comparison_key(Value(beginning));
      branch.push_back({path, {}, key, after_prefix(key), true, false});
    }
    return {std::move(branch)};
  }

  // In one of the cells that the region touches. ALL and NONE hold for no places at all.
  Branches geo_within(const Predicate& in) const {
    const Expression& side = in.operands[0];
    std::optional<TermPath> path = path_of(side);
    if (!path || side.quantifier == Quantifier::all || side.quantifier == Quantifier::none ||
        kinds_ == TermKinds::values)
      return kAnything;
    path->of = TermPath::Of::place;
    Branches out;
    for (CellRange& range : cells_over(in.region))
      out.push_back({{*path, {}, std::move(range.first), std::move(range.last), true, true}});
    return out.empty() ? kAnything : out;
  }

  TermKinds kinds_;
};

// What a path has reached has words, if it is a text.
void put_word_keys(const Value& value, std::vector<Bytes>* keys) {
  std::string_view text;
  if (const std::string* one = value.get_if<std::string>()) text = *one;
  if (const Binary* one = value.get_if<Binary>()) text = one->bytes;
  for (std::string& word : text_tokens(text))
    keys->push_back(comparison_key(Value(std::move(word))));
}

}  // namespace

std::optional<TermPath> term_path(const BoundPath& path) {
  if (path.frame != 0 || path.steps.empty()) return std::nullopt;
  TermPath out;
  for (size_t i = 0; i < path.steps.size(); ++i) {
    const Step& step = path.steps[i];
    if (step.kind == Step::Kind::elements && i + 1 == path.steps.size() && i > 0) {
      out.elements = true;
    } else if (step.kind == Step::Kind::field) {
      out.fields.push_back(step.field);
    } else {
      return std::nullopt;
    }
  }
  return out;
}

IndexTerms index_terms(const BoundQuery& query, TermKinds kinds) {
  IndexTerms out{Finder(kinds).of(query.predicate)};
  if (out.branches.size() > kBranchesMax) out.branches = kAnything;
  return out;
}

IndexTerms both(const IndexTerms& a, const IndexTerms& b) {
  if (a.branches.size() * b.branches.size() > kBranchesMax)
    return a.anything() || b.branches.size() < a.branches.size() ? b : a;
  IndexTerms out;
  for (const Branch& left : a.branches)
    for (const Branch& right : b.branches) {
      Branch& branch = out.branches.emplace_back(left);
      branch.insert(branch.end(), right.begin(), right.end());
    }
  return out;
}

IndexTerms either(IndexTerms a, IndexTerms b) {
  const auto has_empty = [](const IndexTerms& terms) {
    return std::any_of(terms.branches.begin(), terms.branches.end(),
                       [](const Branch& branch) { return branch.empty(); });
  };
  if (has_empty(a) || has_empty(b) || a.branches.size() + b.branches.size() > kBranchesMax)
    return {kAnything};
  a.branches.insert(a.branches.end(), std::make_move_iterator(b.branches.begin()),
                    std::make_move_iterator(b.branches.end()));
  return a;
}

std::optional<Term> best_term(const Branch& branch) {
  std::optional<Term> best;
  for (const Term& term : branch) {
    if (!best || (best->equals.empty() && !term.equals.empty()) ||
        (!term.equals.empty() && term.equals.size() < best->equals.size())) {
      best = term;
    } else if (best->equals.empty() && term.equals.empty() && !term.path.many() &&
               term.path == best->path) {
      narrow(&*best, term);
    }
  }
  return best;
}

std::vector<Bytes> index_keys(const Schema& schema, TypeNumber type, const TermPath& path,
                              const ObjectView& object) {
  BoundPath steps;
  for (size_t i = 0; i < path.fields.size(); ++i) {
    steps.steps.push_back({Step::Kind::field, type, path.fields[i], 0, {}});
    const TypeDef* owner = schema.type(type);
    const FieldDef* field = owner == nullptr ? nullptr : owner->field(path.fields[i]);
    type = field == nullptr ? TypeNumber() : field->target;
  }
  if (path.elements) steps.steps.push_back({Step::Kind::elements, {}, {}, 0, {}});
  steps.many = path.elements;
  NoObjects none;
  Walker walker(schema, object, none);
  std::vector<Bytes> keys;
  if (path.of == TermPath::Of::place) {
    walker.walk(steps, [&](const Reached& at) {
      if (const std::optional<GeoPoint> point = geo_point_of(schema, type, at.object.fields))
        keys.push_back(cell_key(*point));
      return true;
    });
  } else {
    Values values;
    walker.values(steps, &values);
    for (const Value* value : values)
      if (path.of == TermPath::Of::words) {
        put_word_keys(*value, &keys);
      } else {
        keys.push_back(comparison_key(*value));
      }
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool holds(const Term& term, const std::vector<Bytes>& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const Bytes& key) {
    if (!term.equals.empty())
      return std::binary_search(term.equals.begin(), term.equals.end(), key);
    if (key < term.low || (!term.low_inclusive && key == term.low)) return false;
    return key < term.high || (term.high_inclusive && key == term.high);
  });
}

}  // namespace syncline::query
