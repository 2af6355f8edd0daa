// What stands beside an operator: properties, sizes, aggregates, subqueries, arithmetic.
#include <algorithm>

#include <fmt/format.h>

#include "node/query/binder.h"
#include "node/query/normalise.h"
#include "node/query/numbers.h"
#include "node/query/type_names.h"

namespace syncline::query {
namespace {

using Base = ValueType::Base;
using What = Place::What;

constexpr ValueType kIntegerType{Base::integer};
constexpr ValueType kDecimalType{Base::decimal};
constexpr ValueType kFloatingType{Base::floating};

const char* name_of(Operand::Aggregate aggregate) {
  static constexpr const char* kNames[] = {"@min", "@max", "@sum", "@avg"};
  return kNames[static_cast<int>(aggregate)];
}

const char* name_of(Quantifier quantifier) {
  static constexpr const char* kNames[] = {"", "ANY", "ALL", "NONE"};
  return kNames[static_cast<int>(quantifier)];
}

bool takes(Operand::Aggregate aggregate, const ValueType& type) {
  const bool of_order =
      aggregate == Operand::Aggregate::min || aggregate == Operand::Aggregate::max;
  return is_numeric(type) || (of_order && type.base == Base::date);
}

ValueType result_of(Operand::Aggregate aggregate, const ValueType& type) {
  if (aggregate != Operand::Aggregate::avg && aggregate != Operand::Aggregate::sum) return type;
  if (type.base == Base::mixed || type.base == Base::decimal) return kDecimalType;
  return aggregate == Operand::Aggregate::sum && type.base == Base::integer ? kIntegerType
                                                                            : kFloatingType;
}

// Of two kinds of numbers the one that both become.
ValueType wider(const ValueType& a, const ValueType& b) {
  if (a.base == Base::mixed || b.base == Base::mixed) return {};
  if (a.base == Base::null || b.base == Base::null) return {Base::null};
  if (a.base == Base::decimal || b.base == Base::decimal) return kDecimalType;
  if (a.base == Base::floating || b.base == Base::floating)
    return {Base::floating,
            (a.single || a.base == Base::integer) && (b.single || b.base == Base::integer)};
  return kIntegerType;
}

}  // namespace

bool Binder::is_constant(const Operand& in) const {
  if (in.kind == Operand::Kind::literal || in.kind == Operand::Kind::list) return true;
  return in.kind == Operand::Kind::arithmetic &&
         std::all_of(in.terms.begin(), in.terms.end(),
                     [&](const Operand& term) { return is_constant(term); });
}

Result<Expression> Binder::operand(const Operand& in, const Hint& hint) {
  switch (in.kind) {
    case Operand::Kind::literal:
      return literal(in.literal, hint);
    case Operand::Kind::list:
      return list(in, hint);
    case Operand::Kind::property:
      return property(in);
    case Operand::Kind::aggregate:
      return aggregate(in);
    case Operand::Kind::subquery:
      return subquery(in);
    case Operand::Kind::arithmetic:
      break;
  }
  return arithmetic(in, hint);
}

Status Binder::check_quantifier(const Operand& in, const PathEnd& end) const {
  // ANY of one value is that value.
  if (in.quantifier == Quantifier::unset || in.quantifier == Quantifier::any || end.path.many ||
      end.indexed || end.place.what == What::collection)
    return {};
  return bad_at(in.column,
                fmt::format("the path behind {} must lead through a list, set or dictionary",
                            name_of(in.quantifier)));
}

Result<Expression> Binder::property(const Operand& in) {
  SYNCLINE_ASSIGN(PathEnd end, path(in.path, in.post != Operand::Post::size));
  SYNCLINE_TRY(check_quantifier(in, end));
  if (in.post == Operand::Post::size) return size_of(in, std::move(end));
  if (end.all_links)
    return bad_at(in.column, "expected .@count or a type and property behind @links");
  Expression out;
  out.quantifier = in.quantifier;
  out.many = end.path.many;
  if (in.post == Operand::Post::type) {
    out.type = {Base::type_name};
    if (end.path.type.base == Base::mixed) {
      out.kind = Expression::Kind::type_name;
      out.path = std::move(end.path);
    } else {
      out.many = false;
      out.constant = type_bits_of(end.path.type);
    }
    return out;
  }
  out.kind = end.length ? Expression::Kind::length : Expression::Kind::values;
  out.type = end.length ? kIntegerType : end.path.type;
  out.path = std::move(end.path);
  return out;
}

Result<Expression> Binder::size_of(const Operand& in, PathEnd end) {
  Expression out;
  out.type = kIntegerType;
  out.quantifier = in.quantifier;
  if (end.all_links) {
    out.kind = Expression::Kind::count;
    out.all_links = true;
    for (const TypeDef& origin : schema_.types) {
      if (origin.embedded || is_system(origin.number)) continue;
      for (const FieldDef& field : origin.fields) {
        if (field.type != ScalarType::link || field.target != end.place.type) continue;
        BoundPath one = end.path;
        one.many = true;
        one.type = {Base::object, false, origin.number};
        one.steps.push_back({Step::Kind::backlinks, origin.number, field.number, 0, {}});
        out.more_paths.push_back(std::move(one));
      }
    }
    out.path = std::move(end.path);
    return out;
  }
  const bool collection = end.place.what == What::collection;
  const FieldDef* field = end.place.field;
  // Of a list or set of objects those count that are there, of a dictionary all entries.
  if (collection && field->collection != Collection::dictionary &&
      (field->type == ScalarType::link || field->type == ScalarType::embedded)) {
    enter_element(&end);
    end.path.type = type_at(end.place);
    end.path.reference = end.place.what == What::link;
  }
  if (end.place.what == What::object || end.place.what == What::link) {
    out.kind = Expression::Kind::count;
    out.path = std::move(end.path);
    return out;
  }
  const Base base = end.path.type.base;
  if (!collection && base != Base::string && base != Base::binary && base != Base::mixed) {
    return bad_at(in.column, fmt::format("{} is not supported on {}", in.post_name, shown(end)));
  }
  out.kind = Expression::Kind::size;
  out.grouped = collection;
  out.many = end.path.many;
  out.path = std::move(end.path);
  return out;
}

Result<Expression> Binder::aggregate(const Operand& in) {
  // A dictionary's @values are what is in it.
  Path over = in.path;
  if (in.of.text.empty() && over.steps.size() > 1 &&
      over.steps.back().kind == PathStep::Kind::values)
    over.steps.pop_back();
  SYNCLINE_ASSIGN(PathEnd end, path(over, false));
  Expression out;
  out.kind = Expression::Kind::aggregate;
  out.aggregate = in.aggregate;
  const char* name = name_of(in.aggregate);
  const FieldDef* field = end.place.field;
  const bool of_objects =
      end.place.what == What::object || end.place.what == What::link ||
      (end.place.what == What::collection &&
       (field->type == ScalarType::link || field->type == ScalarType::embedded));
  if (!in.of.text.empty()) {
    if (!of_objects || end.all_links)
      return bad_at(in.column,
                    fmt::format("{}.{} needs a list of objects before it", name, in.of.text));
    std::vector<PathStep> rest;
    rest.push_back(in.of);
    while (!rest.empty()) {
      const PathStep next = std::move(rest.back());
      rest.pop_back();
      SYNCLINE_TRY(step(next, true, &end, &rest));
    }
    end.path.type = type_at(end.place);
    const bool single = end.place.what == What::value || end.place.what == What::mixed;
    if (!single || !takes(in.aggregate, end.path.type))
      return bad_at(in.of.column, fmt::format("{} is not supported on {}", name, shown(end)));
    out.path = std::move(end.path);
  } else {
    if (of_objects)
      return bad_at(in.column, fmt::format("{} of objects needs a property: {}.name", name, name));
    // A dictionary's values may be of any kind.
    const bool fits =
        end.place.what == What::collection &&
        (field->collection == Collection::dictionary || takes(in.aggregate, end.path.type));
    if (!fits) return bad_at(in.column, fmt::format("{} is not supported on {}", name, shown(end)));
    out.grouped = true;
    out.many = end.path.many;
    out.path = std::move(end.path);
  }
  out.type = result_of(in.aggregate, out.path.type);
  return out;
}

Result<Expression> Binder::subquery(const Operand& in) {
  SYNCLINE_ASSIGN(PathEnd end, path(in.path, false));
  const FieldDef* field = end.place.field;
  const bool collection = end.place.what == What::collection;
  if (collection && (field->type == ScalarType::link || field->type == ScalarType::embedded)) {
    enter_element(&end);
  } else if (collection) {
    return bad_at(in.column,
                  fmt::format("SUBQUERY needs a list of objects; {} holds values", shown(end)));
  }
  const bool objects = end.place.what == What::object || end.place.what == What::link;
  if (!objects || !end.path.many || end.all_links)
    return bad_at(in.column,
                  fmt::format("SUBQUERY needs a list of objects, and {} is none", shown(end)));
  for (const Frame& frame : frames_)
    if (frame.variable == in.variable)
      return bad_at(in.variable_column,
                    fmt::format("the variable '{}' is taken by a SUBQUERY around this one; "
                                "choose another",
                                in.variable));
  Expression out;
  out.kind = Expression::Kind::subquery;
  out.type = kIntegerType;
  if (end.place.what == What::link) add(&end, {Step::Kind::follow, end.place.type, {}, 0, {}});
  end.path.type = {Base::object, false, end.place.type};
  out.path = std::move(end.path);
  frames_.push_back({end.place.type, in.variable});
  Result<Predicate> inner = condition(in.condition[0]);
  frames_.pop_back();
  if (!inner) return std::unexpected(inner.error());
  out.condition.push_back(std::move(*inner));
  return out;
}

Result<Expression> Binder::arithmetic(const Operand& in, const Hint& hint) {
  // Constants take the kind of what they are combined with.
  Hint inner = is_constant(in) ? hint : Hint();
  for (const Operand& term : in.terms) {
    if (is_constant(term) || inner.given) continue;
    SYNCLINE_ASSIGN(Expression first, operand(term, Hint()));
    inner = {first.type, true};
  }
  Expression out;
  out.kind = Expression::Kind::arithmetic;
  out.operators = in.operators;
  for (const Operand& term : in.terms) {
    SYNCLINE_ASSIGN(Expression one, operand(term, is_constant(term) ? inner : Hint()));
    const bool fits =
        (is_numeric(one.type) || one.type.base == Base::null) && one.kind != Expression::Kind::list;
    if (!fits)
      return bad_at(
          term.column,
          fmt::format("'{}' needs numbers, and this is a {}", in.operators[0],
                      one.kind == Expression::Kind::list ? "list" : describe(schema_, one.type)));
    if (one.many && out.many)
      return bad_at(term.column, "arithmetic on two lists is not supported");
    if (one.many) out.quantifier = one.quantifier;
    out.many |= one.many;
    out.type = out.terms.empty() ? one.type : wider(out.type, one.type);
    out.terms.push_back(std::move(one));
  }
  return fold_constants(std::move(out));
}

}  // namespace syncline::query
