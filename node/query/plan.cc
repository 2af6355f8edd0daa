#include "node/query/plan.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "node/query/compare.h"
#include "node/query/key_text.h"

namespace syncline::query {
namespace {

std::string path_text(const Schema& schema, TypeNumber type, const TermPath& path) {
  std::string text;
  for (const FieldNumber number : path.fields) {
    const TypeDef* owner = schema.type(type);
    const FieldDef* field = owner == nullptr ? nullptr : owner->field(number);
    if (!text.empty()) text += ".";
    text += field == nullptr ? fmt::format("#{}", number.value) : field->name;
    type = field == nullptr ? TypeNumber() : field->target;
  }
  if (path.of == TermPath::Of::words) return "words of " + text;
  if (path.of == TermPath::Of::place) return "place of " + text;
  return text;
}

// The part of a range that is in both.
Interval narrowed(Interval range, const Term& by) {
  if (by.low > range.low || (by.low == range.low && !by.low_inclusive)) {
    range.low = by.low;
    range.low_inclusive = by.low_inclusive;
  }
  if (by.high < range.high || (by.high == range.high && !by.high_inclusive)) {
    range.high = by.high;
    range.high_inclusive = by.high_inclusive;
  }
  return range;
}

const Term* fewest_values(const Branch& branch, const TermPath& path) {
  const Term* best = nullptr;
  for (const Term& term : branch)
    if (term.path == path && !term.equals.empty() &&
        (best == nullptr || term.equals.size() < best->equals.size()))
      best = &term;
  return best;
}

// Of what the branch says of the path as a range; of a path with several keys the first only, for
// another may hold for another key.
std::optional<Interval> range_of(const Branch& branch, const TermPath& path) {
  std::optional<Interval> range;
  for (const Term& term : branch) {
    if (term.path != path || !term.equals.empty()) continue;
    if (!range) {
      range = Interval{term.low, term.high, term.low_inclusive, term.high_inclusive};
    } else if (!path.many()) {
      range = narrowed(std::move(*range), term);
    }
  }
  return range;
}

// One way to look up a branch.
struct Way {
  const PlanIndex* index = nullptr;
  std::vector<PlanRange> ranges;
  size_t equal_columns = 0;
  bool has_range = false;
  bool useful() const { return equal_columns > 0 || has_range; }
  auto rank() const {
    return std::tuple(-static_cast<int64_t>(equal_columns), !has_range, ranges.size(),
                      index->columns.size(), index->number);
  }
};

std::vector<PlanRange> each_with(const std::vector<PlanRange>& ranges, const Term& term) {
  std::vector<PlanRange> out;
  for (const PlanRange& range : ranges)
    for (const Bytes& key : term.equals) {
      out.push_back(range);
      out.back().equals.push_back(key);
    }
  return out;
}

Way way_through(const Branch& branch, const PlanIndex& index) {
  Way way{&index, {PlanRange()}};
  for (const TermPath& column : index.columns) {
    const Term* equal = fewest_values(branch, column);
    if (equal != nullptr && way.ranges.size() * equal->equals.size() <= kPlanRangesMax) {
      way.ranges = each_with(way.ranges, *equal);
      ++way.equal_columns;
      continue;
    }
    if (const std::optional<Interval> range = range_of(branch, column)) {
      for (PlanRange& one : way.ranges) one.next = range;
      way.has_range = true;
    }
    break;
  }
  return way;
}

std::optional<Way> best_way(const Branch& branch, const std::vector<PlanIndex>& ready) {
  std::optional<Way> best;
  for (const PlanIndex& index : ready) {
    Way way = way_through(branch, index);
    if (way.useful() && (!best || way.rank() < best->rank())) best = std::move(way);
  }
  return best;
}

const Term* id_term(const Branch& branch) {
  return fewest_values(branch, {{system_field::kId}, false});
}

class Planner {
 public:
  Planner(const BoundQuery& query, const std::vector<PlanIndex>& ready, Needed needed)
      : query_(query), ready_(ready), needed_(needed) {}

