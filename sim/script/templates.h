// Templates: what the devices of a group write, before it is known which device it is and when.
#pragma once

#include <string>

#include "sim/world/random.h"
#include "syncline/value.h"

namespace syncline::sim {

struct TemplateContext {
  std::string node;
  int64_t number = 0;  // {n}: of the node in its group
  int64_t count = 0;   // {count}: of its writes, from 1
  int64_t wall_ms = 0;
};

// {node}, {n} and {count} in a text.
std::string fill_text(std::string_view text, const TemplateContext& context);
// The same in all strings; and {"random": [LOW, HIGH]} (whole numbers or not, as the bounds are),
// {"one_of": [VALUE, ...]} and {"now": true} become values.
Value fill_template(const Value& value, const TemplateContext& context, Random* random);

}  // namespace syncline::sim
