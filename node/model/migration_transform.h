// What one side of a step is as the other side. Total: something for whatever may stand there.
// Called by derive(). Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "node/model/migration.h"

namespace syncline {

// What is in the fields of one side, in the step's order; null: the field is missing.
using View = std::vector<const Item*>;
// What is to be in them; nothing: the field is to be missing.
using Contents = std::vector<std::optional<Item>>;

// One side as the other, where `there` is what the other holds so far. What agrees stays as it is:
// of which one side makes the other. In collections that is told element by element, so that an
// edit of one takes nothing from those beside it.
Contents carried_up(const Migration::Bound& step, const View& before, const View& there);
Contents carried_down(const Migration::Bound& step, const View& after, const View& there);

// By what is in it: not by where a list's elements stand between their neighbours.
bool same_item(const Item& a, const Item& b);

}  // namespace syncline