  Plan make() {
    const IndexTerms terms = index_terms(query_, TermKinds::all);
    if (terms.branches.empty()) {
      Plan nothing;
      nothing.kind = Plan::Kind::look_up;
      nothing.text = "nothing can match";
      return nothing;
    }
    std::optional<Plan> looked_up = look_up(terms);
    if (needed_ == Needed::result && terms.branches.size() == 1 &&
        id_term(terms.branches[0]) == nullptr)
      if (std::optional<Plan> ordered = in_order(terms.branches[0])) return std::move(*ordered);
    if (looked_up) return std::move(*looked_up);
    Plan scan;
    scan.text = "scan";
    return scan;
  }

 private:
  std::optional<Plan> look_up(const IndexTerms& terms) {
    Plan out;
    out.kind = Plan::Kind::look_up;
    std::string last;
    for (const Branch& branch : terms.branches) {
      std::string text;
      if (const Term* ids = id_term(branch)) {
        for (const Bytes& key : ids->equals)
          if (std::optional<ObjectKey> object = object_of_key(key))
            out.ids.push_back(std::move(*object));
        text = "objects by _id: " + values_text("_id", ids->equals);
      } else {
        std::optional<Way> way = best_way(branch, ready_);
        if (!way) return std::nullopt;
        text = way_text(*way->index, way->ranges, way->equal_columns);
        // The cells of a region.
        if (!out.lookups.empty() && out.lookups.back().index == way->index->number &&
            text == last) {
          auto& ranges = out.lookups.back().ranges;
          ranges.insert(ranges.end(), way->ranges.begin(), way->ranges.end());
          continue;
        }
        out.lookups.push_back({way->index->number, std::move(way->ranges)});
      }
      last = text;
      if (!out.text.empty()) out.text += "; or ";
      out.text += text;
    }
    std::sort(out.ids.begin(), out.ids.end());
    out.ids.erase(std::unique(out.ids.begin(), out.ids.end()), out.ids.end());
    return out;
  }

  // What SORT sorts by, as far as an index can have it in order.
  std::vector<TermPath> sorted_by(bool* descending) const {
    const std::vector<Stage>& stages = query_.stages;
    std::vector<TermPath> out;
    if (stages.size() < 2 || stages[0].kind != Suffix::Kind::sort ||
        stages[1].kind != Suffix::Kind::limit)
      return out;
    *descending = !stages[0].keys[0].ascending;
    for (const Stage::Key& key : stages[0].keys) {
      std::optional<TermPath> path = term_path(key.path);
      // A link counts as null where it leads nowhere: an index does not know that.
      if (!path || path->many() || key.path.reference || key.ascending == *descending) break;
      out.push_back(std::move(*path));
    }
    return out;
  }

