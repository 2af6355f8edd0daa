#include "node/query/aggregates.h"

#include "node/query/compare.h"
#include "node/query/numbers.h"

namespace syncline::query {
namespace {

using Base = ValueType::Base;

Value least_or_greatest(bool least, const Values& values) {
  const Value* best = nullptr;
  for (const Value* value : values) {
    if (value->is_null() || kind_of(*value) == ValueKind::composite) continue;
    if (is_number(*value) && is_nan(*value)) continue;
    if (best == nullptr || (least ? order(*value, *best) < 0 : order(*value, *best) > 0))
      best = value;
  }
  return best == nullptr ? Value() : *best;
}

Value zero_of(const ValueType& type) {
  if (type.base == Base::integer) return int64_t{0};
  if (type.base == Base::floating) return 0.0;
  return decimal_of(int64_t{0});
}

}  // namespace

Value aggregated(Operand::Aggregate aggregate, const ValueType& type, const Values& values) {
  if (aggregate == Operand::Aggregate::min) return least_or_greatest(true, values);
  if (aggregate == Operand::Aggregate::max) return least_or_greatest(false, values);
  std::optional<Value> sum = zero_of(type);
  int64_t count = 0;
  for (const Value* value : values) {
    if (!is_number(*value)) continue;
    if (type.base != Base::floating && is_nan(*value)) continue;
    ++count;
    if (sum) sum = calculate('+', *sum, *value);
  }
  if (aggregate == Operand::Aggregate::sum) return sum.value_or(Null{});
  if (count == 0 || !sum) return {};
  const Value divisor =
      type.base == Base::integer ? Value(static_cast<double>(count)) : Value(count);
  return calculate('/', *sum, divisor).value_or(Null{});
}

}  // namespace syncline::query
