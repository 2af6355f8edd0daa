#include "node/query/bind.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "node/query/binder.h"
#include "node/query/compare.h"
#include "node/query/fault.h"
#include "node/query/normalise.h"
#include "node/query/numbers.h"
#include "node/query/parse.h"
#include "node/query/reads.h"
#include "node/query/to_text.h"

namespace syncline::query {
namespace {

using Base = ValueType::Base;

bool is_string_operator(Comparison op) {
  return op == Comparison::begins_with || op == Comparison::ends_with ||
         op == Comparison::contains || op == Comparison::like || op == Comparison::text;
}

bool is_textual(const ValueType& type) {
  return type.base == Base::string || type.base == Base::binary || type.base == Base::mixed ||
         type.base == Base::null;
}

// How many letters must change to make one of the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

constexpr size_t kComparedNameMax = 100;  // bytes: longer names are no typing errors

}  // namespace

std::unexpected<Error> bad_at(uint32_t column, std::string_view message) {
  return bad_query(fmt::format("column {}: {}", column, message));
}

std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string_view>& known) {
  std::string_view nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string_view one : known) {
    if (one.size() > kComparedNameMax || name.size() > kComparedNameMax) continue;
    const size_t far = edit_distance(name, one);
    if (far < least) least = far, nearest = one;
  }
  if (!nearest.empty())
    return fmt::format("{} has no '{}'; did you mean '{}'?", what, name, nearest);
  std::string all;
  constexpr size_t kNamesShown = 8;
  for (size_t i = 0; i < std::min(known.size(), kNamesShown); ++i)
    all += fmt::format("{}{}", i == 0 ? "" : ", ", known[i]);
  if (known.size() > kNamesShown) all += ", ...";
  return fmt::format("{} has no '{}'; it has {}", what, name, all.empty() ? "nothing" : all);
}

Result<Predicate> Binder::condition(const Condition& in) {
  Predicate out;
  switch (in.kind) {
    case Condition::Kind::constant:
      out.value = in.value;
      return out;
    case Condition::Kind::all:
    case Condition::Kind::any:
    case Condition::Kind::negate:
      out.kind = in.kind == Condition::Kind::all   ? Predicate::Kind::all
                 : in.kind == Condition::Kind::any ? Predicate::Kind::any
                                                   : Predicate::Kind::negate;
      for (const Condition& child : in.children) {
        SYNCLINE_ASSIGN(Predicate one, condition(child));
        out.children.push_back(std::move(one));
      }
      return out;
    case Condition::Kind::compare:
      return compare(in);
    case Condition::Kind::between:
      return between(in);
    case Condition::Kind::geo_within:
      break;
  }
  return geo_within(in);
}

Result<Predicate> Binder::compare(const Condition& in) {
  return comparison(in.comparison, in.fold, in.operands[0], in.operands[1], in.column);
}

Result<Predicate> Binder::comparison(Comparison op, bool fold, const Operand& left,
                                     const Operand& right, uint32_t column) {
  const bool left_constant = is_constant(left);
  const bool right_constant = is_constant(right);
  if (left_constant && right_constant)
    return bad_at(column, "two constants are compared; one side must be a property of the object");
  Predicate out;
  out.kind = Predicate::Kind::compare;
  out.comparison = op == Comparison::in ? Comparison::equal : op;
  out.fold = fold;
  Expression sides[2];
  const int first = left_constant ? 1 : 0;
  SYNCLINE_ASSIGN(sides[first], operand(first == 0 ? left : right, Hint()));
  const bool other_constant = left_constant || right_constant;
  SYNCLINE_ASSIGN(
      sides[1 - first],
      operand(first == 0 ? right : left, other_constant ? Hint{sides[first].type, true} : Hint()));
  out.operands.push_back(std::move(sides[0]));
  out.operands.push_back(std::move(sides[1]));
  SYNCLINE_TRY(check_comparison(&out, left, right, op == Comparison::in));
  return out;
}

