#include "node/query/normalise.h"

#include <algorithm>

#include "node/query/compare.h"
#include "node/query/numbers.h"
#include "node/query/strings.h"
#include "node/query/to_text.h"

namespace syncline::query {
namespace {

using PredicateKind = Predicate::Kind;

bool is_constant(const Expression& e) {
  return e.kind == Expression::Kind::constant || e.kind == Expression::Kind::list;
}

Predicate constant(bool value) {
  Predicate out;
  out.value = value;
  return out;
}

Comparison turned(Comparison comparison) {
  switch (comparison) {
    case Comparison::less:
      return Comparison::greater;
    case Comparison::less_equal:
      return Comparison::greater_equal;
    case Comparison::greater:
      return Comparison::less;
    case Comparison::greater_equal:
      return Comparison::less_equal;
    default:
      return comparison;
  }
}

bool can_turn(const Predicate& compare) {
  switch (compare.comparison) {
    case Comparison::equal:
    case Comparison::not_equal:
    case Comparison::less:
    case Comparison::less_equal:
    case Comparison::greater:
    case Comparison::greater_equal:
      // With several values on both sides the order of the quantifiers matters.
      return compare.whole || !(compare.operands[0].many && compare.operands[1].many);
    default:
      return false;
  }
}

// ANY is what is meant if nothing is said; for a single value it says nothing.
void settle_quantifier(Expression* e, bool whole) {
  if (whole) return;
  if (!e->many || e->quantifier == Quantifier::unset) e->quantifier = Quantifier::any;
}

// The elements in their order, each once: how often and where they stand does not matter to ANY,
// ALL and NONE. Of equal ones that differ in kind (1, 1.0) the first remains.
void sort_list(std::vector<Value>* list) {
  std::stable_sort(list->begin(), list->end(),
                   [](const Value& a, const Value& b) { return order(a, b) < 0; });
  list->erase(std::unique(list->begin(), list->end(),
                          [](const Value& a, const Value& b) { return order(a, b) == 0; }),
              list->end());
}

void fold(Value* value) {
  if (std::string* text = value->get_if<std::string>()) *text = fold_case(*text);
}

Predicate normalised_compare(const Schema& schema, Predicate in) {
  for (Expression& side : in.operands) {
    for (Predicate& inner : side.condition) inner = normalised(schema, std::move(inner));
    settle_quantifier(&side, in.whole);
  }
  Expression& left = in.operands[0];
  Expression& right = in.operands[1];
  if (is_constant(left) && !is_constant(right) && can_turn(in)) {
    std::swap(left, right);
    in.comparison = turned(in.comparison);
  }
  for (Expression& side : in.operands) {
    if (in.fold) fold(&side.constant);
    if (side.kind != Expression::Kind::list) continue;
    if (in.fold)
      for (Value& value : side.list) fold(&value);
    if (!in.whole && side.type.base != ValueType::Base::type_name) sort_list(&side.list);
  }
  const bool one_of = right.kind == Expression::Kind::list && !in.whole &&
                      right.quantifier == Quantifier::any &&
                      right.type.base != ValueType::Base::type_name;
  if (one_of && right.list.size() == 1) {
    right.kind = Expression::Kind::constant;
    right.constant = std::move(right.list[0]);
    right.list.clear();
    right.many = false;
    if (right.type.base != ValueType::Base::object) right.type = {};
  } else if (one_of && in.comparison == Comparison::equal && !in.fold) {
    for (const Value& value : right.list) in.keys.push_back(comparison_key(value));
    std::sort(in.keys.begin(), in.keys.end());
  }
  return in;
}

// AND and OR. `absorbing` is what decides the whole: false for AND, true for OR.
Predicate normalised_chain(const Schema& schema, Predicate in) {
  const bool absorbing = in.kind == PredicateKind::any;
  std::vector<std::pair<std::string, Predicate>> parts;
  const auto take = [&](Predicate part) {
    std::string text = to_text(schema, part);
    parts.emplace_back(std::move(text), std::move(part));
  };
  for (Predicate& child : in.children) {
    Predicate part = normalised(schema, std::move(child));
    if (part.kind == PredicateKind::constant) {
      if (part.value == absorbing) return part;
      continue;
    }
    if (part.kind == in.kind) {
      for (Predicate& inner : part.children) take(std::move(inner));
    } else {
      take(std::move(part));
    }
  }
  if (parts.empty()) return constant(!absorbing);
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  parts.erase(std::unique(parts.begin(), parts.end(),
                          [](const auto& a, const auto& b) { return a.first == b.first; }),
              parts.end());
  if (parts.size() == 1) return std::move(parts[0].second);
  in.children.clear();
  for (auto& [text, part] : parts) in.children.push_back(std::move(part));
  return in;
}

}  // namespace

Predicate normalised(const Schema& schema, Predicate in) {
  switch (in.kind) {
    case PredicateKind::constant:
    case PredicateKind::geo_within:
      return in;
    case PredicateKind::all:
    case PredicateKind::any:
      return normalised_chain(schema, std::move(in));
    case PredicateKind::negate: {
      Predicate inner = normalised(schema, std::move(in.children[0]));
      if (inner.kind == PredicateKind::constant) return constant(!inner.value);
      if (inner.kind == PredicateKind::negate) return std::move(inner.children[0]);
      in.children[0] = std::move(inner);
      return in;
    }
    case PredicateKind::compare:
      break;
  }
  return normalised_compare(schema, std::move(in));
}

Expression fold_constants(Expression in) {
  const bool all = std::all_of(in.terms.begin(), in.terms.end(), [](const Expression& e) {
    return e.kind == Expression::Kind::constant;
  });
  if (!all) return in;
  std::optional<Value> value = in.terms[0].constant;
  for (size_t i = 1; i < in.terms.size() && value; ++i) {
    const Value& next = in.terms[i].constant;
    value = is_number(*value) && is_number(next) ? calculate(in.operators[i - 1], *value, next)
                                                 : std::nullopt;
  }
  Expression out;
  out.constant = value.value_or(Null{});
  out.type = value ? in.type : ValueType{ValueType::Base::null};
  return out;
}

}  // namespace syncline::query
