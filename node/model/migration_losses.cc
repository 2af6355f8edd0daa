// What a migration cannot carry over, in words.
#include <fmt/format.h>

#include <algorithm>

#include "node/model/migration_binder.h"
#include "node/model/migration_values.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

using StepKind = MigrationPlan::Step::Kind;
using Pairs = std::vector<std::pair<Value, Value>>;

std::string quoted(const std::string& text) {
  return print_extended_json(Value(text), JsonForm::relaxed);
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

void add(std::string* text, std::string_view more) {
  if (!text->empty()) *text += "; ";
  *text += more;
}

// Values that are one on the other side.
bool any_joined(const Pairs& values, bool up) {
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (up ? same_value(values[i].second, values[j].second)
             : same_value(values[i].first, values[j].first))
        return true;
  return false;
}

std::string loss_of_types(const std::vector<ScalarType>& from, const std::vector<ScalarType>& to) {
  std::string out;
  for (const ScalarType one : from) {
    if (std::ranges::find(to, one) != to.end()) continue;
    for (const ScalarType other : to)
      if (const std::string_view loss = loss_between(one, other);
          !loss.empty() && out.find(loss) == std::string::npos)
        add(&out, loss);
  }
  return out;
}

std::string loss_of_convert(const Migration::Bound& bound, bool up) {
  const auto& from = up ? bound.before_types : bound.after_types;
  const auto& to = up ? bound.after_types : bound.before_types;
  const std::optional<Value>& otherwise = up ? bound.step.otherwise : bound.step.otherwise_back;
  const FieldDef& into = up ? bound.after_fields[0] : bound.before_fields[0];
  const FieldDef& source = up ? bound.before_fields[0] : bound.after_fields[0];
  std::string out = loss_of_types(from, to);
  const Convertible fit = convertible(from, to);
  if (fit != Convertible::always || (source.nullable && !into.nullable) ||
      (into.required && !source.required))
    add(&out, fmt::format("what has no counterpart is {}",
                          otherwise       ? print_extended_json(*otherwise, JsonForm::relaxed)
                          : into.required ? "the default"
                                          : "missing"));
  if (any_joined(bound.step.values, up)) add(&out, "several of \"values\" become one");
  if (!bound.step.values.empty() && fit != Convertible::never)
    add(&out, "what \"values\" name is what they say, both ways");
  if (source.collection == Collection::set && !out.empty())
    add(&out, "elements that become equal are one");
  return out;
}

}  // namespace

void MigrationBinder::tell_losses(const TypeDef& type, const Bound& bound) {
  const PlanStep& step = bound.step;
  const auto say = [&](std::string_view direction, std::string_view text) {
    out_.losses_.push_back(fmt::format("{}.{}{}{}, {}: {}", type.name, joined(step.before),
                                       step.after.empty() ? "" : " -> ", joined(step.after),
                                       direction, text));
  };
  const std::string up = fmt::format("{} to {}", plan_.from, plan_.to);
  const std::string down = fmt::format("{} to {}", plan_.to, plan_.from);
  const auto say_texts = [&](const std::string& joining, const std::string& splitting) {
    say(joining, fmt::format("parts that are missing are empty, and empty ones at the end are left "
                             "out; a part that has {} in it is two when it is split again",
                             quoted(step.separator)));
    say(splitting, fmt::format("what stands behind the last field's {} goes to that field; {} at "
                               "the end is left out when it is merged again",
                               quoted(step.separator), quoted(step.separator)));
  };
  switch (step.kind) {
    case StepKind::convert:
      if (const std::string loss = loss_of_convert(bound, true); !loss.empty()) say(up, loss);
      if (const std::string loss = loss_of_convert(bound, false); !loss.empty()) say(down, loss);
      return;
    case StepKind::split:
      return say_texts(down, up);
    case StepKind::merge:
      return say_texts(up, down);
    case StepKind::move: {
      const FieldDef& was = bound.before_fields[0];
      const FieldDef& is = bound.after_fields[0];
      if ((is.required && !was.required) || (was.nullable && !is.nullable))
        say(up, "a missing or null value does not stay so");
      if ((was.required && !is.required) || (is.nullable && !was.nullable))
        say(down, "a missing or null value does not stay so");
      return;
    }
    default:
      return say(up, "it is gone");
  }
}

}  // namespace syncline