Status Binder::check_comparison(Predicate* compare, const Operand& left_in, const Operand& right_in,
                                bool in) {
  using Kind = Expression::Kind;
  Expression& left = compare->operands[0];
  Expression& right = compare->operands[1];
  const bool equality =
      compare->comparison == Comparison::equal || compare->comparison == Comparison::not_equal;
  const auto is_null = [](const Expression& e) {
    return e.kind == Kind::constant && e.type.base == Base::null;
  };
  const auto is_list = [](const Expression& e) { return e.kind == Kind::list; };
  const auto is_type = [](const Expression& e) { return e.type.base == Base::type_name; };
  const auto is_value_list = [](const Expression& e) {
    return e.kind == Kind::values && e.many && e.path.type.base != Base::object &&
           std::count_if(e.path.steps.begin(), e.path.steps.end(),
                         [](const Step& s) { return s.kind == Step::Kind::elements; }) > 0 &&
           e.path.steps.back().kind == Step::Kind::elements;
  };
  if (in && !right.many)
    return bad_at(
        right_in.column,
        "a list must stand behind IN: one in braces, an argument or a property that is one");
  if (is_value_list(left) && is_value_list(right))
    return bad_at(left_in.column, "two lists of values cannot be compared with each other");
  for (const Expression* side : {&left, &right}) {
    const Expression& other = side == &left ? right : left;
    if (is_null(other) && side->type.base == Base::object && side->many)
      return bad_at(left_in.column, "a list of objects is never null; compare its @count with 0");
    if (is_type(*side) && side->kind == Kind::constant && is_type(other) &&
        other.kind != Kind::type_name)
      return bad_at(
          left_in.column,
          "the @type of a property that is not mixed is constant; there is nothing to ask");
  }
  if (is_string_operator(compare->comparison)) {
    const auto refuse = [&](const Expression& side, uint32_t at) {
      return bad_at(at, fmt::format("this operator compares strings or binaries, and this is a {}",
                                    describe(schema_, side.type)));
    };
    if (!is_textual(right.type)) return refuse(right, right_in.column);
    if (!is_textual(left.type)) return refuse(left, left_in.column);
    if (compare->comparison == Comparison::text) {
      if (left.type.base != Base::string)
        return bad_at(left_in.column, "TEXT searches properties that are strings");
      if (right.kind != Kind::constant || !right.constant.is<std::string>())
        return bad_at(right_in.column, "TEXT takes a string of words to search for");
      compare->search = text_search(right.constant.get<std::string>());
    }
    compare_with_null(compare);
    return {};
  }
  if (!equality && (left.type.base == Base::object || right.type.base == Base::object ||
                    is_type(left) || is_type(right)))
    return bad_at(left_in.column, fmt::format("a {} is only ever equal or not: write == or !=",
                                              is_type(left) || is_type(right) ? "@type" : "link"));
  if (is_type(left) != is_type(right) && !is_list(left) && !is_list(right) && !is_null(left) &&
      !is_null(right))
    return bad_at(left_in.column, "@type is compared with the name of a type, such as 'string'");
  if (!is_list(left) && !is_list(right) && !are_comparable(left.type, right.type)) {
    const bool key = (left.type.base == Base::object) != (right.type.base == Base::object);
    return bad_at(left_in.column,
                  fmt::format("a {} cannot be compared with a {}{}", describe(schema_, left.type),
                              describe(schema_, right.type),
                              key ? "; write obj('Type', _id), or compare ._id" : ""));
  }
  if (compare->fold && !is_list(right) && !is_textual(right.type))
    return bad_at(right_in.column, fmt::format("[c] compares strings or binaries, and this is a {}",
                                               describe(schema_, right.type)));
  const bool unset = left.quantifier == Quantifier::unset && right.quantifier == Quantifier::unset;
  compare->whole =
      equality && !in && unset && left.many && right.many && (is_list(left) || is_list(right));
  return {};
}

// The predecessor's ways, as far as they depend on how the sides were written: null contains
// nothing, though LIKE finds null in it; and a string property contains null whatever it holds,
// with [c] too.
void Binder::compare_with_null(Predicate* compare) {
  if (compare->comparison == Comparison::like) return;
  const Expression& left = compare->operands[0];
  const Expression& right = compare->operands[1];
  const auto is_null = [](const Expression& e) {
    return e.kind == Expression::Kind::constant && e.type.base == Base::null;
  };
  if (is_null(left)) {
    *compare = Predicate();
    compare->kind = Predicate::Kind::constant;
    compare->value = false;
  } else if (is_null(right) && left.kind == Expression::Kind::values &&
             left.type.base == Base::string && left.path.steps.size() == 1) {
    compare->fold = false;
  }
}

// min <= value AND value <= max.
Result<Predicate> Binder::between(const Condition& in) {
  const Operand& value = in.operands[0];
  const Operand& limits = in.operands[1];
  if (limits.elements.size() != 2)
    return bad_at(limits.column,
                  fmt::format("BETWEEN takes two constants, the least and the greatest, not {}",
                              limits.elements.size()));
  Predicate out;
  out.kind = Predicate::Kind::all;
  for (const size_t i : {0, 1}) {
    Operand limit;
    limit.literal = limits.elements[i];
    limit.column = limit.literal.column;
    SYNCLINE_ASSIGN(Predicate one,
                    comparison(i == 0 ? Comparison::greater_equal : Comparison::less_equal, false,
                               value, limit, in.column));
    if (one.operands[0].many && one.operands[0].quantifier != Quantifier::all)
      return bad_at(in.column, "BETWEEN on a list needs ALL before the path");
    out.children.push_back(std::move(one));
  }
  return out;
}

Result<double> Binder::coordinate(const Literal& in) {
  Value value = in.value;
  if (in.kind == Literal::Kind::argument) {
    SYNCLINE_ASSIGN(const Value* const given, argument(in.index, in.column));
    value = *given;
  }
  if (!is_number(value)) return bad_at(in.column, "a coordinate is a number");
  return double_of(value);
}