  std::optional<Plan> in_order(const Branch& branch) const {
    bool descending = false;
    const std::vector<TermPath> sorted = sorted_by(&descending);
    if (sorted.empty()) return std::nullopt;
    const PlanIndex* best = nullptr;
    PlanRange best_range;
    size_t best_columns = 0;
    for (const PlanIndex& index : ready_) {
      PlanRange range;
      size_t at = 0;
      for (; at < index.columns.size() && index.columns[at] != sorted[0]; ++at) {
        const Term* equal = fewest_values(branch, index.columns[at]);
        if (equal == nullptr || equal->equals.size() != 1) break;
        range.equals.push_back(equal->equals[0]);
      }
      size_t columns = at;
      while (columns < index.columns.size() && columns - at < sorted.size() &&
             index.columns[columns] == sorted[columns - at])
        ++columns;
      // An object must have one place.
      const bool once =
          std::none_of(index.columns.begin() + static_cast<ptrdiff_t>(columns), index.columns.end(),
                       [](const TermPath& p) { return p.many(); });
      if (columns == at || !once) continue;
      const bool better =
          best == nullptr || range.equals.size() > best_range.equals.size() ||
          (range.equals.size() == best_range.equals.size() && columns > best_columns);
      if (!better) continue;
      range.next = range_of(branch, sorted[0]);
      best = &index;
      best_range = std::move(range);
      best_columns = columns;
    }
    if (best == nullptr) return std::nullopt;
    if (const std::optional<Way> other = best_way(branch, ready_)) {
      if (other->equal_columns > best_range.equals.size()) return std::nullopt;
      const bool elsewhere =
          other->has_range && other->index->columns[other->equal_columns] != sorted[0];
      if (other->equal_columns == best_range.equals.size() && elsewhere) return std::nullopt;
    }
    Plan out;
    out.kind = Plan::Kind::in_order;
    out.columns_in_order = best_columns;
    out.descending = descending;
    out.limit = query_.stages[1].limit;
    out.text = fmt::format("{}, in {}order until {} match",
                           way_text(*best, {best_range}, best_range.equals.size()),
                           descending ? "falling " : "", out.limit);
    out.lookups.push_back({best->number, {std::move(best_range)}});
    return out;
  }

  std::string name_of(const TermPath& path) const {
    return path_text(*query_.schema, query_.type, path);
  }

  static std::string values_text(const std::string& name, std::vector<Bytes> keys) {
    constexpr size_t kShownMax = 3;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    if (keys.size() == 1) return fmt::format("{} == {}", name, key_text(keys[0]));
    std::string text;
    for (size_t i = 0; i < std::min(keys.size(), kShownMax); ++i)
      text += (text.empty() ? "" : ", ") + key_text(keys[i]);
    if (keys.size() > kShownMax) text += fmt::format(", ... {} more", keys.size() - kShownMax);
    return fmt::format("{} IN {{{}}}", name, text);
  }

  static std::string range_text(const TermPath& path, const std::string& name,
                                const Interval& range) {
    if (path.of == TermPath::Of::place) return name + " in the region's cells";
    // The bounds of a kind are no values.
    std::string text;
    if (range.low.size() > 1)
      text = fmt::format("{} {} {}", name, range.low_inclusive ? ">=" : ">", key_text(range.low));
    if (range.high.size() > 1)
      text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", name,
                          range.high_inclusive ? "<=" : "<", key_text(range.high));
    return text.empty() ? name + " not null" : text;
  }

  std::string way_text(const PlanIndex& index, const std::vector<PlanRange>& ranges,
                       size_t equal_columns) const {
    std::string text;
    for (size_t i = 0; i < equal_columns; ++i) {
      std::vector<Bytes> keys;
      keys.reserve(ranges.size());
      for (const PlanRange& range : ranges) keys.push_back(range.equals[i]);
      text += (text.empty() ? "" : ", ") + values_text(name_of(index.columns[i]), std::move(keys));
    }
    if (ranges[0].next) {
      const TermPath& column = index.columns[equal_columns];
      text += (text.empty() ? "" : ", ") + range_text(column, name_of(column), *ranges[0].next);
    }
    return fmt::format("index {}{}{}", index_text(*query_.schema, query_.type, index.columns),
                       text.empty() ? "" : ": ", text);
  }

  const BoundQuery& query_;
  const std::vector<PlanIndex>& ready_;
  Needed needed_;
};

}  // namespace

Plan plan(const BoundQuery& query, const std::vector<PlanIndex>& ready, Needed needed) {
  return Planner(query, ready, needed).make();
}

std::string index_text(const Schema& schema, TypeNumber type,
                       const std::vector<TermPath>& columns) {
  std::string text;
  for (const TermPath& column : columns)
    text += (text.empty() ? "" : ", ") + path_text(schema, type, column);
  const TypeDef* def = schema.type(type);
  return fmt::format("{}({})", def == nullptr ? fmt::format("#{}", type.value) : def->name, text);
}

}  // namespace syncline::query
