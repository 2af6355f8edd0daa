#include "node/query/evaluate.h"

#include <algorithm>

#include "node/query/aggregates.h"
#include "node/query/compare.h"
#include "node/query/geo_point.h"
#include "node/query/numbers.h"
#include "node/query/operators.h"
#include "node/query/type_names.h"
#include "node/query/walker.h"

namespace syncline::query {
namespace {

const Value kNullOperand;

class Evaluator {
 public:
  Evaluator(const Schema& schema, const ObjectView& object, ObjectSource& source)
      : walker_(schema, object, source) {}

  bool fulfils(const Predicate& in) {
    switch (in.kind) {
      case Predicate::Kind::constant:
        return in.value;
      case Predicate::Kind::all:
        return std::all_of(in.children.begin(), in.children.end(),
                           [&](const Predicate& p) { return fulfils(p); });
      case Predicate::Kind::any:
        return std::any_of(in.children.begin(), in.children.end(),
                           [&](const Predicate& p) { return fulfils(p); });
      case Predicate::Kind::negate:
        return !fulfils(in.children[0]);
      case Predicate::Kind::compare:
        return compares(in);
      case Predicate::Kind::geo_within:
        break;
    }
    return lies_within(in);
  }

 private:
  bool compares(const Predicate& in) {
    Values left;
    values(in.operands[0], &left);
    const Expression& right_side = in.operands[1];
    if (!in.keys.empty()) {
      return holds(in.operands[0].quantifier, left, [&](const Value* l) {
        return std::binary_search(in.keys.begin(), in.keys.end(), comparison_key(*l));
      });
    }
    Values right;
    values(right_side, &right);
    const bool kinds = in.operands[0].type.base == ValueType::Base::type_name;
    const auto test = [&](const Value* l, const Value* r) {
      return kinds ? test_kinds(in.comparison, *l, *r) : test_values(in, *l, *r);
    };
    if (in.whole) {
      const bool equal = std::equal(left.begin(), left.end(), right.begin(), right.end(),
                                    [&](const Value* l, const Value* r) {
                                      return kinds ? test_kinds(Comparison::equal, *l, *r)
                                                   : are_equal(*l, *r, in.fold);
                                    });
      return equal == (in.comparison == Comparison::equal);
    }
    return holds(in.operands[0].quantifier, left, [&](const Value* l) {
      return holds(right_side.quantifier, right, [&](const Value* r) { return test(l, r); });
    });
  }

  template <class Test>
  static bool holds(Quantifier quantifier, const Values& values, const Test& test) {
    switch (quantifier) {
      case Quantifier::all:
        return std::all_of(values.begin(), values.end(), test);
      case Quantifier::none:
        return std::none_of(values.begin(), values.end(), test);
      case Quantifier::any:
      case Quantifier::unset:
        break;
    }
    return std::any_of(values.begin(), values.end(), test);
  }

  void values(const Expression& in, Values* out) {
    switch (in.kind) {
      case Expression::Kind::constant:
        return out->push_back(&in.constant);
      case Expression::Kind::list:
        for (const Value& element : in.list) out->push_back(&element);
        return;
      case Expression::Kind::values:
        return walker_.values(in.path, out);
      case Expression::Kind::size:
      case Expression::Kind::length:
      case Expression::Kind::type_name:
        return of_each(in, out);
      case Expression::Kind::count:
        return out->push_back(walker_.keep(count(in)));
      case Expression::Kind::aggregate:
        return aggregate(in, out);
      case Expression::Kind::subquery:
        return out->push_back(walker_.keep(count_fulfilling(in)));
      case Expression::Kind::arithmetic:
        break;
    }
    arithmetic(in, out);
  }

  // A value made of each thing that the path reaches.
  void of_each(const Expression& in, Values* out) {
    const size_t before = out->size();
    walker_.walk(in.path, [&](const Reached& at) {
      out->push_back(in.kind == Expression::Kind::type_name ? walker_.keep(type_of(at))
                     : is_null_text(in, at)                 ? walker_.keep(int64_t{0})
                                                            : size(at));
      return true;
    });
    if (in.many || out->size() > before) return;
    const bool type = in.kind == Expression::Kind::type_name;
    out->push_back(type         ? walker_.keep(type_bits_of(kNullOperand))
                   : in.grouped ? walker_.keep(int64_t{0})
                                : &kNullOperand);
  }

  // A null in a list of strings or binaries has the length of an empty one; in a list of mixed it
  // has none.
  static bool is_null_text(const Expression& in, const Reached& at) {
    return in.kind == Expression::Kind::length && in.path.type.base != ValueType::Base::mixed &&
           at.value != nullptr && at.value->is_null();
  }