Result<GeoRegion> Binder::region(const Region& in) {
  if (in.kind == Region::Kind::argument) {
    SYNCLINE_ASSIGN(const Value* const given, argument(in.argument, in.column));
    const std::string* text = given->get_if<std::string>();
    if (text == nullptr)
      return bad_at(in.column, fmt::format("argument ${} must be a region, as a text such as "
                                           "\"geoCircle([10.75, 59.91], 0.001)\"",
                                           in.argument));
    Result<Region> parsed = parse_region(*text);
    if (!parsed)
      return bad_at(in.column,
                    fmt::format("argument ${}: {}", in.argument, parsed.error().message));
    if (parsed->kind == Region::Kind::argument)
      return bad_at(in.column, fmt::format("argument ${} names an argument itself", in.argument));
    return region(*parsed);
  }
  GeoRegion out;
  out.kind = in.kind == Region::Kind::box      ? GeoRegion::Kind::box
             : in.kind == Region::Kind::circle ? GeoRegion::Kind::circle
                                               : GeoRegion::Kind::polygon;
  for (const auto& ring : in.rings) {
    out.rings.emplace_back();
    for (const Region::Point& point : ring) {
      SYNCLINE_ASSIGN(const double longitude, coordinate(point[0]));
      SYNCLINE_ASSIGN(const double latitude, coordinate(point[1]));
      out.rings.back().push_back({longitude, latitude});
    }
  }
  if (in.kind == Region::Kind::circle) {
    SYNCLINE_ASSIGN(out.radius, coordinate(in.radius));
  }
  if (Status good = check_region(out); !good) return bad_at(in.column, good.error().message);
  return out;
}

Result<Predicate> Binder::geo_within(const Condition& in) {
  Predicate out;
  out.kind = Predicate::Kind::geo_within;
  const Operand& place = in.operands[0];
  if (place.kind != Operand::Kind::property || place.post != Operand::Post::none)
    return bad_at(place.column, "geoWithin takes a property that is a GeoJSON point");
  SYNCLINE_ASSIGN(Expression point, property(place));
  const TypeDef* def = point.type.base == Base::object ? schema_.type(point.type.object) : nullptr;
  const FieldDef* kind = def == nullptr ? nullptr : def->field(std::string_view("type"));
  const FieldDef* coordinates =
      def == nullptr ? nullptr : def->field(std::string_view("coordinates"));
  const auto is_coordinate = [](ScalarType type) {
    return type == ScalarType::floating || type == ScalarType::number;
  };
  if (kind == nullptr || kind->type != ScalarType::string || kind->collection != Collection::none ||
      coordinates == nullptr || coordinates->collection != Collection::list ||
      !is_coordinate(coordinates->type)) {
    return bad_at(place.column,
                  "geoWithin takes a GeoJSON point: an embedded object with a string 'type' and a "
                  "list of doubles 'coordinates'");
  }
  // The point's fields are read, so the object is gone to.
  if (point.path.reference)
    point.path.steps.push_back({Step::Kind::follow, point.type.object, {}, 0, {}});
  point.path.reference = false;
  out.operands.push_back(std::move(point));
  SYNCLINE_ASSIGN(out.region, region(in.region));
  return out;
}

Result<Stage> Binder::stage(const Suffix& in) {
  Stage out;
  out.kind = in.kind;
  out.limit = in.limit;
  for (const Suffix::Key& key : in.keys) {
    SYNCLINE_ASSIGN(PathEnd end, path(key.path, false));
    if (end.path.many || end.place.what == Place::What::collection || end.length || end.all_links)
      return bad_at(key.path.column,
                    fmt::format("{} needs one value of each object, and {} are several",
                                in.kind == Suffix::Kind::sort ? "SORT" : "DISTINCT", shown(end)));
    out.keys.push_back({std::move(end.path), key.ascending});
  }
  return out;
}

Result<std::shared_ptr<const BoundQuery>> bind(const Query& query,
                                               std::shared_ptr<const Schema> schema,
                                               TypeNumber type, const Bindings& bindings) {
  auto out = std::make_shared<BoundQuery>();
  Binder binder(*schema, type, bindings);
  SYNCLINE_ASSIGN(Predicate predicate, binder.condition(query.condition));
  for (const Suffix& suffix : query.suffixes) {
    SYNCLINE_ASSIGN(Stage stage, binder.stage(suffix));
    out->stages.push_back(std::move(stage));
  }
  out->type = type;
  out->predicate = normalised(*schema, std::move(predicate));
  out->schema = std::move(schema);
  out->reads = reads_of(*out);
  out->text = to_text(*out);
  return out;
}

Result<std::shared_ptr<const BoundQuery>> bind(std::string_view text,
                                               std::shared_ptr<const Schema> schema,
                                               TypeNumber type, const Bindings& bindings) {
  SYNCLINE_ASSIGN(const Query query, parse(text));
  return syncline::query::bind(query, std::move(schema), type, bindings);  // not std's
}

}  // namespace syncline::query
