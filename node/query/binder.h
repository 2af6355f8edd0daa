// Binder: one bind() at work. Its parts by file: bind.cc conditions and suffixes, bind_path.cc
// paths, bind_operand.cc what stands beside an operator, bind_constant.cc constants and kinds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/query/bind.h"

namespace syncline::query {

std::unexpected<Error> bad_at(uint32_t column, std::string_view message);

// "'Fridge' has no property 'celcius'; did you mean 'celsius'?"
std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string_view>& known);

// ---- kinds (bind_constant.cc) ----
std::string describe(const Schema& schema, const ValueType& type);
bool is_numeric(const ValueType& type);
bool are_comparable(const ValueType& a, const ValueType& b);
ValueType type_of_value(const Value& value);
ValueType type_of_field(const FieldDef& field, TypeNumber owner, const Bindings& bindings);

// Where a path has come to.
struct Place {
  enum class What : uint8_t {
    object,      // or an embedded one, or a linking one
    link,        // a link's value; not followed yet
    collection,  // whose elements are as `field` says
    mixed,
    value,
  };
  What what = What::object;
  TypeNumber type;      // object, link
  bool linked = false;  // object: reached by a step, so that it can be null
  const FieldDef* field =
      nullptr;       // collection, value: declared so; null: an element in a mixed one
  TypeNumber owner;  // of `field`
};

struct PathEnd {
  BoundPath path;
  Place place;
  bool indexed = false;    // [..] was written, or a key of a dictionary or mixed field
  bool length = false;     // it ended with .length of a list
  bool all_links = false;  // it ended with @links alone
};

class Binder {
 public:
  Binder(const Schema& schema, TypeNumber type, const Bindings& bindings)
      : schema_(schema), bindings_(bindings) {
    frames_.push_back({type, ""});
  }

  Result<Predicate> condition(const Condition& in);
  Result<Stage> stage(const Suffix& in);

 private:
  struct Frame {
    TypeNumber type;
    std::string variable;
  };
  // What a constant is compared with.
  struct Hint {
    ValueType type;
    bool given = false;
  };

  // bind.cc
  Result<Predicate> compare(const Condition& in);
  Result<Predicate> between(const Condition& in);
  Result<Predicate> geo_within(const Condition& in);
  Result<Predicate> comparison(Comparison op, bool fold, const Operand& left, const Operand& right,
                               uint32_t column);
  Status check_comparison(Predicate* compare, const Operand& left, const Operand& right, bool in);
  static void compare_with_null(Predicate* compare);
  Result<GeoRegion> region(const Region& in);
  Result<double> coordinate(const Literal& in);

  // bind_path.cc
  Result<PathEnd> path(const Path& in, bool for_values = true);
  Status expand(const Path& in, std::vector<PathStep>* steps);
  Status step(const PathStep& in, bool last, PathEnd* at, std::vector<PathStep>* rest);
  Status name_step(const PathStep& in, bool last, PathEnd* at, std::vector<PathStep>* rest);
  Status links_step(const PathStep& in, PathEnd* at, std::vector<PathStep>* rest);
  Status element_name_step(const PathStep& in, bool last, PathEnd* at, std::vector<PathStep>* rest);
  Status index_step(const PathStep& in, PathEnd* at);
  void enter_element(PathEnd* at);
  void add(PathEnd* at, Step step);
  std::unexpected<Error> no_property(const PathStep& in, const PathEnd& at,
                                     std::string_view name) const;
  const TypeDef& type(TypeNumber number) const { return *schema_.type(number); }
  const TypeDef* type_named(const std::string& name) const;
  std::string shown(const PathEnd& at) const;
  ValueType type_at(const Place& place) const;

  // bind_operand.cc
  bool is_constant(const Operand& in) const;
  Result<Expression> operand(const Operand& in, const Hint& hint);
  Result<Expression> property(const Operand& in);
  Result<Expression> size_of(const Operand& in, PathEnd end);
  Result<Expression> aggregate(const Operand& in);
  Result<Expression> subquery(const Operand& in);
  Result<Expression> arithmetic(const Operand& in, const Hint& hint);
  Status check_quantifier(const Operand& in, const PathEnd& end) const;

  // bind_constant.cc
  Result<Expression> literal(const Literal& in, const Hint& hint);
  Result<Expression> list(const Operand& in, const Hint& hint);
  Result<const Value*> argument(uint32_t index, uint32_t column) const;
  Result<Value> value_of(const Literal& in, const Hint& hint, ValueType* type);
  Result<Value> converted(Value value, const std::string& number_text, const Hint& hint,
                          uint32_t column);
  Result<Value> object_value(const std::string& type_name, const Value& id, const Hint& hint,
                             uint32_t column, ValueType* type);

  const Schema& schema_;
  const Bindings& bindings_;
  std::vector<Frame> frames_;  // the object, then the variable of each SUBQUERY around
};

}  // namespace syncline::query