  static int64_t type_of(const Reached& at) {
    const Scope* scope = at.scope();
    if (scope == nullptr) return type_bits_of(at.value == nullptr ? kNullOperand : *at.value);
    if (is_reference(*scope)) return kLinkBits;
    return scope->kind == ScopeKind::dictionary || scope->kind == ScopeKind::object
               ? kDictionaryBits
               : kListBits;
  }

  // Of a collection, string (in bytes) or binary; null of anything else.
  const Value* size(const Reached& at) {
    if (const Scope* scope = at.scope())
      return walker_.keep(static_cast<int64_t>(scope->children.size()));
    if (at.value == nullptr) return &kNullOperand;
    if (const std::string* text = at.value->get_if<std::string>())
      return walker_.keep(static_cast<int64_t>(text->size()));
    if (const Binary* binary = at.value->get_if<Binary>())
      return walker_.keep(static_cast<int64_t>(binary->bytes.size()));
    return &kNullOperand;
  }

  int64_t count(const Expression& in) {
    int64_t sum = 0;
    // An embedded object may be null.
    const auto visit = [&](const Reached& at) {
      if (at.object.fields != nullptr || (at.value != nullptr && !at.value->is_null())) ++sum;
      return true;
    };
    if (!in.all_links) walker_.walk(in.path, visit);
    for (const BoundPath& path : in.more_paths) walker_.walk(path, visit);
    return sum;
  }

  int64_t count_fulfilling(const Expression& in) {
    int64_t sum = 0;
    walker_.walk(in.path, [&](const Reached& at) {
      walker_.push_frame(at.object);
      if (fulfils(in.condition[0])) ++sum;
      walker_.pop_frame();
      return true;
    });
    return sum;
  }

  void aggregate(const Expression& in, Values* out) {
    if (!in.grouped) {
      Values all;
      walker_.values(in.path, &all);
      return out->push_back(walker_.keep(aggregated(in.aggregate, in.path.type, all)));
    }
    const size_t before = out->size();
    walker_.walk(in.path, [&](const Reached& at) {
      BoundPath elements;
      elements.many = true;
      elements.steps = {{Step::Kind::elements, {}, {}, 0, {}}};
      Values all;
      walker_.values_from(at, elements, &all);
      out->push_back(walker_.keep(aggregated(in.aggregate, in.path.type, all)));
      return true;
    });
    if (!in.many && out->size() == before)
      out->push_back(walker_.keep(aggregated(in.aggregate, in.path.type, Values())));
  }

  // One term at most is several values.
  void arithmetic(const Expression& in, Values* out) {
    Values sum;
    values(in.terms[0], &sum);
    for (size_t i = 1; i < in.terms.size(); ++i) {
      Values term;
      values(in.terms[i], &term);
      Values next;
      for (const Value* a : sum)
        for (const Value* b : term) next.push_back(calculated(in.operators[i - 1], *a, *b));
      sum = std::move(next);
    }
    out->insert(out->end(), sum.begin(), sum.end());
  }

  const Value* calculated(char sign, const Value& a, const Value& b) {
    if (!is_number(a) || !is_number(b)) return &kNullOperand;
    std::optional<Value> value = calculate(sign, a, b);
    return value ? walker_.keep(std::move(*value)) : &kNullOperand;
  }

  bool lies_within(const Predicate& in) {
    const Expression& side = in.operands[0];
    bool any = false;
    bool all = true;
    walker_.walk(side.path, [&](const Reached& at) {
      const std::optional<GeoPoint> point =
          geo_point_of(walker_.schema(), side.type.object, at.object.fields);
      const bool inside = point && contains(in.region, *point);
      any |= inside;
      all &= inside;
      return true;
    });
    return side.quantifier == Quantifier::all    ? all
           : side.quantifier == Quantifier::none ? !any
                                                 : any;
  }

  Walker walker_;
};

}  // namespace

bool matches(const BoundQuery& query, const ObjectView& object, ObjectSource& source) {
  return Evaluator(*query.schema, object, source).fulfils(query.predicate);
}

bool matches(const BoundQuery& query, const Row& row, ObjectSource& source) {
  return matches(query, ObjectView{&row.id, &row.fields}, source);
}

Value value_at(const BoundQuery& query, const BoundPath& path, const ObjectView& object,
               ObjectSource& source) {
  Walker walker(*query.schema, object, source);
  Values values;
  walker.values(path, &values);
  return values.empty() ? Value() : *values[0];
}

}  // namespace syncline::query
